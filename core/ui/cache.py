"""What all sessions share: the open store, what was read from it, loaded models and the jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import pandas as pd
import streamlit as st

from core.comparison.evidence import Weighed, weigh
from core.errors import PizarraError, StoreError
from core.prediction.duel import Rows, answer_rows
from core.prediction.open_version import ToOpen
from core.settings import settings
from core.store.abandoned import settle_abandoned
from core.store.changes import change_token
from core.store.connection import Store, open_store, sqlite_path
from core.store.mirror.base import Mirror
from core.store.mirror.server import RemoteMirror
from core.store.mirror.sqlite import LocalMirror
from core.store.models import ModelFiles, describe_model, load_model
from core.store.record import ANSWER, EVALUATION_TABLE, PREDICTION
from core.store.registry import registered_models
from core.store.registry.cutoffs import read_cutoff
from core.store.registry.events import Event
from core.store.registry.registered_models import RegisteredModel, Version
from core.store.registry.timeline import Page, read_all, read_page
from core.store.runs import artifacts, documents, tracking
from core.store.runs.tables import Experiment, Run, Runs
from core.training.datasets import load_dataset
from core.training.demo import Demo, DemoState
from core.training.demo import demo_state as demo_state_of
from core.training.jobs import Batch, Jobs
from core.training.tasks import Dataset, LoadedDataset

FILES_FRESHNESS = 300.0  # seconds after which somebody looks again whether a version's files are there


@st.cache_resource(show_spinner=False)
def _choice() -> dict[str, str]:
    return {"uri": settings().tracking_uri}


def store_uri() -> str:
    """Return the address of the store in use."""
    return _choice()["uri"]


def use_store(uri: str) -> None:
    """Use another store, in all sessions of this process."""
    _choice()["uri"] = uri


@st.cache_resource(show_spinner=False)
def _store(uri: str) -> Store:
    """Open the store once; runs that an earlier dashboard left unfinished are settled then."""
    opened = open_store(uri)
    settle_abandoned(opened)
    return opened


def store() -> Store:
    """Return the open store."""
    return _store(store_uri())


@st.cache_resource(show_spinner=False)
def _own_writes() -> Counter[str]:
    return Counter()


@st.cache_resource(show_spinner=False, on_release=lambda mirror: mirror.close())
def _mirror(uri: str) -> Mirror:
    path, folder = sqlite_path(uri), settings().cache_dir
    opened = _store(uri)
    in_a_file = path is not None and path.exists()  # an in-memory store has none
    return LocalMirror(opened, folder, path) if path and in_a_file else RemoteMirror(opened, folder)


def mirror() -> Mirror:
    """Return the mirror of the store's runs that all sessions share."""
    return _mirror(store_uri())


def note_write(run_ids: Sequence[str] = ()) -> None:
    """Read anew: a server's own changes may be seen seconds later, ours, of ``run_ids`` above all, at once."""
    _own_writes()[store_uri()] += 1
    mirror().reread(run_ids)


def _token() -> str:
    return f"{change_token(store())} {_own_writes()[store_uri()]}"


@st.cache_resource(show_spinner=False, on_release=lambda jobs: jobs.close())
def jobs() -> Jobs:
    """Return the one launcher of this process."""
    return Jobs(settings())


@st.cache_resource(show_spinner=False)
def _demo_batch() -> dict[str, Batch]:
    return {}


def keep_demo_batch(batch: Batch) -> None:
    """Remember that the demo is being loaded, for all sessions."""
    _demo_batch()["demo"] = batch


def demo_is_loading() -> bool:
    """Tell whether the demo is being loaded."""
    batch = _demo_batch().get("demo")
    return batch is not None and not batch.wait(0)


def experiments() -> list[Experiment]:
    """Return the store's experiments."""
    return mirror().experiments()


def runs(experiment_ids: Sequence[str]) -> Runs:
    """Return the runs of these experiments, as far as they have been read; shared, so never change the tables."""
    return mirror().runs(experiment_ids)


def some_runs(run_ids: Sequence[str]) -> tuple[Runs, list[str]]:
    """Return these runs, and the ids that the store does not have."""
    return _some_runs(store(), _token(), tuple(run_ids))


def known_runs(run_ids: Sequence[str]) -> Runs:
    """Return those of these runs that are active and have been read, in this order; shared like ``runs``."""
    return mirror().some_runs(run_ids)


