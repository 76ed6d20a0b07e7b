"""Token Ledger: what an organization spends on Anthropic, and on what."""

if __name__ == "__main__":  # Streamlit runs this file again for every click
    from core.ui.app import navigation

    navigation.run()
else:  # the server imports it once, without what pages need; it looks for the word App
    from streamlit.starlette import App

    from core.ui.app import serving

    app = App(__file__, **serving.options())
