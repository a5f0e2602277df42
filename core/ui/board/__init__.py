"""The Board page's own."""
