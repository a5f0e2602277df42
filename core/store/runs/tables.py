"""Runs as tables: what every page, comparison and figure works on. Pure data; nothing here speaks to MLflow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pandas as pd

from core.foreign_json import read_json
from core.i18n import N_, _

PARENT_TAG = "mlflow.parentRunId"
TASK_TAG, ALGORITHM_TAG, STUDENT_TAG = "pizarra.task", "pizarra.algorithm", "pizarra.student"
# What a learner in rounds came to while it learned: metrics with steps. Their names say no direction, being no scores
ROUND_TRAINING, ROUND_VALIDATION = "learning/training", "learning/validation"
ROUNDS_TAG, MOST_ROUNDS_TAG, ASIDE_TAG = "pizarra.rounds", "pizarra.most_rounds", "pizarra.rows_aside"
NOTE_TAG = "mlflow.note.content"  # what MLflow's own pages show as a run's description
GROUPS_PARAM, ORDER_PARAM = "split_groups", "split_ordered_by"  # the column that rows were divided by, if any
SPEED_TAG, ASKED_ROWS_TAG = "pizarra.rows_per_ms", "pizarra.rows_asked_at_once"
FOLDS_TAG = "pizarra.folds"  # two runs with the same one were cross-validated on the same folds
SWEEP_TAG, TRIAL_TAG = "pizarra.sweep", "pizarra.trial"  # of a sweep's run, and of a trial's
BASELINE_NAME = N_("Baseline")  # of such a run, as it is stored
BASELINE = "baseline"  # the algorithm of a task's run 0, which always gives the same answer
RETRAINED_TAG = "pizarra.retrained"  # JSON: of which version, with which new rows, and in which way
ORIGIN_TAG, SOURCE_TAG = "pizarra.data_origin", "pizarra.data_source"
GIT_COMMIT_TAG, SOURCE_NAME_TAG = "mlflow.source.git.commit", "mlflow.source.name"
MODELS_TAG = "mlflow.log-model.history"  # JSON of the models that MLflow 2 logged
PROGRESS_TAG, FAILURE_TAG, OWNER_TAG = "pizarra.progress", "pizarra.failure", "pizarra.owner"
LAUNCH_TAG = "pizarra.launch"  # a word of its own for each run that is launched, by which it is found again
UPLOADED_TAG = "pizarra.uploaded"  # when results came that had been kept on the computer that trained the run
DEMO_TAG, STARTED_TAG = "pizarra.demo", "pizarra.started"  # a run is created when it is queued, it starts later
MADE_BY_TAG = "pizarra.made_by"  # of the first experiment: a pack came into the empty store, and may come again
TIMELINE_EXPERIMENT = "pizarra-timeline"  # its runs are the registry's memory, no trainings: nobody lists them

# Tags and parameters in which programs say what a run trained, MLflow's own logging first
_MODEL_SAYING = ("estimator_name", "estimator_class", "estimator", "model_name", "model_type", "model_class", "model",
                 "algorithm", "classifier", "regressor")  # fmt: skip
ENDED = frozenset({"FINISHED", "FAILED", "KILLED"})  # statuses of runs that nobody works on any more
LARGEST = 1.7976931348623157e308  # what MLflow's databases store for infinity
ID_LENGTHS = (6, 12, 32)  # characters of a run's id that are shown
INFO_COLUMNS = ["name", "experiment_id", "status", "start", "end", "seconds", "parent_id", "task", "algorithm",
                "student"]  # fmt: skip


@dataclass(frozen=True)
class DatasetUse:
    """A dataset that a run says it used."""

    name: str
    digest: str
    source: str
    context: str


@dataclass(frozen=True)
class Run:
    """One run in full. Times are aware (UTC); ``metrics`` holds last values, which may be NaN or infinite."""

    run_id: str
    experiment_id: str
    name: str
    status: str
    created: datetime | None
    start: datetime | None
    end: datetime | None
    deleted: bool
    artifact_uri: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    datasets: Sequence[DatasetUse] = ()

    @property
    def seconds(self) -> float | None:
        """How long the run took; None while it runs, and where it ended before it began, as a clock was set back."""
        return (self.end - self.start).total_seconds() if self.start and self.end and self.end >= self.start else None

    @property
    def title(self) -> str:
        """Its name as readers see it; may be empty."""
        return title(self.name, self.tags)

    @property
    def called(self) -> str:
        """Its title, or what a run without a name is called; may be empty."""
        return self.title or called(self.params, self.tags)

    @property
    def parent_id(self) -> str:
        """The parent run's id, or empty."""
        return self.tags.get(PARENT_TAG, "")


