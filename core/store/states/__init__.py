"""All of a SQLite store at once: packed, unpacked, kept, and exchanged for another state."""
