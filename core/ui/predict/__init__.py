"""The Predict page's own."""
