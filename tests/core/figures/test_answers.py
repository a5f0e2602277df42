"""What a column has to do with the answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.figures.answers import middles, middles_data, share_interval, shares, shares_data
from core.figures.style import Style
from core.i18n import speaking

CONTRACT = pd.Series(["monthly"] * 40 + ["yearly"] * 60 + ["weekly"] * 3, name="Contract")
LEAVES = pd.Series(["Yes"] * 20 + ["No"] * 20 + ["Yes"] * 6 + ["No"] * 54 + ["Yes"] * 3, name="Churn")


def names(figure):
    return list(figure.layout.yaxis.ticktext)


def under(figure):
    return figure.layout.title.subtitle.text.replace("<br>", " ")


def test_each_group_has_its_share_of_each_answer_with_its_interval():
    table = shares_data(CONTRACT, LEAVES, ("No", "Yes")).set_index(["group", "class"])
    assert table.loc[("monthly", "Yes"), ["rows", "count", "share"]].tolist() == [40, 20, 0.5]
    assert table.loc[("yearly", "Yes"), "share"] == 0.1
    assert (table["low"] <= table["share"]).all()
    assert (table["share"] <= table["high"]).all()


@pytest.mark.parametrize(
    ("count", "rows", "low", "high"), [(15, 50, 0.191, 0.438), (0, 10, 0.0, 0.278), (5, 5, 0.566, 1.0)]
)
def test_the_interval_is_wilsons(count, rows, low, high):
    assert share_interval(count, rows) == pytest.approx((low, high), abs=0.001)


def test_of_two_answers_the_second_is_drawn_beside_that_of_all_rows():
    figure = shares(CONTRACT, LEAVES, Style(), ("No", "Yes"))
    assert figure.layout.title.text.replace("<br>", " ") == "How often Churn is Yes, by Contract"
    assert list(figure.data[0].x) == [0.5, 0.1, 1.0]
    assert figure.layout.shapes[0].x0 == pytest.approx(29 / 103)
    assert "28.2%" in under(figure)


def test_a_group_of_few_rows_says_so_and_stands_behind_those_with_more():
    figure = shares(CONTRACT, LEAVES, Style(), ("No", "Yes"))
    assert names(figure) == ["monthly", "yearly", "weekly"]
    assert list(figure.data[0].text) == ["50% of 40", "10% of 60", "100% of only 3"]


def test_of_more_answers_every_one_has_a_bar_in_each_group():
    flowers = pd.Series(["a", "b", "c"] * 20, name="flower")
    figure = shares(pd.Series(["x"] * 30 + ["y"] * 30, name="place"), flowers, Style(), ("a", "b", "c"))
    assert len(figure.data[0].x) == 6
    assert [trace.name for trace in figure.data if trace.showlegend is None and trace.name] == ["a", "b", "c"]


def test_a_regression_has_the_median_of_each_group_and_its_middle_half():
    prices = pd.Series([1.0, 2.0, 3.0, 4.0, 5.0, 10.0], name="price")
    table = middles_data(pd.Series(["a"] * 5 + ["b"]), prices).set_index("group")
    assert table.loc["a"].tolist() == [5, 2.0, 3.0, 4.0]
    assert table.loc["b"].tolist() == [1, 10.0, 10.0, 10.0]


def test_amounts_are_written_with_their_unit():
    figure = middles(
        pd.Series(["a"] * 12, name="x"), pd.Series([3.0] * 12, name="y"), Style(), lambda value: f"${value:g}"
    )
    assert list(figure.data[0].text) == ["$3 of 12"]


def test_many_numbers_are_ranges_of_about_as_many_rows():
    values = pd.Series(np.arange(800.0) ** 2, name="x")
    table = shares_data(values, pd.Series(["n", "y"] * 400), ("n", "y")).drop_duplicates("group")
    assert table["rows"].tolist() == [100] * 8
    assert table["group"].iloc[0] == "0 – 9801"


def test_few_numbers_are_a_group_each_in_their_order():
    table = middles_data(pd.Series([4, 1, 1, 2.5], name="x"), pd.Series([1.0, 2.0, 3.0, 4.0]))
    assert table["group"].tolist() == ["1", "2.5", "4"]


def test_a_number_that_most_rows_have_is_a_group_of_its_own():
    values = pd.Series([0.0] * 900 + list(np.linspace(1, 50, 100)), name="x")
    table = middles_data(values, pd.Series(np.ones(1000)))
    assert table["group"].iloc[0] == "0"
    assert table["rows"].tolist() == [900, 100]


def test_rows_without_a_value_are_a_group_and_rows_without_an_answer_are_counted():
    values = pd.Series(["a"] * 12 + [None] * 12, name="x")
    answers = pd.Series((["Yes"] * 5 + ["No"] * 6 + [None]) * 2, name="y")
    figure = shares(values, answers, Style(), ("No", "Yes"))
    assert names(figure) == ["a", "(missing)"]
    assert "2 rows without an answer aren't counted." in under(figure)


def test_infinite_numbers_are_missing_values_and_missing_answers():
    table = middles_data(pd.Series([1.0, np.inf, 2.0]), pd.Series([5.0, 6.0, -np.inf]))
    assert table["group"].isna().tolist() == [False, True]
    assert table["rows"].tolist() == [1, 1]


def test_groups_beyond_a_dozen_are_counted_the_rarest_ones():
    values = pd.Series([f"maker {place}" for place in range(20) for _ in range(place + 1)], name="maker")
    figure = middles(values, pd.Series(np.arange(len(values), dtype=float), name="price"), Style())
    assert len(figure.data[0].x) == 12
    assert "8 rarer groups are in the table." in under(figure)
    assert "maker 0" not in names(figure)


def test_spanish_says_how_many_rows_a_share_is_of():
    with speaking("es"):
        assert list(shares(CONTRACT, LEAVES, Style(), ("No", "Yes")).data[0].text)[2] == "100% de solo 3"
