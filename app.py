"""Token Ledger: what an organization spends on Anthropic, and on what."""

from streamlit.starlette import App

from core.ui.app import navigation, serving

if __name__ == "__main__":  # Streamlit runs this file again for every click
    navigation.run()
else:  # the server imports it once; it looks for the word App
    app = App(__file__, **serving.options())
