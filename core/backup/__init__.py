"""All of a store and of Pizarra's own files in one file, and how they come back from it."""
