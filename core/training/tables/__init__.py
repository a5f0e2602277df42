"""Tables of one's own as tasks: what can be predicted in them, and where they are kept."""