def source_words(text: str) -> str:
    """Return a source in a word where MLflow wrapped it in JSON."""
    try:
        source = read_json(text)
    except ValueError:
        return text
    if not isinstance(source, dict):
        return text
    tags = source.get("tags")
    named = tags.get("mlflow.source.name") if isinstance(tags, dict) else None
    return str(named or source.get("url") or source.get("uri") or source.get("path") or text)


@dataclass(frozen=True)
class Runs:
    """Many runs as tables with one row a run, indexed by run id, newest first; they are shared, so never change them.

    ``info`` has ``INFO_COLUMNS``; ``params`` and ``tags`` are text, missing as None; ``metrics`` is float, missing
    as NaN.
    ``directions`` is what people said of metrics: True where higher is better, None where neither way is.
    """

    info: pd.DataFrame
    params: pd.DataFrame
    metrics: pd.DataFrame
    tags: pd.DataFrame = field(default_factory=pd.DataFrame)
    directions: Mapping[str, bool | None] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.info)

    @property
    def ids(self) -> list[str]:
        """Run ids in order."""
        return list(self.info.index)

    def select(self, ids: Iterable[str], *, trim: bool = True) -> Runs:
        """Return the runs with these ids, in this order; ids that are not here are left out.

        Parameters, metrics and tags that none of them has are left out too, unless ``trim`` is off.
        """
        places = [place for place in self.info.index.get_indexer(list(dict.fromkeys(ids))) if place >= 0]

        def chosen(table: pd.DataFrame) -> pd.DataFrame:
            if not len(table.columns):
                return pd.DataFrame(index=self.info.index[places], columns=pd.Index([], dtype=object))
            return table.iloc[places].dropna(axis="columns", how="all") if trim else table.iloc[places]

        info = self.info.iloc[places]
        return Runs(info, chosen(self.params), chosen(self.metrics), chosen(self.tags), self.directions)


def title(name: str, tags: Mapping[str, str]) -> str:
    """Return a run's name as readers see it: one that the demo gave, or a baseline has, is in their language."""
    is_ours = DEMO_TAG in tags or (name == BASELINE_NAME and tags.get(ALGORITHM_TAG) == BASELINE)
    return _(name) if is_ours else name


def titles(runs: Runs) -> pd.Series:
    """Return the runs' names as readers see them, by ``title``."""
    names = runs.info["name"]
    ours = pd.Series(False, index=names.index)
    if DEMO_TAG in runs.tags:
        ours |= runs.tags[DEMO_TAG].notna()
    if ALGORITHM_TAG in runs.tags:
        ours |= (runs.tags[ALGORITHM_TAG] == BASELINE) & (names == BASELINE_NAME)
    return names.where(~ours, names.map({name: _(name) for name in names[ours].unique()})) if ours.any() else names


def run_labels(runs: Runs) -> dict[str, str]:
    """Name every run so that no two read alike: by name, where that repeats with as much of the id as it takes.

    Runs without a name are called by what they trained, or by what ran.
    """
    names = titles(runs).astype(object)
    nameless = names.index[names == ""]
    if len(nameless):
        told = (_rows(table, nameless) for table in (runs.params, runs.tags))
        names = names.copy()
        names[nameless] = [called(params, tags) or "…" for params, tags in zip(*told, strict=True)]
    labels, ids = names, names.index.to_series().astype(str)
    for length in ID_LENGTHS:
        if not (repeated := labels.duplicated(keep=False)).any():
            break
        labels = labels.where(~repeated, names + " · " + ids.str[:length])
    return {str(run_id): str(label) for run_id, label in labels.items()}


