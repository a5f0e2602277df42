"""Gaps: where they are, which columns have them together, and whether being empty tells the answer."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from core.i18n import N_
from core.training.findings.look import Column, Look
from core.training.findings.sentences import Finding, Name, Names, Rows, Share, Word

NEARLY_EMPTY = 0.95
TOGETHER = 5  # rows
FEWEST = 10  # rows with and without a gap, from which it is told whether that tells the answer
CHANCE = 1e-6  # that rows of one answer only are so by chance
SURE, WORTH_SAYING = 4.5, 0.1  # standard errors, and how far two shares must be apart


def about_gaps(look: Look) -> Iterator[Finding]:
    """Yield where gaps are and what they tell."""
    gappy = [column for column in look.inputs if 0 < column.missing < look.rows]
    for column in gappy:
        yield _gaps(look, column)
    yield from _together(gappy)
    if look.answer is not None and gappy:
        yield from _telling(look, look.answer, gappy)


def _gaps(look: Look, column: Column) -> Finding:
    share = column.missing / look.rows
    values = {"rows": Rows(column.missing), "share": Share(share), "column": Name(column.name)}
    if share >= NEARLY_EMPTY:
        sentence = N_("{column} is empty in {share} of the rows.")
        return Finding("mostly_missing", (column.name,), sentence, values, 64, leave_out=True)
    sentence = N_("In {rows} ({share}) {column} is empty.")
    return Finding("missing", (column.name,), sentence, values, 20 + 25 * share)


def _together(gappy: list[Column]) -> Iterator[Finding]:
    alike: dict[bytes, list[Column]] = {}
    for column in gappy:
        if column.missing >= TOGETHER:
            gaps = np.packbits(column.raw.isna().to_numpy()).tobytes()
            alike.setdefault(hashlib.sha256(gaps).digest(), []).append(column)
    for columns in alike.values():
        if len(columns) > 1:
            names = tuple(column.name for column in columns)
            sentence = N_("These columns are always empty together, in {rows}: {columns}.")
            values = {"rows": Rows(columns[0].missing), "columns": Names(names)}
            yield Finding("missing_together", names, sentence, values, 27)


def _telling(look: Look, target: Column, gappy: list[Column]) -> Iterator[Finding]:
    if look.kind == "classification":
        codes, classes = target.classes
        if not 2 <= len(classes) <= max(2, look.rows // FEWEST):
            return
        for column in gappy:
            empty = column.raw.isna().to_numpy()
            if found := _tells_class(target.name, column.name, empty, codes, np.asarray(classes)):
                yield found
    elif target.holds == "number":
        answers = target.whole.where(np.isfinite(target.whole)).to_numpy()
        ranks = pd.Series(answers).rank().to_numpy()
        for column in gappy:
            if found := _tells_number(target.name, column, answers, ranks):
                yield found


def _tells_class(target: str, column: str, empty: np.ndarray, codes: np.ndarray, classes: np.ndarray) -> Finding | None:
    known = codes >= 0
    there, gone = (np.bincount(codes[known & rows], minlength=len(classes)).astype(float) for rows in (~empty, empty))
    if there.sum() < FEWEST or gone.sum() < FEWEST:
        return None
    shares = (there + gone) / (there + gone).sum()
    values: dict[str, object] = {"column": Name(column), "target": Name(target)}
    for filled, counts in ((True, there), (False, gone)):
        most = int(np.argmax(counts))
        surprising = counts.sum() * math.log(max(shares[most], 1e-300)) < math.log(CHANCE)
        if counts[most] == counts.sum() and surprising:
            values |= {"value": Word(str(classes[most])), "rows": Rows(int(counts.sum()))}
            if filled:
                sentence = N_(
                    "{column} is filled in only where {target} is {value} ({rows}): it may be known only afterwards."
                )
                return Finding("filled_afterwards", (column,), sentence, values, 92, leave_out=True)
            sentence = N_("{column} is empty only where {target} is {value} ({rows}): its gaps give answers away.")
            return Finding("empty_afterwards", (column,), sentence, values, 66)
    with_gap, without = gone / gone.sum(), there / there.sum()
    most = int(np.argmax(with_gap - without))
    error = math.sqrt(shares[most] * (1 - shares[most]) * (1 / gone.sum() + 1 / there.sum()))
    apart = with_gap[most] - without[most]
    if apart < WORTH_SAYING or apart < SURE * error:
        return None
    sentence = N_(
        "Where {column} is empty, {target} is {value} in {gone} of the rows, elsewhere in {there}: "
        "the gaps themselves tell something."
    )
    values |= {
        "value": Word(str(classes[most])), "gone": Share(float(with_gap[most])), "there": Share(float(without[most]))
    }  # fmt: skip
    return Finding("missing_tells", (column,), sentence, values, 46)


def _tells_number(target: str, column: Column, answers: np.ndarray, ranks: np.ndarray) -> Finding | None:
    """Compare the ranks of the answers with and without a gap (Mann and Whitney 1947, by the normal distribution)."""
    empty, known = column.raw.isna().to_numpy(), np.isfinite(answers)
    gone, there = np.flatnonzero(known & empty), np.flatnonzero(known & ~empty)
    if len(gone) < FEWEST or len(there) < FEWEST:
        return None
    of_pairs = (ranks[gone].sum() - len(gone) * (len(gone) + 1) / 2) / (len(gone) * len(there))
    error = math.sqrt((len(gone) + len(there) + 1) / (12 * len(gone) * len(there)))
    of_gone, of_there = float(np.median(answers[gone])), float(np.median(answers[there]))
    if abs(of_pairs - 0.5) < max(WORTH_SAYING, SURE * error) or of_gone == of_there:
        return None
    sentence = N_(
        "Where {column} is empty, the median of {target} is {gone}, elsewhere {there}: "
        "the gaps themselves tell something."
    )
    values = {"column": Name(column.name), "target": Name(target), "gone": of_gone, "there": of_there}
    return Finding("missing_tells", (column.name,), sentence, values, 46)
