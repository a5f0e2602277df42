"""What was found out of a table: a sentence that is said in the reader's language, and what it is about."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.i18n import N_, _, ngettext, number, percent, translate

Show = Callable[[str], str]
NAMES_AT_MOST = 5
FEW = 3  # findings of the same kind that are said one by one


class Said(Protocol):
    """A value of a sentence that is written in the reader's language; ``name`` and ``word`` show foreign text."""

    def said(self, name: Show, word: Show) -> str:
        """Write it."""


@dataclass(frozen=True)
class Name:
    """The name of a column."""

    text: str

    def said(self, name: Show, word: Show) -> str:
        """Write the name as names are."""
        return name(self.text)


@dataclass(frozen=True)
class Names:
    """Names of columns, of which the first few are said and the others counted."""

    texts: tuple[str, ...]
    at_most: int = NAMES_AT_MOST

    def said(self, name: Show, word: Show) -> str:
        """Write the first few."""
        return _listed([name(text) for text in self.texts], self.at_most)


@dataclass(frozen=True)
class Word:
    """A value that the table holds: a number as the reader writes numbers, all else in quotation marks."""

    value: object

    def said(self, name: Show, word: Show) -> str:
        """Write the value."""
        if isinstance(self.value, int | float) and not isinstance(self.value, bool):
            return number(float(self.value))
        return f"“{word(str(self.value))}”"


@dataclass(frozen=True)
class Words:
    """Values that the table holds, of which the first few are said and the others counted."""

    values: tuple[object, ...]
    at_most: int = NAMES_AT_MOST

    def said(self, name: Show, word: Show) -> str:
        """Write the first few."""
        return _listed([Word(value).said(name, word) for value in self.values], self.at_most)


@dataclass(frozen=True)
class Rows:
    """A count of rows; where it is ``about`` so many, in two digits."""

    count: int
    about: bool = False

    def said(self, name: Show, word: Show) -> str:
        """Write the count with its noun."""
        if not self.about:
            return ngettext("{count} row", "{count} rows", self.count)
        return _("about {rows}").format(rows=ngettext("{count} row", "{count} rows", int(rounded(self.count))))


@dataclass(frozen=True)
class Share:
    """A part of the whole, 0 to 1; what is not all never reads as 100 %, what is not nothing never as 0 %."""

    value: float

    def said(self, name: Show, word: Show) -> str:
        """Write the percentage."""
        if 0 < self.value < 0.001:
            return _("less than {share}").format(share=percent(0.001))
        if 0.999 < self.value < 1:
            return _("more than {share}").format(share=percent(0.999))
        return percent(self.value)


@dataclass(frozen=True)
class OneIn:
    """A small share as one in so many."""

    value: float

    def said(self, name: Show, word: Show) -> str:
        """Write it."""
        return _("1 in {count}").format(count=number(rounded(1 / self.value), 0))


def rounded(value: float) -> float:
    """Return a number in two digits.

    >>> rounded(3.77), rounded(48.2), rounded(523.0)
    (4.0, 48.0, 520.0)
    """
    if value < 10:
        return float(round(value))
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return round(value / step) * step


def _listed(texts: Sequence[str], at_most: int) -> str:
    if len(texts) <= at_most + 1:  # one more takes no more room than to say that there is one more
        return ", ".join(texts)
    return _("{names} and {count} more").format(names=", ".join(texts[:at_most]), count=number(len(texts) - at_most, 0))


@dataclass(frozen=True)
class Finding:
    """Something to know before training.

    ``sentence`` is a msgid marked with ``N_`` and ``values`` fill its placeholders: numbers, or something ``Said``.
    What weighs more comes first; of 100 nothing can be learned. ``leave_out`` proposes to train without the columns.
    """

    code: str
    columns: tuple[str, ...]
    sentence: str
    values: Mapping[str, object] = field(default_factory=dict)
    weight: float = 0.0
    leave_out: bool = False

    def words(self, name: Show = str, word: Show = str) -> str:
        """Say it in the reader's language; ``name`` shows names of columns, ``word`` other foreign text."""
        values: dict[str, Any] = {key: _said(value, name, word) for key, value in self.values.items()}
        return translate(self.sentence).format(**values)


def _said(value: object, name: Show, word: Show) -> str:
    if isinstance(value, int | float):
        return number(float(value))
    said: Said = value  # type: ignore[assignment]
    return said.said(name, word)


# What is said of many columns at once where each would have the same sentence
SEVERAL = {
    "identifier": N_("{count} columns are different in every row, so they only say which row it is: {columns}."),
    "known_identifier": N_("{count} columns only name the rows and are left out: {columns}."),
    "constant": N_("{count} columns hold the same value in every row, so they tell nothing: {columns}."),
    "empty": N_("{count} columns are empty: {columns}."),
    "text": N_("{count} columns hold long texts, nearly all of them different: {columns}."),
    "groups": N_("{count} columns seem to name things that several rows share: {columns}."),
    "many_words": N_("{count} columns have many different words, few rows each: {columns}."),
    "heap": N_("{count} columns hold one and the same value in 90 % of the rows or more: {columns}."),
    "infinite": N_("{count} columns hold infinite numbers, from which no model can learn: {columns}."),
    "mixed": N_("{count} columns hold words among their numbers: {columns}."),
    "sentinel": N_("{count} columns hold a number far from all others that may stand for “unknown”: {columns}."),
    "negative": N_("{count} columns are below 0 in a few rows and above it in the others: {columns}."),
    "far_out": N_("{count} columns hold a few numbers that are far from all others: {columns}."),
    "spelling": N_("{count} columns hold words that differ only in capitals, accents or spaces: {columns}."),
    "blank": N_("{count} columns hold nothing but spaces in some rows: {columns}."),
    "missing": N_("{count} columns have gaps: {columns}."),
    "mostly_missing": N_("{count} columns are empty in nearly every row: {columns}."),
    "missing_together": N_("Several groups of columns are always empty together: {columns}."),
    "missing_tells": N_("In {count} columns, whether they are filled in says something of the answer: {columns}."),
    "filled_afterwards": N_(
        "{count} columns are filled in for one answer only, so they may be known only afterwards: {columns}."
    ),
    "gives_away": N_("{count} columns give the answer away, each of them alone: {columns}."),
    "named_after": N_("{count} columns have names that speak of the answer; are they known before it? {columns}."),
    "copy": N_("{count} columns repeat another one, row by row: {columns}."),
}  # fmt: skip


def grouped(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings in their order, those of a kind as one where they are more than a few."""
    of_kind: dict[str, list[Finding]] = {}
    for finding in findings:
        of_kind.setdefault(finding.code, []).append(finding)
    result = []
    for finding in findings:
        alike = of_kind[finding.code]
        if len(alike) <= FEW or finding.code not in SEVERAL:
            result.append(finding)
        elif finding is alike[0]:
            result.append(_together(alike))
    return result


def _together(alike: Sequence[Finding]) -> Finding:
    columns = tuple(dict.fromkeys(column for finding in alike for column in finding.columns[:1]))
    first = alike[0]
    values = {"count": len(columns), "columns": Names(columns)}
    return Finding(first.code, columns, SEVERAL[first.code], values, first.weight, first.leave_out)
