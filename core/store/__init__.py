"""The only place that speaks to MLflow."""

from core import settings  # noqa: F401 - first: it turns off MLflow's usage reports, for workers and scripts too
