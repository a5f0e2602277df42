"""Models that run code of their own: each is asked in a process of its own, and its answers come back as plain data."""
