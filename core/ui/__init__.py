"""The only part of core that imports streamlit: a package for each family of pages, and what they share."""
