"""How good answers are expected to be of which nobody knows yet whether they are right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
import scipy  # imports its parts when they are first used

from core.comparison.noise import CONFIDENCE, Interval
from core.i18n import N_, _, number, percent
from core.monitoring.calibration import Calibration, Steps, are_chances, places_of
from core.monitoring.rareness import area_variance
from core.monitoring.residuals import Residuals

MOST_LEFT_OUT = 0.5  # of a window's rows; of fewer nothing is said of the window

LeftOut = Literal["no_prediction", "unknown_class", "no_chances", "not_chances"]
LEFT_OUT: dict[LeftOut, str] = {
    "no_prediction": N_("{count} of {rows} rows have no answer of the model and are left out."),
    "unknown_class": N_("{count} of {rows} rows have an answer that is none of the model's classes and are left out."),
    "no_chances": N_("{count} of {rows} rows do not say how likely each class was and are left out."),
    "not_chances": N_("{count} of {rows} rows have chances that do not make 100% and are left out."),
}
Reason = Literal["", "flaw", "no_rows", "no_chances", "other_classes", "other_kind", "mostly_left_out"]
REASONS: dict[Reason, str] = {
    "no_rows": N_("There are no answers in this window."),
    "no_chances": N_("The answers do not say how likely each class was, so how many are right cannot be estimated."),
    "other_classes": N_("The chances are not of the classes that the test rows have."),
    "other_kind": N_("The test rows have numbers where these answers are classes, or the other way round."),
    "mostly_left_out": N_("Most rows of this window cannot be used, so the others tell nothing of all."),
}
LIMIT = N_(
    "This is an estimate from what is asked, not from true answers. It sees when the model is asked about rows that "
    "are harder or easier for it; it cannot see when the same row has another true answer than before."
)


@dataclass(frozen=True)
class Estimated:
    """Expected metrics of a window of answers, by name (``accuracy``, ``mae`` …), each with its 95 % interval.

    An interval is where the metric of these very rows would be, were their true answers known: it has the chance in
    these answers and what the test rows do not know of the chances or errors. ``rows`` are those it was estimated
    from, ``left_out`` counts the others by why, and ``basis`` is what the test rows tell. Without any metric
    ``reason`` says why. ``beyond`` are rows where the model answered with a smaller or larger number than on any test
    row.
    """

    basis: Calibration | Residuals
    rows: int = 0
    metrics: Mapping[str, Interval] = field(default_factory=dict)
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)
    reason: Reason = ""
    beyond: int = 0

    @property
    def words(self) -> tuple[str, ...]:
        """What is known and what not, in sentences of the reader's language; the last is what it cannot see."""
        every = self.rows + sum(self.left_out.values())
        said = [
            _(LEFT_OUT[why]).format(count=number(count, 0), rows=number(every, 0))
            for why, count in self.left_out.items()
        ]
        if self.reason:
            return (self.basis.words if self.reason == "flaw" else _(REASONS[self.reason]), *said)
        if self.beyond:
            text = _(
                "{count} of {rows} answers are beyond any on the test rows, so their errors may be larger than "
                "estimated."
            )
            said.append(text.format(count=number(self.beyond, 0), rows=number(self.rows, 0)))
        return (self._sentence(), *said, _(LIMIT))

    def _sentence(self) -> str:
        name = next(name for name in ("accuracy", "mae", *self.metrics) if name in self.metrics)
        found = self.metrics[name]
        if name == "accuracy":
            text = _("{value} of {rows} answers are expected to be right (95%: {low} to {high}).")
            shown = percent
        else:
            text = _("The {rows} answers are expected to be off by {value} on average (95%: {low} to {high}).")
            shown = number
        return text.format(
            value=shown(found.value), low=shown(found.low), high=shown(found.high), rows=number(self.rows, 0)
        )


