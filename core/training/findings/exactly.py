"""Columns that say exactly what the answer does: in other words, or as a number in other units."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd

from core.i18n import N_
from core.training.findings.look import Column, Look
from core.training.findings.sentences import Finding, Name, Rows

FEWEST = 10  # rows
CHANCE = 1_000  # ways to give the answers to the rows, times the columns: of fewer, one may be right by chance
FILLED = 0.9  # of the rows with an answer


def same_in_other_words(look: Look, target: Column, known: Collection[str]) -> Iterator[Finding]:
    """Yield inputs each value of which goes with one class and each class with one value, but those ``known``.

    That needs no rows to try it on, so that it is found in small tables and of rare classes, too.
    """
    codes, classes = target.classes
    if len(classes) < 2 or len(classes) > look.rows / 2:
        return
    for column in look.inputs:
        if column.name in known or not 2 <= column.different <= len(classes):
            continue
        own, values = pd.factorize(column.whole)
        both = (codes >= 0) & (own >= 0)
        counts = np.bincount(codes[both], minlength=len(classes))
        pairs = len(np.unique(own[both] * len(classes) + codes[both]))
        if not len(values) == len(classes) == pairs == np.count_nonzero(counts):
            continue
        rows = int(counts.sum())
        ways = math.lgamma(rows + 1) - sum(math.lgamma(count + 1) for count in counts)
        if rows < max(FEWEST, FILLED * (codes >= 0).sum()) or ways < math.log(CHANCE * len(look.inputs)):
            continue
        sentence = N_(
            "{column} gives the answer away: in {rows} each of its values goes with one value of {target} only. "
            "Is it known before {target} is?"
        )
        named = {"column": Name(column.name), "rows": Rows(rows), "target": Name(target.name)}
        yield Finding("gives_away", (column.name,), sentence, named, 96, leave_out=True)


def by_straight_line(values: np.ndarray, answers: np.ndarray) -> np.ndarray | None:
    """Return what a straight line through every other row tells of the rest, and the other way round."""
    if not np.isfinite(values).all():
        return None
    told, halves = np.empty(len(answers)), np.arange(len(answers)) % 2
    for half in (0, 1):
        known = halves != half
        middle, spread = values[known].mean(), values[known].var()
        if not 0 < spread < np.inf:
            return None
        slope = np.mean((values[known] - middle) * (answers[known] - answers[known].mean())) / spread
        told[halves == half] = answers[known].mean() + slope * (values[halves == half] - middle)
    return told
