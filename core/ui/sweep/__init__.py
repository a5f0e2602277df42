"""The Sweep page's own."""
