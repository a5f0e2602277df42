"""Old and new rows in one table: nothing that a test row tells is learned from, and what cannot be learned is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.errors import DataError
from core.retraining.combining import Combined, combined
from core.retraining.new_rows import NewRows
from core.retraining.parents import OldRows
from core.training.datasets import training_table
from core.training.division import NEW_LEARNED, NEW_TESTED, OLD_LEARNED, OLD_TESTED, Division, keys_of
from core.training.fit import numbered, split
from core.training.tasks import Dataset, LoadedDataset, Task

SHOP = Dataset("shop", "Shop", "", identifiers=("id",))
TASK = Task(
    name="shop", title="Shop", question="?", kind="classification", dataset=SHOP, target="buys",
    algorithms=(), experiment="shop", class_names=("no", "yes"),
)  # fmt: skip
IN_TIME = replace(TASK, division=Division(ordered_by="day"))
BY_GROUP = replace(TASK, division=Division(groups="customer"))


def rows(count: int, seed: int = 0) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    return pd.DataFrame({
        "age": chance.uniform(18, 80, count),
        "city": pd.Series(chance.choice(["Jaén", "Vigo"], count), dtype="str"),
        "buys": pd.Series(np.tile(["no", "yes"], count)[:count], dtype="str"),
        "day": pd.Series([f"2026-01-{1 + place % 28:02}" for place in range(count)], dtype="str"),
        "customer": pd.Series([f"c{place % 20}" for place in range(count)], dtype="str"),
    })  # fmt: skip


def table_of(task: Task, frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.assign(id=[f"n{place}" for place in range(len(frame))])
    known = ["id", "age", "city", task.target, *filter(None, [task.division.column])]
    return frame[known]


def old(task: Task, count: int = 200) -> OldRows:
    frame = table_of(task, rows(count))
    table = training_table(LoadedDataset(task.dataset, frame, "file", "shop.csv", "0"), task)
    places = pd.DataFrame({"place": np.arange(count)})
    learned, tested, *_answers = split(task, places, numbered(task, table.target), table.keys)
    loaded = LoadedDataset(task.dataset, frame, "file", "shop.csv", "0")
    return OldRows(loaded, frame, np.asarray(learned["place"]), np.asarray(tested["place"]))


def new(frame: pd.DataFrame, by: str = "") -> NewRows:
    return NewRows(frame[["age", "city"]], frame["buys"], "new.csv", frame[by] if by else None)


def on_side(found: Combined, *sides: str) -> pd.DataFrame:
    return found.frame[found.frame[found.sides].isin(sides)]


def test_old_rows_stay_on_their_sides_and_three_tenths_of_the_new_are_held_out_of_each_class() -> None:
    before, fresh = old(TASK), rows(100, seed=1)
    found = combined(TASK, before, new(fresh), only_new=False)
    assert list(on_side(found, OLD_TESTED)["age"]) == list(before.frame["age"].iloc[before.tested])
    assert list(on_side(found, OLD_LEARNED)["age"]) == list(before.frame["age"].iloc[before.learned])
    assert (found.new, found.learned, found.tested, found.test_rows, found.known) == (100, 70, 30, 0, 0)
    assert on_side(found, NEW_TESTED)["buys"].value_counts().to_dict() == {"no": 15, "yes": 15}
    again = combined(TASK, before, new(fresh), only_new=False)
    pd.testing.assert_frame_equal(found.frame, again.frame)


@pytest.mark.parametrize("only_new", [False, True])
def test_the_same_rows_as_old_test_rows_are_never_learned_from_nor_known_ones_held_out(only_new: bool) -> None:
    before = old(TASK)
    everything = pd.concat([rows(200), rows(80, seed=1)], ignore_index=True)  # "all rows until today"
    found = combined(TASK, before, new(everything), only_new=only_new)
    assert (found.new, found.test_rows, found.known) == (280, 40, 160)
    learned = set(on_side(found, OLD_LEARNED, NEW_LEARNED)["age"])
    assert not learned & set(before.frame["age"].iloc[before.tested])
    assert not set(on_side(found, NEW_TESTED)["age"]) & set(before.frame["age"])
    assert len(learned) == 160 + 56
    assert set(on_side(found, OLD_LEARNED)["age"]) == (
        set() if only_new else set(before.frame["age"].iloc[before.learned])
    )


def test_another_answer_to_the_same_inputs_is_news() -> None:
    before = old(TASK)
    turned = before.frame.iloc[before.tested].assign(buys=lambda table: table["buys"].map({"no": "yes", "yes": "no"}))
    found = combined(TASK, before, new(pd.concat([turned, rows(60, seed=1)])), only_new=False)
    assert (found.test_rows, found.learned + found.tested) == (0, 100)


def test_rows_that_are_the_same_are_all_on_one_side() -> None:
    few = rows(30, seed=1)
    found = combined(TASK, old(TASK), new(pd.concat([few] * 4, ignore_index=True)), only_new=False)
    assert not set(on_side(found, NEW_LEARNED)["age"]) & set(on_side(found, NEW_TESTED)["age"])
    assert found.learned + found.tested == 120
    assert found.tested == 32  # of 60 of each class at most 18, four at a time


def test_a_task_in_time_holds_out_the_latest_rows() -> None:
    fresh = rows(100, seed=1).assign(day=[f"2026-{2 + place // 28:02}-{1 + place % 28:02}" for place in range(100)])
    found = combined(IN_TIME, old(IN_TIME), new(fresh, "day"), only_new=False)
    assert on_side(found, NEW_LEARNED)["day"].max() < on_side(found, NEW_TESTED)["day"].min()
    assert found.tested == 30


def test_a_known_group_stays_on_its_side_and_a_new_one_is_on_one() -> None:
    before = old(BY_GROUP)
    fresh = rows(200, seed=1).assign(customer=[f"c{place % 30}" for place in range(200)])  # ten of them are new
    found = combined(BY_GROUP, before, new(fresh, "customer"), only_new=False)
    learned = set(on_side(found, OLD_LEARNED, NEW_LEARNED)["customer"])
    tested = set(on_side(found, OLD_TESTED, NEW_TESTED)["customer"])
    assert not learned & tested
    assert {f"c{number}" for number in range(20, 30)} & learned
    assert {f"c{number}" for number in range(20, 30)} & tested


def test_what_is_written_down_divides_the_rows_and_folds_see_groups_alone() -> None:
    found = combined(BY_GROUP, old(BY_GROUP), new(rows(100, seed=1), "customer"), only_new=False)
    division = Division(groups="customer", sides=found.sides)
    task = replace(BY_GROUP, division=division, dataset=Dataset("shop", "Shop", "", identifiers=(found.sides,)))
    table = training_table(LoadedDataset(task.dataset, found.frame, "own", "x", "0"), task)
    assert list(table.features) == ["age", "city"]
    train_x, test_x, _train_y, _test_y = split(task, table.features, numbered(task, table.target), table.keys)
    assert set(found.frame.loc[test_x.index, found.sides]) == {OLD_TESTED, NEW_TESTED}
    assert set(found.frame.loc[train_x.index, found.sides]) == {OLD_LEARNED, NEW_LEARNED}
    keys = keys_of(division, found.frame)
    assert keys is not None
    assert keys.loc[train_x.index].nunique() == found.frame.loc[train_x.index, "customer"].nunique()


@pytest.mark.parametrize(
    ("task", "given", "said"),
    [
        (
            TASK,
            new(rows(39, seed=1)),
            "takes 40 new rows with true answers, some of them to judge by, but there are 39",
        ),
        (TASK, new(rows(200)), "40 are the same as test rows of shop and 160 the same as rows it learned from already"),
        (TASK, new(rows(60, 1).assign(buys=["no", "perhaps"] * 30)), "buys must be one of no, yes, but .* perhaps"),
        (TASK, NewRows(rows(60, 1)[["age"]], rows(60, 1)["buys"], ""), "these do not match: 'city'"),
        (IN_TIME, new(rows(60, 1)), "The rows of shop are divided by 'day', which these rows do not have"),
        (
            BY_GROUP,
            replace(new(rows(60, 1), "day"), source="log"),
            "divided by 'customer', which the log does not have",
        ),
    ],
)
def test_what_cannot_be_learned_from_is_said(task: Task, given: NewRows, said: str) -> None:
    with pytest.raises(DataError, match=said):
        combined(task, old(task), given, only_new=False)


def test_new_rows_alone_must_have_every_class() -> None:
    fresh = rows(60, 1).assign(buys="yes")
    with pytest.raises(DataError, match=r"some of each class must be among them, .* too few: 'no'"):
        combined(TASK, old(TASK), new(fresh), only_new=True)
    assert combined(TASK, old(TASK), new(fresh), only_new=False).learned == 42
