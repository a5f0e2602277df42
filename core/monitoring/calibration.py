"""Whether a model's chances mean what they say, told by its test rows; where they do not, what they do mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import scipy  # imports its parts when they are first used

from core.comparison.measures import readable
from core.i18n import N_, _, number, percent
from core.prediction.classes import same_class
from core.store.record import ANSWER, PREDICTION, PROBABILITY, SUM_TOLERANCE, group_codes, probability_columns

FEWEST_ROWS = 50  # of test rows, to say anything: by 30 of the irises 95 % intervals held what came true in 66 %
FEWEST_OF_CLASS = 5  # of test rows, to correct chances by them
FOLDS, REPEATS, PARTS = 5, 3, 3
WRONG = 0.05  # chances are known to be wrong where the test rows' answers would be rarer than this
DRAWS, FEW = 2000, 1000

Chosen = Literal["isotonic", "as_said", "unchecked"]
Flaw = Literal["", "no_table", "no_chances", "too_few_rows", "other_classes", "chances_wrong"]
FLAWS: dict[Flaw, str] = {
    "no_table": N_("The run stored no test rows that tell what its model's chances mean."),
    "no_chances": N_("The model does not say how likely each class is, or what it says are no chances."),
    "too_few_rows": N_("The run has {rows} test rows, too few to tell what its model's chances mean."),
    "other_classes": N_("The test rows have answers that are none of the classes the model gives chances for."),
    "chances_wrong": N_(
        "The model's chances are wrong: by them {expected} of its answers to the test rows would be right, but "
        "{right} are, and with {rows} test rows they cannot be corrected."
    ),
}


@dataclass(frozen=True)
class Steps:
    """What the chance of one class really means, as stairs: ``values`` from one of ``edges`` to the next.

    Each step is the share of the class among ``rows`` test rows; ``edges`` are between the steps, one fewer.
    """

    edges: np.ndarray
    values: np.ndarray
    rows: np.ndarray

    def places(self, chances: np.ndarray) -> np.ndarray:
        """Return on which step each chance is."""
        return np.asarray(np.searchsorted(self.edges, chances, side="right"))


@dataclass(frozen=True)
class Calibration:
    """How a model's chances are read; ``flaw`` says why they cannot be.

    ``chosen``: they are corrected by ``steps`` (one for each class; of two classes one, for the second), taken as
    said, or taken unchecked where test rows are too few. ``gap_as_said`` and ``gap_corrected`` are how far chances are
    from shares, on rows that did not correct them; NaN where unchecked. ``spread`` is by how much less test rows tell
    where rows of one group are alike (1: each for itself).
    """

    classes: tuple[str, ...] = ()
    chosen: Chosen = "unchecked"
    steps: tuple[Steps, ...] = ()
    rows: int = 0
    gap_as_said: float = np.nan
    gap_corrected: float = np.nan
    spread: float = 1.0
    flaw: Flaw = ""
    expected: float = np.nan
    right: float = np.nan

    def corrected(self, chances: np.ndarray) -> np.ndarray:
        """Return chances, (rows, classes), as they are to be read; each row's sum is 1."""
        return _corrected(self.steps, chances) if self.chosen == "isotonic" else chances

    @property
    def words(self) -> str:
        """What was chosen and why, or the flaw, in the reader's language."""
        rows = number(self.rows, 0)
        if self.flaw:
            return _(FLAWS[self.flaw]).format(rows=rows, expected=_share(self.expected), right=_share(self.right))
        if self.chosen == "unchecked":
            return _(
                "The chances are taken as the model says them: with fewer than {few} test rows of a class they cannot "
                "be corrected."
            ).format(few=number(FEWEST_OF_CLASS, 0))
        gaps = {"said": percent(self.gap_as_said), "corrected": percent(self.gap_corrected), "rows": rows}
        if self.chosen == "isotonic":
            text = _(
                "The chances are corrected by the {rows} test rows (isotonic regression): in parts of rows that did "
                "not correct them they then differ from what came true by {corrected}, and by {said} as the model says "
                "them. Part of both is chance."
            )
        else:
            text = _(
                "The chances are taken as the model says them: in parts of the {rows} test rows they differ from what "
                "came true by {said}, and by {corrected} where other rows have corrected them (isotonic regression). "
                "Part of both is chance."
            )
        return text.format(**gaps)


