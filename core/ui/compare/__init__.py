"""The Compare page's own."""
