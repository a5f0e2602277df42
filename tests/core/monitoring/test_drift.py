"""What is found by chance, and what has to be found; ``make test-long`` draws twenty times as often."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from core.monitoring.drift import FEWEST_ROWS, LEVEL, drift
from core.prediction.schema import InputField
from core.settings import settings
from core.training.datasets import table_of
from tests.fixtures.draws import draws
from trainers import TASKS

NUMBER, WORD = InputField("size", "number", "double", 0.0), InputField("city", "category", "string", "Lima")
DRAWS = draws(200, 20)


def fields_of(table: pd.DataFrame) -> list[InputField]:
    return [
        InputField(name, "number", "double", 0.0)
        if pd.api.types.is_numeric_dtype(table[name])
        else InputField(name, "category", "string", "")
        for name in table
    ]


def rows(numbers: Sequence[float | None] | np.ndarray, words: Sequence[str | None]) -> pd.DataFrame:
    return pd.DataFrame({"size": pd.Series(numbers, dtype=float), "city": pd.Series(words, dtype=object)})


def usual(count: int, seed: int) -> pd.DataFrame:
    made = np.random.default_rng(seed)
    return rows(made.normal(100, 15, count), made.choice(["Lima", "Lugo", "León"], count, p=[0.5, 0.3, 0.2]).tolist())


@pytest.mark.parametrize("window", [50, 100, 200, 1000])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.part(9)
def test_of_checks_with_nothing_changed_few_find_something(task: str, window: int) -> None:
    table = table_of(TASKS[task], settings()).features
    if window > len(table) // 2:
        pytest.skip("the table has no such window and as many rows beside it")
    made, fields, alarms = np.random.default_rng(window), fields_of(table), 0
    for _ in range(DRAWS):
        order = made.permutation(len(table))
        found = drift(fields, table.iloc[order[window:]][:5000], table.iloc[order[:window]])
        alarms += bool(found.drifted)
    # Of 7 in 100, chance leaves so many in 999 of 1,000 draws
    assert alarms <= np.ceil(0.07 * DRAWS + 3.1 * np.sqrt(0.07 * 0.93 * DRAWS))


def test_contracts_of_another_kind_are_found_in_windows_of_200() -> None:
    table = table_of(TASKS["telco_churn"], settings()).features
    made, fields, found = np.random.default_rng(1), fields_of(table), 0
    heard = {"Contract": 0.13, "tenure": 0.12, "MonthlyCharges": 0.1}  # as a forest listens, the rest evenly
    heard = {name: heard.get(name, 0.65 / 16) for name in table}
    for _ in range(DRAWS):
        order = made.permutation(len(table))
        learned, rest = table.iloc[order[:5000]], table.iloc[order[5000:]]
        monthly = rest["Contract"] == "Month-to-month"
        window = pd.concat([rest[monthly][:140], rest[~monthly][:60]])
        found += any(one.name == "Contract" for one in drift(fields, learned, window, heard).drifted)
    assert found >= 0.95 * DRAWS


def test_a_number_that_rose_is_found_and_said() -> None:
    window = usual(100, 1).assign(size=lambda table: table["size"] * 1.3)
    found = drift([NUMBER, WORD], usual(500, 0), window)
    (changed,) = found.drifted
    assert changed.name == "size"
    assert changed.middle[1] > 1.2 * changed.middle[0]
    assert 0.5 < changed.effect < 1


def test_words_that_moved_are_named_with_their_shares() -> None:
    window = usual(200, 1).assign(city=["Lima"] * 160 + ["Lugo"] * 40)
    (changed,) = drift([NUMBER, WORD], usual(2000, 0), window).drifted
    assert (changed.moved[0].word, changed.moved[0].now) == ("Lima", 0.8)
    assert changed.moved[0].before == pytest.approx(0.5, abs=0.04)
    assert changed.effect == pytest.approx(0.3, abs=0.05)


def test_a_few_rows_of_a_word_that_was_never_seen_are_found() -> None:
    window = usual(200, 1)
    window.loc[:9, "city"] = "Cusco"
    (changed,) = drift([NUMBER, WORD], usual(2000, 0), window).drifted
    assert changed.name == "city"
    assert changed.outside == (0.0, 0.05)


def test_a_few_values_beyond_all_others_are_found() -> None:
    window = usual(200, 1)
    window.loc[:9, "size"] = 1e6
    (changed,) = drift([NUMBER, WORD], usual(2000, 0), window).drifted
    assert changed.name == "size"
    assert changed.outside[1] == 0.05


@pytest.mark.parametrize("name", ["size", "city"])
def test_what_is_missing_now_is_found(name: str) -> None:
    window = usual(200, 1)
    window[name] = window[name].where(np.arange(200) >= 20, None)
    (changed,) = drift([NUMBER, WORD], usual(2000, 0), window).drifted
    assert changed.name == name
    assert changed.missing == (0.0, 0.1)


def test_a_column_of_names_that_are_all_different_has_not_changed() -> None:
    names = [InputField("id", "text", "string", "")]
    before = pd.DataFrame({"id": [f"a{place}" for place in range(500)]})
    now = pd.DataFrame({"id": [f"b{place}" for place in range(200)]})
    found = drift(names, before, now)
    assert found.is_known
    assert not found.drifted
    assert found.columns[0].outside == (1.0, 1.0)


def test_a_column_that_is_always_the_same_has_not_changed() -> None:
    same = rows([1.0] * 100, ["Lima"] * 100)
    assert not drift([NUMBER, WORD], same, same[:50]).drifted


def test_a_constant_that_became_another_is_found() -> None:
    found = drift([NUMBER, WORD], rows([1.0] * 100, ["Lima"] * 100), rows([2.0] * 50, ["Lugo"] * 50))
    assert {one.name for one in found.drifted} == {"size", "city"}


def test_no_value_at_all_is_a_change() -> None:
    found = drift([NUMBER, WORD], usual(500, 0), rows([None] * 50, [None] * 50))
    assert {one.name: one.missing[1] for one in found.drifted} == {"size": 1.0, "city": 1.0}
    assert np.isnan(next(one for one in found.columns if one.name == "size").middle[1])


@pytest.mark.parametrize(("before", "now"), [(500, FEWEST_ROWS - 1), (FEWEST_ROWS - 1, 500), (500, 0), (0, 500)])
def test_too_few_rows_say_nothing(before: int, now: int) -> None:
    found = drift([NUMBER, WORD], usual(before, 0), usual(now, 1) * 1)
    assert not found.is_known
    assert found.drifted == ()
    assert (found.rows, found.reference_rows) == (now, before)


def test_an_input_of_which_nothing_is_known_is_named_and_leaves_the_others() -> None:
    learned = usual(500, 0).assign(city=None)
    found = drift([NUMBER, WORD], learned, usual(100, 1).assign(size=lambda table: table["size"] + 40))
    assert found.untold == ("city",)
    assert [one.name for one in found.drifted] == ["size"]
    assert drift([NUMBER, WORD], usual(500, 0), usual(100, 1)[["size"]]).untold == ("city",)


def test_what_the_model_listens_to_needs_less_to_be_found() -> None:
    window = usual(100, 1).assign(size=lambda table: table["size"] + 5.5)
    adjusted = {
        weight: next(
            one.adjusted
            for one in drift([NUMBER, WORD], usual(500, 0), window, {"size": weight, "city": 1 - weight}).columns
            if one.name == "size"
        )
        for weight in (0.0, 0.5, 1.0)
    }
    assert adjusted[1.0] < adjusted[0.5] < adjusted[0.0]


def test_what_matters_most_comes_first() -> None:
    window = rows(np.random.default_rng(1).normal(160, 15, 100), ["León"] * 100)
    for heard, first in (({"size": 9.0, "city": 1.0}, "size"), ({"size": 1.0, "city": 9.0}, "city")):
        found = drift([NUMBER, WORD], usual(500, 0), window, heard)
        assert len(found.drifted) == 2
        assert found.columns[0].name == first
        assert found.columns[0].weight == 0.9


def test_dates_are_held_against_each_other_as_moments() -> None:
    when = [InputField("when", "date", "datetime", "2026-01-01")]
    before = pd.DataFrame({"when": pd.date_range("2026-01-01", periods=300, freq="h")})
    later = pd.DataFrame({"when": pd.date_range("2026-03-01", periods=60, freq="h")})
    assert drift(when, before, later).drifted
    assert not drift(when, before, before.sample(60, random_state=0)).drifted


def test_rows_that_repeat_are_counted() -> None:
    window = pd.concat([usual(10, 1)] * 10, ignore_index=True)
    found = drift([NUMBER, WORD], usual(500, 0), window)
    assert found.repeated == 0.9
    assert found.repeated_before == 0.0


def test_the_level_is_that_of_all_columns_together() -> None:
    """Nothing is found in noise of a hundred columns more often than in noise of one."""
    made, alarms = np.random.default_rng(0), 0
    fields = [InputField(f"x{place}", "number", "double", 0.0) for place in range(100)]
    for _ in range(DRAWS):
        learned, window = (pd.DataFrame(made.normal(size=(size, 100)), columns=[one.name for one in fields])
                           for size in (200, 50))  # fmt: skip
        alarms += bool(drift(fields, learned, window).drifted)
    assert alarms <= np.ceil(LEVEL * DRAWS + 3.1 * np.sqrt(LEVEL * DRAWS))
