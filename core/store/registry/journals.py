"""Where each model's journal is kept: its runs in an experiment of their own, and which of them goes on.

MLflow never lets a run's parameter change. Of several programs that write one at once, one succeeds and the others see
what it wrote; so they agree here on which run counts, and in the timeline on whose turn it is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cache
from hashlib import sha256

from mlflow.entities import Run as MlflowRun
from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, RESOURCE_ALREADY_EXISTS, ErrorCode
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME

from core.store.connection import Store
from core.store.owner import is_gone, owner
from core.store.runs.tables import OWNER_TAG, TIMELINE_EXPERIMENT

MODEL_TAG, KEY_TAG = "pizarra.model", "pizarra.timeline"
BEFORE_TAG, START_TAG = "pizarra.timeline_before", "pizarra.timeline_start"

_INDEX = "index"
_NEXT = "next"
_FOUND_WITHIN = 10.0  # seconds


class Taken(Exception):  # noqa: N818 - not an error: somebody else was quicker
    """Another program wrote a parameter first."""


def write_once(store: Store, run_id: str, key: str, value: str) -> None:
    """Write a parameter that only one can write; the values of two are never the same."""
    try:
        store.client.log_param(run_id, key, value)
    except MlflowException as error:
        written = store.client.get_run(run_id).data.params.get(key)
        if written == value:  # it was written, only the answer was lost
            return
        if written is None or error.error_code != ErrorCode.Name(INVALID_PARAMETER_VALUE):
            raise
        raise Taken from error


def newest(store: Store, model: str) -> MlflowRun | None:
    """Return the run that a model's last entries are in, None where it has none."""
    experiment = _experiment(store)
    if experiment is None:
        return None
    found = store.client.search_runs(
        [experiment], f"tags.`{KEY_TAG}` = '{_hash(model)}'", ViewType.ALL, max_results=1, order_by=["start_time DESC"]
    )
    if not found:
        return None
    run = found[0]
    while further := run.data.params.get(_NEXT):  # clocks of two machines may disagree about which one is newest
        run = store.client.get_run(further)
    return run


def first(store: Store, model: str) -> MlflowRun:
    """Return a model's first run; of several that are made at once the index says which one counts."""
    return _begun(store, model, _index(store), _hash(model), {})


def go_on(store: Store, model: str, full: MlflowRun, last: int) -> MlflowRun:
    """Return the run that goes on after a full one, whose last entry is ``last``."""
    return _begun(store, model, full.info.run_id, _NEXT, {BEFORE_TAG: full.info.run_id, START_TAG: str(last)})


def _begun(store: Store, model: str, agreed_in: str, key: str, tags: Mapping[str, str]) -> MlflowRun:
    offered = {MODEL_TAG: model, MLFLOW_RUN_NAME: model, KEY_TAG: f"offered {_hash(model)}"}
    chosen = _agreed(store, agreed_in, key, _make_run(store, {**offered, **tags}))
    store.client.set_tag(chosen, KEY_TAG, _hash(model))
    return store.client.get_run(chosen)


def _agreed(store: Store, run_id: str, key: str, offered: str) -> str:
    """Write ``offered`` under ``key`` and return it, or what another program had written; then ours is deleted."""
    try:
        write_once(store, run_id, key, offered)
    except Taken:
        store.client.delete_run(offered)
        return str(store.client.get_run(run_id).data.params[key])
    return offered


def _index(store: Store) -> str:
    """Return the run that names each model's first one. Whoever makes the experiment makes it, others wait for it."""
    experiment, ours = _experiment_to_write(store)
    begun = time.monotonic()
    while not ours:
        if found := _oldest_index(store, experiment):
            if found.info.lifecycle_stage != "active":
                store.client.restore_run(found.info.run_id)
            return str(found.info.run_id)
        maker = store.client.get_experiment(experiment).tags.get(OWNER_TAG, "")
        if is_gone(maker) or time.monotonic() - begun > _FOUND_WITHIN:
            break
        time.sleep(0.05)
    made = _make_run(store, {KEY_TAG: _INDEX, MLFLOW_RUN_NAME: _INDEX})
    oldest = None if ours else _oldest_index(store, experiment)  # others may have given up waiting too
    return str(oldest.info.run_id) if oldest else made


def _oldest_index(store: Store, experiment: str) -> MlflowRun | None:
    found = store.client.search_runs(
        [experiment], f"tags.`{KEY_TAG}` = '{_INDEX}'", ViewType.ALL, 1, order_by=["start_time ASC"]
    )
    return found[0] if found else None


def _make_run(store: Store, tags: Mapping[str, str]) -> str:
    experiment, _ours = _experiment_to_write(store)
    run_id = store.client.create_run(experiment, tags=dict(tags)).info.run_id
    store.client.set_terminated(run_id)  # nothing is under way here; parameters may be added all the same
    return str(run_id)


def _experiment(store: Store) -> str | None:
    try:
        return _known_experiment(store)
    except LookupError:
        return None


@cache
def _known_experiment(store: Store) -> str:
    """Return the id of the timelines' experiment, which never changes.

    Raises:
        LookupError: there is none yet.
    """
    experiment = store.client.get_experiment_by_name(TIMELINE_EXPERIMENT)
    if experiment is None:
        raise LookupError
    return str(experiment.experiment_id)


def _experiment_to_write(store: Store) -> tuple[str, bool]:
    """Return the experiment's id and whether it was made just now; one that was deleted is brought back."""
    experiment = store.client.get_experiment_by_name(TIMELINE_EXPERIMENT)
    if experiment is None:
        try:
            return str(store.client.create_experiment(TIMELINE_EXPERIMENT, tags={OWNER_TAG: owner()})), True
        except MlflowException as error:
            if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
                raise
            experiment = store.client.get_experiment_by_name(TIMELINE_EXPERIMENT)
    if experiment.lifecycle_stage != "active":
        store.client.restore_experiment(experiment.experiment_id)
    return str(experiment.experiment_id), False


def _hash(model: str) -> str:
    """Return a name without signs that MLflow's filters stumble over."""
    return sha256(model.encode()).hexdigest()[:32]
