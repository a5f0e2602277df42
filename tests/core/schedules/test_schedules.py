from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import PizarraError
from core.i18n import speaking
from core.schedules.schedules import Schedules
from core.schedules.schedules_file import SchedulesFile
from core.schedules.told import Told, as_text, from_text, told_of
from core.schedules.when import when
from tests.core.schedules.conftest import STORE, Clock
from tests.fixtures.actors import ANA

NIGHTLY = when("30 2 * * *", "Europe/Madrid")


def test_what_was_scheduled_is_there_after_a_restart(schedules: Schedules, tmp_path: Path, clock: Clock) -> None:
    made = schedules.make(ANA, " Score   the wines ", "score", {"folder": "wines"}, NIGHTLY)
    again = SchedulesFile(tmp_path / "cache")
    [found] = Schedules(again, STORE, now=clock).all()
    again.close()
    assert found == made
    assert (found.name, found.kind, found.arguments, found.by) == (
        "Score the wines", "score", {"folder": "wines"}, "Ana",
    )  # fmt: skip
    assert found.is_on
    assert found.next(found.made) == datetime(2027, 1, 5, 1, 30, tzinfo=UTC)


def test_schedules_are_those_of_a_store_whose_password_is_not_kept(file: SchedulesFile, tmp_path: Path) -> None:
    one = Schedules(file, "postgresql://ana:open-sesame@host/db")
    made = one.make(ANA, "nightly", "score", {}, NIGHTLY)
    assert Schedules(file, STORE).all() == []
    assert Schedules(file, "postgresql://ana:another-one@host/db").all() == [made]
    assert not any(b"sesame" in path.read_bytes() for path in (tmp_path / "cache").iterdir())


def test_two_schedules_of_a_store_have_two_names(schedules: Schedules, file: SchedulesFile) -> None:
    schedules.make(ANA, "nightly", "score", {}, NIGHTLY)
    with pytest.raises(PizarraError, match=r"there is one called 'Nightly' already.*Choose another name"):
        schedules.make(ANA, "Nightly", "score", {}, NIGHTLY)
    assert Schedules(file, "sqlite:///other.db").make(ANA, "nightly", "score", {}, NIGHTLY)


@pytest.mark.parametrize("name", ["", "  ", "a" * 81, "a\x00b"])
def test_a_name_is_short_and_can_be_read(schedules: Schedules, name: str) -> None:
    with pytest.raises(PizarraError, match=r"has 1 to 80 characters.*Name it after what it does"):
        schedules.make(ANA, name, "score", {}, NIGHTLY)


def test_what_it_is_given_is_short(schedules: Schedules) -> None:
    with pytest.raises(PizarraError, match=r"it has 5\d\d\d characters, and may have 4000"):
        schedules.make(ANA, "nightly", "score", {"folder": "a" * 5000}, NIGHTLY)


@pytest.mark.parametrize("attempts", [0, 6])
def test_what_died_is_begun_some_times_at_most(schedules: Schedules, attempts: int) -> None:
    with pytest.raises(PizarraError, match=rf"is begun 1 to 5 times, but {attempts} was asked"):
        schedules.make(ANA, "nightly", "score", {}, NIGHTLY, attempts=attempts)


def test_one_that_is_turned_off_has_no_next_run(schedules: Schedules) -> None:
    made = schedules.make(ANA, "nightly", "score", {}, NIGHTLY)
    schedules.turn(ANA, made.number, on=False)
    assert schedules.named("NIGHTLY").next(made.made) is None


def test_it_can_be_put_off_to_another_time(schedules: Schedules) -> None:
    made = schedules.make(ANA, "nightly", "score", {}, NIGHTLY)
    schedules.change(ANA, made.number, when("0 6 * * MON", "UTC"))
    assert schedules.named("nightly").next(made.made) == datetime(2027, 1, 11, 6, tzinfo=UTC)


def test_one_that_was_removed_is_gone_with_its_number(schedules: Schedules) -> None:
    made = schedules.make(ANA, "nightly", "score", {}, NIGHTLY)
    schedules.remove(ANA, made.number)
    for deed in (
        lambda: schedules.remove(ANA, made.number),
        lambda: schedules.turn(ANA, made.number, on=True),
        lambda: schedules.ask(ANA, made.number),
        lambda: schedules.change(ANA, made.number, NIGHTLY),
    ):
        with pytest.raises(PizarraError, match="There is no such schedule any more"):
            deed()
    with pytest.raises(PizarraError, match="There is no schedule called 'nightly'"):
        schedules.named("nightly")
    assert schedules.make(ANA, "nightly", "score", {}, NIGHTLY).number > made.number


def test_a_run_that_there_is_not_cannot_be_stopped(schedules: Schedules) -> None:
    with pytest.raises(PizarraError, match="This run has ended already"):
        schedules.stop_run(ANA, 1)


def test_what_came_of_a_run_is_in_each_readers_language() -> None:
    text = as_text(Told("There is no such schedule any more.", {}))
    assert from_text(as_text(Told("{rows} rows of {file}", {"rows": 12000, "file": "a{b}.csv"}))) == (
        "12,000 rows of a{b}.csv"
    )
    with speaking("es"):
        assert from_text(text) == "Esa programación ya no existe."
        error = told_of(PizarraError("There is no schedule called {name}.", name="'a'"))
    assert str(error) == "There is no schedule called 'a'."


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"message": 1, "values": 2}', '{"message": "{a}", "values": {}}'])
def test_words_that_a_damaged_file_has_are_none(text: str) -> None:
    assert from_text(text) == ""
