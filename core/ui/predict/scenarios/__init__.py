"""Its shelf of scenarios."""
