"""Delete runs so that they can be brought back, and bring them back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import mlflow.entities
import pandas as pd
from mlflow.exceptions import MlflowException

from core.access import Actor
from core.store.connection import Store, answering, pages
from core.store.refusals import words_of
from core.store.runs.tables import title
from core.store.times import read_times

UNFINISHED = frozenset({"RUNNING", "SCHEDULED"})
PAGE_SIZE = 1000
COLUMNS = ["name", "status", "start"]


@dataclass(frozen=True)
class Outcome:
    """What became of each run; ``failed`` says why, in the words of the store."""

    done: Sequence[str] = ()
    running: Sequence[str] = ()
    failed: Mapping[str, str] = field(default_factory=dict)


def delete_runs(
    store: Store, actor: Actor, run_ids: Sequence[str], progress: Callable[[int], None] = lambda count: None
) -> Outcome:
    """Delete runs that have ended; their files stay, and ``restore_runs`` brings them back.

    Raises:
        PizarraError: ``actor`` may not.
    """
    actor.check("delete_runs")
    done, running, failed = [], [], {}
    for count, run_id in enumerate(dict.fromkeys(run_ids), start=1):
        try:
            if store.client.get_run(run_id).info.status in UNFINISHED:
                running.append(run_id)
            else:
                store.client.delete_run(run_id)
                done.append(run_id)
        except MlflowException as error:
            failed[run_id] = str(words_of(error))
        progress(count)
    return Outcome(done, running, failed)


def restore_runs(store: Store, actor: Actor, run_ids: Sequence[str]) -> Outcome:
    """Bring deleted runs back.

    Raises:
        PizarraError: ``actor`` may not.
    """
    actor.check("restore_runs")
    done, failed = [], {}
    for run_id in dict.fromkeys(run_ids):
        try:
            store.client.restore_run(run_id)
            done.append(run_id)
        except MlflowException as error:
            failed[run_id] = str(words_of(error))
    return Outcome(done, (), failed)


def deleted_runs(store: Store, experiment_ids: Sequence[str]) -> pd.DataFrame:
    """Return the deleted runs of these experiments, newest first: name, status and start (UTC) by run id.

    Raises:
        StoreError: the store no longer answers.
    """
    found: list[mlflow.entities.Run] = []
    if experiment_ids:
        with answering(store.uri):
            found += pages(
                store.client.search_runs, experiment_ids=list(experiment_ids), max_results=PAGE_SIZE,
                run_view_type=mlflow.entities.ViewType.DELETED_ONLY, order_by=["start_time DESC"],
            )  # fmt: skip
    table = pd.DataFrame(
        [(title(run.info.run_name or "", run.data.tags), run.info.status, run.info.start_time) for run in found],
        index=[run.info.run_id for run in found],
        columns=COLUMNS,
    )
    table["start"] = read_times(table["start"]).array
    return table
