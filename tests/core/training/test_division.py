"""Rows divided by a column: no group on both sides, later rows asked of what learned from earlier ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as drawing
from hypothesis import strategies as st

from core.errors import DataError
from core.settings import settings
from core.store.connection import Store
from core.store.record import EVALUATION_TABLE, group_codes
from core.store.writer import schedule_run, writing
from core.training.datasets import LoadedDataset, training_table
from core.training.dividing import divided, in_two
from core.training.division import BY_CHANCE, Division, keys_of
from core.training.efforts import EFFORTS
from core.training.fit import numbered, rows_tested_on, split, train
from core.training.folds import fingerprint, plan_of, splits
from core.training.halves import halves
from core.training.hidden import hidden_answers
from core.training.recipes import code, recipe
from core.training.specs import written
from core.training.tasks import Dataset, Task
from tests.fixtures.actors import ANA
from tests.fixtures.draws import draws
from trainers.table import algorithms

GROUPS, TIME = Division(groups="who"), Division(ordered_by="when")


def table(rows: int = 120, persons: int = 20, seed: int = 0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    who = draw.integers(0, persons, rows)
    return pd.DataFrame({
        "who": [f"P{one}" for one in who],
        "when": pd.date_range("2024-01-01", periods=rows).strftime("%Y-%m-%d").to_numpy()[draw.permutation(rows)],
        "size": draw.normal(size=rows),
        "answer": np.where(draw.random(rows) < 0.4, "yes", "no"),
    })  # fmt: skip


def task(frame: pd.DataFrame, division: Division, kind: str = "classification") -> Task:
    return Task(
        name="t", title="T", question="?", kind=kind, experiment="e", division=division,  # type: ignore[arg-type]
        dataset=Dataset("t", "T", "", bundled=lambda: frame), target="answer" if kind == "classification" else "size",
        class_names=("no", "yes") if kind == "classification" else (),
        algorithms=algorithms(kind),  # type: ignore[arg-type]
    )  # fmt: skip


def sides_of(frame: pd.DataFrame, of: Task) -> tuple[np.ndarray, np.ndarray]:
    tested = rows_tested_on(LoadedDataset(of.dataset, frame, "bundled", "", ""), of)
    return np.setdiff1d(np.arange(len(frame)), tested), tested


@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_no_group_is_learned_from_and_tested_on(kind: str) -> None:
    frame = table()
    learned, tested = sides_of(frame, task(frame, GROUPS, kind))
    assert not set(frame["who"].iloc[learned]) & set(frame["who"].iloc[tested])
    assert 0.1 < len(tested) / len(frame) < 0.3
    again = sides_of(frame, task(frame, GROUPS, kind))
    assert (tested == again[1]).all()


@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_what_is_tested_on_came_later_than_all_that_was_learned_from(kind: str) -> None:
    frame = table()
    learned, tested = sides_of(frame, task(frame, TIME, kind))
    assert frame["when"].iloc[learned].max() < frame["when"].iloc[tested].min()
    assert len(tested) == 24


@pytest.mark.part(6)
@pytest.mark.parametrize("division", [GROUPS, TIME])
@pytest.mark.parametrize("effort", EFFORTS)
def test_a_run_says_by_what_its_rows_were_divided_and_does_not_learn_from_it(division: Division, effort: str) -> None:
    frame = table()
    of = task(frame, division)
    record = train(of, "logistic_regression", {}, settings=settings(), report=lambda _: None, effort=effort)  # type: ignore[arg-type]
    name = "split_groups" if division.groups else "split_ordered_by"
    assert record.params[name] == division.column
    assert len({"split_groups", "split_ordered_by"} & set(record.params)) == 1
    assert division.column not in record.model.input_example
    answers = record.tables[EVALUATION_TABLE]
    tested, codes = answers["row"], group_codes(answers)
    assert sorted(tested) == sorted(sides_of(frame, of)[1])
    assert (codes is None) == (not division.groups)
    if codes is not None:  # which rows are of one person, but nobody's name
        assert list(codes) == list(pd.factorize(frame["who"].loc[tested])[0])
        assert set(answers["row_group"]) == set(range(len(set(codes))))
    folds = record.tables.get("evaluation/folds.parquet")
    assert (folds is None) == (effort == "quick")
    if folds is not None and division.ordered_by:
        assert (len(folds), record.params["cv_repeats"]) == (5, 1)  # there is but one way in time
        assert folds["training_rows"].is_monotonic_increasing
    elif folds is not None:
        assert len(folds) == (5 if effort == "fair" else 15)


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 2)), min_size=12, max_size=80),
    st.sampled_from(["groups", "time"]),
    st.sampled_from(["classification", "regression"]),
    st.sampled_from(["fair", "thorough"]),
)
@drawing(max_examples=draws(150, 4), deadline=None)
def test_whatever_the_table_nothing_is_on_both_sides_or_it_is_refused(rows, by, kind, effort) -> None:  # type: ignore[no-untyped-def]
    keys, answers = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    division = GROUPS if by == "groups" else TIME
    of = replace(task(table(), division, kind), kind=kind)

    def holds(learned: np.ndarray, asked: np.ndarray) -> bool:
        if by == "groups":
            return not set(keys[learned]) & set(keys[asked])
        return bool(keys[learned].max() < keys[asked].min())

    try:
        learned, tested = divided(division, kind, answers, keys, test_size=0.2, seed=42)
    except DataError:
        return
    assert sorted([*learned, *tested]) == list(range(len(rows)))
    assert holds(learned, tested)
    if kind == "classification":
        assert set(answers[learned]) == set(answers[tested]) == set(answers)
    two = in_two(division, kind, answers[tested], keys[tested], seed=7)
    if two is not None:
        assert sorted([*two[0], *two[1]]) == list(range(len(tested)))
        assert not set(keys[tested][two[0]]) & set(keys[tested][two[1]])
    keys, answers = keys[learned], answers[learned]
    try:
        plan = plan_of(effort, of, answers, keys)
    except DataError:
        return
    assert plan is not None
    found = list(splits(plan, of, answers, keys))
    assert len(found) == plan.fits
    for known, asked in found:
        assert len(known)
        assert len(asked)
        assert holds(known, asked)
        if kind == "classification":
            assert set(answers[known]) == set(answers)


def test_each_fold_in_time_is_asked_by_what_learned_from_all_before_it() -> None:
    frame = table(60)
    of = task(frame, TIME)
    plan = plan_of("fair", of, numbered(of, frame["answer"]), keys_of(TIME, frame).to_numpy())  # type: ignore[union-attr]
    assert plan is not None
    found = list(splits(plan, of, numbered(of, frame["answer"]), keys_of(TIME, frame).to_numpy()))  # type: ignore[union-attr]
    assert [len(learned) for learned, _asked in found] == [10, 20, 30, 40, 50]


def test_the_halves_of_a_board_share_no_group_and_the_hidden_one_is_later() -> None:
    keys = np.repeat(np.arange(10), 3)
    public, hidden = halves("regression", np.arange(30.0), GROUPS, keys)
    assert not set(keys[public]) & set(keys[hidden])
    assert abs(len(public) - len(hidden)) <= 3
    public, hidden = halves("regression", np.arange(30.0), TIME, keys)
    assert keys[public].max() < keys[hidden].min()
    with pytest.raises(DataError, match="A board needs test rows of 2 different 'who' or more"):
        halves("regression", np.arange(4.0), GROUPS, np.zeros(4, dtype=int))


@pytest.mark.long
@pytest.mark.parametrize("division", [GROUPS, TIME])
def test_the_reveal_finds_the_half_that_a_try_was_not_measured_on(division: Division, store: Store) -> None:
    frame = table()
    of = task(frame, division)
    record = train(of, "logistic_regression", {}, settings=settings(), report=lambda _: None, public_half=True)
    run_id = schedule_run(store, ANA, experiment="e", name="n", tags={})
    with writing(store, run_id) as run:
        run.write(record)
    hidden = hidden_answers(store.uri, of, [run_id], report=lambda _done, _of: None)[run_id]
    assert hidden is not None
    public = record.tables[EVALUATION_TABLE]
    column = frame[division.column]
    ours, theirs = column.loc[public["row"]], column.loc[hidden["row"]]
    assert not set(ours) & set(theirs)
    assert division.groups or ours.max() < theirs.min()
    assert sorted([*public["row"], *hidden["row"]]) == sorted(sides_of(frame, of)[1])


def test_runs_share_folds_only_where_their_rows_are_divided_alike() -> None:
    frame = table()
    told = set()
    for division in (BY_CHANCE, GROUPS, TIME):
        of = task(frame, division)
        answers, keys = numbered(of, frame["answer"]), keys_of(division, frame)
        by = None if keys is None else keys.to_numpy()
        plan = plan_of("fair", of, answers, by)
        assert plan is not None
        told.add(fingerprint(plan, of, frame.index, answers, by))
        if by is not None:
            told.add(fingerprint(plan, of, frame.index, answers, by[::-1]))
    assert len(told) == 5


def test_whoever_forgets_the_keys_is_told_and_gets_no_rows_by_chance() -> None:
    frame = table()
    of = task(frame, GROUPS)
    loaded = training_table(LoadedDataset(of.dataset, frame, "bundled", "", ""), of)
    with pytest.raises(ValueError, match="need their keys"):
        split(of, loaded.features, numbered(of, loaded.target))
    with pytest.raises(ValueError, match="need their keys"):
        plan_of("fair", of, numbered(of, loaded.target))


def test_rows_without_a_group_are_on_one_side_together() -> None:
    frame = table()
    frame.loc[::7, "who"] = None
    learned, tested = sides_of(frame, task(frame, GROUPS))
    assert frame["who"].isna().iloc[learned].sum() in {0, 18}
    assert len(learned) + len(tested) == 120


@pytest.mark.parametrize(
    ("change", "division", "said"),
    [
        ({"who": "P1"}, GROUPS, "'who' must name 2 groups or more, but it names 1"),
        ({"who": [f"P{place % 2}" for place in range(120)], "answer": ["yes", "no"] * 60}, GROUPS,
         "divided by 'who' a class is on one of them only"),
        ({"when": "2024-01-01"}, TIME, "'when' is the same in all of them"),
        ({"when": ["2024-01-01"] * 30 + ["2024-01-02"] * 90}, TIME, "90 of 120 are of the latest time in 'when'"),
        ({"when": [None] * 3 + ["2024-01-01"] * 117}, TIME, "but 3 of 120 have none"),
        ({"when": "someday"}, TIME, "'when' must hold a date or a number in every row, but 120 of 120 have none"),
        ({"answer": ["no"] * 60 + ["yes"] * 60, "when": pd.date_range("2024-01-01", periods=120)}, TIME,
         "divided by 'when' a class is on one of them only"),
        ({}, Division(groups="nobody"), "The table has no column 'nobody'"),
    ],
)  # fmt: skip
def test_what_cannot_be_divided_is_refused_in_words(change: dict[str, object], division: Division, said: str) -> None:
    frame = table().assign(**change)
    with pytest.raises(DataError, match=said):
        train(task(frame, division), "logistic_regression", {}, settings=settings(), report=lambda _: None)


def test_groups_and_time_at_once_are_refused() -> None:
    with pytest.raises(DataError, match="both were asked for: 'who' and 'when'"):
        Division("who", "when")


def test_numbers_tell_time_too() -> None:
    frame = table().assign(when=np.arange(120.0)[::-1])
    learned, tested = sides_of(frame, task(frame, TIME))
    assert tested.tolist() == list(range(24))
    assert len(learned) == 96


@pytest.mark.part(4)
@pytest.mark.parametrize("division", [GROUPS, TIME])
@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_the_python_of_a_run_divides_the_rows_alike(division: Division, kind: str) -> None:
    frame = table()
    of = task(frame, division, kind)
    name = of.algorithms[0].name
    record = train(of, name, {}, settings=settings(), report=lambda _: None)
    logged = {key: written(value) for key, value in record.params.items()}  # type: ignore[arg-type]
    found = recipe(of, name, logged, experiment="e", name="n")
    assert found is not None
    lines = code(found).split("mlflow.set_tracking_uri")[0].replace("import mlflow\n", "")
    scope: dict[str, Any] = {"task": lambda _name: of}
    exec(lines.replace("from trainers import task\n", ""), scope)  # noqa: S102 - what it does is what is tested
    assert scope["scores"] == pytest.approx({key: record.metrics[key] for key in scope["scores"]})
    assert "train_test_split" not in lines


@pytest.mark.long
def test_many_groups_are_divided_within_a_second() -> None:
    keys = np.arange(400_000) // 2
    answers = keys % 2
    learned, tested = divided(GROUPS, "classification", answers, keys, test_size=0.2, seed=42)
    assert len(tested) == 80_000
    assert not set(keys[learned]) & set(keys[tested])
