"""How good a model is: metrics, the table of its test answers, and which columns matter to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd
from sklearn.base import is_classifier
from sklearn.inspection import permutation_importance
from sklearn.metrics import (
    accuracy_score,
    mean_absolute_error,
    precision_recall_fscore_support,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
)
from sklearn.pipeline import Pipeline

from core.store.record import ANSWER, GROUP, PREDICTION, PROBABILITY, ROW, feature_columns
from core.training.pipeline import original_columns
from core.training.tasks import Kind

PERMUTATION_ROWS, PERMUTATION_REPEATS = 300, 2
MOST_CELLS, ROWS_AT_ONCE = 5_000_000, 5_000  # of all its shuffled tables together, and of those asked about at once


def metrics(
    kind: Kind, answers: np.ndarray, predictions: np.ndarray, probabilities: np.ndarray | None, prefix: str
) -> dict[str, float]:
    """Return a model's scores, each name beginning with ``prefix`` (``train_`` or ``test_``).

    Classification takes class numbers and ``probabilities`` of shape (rows, classes). Precision, recall and
    f1 are those of class 1 where there are two classes, else averaged over the classes by their size;
    ``roc_auc`` comes with two classes when both occur. Regression gives rmse, mae and r2 (from 2 rows on).
    """
    if kind == "regression":
        scores = {
            "rmse": root_mean_squared_error(answers, predictions),
            "mae": mean_absolute_error(answers, predictions),
        }
        if len(answers) > 1:
            scores["r2"] = r2_score(answers, predictions)
    else:
        two_classes = probabilities is not None and probabilities.shape[1] == 2
        precision, recall, f1, _ = precision_recall_fscore_support(
            answers, predictions, average="binary" if two_classes else "weighted", zero_division=0
        )
        scores = {
            "accuracy": accuracy_score(answers, predictions),
            "precision": precision,
            "recall": recall,
            "f1": f1,
        }
        if two_classes and probabilities is not None and len(np.unique(answers)) == 2:
            scores["roc_auc"] = roc_auc_score(answers, probabilities[:, 1])
    return {f"{prefix}{name}": float(score) for name, score in scores.items()}


def train_test_gap(kind: Kind, scores: dict[str, float]) -> dict[str, float]:
    """Return ``train_test_gap``: how much better the model does on rows it has seen (accuracy or r2).

    >>> train_test_gap("classification", {"train_accuracy": 1.0, "test_accuracy": 0.75})
    {'train_test_gap': 0.25}
    """
    score = "accuracy" if kind == "classification" else "r2"
    train, test = scores.get(f"train_{score}"), scores.get(f"test_{score}")
    return {} if train is None or test is None else {"train_test_gap": train - test}


def evaluation_table(
    features: pd.DataFrame,
    answers: np.ndarray,
    predictions: np.ndarray,
    probabilities: np.ndarray | None = None,
    class_names: Sequence[str] = (),
    groups: np.ndarray | None = None,
) -> pd.DataFrame:
    """Return one line a test row: ``row`` (its index in the dataset), ``answer``, ``prediction``, features.

    With ``class_names``, answers and predictions are given as numbers and shown as words, and each class has
    a column ``probability_<class>``. With ``groups``, a number for each, ``row_group`` says which rows are of one by
    numbers that tell nothing else. Those names are reserved: a feature of the same name is called
    ``<name> (feature)`` here.
    """
    words = np.asarray(class_names, dtype=object)
    columns: dict[str, object] = {
        ROW: features.index.to_numpy(),
        **({} if groups is None else {GROUP: pd.factorize(groups)[0]}),
        ANSWER: words[answers].astype(str) if class_names else answers,
        PREDICTION: words[predictions].astype(str) if class_names else predictions,
    }
    if probabilities is not None:
        columns |= {f"{PROBABILITY}{name}": probabilities[:, i] for i, name in enumerate(class_names)}
    table = pd.DataFrame(columns, index=features.index)
    return pd.concat([table, features.rename(columns=feature_columns(features.columns, columns))], axis=1).reset_index(
        drop=True
    )


def feature_importances(pipeline: Pipeline, features: pd.DataFrame, answers: np.ndarray) -> pd.Series:
    """Return each column's share in a fitted model's answers, largest first; they add up to 1 or are all 0.

    Trees say it themselves; a weight counts as its size times the spread of its input, so that units do not
    matter. For other models a column's values are shuffled and the loss in score is measured (scikit-learn's
    ``permutation_importance``) on a few hundred rows of ``features``.
    """
    estimator = pipeline.named_steps["estimator"]
    told = getattr(estimator, "feature_importances_", None)  # asked once: a forest asks all its trees each time
    if told is not None:
        sizes = pd.Series(told, original_columns(pipeline), dtype=float)
    elif hasattr(estimator, "coef_"):
        weights = np.abs(np.atleast_2d(estimator.coef_)).mean(axis=0)
        spread = np.std(pipeline.named_steps["columns"].transform(features), axis=0)
        sizes = pd.Series(weights * spread, original_columns(pipeline), dtype=float)
    else:
        sizes = _permuted(pipeline, features, answers)
    shares = sizes.groupby(level=0).sum().reindex(features.columns, fill_value=0.0)
    total = shares.sum()
    return (shares / total if total > 0 else shares).sort_values(ascending=False, kind="stable")


def _permuted(pipeline: Pipeline, features: pd.DataFrame, answers: np.ndarray) -> pd.Series:
    chosen = np.random.default_rng(0).permutation(len(features))[:PERMUTATION_ROWS]
    known, wanted = features.iloc[chosen], answers[chosen]
    weigh = partial(permutation_importance, pipeline, known, wanted, n_repeats=PERMUTATION_REPEATS, random_state=0)
    asked = known.size * (1 + PERMUTATION_REPEATS * len(known.columns))
    found = weigh() if asked > MOST_CELLS else weigh(scoring=_asked_together(weigh, pipeline, wanted))
    # A column that helps by being shuffled matters no more than one that makes no difference.
    return pd.Series(np.clip(found.importances_mean, 0, None), features.columns, dtype=float)


def _asked_together(weigh: Callable[..., object], pipeline: Pipeline, wanted: np.ndarray) -> Callable[..., float]:
    """Return a scorer whose scores are known beforehand, from asking a pipeline about many tables at once.

    What will be asked about is heard first, as the same seed shuffles alike.
    """
    tables: list[pd.DataFrame] = []

    def hear(_pipeline: Pipeline, shuffled: pd.DataFrame, _wanted: np.ndarray) -> float:
        tables.append(shuffled.copy())
        return 0.0

    weigh(scoring=hear)
    at_once = max(1, ROWS_AT_ONCE // len(wanted))
    answers = np.concatenate([
        pipeline.predict(pd.concat(tables[begin : begin + at_once])) for begin in range(0, len(tables), at_once)
    ])  # fmt: skip
    score = accuracy_score if is_classifier(pipeline) else r2_score
    scores = iter([float(score(wanted, found)) for found in np.split(answers, len(tables))])
    return lambda *_asked: next(scores)
