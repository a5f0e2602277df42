"""How closely columns go together, as pandas and scikit-learn have it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.training.findings.associations import COLUMNS_AT_MOST, associations
from core.training.findings.look import look_at
from tests.fixtures.plain_tables import ROWS, plain_table


def pair(frame: pd.DataFrame, first: str, second: str, target: str = "") -> pd.Series:
    pairs = associations(look_at(frame, target, "classification")).pairs
    return pairs[(pairs["first"] == first) & (pairs["second"] == second)].iloc[0]


def test_of_two_numbers_ranks_and_pearson_are_those_of_pandas() -> None:
    frame = plain_table()
    frame["weight"] = frame["height"] ** 3 + np.random.default_rng(1).normal(0, 100_000, ROWS)
    frame.loc[5:50, "weight"] = np.nan
    found = pair(frame, "height", "weight")
    both = frame[["height", "weight"]]
    assert found["strength"] == pytest.approx(both.corr(method="spearman").iloc[0, 1])
    assert found["pearson"] == pytest.approx(both.corr().iloc[0, 1])
    assert (found["measure"], found["rows"]) == ("spearman", ROWS - 46)


def test_of_a_number_and_words_it_is_the_ratio_of_the_means_spread() -> None:
    frame = plain_table(4000)
    frame["height"] += frame["city"].map({"Lima": 0.0, "Quito": 10.0, "Bogotá": 20.0})
    found = pair(frame, "height", "city")
    means = frame.groupby("city")["height"].transform("mean")
    assert found["strength"] == pytest.approx(np.sqrt(means.var() / frame["height"].var()), abs=0.002)
    assert found["measure"] == "ratio"


def test_words_that_say_the_same_have_one() -> None:
    frame = plain_table()
    frame["town"] = frame["city"].str.upper()
    assert pair(frame, "city", "town")["strength"] == pytest.approx(1.0)


def test_what_has_nothing_to_do_with_each_other_has_about_none() -> None:
    found = associations(look_at(plain_table(2000), "answer", "classification")).pairs
    assert (found["strength"].abs() < 0.1).all()


def test_of_very_many_columns_those_that_go_with_the_answer_are_looked_at() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(200, 150)), columns=[f"x{place}" for place in range(150)])
    frame["y"] = frame["x140"] + rng.normal(0, 0.1, 200)
    found = associations(look_at(frame, "y", "regression"))
    assert (len(found.columns), found.possible) == (COLUMNS_AT_MOST, 151)
    assert {found.pairs["first"][0], found.pairs["second"][0]} == {"x140", "y"}
