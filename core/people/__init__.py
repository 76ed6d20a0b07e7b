"""Who somebody is, which role they have, and what of the ledger they may see: nothing of Streamlit."""
