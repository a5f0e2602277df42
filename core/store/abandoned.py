"""Runs that nobody trains any more, yet they read as running: their dashboard was killed, or their store was away."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from mlflow.entities import Run, ViewType
from mlflow.exceptions import MlflowException

from core.i18n import N_
from core.settings import settings
from core.store.connection import Store, pages
from core.store.ends import settle, settle_noted
from core.store.kept_results import kept_of
from core.store.owner import is_gone
from core.store.runs.tables import OWNER_TAG
from core.store.writer import KEPT

logger = logging.getLogger(__name__)

ABANDONED = N_("The dashboard stopped while this run was being trained.")


def settle_abandoned(store: Store) -> int:
    """End every run whose end is noted here, or whose owner is a process of this host that has gone; return how many.

    Raises:
        MlflowException: the store does not answer.
    """
    noted = settle_noted(store)
    experiments = _experiment_ids(store)
    abandoned = [
        run.info.run_id
        for status in ("RUNNING", "SCHEDULED")  # MLflow's filters have no OR
        for run in _owned_runs(store, experiments, status)
        if is_gone(run.data.tags[OWNER_TAG])
    ]
    for run_id in abandoned:
        try:
            kept = kept_of(settings().cache_dir, run_id)  # its store was away, and so was told of nothing
            settle(store, run_id, status="FAILED", reason=KEPT if kept else ABANDONED)
        except MlflowException:  # some stores list runs that they then say they do not have
            logger.exception("Run %s was abandoned and cannot be settled", run_id)
    return noted + len(abandoned)


def _owned_runs(store: Store, experiments: list[str], status: str) -> Iterator[Run]:
    if experiments:
        owned = f"attributes.status = '{status}' and tags.`{OWNER_TAG}` LIKE '%'"
        yield from pages(store.client.search_runs, experiment_ids=experiments, filter_string=owned)


def _experiment_ids(store: Store) -> list[str]:
    found = pages(store.client.search_experiments, view_type=ViewType.ALL)
    return [experiment.experiment_id for experiment in found]
