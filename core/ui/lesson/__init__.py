"""The Lesson page's own."""
