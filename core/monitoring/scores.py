"""How good a model's answers were in each window, where the truth is known, beside its score on the test rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import scipy  # imports its parts when they are first used

from core.comparison.measures import TESTED, computable, recompute
from core.comparison.noise import CONFIDENCE, FEWEST_ROWS, Interval, metric_interval
from core.i18n import N_, _, moment, ngettext, number, percent
from core.monitoring.labelled import Labelled
from core.monitoring.rareness import draws_for, for_certain, rareness
from core.monitoring.windows import Window
from core.store.record import ANSWER, PREDICTION, ROW

OF_CLASSES = ("accuracy", "precision", "recall", "f1", "roc_auc")
OF_NUMBERS = ("mae", "rmse")
SMALL_SHARE = 0.5  # of rows with a true answer
MOST_DRAWS, FEWEST_DRAWS, DRAWN_ROWS = 1000, 200, 1_000_000

Outcome = Literal["worse", "not_known_worse", "few", "no_truth", "no_test_score", "not_told"]
OUTCOMES: dict[Outcome, str] = {
    "worse": N_("worse than on the test rows for certain"),
    "not_known_worse": N_("not known to be worse than on the test rows"),
    "few": N_("too few true answers to tell"),
    "no_truth": N_("no true answers yet"),
    "no_test_score": N_("no test rows to compare with"),
    "not_told": N_("these rows do not give this metric"),
}


@dataclass(frozen=True)
class Score:
    """One window: its ``rows``, of how many it is known how good they are, and the metric of these with its interval.

    ``found`` is None where the rows do not give the metric, its ends are NaN where they are not known. ``rareness`` is
    the chance of doing so badly by chance alone: 1 where the interval alone does not leave out the test score, NaN
    where the window was not held against it.
    """

    window: Window
    rows: int
    known: int
    found: Interval | None
    rareness: float
    outcome: Outcome

    @property
    def is_small_share(self) -> bool:
        """Whether so few rows have a true answer that they may be others than the rest."""
        return self.known < SMALL_SHARE * self.rows


@dataclass(frozen=True)
class Scores:
    """A metric over windows, beside the test score ``tested``; ``together`` is all windows as one."""

    metric: str
    tested: Interval | None
    tested_rows: int
    windows: tuple[Score, ...]
    together: Score

    @property
    def looked_at(self) -> int:
        """How many windows were held against the test score."""
        return sum(not np.isnan(score.rareness) for score in self.windows)

    @property
    def words(self) -> tuple[str, ...]:
        """What is known, in sentences of the reader's language, the most important first."""
        if self.together.outcome == "not_told" and not self.together.known:
            return (_("The true answers are known, but these rows do not give this metric."),)
        if not self.together.known:
            return (_("No row has a true answer yet, so nobody knows how many answers are right."),)
        said = [self._conclusion()]
        few = sum(score.outcome in {"few", "no_truth"} for score in self.windows)
        if few:
            text = _(
                "{windows} with fewer than {fewest} true answers: nothing is said of them. True answers often come "
                "late."
            )
            said.append(text.format(windows=_windows(few), fewest=number(FEWEST_ROWS, 0)))
        if self.together.is_small_share:
            text = _(
                "Only {share} of the rows have a true answer. Those may be others than the rest, and then this is not "
                "how good all answers are."
            )
            said.append(text.format(share=percent(self.together.known / max(1, self.together.rows))))
        return tuple(said)

    def sentence(self, score: Score) -> str:
        """Say of one window how good it was, in the reader's language."""
        when = f"{moment(score.window.begin)} – {moment(score.window.end)}"
        if score.found is None:
            value = _(OUTCOMES[score.outcome])
            return f"{when}: {value}." if score.window.begin else f"{value[:1].upper()}{value[1:]}."
        text = _("{metric} {value} ({low} to {high}) on {known} of {rows} rows: {outcome}.")
        if self.tested is not None:
            text = _(
                "{metric} {value} ({low} to {high}) on {known} of {rows} rows, {tested} on the test rows: {outcome}."
            )
        sentence = text.format(
            metric=self.metric, value=self._shown(score.found.value), low=self._shown(score.found.low),
            high=self._shown(score.found.high), known=number(score.known, 0), rows=number(score.rows, 0),
            tested=self._shown(self.tested.value) if self.tested else "", outcome=_(OUTCOMES[score.outcome]),
        )  # fmt: skip
        return f"{when}: {sentence}" if score.window.begin else sentence

    def _shown(self, value: float) -> str:
        if np.isnan(value):
            return "–"
        return number(value) if self.metric in OF_NUMBERS else percent(value)

    def _conclusion(self) -> str:
        if self.tested is None:
            return _("The run stored no test rows with this metric, so there is no score to compare with.")
        if not self.looked_at and np.isnan(self.together.rareness):
            return _("There are too few true answers to hold them against the test score.")
        worse, looked_at = sum(score.outcome == "worse" for score in self.windows), _windows(self.looked_at)
        if worse:
            text = _(
                "Worse than on the test rows for certain: {worse} of {windows} looked at. It is counted how many were "
                "looked at, and that the test score, {tested}, is itself uncertain."
            )
            return text.format(worse=number(worse, 0), windows=looked_at, tested=self._shown(self.tested.value))
        if self.together.outcome == "worse":
            text = _(
                "All windows together are worse than on the test rows for certain ({value} instead of {tested}), "
                "though of none alone this is known."
            )
            found = self.together.found
            return text.format(
                value=self._shown(found.value if found else np.nan), tested=self._shown(self.tested.value)
            )
        text = _(
            "Nothing is worse than on the test rows ({tested}) for certain, in {windows} looked at. What is not known "
            "to be worse may still be a little worse."
        )
        return text.format(tested=self._shown(self.tested.value), windows=looked_at)


