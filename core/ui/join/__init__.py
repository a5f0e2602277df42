"""The Join page's own."""
