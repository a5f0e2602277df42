"""Ticks of an axis."""

from __future__ import annotations

import pytest

from core.figures.values import round_ticks


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.01, 0.98, [0.0, 0.25, 0.5, 0.75, 1.0]),  # 98 % are near enough to 100 %
        (0.03, 0.97, [0.25, 0.5, 0.75]),
        (7.0, 8.0, [7.0, 7.25, 7.5, 7.75, 8.0]),
    ],
)
def test_a_round_number_just_beyond_the_ends_is_a_tick_too(low: float, high: float, ticks: list[float]) -> None:
    assert round_ticks(low, high) == ticks
