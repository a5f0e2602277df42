"""Answers that were made before somebody asks for them, looked up by the id of a row."""
