"""What this process holds for all who come, whichever way: the store in use, what was read of it, the class."""