def estimate_classes(known: Calibration, predictions: pd.Series, chances: pd.DataFrame | None) -> Estimated:
    """Return the expected accuracy of a window, of two classes also precision, recall, f1 and roc_auc of the second.

    ``predictions`` are what the model answered (by whatever cut-off: they count, not the likeliest class), ``chances``
    has a column for each class, under words that mean the classes of the test rows; row by row the same index.

    Confidence-based performance estimation: with chances that are true, the expected confusion matrix follows from
    them without any answer (NannyML's CBPE; Guillory et al. 2021). The interval is analytic: the variance of the
    true answers given their chances, and that of each step of the calibration given its test rows, by the delta
    method, turned into Wilson's interval of as many rows as have that variance.
    """
    if known.flaw:
        return Estimated(known, reason="flaw")
    if pd.api.types.is_numeric_dtype(predictions) and (predictions % 1 != 0).any():
        return Estimated(known, reason="other_kind")
    if chances is None or chances.shape[1] < 2:
        return Estimated(known, reason="no_chances")
    column_of = places_of(pd.Series(map(str, chances.columns)), known.classes)
    if sorted(column_of) != list(range(len(known.classes))):
        return Estimated(known, reason="other_classes")
    if not len(predictions):
        return Estimated(known, reason="no_rows")
    said = chances.to_numpy(dtype=float)[:, np.argsort(column_of)]
    places = places_of(predictions.map(_word), known.classes)
    usable, left_out = _usable(predictions, places, said)
    if not usable.any() and set(left_out) == {"no_chances"}:
        return Estimated(known, reason="no_chances", left_out=left_out)
    if not usable.any() and set(left_out) == {"unknown_class"}:
        return Estimated(known, reason="other_classes", left_out=left_out)
    if usable.mean() < MOST_LEFT_OUT:
        return Estimated(known, int(usable.sum()), left_out=left_out, reason="mostly_left_out")
    said, places = said[usable], places[usable]
    metrics = {"accuracy": _accuracy(known, said, places)}
    if len(known.classes) == 2:
        metrics |= _of_two(known, said, places)
    return Estimated(known, len(places), metrics, left_out)


def estimate_numbers(known: Residuals, predictions: pd.Series) -> Estimated:
    """Return the expected mae and rmse of a window of answers that are numbers.

    Each answer is expected to be off as the model was on test rows with like predictions, those of its group. The
    interval is analytic: the variance of the errors in each group, for these answers and for the test rows.
    """
    if known.flaw:
        return Estimated(known, reason="flaw")
    if not len(predictions):
        return Estimated(known, reason="no_rows")
    if not pd.api.types.is_numeric_dtype(predictions) or pd.api.types.is_bool_dtype(predictions):
        return Estimated(known, reason="other_kind")
    values = predictions.to_numpy(dtype=float, na_value=np.nan)
    usable = np.isfinite(values)
    left_out: dict[LeftOut, int] = {"no_prediction": int((~usable).sum())} if not usable.all() else {}
    if usable.mean() < MOST_LEFT_OUT:
        return Estimated(known, int(usable.sum()), left_out=left_out, reason="mostly_left_out")
    values = values[usable]
    rows = len(values)
    shares = np.bincount(known.groups_of(values), minlength=len(known.rows)) / rows
    metrics = {}
    for name, means, variances in (
        ("mae", known.absolute, known.absolute_variance), ("rmse", known.squared, known.squared_variance),
    ):  # fmt: skip
        value = float(shares @ means)
        variance = float((shares / rows + known.spread * shares**2 / known.rows) @ variances)
        reach = _z() * np.sqrt(variance)
        low, high = max(0.0, value - reach), value + reach
        metrics[name] = Interval(value, low, high) if name == "mae" else Interval(*map(_root, (value, low, high)))
    beyond = int(((values < known.low) | (values > known.high)).sum())
    return Estimated(known, rows, metrics, left_out, beyond=beyond)


