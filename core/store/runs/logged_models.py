"""The models that a run logged: since MLflow 3 they are things of their own, not folders among the run's files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mlflow.exceptions import MlflowException

from core.store.connection import Store, pages
from core.store.times import time_of


@dataclass(frozen=True)
class LoggedModel:
    """A model that a run logged; ``status`` is ``READY``, ``PENDING`` or what else MLflow calls it."""

    model_id: str
    name: str
    status: str
    created: datetime
    kind: str

    @property
    def uri(self) -> str:
        """Its address in MLflow."""
        return f"models:/{self.model_id}"


def logged_models(store: Store, experiment_id: str, run_id: str) -> list[LoggedModel]:
    """Return the models that a run logged, newest first; none where the store is of a time before there were any."""
    try:
        found = list(
            pages(
                store.client.search_logged_models,
                experiment_ids=[experiment_id],
                filter_string=f"source_run_id = '{run_id}'",
            )
        )
    except MlflowException:
        return []
    return [
        LoggedModel(
            model.model_id,
            model.name or "",
            str(getattr(model.status, "value", model.status)),
            time_of(model.creation_timestamp),
            model.model_type or "",
        )
        for model in found
    ]
