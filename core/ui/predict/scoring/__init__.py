"""Its part for many rows at once."""
