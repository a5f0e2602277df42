"""What can be said of a table in sentences before any model has seen it."""
