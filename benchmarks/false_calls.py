"""How often a verdict calls chance a difference, and finds one that is there: of made-up runs and of real ones.

``python -m benchmarks.false_calls``; it takes an hour, so ``make bench`` leaves it out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import scipy

from core import settings  # noqa: F401 - first: it turns off the libraries' usage reports

# isort: split
from core.comparison.measures import recompute
from core.comparison.noise import leads
from core.settings import settings as in_force
from core.store.record import ANSWER, EVALUATION_TABLE, PREDICTION, PROBABILITY, ROW
from core.training.evaluation import evaluation_table
from core.training.fit import train
from trainers import TASKS

SIMULATIONS = 1000
RESAMPLES = 1000
HARD = 0.5  # how much of what a run gets wrong is hard for all
LOWER = ("test_rmse", "test_mae")
CLASSES = ("test_accuracy", "test_f1", "test_precision", "test_recall", "test_roc_auc")
Runs = Callable[[int, int], list[pd.DataFrame]]  # a seed, test rows


def classifiers(wrong: Sequence[float]) -> Runs:
    """Return runs with two classes that are wrong so often."""

    def made(seed: int, rows: int) -> list[pd.DataFrame]:
        rng = np.random.default_rng(seed)
        answers, hard = rng.integers(0, 2, rows), rng.normal(size=rows)
        return [_classifier(rng, answers, hard, float(scipy.stats.norm.ppf(rate))) for rate in wrong]

    return made


def _classifier(rng: np.random.Generator, answers: np.ndarray, hard: np.ndarray, reach: float) -> pd.DataFrame:
    certain = np.sqrt(HARD) * hard + np.sqrt(1 - HARD) * rng.normal(size=len(answers)) - reach
    chances = 1 / (1 + np.exp(-certain * np.where(answers == 1, 1, -1)))
    features = pd.DataFrame({"size": np.arange(len(answers))})
    both = np.column_stack([1 - chances, chances])
    return evaluation_table(features, answers, (chances >= 0.5).astype(int), both, ("no", "yes"))


def regressors(sizes: Sequence[float], freedom: float = np.inf) -> Runs:
    """Return runs with errors of these sizes: Student's t with ``freedom`` degrees."""

    def made(seed: int, rows: int) -> list[pd.DataFrame]:
        rng = np.random.default_rng(seed)

        def errors() -> np.ndarray:
            return rng.normal(size=rows) if np.isinf(freedom) else rng.standard_t(freedom, rows)

        answers, hard = rng.normal(50, 1, rows), errors()
        features = pd.DataFrame({"size": np.arange(rows)})
        return [
            evaluation_table(features, answers, answers + size * np.sqrt(0.5) * (hard + errors())) for size in sizes
        ]

    return made


def swapped(a: pd.DataFrame, b: pd.DataFrame) -> Runs:
    """Return two runs of which neither is better: those of two real ones, with the answers to each row in any order."""
    said = [name for name in a if name == PREDICTION or (name in b and str(name).startswith(PROBABILITY))]

    def made(seed: int, rows: int) -> list[pd.DataFrame]:
        rng = np.random.default_rng(seed)
        drawn = rng.choice(len(a), min(rows, len(a)), replace=False)
        mine, theirs = (table.iloc[drawn].assign(**{ROW: np.arange(len(drawn))}) for table in (a, b))
        swap = rng.random(len(drawn)) < 0.5
        ours, others = mine.copy(), theirs.copy()
        for name in said:
            ours[name] = np.where(swap, theirs[name], mine[name])
            others[name] = np.where(swap, mine[name], theirs[name])
        return [ours, others]

    return made


def called(runs: list[pd.DataFrame], metric: str, *, best_first: bool = True) -> bool:
    """Say whether anything at all is called better or worse, as a verdict on these runs does: the best one leads."""
    better = metric not in LOWER
    if best_first:
        runs = sorted(runs, key=lambda table: recompute(table, metric), reverse=better)
    found = leads(runs, metric, better, resamples=RESAMPLES)
    return any(difference.outcome == "better" for difference in found)


def share(runs: Runs, metric: str, rows: Sequence[int]) -> float:
    """Return in what share of the simulations something is called better."""
    return float(np.mean([called(runs(seed, rows[seed % len(rows)]), metric) for seed in range(SIMULATIONS)]))


def line(what: str, runs: Runs, metrics: Sequence[str], rows: Sequence[int] = (100, 200, 300)) -> None:
    """Print a line of shares."""
    shares = " | ".join(f"{metric.removeprefix('test_')} {share(runs, metric, rows):.1%}" for metric in metrics)
    print(f"| {what} | {shares} |", flush=True)


def made_up() -> None:
    """Print how often equal runs are told apart, and runs that differ."""
    for count in (2, 5, 21):
        line(f"{count} equal classifiers", classifiers([0.2] * count), CLASSES[:2] if count > 2 else CLASSES)
        line(f"{count} equal regressors", regressors([1.0] * count), ("test_rmse", "test_mae"))
    line("21 equal classifiers, wrong on 3 %", classifiers([0.03] * 21), CLASSES[:2])
    line("2 equal regressors, t with 4 degrees", regressors([1, 1], 4), ("test_rmse", "test_mae"))
    line("2 classifiers, wrong on 15 and 22 %", classifiers([0.15, 0.22]), CLASSES)
    line("2 regressors, errors of 1 and 1.12", regressors([1, 1.12]), ("test_rmse", "test_mae"))
    line("21 classifiers, wrong on 10 %, one on 25 %", classifiers([0.1] * 20 + [0.25]), CLASSES[:2])


def real() -> None:
    """Print how often two real runs are told apart whose answers were swapped row by row."""
    for name, metrics in (("telco_churn", CLASSES), ("breast_cancer", CLASSES), ("car_prices", LOWER),
                          ("wine_quality", ()), ("diabetes", LOWER)):  # fmt: skip
        task = TASKS[name]
        for first, second in (("linear", "forest"), ("forest", "boosting")):
            kinds = [_algorithm(name, word) for word in (first, second)]
            a, b = (
                train(task, kind, {}, settings=in_force(), report=lambda stage: None).tables[EVALUATION_TABLE]
                for kind in kinds
            )
            asked = metrics or (LOWER if pd.api.types.is_numeric_dtype(a[ANSWER]) else CLASSES[:4])
            line(f"{name}: {kinds[0]} and {kinds[1]}, swapped", swapped(a, b), asked, (200, 400, 1000))


def _algorithm(task: str, word: str) -> str:
    """Return the algorithm of a task that is of a kind: the first that has the word in its name, else the last."""
    names = [algorithm.name for algorithm in TASKS[task].algorithms]
    words = {"linear": ("logistic", "linear", "ridge"), "forest": ("forest",), "boosting": ("boosting", "xgb")}[word]
    return next((name for name in names if any(part in name for part in words)), names[-1])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        SIMULATIONS = int(sys.argv[1])
    made_up()
    real()
