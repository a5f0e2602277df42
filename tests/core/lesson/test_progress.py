from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.access import Actor
from core.classroom.class_file import ClassFile
from core.errors import PizarraError
from core.lesson.progress import FACT, KeptProgress, Progress, keep_presenters_progress, presenters_progress

TEACHER = Actor("Ana", "presenter")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[ClassFile]:
    opened = ClassFile(tmp_path)
    yield opened
    opened.close()


def test_the_presenter_goes_on_where_they_were_after_a_restart(file: ClassFile, tmp_path: Path) -> None:
    now = Progress("data", frozenset({"last-week"}))
    keep_presenters_progress(file, TEACHER, "mine", now)
    again = ClassFile(tmp_path)
    assert presenters_progress(again, "mine") == now
    again.close()


def test_another_lesson_begins_at_its_beginning(file: ClassFile) -> None:
    keep_presenters_progress(file, TEACHER, "mine", Progress("data"))
    assert presenters_progress(file, "other") == Progress()


@pytest.mark.parametrize("said", ["", "{", "[]", '{"lesson": "mine", "done": 3}', '{"lesson": "mine", "done": [[1]]}'])
def test_what_cannot_be_read_is_a_beginning(file: ClassFile, said: str) -> None:
    file.write_down(FACT, said)
    assert presenters_progress(file, "mine") == Progress()


def test_the_audience_does_not_move_the_class(file: ClassFile) -> None:
    with pytest.raises(PizarraError, match="Only the presenter"):
        keep_presenters_progress(file, Actor("", "audience"), "mine", Progress("data"))


def test_each_browser_has_its_own_and_the_oldest_goes_first() -> None:
    kept = KeptProgress(most=2)
    for browser in ("a", "b", "", "c"):
        kept.keep(browser, "mine", Progress(browser))
    assert [kept.get(browser, "mine").at for browser in ("a", "b", "", "c")] == ["", "b", "", "c"]
