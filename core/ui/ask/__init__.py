"""The Ask page's own, and what every page has of it."""
