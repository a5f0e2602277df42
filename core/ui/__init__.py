"""The only Streamlit code in core: what pages share, and a room for each page."""
