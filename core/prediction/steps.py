"""How a number of an input is moved: in round steps, written with as many decimals as tell its places apart."""

from __future__ import annotations

import math

from core.prediction.schema import InputField

PLACES = 100  # about as many has a slider


def step_of(field: InputField) -> float | int:
    """Return a round step that gives about ``PLACES`` places."""
    raw = float(f"{((field.high or 0) - (field.low or 0)) / PLACES:.0e}")
    return max(1, round(raw)) if field.kind == "integer" else raw


def decimals_of(field: InputField) -> int:
    """Return how many decimals tell a slider's places apart; never three, as 8.000 may be read as eight thousand.

    >>> decimals_of(InputField("km", "number", "float64", 1.0, low=0.0, high=10.0))
    2
    """
    if field.kind == "integer":
        return 0
    decimals = min(max(0, -math.floor(math.log10(float(step_of(field)))) + 1), 8)
    return 2 if decimals == 3 else decimals