def models() -> list[RegisteredModel]:
    """Return the registered models."""
    return _models(store(), _token())


def run(run_id: str) -> Run:
    """Return one run as it is now."""
    return _run(store(), _token(), run_id)


def active_runs() -> list[Run]:
    """Return the runs that have not ended."""
    return _active_runs(store(), _token())


def demo_state(demo: Demo) -> DemoState:
    """Return how far the demo is."""
    return _demo_state(store(), _token(), demo)


@st.cache_data(show_spinner=False, max_entries=64)
def _run(_store: Store, token: str, run_id: str) -> Run:
    return tracking.get_run(_store, run_id)


@st.cache_data(show_spinner=False, max_entries=2)
def _active_runs(_store: Store, token: str) -> list[Run]:
    return tracking.active_runs(_store)


@st.cache_data(show_spinner=False, max_entries=2)
def _demo_state(_store: Store, token: str, _demo: Demo) -> DemoState:
    return demo_state_of(_store, _demo)


@st.cache_data(show_spinner=False, max_entries=16)
def _some_runs(_store: Store, token: str, run_ids: tuple[str, ...]) -> tuple[Runs, list[str]]:
    return tracking.get_runs(_store, run_ids)


@st.cache_data(show_spinner=False, max_entries=4)
def _models(_store: Store, token: str) -> list[RegisteredModel]:
    return registered_models.list_models(_store)


def metric_history(run_id: str, metric: str) -> pd.DataFrame:
    """Return one metric's history."""
    return _metric_history(store(), _token(), run_id, metric)


@st.cache_data(show_spinner=False, max_entries=64)
def _metric_history(_store: Store, token: str, run_id: str, metric: str) -> pd.DataFrame:
    return tracking.metric_history(_store, run_id, metric)


def counts_by_experiment() -> dict[str, int]:
    """Return how many runs each experiment id has, as far as they have been read."""
    return mirror().counts()


def counts(everything: Runs) -> dict[str, int]:
    """Return how many runs each experiment id has."""
    return tracking.count_runs(everything)


def artifacts_of(run_id: str) -> list[artifacts.Artifact]:
    """Return the files of a run."""
    return _artifacts(store(), _token(), run_id)


def artifact(run_id: str, path: str) -> bytes:
    """Return a file of a run."""
    return _artifact(store(), _token(), run_id, path)


@st.cache_data(show_spinner=False, max_entries=16)
def _artifacts(_store: Store, token: str, run_id: str) -> list[artifacts.Artifact]:
    return artifacts.list_artifacts(_store, run_id)


@st.cache_data(show_spinner=False, max_entries=32)
def _artifact(_store: Store, token: str, run_id: str, path: str) -> bytes:
    return artifacts.read_artifact(_store, run_id, path)


def added_documents(run_id: str, folder: str) -> list[str]:
    """Return the paths of the documents that people added to a run in a folder, newest first."""
    return _added_documents(store(), store_uri(), _own_writes()[store_uri()], run_id, folder)


def added_document(run_id: str, path: str) -> object:
    """Return one of these documents."""
    return _added_document(store(), store_uri(), run_id, path)


# Files say nothing to the change token, so those that other programs add are seen within a minute
@st.cache_data(show_spinner=False, ttl="1m", max_entries=64)
def _added_documents(_store: Store, store_uri: str, own_writes: int, run_id: str, folder: str) -> list[str]:
    return documents.list_documents(_store, run_id, folder)


@st.cache_data(show_spinner=False, ttl="1m", max_entries=128)
def _added_document(_store: Store, store_uri: str, run_id: str, path: str) -> object:
    return documents.read_added(_store, run_id, path)


@st.cache_data(show_spinner=False, ttl="1m", max_entries=16)
def dataset(_dataset: Dataset, name: str) -> LoadedDataset:
    """Return a dataset from wherever it can be had."""
    chosen = settings()
    return load_dataset(_dataset, data_dir=chosen.data_dir, cache_dir=chosen.cache_dir, downloads=chosen.downloads)


@st.cache_resource(show_spinner=False, max_entries=32)
def _model_files(_store: Store, store_uri: str, uri: str, run_id: str) -> ModelFiles:
    return describe_model(_store, uri, run_id)


@st.cache_resource(show_spinner=False, max_entries=16)
def _loaded_model(_files: ModelFiles, store_uri: str, uri: str, run_id: str, allow_code: bool) -> Any:
    return load_model(_files, allow_code=allow_code)


