"""Who may ask the app, and with which headers it answers: nothing of Streamlit, nothing of the data."""
