"""Routes for programs, under /api: models and what they answer, in JSON."""
