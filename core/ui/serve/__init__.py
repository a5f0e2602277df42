"""The Serve page's own."""
