"""The only Streamlit code in core: page frame, pickers, forms, tables and what is cached for all sessions."""
