"""Is a model still right: what it is asked, what it answers and how good that is, against what it learned from."""
