"""The Registry page's own."""
