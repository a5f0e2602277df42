"""The number that explanations are about, in words."""

from __future__ import annotations

import pytest

from core.ui.predict.followed_number import Followed


@pytest.mark.parametrize(
    ("followed", "size", "said"),
    [
        (Followed("yes", "probability of yes"), 0.125, "+12.5 points of probability"),
        (Followed("yes", "probability of yes"), -0.125, "−12.5 points of probability"),
        (Followed("", "price", "€"), -3.0, "−3 €"),
        (Followed("", "price"), 0.0, "+0"),
    ],
)
def test_a_difference_has_its_sign_and_probabilities_are_in_points(followed: Followed, size: float, said: str) -> None:
    assert followed.show_change(size) == said


def test_a_class_is_followed_by_its_probability() -> None:
    assert Followed("yes", "").is_chance
    assert Followed("yes", "").show(0.5) == "50%"
    assert not Followed("", "price").is_chance
    assert Followed("", "price", "€").show(12.0) == "12 €"
