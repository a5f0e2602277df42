"""Routes for programs, under /api or at the root of a server of their own: models and what they answer, in JSON."""
