"""Who presents, and who still does after the dashboard has started again."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.classroom.class_file import NAME, ClassFile
from core.classroom.pins import hashed
from core.classroom.presenters import HOURS, Presenters, Ways, go_on
from core.errors import PizarraError
from tests.fixtures.actors import ANA

ADDRESS = "192.168.1.20"
NOBODY: frozenset[str] = frozenset()


@pytest.mark.parametrize("here", [True, False])
@pytest.mark.parametrize("alone", [True, False])
def test_without_pin_and_list_who_sits_here_presents_where_no_other_computer_comes_in(alone: bool, here: bool) -> None:
    assert Ways(alone=alone).presents(shown=False, person=NOBODY, here=here) == (alone and here)
    assert Ways(alone=alone).is_read_only != alone


@pytest.mark.parametrize("ways", [Ways(pin=True), Ways(pin=True, alone=True), Ways(people=frozenset({"a@b.org"}))])
def test_where_somebody_is_asked_for_nobody_presents_for_sitting_here(ways: Ways) -> None:
    assert not ways.presents(shown=False, person=NOBODY, here=True)
    assert not ways.is_read_only


def test_who_showed_the_pin_presents_only_where_there_is_one() -> None:
    assert Ways(pin=True).presents(shown=True, person=NOBODY, here=False)
    assert not Ways(people=frozenset({"a@b.org"})).presents(shown=True, person=NOBODY, here=True)
    assert not Ways().presents(shown=True, person=NOBODY, here=True)


def test_who_is_in_the_list_presents() -> None:
    ways = Ways(people=frozenset({"ana@school.example"}))
    assert ways.presents(shown=False, person=frozenset({"ana@school.example", "17"}), here=False)
    assert not ways.presents(shown=False, person=frozenset({"luz@school.example", "18"}), here=True)


@pytest.mark.part(2)
@pytest.mark.parametrize("setting", ["open sesame", hashed("open sesame")], ids=["itself", "hash"])
def test_who_shows_the_pin_presents_also_after_the_dashboard_has_started_again(file: ClassFile, setting: str) -> None:
    presenters = Presenters(file, setting)
    assert not presenters.has_shown("browser")
    presenters.show("open sesame", "browser", ADDRESS)
    assert presenters.has_shown("browser")
    assert not presenters.has_shown("another")
    assert Presenters(file, setting).has_shown("browser")


@pytest.mark.part(2)
@pytest.mark.parametrize("pin", ["", "open", "OPEN SESAME"])
def test_another_pin_lets_nobody_in(file: ClassFile, pin: str) -> None:
    presenters = Presenters(file, "open sesame")
    with pytest.raises(PizarraError, match="This is not the PIN"):
        presenters.show(pin, "browser", ADDRESS)
    assert not presenters.has_shown("browser")


@pytest.mark.parametrize("pin", ["", "anything"])
def test_where_there_is_no_pin_none_is_right(file: ClassFile, pin: str) -> None:
    presenters = Presenters(file, "")
    with pytest.raises(PizarraError, match="This is not the PIN"):
        presenters.show(pin, "browser", ADDRESS)
    assert not presenters.has_shown("browser")


def test_who_cannot_be_told_from_others_does_not_present(file: ClassFile) -> None:
    presenters = Presenters(file, "open sesame")
    with pytest.raises(PizarraError, match="This is not the PIN"):
        presenters.show("open sesame", "", ADDRESS)
    assert not presenters.has_shown("")


def test_who_showed_an_earlier_pin_has_to_show_the_new_one(file: ClassFile) -> None:
    Presenters(file, "open sesame").show("open sesame", "browser", ADDRESS)
    assert not Presenters(file, "another one").has_shown("browser")
    assert not Presenters(file, "").has_shown("browser")


def test_after_some_hours_it_has_to_be_shown_again(file: ClassFile) -> None:
    now = [1_000_000.0]
    presenters = Presenters(file, "open sesame", now=lambda: now[0])
    presenters.show("open sesame", "browser", ADDRESS)
    now[0] += HOURS * 3600 - 1
    assert presenters.has_shown("browser")
    now[0] += 2
    assert not presenters.has_shown("browser")


def test_who_stops_presenting_leaves_the_others(file: ClassFile) -> None:
    presenters = Presenters(file, "open sesame")
    for visitor in ("one", "two"):
        presenters.show("open sesame", visitor, ADDRESS)
    presenters.leave("one")
    assert (presenters.has_shown("one"), presenters.has_shown("two")) == (False, True)
    presenters.leave_all(ANA)
    assert not presenters.has_shown("two")


def test_a_class_that_is_opened_again_has_another_pin_and_the_same_presenter(file: ClassFile) -> None:
    first, second = hashed("111111"), hashed("222222")
    go_on(file, first)
    Presenters(file, first).show("111111", "browser", ADDRESS)
    go_on(file, second)
    again = Presenters(file, second)
    assert again.has_shown("browser")
    with pytest.raises(PizarraError, match="This is not the PIN"):
        again.show("111111", "another", ADDRESS)


def test_the_file_does_not_say_by_which_word_a_presenter_is_known(file: ClassFile, tmp_path: Path) -> None:
    Presenters(file, "open sesame").show("open sesame", "a browsers word", ADDRESS)
    file.rows("pragma wal_checkpoint(truncate)")
    kept = (tmp_path / NAME).read_bytes()
    assert b"open sesame" not in kept
    assert b"a browsers word" not in kept


def test_others_on_this_computer_cannot_read_the_file(file: ClassFile, tmp_path: Path) -> None:
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(PizarraError, match=r"The file of the class must be readable and writable.*PIZARRA_CACHE_DIR"):
        ClassFile(tmp_path / "file")