def _rows(table: pd.DataFrame, run_ids: pd.Index) -> list[dict[str, str]]:
    known = [name for name in (*_MODEL_SAYING, ALGORITHM_TAG, SOURCE_NAME_TAG, MODELS_TAG) if name in table.columns]
    return [
        {name: value for name, value in row.items() if value is not None and value == value}
        for row in table.loc[run_ids, known].to_dict("records")
    ] if known else [{} for _ in run_ids]  # fmt: skip


def called(params: Mapping[str, str], tags: Mapping[str, str]) -> str:
    """Say what a run without a name is called: by its algorithm, its estimator, its model or the program that ran.

    Empty where it says nothing of these.

    >>> called({}, {"estimator_class": "sklearn.svm._classes.SVC"}), called({}, {"mlflow.source.name": "src/fit.py"})
    ('SVC', 'fit.py')
    """
    if algorithm := tags.get(ALGORITHM_TAG):
        return algorithm.replace("_", " ")
    for name in _MODEL_SAYING:
        if said := (tags.get(name) or params.get(name) or "").partition("(")[0].strip():
            return said.rpartition(".")[2] if " " not in said else said
    return _flavor(tags.get(MODELS_TAG, "")) or tags.get(SOURCE_NAME_TAG, "").replace("\\", "/").rpartition("/")[2]


def _flavor(history: str) -> str:
    """Return which library the last logged model is of, as MLflow 2 kept it; empty where that is not to be read."""
    try:
        flavors = read_json(history)[-1]["flavors"]
        return str(next((name for name in flavors if name != "python_function"), ""))
    except (ValueError, LookupError, TypeError):
        return ""


def in_families(runs: Runs) -> tuple[list[str], dict[str, int]]:
    """Return run ids with children below their parents, and how deep each is; loops and lost parents are roots."""
    if not runs.info["parent_id"].any():
        return runs.ids, {}
    parents = {i: p if p in runs.info.index and p != i else "" for i, p in runs.info["parent_id"].items()}
    children: dict[str, list[str]] = {}
    for run_id, parent in parents.items():
        children.setdefault(parent, []).append(str(run_id))
    order: dict[str, int] = {}
    stack = [(run_id, 0) for run_id in reversed(children.get("", []))]
    while stack:
        run_id, depth = stack.pop()
        order[run_id] = depth
        stack.extend((child, depth + 1) for child in reversed(children.get(run_id, [])))
    for run_id in runs.ids:
        order.setdefault(run_id, 0)
    return list(order), order


def single_runs(runs: Runs) -> Runs:
    """Return the runs that are trainings of their own: neither sweeps nor their trials, which log no model."""
    of_sweeps = [tag for tag in (SWEEP_TAG, TRIAL_TAG) if tag in runs.tags]
    if not of_sweeps:
        return runs
    return runs.select(runs.info.index[runs.tags[of_sweeps].isna().all(axis=1)], trim=False)


def without_sweeps(runs: Runs) -> Runs:
    """Return the runs but for those of sweeps, which have no metrics; their trials are left."""
    if SWEEP_TAG not in runs.tags:
        return runs
    return runs.select(runs.info.index[runs.tags[SWEEP_TAG].isna()], trim=False)


def folded_trials(runs: Runs) -> Runs:
    """Return the runs but for trials whose sweep is among them."""
    if TRIAL_TAG not in runs.tags:
        return runs
    is_within = runs.tags[TRIAL_TAG].notna() & runs.info["parent_id"].isin(runs.info.index)
    return runs.select(runs.info.index[~is_within], trim=False) if is_within.any() else runs


def finite(values: pd.Series) -> pd.Series:
    """Return ``values`` as floats with infinities turned into NaN."""
    return pd.to_numeric(values, errors="coerce").astype(float).replace([np.inf, -np.inf], np.nan)


@dataclass(frozen=True)
class Experiment:
    """An experiment. ``best_*`` and ``runs`` are filled where they were asked for."""

    experiment_id: str
    name: str
    created: datetime | None
    tags: Mapping[str, str] = field(default_factory=dict)
