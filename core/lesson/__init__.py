"""The lesson: a content file a teacher can edit, read, checked, and walked through on the real pages."""
