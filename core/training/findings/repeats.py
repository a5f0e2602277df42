"""Rows that repeat others: twice in the table, learned from and tested on, or with another answer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.i18n import N_
from core.training.findings.look import Column, Look, classes_of
from core.training.findings.sentences import Finding, Name, Rows, Share

CELLS_AT_MOST = 20_000_000  # to be told apart once those are away that differ in the first few columns
FIRST_FEW = 3
MIXING = np.uint64(0x9E3779B97F4A7C15)  # 2**64 by the golden ratio: neighbours end far apart
FEW_COMBINATIONS = 0.2  # of the rows: then that some are alike is in the nature of the columns


@dataclass(frozen=True, eq=False)
class _Alike:
    """``rows`` are places of rows that another row equals, ``group`` says which; they are one in ``part`` of all."""

    rows: np.ndarray
    group: np.ndarray
    part: int
    combinations: int


def about_repeats(look: Look) -> Iterator[Finding]:
    """Yield how many rows repeat another one; identifiers don't count, as they always differ."""
    inputs = [column for column in look.inputs if column.missing < look.rows]
    if look.rows < 2 or not inputs:
        return
    alike = _alike(look, inputs)
    if not len(alike.rows):
        return
    about = alike.part > 1
    if not about and alike.combinations < FEW_COMBINATIONS * look.rows:
        sentence = N_("The inputs have only {count} different combinations in {rows}, so many rows are alike.")
        values = {"count": alike.combinations, "rows": Rows(look.rows)}
        yield Finding("few_combinations", (), sentence, values, 24)
        yield from _different_answers(look, alike)
        return
    repeated = _repeating(alike.group) * alike.part
    sentence = (
        N_("The inputs of {rows} ({share}) are those of an earlier row.")
        if look.target
        else N_("Rows that are the same as an earlier one: {rows} ({share}).")
    )
    values = {"rows": Rows(repeated, about), "share": Share(repeated / look.rows)}
    yield Finding("duplicates", (), sentence, values, 30 + 30 * repeated / look.rows)
    yield from _tested(look, alike)
    yield from _different_answers(look, alike)


def _repeating(group: np.ndarray) -> int:
    return len(group) - len(np.unique(group))


def _alike(look: Look, inputs: list[Column]) -> _Alike:
    """Go through the columns, those with most different values first, and let go of rows that differ from all others.

    Where too many rows are left to go through all of the columns, one in so many groups of rows is looked at.
    """
    ordered = sorted(inputs, key=lambda column: -column.different)
    rows = _maybe_alike(look, ordered[:FIRST_FEW])
    group, part, let_go = np.zeros(len(rows), dtype=np.int64), 1, look.rows - len(rows)
    for place, column in enumerate(ordered):
        codes, _different = pd.factorize(column.whole.iloc[rows] if len(rows) < look.rows else column.whole)
        group = pd.factorize(group * (int(codes.max(initial=0)) + 2) + codes + 1)[0]
        kept = np.bincount(group)[group] > 1
        let_go += int((~kept).sum())
        rows, group = rows[kept], group[kept]
        if not len(rows):
            break
        if place + 1 == FIRST_FEW and len(rows) * (len(ordered) - place) > CELLS_AT_MOST:
            part = int(np.ceil(len(rows) * (len(ordered) - place) / CELLS_AT_MOST))
            kept = group % part == 0
            rows, group = rows[kept], group[kept]
    return _Alike(rows, group, part, let_go + len(np.unique(group)))


def _maybe_alike(look: Look, columns: list[Column]) -> np.ndarray:
    """Return the rows but for those that surely differ from all others in some columns, by a number made of each."""
    if math.prod(max(column.different, 1) for column in columns) < look.rows:  # then hardly any does
        return np.arange(look.rows)
    made = np.zeros(look.rows, dtype=np.uint64)
    for column in columns:
        made ^= _as_bits(column)
        made *= MIXING
        made ^= made >> np.uint64(29)
    ordered = np.sort(made)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.flatnonzero(np.isin(made, again)) if len(again) else np.array([], dtype=np.int64)


def _as_bits(column: Column) -> np.ndarray:
    """Return a column as whole numbers that are alike where its values are."""
    if column.holds == "word":
        return column.coded[0].astype(np.uint64)
    values = column.whole.to_numpy() + 0.0  # 0 and -0 are the same
    bits = values.view(np.uint64)
    bits[np.isnan(values)] = 0
    return np.asarray(bits)


def _tested(look: Look, alike: _Alike) -> Iterator[Finding]:
    if look.test_rows is None or not len(look.test_rows):
        return
    is_test = np.zeros(look.rows, dtype=bool)
    is_test[look.test_rows] = True
    tested = is_test[alike.rows]
    learned = np.unique(alike.group[~tested])
    both = int(np.isin(alike.group[tested], learned).sum()) * alike.part
    if both:
        sentence = (
            N_(
                "Of the {tested} to test on, 1 has the same inputs as a row to learn from: "
                "there a model is asked what it has seen."
            )
            if both == 1
            else N_(
                "Of the {tested} to test on, {rows} ({share}) have the same inputs as a row to learn from: "
                "there a model is asked what it has seen."
            )
        )
        share = both / len(look.test_rows)
        values = {
            "tested": Rows(len(look.test_rows)), "rows": Rows(both, alike.part > 1), "share": Share(min(share, 1.0))
        }  # fmt: skip
        yield Finding("seen_before", (), sentence, values, 40 + 45 * share)


def _different_answers(look: Look, alike: _Alike) -> Iterator[Finding]:
    if look.answer is None:
        return
    answers = classes_of(look.answer) if look.kind == "classification" else look.answer.whole
    codes = pd.factorize(answers.iloc[alike.rows])[0]
    table = pd.DataFrame({"group": alike.group, "answer": codes})[codes >= 0]
    differ = table.groupby("group")["answer"].transform("nunique") > 1
    rows = int(differ.sum()) * alike.part
    if rows:
        sentence = N_(
            "In {rows} ({share}) the inputs are the same as in another row, but {target} is not: "
            "no model can be right about all of them."
        )
        values = {
            "rows": Rows(rows, alike.part > 1), "share": Share(rows / look.rows), "target": Name(look.target)
        }  # fmt: skip
        yield Finding("other_answers", (), sentence, values, 28 + 30 * rows / look.rows)
