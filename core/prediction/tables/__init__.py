"""Whole tables that people bring: read, fitted to a model, scored and written."""
