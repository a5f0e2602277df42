"""Serve the models of the registry to programs: which version answers, to what, and what is kept of it."""
