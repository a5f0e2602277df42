"""The different words of a column, and what all of them hold: numbers, dates, yes or no, or words."""

from __future__ import annotations

import unicodedata
from collections.abc import Set
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.tables.cells import MISSING
from core.tables.dates import date_writing, looks_like_date
from core.tables.odd_words import says_unknown
from core.tables.plain_numbers import CODE
from core.tables.quantities import is_below_zero, is_number
from core.tables.sheets import ERRORS
from core.tables.signs import NUMBER

Kind = Literal["number", "date", "yes_no", "words"]
KINDS: tuple[Kind, ...] = get_args(Kind)

MOST_ODD_WORDS, MOST_ODD_SHARE = 3, 0.05  # words among numbers that may mean that nothing is known
MOST_SPELLINGS = 20
LOOKED_AT = 200  # words that tell whether numbers have units beside them
YES = frozenset({"sí", "si", "s", "yes", "y", "true", "verdadero"})
NO = frozenset({"no", "n", "false", "falso"})


@dataclass(frozen=True)
class Words:
    """The different words of a column, null where one says that nothing is known, and which of them each cell has."""

    words: Any
    codes: np.ndarray
    rows: np.ndarray

    @property
    def known(self) -> list[str]:
        """The words that say something."""
        return list(dict.fromkeys(self.words.drop_null().to_pylist()))

    @property
    def first_known(self) -> list[str]:
        """The first of them."""
        return list(dict.fromkeys(self.words.drop_null()[:LOOKED_AT].to_pylist()))

    @property
    def missing(self) -> int:
        """How many cells say nothing."""
        return int(self.counts[pc.is_null(self.words).to_numpy(zero_copy_only=False)].sum())

    @property
    def counts(self) -> np.ndarray:
        """How many cells have each of the words."""
        return np.bincount(self.codes, minlength=len(self.words))

    @property
    def first_rows(self) -> np.ndarray:
        """The row in which each of the words comes first."""
        places = np.zeros(len(self.words), dtype=np.int64)
        places[self.codes[::-1]] = np.arange(len(self.codes) - 1, -1, -1)  # what is written last stays
        return np.asarray(self.rows)[places]

    def cells(self, values: pd.Series) -> pd.Series:
        """Return a value of each word as those of all cells."""
        return values.take(self.codes).reset_index(drop=True)

    def texts(self) -> pd.Series:
        """Return the cells as words."""
        texts = pa.DictionaryArray.from_arrays(pa.array(self.codes), self.words).cast(pa.large_string())
        return pd.Series(texts, dtype="str")


def trimmed(distinct: Any) -> Any:
    """Return different words without blanks around them, null where one says that nothing is known."""
    words = pc.utf8_trim_whitespace(_composed(distinct))
    return pc.if_else(pc.is_in(words, value_set=pa.array(sorted({*MISSING, *ERRORS}))), None, words)


def _composed(distinct: Any) -> Any:
    """Return words with one sign a letter: an accent may be a sign of its own, which looks the same."""
    if not pc.any(pc.match_substring_regex(distinct, r"\p{Mn}")).as_py():
        return distinct
    return pa.array([word and unicodedata.normalize("NFC", word) for word in distinct.to_pylist()], pa.string())


def kind_of(words: Words) -> Kind:
    """Return what the cells tell."""
    distinct = words.words.drop_null()
    if not len(distinct):
        return "words"
    if len(distinct) <= MOST_SPELLINGS:
        lowered = {word.casefold() for word in distinct.to_pylist()}
        if lowered <= YES | NO and lowered & YES and lowered & NO:
            return "yes_no"
    if _holds_numbers(words) and not pc.any(pc.match_substring_regex(distinct, CODE)).as_py():
        return "number"
    return "date" if _holds_dates(words) else "words"


def _holds_numbers(words: Words) -> bool:
    """Tell whether all cells hold numbers, but for words that say or may mean that nothing is known."""
    unlike = not_numbers(words.words)
    odd = [word for word in unlike.to_pylist() if not says_unknown(word)]
    if sum(map(is_number, odd[:LOOKED_AT])) < min(len(odd), LOOKED_AT) - MOST_ODD_WORDS:
        return False
    if len(unlike) == len(words.words) - words.words.null_count and all(
        is_below_zero(word) or not is_number(word) for word in odd
    ):  # (1), (2), (3) are rather names, and so are 18-, 25-
        return False
    return _are_few(words, {word for word in odd if not is_number(word)})


def _holds_dates(words: Words) -> bool:
    """Tell whether all cells hold dates of one order, but for words that say or may mean that nothing is known."""
    some = [word for word in words.first_known if not says_unknown(word)]
    if sum(map(looks_like_date, some)) < max(1, len(some) - MOST_ODD_WORDS):
        return False
    known = [word for word in words.known if not says_unknown(word)]
    dates = [word for word in known if looks_like_date(word)]
    return date_writing(dates) is not None and _are_few(words, set(known) - set(dates))


def _are_few(words: Words, strange: Set[str]) -> bool:
    if len(strange) > MOST_ODD_WORDS:
        return False
    is_strange = np.array([word in strange for word in words.words.to_pylist()], dtype=bool)
    return bool(words.counts[is_strange].sum() <= MOST_ODD_SHARE * (len(words.codes) - words.missing))


def not_numbers(distinct: Any) -> Any:
    """Return those of different words that are no numbers as they stand."""
    known = distinct.drop_null()
    return known.filter(pc.invert(pc.match_substring_regex(known, f"^({NUMBER.pattern})$")))
