"""Which way is better, as the Compare page shows and keeps it."""

from __future__ import annotations

import pandas as pd
import pytest

from core.store.runs.tables import INFO_COLUMNS, Runs
from core.ui.compare import comparison


@pytest.mark.parametrize(("kept", "direction"), [(True, "higher"), (False, "lower"), (None, "none"), ("none", "none")])
def test_what_people_said_of_a_metric_is_a_choice(kept: bool | str | None, direction: str) -> None:
    assert comparison._direction(kept) == direction


@pytest.mark.parametrize(("metric", "arrow"), [("accuracy", "↑"), ("loss", "↓"), ("clusters", "?")])
def test_an_arrow_says_which_way_is_better(metric: str, arrow: str) -> None:
    ids = ["r0"]
    runs = Runs(
        pd.DataFrame("", index=ids, columns=INFO_COLUMNS), pd.DataFrame(index=ids), pd.DataFrame({metric: [1.0]}, ids)
    )
    assert comparison._arrow(runs, metric) == arrow
