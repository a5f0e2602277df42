"""What is true of the question which run wins, and of which runs it is."""

from __future__ import annotations

import pandas as pd
import pytest

from core.classroom.asked import TOO_CLOSE
from core.comparison.grounds import Pair
from core.comparison.noise import Difference, Outcome
from core.store.runs.tables import INFO_COLUMNS, Runs
from core.training.contests import PUBLIC_HALF, TEST_ROWS
from core.ui.ask import asked_runs


@pytest.mark.parametrize(
    ("outcomes", "truth"),
    [
        (["better", "better"], "a"),
        (["better", "close"], TOO_CLOSE),
        (["identical", "better"], TOO_CLOSE),
        (["better", "unknown"], ""),
        (["unknown"], ""),
    ],
)
def test_a_run_wins_where_it_is_known_to_be_better_than_each_other(outcomes: list[Outcome], truth: str) -> None:
    pairs = [Pair("a", f"b{place}", Difference(outcome)) for place, outcome in enumerate(outcomes)]
    assert asked_runs._truth(pairs) == truth


def test_runs_on_half_of_the_test_rows_are_not_set_against_runs_on_all() -> None:
    ids = ["a", "b", "c"]
    info = pd.DataFrame("", index=ids, columns=INFO_COLUMNS)
    half = Runs(info, pd.DataFrame({TEST_ROWS: [PUBLIC_HALF, None, PUBLIC_HALF]}, ids), pd.DataFrame(index=ids))
    assert asked_runs._on_the_same_rows(half).ids == ["a", "c"]
    whole = Runs(info, pd.DataFrame(index=ids), pd.DataFrame(index=ids))
    assert asked_runs._on_the_same_rows(whole).ids == ids
