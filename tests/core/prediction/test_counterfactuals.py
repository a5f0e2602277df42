from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from core.errors import ModelError
from core.prediction.counterfactuals import SECOND, Change, Goal, Suggestions, _nearness, change_costs, suggest
from core.prediction.predict import Prediction, Predictions, Predictor
from core.prediction.schema import Answer, InputField, input_fields, input_frame, starting_values
from core.prediction.variations import answer_now, known_values, other_values
from core.store.connection import Store
from core.store.models import describe_model, load_model
from core.store.registry.registered_models import find_model
from tests.fixtures.draws import draws
from tests.fixtures.stores import FLOWERS, SUGAR
from tests.fixtures.strangers import save_pyfunc

AGE = InputField("age", "integer", "long", 40, 18.0, 33.0, median=24.0)
PRICE = InputField("price", "number", "double", 5.0, 0.5, 10.0, median=5.0)
PLAN = InputField("plan", "category", "string", "basic", choices=("basic", "plus", "gold"))
PAPER = InputField("paper", "boolean", "boolean", True)
NOTE = InputField("note", "text", "string", "")
FIELDS = (AGE, PRICE, PLAN, PAPER)
NOW: dict[str, Answer] = {"age": 20, "price": 5.0, "plan": "basic", "paper": True}


def made_rows(count: int = 200, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 34, count),
            "price": rng.uniform(0.5, 10, count).round(2),
            "plan": rng.choice(["basic", "basic", "plus", "gold"], count),
            "paper": rng.random(count) < 0.7,
        }
    )


ROWS = made_rows()


def worth(rows: pd.DataFrame) -> np.ndarray:
    plan = rows["plan"].map({"basic": 0.0, "plus": 2.0, "gold": 3.0}).to_numpy()
    return np.asarray((rows["age"] - 25) / 5 + (rows["price"] - 5) / 2 + plan - 1.5 * rows["paper"], dtype=float)


def fitted(estimator: Any, answers: Any, rows: pd.DataFrame = ROWS) -> Any:
    columns = make_column_transformer((OneHotEncoder(), ["plan"]), remainder="passthrough")
    return make_pipeline(columns, estimator).fit(rows, answers)


def stays(rows: pd.DataFrame = ROWS) -> np.ndarray:
    return np.where(worth(rows) > 1.5, "stays", "leaves")


class Formula:
    """A model that answers with a formula and counts the rows it is asked."""

    def __init__(self, formula: Any) -> None:
        self.formula, self.asked = formula, 0

    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        self.asked += len(rows)
        return np.asarray(self.formula(rows))


def yes_where(condition: Any, fields: Sequence[InputField] = FIELDS) -> Predictor:
    return Predictor(Formula(lambda rows: np.where(condition(rows), "yes", "no")), fields)


def answer_to(predictor: Predictor, answers: Mapping[str, Answer]) -> Prediction:
    return predictor.ask(input_frame(predictor.fields, answers)).first()


def wanted(goal: Goal, now: Prediction, then: Prediction) -> bool:
    if goal.becomes is not None:
        return then.answer == goal.becomes if goal.becomes else then.answer != now.answer
    answer = float(then.answer)
    return answer >= goal.at_least if goal.at_least is not None else answer <= float(goal.at_most or 0)


def by_force(
    predictor: Predictor, answers: Mapping[str, Answer], goal: Goal, reference: pd.DataFrame | None
) -> list[tuple[frozenset[str], float]]:
    """Look at every change of one or two inputs, one row at a time: each set of inputs with its least cost."""
    now = answer_to(predictor, answers)
    single: dict[tuple[str, Answer], float] = {}
    for field in predictor.fields:
        is_now, known = answer_now(field, answers), known_values(field, reference)
        values = other_values(field, is_now, known)
        single |= {
            (field.name, value): float(cost)
            for value, cost in zip(values, change_costs(field, is_now, values, known), strict=True)
        }

    def reaches(changes: Mapping[str, Answer]) -> bool:
        return wanted(goal, now, answer_to(predictor, {**answers, **changes}))

    alone = {change for change in single if reaches(dict([change]))}
    least: dict[frozenset[str], float] = {}
    for change in alone:
        least[frozenset([change[0]])] = min(least.get(frozenset([change[0]]), np.inf), single[change])
    for one, other in combinations([change for change in single if change not in alone], 2):
        names = frozenset([one[0], other[0]])
        cost = single[one] + single[other] + SECOND
        if len(names) == 2 and cost < least.get(names, np.inf) and reaches(dict([one, other])):
            least[names] = cost
    return sorted(least.items(), key=lambda item: item[1])


