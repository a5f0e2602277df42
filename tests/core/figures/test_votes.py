"""What a class answered: nobody's answer is left out, and what is right is marked by more than a colour."""

from __future__ import annotations

import pytest

from core.figures.style import Style
from core.figures.votes import Vote, in_ranges, votes
from core.i18n import number


def test_what_is_right_and_what_the_model_says_have_signs() -> None:
    figure = votes([Vote("Yes", 3, right=True), Vote("No", 1, of_model=True)], Style())
    assert figure.layout.yaxis.ticktext == ("✓ Yes", "◆ No")
    assert figure.data[0].text == ("3 · 75%", "1 · 25%")
    assert figure.data[0].marker.color == (Style().accent, Style().muted)
    assert figure.layout.xaxis.dtick == 1


def test_nobody_answered_is_no_share() -> None:
    assert votes([Vote("Yes", 0)], Style()).data[0].text == ("0",)


@pytest.mark.parametrize(
    "numbers",
    [
        [18_000.0],
        [1.0, 2.0, 3.0],
        [17_000.0] * 30 + [1e30, -1e30],
        [0.0, 0.0],
        [-5.0, 5.0],
        list(map(float, range(99))),
    ],
)
def test_every_number_is_in_one_range_and_truth_and_model_too(numbers: list[float]) -> None:
    found = in_ranges(numbers, number, 18_500.0, 17_250.0)
    assert sum(vote.count for vote in found) == len(numbers)
    assert sum(vote.right for vote in found) == sum(vote.of_model for vote in found) == 1
    assert len(found) <= 12


def test_ranges_have_round_ends_and_say_where_far_answers_are() -> None:
    found = in_ranges([10.0] * 40 + [12.0, 900.0], number, 14.0, 11.0)
    assert [(vote.answer, vote.count) for vote in found] == [
        ("10 – 11", 40), ("11 – 12", 0), ("12 – 13", 1), ("13 – 14", 0), ("14 and more", 1),
    ]  # fmt: skip


def test_one_range_of_all_answers_is_not_said_to_have_one_end() -> None:
    (only,) = in_ranges([5.0] * 40 + [1e9, -1e9], number)
    assert (only.answer, only.count) == ("all", 42)
