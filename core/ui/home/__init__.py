"""The first page's own."""