def score_windows(
    known: Labelled, windows: Sequence[Window], metric: str, tested: pd.DataFrame | None = None
) -> Scores:  # fmt: skip
    """Return a metric over windows: ``OF_CLASSES`` or ``OF_NUMBERS``, without ``test_``.

    ``windows`` are of the rows that ``known`` was made from; ``tested`` are the run's test rows, with the answers that
    the version gives by its cut-off now (``core.prediction.cutoffs.answered_at``). A window is called worse for certain
    where so bad a score, or a worse one, would come by chance in less than 2.5 %, when nothing has changed: in any of
    all windows looked at, and all of them together (Holm 1979), the test score being itself one of chance.

    Raises:
        ValueError: the metric is none of these.
    """
    if metric not in (*OF_CLASSES, *OF_NUMBERS):
        raise ValueError(f"The metric must be one of {(*OF_CLASSES, *OF_NUMBERS)}, but it is {metric!r}.")
    if tested is not None and not computable(tested, f"{TESTED}{metric}"):
        tested = None
    of_test = None if tested is None else metric_interval(tested, f"{TESTED}{metric}")
    table, place_of = known.table, np.full(known.rows, -1)
    place_of[table[ROW].to_numpy()] = np.arange(len(table))
    gives = known.has_chances if metric == "roc_auc" else np.ones(len(table), dtype=bool)
    every = [*windows, _all(windows)]
    draws = draws_for(len(every), (1 - CONFIDENCE) / 2)
    found = []
    for window in every:
        told = place_of[window.rows]
        told = told[told >= 0]
        found.append(_score(window, len(told), table.iloc[told[gives[told]]], metric, tested, of_test, draws))
    # One window is all of them, and was not looked at twice
    looked_at = found[: len(windows)] if len(windows) == 1 else found
    are_worse = for_certain([score.rareness for score in looked_at], (1 - CONFIDENCE) / 2)
    are_worse += are_worse[: len(found) - len(looked_at)]
    judged = tuple(
        Score(one.window, one.rows, one.known, one.found, one.rareness, "worse" if is_worse else one.outcome)
        for one, is_worse in zip(found, are_worse, strict=True)
    )
    return Scores(metric, of_test, 0 if tested is None else len(tested), judged[:-1], judged[-1])


def _windows(count: int) -> str:
    return ngettext("{count} window", "{count} windows", count)


def _all(windows: Sequence[Window]) -> Window:
    if not windows:
        return Window(None, None, np.empty(0, dtype=int))
    rows = np.concatenate([window.rows for window in windows])
    return Window(windows[0].begin, windows[-1].end, rows, windows[-1].is_whole)


def _score(
    window: Window, told: int, table: pd.DataFrame, metric: str, tested: pd.DataFrame | None,
    of_test: Interval | None, draws: int,
) -> Score:  # fmt: skip
    rows, known = len(window.rows), len(table)
    if not known:
        return Score(window, rows, 0, None, np.nan, "not_told" if told else "no_truth")
    found = _interval(table, metric)
    if found is None or known < FEWEST_ROWS:
        return Score(window, rows, known, found, np.nan, "few" if known < FEWEST_ROWS else "not_told")
    if tested is None or of_test is None:
        return Score(window, rows, known, found, np.nan, "no_test_score")
    beyond = found.low > of_test.value if metric in OF_NUMBERS else found.high < of_test.value
    # Ends that are not known leave nothing out, but then a test may still tell
    chance = rareness(table, tested, metric, draws) if beyond or np.isnan(found.low) else 1.0
    return Score(window, rows, known, found, chance, "not_told" if np.isnan(chance) else "not_known_worse")


def _interval(table: pd.DataFrame, metric: str) -> Interval | None:
    """Return a metric with its interval: of accuracy the exact one, of few rows no other."""
    rows = len(table)
    if metric == "accuracy":
        right = int((table[ANSWER].to_numpy() == table[PREDICTION].to_numpy()).sum())
        tail = (1 - CONFIDENCE) / 2  # Clopper and Pearson's exact interval
        low = scipy.special.betaincinv(right, rows - right + 1, tail) if right else 0.0
        high = scipy.special.betaincinv(right + 1, rows - right, 1 - tail) if right < rows else 1.0
        return Interval(right / rows, float(low), float(high))
    draws = min(MOST_DRAWS, max(FEWEST_DRAWS, DRAWN_ROWS // rows))
    if found := metric_interval(table, f"{TESTED}{metric}", draws):
        return found
    value = recompute(table, f"{TESTED}{metric}")
    return None if np.isnan(value) else Interval(value, np.nan, np.nan)
