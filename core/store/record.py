"""What a run logs, described as data; ``core.store.writer`` is the one that writes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

# Where every run of ours keeps what later pages read
EVALUATION_TABLE = "evaluation/test.parquet"
FOLDS_TABLE = "evaluation/folds.parquet"
PROFILE_DOCUMENT, SAMPLE_TABLE = "profile/features.json", "profile/sample.parquet"
TRAINING_TABLE = "profile/training.parquet"  # more than the sample: what new rows are held against
# Columns of the evaluation table; after them come the features
ROW, ANSWER, PREDICTION, PROBABILITY = "row", "answer", "prediction", "probability_"
GROUP = "row_group"  # a number for each group, right behind the row, where rows were divided by groups
# Columns of the table of folds; after them comes a column a score
REPEAT, FOLD, FOLD_TRAINING_ROWS, FOLD_TEST_ROWS = "repeat", "fold", "training_rows", "test_rows"
CV = "cv_"  # begins the name of a score that is the mean over folds
SUM_TOLERANCE = 1e-3  # some libraries give probabilities in single precision


@dataclass(frozen=True)
class DatasetRecord:
    """The training table (features and target), its name, where it came from and its SHA-256."""

    name: str
    frame: pd.DataFrame
    target: str
    source: str
    sha256: str


@dataclass(frozen=True)
class ModelRecord:
    """A fitted scikit-learn pipeline, an example of its input (a few rows) and what it needs to be served."""

    estimator: Any
    input_example: pd.DataFrame
    requirements: tuple[str, ...]


@dataclass(frozen=True)
class RunRecord:
    """Everything a run logs. Keys of ``tables``, ``documents`` and ``pictures`` are artifact paths.

    Tables become Parquet, documents JSON; pictures are PNG bytes. ``measured`` are tags of what is another each time.
    """

    params: Mapping[str, object]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    dataset: DatasetRecord
    model: ModelRecord
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    documents: Mapping[str, object] = field(default_factory=dict)
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    measured: Mapping[str, str] = field(default_factory=dict)


def own_columns(columns: Sequence[Any] | pd.Index) -> list[str]:
    """Return the columns of an evaluation table that are its own, without those of probabilities."""
    return [ROW, *([GROUP] if list(columns[:2]) == [ROW, GROUP] else []), ANSWER, PREDICTION]


def group_codes(table: pd.DataFrame) -> np.ndarray | None:
    """Return which group each row of an evaluation table is of, from 0 in their order; None where none are known."""
    if GROUP not in own_columns(table.columns) or not pd.api.types.is_integer_dtype(table[GROUP]):
        return None
    return np.asarray(pd.factorize(table[GROUP].to_numpy())[0])


def probability_columns(table: pd.DataFrame) -> list[str]:
    """Return the columns of class probabilities; a feature behind them may have a name like theirs."""
    if pd.api.types.is_numeric_dtype(table[ANSWER]):  # classes are words in this table
        return []
    columns: list[str] = []
    for name in table.columns[table.columns.get_loc(PREDICTION) + 1 :]:
        if not str(name).startswith(PROBABILITY) or not pd.api.types.is_numeric_dtype(table[name]):
            break
        columns.append(name)
    sums = np.cumsum(table[columns].to_numpy(dtype=float), axis=1)
    whole = np.flatnonzero((np.abs(sums - 1) < SUM_TOLERANCE).all(axis=0))
    return columns[: whole[-1] + 1] if len(whole) else columns


def feature_columns(features: Iterable[str], reserved: Iterable[str]) -> dict[str, str]:
    """Return the name each feature has beside the ``reserved`` columns.

    >>> feature_columns(["age", "row"], ["row", "answer"])
    {'age': 'age', 'row': 'row (feature)'}
    """
    features = list(features)
    taken = {*features, *reserved}
    names = {}
    for feature in features:
        name = feature
        while name in reserved or (name != feature and name in taken):
            name = f"{name} (feature)"
        names[feature] = name
        taken.add(name)
    return names
