"""One metric's histories of many runs, read at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode
from mlflow.store.tracking.rest_store import RestStore
from mlflow.utils.rest_utils import http_request

from core.store.connection import Store, answering
from core.store.runs.tables import LARGEST
from core.store.times import read_times

RUNS_AT_ONCE = 50  # servers take 100, but the ids are in the address, and some in between take addresses of 4 KB only
ENTRIES_AT_ONCE = 25_000  # servers answer with no more, without a word
BULK_ENDPOINT = "/ajax-api/2.0/mlflow/metrics/get-history-bulk"  # what MLflow's own pages ask


class _Entry(NamedTuple):
    run_id: str
    step: int
    time: int
    value: float


_Bulk = Callable[[Sequence[str], str], list[_Entry] | None]


def metric_histories(store: Store, run_ids: Sequence[str], metric: str) -> pd.DataFrame:
    """Return one metric's history of many runs: ``run_id``, ``step``, ``time`` (UTC) and ``value``.

    Runs are in the order given and entries in logged order; runs without the metric have no rows.

    Raises:
        StoreError: the store no longer answers.
    """
    wanted = list(dict.fromkeys(run_ids))
    with answering(store.uri):
        entries = list(_entries(store, wanted, metric))
    table = pd.DataFrame(entries, columns=["run_id", "step", "time", "value"])
    table["time"] = read_times(table["time"])
    # SQLite lets other programs write words, which are not known as numbers
    values = pd.to_numeric(table["value"], errors="coerce").astype(float)
    table["step"], table["value"] = table["step"].astype("int64"), number_meant(values)
    places = table["run_id"].map({run_id: place for place, run_id in enumerate(wanted)})
    # Equal steps and times stay as MLflow orders them: the last row is what it calls the metric's last value
    table = table.assign(place=places).sort_values(["place", "step", "time"], kind="stable", ignore_index=True)
    return table.drop(columns="place")


def number_meant(values: pd.Series) -> pd.Series:
    """Return values with a database's largest number turned into the infinity that it stands for."""
    return values.mask(values >= LARGEST, float("inf")).mask(values <= -LARGEST, float("-inf"))


def _entries(store: Store, run_ids: Sequence[str], metric: str) -> Iterator[_Entry]:
    """Yield every entry of these runs, each run's together in logged order."""
    bulk = _bulk(store)
    waiting = list(run_ids)
    while waiting:
        asked = waiting[:RUNS_AT_ONCE]
        found = bulk(asked, metric) if bulk else None
        if found is None:  # this store knows single runs only
            bulk = None
            yield from _single(store, waiting.pop(0), metric)
            continue
        if len(found) < ENTRIES_AT_ONCE:
            yield from found
            del waiting[: len(asked)]
            continue
        # The answer was cut within or after its last run; the runs before it are whole
        cut = found[-1].run_id
        whole = {entry.run_id for entry in found} - {cut}
        yield from (entry for entry in found if entry.run_id != cut)
        yield from _single(store, cut, metric)
        waiting = [run_id for run_id in waiting if run_id != cut and run_id not in whole]


def _single(store: Store, run_id: str, metric: str) -> list[_Entry]:
    try:
        history = store.client.get_metric_history(run_id, metric)
    except MlflowException as error:
        if error.error_code == ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):  # as in bulk: no such run, no rows
            return []
        raise
    return [_Entry(run_id, entry.step, entry.timestamp, entry.value) for entry in history]


def _bulk(store: Store) -> _Bulk | None:
    """Return how this store gives many histories at once; None where it doesn't."""
    # MLflow's client has no such question: its stores do
    backend = store.client._tracking_client.store
    if isinstance(backend, RestStore):
        return lambda run_ids, metric: _ask_server(backend, run_ids, metric)
    if hasattr(backend, "get_metric_history_bulk"):
        return lambda run_ids, metric: [
            _Entry(found.run_id, found.step, found.timestamp, found.value)
            for found in backend.get_metric_history_bulk(list(run_ids), metric, ENTRIES_AT_ONCE)
        ]
    return None


def _ask_server(backend: RestStore, run_ids: Sequence[str], metric: str) -> list[_Entry] | None:
    """Return the server's answer; None where it doesn't know the question."""
    query = {"run_id": list(run_ids), "metric_key": metric, "max_results": ENTRIES_AT_ONCE}
    answer = http_request(backend.get_host_creds(), BULK_ENDPOINT, "GET", params=query)
    try:
        found = answer.json()["metrics"] if answer.status_code == 200 else None
    except (ValueError, KeyError, TypeError):  # a page for people, from what stands between
        return None
    if found is None:
        return None
    return [_Entry(entry["run_id"], entry["step"], entry["timestamp"], float(entry["value"])) for entry in found]
