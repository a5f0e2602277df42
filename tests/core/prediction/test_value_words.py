from __future__ import annotations

import math

import pandas as pd
import pytest

from core.i18n import speaking
from core.prediction.value_words import exact_words, rounded_words


@pytest.mark.parametrize(
    ("value", "rounded", "exact"),
    [
        (12345.75, "12,346", "12345.75"),
        (12345.5, "12,346", "12345.5"),
        (3, "3", "3"),
        (True, "yes", "✓"),
        (False, "no", "✗"),
        (None, "not known", "left empty"),
        ("Lima", "Lima", "Lima"),
    ],
)
def test_a_sentence_rounds_and_a_table_does_not(value: float | str | None, rounded: str, exact: str) -> None:
    assert (rounded_words(value), exact_words(value)) == (rounded, exact)


def test_only_a_sentence_shortens_a_text() -> None:
    text = "word " * 20
    assert len(rounded_words(text)) == 40
    assert exact_words(text) == text


def test_both_speak_the_readers_language() -> None:
    with speaking("es"):
        assert (rounded_words(0.5), exact_words(0.5)) == ("0,5", "0,5")
        assert (rounded_words(True), rounded_words(None)) == ("sí", "no se sabe")


def test_what_a_scenario_never_had_differs_from_what_was_left_empty() -> None:
    assert (exact_words(pd.NA), exact_words(None)) == ("–", "left empty")
    assert [exact_words(value) for value in (-math.inf, math.nan, 10**30)] == ["-∞", "NaN", "1" + "0" * 30]