def model_files(version: Version) -> ModelFiles:
    """Return a version's description; versions never change, so it is kept."""
    return _model_files(store(), store_uri(), version.uri, version.run_id)


def asked_model(version: Version, allow_code: bool) -> tuple[ModelFiles, Any]:
    """Return a version's description and the loaded model."""
    files = model_files(version)
    return files, _loaded_model(files, store_uri(), version.uri, version.run_id, allow_code)


def test_rows(version: Version) -> pd.DataFrame | None:
    """Return what a version's run said of its test rows; None where it stored nothing. Shared, so never change it."""
    try:
        table = _test_rows(store(), store_uri(), version.run_id) if version.run_id else None
    except StoreError:
        return None
    return table if table is not None and {ANSWER, PREDICTION} <= set(table) else None


@st.cache_resource(show_spinner=False, max_entries=64)
def _test_rows(_store: Store, store_uri: str, run_id: str) -> pd.DataFrame:
    return artifacts.read_table(_store, run_id, EVALUATION_TABLE)


def cutoff(model: str) -> float | None:
    """Return the cut-off that people chose for a registered model, None where nobody did."""
    return next((read_cutoff(one.tags) for one in models() if one.name == model), None)


def timeline(model: str) -> list[Event]:
    """Return a model's whole timeline, newest first."""
    return _timeline(store(), _token(), model)


@st.cache_data(show_spinner=False, max_entries=8)
def _timeline(_store: Store, token: str, model: str) -> list[Event]:
    return read_all(_store, model)


def timeline_page(model: str, older: str = "") -> Page:
    """Return the newest entries of a model's timeline, or those that an earlier page leads to."""
    return _timeline_page(store(), _token(), model, older)


@st.cache_data(show_spinner=False, max_entries=32)
def _timeline_page(_store: Store, token: str, model: str, older: str) -> Page:
    return read_page(_store, model, older)


@dataclass(frozen=True)
class Duel:
    """What two versions' answers to the same rows amount to, and why the first or the second gave none."""

    weighed: Weighed | None
    problems: tuple[PizarraError | None, PizarraError | None]


def duel(
    contestants: tuple[ToOpen, ToOpen], rows: Rows, fingerprint: str, directions: Mapping[str, bool | None]
) -> Duel:
    """Return what two versions say of the same rows, which ``fingerprint`` stands for; a worker asks them once."""
    return _duel(jobs(), store_uri(), contestants, rows, fingerprint, dict(directions))


@st.cache_data(show_spinner=False, max_entries=32)
def _duel(
    _jobs: Jobs,
    store_uri: str,
    contestants: tuple[ToOpen, ToOpen],
    _rows: Rows,
    fingerprint: str,
    directions: dict[str, bool | None],
) -> Duel:
    mine, theirs = _jobs.answer(answer_rows, store_uri, contestants, _rows)
    both = mine.table is not None and theirs.table is not None
    return Duel(weigh(mine.table, theirs.table, directions) if both else None, (mine.problem, theirs.problem))


@dataclass
class _Files:
    """Which versions' files are there and when somebody looked; ``asked`` are the looks, begun or done."""

    there: dict[str, tuple[float, bool]] = field(default_factory=dict)
    asked: dict[str, Future[None]] = field(default_factory=dict)
    lookers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, "pizarra-files"))


@st.cache_resource(show_spinner=False, on_release=lambda files: files.lookers.shutdown(wait=False, cancel_futures=True))
def _files(store_uri: str) -> _Files:
    return _Files()


def files_known(versions: Sequence[Version], patience: float = 0.0) -> dict[str, bool]:
    """Return by address which of these versions' files are there; those not known yet are looked for meanwhile.

    ``patience`` is how many seconds to wait for all of them.
    """
    files, opened, now = _files(store_uri()), store(), monotonic()

    def look(version: Version) -> None:
        there = registered_models.files_are_there(opened, version)
        files.there[version.uri] = (monotonic(), there)

    for version in versions:
        known, asked = files.there.get(version.uri), files.asked.get(version.uri)
        if (known is None or now - known[0] > FILES_FRESHNESS) and (asked is None or asked.done()):
            files.asked[version.uri] = files.lookers.submit(look, version)
    wait([files.asked[version.uri] for version in versions if version.uri not in files.there], patience)
    return {v.uri: files.there[v.uri][1] for v in versions if v.uri in files.there}
