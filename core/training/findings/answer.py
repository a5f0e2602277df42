"""What the answers themselves say: too few, one class only, an imbalance, nearly always the same number."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from core.i18n import N_
from core.training.findings.look import Column, Look
from core.training.findings.sentences import Finding, Name, OneIn, Rows, Share, Word, Words

FEW_ROWS = 50
FEW_OF_CLASS = 10
FLATTERS, WORTH_SAYING = 0.9, 0.6  # shares of the most frequent answer
ROWS_A_CLASS = 5
FEW_NUMBERS = 10


def about_answer(look: Look) -> Iterator[Finding]:
    """Yield what is to be known of the answers; of a table without a target only how few rows it has."""
    column = look.answer
    if column is None:
        if look.rows < FEW_ROWS:
            yield _few_rows(look.rows)
        return
    named = {"target": Name(column.name)}
    known = look.rows - column.missing
    if not known:
        yield Finding("answer_empty", (column.name,), N_("{target} is empty: there is nothing to learn."), named, 100)
        return
    if column.missing:
        yield Finding(
            "answer_missing", (column.name,),
            N_("In {rows} ({share}) {target} is empty: from those nothing can be learned."),
            named | {"rows": Rows(column.missing), "share": Share(column.missing / look.rows)}, 60,
        )  # fmt: skip
    if known < FEW_ROWS:
        yield _few_rows(known)
    yield from _of_classes(look, column) if look.kind == "classification" else _of_numbers(column, known)


def _few_rows(rows: int) -> Finding:
    sentence = N_("There is only this to learn from: {rows}. What is found out from so few may be chance.")
    return Finding("few_rows", (), sentence, {"rows": Rows(rows)}, 85)


def _of_classes(look: Look, column: Column) -> Iterator[Finding]:
    codes, names = column.classes
    counts = pd.Series(np.bincount(codes[codes >= 0], minlength=len(names)), index=pd.Index(names, dtype="str"))
    counts = counts.iloc[np.lexsort([counts.index.astype(str), -counts.to_numpy()])]
    known, named, about = int(counts.sum()), {"target": Name(column.name)}, (column.name,)
    if len(counts) == 1:
        sentence = N_("{target} is {value} in every row that has an answer: there is nothing to learn.")
        yield Finding("answer_constant", about, sentence, named | {"value": Word(counts.index[0])}, 100)
        return
    if len(counts) > known / ROWS_A_CLASS:
        sentence = N_("{target} has {count} different values in {rows}: too many for the rows of each to be learned.")
        yield Finding("many_classes", about, sentence, named | {"count": len(counts), "rows": Rows(known)}, 95)
        return
    yield from _most_frequent(counts, known, column.name)
    yield from _few_of_class(counts, column.name)


def _most_frequent(counts: pd.Series, known: int, target: str) -> Iterator[Finding]:
    common, share = counts.index[0], float(counts.iloc[0] / known)
    values = {"target": Name(target), "common": Word(common), "share": Share(share)}
    if share >= FLATTERS and len(counts) == 2:
        rare = int(counts.iloc[1])
        sentence = N_(
            "{target} is {rare} in about {one_in} rows ({rows}): accuracy will flatter. "
            "Always answering {common} would be right in {share} of all rows."
        )
        values |= {"rare": Word(counts.index[1]), "one_in": OneIn(rare / known), "rows": Rows(rare)}
        yield Finding("imbalance", (target,), sentence, values, 80)
    elif share >= FLATTERS:
        sentence = N_("Accuracy will flatter: always answering {common} would be right in {share} of the rows.")
        yield Finding("imbalance", (target,), sentence, values, 80)
    elif share >= WORTH_SAYING:
        sentence = N_("Always answering {common} would be right in {share} of the rows: a model has to beat that.")
        yield Finding("majority", (target,), sentence, values, 50)


def _few_of_class(counts: pd.Series, target: str) -> Iterator[Finding]:
    few = counts[counts < FEW_OF_CLASS]
    if len(few) == 1 and few.iloc[0] == 1:
        sentence = N_("{target} is {value} in 1 row only, which cannot be both learned from and tested on.")
        yield Finding("few_of_class", (target,), sentence, {"target": Name(target), "value": Word(few.index[0])}, 78)
    elif len(few) == 1:
        sentence = N_("{target} is {value} in only {rows}: too few to learn it well, and to tell how well.")
        values = {"target": Name(target), "value": Word(few.index[0]), "rows": Rows(int(few.iloc[0]))}
        yield Finding("few_of_class", (target,), sentence, values, 76)
    elif len(few):
        sentence = N_("{count} values of {target} have fewer than {least} rows each, too few to learn them: {classes}.")
        values = {
            "count": len(few), "target": Name(target), "least": FEW_OF_CLASS, "classes": Words(tuple(few.index))
        }  # fmt: skip
        yield Finding("few_of_class", (target,), sentence, values, 76)


def _of_numbers(column: Column, known: int) -> Iterator[Finding]:
    named: dict[str, object] = {"target": Name(column.name)}
    about = (column.name,)
    if column.holds == "word":
        sentence = N_("{target} holds words, so it cannot be asked for as a number. Ask for a class.")
        yield Finding("answer_words", about, sentence, named, 100)
        return
    values = column.whole[np.isfinite(column.whole)]
    counts = values.value_counts()
    if len(counts) < 2:
        sentence = N_("{target} is the same number in every row: there is nothing to learn.")
        yield Finding("answer_constant", about, sentence, named, 100)
        return
    common, share = float(counts.index[0]), float(counts.iloc[0] / known)
    if share >= WORTH_SAYING:
        sentence = N_("In {share} of the rows {target} is {value}: a model may say little else.")
        yield Finding("answer_heap", about, sentence, named | {"share": Share(share), "value": Word(common)}, 65)
    if column.holds == "number" and len(counts) <= FEW_NUMBERS:
        sentence = N_(
            "{target} is only ever one of {count} numbers, from {low} to {high}: it could be asked for as a class, too."
        )
        numbers = {"count": len(counts), "low": float(values.min()), "high": float(values.max())}
        yield Finding("few_numbers", about, sentence, named | numbers, 15)
