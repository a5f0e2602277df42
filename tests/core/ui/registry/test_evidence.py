"""What speaks for a version, in words."""

from __future__ import annotations

import pytest

from core.comparison.evidence import MetricPair
from core.comparison.noise import Difference
from core.ui.registry import evidence


def pair(difference: Difference, better: bool | None = True) -> MetricPair:
    return MetricPair("test_f1", 0.9, 0.8, better, difference)


@pytest.mark.parametrize(
    ("difference", "better", "said"),
    [
        (Difference("better", gap=0.1, low=0.06, high=0.14), True, "really better on these rows (±0.04)"),
        (Difference("better", gap=-0.1, low=-0.14, high=-0.06), True, "really worse on these rows (±0.04)"),
        (Difference("better", gap=0.1, low=0.06, high=0.14), None, "really different on these rows (±0.04)"),
        (Difference("close", gap=0.0, low=-0.04, high=0.04), True, "too close to call (±0.04)"),
        (Difference("identical", gap=0.0, low=0.0, high=0.0), True, "no different"),
        (Difference("unknown", "no_table"), True, "chance not known"),
    ],
)
def test_a_difference_is_said_with_its_noise(difference: Difference, better: bool | None, said: str) -> None:
    assert evidence._verdict(pair(difference, better)) == said
