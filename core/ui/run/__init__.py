"""The Run page's own."""
