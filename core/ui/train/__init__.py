"""The Train page's own."""
