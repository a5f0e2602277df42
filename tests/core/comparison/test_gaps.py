from __future__ import annotations

import pytest

from core.comparison.gaps import interval_words
from core.comparison.noise import Difference
from core.i18n import number


@pytest.mark.parametrize("low", [0.0004, 0.00004, -0.0004])
def test_an_end_of_an_interval_beside_zero_is_not_shown_as_zero(low: float) -> None:
    assert interval_words(Difference("close", gap=0.3, low=low, high=0.6)).split()[0] == number(low, 6)