def assert_is_the_smallest(
    predictor: Predictor, answers: Mapping[str, Answer], goal: Goal, reference: pd.DataFrame | None = None
) -> None:
    found = suggest(predictor, answers, goal, reference=reference)
    expected = by_force(predictor, answers, goal, reference)
    assert found.complete
    assert [change.cost for change in found.changes] == pytest.approx([cost for _, cost in expected[:3]])
    least = dict(expected)
    for change in found.changes:
        assert change.cost == pytest.approx(least[frozenset(change.inputs)])
        then = answer_to(predictor, {**answers, **change.inputs})
        assert wanted(goal, answer_to(predictor, answers), then)
        assert then == change.answer


SMALL = (PRICE, PLAN, PAPER)  # by force, three inputs are 700 rows
CLASSIFIERS = {
    "logistic regression": LogisticRegression(),
    "forest": RandomForestClassifier(5, random_state=0),
    "tree": DecisionTreeClassifier(max_depth=4, random_state=0),
    "machine without probabilities": LinearSVC(random_state=0),
}


@pytest.mark.long
@pytest.mark.parametrize("estimator", CLASSIFIERS.values(), ids=CLASSIFIERS)
@pytest.mark.parametrize("reference", [None, ROWS], ids=["no rows", "rows"])
def test_no_smaller_change_flips_a_class(estimator: Any, reference: pd.DataFrame | None) -> None:
    rows = ROWS[["price", "plan", "paper"]]
    predictor = Predictor(fitted(estimator, stays(ROWS.assign(age=22)), rows), SMALL)
    assert_is_the_smallest(predictor, {"price": 3.3, "plan": "basic", "paper": True}, Goal(becomes="stays"), reference)


@pytest.mark.long
@pytest.mark.parametrize("estimator", [LinearRegression(), RandomForestRegressor(5, random_state=0)])
@pytest.mark.parametrize("goal", [Goal(at_least=2.0), Goal(at_most=-2.4)], ids=["up", "down"])
def test_no_smaller_change_moves_a_number_far_enough_in_either_direction(estimator: Any, goal: Goal) -> None:
    rows = ROWS[["price", "plan", "paper"]]
    predictor = Predictor(fitted(estimator, worth(ROWS.assign(age=25)), rows), SMALL)
    assert_is_the_smallest(predictor, {"price": 5.0, "plan": "basic", "paper": True}, goal, ROWS)


weights = st.floats(-3, 3, allow_nan=False).map(lambda weight: round(weight, 2))


