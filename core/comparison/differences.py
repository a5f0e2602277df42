"""What differs between runs, and who leads. Pure functions over ``Runs``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import scipy  # imports its parts when they are first used
from babel.lists import format_list

from core.comparison.direction import higher_is_better, nearest_zero_is_best, words
from core.i18n import _, current_language, ngettext, number
from core.store.runs.tables import Runs, finite
from core.text import unique_names

MISSING = "–"
FEWEST_FOR_ASSOCIATION = 5
NAMED_AT_MOST = 5
SUGGESTED = 5  # best runs

# What a name says of the rows that something was measured on; of the former the first are the likeliest
_HELD_OUT = (
    "test", "testing", "tst", "prueba", "pruebas", "holdout", "hold out", "heldout", "held out", "oot", "out of time",
    "oos", "out of sample", "unseen", "val", "validation", "valid", "validacion", "eval", "evaluation", "evaluacion",
    "dev", "oob", "out of bag", "cv", "cross val", "cross validation", "crossval", "kfold", "cruzada",
)  # fmt: skip
_TRAINING = (
    "train", "training", "trn", "entrenamiento", "entreno", "fit", "fitted", "ajuste", "insample", "in sample",
    "resubstitution",
)  # fmt: skip
_USUAL = ("accuracy", "f1", "roc auc", "auc", "r2", "rmse", "mae", "exactitud")
_RESOURCES = (
    "time", "duration", "latency", "second", "seconds", "sec", "secs", "ms", "elapsed", "runtime", "memory", "vram",
    "ram", "tiempo", "duracion", "segundos", "latencia", "memoria",
)  # fmt: skip


def as_numbers(values: pd.Series) -> pd.Series | None:
    """Return parameter texts as floats with NaN for missing, or None where any text isn't a finite number."""
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    texts = values.notna() & ~np.isfinite(numbers)
    return None if texts.any() or not values.notna().any() else numbers