def calibrate(tested: pd.DataFrame | None) -> Calibration:
    """Tell by a run's test rows how its model's chances are to be read.

    ``tested`` is an evaluation table as ``core.store.record`` has it, or any table of that name. Each class is
    corrected by isotonic regression of "is it this class" on its chance (Zadrozny and Elkan 2002), then each row is
    brought to 1 again, where that brings chances nearer to shares: in five folds, three times, rows are corrected by
    the others, and in each fold three parts of like chances have their mean held against the share of the class. It is
    also corrected where the test rows' answers would be rare (p < 0.05), were the chances true.

    The Brier score, or the log loss, would nearly never choose it: they also count how much single rows wobble on the
    steps, which means over many rows do not (docs/decisions/040).
    """
    if tested is None or not readable(tested):
        return Calibration(flaw="no_table")
    columns = probability_columns(tested)
    if len(columns) < 2:
        return Calibration(flaw="no_chances", rows=len(tested))
    classes = tuple(str(column).removeprefix(PROBABILITY) for column in columns)
    chances = tested[columns].to_numpy(dtype=float)
    known = are_chances(chances) & tested[ANSWER].notna().to_numpy() & tested[PREDICTION].notna().to_numpy()
    if not known.any():
        return Calibration(classes, flaw="no_chances", rows=len(tested))
    table, chances = tested[known], chances[known]
    rows = len(table)
    answers, predictions = (places_of(table[name], classes) for name in (ANSWER, PREDICTION))
    if (answers < 0).any() or (predictions < 0).any():
        return Calibration(classes, flaw="other_classes", rows=rows)
    if rows < FEWEST_ROWS:
        return Calibration(classes, flaw="too_few_rows", rows=rows)
    groups = group_codes(table)
    is_class = answers[:, None] == np.arange(len(classes))
    steps = _steps(chances, is_class)
    of_class = is_class.sum(axis=0)
    # Classes that no test row has cannot be corrected, and a model that knows them says so of none
    if of_class[of_class > 0].min() >= FEWEST_OF_CLASS and (of_class > 0).sum() > 1:
        as_said, corrected = _gaps(chances, is_class, groups)
        is_wrong = _contradicted(chances[np.arange(rows), predictions], answers == predictions)
        chosen: Chosen = "isotonic" if corrected < as_said or is_wrong else "as_said"
    else:
        as_said = corrected = np.nan
        chosen = "unchecked"
    read = _corrected(steps, chances) if chosen == "isotonic" else chances
    sure = read[np.arange(rows), predictions]
    right = answers == predictions
    flaw: Flaw = "chances_wrong" if chosen == "unchecked" and _contradicted(sure, right) else ""
    return Calibration(
        classes, chosen, steps, rows, as_said, corrected, spread_of(right - sure, groups) * _doubt(sure, right), flaw,
        float(sure.mean()), float(right.mean()),
    )  # fmt: skip


def are_chances(chances: np.ndarray) -> np.ndarray:
    """Tell of each row, (rows, classes), whether it holds chances: from 0 to 1, of all classes, that make 1."""
    whole = np.abs(chances.sum(axis=1) - 1) < SUM_TOLERANCE  # NaN is not
    inside = ((chances >= -SUM_TOLERANCE) & (chances <= 1 + SUM_TOLERANCE)).all(axis=1)
    return np.asarray(whole & inside, dtype=bool)


def places_of(words: pd.Series, classes: Sequence[str]) -> np.ndarray:
    """Return which of ``classes`` each word means, -1 where it is missing or none of them."""
    place_of = {}
    for word in words.dropna().unique().tolist():
        exact = [place for place, name in enumerate(classes) if name == str(word)]
        meant = exact or [place for place, name in enumerate(classes) if same_class(name, str(word))]
        place_of[word] = meant[0] if len(meant) == 1 else -1
    return np.asarray(words.map(place_of).fillna(-1), dtype=int)


def _share(value: float) -> str:
    return "–" if np.isnan(value) else percent(value)


def _steps(chances: np.ndarray, is_class: np.ndarray) -> tuple[Steps, ...]:
    """Return the steps of each class; of two classes those of the second, as the first has the rest."""
    wanted = [1] if chances.shape[1] == 2 else range(chances.shape[1])
    return tuple(_stairs(chances[:, place], is_class[:, place]) for place in wanted)


