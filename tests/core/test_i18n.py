from __future__ import annotations

from datetime import UTC, datetime
from threading import Thread

import pytest

from core import i18n
from core.i18n import (
    N_,
    current_language,
    duration,
    moment,
    number,
    percent,
    speaking,
    supported_language,
    translate,
    translate_plural,
)


@pytest.mark.parametrize(
    ("language", "value", "shown"),
    [
        ("en", 0.966667, "0.9667"),
        ("es", 0.966667, "0,9667"),
        ("en", 1309.5364, "1309.54"),
        ("es", 1309.5364, "1309,54"),
        ("en", 1234567.0, "1,234,567"),
        ("es", 1234567.0, "1.234.567"),
        ("en", 0.00012361, "0.0001236"),
        ("es", -0.00098765, "-0,0009877"),
        ("en", 0.00012, "0.00012"),
        ("en", 0.00001234, "1.234e-05"),
        ("es", 0.00001234, "1,234e-05"),
        ("es", -0.5, "-0,5"),
        ("es", 0, "0"),
    ],
)
def test_numbers_have_sensible_digits_in_the_readers_signs(language: str, value: float, shown: str) -> None:
    with speaking(language):
        assert number(value) == shown


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize(
    ("value", "shown"), [(None, "–"), (float("nan"), "NaN"), (float("inf"), "∞"), (float("-inf"), "-∞")]
)
def test_what_is_no_number_is_shown_as_a_sign(language: str, value: float | None, shown: str) -> None:
    with speaking(language):
        assert number(value) == shown


def test_a_year_reads_as_a_year() -> None:
    with speaking("es"):
        assert number(2019) == "2019"


def test_whole_numbers_show_no_decimals() -> None:
    with speaking("es"):
        assert number(3.0) == "3"
        assert number(2.7, 0) == "3"


@pytest.mark.parametrize(("language", "shown"), [("en", "87.3%"), ("es", "87,3%")])
def test_percentages_follow_the_language(language: str, shown: str) -> None:
    with speaking(language):
        assert percent(0.8734) == shown


def test_a_percentage_shows_as_many_decimals_as_asked() -> None:
    assert percent(0.8734, 0) == "87%"


@pytest.mark.parametrize(
    ("seconds", "in_english", "in_spanish"),
    [
        (0.42, "0.4 s", "0,4 s"),
        (75, "1 min 15 s", "1 min 15 s"),
        (7320, "2 h 2 min", "2 h 2 min"),
        (None, "–", "–"),
        (float("nan"), "–", "–"),
    ],
)
def test_durations_follow_the_language(seconds: float | None, in_english: str, in_spanish: str) -> None:
    assert duration(seconds) == in_english
    with speaking("es"):
        assert duration(seconds) == in_spanish


def test_moments_name_the_month_in_the_readers_language() -> None:
    noon = datetime(2024, 1, 15, 12, 0, tzinfo=UTC).astimezone()
    with speaking("en"):
        assert moment(noon) == f"15 Jan 2024, {noon:%H:%M}"
    with speaking("es"):
        assert moment(noon) == f"15 ene 2024, {noon:%H:%M}"
        assert moment(None) == "–"


@pytest.mark.parametrize(
    ("tag", "language"),
    [("es", "es"), ("es-MX", "es"), ("es_ES.UTF-8", "es"), ("EN-us", "en"), ("fr", None), ("", None), (None, None)],
)
def test_a_browsers_tag_gives_a_language_only_when_we_speak_it(tag: str | None, language: str | None) -> None:
    assert supported_language(tag) == language


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_an_unknown_message_stays_english(language: str) -> None:
    with speaking(language):
        assert translate("Nobody has translated this.") == "Nobody has translated this."


def test_an_empty_message_stays_empty() -> None:
    with speaking("es"):
        assert translate("") == ""


@pytest.mark.parametrize(
    ("language", "count", "shown"),
    [
        ("en", 1, "1 run"),
        ("en", 0, "0 runs"),
        ("en", 12345, "12,345 runs"),
        ("es", 1, "1 ejecución"),
        ("es", 0, "0 ejecuciones"),
        ("es", 12345, "12.345 ejecuciones"),
    ],
)
def test_plural_forms_follow_the_count(language: str, count: int, shown: str) -> None:
    with speaking(language):
        assert translate_plural("{count} run", "{count} runs", count) == shown


def test_an_unknown_plural_stays_english() -> None:
    with speaking("es"):
        assert translate_plural("{count} zebra", "{count} zebras", 2) == "2 zebras"


def test_marking_a_message_leaves_it_as_it_is() -> None:
    with speaking("es"):
        assert N_("Experiment") == "Experiment"
        assert translate(N_("Experiment")) == "Experimento"


def test_speaking_nests_and_ends_with_its_block() -> None:
    before = current_language()
    with speaking("es"):
        with speaking("en"):
            assert current_language() == "en"
        assert current_language() == "es"
    assert current_language() == before


def test_speaking_ends_when_its_block_fails() -> None:
    before = current_language()
    with pytest.raises(ValueError, match="on purpose"), speaking("es"):
        raise ValueError("on purpose")
    assert current_language() == before


def test_speaking_does_not_reach_another_thread() -> None:
    heard: list[str] = []
    with speaking("es"):
        other = Thread(target=lambda: heard.append(current_language()))
        other.start()
        other.join()
    assert heard == [i18n.DEFAULT_LANGUAGE]


def test_a_language_source_speaks_where_nobody_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "_source", lambda: "es")
    assert current_language() == "es"
    with speaking("en"):
        assert current_language() == "en"


def test_a_source_that_does_not_know_gives_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "_source", lambda: None)
    assert current_language() == i18n.DEFAULT_LANGUAGE
