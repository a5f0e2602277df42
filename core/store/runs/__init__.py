"""Runs: read as tables, filtered, deleted, exported, and their files."""