def _stairs(chances: np.ndarray, is_it: np.ndarray) -> Steps:
    order = np.argsort(chances, kind="stable")
    chances, is_it = chances[order], is_it[order].astype(float)
    # Rows with the same chance are one place of the stairs
    distinct, place, count = np.unique(chances, return_inverse=True, return_counts=True)
    mean = np.bincount(place, is_it, minlength=len(distinct)) / count
    fitted = scipy.optimize.isotonic_regression(mean, weights=count).x.clip(0, 1)[place]
    begins = np.r_[0, np.flatnonzero(np.diff(fitted) > 0) + 1]
    edges = (chances[begins[1:] - 1] + chances[begins[1:]]) / 2
    return Steps(edges, fitted[begins], np.diff(np.r_[begins, len(chances)]))


def _corrected(steps: tuple[Steps, ...], chances: np.ndarray) -> np.ndarray:
    if chances.shape[1] == 2:
        second = steps[0].values[steps[0].places(chances[:, 1])]
        return np.column_stack([1 - second, second])
    read = np.column_stack([one.values[one.places(chances[:, place])] for place, one in enumerate(steps)])
    sums = read.sum(axis=1, keepdims=True)
    # Where every class is said to be impossible the model's own word stays
    return np.asarray(np.where(sums > 0, read / np.where(sums > 0, sums, 1), chances))


def _gaps(chances: np.ndarray, is_class: np.ndarray, groups: np.ndarray | None) -> tuple[float, float]:
    """Return how far chances are from shares as said and corrected by other rows: root mean squares, over classes."""
    rows, draw = len(chances), np.random.default_rng(0)
    units = np.arange(rows) if groups is None else groups
    as_said, corrected = 0.0, 0.0
    for _repeat in range(REPEATS):
        fold = draw.permutation(units.max() + 1)[units] % FOLDS
        for held_out in (fold == place for place in range(FOLDS)):
            if not held_out.any() or held_out.all():
                continue
            steps = _steps(chances[~held_out], is_class[~held_out])
            as_said += _gap(chances[held_out], is_class[held_out])
            corrected += _gap(_corrected(steps, chances[held_out]), is_class[held_out])
    columns = 1 if chances.shape[1] == 2 else chances.shape[1]
    parts = rows * REPEATS * columns
    return float(np.sqrt(as_said / parts)), float(np.sqrt(corrected / parts))


def _gap(chances: np.ndarray, is_class: np.ndarray) -> float:
    """Return the squared gap between mean chance and share, in parts of like chances, times their rows."""
    total = 0.0
    for place in [1] if chances.shape[1] == 2 else range(chances.shape[1]):
        order = np.argsort(chances[:, place], kind="stable")
        gaps = (chances[:, place] - is_class[:, place])[order]
        total += sum(len(part) * float(part.mean()) ** 2 for part in np.array_split(gaps, PARTS) if len(part))
    return total


def _contradicted(sure: np.ndarray, right: np.ndarray) -> bool:
    """Tell whether so few or so many right answers would be rare, were the chances true; (rows,) both."""
    if len(sure) > FEW:  # their sum is normal, and drawing it would take long
        variance = float((sure * (1 - sure)).sum())
        off = abs(float(right.sum() - sure.sum()))
        return bool(off > 0 if variance == 0 else 2 * scipy.stats.norm.sf(off / np.sqrt(variance)) < WRONG)
    drawn = (np.random.default_rng(0).random((DRAWS, len(sure))) < sure).sum(axis=1)
    beyond = min((drawn <= right.sum()).mean(), (drawn >= right.sum()).mean())
    return bool(2 * beyond < WRONG)


def _doubt(sure: np.ndarray, right: np.ndarray) -> float:
    """Return how many times further chances are from the test rows' answers than chance has it; at least 1, squared.

    Where they are further, but not so far that they are known to be wrong, the interval has to be as much wider (Birge
    1932).
    """
    return max(1.0, float((right - sure).sum() ** 2 / ((sure * (1 - sure)).sum() + 0.25)))


def spread_of(gaps: np.ndarray, groups: np.ndarray | None) -> float:
    """Return how many times larger the variance of a sum of gaps is, as rows of one group are alike."""
    squares = float((gaps**2).sum())
    if groups is None or squares == 0:
        return 1.0
    return max(1.0, float((np.bincount(groups, gaps) ** 2).sum()) / squares)
