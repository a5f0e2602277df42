"""What a task is: a dataset, a target, and the algorithms that may learn it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from core.errors import ParameterError
from core.i18n import N_
from core.store.runs.tables import BASELINE
from core.training.division import BY_CHANCE, Division
from core.training.specs import Parameter, Value

Kind = Literal["classification", "regression"]
Origin = Literal["bundled", "file", "download", "stand-in", "own"]


@dataclass(frozen=True)
class Dataset:
    """Where a dataset comes from.

    Either ``bundled`` (a scikit-learn loader), or ``filenames`` looked for in the data folder, then ``url`` with
    its ``sha256``, then ``stand_in``, which makes a table with the same columns from a fixed seed.
    A table of one's own has only the file in which it is ``kept``, the SHA-256 of its rows and, first of
    ``filenames``, what it was called.
    ``read`` turns the file into a table. ``identifiers`` are columns that never become features. ``made_up``: the rows
    that are kept, or some of them, are a stand-in's.
    """

    name: str
    title: str
    credit: str
    bundled: Callable[[], pd.DataFrame] | None = None
    filenames: tuple[str, ...] = ()
    url: str = ""
    sha256: str = ""
    read: Callable[[Path], pd.DataFrame] = pd.read_csv
    stand_in: Callable[[], pd.DataFrame] | None = None
    identifiers: tuple[str, ...] = ()
    kept: Path | None = None
    made_up: bool = False


@dataclass(frozen=True)
class LoadedDataset:
    """A dataset in memory: its table, where it really came from and the SHA-256 of what was read."""

    dataset: Dataset
    frame: pd.DataFrame
    origin: Origin
    source: str
    sha256: str


@dataclass(frozen=True)
class Algorithm:
    """An algorithm: its parameters and how scikit-learn's (or XGBoost's) estimator is built from them.

    ``scale`` among the parameters is the pipeline's own (standardise numbers first); the rest go to ``build``.
    """

    name: str
    title: str
    summary: str
    build: Callable[[Mapping[str, Value]], Any]
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class Limit:
    """What an input may be at all, whatever was seen in training: from ``low`` to ``high``, each None where any.

    ``message`` says so, as a msgid, to whoever gives another value.
    """

    input: str
    message: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Task:
    """A question about a dataset.

    ``class_names`` maps classes 0, 1, … to words; with two, the second is the positive one. ``unit`` is that of a
    number that is answered; three capital letters are a currency (ISO 4217). ``division`` says by what rows are divided
    into those to learn from and those to test on. ``limits`` hold for what programs ask about.
    """

    name: str
    title: str
    question: str
    kind: Kind
    dataset: Dataset
    target: str
    algorithms: tuple[Algorithm, ...]
    experiment: str
    class_names: tuple[str, ...] = ()
    unit: str = ""
    test_size: float = 0.2
    random_state: int = 42
    feature_help: Mapping[str, str] = field(default_factory=dict)
    division: Division = BY_CHANCE
    limits: tuple[Limit, ...] = ()

    @property
    def baseline(self) -> Algorithm:
        """The algorithm that every task has: it looks at no column and always gives the same answer."""
        if self.kind == "classification":
            summary = N_("Looks at no column and always gives the most frequent answer. A model must do better.")
            return Algorithm(BASELINE, N_("Baseline"), summary, _most_frequent, ())
        summary = N_("Looks at no column and always answers with the mean. A model must do better.")
        return Algorithm(BASELINE, N_("Baseline"), summary, _mean, ())

    def algorithm(self, name: str) -> Algorithm:
        """Return the algorithm called ``name``: one of the task's own, or the baseline.

        Raises:
            ParameterError: the task has none of that name.
        """
        known = (*self.algorithms, self.baseline)
        for algorithm in known:
            if algorithm.name == name:
                return algorithm
        raise ParameterError(
            N_("{task} cannot be learned by {name}."),
            N_("Choose one of {names}."),
            task=self.name,
            name=repr(name),
            names=", ".join(algorithm.name for algorithm in known),
        )

    def features(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the columns a model may see: neither the target, nor identifiers, nor what rows are divided by."""
        by = [self.division.column] if self.division.column in frame.columns else []
        return frame.drop(columns=[self.target, *self.dataset.identifiers, *by])


def _most_frequent(_params: Mapping[str, Value]) -> Any:
    from sklearn.dummy import DummyClassifier  # slow to import, and a page only lists tasks

    return DummyClassifier(strategy="prior")


def _mean(_params: Mapping[str, Value]) -> Any:
    from sklearn.dummy import DummyRegressor  # as above

    return DummyRegressor(strategy="mean")
