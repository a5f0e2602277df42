"""A lesson's file is read whole or refused with its file, its place and what must hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from core.i18n import speaking
from core.lesson.content import known_lesson, read_lesson
from core.lesson.fields import ContentError

PAGES = {"data": ["task"], "compare": ["runs"]}
TERMS = ["run"]
GOOD = """
title = { en = "T", es = "T" }
about = { en = "A", es = "A" }

[[step]]
name = "one"
minutes = 5
page = "data"
address = { task = "iris" }
press = ["data_column"]
terms = ["run"]
title = { en = "One", es = "Uno" }
why = { en = "Why", es = "Por qué" }
do = { en = "Do", es = "Haz" }
notice = { en = "See", es = "Mira" }
question = { en = "Q?", es = "¿P?" }
choices = [{ value = "a", en = "A", es = "A" }, { value = "b", en = "B", es = "B" }]
truth = "a"
answer = { en = "Because", es = "Porque" }

[[step]]
name = "two"
minutes = 7
page = "compare"
title = { en = "Two", es = "Dos" }
why = { en = "Why", es = "Por qué" }
do = { en = "Do", es = "Haz" }
notice = { en = "See", es = "Mira" }

[sheet]
tasks = [{ en = "Task", es = "Tarea" }]
questions = ["one"]
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_good_file_is_a_lesson(written: Callable[[str], Path]) -> None:
    lesson = read_lesson(written(GOOD), PAGES, TERMS)
    one, two = lesson.steps
    assert (lesson.name, lesson.minutes, lesson.number(two)) == ("mine", 12, 2)
    assert (lesson.before(one), lesson.after(one), lesson.after(two)) == (None, two, None)
    assert (one.address, one.press, two.question) == ({"task": "iris"}, ("data_column",), None)
    assert one.question is not None
    assert [choice.value for choice in one.question.choices] == ["a", "b"]


def test_a_file_that_is_saved_anew_is_read_anew(written: Callable[[str], Path]) -> None:
    assert known_lesson(written(GOOD), PAGES, TERMS).minutes == 12
    assert known_lesson(written(GOOD.replace("minutes = 7", "minutes = 10")), PAGES, TERMS).minutes == 15


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("[[step]]", "[[step", "must be TOML in UTF-8"),
        ("minutes = 5", 'minutes = "5"', "[[step]] 1 (one): “minutes” must be a whole number from 1 to 120"),
        ("minutes = 5", "minutes = true", "“minutes” must be a whole number"),
        ('page = "compare"', 'page = "compares"', "[[step]] 2 (two): “page” must be one of data, compare, but"),
        ('{ en = "Why", es = "Por qué" }', '{ en = "Why" }', "“why” must be text in each of"),
        ('{ en = "Why", es = "Por qué" }', '{ en = "Why", es = " " }', "“why” must be text in each of"),
        ('{ en = "Do", es = "Haz" }', '"Do"', "“do” must be text in each of"),
        ('en = "See"', 'en = "![x](http://x.example/a.png)"', "“notice” must hold neither pictures nor HTML"),
        ('{ task = "iris" }', '{ tusk = "iris" }', "“address” must be one of task, but it is 'tusk'"),
        ('{ task = "iris" }', "{ task = 3 }", "“address” must be a table of texts"),
        ('["data_column"]', '["a b"]', "“press” must be a list of names"),
        ('terms = ["run"]', 'terms = ["rum"]', "“terms” must be one of run, but it is 'rum'"),
        ('truth = "a"', 'truth = "c"', "“truth” must be one of a, b, but it is 'c'"),
        (', { value = "b", en = "B", es = "B" }]', "]", "“choices” must be from 2 to 6 answers"),
        ('value = "b"', 'value = "a"', "the values of “choices” must differ"),
        ('name = "two"', 'name = "one"', "“name” must differ from step to step"),
        ('name = "two"', 'name = "t w o"', "[[step]] 2: “name” must be a name of at most 60"),
        ('questions = ["one"]', 'questions = ["two"]', "[sheet]: “questions” must be one of one, but it is 'two'"),
        ("notice", "notise", "there is “notise”"),
        ("[sheet]", "[sheets]", "only title, about, step, sheet may be here, but there is “sheets”"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(
    written: Callable[[str], Path], before: str, after: str, said: str
) -> None:
    assert before in GOOD
    path = written(GOOD.replace(before, after, 1))
    with pytest.raises(ContentError, match=re.escape(said)) as refused:
        read_lesson(path, PAGES, TERMS)
    assert "docs/lessons.md" in refused.value.hint
    assert str(path) in refused.value.message
    with speaking("es"):
        assert str(path) in refused.value.message


@pytest.mark.parametrize("text", ["x = " + "[" * 100_000, "x = " + "9" * 5000, "x = 2026-02-31"])
def test_a_file_that_no_reader_gets_through_is_refused_in_words(written: Callable[[str], Path], text: str) -> None:
    with pytest.raises(ContentError, match="must be TOML in UTF-8"):
        read_lesson(written(text), PAGES, TERMS)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="must be readable") as refused:
        read_lesson(tmp_path / "none.toml", PAGES, TERMS)
    assert "PIZARRA_LESSON" in refused.value.hint


def test_a_file_without_steps_is_refused(written: Callable[[str], Path]) -> None:
    with pytest.raises(ContentError, match="there must be a"):
        read_lesson(written('title = { en = "T", es = "T" }'), PAGES, TERMS)
