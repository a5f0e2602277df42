"""How a number of an input is moved."""

from __future__ import annotations

import pytest

from core.prediction.schema import FieldKind, InputField
from core.prediction.steps import decimals_of, step_of


@pytest.mark.parametrize(
    ("low", "high", "kind", "step", "decimals"),
    [
        (0.0, 10.0, "number", 0.1, 2),
        (0.0, 1.0, "number", 0.01, 2),  # not 0.010, which may be read as ten
        (0.0, 100_000.0, "number", 1000.0, 0),
        (0.0, 1e-6, "number", 1e-8, 8),
        (0.0, 0.1, "number", 0.001, 4),
        (18.0, 90.0, "integer", 1, 0),
        (0.0, 40_000.0, "integer", 400, 0),
    ],
)
def test_a_slider_has_about_a_hundred_places_and_the_digits_for_them(
    low: float, high: float, kind: FieldKind, step: float, decimals: int
) -> None:
    field = InputField("x", kind, "double", low, low=low, high=high)
    assert step_of(field) == step
    assert decimals_of(field) == decimals