def _comparable(values: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    return numbers.astype(object).where(numbers.notna(), values)


def differing_params(runs: Runs) -> list[str]:
    """Name the parameters whose values differ; missing differs from any value, "5" doesn't from "5.0"."""
    # One table of all distinct values: a series for each of thousands of parameters takes seconds
    values = runs.params.to_numpy(dtype=object)
    distinct = {name: pd.unique(values[:, place]) for place, name in enumerate(runs.params.columns)}
    several = {name: found for name, found in distinct.items() if len(found) > 1}
    if not several:
        return []
    comparable = _comparable(pd.Series(np.concatenate(list(several.values())), dtype=object))
    owners = np.repeat(np.arange(len(several)), [len(found) for found in several.values()])
    counts = comparable.groupby(owners).nunique(dropna=False)
    return [name for name, count in zip(several, counts, strict=True) if count > 1]


def differing_metrics(runs: Runs) -> list[str]:
    """Name the metrics whose last values differ; a missing value differs from any other."""
    values = runs.metrics.to_numpy(dtype=float)
    differs = ((values != values[:1]) & ~(np.isnan(values) & np.isnan(values[:1]))).any(axis=0)
    return list(runs.metrics.columns[differs])


def side_by_side(runs: Runs, labels: Mapping[str, str], only_differences: bool = False) -> pd.DataFrame:
    """Return parameters as rows and runs as columns; all values are text, and "–" is missing."""
    names = differing_params(runs) if only_differences else list(runs.params)
    values = runs.params[names].to_numpy(dtype=object).T
    columns = unique_names(labels.get(run_id, run_id) for run_id in runs.ids)
    return pd.DataFrame(np.where(pd.isna(values), MISSING, values), pd.Index(names, dtype=object), columns)


def metric_table(runs: Runs, labels: Mapping[str, str], only_differences: bool = False) -> pd.DataFrame:
    """Return metrics as rows and runs as columns; values are floats and NaN is missing."""
    names = differing_metrics(runs) if only_differences else list(runs.metrics)
    table = runs.metrics[names].T
    table.columns = unique_names(labels.get(run_id, run_id) for run_id in runs.ids)
    return table


def finite_metric(runs: Runs, metric: str) -> pd.Series:
    """Return the finite values of ``metric`` by run id; runs without one are left out."""
    if metric not in runs.metrics:
        return pd.Series(dtype=float)
    return finite(runs.metrics[metric]).dropna()


def rank(runs: Runs, metric: str) -> pd.Series:
    """Return each run's place on ``metric``, best first; ties share a place and NaN is no place.

    Nobody has a place when the metric's direction isn't known or the value isn't finite.
    """
    places = merits(runs, metric).rank(method="min", ascending=False).reindex(runs.info.index)
    return places.sort_values(kind="stable", na_position="last")


def merits(runs: Runs, metric: str) -> pd.Series:
    """Return the finite values of ``metric`` by run id, turned so that more is better; empty where nothing tells."""
    if metric not in runs.metrics:
        return pd.Series(dtype=float)
    return pd.Series(_merits(runs, [metric])[:, 0], index=runs.metrics.index).dropna()


def _merits(runs: Runs, metrics: Sequence[str]) -> np.ndarray:
    """Return the values of ``metrics`` (columns) of each run (rows), turned so that more is better.

    NaN is what isn't finite, and every value of a metric of which nothing tells which way is better.
    """
    values = runs.metrics[list(metrics)].to_numpy(dtype=float)
    nearest = [nearest_zero_is_best(metric, runs.directions) for metric in metrics]
    signs = {True: 1.0, False: -1.0, None: np.nan}
    ways = [-1.0 if near else signs[higher_is_better(metric, runs.directions)]
            for near, metric in zip(nearest, metrics, strict=True)]  # fmt: skip
    return np.where(np.isfinite(values), np.where(nearest, np.abs(values), values), np.nan) * ways


def best_runs(runs: Runs, metric: str) -> set[str]:
    """Return the ids of the runs that lead on ``metric``: all on a tie, none when no direction is known."""
    return set(runs.metrics.index[best_marks(runs, [metric])[:, 0]]) if metric in runs.metrics else set()


def best_marks(runs: Runs, metrics: Sequence[str]) -> np.ndarray:
    """Mark for each run (rows) on which of ``metrics`` (columns) it is among the ``best_runs``."""
    found = np.nan_to_num(_merits(runs, metrics), nan=-np.inf)
    marks: np.ndarray = (found > -np.inf) & (found == found.max(axis=0, initial=-np.inf))
    return marks


def _preference(metric: str, coverage: int, runs: int) -> tuple[object, ...]:
    """Order metrics by how likely they are to be what people mean; smaller is likelier."""
    held_out, usual = _first(_HELD_OUT, metric), _first(_USUAL, metric)
    is_held_out, is_usual = held_out < len(_HELD_OUT), usual < len(_USUAL)
    if _is_about(_RESOURCES, metric) or nearest_zero_is_best(metric):
        tier = 5
    elif of_training_rows(metric):
        tier = 4
    elif is_usual:
        tier = 0 if is_held_out else 1
    else:
        tier = 2 if is_held_out else 3
    return coverage * 2 < runs, tier, usual, held_out, -coverage, len(words(metric)), metric


def kinship(metric: str, objective: str | None, directions: Mapping[str, bool | None]) -> tuple[object, ...]:
    """Order metrics by how much they say beside the objective: of the same rows first, without a direction last."""
    likely = _preference(metric, 1, 1)
    about_less = int(str(likely[1])) >= 4  # training rows, times, gaps
    knows = higher_is_better(metric, directions) is not None or nearest_zero_is_best(metric, directions)
    other_rows = objective is not None and _first(_HELD_OUT, metric) != _first(_HELD_OUT, objective)
    return not knows, about_less, other_rows, *likely


def of_training_rows(metric: str) -> bool:
    """Say whether a metric's name says that it was measured on the rows that were learned from, and on no others.

    >>> [of_training_rows(name) for name in ("train_f1", "exactitud_entrenamiento", "f1", "train_test_gap")]
    [True, True, False, False]
    """
    return _is_about(_TRAINING, metric) and not of_held_out_rows(metric)


def of_held_out_rows(metric: str) -> bool:
    """Say whether a metric's name says that it was measured on rows that were not learned from.

    >>> [of_held_out_rows(name) for name in ("val_f1", "exactitud_prueba", "auc_oot", "f1")]
    [True, True, True, False]
    """
    return _is_about(_HELD_OUT, metric)


def _is_about(terms: Sequence[str], metric: str) -> bool:
    return _first(terms, metric) < len(terms)


def _first(terms: Sequence[str], metric: str) -> int:
    """Return the place of the first of ``terms`` that stands in a metric's name, their count where none does."""
    name = f" {' '.join(words(metric))} "
    return next((place for place, term in enumerate(terms) if f" {term} " in name), len(terms))


def objective(runs: Runs) -> str | None:
    """Return the metric that people most likely mean by "best".

    A held-out accuracy, F1, ROC AUC, R², RMSE or MAE goes first, then any metric whose direction is known,
    and one that at least half of the runs have before one that few have. None where no metric qualifies.
    """
    coverage = np.isfinite(runs.metrics.to_numpy(dtype=float)).sum(axis=0)
    candidates = [
        _preference(metric, int(count), len(runs))
        for metric, count in zip(runs.metrics.columns, coverage, strict=True)
        if count and higher_is_better(metric, runs.directions) is not None
    ]
    return str(min(candidates)[-1]) if candidates else None


def suggested_runs(runs: Runs) -> list[str]:
    """Return the best runs of an experiment and the newest."""
    metric = objective(runs)
    best = [] if metric is None else list(rank(runs, metric).dropna().sort_values(kind="stable").index)
    return list(dict.fromkeys([*best[:SUGGESTED], *runs.ids[: 1 if best else SUGGESTED]]))


def contested_metrics(runs: Runs) -> list[str]:
    """Name the metrics in which these runs can beat each other: all have a value and one way is better.

    Held-out metrics where there are any; never those of the training rows, nor times and memory.
    """
    everywhere = np.isfinite(runs.metrics.to_numpy(dtype=float)).all(axis=0)
    names = [
        str(metric)
        for metric in runs.metrics.columns[everywhere]
        if higher_is_better(metric, runs.directions) is not None and not _is_about((*_RESOURCES, *_TRAINING), metric)
    ]
    return [metric for metric in names if of_held_out_rows(metric)] or names


def _association(values: pd.Series, target: pd.Series) -> float:
    """Return how much a parameter goes along with a metric, from 0 to 1.

    Numbers: Spearman's correlation, squared. Categories: the squared correlation ratio of the metric's
    ranks, adjusted for the number of categories (Kelley's epsilon squared), so that a different text in each
    run explains nothing.
    """
    numbers = as_numbers(values)
    if numbers is not None:
        known = numbers.notna()
        x, y = numbers[known], target[known]
        if len(x) < FEWEST_FOR_ASSOCIATION or x.nunique() < 2 or y.nunique() < 2:
            return 0.0
        return float(scipy.stats.spearmanr(x, y).statistic) ** 2
    groups = values.fillna(MISSING)
    count, categories = len(groups), groups.nunique()
    ranks = target.rank()
    if categories < 2 or count <= categories or ranks.nunique() < 2:
        return 0.0
    ratio = float(ranks.groupby(groups).transform("mean").var() / ranks.var())
    return float(max(0.0, 1 - (1 - ratio) * (count - 1) / (count - categories)))


def important_params(runs: Runs, metric: str, at_most: int = 8) -> list[str]:
    """Name the differing parameters, those that go along with ``metric`` most first.

    This orders axes on a chart; it claims no cause. With fewer than 5 values the order is alphabetical.
    """
    names = sorted(differing_params(runs))
    target = finite_metric(runs, metric)
    if len(target) >= FEWEST_FOR_ASSOCIATION:
        params = runs.params.loc[target.index]
        names.sort(key=lambda name: -_association(params[name], target))
    return names[:at_most]


def listed(names: Sequence[str], at_most: int = NAMED_AT_MOST) -> str:
    """Join names into a phrase in the reader's language, counting those beyond ``at_most``.

    >>> listed(["a", "b", "c"], at_most=2)
    'a, b, and 1 other'
    """
    shown = list(names[:at_most])
    if rest := len(names) - len(shown):
        shown.append(ngettext("{count} other", "{count} others", rest))
    return str(format_list(shown, locale=current_language()))


def leaders(runs: Runs, metric: str, labels: Mapping[str, str]) -> str:
    """Say in a sentence who leads on ``metric``; at least one run must lead."""
    values = finite_metric(runs, metric)
    leaders = best_runs(runs, metric)
    best = [run_id for run_id in runs.ids if run_id in leaders]
    names = [f"“{labels.get(run_id, run_id)}”" for run_id in best]
    value = number(float(values[best[0]]))
    if len(values) == 1:
        return _("Only {run} has a value for {metric} ({value}).").format(run=names[0], metric=metric, value=value)
    if len(best) == 1:
        return _("{run} is best on {metric} ({value}).").format(run=names[0], metric=metric, value=value)
    if len(best) == len(values):
        words_of = (
            _("All {count} runs have the same {metric} ({value}).")
            if len(best) == len(runs)
            else _("All {count} runs with a value have the same {metric} ({value}).")
        )
        return words_of.format(count=number(len(best), 0), metric=metric, value=value)
    return _("{count} runs tie for best on {metric} ({value}): {runs}.").format(
        count=number(len(best), 0), metric=metric, value=value, runs=listed(names)
    )


def standing(runs: Runs, labels: Mapping[str, str], metric: str | None) -> list[str]:
    """Say who leads on ``metric``, or why nobody does, and how many runs have no value for it."""
    values = finite_metric(runs, metric) if metric else pd.Series(dtype=float)
    if metric and best_runs(runs, metric):
        sentences = [leaders(runs, metric, labels)]
        if of_training_rows(metric):
            sentences.append(_("It was measured on the rows that were learned from: new rows may say otherwise."))
        if missing := len(runs) - len(values):
            sentences.append(
                ngettext("{count} run has no value for it.", "{count} runs have no value for it.", missing)
            )
        return sentences
    if metric and metric in runs.directions and runs.directions[metric] is None:
        return [_("Neither way is better for {metric}, or people do not agree which.").format(metric=metric)]
    if metric and metric in runs.metrics.columns and not len(values):
        return [_("None of these runs has a value for {metric} that can be compared.").format(metric=metric)]
    if metric and len(values):
        return [_("The name {metric} doesn't say which way is better.").format(metric=metric)]
    return [_("These runs have no metric that says which is best.")]
