"""The Experiments page's own."""
