"""Ask a model: what it wants to know, and what it answers. No Streamlit here; pages and routes use it alike."""
