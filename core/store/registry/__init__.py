"""Models and their versions: what stands where, how that changes, and the memory of it."""
