"""Ask a model: what it wants to know, and what it answers. No Streamlit here; the REST API will use it too."""
