"""What was read from the open store, and loaded models: read once for all sessions, and anew when it may be another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import pandas as pd

from core.comparison.evidence import Weighed, weigh
from core.errors import ModelError, PizarraError, StoreError
from core.prediction.duel import Rows, answer_rows
from core.prediction.fast.way import FastWay, fast_way
from core.prediction.open_version import OpenVersion, ToOpen
from core.prediction.reference import evaluated_rows
from core.prediction.reference import training_rows as sample_rows
from core.process import shared
from core.process.memory import kept
from core.settings import settings
from core.store.connection import Store
from core.store.consent import Stored
from core.store.foreign.pool import ForeignModel
from core.store.models import ModelFiles, describe_model, load_model
from core.store.record import ANSWER, PREDICTION
from core.store.registry import registered_models
from core.store.registry.cutoffs import read_cutoff
from core.store.registry.events import Event
from core.store.registry.registered_models import RegisteredModel
from core.store.registry.timeline import Page, read_all, read_page
from core.store.runs import artifacts, documents, tracking
from core.store.runs import logged_models as logged
from core.store.runs import run_models as left_behind
from core.store.runs.evaluations import is_divided_by_chance as divided_by_chance
from core.store.runs.evaluations import read_evaluation, read_training
from core.store.runs.logged_models import LoggedModel
from core.store.runs.run_models import RunModel
from core.store.runs.students import without_student, without_students
from core.store.runs.tables import Experiment, Run, Runs
from core.training.datasets import load_dataset
from core.training.tasks import Dataset, LoadedDataset

P = ParamSpec("P")
T = TypeVar("T")
MINUTE = 60.0  # seconds


def read_from_store(
    *, max_entries: int, until: Callable[[], str] = shared.changes, seconds: float | None = None, copied: bool = True
) -> Callable[[Callable[Concatenate[Store, P], T]], Callable[P, T]]:
    """Give a function the open store, and keep what it reads until the token ``until`` is another one."""

    def decorate(read: Callable[Concatenate[Store, P], T]) -> Callable[P, T]:
        def key(opened: Store, *arguments: object, **named: object) -> object:
            return opened.uri, opened.file, until(), arguments, sorted(named.items())

        reading = kept(key, max_entries=max_entries, seconds=seconds, copied=copied)(read)

        @wraps(read)
        def from_store(*arguments: P.args, **named: P.kwargs) -> T:
            return reading(shared.store(), *arguments, **named)

        return from_store

    return decorate


def for_ever() -> str:
    """Return the token of what never changes in a store."""
    return ""


# Runs and experiments


def experiments() -> list[Experiment]:
    """Return the store's experiments."""
    return shared.mirror().experiments()


def runs(experiment_ids: Sequence[str]) -> Runs:
    """Return the runs of these experiments, as far as they have been read; shared, so never change the tables."""
    return _as_may_be_seen(shared.mirror().runs(experiment_ids))


def known_runs(run_ids: Sequence[str]) -> Runs:
    """Return those of these runs that are active and have been read, in this order; shared like ``runs``."""
    return _as_may_be_seen(shared.mirror().some_runs(run_ids))


def _as_may_be_seen(runs: Runs) -> Runs:
    """Return runs without who trained them while the board hides names."""
    return without_students(runs) if shared.boards().names_are_hidden() else runs


def counts_by_experiment() -> dict[str, int]:
    """Return how many runs each experiment id has, as far as they have been read."""
    return shared.mirror().counts()


def counts(everything: Runs) -> dict[str, int]:
    """Return how many runs each experiment id has."""
    return tracking.count_runs(everything)


@read_from_store(max_entries=64)
def has_traces(store: Store, experiment_id: str) -> bool:
    """Say whether an experiment holds traces."""
    return tracking.has_traces(store, experiment_id)


def some_runs(run_ids: Sequence[str]) -> tuple[Runs, list[str]]:
    """Return these runs, and the ids that the store does not have."""
    found, missing = _some_runs(run_ids)
    return _as_may_be_seen(found), missing


