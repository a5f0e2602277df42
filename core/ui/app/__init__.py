"""Where Streamlit's script lies, alone."""
