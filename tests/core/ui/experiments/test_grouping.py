"""Groups of runs in the reader's language."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.comparison.groups import grouped
from core.store.runs.tables import INFO_COLUMNS, Runs
from core.ui.experiments.grouping import readable


def some_runs() -> Runs:
    ids = ["r0", "r1", "r2"]
    info = pd.DataFrame("", index=ids, columns=INFO_COLUMNS)
    info["status"] = ["FINISHED", "FINISHED", "FAILED"]
    params = pd.DataFrame({"kind": ["tree", "", None]}, index=ids, dtype=object)
    return Runs(info, params, pd.DataFrame({"f1": [0.5, 0.7, np.nan]}, index=ids))


def test_what_is_empty_and_what_is_missing_are_told_apart() -> None:
    assert readable(grouped(some_runs(), "params.kind", []), "params.kind")["kind"].tolist() == [
        "(empty)", "tree", "(none)",
    ]  # fmt: skip


def test_statuses_are_words_and_statistics_have_headings() -> None:
    shown = readable(grouped(some_runs(), "status", ["f1"]), "status")
    assert list(shown.columns) == ["Status", "Runs", "f1 · values", "f1 · mean", "f1 · smallest", "f1 · largest"]
    assert shown["Status"].tolist() == ["✗ Failed", "✓ Finished"]
    assert shown["f1 · mean"].tolist()[1] == 0.6