@pytest.mark.long
@given(st.tuples(weights, weights, weights, weights), weights, st.booleans(), st.integers(18, 33), st.booleans())
@examples(max_examples=draws(15, 3), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_smaller_change_flips_any_linear_model(
    weight: tuple[float, float, float, float], border: float, wide: bool, age: int, paper: bool
) -> None:
    def formula(rows: pd.DataFrame) -> np.ndarray:
        plan = rows["plan"].map({"basic": 0.0, "plus": 0.5, "gold": 1.0})
        sizes = ((rows["age"] - 18) / 15, rows["price"] / 10, plan, rows["paper"].astype(float))
        total = sum(one * size for one, size in zip(weight, sizes, strict=True))
        return np.asarray(np.where(total > border, "yes", "no"))

    fields = (PRICE, PLAN, PAPER) if wide else (AGE, PLAN, PAPER)
    predictor = Predictor(Formula(lambda rows: formula(rows.assign(**{"price": 5.0, "age": age} | dict(rows)))), fields)
    now: dict[str, Answer] = {"age": age, "price": 5.0, "plan": "plus", "paper": paper}
    assert_is_the_smallest(predictor, {field.name: now[field.name] for field in fields}, Goal(becomes=""))


@pytest.mark.long
@given(st.integers(0, 1000))
@examples(max_examples=draws(8, 2), deadline=None)
def test_no_smaller_change_flips_any_forest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.random((60, 3))
    model = RandomForestClassifier(3, max_depth=3, random_state=seed).fit(table, rng.choice(["a", "b", "c"], 60))
    fields = [InputField(name, "number", "double", 0.5, 0.0, 1.0, median=0.5) for name in "xyz"]
    grid = pd.DataFrame({name: np.tile(np.arange(8) / 8, 4) for name in "xyz"})  # of few sizes: exactly those
    predictor = Predictor(model, fields, named=False)
    assert_is_the_smallest(predictor, dict.fromkeys("xyz", 0.5), Goal(becomes=""), grid)


def test_a_chosen_class_of_three_is_reached() -> None:
    flowers = ("small", "middle", "large")
    predictor = Predictor(
        Formula(lambda rows: np.array(flowers)[np.digitize(rows["price"], [4.0, 8.0])]), (PRICE, PAPER)
    )
    now: dict[str, Answer] = {"price": 1.0, "paper": False}
    (any_other,) = suggest(predictor, now, Goal(becomes="")).changes
    (chosen,) = suggest(predictor, now, Goal(becomes="large")).changes
    assert (any_other.inputs, any_other.answer.answer) == ({"price": 4.0}, "middle")
    assert (chosen.inputs, chosen.answer.answer) == ({"price": 8.0}, "large")


def test_at_most_three_changes_come_smallest_first_and_each_of_other_inputs() -> None:
    found = suggest(Predictor(fitted(LogisticRegression(), stays()), FIELDS), NOW, Goal(becomes="stays"))
    assert len(found.changes) == 3
    assert len({frozenset(change.inputs) for change in found.changes}) == 3
    costs = [change.cost for change in found.changes]
    assert costs == sorted(costs)


def test_a_change_says_what_was_before() -> None:
    (change,) = suggest(yes_where(lambda rows: rows["plan"] == "gold"), NOW, Goal(becomes="yes")).changes
    assert change == Change({"plan": "gold"}, {"plan": "basic"}, Prediction("yes"), 0.5)


def test_locked_inputs_stay_whatever_form_their_accents_have() -> None:
    year = InputField("an\u0303o", "integer", "long", 5, 0.0, 10.0, median=5.0)
    either = yes_where(lambda rows: (rows["an\u0303o"] > 7) | (rows["price"] > 7), (year, PRICE))
    now: dict[str, Answer] = {"a\u00f1o": 5, "price": 5.0}
    assert [set(change.inputs) for change in suggest(either, now, Goal(becomes="yes")).changes][:2] == [
        {"price"}, {"an\u0303o"},
    ]  # fmt: skip
    locked = suggest(either, now, Goal(becomes="yes"), locked=["a\u00f1o"])
    assert [set(change.inputs) for change in locked.changes] == [{"price"}]


def test_values_stay_within_training_and_whole_numbers_whole() -> None:
    never = yes_where(lambda rows: (rows["age"] > 33) | (rows["price"] < 0.5) | (rows["age"] % 1 > 0))
    assert suggest(never, NOW, Goal(becomes="yes"), reference=ROWS.assign(price=ROWS["price"] * 3)).changes == ()
    (change, *_) = suggest(yes_where(lambda rows: rows["age"] >= 33), NOW, Goal(becomes="yes")).changes
    assert change.inputs == {"age": 33}
    assert type(change.inputs["age"]) is int


def test_where_nothing_helps_the_empty_list_is_complete() -> None:
    predictor = yes_where(lambda rows: rows["age"] < 0)
    found = suggest(predictor, NOW, Goal(becomes="yes"))
    assert found.changes == ()
    assert found.complete
    grid = [len(other_values(field, NOW[field.name], pd.Series([]))) for field in FIELDS]
    assert found.searched == 1 + sum(grid) + sum(one * other for one, other in combinations(grid, 2))
    assert predictor.model.asked == found.searched


def test_inputs_without_a_known_range_are_left_alone() -> None:
    bare = (NOTE, InputField("speed", "number", "double", 1.0), InputField("day", "date", "datetime", "2024-01-01"))
    found = suggest(yes_where(lambda rows: rows["speed"] > 1, bare), starting_values(bare), Goal(becomes="yes"))
    assert found == Suggestions((), 1, True)


def test_a_pair_is_suggested_only_where_neither_change_is_enough_alone() -> None:
    predictor = yes_where(lambda rows: (rows["age"] >= 30) | ((rows["plan"] == "gold") & ~rows["paper"]))
    found = suggest(predictor, NOW, Goal(becomes="yes"))
    assert [dict(change.inputs) for change in found.changes] == [{"age": 30}, {"plan": "gold", "paper": False}]


def test_the_cutoff_moves_the_border() -> None:
    model = fitted(LogisticRegression(), stays())
    now = NOW | {"price": 9.0, "age": 28}
    assert answer_to(Predictor(model, FIELDS), now).answer == "leaves"
    costs = []
    for cutoff in (0.9, 0.5, 0.35):  # of the second class, "stays"
        predictor = Predictor(model, FIELDS, cutoff=cutoff)
        change = suggest(predictor, now, Goal(becomes="stays")).changes[0]
        assert (change.answer.probabilities or {})["stays"] >= cutoff
        costs.append(change.cost)
    assert costs[0] > costs[1] > costs[2]


def test_the_limit_is_kept_and_told() -> None:
    names = [f"x{place}" for place in range(40)]
    fields = [InputField(name, "number", "double", 0.0, -1.0, 1.0, median=0.0) for name in names]
    model = Formula(lambda rows: np.where((rows["x7"] > 0.85) & (rows["x31"] > 0.85), "yes", "no"))
    found = suggest(Predictor(model, fields), dict.fromkeys(names, 0.0), Goal(becomes="yes"), limit=5_000)
    assert found.searched <= 5_000
    assert model.asked <= 5_000
    assert not found.complete


def test_within_the_limit_inputs_that_bring_the_model_nearer_are_paired_first() -> None:
    names = [f"x{place}" for place in range(40)]
    fields = [InputField(name, "number", "double", 0.0, -1.0, 1.0, median=0.0) for name in names]
    model = Formula(lambda rows: np.asarray(rows["x7"] + rows["x31"]))
    found = suggest(Predictor(model, fields), dict.fromkeys(names, 0.0), Goal(at_least=2.0), limit=5_000)
    assert [dict(change.inputs) for change in found.changes] == [{"x7": 1.0, "x31": 1.0}]
    assert not found.complete


def test_a_limit_below_the_single_changes_asks_the_smallest() -> None:
    found = suggest(yes_where(lambda rows: rows["age"] > 21), NOW, Goal(becomes="yes"), limit=9)
    assert (found.searched, found.complete) == (9, False)
    assert [dict(change.inputs) for change in found.changes] == [{"age": 22}]


def test_a_search_that_ends_early_is_complete() -> None:
    predictor = yes_where(lambda rows: (rows["age"] > 20) | (rows["price"] > 5) | (rows["price"] < 4))
    found = suggest(predictor, NOW, Goal(becomes="yes"), at_most=1)
    assert found.complete
    assert found.searched < 100


def test_a_model_whose_answer_depends_on_the_rows_beside_it_suggests_only_what_holds_alone() -> None:
    crowd = yes_where(lambda rows: np.full(len(rows), len(rows) > 1))
    assert suggest(crowd, NOW, Goal(becomes="yes")).changes == ()


def test_a_thousand_choices_are_searched_in_pairs_too() -> None:
    many = [
        InputField(name, "category", "string", "0", choices=tuple(str(n) for n in range(1_000))) for name in "abcdef"
    ]
    predictor = yes_where(lambda rows: (rows["a"] == "1") & (rows["f"] == "2"), many)
    found = suggest(predictor, dict.fromkeys("abcdef", "0"), Goal(becomes="yes"))
    assert found.searched <= 40_000
    assert not found.complete


@pytest.mark.parametrize(
    ("condition", "field", "now", "expected"),
    [
        (lambda rows: rows["size"] == 3, InputField("size", "category", "long", "1", choices=("1", "3")), "1", "3"),
        (lambda rows: ~rows["flag"], InputField("flag", "integer", "boolean", 1, 0.0, 1.0, median=1.0), 1, False),
        (lambda rows: rows["n"] > 8, InputField("n", "integer", "double", 2, 1.5, 9.0, median=2.0), 2, 9),
        (lambda rows: rows["n"] > 1, InputField("n", "number", "double", 2, 0.0, 1e300, median=2.0), 0.5, 5e298),
    ],
    ids=["numbers as choices", "yes/no as numbers", "whole numbers as floats", "enormous"],
)
def test_every_kind_of_input_moves_in_its_own_type(
    condition: Any, field: InputField, now: Answer, expected: Answer
) -> None:
    (change,) = suggest(yes_where(condition, [field]), {field.name: now}, Goal(becomes="yes")).changes
    assert change.inputs == {field.name: expected}
    assert type(change.inputs[field.name]) is type(expected)


@pytest.mark.long
def test_what_is_empty_may_be_filled_and_strangers_models_still_get_whole_numbers(store: Store, tmp_path: Path) -> None:
    signature = ModelSignature(Schema([ColSpec("double", "price"), ColSpec("long", "age", required=False)]))

    def predict(rows: pd.DataFrame) -> list[str]:
        if "age" not in rows:
            return ["no"] * len(rows)
        assert rows["age"].dtype == "int64"
        return list(np.where(rows["age"] > 30, "yes", "no"))

    folder = save_pyfunc(tmp_path / "model", predict, signature=signature)
    model = load_model(describe_model(store, folder.as_uri()), allow_code=True)
    optional = InputField("age", "integer", "long", None, 18.0, 33.0, optional=True)
    found = suggest(Predictor(model, (PRICE, optional)), {"price": 5.0, "age": None}, Goal(becomes="yes"))
    assert found.complete
    (change,) = found.changes
    assert (change.inputs, change.before) == ({"age": 31}, {"age": None})


def test_costs_are_the_share_of_the_range_and_of_the_rows_that_are_passed() -> None:
    known = pd.Series([1.0, 1.0, 1.0, 9.0])
    field = InputField("n", "number", "double", 1.0, 0.0, 10.0)
    assert change_costs(field, 1.0, [2.0, 9.0], pd.Series([], dtype=float)) == pytest.approx([0.1, 0.8])
    # The rows that are like the one it leaves or the one it joins count half: 1.5 of 4 to 2.0, half a row more to 9.0
    assert change_costs(field, 1.0, [2.0, 9.0], known) == pytest.approx([(0.1 + 0.375) / 2, (0.8 + 0.5) / 2])


def test_a_frequent_category_costs_less_than_a_rare_one() -> None:
    known = pd.Series(["plus"] * 3 + ["gold"])
    assert change_costs(PLAN, "basic", ["plus", "gold"], known) == pytest.approx([0.375, 0.625])
    assert change_costs(PLAN, "basic", ["plus", "gold"], known[:0]) == pytest.approx([0.5, 0.5])


def test_numbers_of_few_sizes_take_exactly_those() -> None:
    known = pd.Series([0.5, 2.5, 9.0] * 10)
    assert other_values(PRICE, 2.5, known) == [0.5, 9.0]


def test_other_numbers_are_round_or_seen_in_training() -> None:
    known = pd.Series(np.linspace(0.61, 9.87, 50))
    values = other_values(PRICE, 5.0, known)
    assert {0.5, 1.0, 1.5, 9.5, 10.0} <= set(values)
    assert 5.0 not in values
    seen = set(known)
    assert all(value in seen or float(value or 0) % 0.5 == 0 for value in values)
    assert len(values) <= 28


def test_the_projects_own_models_are_flipped(populated: Store) -> None:
    version = find_model(populated, FLOWERS).version(2)
    files = describe_model(populated, version.uri, version.run_id)
    predictor = Predictor(load_model(files), input_fields(files), ("setosa", "versicolor", "virginica"))
    answers = starting_values(predictor.fields)
    for name in ("setosa", "virginica"):
        found = suggest(predictor, answers, Goal(becomes=name), reference=files.sample)
        assert found.changes
        for change in found.changes:
            assert answer_to(predictor, {**answers, **change.inputs}).answer == name


@pytest.mark.parametrize(
    ("goal", "problem"),
    [
        (Goal(becomes="leaves"), "model already says leaves.*Choose another goal"),
        (Goal(at_least=1.0), "must answer with a number to reach one, but it answers with a class: leaves"),
        (Goal(becomes="flies"), "it knows leaves, stays, not flies"),
    ],
)
def test_a_goal_that_makes_no_sense_is_said(goal: Goal, problem: str) -> None:
    predictor = Predictor(fitted(LogisticRegression(), stays()), FIELDS)
    with pytest.raises(ModelError, match=problem):
        suggest(predictor, NOW, goal)


def test_a_number_that_is_reached_or_no_class_is_said(populated: Store) -> None:
    version = find_model(populated, SUGAR).version(1)
    files = describe_model(populated, version.uri, version.run_id)
    predictor = Predictor(load_model(files), input_fields(files))
    answers = starting_values(predictor.fields)
    with pytest.raises(ModelError, match="already says"):
        suggest(predictor, answers, Goal(at_least=0.0))
    with pytest.raises(ModelError, match="answer with a class to change it, but it answers with a number"):
        suggest(predictor, answers, Goal(becomes=""))


@pytest.mark.parametrize("wishes", [{}, {"at_least": 1.0, "at_most": 2.0}])
def test_a_goal_is_exactly_one_wish(wishes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="exactly one of"):
        Goal(**wishes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("goal", "nearest_first"),
    [(Goal(becomes="yes"), [2, 1, 0]), (Goal(becomes="no"), [0, 1, 2]), (Goal(becomes=""), [2, 1, 0])],
)
def test_a_row_is_nearer_to_a_class_the_likelier_it_is_and_to_any_other_the_less_likely_the_one_now_is(
    goal: Goal, nearest_first: list[int]
) -> None:
    chances = pd.DataFrame({"no": [0.9, 0.8, 0.6], "yes": [0.1, 0.2, 0.4]})
    said = Predictions(np.array(["no"] * 3, dtype=object), chances)
    assert list(np.argsort(-_nearness(goal, said, "no"))) == nearest_first
