"""What may be a nickname, and which two read alike."""

from __future__ import annotations

import pytest

from core.classroom.nicknames import LONGEST, checked, reading
from core.errors import PizarraError


@pytest.mark.parametrize(
    "name",
    ["Lucía 3B", "अमित", "Лена", "Μαρία", "日本ご", "محمد", "Ana😀", "👩🏽", "O'Neill", "x_x", "<b>Ana</b>", "**Ana**",
     "a", "7", "Ana & Luz", "a" * LONGEST],
)  # fmt: skip
def test_names_of_people_may_be_nicknames_whatever_alphabet_they_are_written_in(name: str) -> None:
    assert checked(name) == name


@pytest.mark.parametrize(
    ("typed", "kept"), [("  Ana  Luz ", "Ana Luz"), ("Ana\t\n", "Ana"), ("Luci\u0301a", "Lucía"), ("❤\ufe0f", "❤")]
)
def test_a_nickname_is_kept_composed_and_without_blanks_around(typed: str, kept: str) -> None:
    assert checked(typed) == kept


@pytest.mark.parametrize("name", ["", "   ", "\n\t"])
def test_an_empty_one_is_asked_for(name: str) -> None:
    with pytest.raises(PizarraError, match="A nickname is needed"):
        checked(name)


@pytest.mark.parametrize(
    "name",
    ["Ana\u200b", "\u202eanA", "Ana\u2066", "\u3164", "\u2800", "\x00", "Ana\x1b[31m", "a" + "\u0301" * 8, "\u0301",
     "...", "---", "Ana\ue000", "\U000e0041", "\ufdd0", "─│┌", "Ana\u00ad", "\ud800", "A\u034fna", "❤\ufe0e", "ⓟrofe"],
)  # fmt: skip
def test_what_is_not_seen_or_draws_over_others_may_not(name: str) -> None:
    with pytest.raises(PizarraError, match="letters, digits or emoji that everybody sees"):
        checked(name)


def test_a_long_one_may_not() -> None:
    with pytest.raises(PizarraError, match=rf"may have {LONGEST} signs, but this one has {LONGEST + 1}"):
        checked("a" * (LONGEST + 1))


@pytest.mark.parametrize("name", ["Аnа", "Prеsenter", "Αnα"])
def test_letters_of_two_alphabets_may_not(name: str) -> None:
    with pytest.raises(PizarraError, match="of one alphabet"):
        checked(name)


@pytest.mark.parametrize(
    "name",
    ["Presenter", "presenter", "PRESENTER", "P r e s e n t e r", "Pres3nter", "Présenter", "Ｐresenter", "Profe!",
     "la profe", "Profesora Ruiz", "pro-fe", "Teacher 2", "Admin", "Adm1n", "$istema", "Quien presenta", "La clase",
     "Pizarra", "Rosa Díaz", "rosa diaz", "R0SA DlAZ"],
)  # fmt: skip
def test_nobody_reads_as_the_presenter(name: str) -> None:
    with pytest.raises(PizarraError, match="reads as if you were the presenter"):
        checked(name, "Rosa Díaz")


@pytest.mark.parametrize("name", ["Teresa", "Profeta", "Rosa", "Díaz", "Presenta", "Systole"])
def test_names_that_only_begin_so_may_be(name: str) -> None:
    assert checked(name, "Rosa Díaz") == name


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ana", "ANA"), ("Lucía", "Lucia"), ("Ana", "A.n.a"), ("Ana", "A n a"), ("Ana", "Αnα"), ("Bill", "BiII"),
     ("Bob", "B0b"), ("Marc", "Rnarc"), ("Саша", "Саша "), ("Ana", "Ａｎａ"), ("straße", "STRASSE")],
)  # fmt: skip
def test_two_that_look_alike_are_one(one: str, other: str) -> None:
    assert reading(one) == reading(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ana", "Anna"), ("अमित", "अमत"), ("日本ご", "日本こ"), ("Ana 1", "Ana 2"), ("😀", "😎"), ("Luz", "Lux")],
)
def test_two_that_do_not_are_two(one: str, other: str) -> None:
    assert reading(one) != reading(other)
