"""What other programs wrote is shown as text; what a real browser makes of it is in tests/browser/test_frame.py."""

from __future__ import annotations

import pytest

from core.text import WORD_JOINER, plain, shorten, shorten_apart


@pytest.mark.parametrize("harmless", ["max_depth", "sepal length (cm)", "forest · depth 3", "a.b-c/d+e", "año"])
def test_an_ordinary_name_stays_as_it_is(harmless: str) -> None:
    assert plain(harmless) == harmless


@pytest.mark.parametrize("sign", list("\\`*[]<>{}$&|~"))
def test_every_sign_that_can_mean_something_is_escaped(sign: str) -> None:
    assert plain(f"a{sign}b") == f"a\\{sign}b"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("# title", r"\# title"), ("- item", r"\- item"), ("1. item", r"1\. item"), ("12) item", r"12\) item"),
     ("_slanted_", r"\_slanted\_")],
)  # fmt: skip
def test_what_means_something_only_in_its_place_is_escaped_there(name: str, shown: str) -> None:
    assert plain(name) == shown


@pytest.mark.parametrize(
    "rewritten", ["http://evil.example", "www.evil.example", "me@evil.example", ":material/delete:"]
)
def test_what_streamlit_rewrites_after_escapes_is_broken_up_invisibly(rewritten: str) -> None:
    assert WORD_JOINER in plain(rewritten)
    assert plain(rewritten).replace(WORD_JOINER, "") == rewritten


def test_a_name_stands_on_one_line() -> None:
    assert plain("a\n\n    b\t c") == "a b c"


def test_a_long_name_loses_its_middle() -> None:
    assert shorten("a" * 300 + "b" * 50, 21) == "a" * 10 + "…" + "b" * 10
    assert len(plain("x" * 350)) == 120


def test_what_differs_between_long_names_is_not_what_is_cut_out() -> None:
    names = [f"{'begin ' * 20}{rate}{' end' * 20}" for rate in ("0.1", "0.01", "0.25")]
    short = shorten_apart(names, 32)
    assert all(rate in name for rate, name in zip(("0.1", "0.01", "0.25"), short, strict=True))
    assert max(map(len, short)) <= 32


def test_names_that_differ_at_several_places_are_all_told_apart() -> None:
    names = [f"{'x' * 50}{a}{'y' * 50}{b}" for a in ("tanh", "relu", "") for b in "cd"]
    assert len(set(shorten_apart(names, 40))) == len(names)


def test_short_names_and_equal_ones_stay_as_they_are() -> None:
    assert shorten_apart(["a", "b", "a"], 5) == ["a", "b", "a"]
    assert shorten_apart(["n" * 50, "n" * 50], 9) == [shorten("n" * 50, 9)] * 2
