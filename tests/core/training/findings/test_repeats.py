"""Rows that repeat others are counted alike, whether or not they are told apart by a number made of each first."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.training.findings import repeats
from core.training.findings.look import look_at
from core.training.findings.repeats import about_repeats
from core.training.findings.sentences import Rows


@pytest.mark.parametrize("columns", [1, 2, 4])
def test_rows_that_differ_are_let_go_without_losing_any_that_repeat(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({f"n{place}": np.round(random.normal(0, 1, 3_000), 3) for place in range(columns)})
    frame["w"] = pd.Series([f"w{code}" for code in random.integers(0, 2_000, 3_000)], dtype="str")
    frame = pd.concat([frame, frame.iloc[:90]], ignore_index=True)
    frame.loc[[5, 3_005], "n0"] = [0.0, -0.0]
    frame.loc[[6, 3_006, 7, 3_007], ["n0", "w"]] = np.nan
    found = [finding.values for finding in about_repeats(look_at(frame, "", "classification"))]
    monkeypatch.setattr(repeats, "_maybe_alike", lambda look, _columns: np.arange(look.rows))
    assert found == [finding.values for finding in about_repeats(look_at(frame, "", "classification"))]
    assert found[0]["rows"] == Rows(90 + (columns == 1))  # of which two have no values at all
