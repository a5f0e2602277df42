"""Read experiments, runs and metric histories. ``MlflowClient`` is the source of truth."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import mlflow.entities
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST, ErrorCode

from core.collector import collector_paused
from core.errors import StoreError
from core.i18n import N_
from core.store.connection import Store, answering, pages
from core.store.mirror.snapshot import runs_table
from core.store.runs.tables import (
    LARGEST,
    PROGRESS_TAG,
    STARTED_TAG,
    TIMELINE_EXPERIMENT,
    DatasetUse,
    Experiment,
    Run,
    Runs,
)
from core.store.times import read_time, read_times, written_time

NO_SUCH_RUN = {ErrorCode.Name(code) for code in (RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE)}
PAGE_SIZE = 2000  # nearly as fast as larger pages, and small in memory


class NoSuchRunError(StoreError):
    """The store answers, and has no such run."""


def list_experiments(store: Store) -> list[Experiment]:
    """Return every active experiment, the last used first.

    Raises:
        StoreError: the store no longer answers.
    """
    with answering(store.uri):
        found = list(pages(store.client.search_experiments, order_by=["last_update_time DESC"]))
    return [_experiment(experiment) for experiment in found if experiment.name != TIMELINE_EXPERIMENT]


def list_runs(
    store: Store,
    experiment_ids: Iterable[str],
    *,
    filter_string: str = "",
    progress: Callable[[int], None] = lambda count: None,
) -> Runs:
    """Return the active runs of these experiments, newest first; ``progress`` hears how many are read so far.

    Raises:
        StoreError: the store no longer answers.
    """
    ids = list(experiment_ids)
    read: list[Run] = []
    token = None
    with collector_paused():
        while ids:
            page, token = read_page(store, ids, filter_string=filter_string, token=token)
            read.extend(page)
            progress(len(read))
            if not token:
                break
    return runs_table(read)


def read_page(
    store: Store,
    experiment_ids: Sequence[str],
    *,
    filter_string: str = "",
    token: str | None = None,
    size: int | None = None,
) -> tuple[list[Run], str | None]:
    """Return a page of active runs, newest first, and the token of the next page, None after the last.

    Raises:
        StoreError: the store no longer answers.
    """
    if not experiment_ids:
        return [], None
    with answering(store.uri), collector_paused():
        page = store.client.search_runs(
            experiment_ids,
            filter_string,
            max_results=size or PAGE_SIZE,
            page_token=token,
            order_by=["start_time DESC"],
        )
        return [_run(run) for run in page], page.token or None


def read_runs(store: Store, experiment_ids: Sequence[str], run_ids: Sequence[str]) -> list[Run]:
    """Return those of these runs that are active, at most ``PAGE_SIZE`` asked for at once."""
    found: list[Run] = []
    for begin in range(0, len(run_ids), PAGE_SIZE):
        names = ", ".join(f"'{run_id}'" for run_id in run_ids[begin : begin + PAGE_SIZE])
        found.extend(read_page(store, experiment_ids, filter_string=f"attributes.run_id IN ({names})")[0])
    return found


def has_traces(store: Store, experiment_id: str) -> bool:
    """Say whether an experiment holds traces: what language models and agents did, step by step."""
    try:
        return bool(store.client.search_traces(locations=[experiment_id], max_results=1, include_spans=False))
    except (MlflowException, TypeError):  # a server of a time before traces, or before they had a location
        return False


def find_runs(store: Store, filter_string: str) -> Runs:
    """Return the active runs of the whole store that match."""
    return list_runs(store, [e.experiment_id for e in list_experiments(store)], filter_string=filter_string)


def active_runs(store: Store) -> list[Run]:
    """Return the runs that were launched from here or a command line and have not ended, oldest first."""
    ids = [e.experiment_id for e in list_experiments(store)]
    found = [
        _run(run)
        for status in ("RUNNING", "SCHEDULED")
        for run in store.client.search_runs(
            ids, f"attributes.status = '{status}' and tags.`{PROGRESS_TAG}` LIKE '%'", max_results=PAGE_SIZE
        )
    ]
    return sorted(found, key=lambda run: run.start.timestamp() if run.start else 0)


def count_runs(runs: Runs) -> dict[str, int]:
    """Return how many runs each experiment id has."""
    return {str(key): int(count) for key, count in runs.info["experiment_id"].value_counts().items()}


def get_run(store: Store, run_id: str) -> Run:
    """Return one run, deleted ones too.

    Raises:
        NoSuchRunError: the store has no run of that id.
        StoreError: the store does not answer.
    """
    try:
        with answering(store.uri):
            return _run(store.client.get_run(run_id))
    except StoreError as error:
        if getattr(error.__cause__, "error_code", "") not in NO_SUCH_RUN:
            raise
        raise NoSuchRunError(
            N_("The store has no run {run_id}."),
            N_("It may have been removed, or belong to another store. Choose a run on the Experiments page."),
            run_id=run_id,
        ) from error


def get_runs(store: Store, run_ids: Sequence[str]) -> tuple[Runs, list[str]]:
    """Return these runs in this order, and the ids that the store does not have."""
    found: list[Run] = []
    missing: list[str] = []
    for run_id in dict.fromkeys(run_ids):
        try:
            found.append(get_run(store, run_id))
        except NoSuchRunError:
            missing.append(run_id)
    return runs_table(found), missing


def metric_history(store: Store, run_id: str, metric: str) -> pd.DataFrame:
    """Return one metric's history: columns ``step``, ``time`` (UTC) and ``value``, in logged order."""
    history = store.client.get_metric_history(run_id, metric)
    table = pd.DataFrame(
        [(entry.step, entry.timestamp, _number(entry.value)) for entry in history],
        columns=["step", "time", "value"],
    )
    table["time"] = read_times(table["time"])
    return table.sort_values(["step", "time"], kind="stable", ignore_index=True)


def _experiment(experiment: mlflow.entities.Experiment) -> Experiment:
    return Experiment(
        experiment.experiment_id,
        experiment.name or "",
        read_time(experiment.creation_time),
        dict(experiment.tags),
    )


def _run(run: mlflow.entities.Run) -> Run:
    return Run(
        run_id=run.info.run_id,
        experiment_id=run.info.experiment_id,
        name=run.info.run_name or "",
        status=run.info.status,
        created=read_time(run.info.start_time),
        start=read_time(_started(run)),
        end=read_time(run.info.end_time),
        deleted=run.info.lifecycle_stage != "active",
        artifact_uri=run.info.artifact_uri or "",
        params=run.data.params,
        metrics={name: _number(value) for name, value in run.data.metrics.items()},
        tags=run.data.tags,
        datasets=[_dataset(use) for use in (run.inputs.dataset_inputs if run.inputs else [])],
    )


def _started(run: mlflow.entities.Run) -> float | None:
    """Return when the run left the queue, where it was in ours; MLflow knows only when it was created."""
    started = written_time(run.data.tags.get(STARTED_TAG) or "")  # MLflow's tables allow a tag without a value
    return run.info.start_time if math.isnan(started) else started


def _dataset(use: mlflow.entities.DatasetInput) -> DatasetUse:
    tags: Mapping[str, str] = {tag.key: tag.value for tag in use.tags}
    dataset = use.dataset
    return DatasetUse(dataset.name, dataset.digest, dataset.source, tags.get("mlflow.data.context", ""))


def _number(value: object) -> float:
    """Return a metric's value as it was meant; a word, which SQLite lets other programs write, is not known."""
    if not isinstance(value, int | float):
        return float("nan")
    return float("inf") if value >= LARGEST else float("-inf") if value <= -LARGEST else value
