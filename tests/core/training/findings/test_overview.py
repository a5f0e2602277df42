"""Every column in a line, as pandas has it."""

from __future__ import annotations

import pandas as pd
import pytest

from core.training.findings.look import SAMPLE_ROWS, look_at
from core.training.findings.overview import counted_rows, overview
from tests.fixtures.plain_tables import plain_table


def test_a_column_of_numbers_says_what_pandas_says() -> None:
    frame = plain_table()
    frame.loc[:9, "age"] = None
    line = overview(look_at(frame, "answer", "classification")).set_index("column").loc["age"]
    told = frame["age"].describe()
    assert line["missing"] == 10
    assert line["share"] == pytest.approx(10 / 400)
    for ours, theirs in (("mean", "mean"), ("deviation", "std"), ("25%", "25%"), ("median", "50%"), ("highest", "max")):
        assert line[ours] == pytest.approx(told[theirs])


def test_words_say_their_most_frequent_and_no_spread() -> None:
    frame = plain_table()
    line = overview(look_at(frame, "", "classification")).set_index("column").loc["city"]
    counts = frame["city"].value_counts()
    assert line["different"] == 3
    assert line["frequent"] == [(name, count) for name, count in counts.items()]
    assert pd.isna(line["mean"])


def test_of_a_large_table_only_what_takes_long_is_of_a_sample() -> None:
    frame = pd.DataFrame({"x": range(200_001)})
    look = look_at(frame, "", "classification")
    assert counted_rows(look) == SAMPLE_ROWS
    line = overview(look).iloc[0]
    assert (line["highest"], line["different"]) == (200_000, SAMPLE_ROWS)
