"""Tables that people bring: how their files are written, and what stands in them. Nothing here knows a model."""
