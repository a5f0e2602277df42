"""Runs that a server made twice, as it was asked twice: the first answer was lost on the way."""

from __future__ import annotations

import logging
from contextlib import suppress
from urllib.parse import urlparse

from mlflow.exceptions import MlflowException

from core.i18n import N_
from core.store.connection import SERVERS, Store
from core.store.ends import settle_or_note
from core.store.runs.tables import LAUNCH_TAG

logger = logging.getLogger(__name__)

TWIN = N_("The server made this run twice, as its first answer was lost on the way, so this one was never trained.")


def forget_twins(store: Store, experiment: str, launch: str, run_id: str) -> None:
    """End and delete all runs of an experiment that were created under one ``launch``, but for the one we know of.

    MLflow's client asks a server again where no answer came, and never a database.
    """
    if urlparse(store.uri).scheme not in SERVERS:
        return
    try:
        found = store.client.search_runs([experiment], f"tags.`{LAUNCH_TAG}` = '{launch}'", max_results=10)
    except (MlflowException, OSError) as error:  # the run itself is there
        logger.warning("Whether run %s was made twice is not known: %s", run_id, error)
        return
    for twin in {run.info.run_id for run in found} - {run_id}:
        settle_or_note(store, twin, status="FAILED", reason=TWIN)
        with suppress(MlflowException, OSError):  # where we may not, it stays as one that failed
            store.client.delete_run(twin)
