from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.errors import PizarraError
from core.i18n import LANGUAGES, local_zone, speaking
from core.schedules.when import MOST_COUNTED, When, when
from core.schedules.wording import counted, read, shown, words_of

IN_WORDS = [
    ("* * * * *", "every minute", "cada minuto"),
    ("*/15 * * * *", "every 15 minutes", "cada 15 minutos"),
    ("0 * * * *", "every hour", "cada hora"),
    ("20 * * * *", "every hour at minute 20", "cada hora en el minuto 20"),
    ("0 */6 * * *", "every 6 hours", "cada 6 horas"),
    ("30 2 * * *", "every day at 02:30", "cada día a las 02:30"),
    ("0 1 * * *", "every day at 01:00", "cada día a la 01:00"),
    ("0 1,13 * * *", "every day at 01:00 and at 13:00", "cada día a la 01:00 y a las 13:00"),
    ("0,30 6 * * 7", "every Sunday at 06:00 and at 06:30", "cada domingo a las 06:00 y a las 06:30"),
    ("0 6 * * 1", "every Monday at 06:00", "cada lunes a las 06:00"),
    ("0 6 * * 1,3", "every Monday and Wednesday at 06:00", "cada lunes y miércoles a las 06:00"),
    (
        "0 6 * * 1,3,6",
        "every Monday, Wednesday, and Saturday at 06:00",
        "cada lunes, miércoles y sábado a las 06:00",
    ),
    ("0 6 * * 1-5", "Monday to Friday at 06:00", "de lunes a viernes a las 06:00"),
    ("0 6 * * 6,7", "every Saturday and Sunday at 06:00", "cada sábado y domingo a las 06:00"),
    ("0 6 1 * *", "on day 1 of each month at 06:00", "el día 1 de cada mes a las 06:00"),
    ("0 6 L * *", "on the last day of each month at 06:00", "el último día de cada mes a las 06:00"),
]


@pytest.mark.parametrize(("cron", "english", "spanish"), IN_WORDS)
def test_a_schedule_is_said_in_both_languages_and_read_again(cron: str, english: str, spanish: str) -> None:
    chosen = when(cron, "UTC")
    for language, words in (("en", english), ("es", spanish)):
        with speaking(language):
            assert words_of(chosen) == words
            assert read(words, "UTC") == chosen
            assert read(f" {words.upper()} ", "UTC") == chosen


@pytest.mark.parametrize(
    ("words", "cron"),
    [
        ("daily at 2:30", "30 2 * * *"),
        ("every night at 2.30", "30 2 * * *"),
        ("hourly", "0 * * * *"),
        ("weekly on Monday at 06:00", "0 6 * * 1"),
        ("monthly on day 3 at 06:00", "0 6 3 * *"),
        ("from Tuesday to Thursday at 7h15", "15 7 * * 2-4"),
        ("todos los días a las 6:00", "0 6 * * *"),
        ("cada noche a las 2:30", "30 2 * * *"),
        ("los sabados a las 6:00", "0 6 * * 6"),
        ("every Monday at 06:00, 12:00 and 18:00", "0 6,12,18 * * 1"),
        ("0 6 * * MON", "0 6 * * MON"),
    ],
)
def test_other_ways_to_say_it_are_read(words: str, cron: str) -> None:
    assert read(words, "UTC").cron == cron


@pytest.mark.parametrize(
    "words",
    [
        "every 7 minutes",  # do not divide an hour: cron would begin anew at each
        "every 5 hours",
        "every day",
        "every day at 6:00 and at 7:30",  # no line of cron has these and no others
        "Friday to Monday at 06:00",
        "every Monday and Moonday at 06:00",
        "every at 06:00",
        "sometimes",
        "every day at",
        "a" * 100_000,
    ],
)
def test_words_that_say_no_schedule_are_refused(words: str) -> None:
    with pytest.raises(PizarraError, match=r"is said in a few words or in five fields of cron.*every day at 02:30"):
        read(words, "UTC")


def test_a_time_that_no_day_has_is_refused() -> None:
    with pytest.raises(PizarraError, match="The hour of a schedule must be 0 to 23"):
        read("every day at 25:00", "UTC")


@pytest.mark.parametrize(
    "cron", ["0 6 1 1 *", "*/7 * * * *", "0 6 1 * MON", "0 6 * * 5#1", "0 0-23 * * *", "*/30 6 * * *", "0 6 1-5 * *"]
)
def test_what_has_no_short_words_is_shown_as_its_next_three_runs(cron: str) -> None:
    chosen = when(cron, local_zone())
    assert not words_of(chosen)
    with speaking("en"):
        said = shown(chosen, datetime(2027, 1, 1, tzinfo=UTC))
    assert said.startswith(f"{cron}: next ")
    assert said.count(";") == 2


def test_next_runs_are_shown_in_the_time_zone_of_the_schedule_which_is_named() -> None:
    said = {}
    for language in LANGUAGES:
        with speaking(language):
            said[language] = shown(When("0 6 1 1 *", "Asia/Tokyo"), datetime(2027, 1, 1, tzinfo=UTC))
    assert said == {
        "en": "0 6 1 1 *: next 1 Jan 2028, 06:00; 1 Jan 2029, 06:00; 1 Jan 2030, 06:00 (Asia/Tokyo)",
        "es": "0 6 1 1 *: las próximas veces, 1 ene 2028, 06:00; 1 ene 2029, 06:00; 1 ene 2030, 06:00 (Asia/Tokyo)",
    }


def test_how_many_a_run_stands_for_is_said() -> None:
    assert counted(2) == "for 2 that were missed"
    assert counted(MOST_COUNTED) == "for 1000 that were missed, or more"