@read_from_store(max_entries=16)
def _some_runs(store: Store, run_ids: Sequence[str]) -> tuple[Runs, list[str]]:
    return tracking.get_runs(store, run_ids)


def run(run_id: str) -> Run:
    """Return one run as it is now."""
    found = _run(run_id)
    return without_student(found) if shared.boards().names_are_hidden() else found


@read_from_store(max_entries=64)
def _run(store: Store, run_id: str) -> Run:
    return tracking.get_run(store, run_id)


@read_from_store(max_entries=256, until=for_ever)
def task_of_run(store: Store, run_id: str) -> str:
    """Return the task that a run learned; empty where it says none. It never changes."""
    return str(tracking.get_run(store, run_id).tags.get("pizarra.task", ""))


def active_runs() -> list[Run]:
    """Return the runs that have not ended."""
    hidden = shared.boards().names_are_hidden()
    return [without_student(one) if hidden else one for one in _active_runs()]


@read_from_store(max_entries=2)
def _active_runs(store: Store) -> list[Run]:
    return tracking.active_runs(store)


@read_from_store(max_entries=64)
def metric_history(store: Store, run_id: str, metric: str) -> pd.DataFrame:
    """Return one metric's history."""
    return tracking.metric_history(store, run_id, metric)


@read_from_store(max_entries=64)
def logged_models(store: Store, experiment_id: str, run_id: str) -> list[LoggedModel]:
    """Return the models that a run logged."""
    return logged.logged_models(store, experiment_id, run_id)


@read_from_store(max_entries=64, seconds=MINUTE)
def run_models(store: Store, run_id: str) -> list[RunModel]:
    """Return the models that a run left behind, be it among its files."""
    return left_behind.run_models(store, run_id)


# Files say nothing to the change token, so what other programs do to them is seen within a minute


@read_from_store(max_entries=16, seconds=MINUTE)
def artifacts_of(store: Store, run_id: str) -> artifacts.Listing:
    """Return the files of a run."""
    return artifacts.list_artifacts(store, run_id)


@read_from_store(max_entries=32, seconds=MINUTE)
def picture(store: Store, run_id: str, path: str) -> bytes:
    """Return a picture of a run."""
    return artifacts.read_artifact(store, run_id, path, artifacts.MOST_PICTURE_BYTES)


@read_from_store(max_entries=64, until=shared.own_writes, seconds=MINUTE)
def added_documents(store: Store, run_id: str, folder: str) -> list[str]:
    """Return the paths of the documents that people added to a run in a folder, newest first."""
    return documents.list_documents(store, run_id, folder)


@read_from_store(max_entries=128, until=for_ever, seconds=MINUTE)
def added_document(store: Store, run_id: str, path: str) -> object:
    """Return one of these documents."""
    return artifacts.read_document(store, run_id, path)


@kept(lambda _of, name: name, max_entries=16, seconds=MINUTE, copied=True)
def dataset(of: Dataset, name: str) -> LoadedDataset:
    """Return a dataset from wherever it can be had."""
    chosen = settings()
    return load_dataset(of, data_dir=chosen.data_dir, cache_dir=chosen.cache_dir, downloads=chosen.downloads)


# Registered models; a version never changes, so what is read of it is kept


@read_from_store(max_entries=4)
def models(store: Store) -> list[RegisteredModel]:
    """Return the registered models."""
    return registered_models.list_models(store)


def cutoff(model: str) -> float | None:
    """Return the cut-off that people chose for a registered model, None where nobody did."""
    return next((read_cutoff(one.tags) for one in models() if one.name == model), None)


@read_from_store(max_entries=8)
def timeline(store: Store, model: str) -> list[Event]:
    """Return a model's whole timeline, newest first."""
    return read_all(store, model)


@read_from_store(max_entries=32)
def timeline_page(store: Store, model: str, older: str = "") -> Page:
    """Return the newest entries of a model's timeline, or those that an earlier page leads to."""
    return read_page(store, model, older)