def _word(value: object) -> object:
    """Return a class that is a number as a word: 1.0 is 1, as a log has it beside rows without an answer."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else value


def _usable(predictions: pd.Series, places: np.ndarray, said: np.ndarray) -> tuple[np.ndarray, dict[LeftOut, int]]:
    """Tell which rows something can be said of, and count the others by the first reason that holds."""
    missing, unknown = predictions.isna().to_numpy(), places < 0
    without = np.isnan(said).any(axis=1)
    reasons: dict[LeftOut, np.ndarray] = {
        "no_prediction": missing,
        "unknown_class": ~missing & unknown,
        "no_chances": ~missing & ~unknown & without,
        "not_chances": ~missing & ~unknown & ~without & ~are_chances(said),
    }
    usable = ~np.logical_or.reduce(list(reasons.values()))
    return usable, {why: int(rows.sum()) for why, rows in reasons.items() if rows.any()}


def _z() -> float:
    return float(scipy.stats.norm.ppf((1 + CONFIDENCE) / 2))


def _root(value: float) -> float:
    return float(np.sqrt(value))


def _accuracy(known: Calibration, said: np.ndarray, places: np.ndarray) -> Interval:
    rows = len(places)
    sure = known.corrected(said)[np.arange(rows), places]
    variance = float((sure * (1 - sure)).sum()) / rows**2
    two = len(known.classes) == 2
    for place in (1,) if two else range(len(known.classes)):
        steps = known.steps[0 if two else place]
        # Of two classes, what speaks for the second speaks against the first
        weight = np.where(places == place, 1, -1 if two else 0) / rows
        variance += known.spread * _variance(steps, said[:, place], weight)
    return _interval(float(sure.mean()), variance, 1 / rows)


def _variance(steps: Steps, chances: np.ndarray, weight: np.ndarray) -> float:
    """Return the variance of a weighted sum of calibrated chances that comes from the test rows of each step."""
    weights = np.bincount(steps.places(chances), weight, minlength=len(steps.values))
    return float((weights**2) @ _variances(steps))


def _variances(steps: Steps) -> np.ndarray:
    # Of all rows on a step, none or all may be of the class: that is not sure to be so always
    shares = (steps.values * steps.rows + 0.5) / (steps.rows + 1)
    return np.asarray(shares * (1 - shares) / steps.rows)


def _of_two(known: Calibration, said: np.ndarray, places: np.ndarray) -> dict[str, Interval]:
    """Return the metrics of the second of two classes, by the expected confusion matrix."""
    chance, is_said = known.corrected(said)[:, 1], places == 1
    found, missed, named = float(chance[is_said].sum()), float(chance[~is_said].sum()), int(is_said.sum())
    spread = chance * (1 - chance)
    step = known.steps[0].places(said[:, 1])
    length, variances = len(known.steps[0].values), _variances(known.steps[0]) * known.spread
    on_step = [np.bincount(step[rows], minlength=length) for rows in (is_said, ~is_said)]

    def interval(value: float, of_found: float, of_missed: float, step: float) -> Interval:
        variance = of_found**2 * float(spread[is_said].sum()) + of_missed**2 * float(spread[~is_said].sum())
        variance += float((of_found * on_step[0] + of_missed * on_step[1]) ** 2 @ variances)
        return _interval(value, variance, step)

    metrics = {}
    if named:
        metrics["precision"] = interval(found / named, 1 / named, 0.0, 1 / named)
    if (actual := found + missed) > 0:
        metrics["recall"] = interval(found / actual, missed / actual**2, -found / actual**2, 1 / actual)
    if (both := named + actual) > 0:
        metrics["f1"] = interval(2 * found / both, 2 * (both - found) / both**2, -2 * found / both**2, 2 / both)
    if (area := _area(chance, said[:, 1])) is not None:
        metrics["roc_auc"] = _area_interval(known, chance, said[:, 1], area)
    return metrics


def _area(chance: np.ndarray, scores: np.ndarray) -> float | None:
    """Return the expected area under the ROC curve: of any two rows, how often the positive one has more."""
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))  # rows with one score count as half
    positive = np.add.reduceat(chance[order], starts)
    negative = np.add.reduceat(1 - chance[order], starts)
    own = np.add.reduceat((chance * (1 - chance))[order], starts)  # no row is held against itself
    pairs = positive.sum() * negative.sum() - own.sum()
    if pairs <= 0:
        return None
    below = np.cumsum(negative) - negative
    return float((positive @ below + (positive @ negative - own.sum()) / 2) / pairs)


def _area_interval(known: Calibration, chance: np.ndarray, scores: np.ndarray, area: float) -> Interval:
    """Return the area's interval: Hanley and McNeil's variance (1982) for these rows and for the test rows."""
    share = float(np.clip(chance.mean(), 1e-9, 1 - 1e-9))
    step = 1 / (min(share, 1 - share) * len(scores))
    variance = sum(
        times * area_variance(area, share * rows, (1 - share) * rows)
        for times, rows in ((1.0, len(scores)), (known.spread, known.rows))
    )
    return _interval(area, variance, step)


def _interval(value: float, variance: float, step: float) -> Interval:
    """Return Wilson's interval around a share, of as many rows as would give it its variance.

    What the metric of real rows can be are steps, one row each; so it reaches half a ``step`` further.
    """
    inside = min(max(value, 1e-6), 1 - 1e-6)
    rows = inside * (1 - inside) / max(variance, 1e-12)
    z = _z()
    middle = (value + z**2 / (2 * rows)) / (1 + z**2 / rows)
    reach = z / (1 + z**2 / rows) * np.sqrt(value * (1 - value) / rows + z**2 / (4 * rows**2)) + step / 2
    return Interval(value, max(0.0, float(middle - reach)), min(1.0, float(middle + reach)))
