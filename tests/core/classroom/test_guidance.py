"""Following and pausing: for all, until whoever switched it on presents no more."""

from __future__ import annotations

import pytest

from core.classroom.class_file import ClassFile
from core.classroom.guidance import Guidance, Guided, Place, What
from core.classroom.presenters import HOURS, Presenters
from core.errors import PizarraError
from tests.fixtures.actors import ANA, BEA, LUZ

PIN = "open sesame"
CARS = Place("predict", {"model": "cars", "inputs": '{"año": 2015}'})


@pytest.fixture
def guidance(file: ClassFile) -> Guidance:
    return Guidance(file)


def test_nothing_is_on_in_the_beginning(guidance: Guidance) -> None:
    assert guidance.guided() == Guided()


def test_phones_are_told_where_the_presenter_is_also_after_a_restart(guidance: Guidance, file: ClassFile) -> None:
    guidance.turn(ANA, "ana", "follow", on=True)
    assert guidance.guided() == Guided(follow=True)
    guidance.stand(ANA, "ana", CARS)
    assert Guidance(file).guided() == Guided(follow=True, place=CARS)
    guidance.turn(ANA, "ana", "follow", on=False)
    assert guidance.guided() == Guided()


def test_nobodys_place_is_kept_but_that_of_whom_phones_follow(guidance: Guidance) -> None:
    guidance.stand(ANA, "ana", CARS)
    assert guidance.guided() == Guided()
    guidance.turn(ANA, "ana", "follow", on=True)
    guidance.stand(BEA, "bea", CARS)
    assert guidance.guided() == Guided(follow=True)


def test_it_is_known_whom_phones_follow_and_switched_on_again_they_are_told_the_same_place(guidance: Guidance) -> None:
    for _time in range(2):
        guidance.turn(ANA, "ana", "follow", on=True)
        guidance.stand(ANA, "ana", CARS)
        assert guidance.guided().place == CARS
    assert (guidance.leads("ana"), guidance.leads("bea")) == (True, False)


def test_a_place_is_written_only_when_it_is_news(guidance: Guidance, file: ClassFile) -> None:
    guidance.turn(ANA, "ana", "follow", on=True)
    guidance.stand(ANA, "ana", CARS)
    written = file.rows("select total_changes()")
    guidance.stand(ANA, "ana", Place("predict", dict(reversed(CARS.params.items()))))
    assert file.rows("select total_changes()") == written
    guidance.stand(ANA, "ana", Place("data"))
    assert guidance.guided().place == Place("data")


def test_a_pause_is_for_all_and_any_presenter_ends_it(guidance: Guidance) -> None:
    guidance.turn(ANA, "ana", "pause", on=True)
    assert guidance.guided() == Guided(pause=True)
    guidance.turn(BEA, "bea", "pause", on=False)
    assert guidance.guided() == Guided()


@pytest.mark.parametrize("what", ["follow", "pause"])
def test_the_audience_switches_nothing(guidance: Guidance, what: What) -> None:
    guidance.turn(ANA, "ana", what, on=True)
    before = guidance.guided()
    with pytest.raises(PizarraError, match="Only the presenter"):
        guidance.turn(LUZ, "luz", what, on=False)
    with pytest.raises(PizarraError, match="Only the presenter"):
        guidance.stand(LUZ, "ana", CARS)
    assert guidance.guided() == before


def test_nobody_is_left_behind_a_pause_whose_presenter_presents_no_more(guidance: Guidance, file: ClassFile) -> None:
    presenters = Presenters(file, PIN)
    for end in (lambda: presenters.leave("ana"), lambda: presenters.leave_all(BEA)):
        for what in ("follow", "pause"):
            guidance.turn(ANA, "ana", what, on=True)
        presenters.leave("bea")  # who switched nothing on
        assert guidance.guided() == Guided(follow=True, pause=True)
        end()
        assert guidance.guided() == Guided()


def test_what_is_on_ends_when_its_presenters_time_ends(file: ClassFile) -> None:
    now = [1_000_000.0]
    presenters, guidance = Presenters(file, PIN, lambda: now[0]), Guidance(file, lambda: now[0])
    presenters.show(PIN, "ana", "here")
    now[0] += 3600
    guidance.turn(ANA, "ana", "pause", on=True)
    guidance.turn(BEA, "bea", "follow", on=True)  # who signed in, and has no PIN that runs out
    now[0] += (HOURS - 1) * 3600 - 1
    assert guidance.guided() == Guided(follow=True, pause=True)
    now[0] += 2
    assert not presenters.has_shown("ana")
    assert guidance.guided() == Guided(follow=True)
    now[0] += 3600
    assert guidance.guided() == Guided()


def test_the_file_does_not_say_who_it_is_that_phones_follow(guidance: Guidance, file: ClassFile) -> None:
    guidance.turn(ANA, "anas browser", "follow", on=True)
    assert "anas browser" not in str(file.rows("select * from guidance"))