def model_files(model: Stored) -> ModelFiles:
    """Return the description of a version, or of a run's model."""
    return _model_files(model.uri, model.run_id, model.source)


@read_from_store(max_entries=32, until=for_ever, copied=False)
def _model_files(store: Store, uri: str, run_id: str, _source: str) -> ModelFiles:
    return describe_model(store, uri, run_id)


def asked_model(model: Stored, allow_code: bool) -> tuple[ModelFiles, Any]:
    """Return the description of a version, or of a run's model, and the loaded model."""
    files = model_files(model)
    return files, _loaded_model(files, _which(model), allow_code)


def _which(model: Stored) -> tuple[str, ...]:
    return shared.store_name(), model.uri, model.run_id, model.source


@kept(lambda _files, which, allow_code: (which, allow_code), max_entries=16)
def _loaded_model(files: ModelFiles, _which: tuple[str, ...], allow_code: bool) -> Any:
    return load_model(files, allow_code=allow_code)


def fast_way_of(model: Stored, opened: OpenVersion) -> FastWay | None:
    """Return a fast way to an open model's answers, tried on the rows that its run stored; None where there is none."""
    return None if isinstance(opened.model, ForeignModel) else _fast_way(model, opened, _which(model))


@kept(lambda _model, _opened, which: which, max_entries=16)
def _fast_way(model: Stored, opened: OpenVersion, _which: tuple[str, ...]) -> FastWay | None:
    rows = _stored_rows(model, opened)
    return None if rows is None else fast_way(opened.model, rows)


def _stored_rows(model: Stored, opened: OpenVersion) -> pd.DataFrame | None:
    tested = test_rows(model)
    try:
        return sample_rows(opened.files, opened.fields) if tested is None else evaluated_rows(opened.fields, tested)
    except ModelError:  # the table is of other inputs
        return None


def test_rows(model: Stored) -> pd.DataFrame | None:
    """Return what a model's run said of its test rows; None where it stored nothing. Shared, so never change it."""
    try:
        table = _test_rows(model.run_id) if model.run_id else None
    except StoreError:
        return None
    return table if table is not None and {ANSWER, PREDICTION} <= set(table) else None


@read_from_store(max_entries=64, until=for_ever, copied=False)
def _test_rows(store: Store, run_id: str) -> pd.DataFrame:
    return read_evaluation(store, run_id)


def training_rows(model: Stored) -> pd.DataFrame | None:
    """Return the training rows that a model's run stored beside its sample, None where it did not. Never change it."""
    try:
        return _training_rows(model.run_id) if model.run_id else None
    except StoreError:
        return None


@read_from_store(max_entries=8, until=for_ever, copied=False)
def _training_rows(store: Store, run_id: str) -> pd.DataFrame:
    return read_training(store, run_id)


@read_from_store(max_entries=64, until=for_ever)
def is_divided_by_chance(store: Store, run_id: str) -> bool:
    """Tell whether a run's rows were divided by chance; where nobody knows the run it is not known to be."""
    try:
        return bool(run_id) and divided_by_chance(store, run_id)
    except StoreError:
        return False


@dataclass(frozen=True)
class Duel:
    """What two versions' answers to the same rows amount to, and why the first or the second gave none."""

    weighed: Weighed | None
    problems: tuple[PizarraError | None, PizarraError | None]


@kept(
    lambda contestants, _rows, fingerprint, directions: (
        shared.store_name(), contestants, fingerprint, dict(directions)
    ),
    max_entries=32,
    copied=True,
)  # fmt: skip
def duel(
    contestants: tuple[ToOpen, ToOpen], rows: Rows, fingerprint: str, directions: Mapping[str, bool | None]
) -> Duel:
    """Return what two versions say of the same rows, which ``fingerprint`` stands for; a worker asks them once."""
    mine, theirs = shared.jobs().workers.answer(answer_rows, shared.store_uri(), contestants, rows)
    both = mine.table is not None and theirs.table is not None
    return Duel(weigh(mine.table, theirs.table, directions) if both else None, (mine.problem, theirs.problem))
