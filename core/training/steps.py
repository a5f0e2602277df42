"""Learners that learn in rounds: what each round came to, and stopping early on training rows that are set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from threading import Event, Thread
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

from core.errors import DataError
from core.i18n import N_
from core.training.dividing import can_be_learned, divided, needed
from core.training.tasks import Task

ASIDE = 0.2  # of the training rows say when to stop
EVERY = 0.5  # seconds between two looks at an estimator that is being fitted
UNASKED = 10_000  # rows above which scikit-learn's gradient boosting stops early unless it is told not to
FEW = 100  # rows that it scores for nothing, where it is not to stop


@dataclass(frozen=True)
class Round:
    """What so many rounds came to: the loss on the rows that are learned from and on those that are set aside.

    It is the log loss of classes, and the root mean squared error of numbers.
    """

    number: int
    training: float | None = None
    validation: float | None = None


Watch = Callable[[Sequence[Round]], None]


@dataclass(frozen=True)
class Learned:
    """What a model learned from: the ``places`` of the rows and, where it learned in rounds, how many of ``most``.

    ``aside`` rows said when to stop.
    """

    places: np.ndarray
    rounds: int = 0
    most: int = 0
    aside: int = 0


def learn(
    pipeline: Pipeline,
    task: Task,
    features: pd.DataFrame,
    answers: np.ndarray,
    keys: np.ndarray | None = None,
    watch: Watch | None = None,
) -> Learned:
    """Fit a pipeline, and return what it learned from; ``watch`` hears what the rounds came to while it is fitted.

    Where its estimator is to stop early, some of the rows are set aside and never learned from, divided off as the task
    divides its test rows. The fitted pipeline is the same whether somebody watches or not.

    Raises:
        DataError: there are too few rows to set some aside.
    """
    estimator = pipeline.named_steps["estimator"]
    fit = _fit_of(estimator)
    patience = _patience(estimator)
    places, aside = np.arange(len(features)), np.arange(0)
    if fit is None or (watch is None and patience is None):
        pipeline.fit(features, answers)
        return _as_learned(estimator, places, 0, 0, 0)
    if patience is not None:
        places, aside = _set_aside(task, answers, keys)
    columns = pipeline[:-1]
    known = columns.fit_transform(features.iloc[places])
    checked = (columns.transform(features.iloc[aside]), answers[aside]) if len(aside) else None
    most = int(estimator.get_params()[_ROUNDS[type(estimator).__name__]])
    rounds = fit(estimator, known, answers[places], checked, watch)
    return _as_learned(estimator, places, rounds, most, len(aside))


def _as_learned(estimator: Any, places: np.ndarray, rounds: int, most: int, aside: int) -> Learned:
    """Return what was learned; above 10,000 rows scikit-learn sets some aside unasked, and nobody knows which."""
    if not aside and getattr(estimator, "do_early_stopping_", False):
        unasked = ceil(estimator.validation_fraction * len(places))
        return Learned(places, int(estimator.n_iter_), int(estimator.max_iter), unasked)
    return Learned(places, rounds, most, aside)


_ROUNDS = {
    "XGBClassifier": "n_estimators", "XGBRegressor": "n_estimators",
    "HistGradientBoostingClassifier": "max_iter", "HistGradientBoostingRegressor": "max_iter",
}  # fmt: skip
_Fit = Callable[[Any, np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray] | None, Watch | None], int]


def _fit_of(estimator: Any) -> _Fit | None:
    if isinstance(estimator, HistGradientBoostingClassifier | HistGradientBoostingRegressor):
        return _fit_histogram
    is_xgboost = type(estimator).__module__.startswith("xgboost.") and type(estimator).__name__ in _ROUNDS
    return _fit_xgboost if is_xgboost else None


def _patience(estimator: Any) -> int | None:
    """Return after how many rounds without improvement an estimator is to stop; None where it is not to."""
    if isinstance(estimator, HistGradientBoostingClassifier | HistGradientBoostingRegressor):
        return int(estimator.n_iter_no_change) if estimator.early_stopping is True else None
    rounds = getattr(estimator, "early_stopping_rounds", None) if _fit_of(estimator) else None
    return None if rounds is None else int(rounds)


def is_stopping(estimator: Any) -> bool:
    """Tell whether an estimator is to stop early."""
    return _patience(estimator) is not None


def _set_aside(task: Task, answers: np.ndarray, keys: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    try:
        if task.division.column:
            sides = divided(
                task.division, task.kind, answers, needed(task.division, keys),
                test_size=ASIDE, seed=task.random_state,
            )  # fmt: skip
        else:
            stratify = answers if task.kind == "classification" else None
            places = np.arange(len(answers))
            parts = train_test_split(places, test_size=ASIDE, random_state=task.random_state, stratify=stratify)
            sides = (np.sort(parts[0]), np.sort(parts[1]))
    except (ValueError, DataError) as reason:
        raise _too_few(task, len(answers)) from reason
    if not can_be_learned(task.kind, answers, *sides):
        raise _too_few(task, len(answers))
    return sides


def _too_few(task: Task, rows: int) -> DataError:
    return DataError(
        N_("To stop early, a fifth of the rows to learn from is set aside, but {name} has only {rows} of them."),
        N_("Choose none for stopping early, or use a larger file."),
        rows=rows,
        name=task.dataset.name,
    )


def _fit_xgboost(
    estimator: Any,
    known: np.ndarray,
    answers: np.ndarray,
    checked: tuple[np.ndarray, np.ndarray] | None,
    watch: Watch | None,
) -> int:
    from xgboost.callback import EarlyStopping, TrainingCallback  # slow to import

    class Watching(TrainingCallback):  # type: ignore[misc]
        def after_iteration(self, _model: Any, epoch: int, log: Any) -> bool:
            last = [float(next(iter(scores.values()))[-1]) for scores in log.values()]
            if watch is not None:
                watch([Round(epoch + 1, last[0], last[1] if len(last) > 1 else None)])
            return False

    usual = estimator.get_params()
    patience = usual["early_stopping_rounds"]
    watched = [(known, answers)] if watch is not None else []
    # The best rounds alone are kept, so that what explains a model and what asks it see the same trees
    stop = [EarlyStopping(rounds=patience, save_best=True)] if checked is not None else []
    estimator.set_params(callbacks=[*([Watching()] if watched else []), *stop], early_stopping_rounds=None)
    estimator.fit(known, answers, eval_set=[*watched, *([checked] if checked is not None else [])], verbose=False)
    estimator.set_params(callbacks=None, early_stopping_rounds=patience)
    estimator.__dict__.pop("evals_result_", None)
    return int(estimator.get_booster().num_boosted_rounds())


def _fit_histogram(
    estimator: Any,
    known: np.ndarray,
    answers: np.ndarray,
    checked: tuple[np.ndarray, np.ndarray] | None,
    watch: Watch | None,
) -> int:
    given = {} if checked is None else {"X_val": checked[0], "y_val": checked[1]}
    if watch is None:
        return int(estimator.fit(known, answers, **given).n_iter_)
    usual = {name: estimator.get_params()[name] for name in ("early_stopping", "n_iter_no_change")}
    stops = checked is not None or (usual["early_stopping"] == "auto" and len(known) > UNASKED)
    if not stops:  # it keeps scores where it may stop, so it may, but never does
        given = {"X_val": known[:FEW], "y_val": answers[:FEW]}
        estimator.set_params(early_stopping=True, n_iter_no_change=estimator.max_iter + 1)
    with _overheard(estimator, watch, stops=stops):
        estimator.fit(known, answers, **given)
    if not stops:
        estimator.set_params(**usual)
        estimator.do_early_stopping_ = False
        estimator.train_score_, estimator.validation_score_ = np.array([]), np.array([])
    return int(estimator.n_iter_)


@contextmanager
def _overheard(estimator: Any, watch: Watch, *, stops: bool) -> Iterator[None]:
    """Read the scores that an estimator keeps while it is fitted, as it calls nobody; in parts it would take longer."""
    told, ended = 0, Event()

    def tell() -> None:
        nonlocal told
        training, validation = (list(getattr(estimator, name, ())) for name in ("train_score_", "validation_score_"))
        known = min(len(training), len(validation)) - 1  # the first is of no round yet
        if known > told:
            rounds = range(told + 1, known + 1)
            told = known
            watch([Round(one, loss(training[one]), loss(validation[one]) if stops else None) for one in rounds])

    def loss(score: float) -> float:  # scikit-learn keeps half the squared error of numbers, with its sign turned
        is_number = isinstance(estimator, HistGradientBoostingRegressor)
        return float(np.sqrt(-2 * score)) if is_number else -float(score)

    def listen() -> None:
        while not ended.wait(EVERY):
            tell()

    listener = Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield
    finally:
        ended.set()
        listener.join()
    tell()
