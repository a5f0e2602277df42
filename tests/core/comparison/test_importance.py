from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.comparison.importance import importances
from core.i18n import speaking
from core.store.runs.tables import INFO_COLUMNS, Runs


def some_runs(params, metrics):
    """Tables for tests from columns; a column's n-th value belongs to the n-th run."""
    ids = [f"r{place}" for place in range(len(next(iter(metrics.values()))))]
    return Runs(
        pd.DataFrame("", index=ids, columns=INFO_COLUMNS),
        pd.DataFrame({name: list(values) for name, values in params.items()}, index=ids, dtype=object),
        pd.DataFrame(metrics, index=ids, dtype=float),
    )


def noise(count, seed=0):
    """Parameters that have nothing to do with anything."""
    rng = np.random.default_rng(seed)
    numbers = {f"noise_{place}": rng.random(count).astype(str) for place in range(4)}
    return {**numbers, "colour": rng.choice(["red", "green", "blue"], count)}


def effect_of(param, result):
    return result.table.set_index("param").loc[param, "effect"]


DEPTH = np.arange(40) % 20
SOME_CHANCE = np.random.default_rng(1).random(40)


def test_the_parameter_that_decides_comes_first_with_its_direction():
    runs = some_runs({**noise(40), "depth": DEPTH.astype(str)}, {"test_accuracy": DEPTH / 25 + SOME_CHANCE / 10})
    result = importances(runs, "test_accuracy")
    assert result.table["param"].iloc[0] == "depth"
    assert result.table["importance"].iloc[0] > 0.9
    assert result.table["importance"].sum() == pytest.approx(1)
    assert effect_of("depth", result) == "higher goes with better test_accuracy"
    assert effect_of("noise_0", result) == "no clear direction"
    assert (result.runs_used, result.runs_left_out) == (40, 0)


def test_less_of_what_is_better_low_is_better():
    runs = some_runs({"depth": DEPTH.astype(str)}, {"test_loss": DEPTH + SOME_CHANCE, "test_rmse": -DEPTH})
    assert effect_of("depth", importances(runs, "test_loss")) == "lower goes with better test_loss"
    assert effect_of("depth", importances(runs, "test_rmse")) == "higher goes with better test_rmse"


def test_without_a_known_direction_nothing_is_called_better():
    kinds = np.where(DEPTH < 10, "shallow", "deep")
    runs = some_runs({"depth": DEPTH.astype(str), "kind": kinds}, {"clusters": DEPTH + SOME_CHANCE})
    result = importances(runs, "clusters")
    assert effect_of("depth", result) == "higher goes with higher clusters"
    assert effect_of("kind", result) == "highest clusters with deep"


def test_what_people_said_of_the_metric_counts():
    runs = some_runs({"depth": DEPTH.astype(str)}, {"clusters": DEPTH + SOME_CHANCE})
    result = importances(replace(runs, directions={"clusters": False}), "clusters")
    assert effect_of("depth", result) == "lower goes with better clusters"


def test_the_best_category_is_named():
    algorithm = np.where(DEPTH % 2, "random_forest", "line")
    metrics = {"test_accuracy": (DEPTH % 2) / 2 + SOME_CHANCE / 10}
    runs = some_runs({**noise(40), "algorithm": algorithm}, {**metrics, "loss": metrics["test_accuracy"]})
    result = importances(runs, "test_accuracy")
    assert result.table["param"].iloc[0] == "algorithm"
    assert effect_of("algorithm", result) == "best with random_forest"
    assert effect_of("algorithm", importances(runs, "loss")) == "best with line"


def test_a_best_value_in_the_middle_is_found():
    rate = 10 ** np.linspace(-6, 0, 40)
    runs = some_runs({"learning_rate": rate.astype(str)}, {"loss": np.abs(np.log10(rate) + 3) + SOME_CHANCE / 10})
    assert effect_of("learning_rate", importances(runs, "loss")) == "middle values go with better loss"


def test_a_missing_value_is_a_value_of_its_own():
    trees = [str(place) if place % 2 else None for place in range(40)]
    metrics = {"test_accuracy": np.arange(40) % 2 * 0.4 + SOME_CHANCE / 100}
    texts = [None if text else "yes" for text in trees]
    runs = some_runs({**noise(40), "trees": trees, "text": texts}, metrics)
    result = importances(runs, "test_accuracy")
    assert set(result.table["param"].iloc[:2]) == {"trees", "text"}
    assert effect_of("text", result) == "best where it isn't set"
    assert result.runs_used == 40


def test_runs_without_a_finite_value_are_left_out_and_counted():
    values = DEPTH / 20 + SOME_CHANCE
    values[:3] = np.nan, np.inf, -np.inf
    result = importances(some_runs({"depth": DEPTH.astype(str)}, {"score": values}), "score")
    assert (result.runs_used, result.runs_left_out) == (37, 3)
    assert "3 runs have no value for it." in result.note


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_too_few_runs_ask_for_more(count):
    result = importances(some_runs({"depth": DEPTH[:count].astype(str)}, {"loss": DEPTH[:count]}), "loss")
    assert result.table.empty
    assert list(result.table.columns) == ["param", "importance", "effect"]
    assert (result.runs_used, result.runs_left_out) == (0, count)
    assert result.note == f"At least 8 runs with a value for loss are needed to weigh parameters; there are {count}."


def test_a_metric_that_no_run_has_asks_for_runs():
    assert "there are 0" in importances(some_runs({"depth": DEPTH.astype(str)}, {"loss": DEPTH}), "f1").note


def test_equal_results_ask_for_runs_that_differ():
    result = importances(some_runs({"depth": DEPTH.astype(str)}, {"loss": [0.5] * 40}), "loss")
    assert result.table.empty
    assert result.note.startswith("All runs have the same loss")


def test_equal_parameters_and_texts_that_never_repeat_weigh_nothing():
    paths = [f"/data/{place}" for place in range(40)]
    result = importances(some_runs({"seed": ["1"] * 40, "path": paths}, {"loss": DEPTH}), "loss")
    assert result.table.empty
    assert result.note.startswith("No parameter differs")


def test_only_twelve_parameters_are_weighed_and_the_rest_is_counted():
    rng = np.random.default_rng(2)
    params = {f"p{place}": rng.random(40).astype(str) for place in range(20)}
    result = importances(some_runs({**params, "depth": DEPTH.astype(str)}, {"loss": DEPTH}), "loss")
    assert len(result.table) == 12
    assert result.table["param"].iloc[0] == "depth"
    assert "9 more parameters differ but aren't weighed" in result.note


@pytest.mark.long
def test_many_runs_are_drawn_the_same_way_each_time():
    depth = np.arange(3000) % 50
    runs = some_runs({"depth": depth.astype(str), "kind": np.where(depth % 3, "a", "b")}, {"loss": depth})
    first, second = importances(runs, "loss"), importances(runs, "loss")
    assert (first.runs_used, first.runs_left_out) == (1000, 2000)
    assert "1000 of 3000 runs were drawn at random" in first.note
    pd.testing.assert_frame_equal(first.table, second.table)


def test_the_only_run_that_differs_among_thousands_is_enough_not_to_fail():
    losses = np.zeros(5000)
    losses[1234] = 1
    result = importances(some_runs({"depth": [str(place % 7) for place in range(5000)]}, {"loss": losses}), "loss")
    assert result.table["effect"].tolist() == ["no clear direction"]


def test_where_nothing_stands_out_the_note_says_so():
    result = importances(some_runs(noise(40), {"loss": SOME_CHANCE}), "loss")
    assert "stands out clearly from chance" in result.note
    assert set(result.table["effect"]) == {"no clear direction"}


@pytest.mark.part(6)
@pytest.mark.parametrize("metric", ["loss", "test_accuracy"])
@pytest.mark.parametrize("sign", [1, -1])
def test_parameters_that_matter_only_together_are_said_to(metric, sign):
    one, other = np.random.default_rng(3).random((2, 80))
    together = sign * ((one > 0.5) ^ (other > 0.5)) + SOME_CHANCE.repeat(2) / 5
    params = {**noise(80), "one": one.astype(str), "other": other.astype(str)}
    result = importances(some_runs(params, {metric: together}), metric)
    assert effect_of("one", result) == "clear only together with other"
    assert effect_of("other", result) == "clear only together with one"
    assert effect_of("noise_0", result) == "no clear direction"
    assert "stands out" not in result.note
    assert "chart of two parameters" in result.note


def test_two_parameters_alone_are_told_together_too():
    levels = np.arange(40)
    runs = some_runs({"one": levels % 2, "other": levels // 2 % 2}, {"loss": levels % 2 ^ levels // 2 % 2})
    assert effect_of("one", importances(runs, "loss")) == "clear only together with other"


def test_a_parameter_with_an_effect_of_its_own_is_not_said_to_need_another():
    runs = some_runs({**noise(40), "depth": DEPTH.astype(str)}, {"loss": DEPTH + SOME_CHANCE})
    result = importances(runs, "loss")
    assert "together" not in " ".join([*result.table["effect"], result.note])


def test_a_parameter_that_is_worst_in_the_middle_is_not_said_to_need_another():
    size = np.linspace(0, 4, 80, endpoint=False)
    runs = some_runs({**noise(80), "size": size.astype(str)}, {"loss": abs(size - 2) < 1})
    assert effect_of("size", importances(runs, "loss")) == "clear, but in no single direction"


@pytest.mark.long
def test_noise_is_seldom_said_to_matter_together():
    told = 0
    for seed in range(20):
        runs = some_runs(noise(40, seed), {"loss": np.random.default_rng(900 + seed).random(40)})
        told += importances(runs, "loss").table["effect"].str.contains("together|single").any()
    assert told <= 2


def test_going_along_is_never_called_a_cause():
    note = importances(some_runs({"depth": DEPTH.astype(str)}, {"loss": DEPTH}), "loss").note
    assert "no proof of being the cause" in note
    assert "stands out" not in note


def test_hundreds_of_categories_are_weighed_too():
    towns = [f"town {place % 300}" for place in range(900)]
    levels = [place % 300 for place in range(900)]
    result = importances(some_runs({"town": towns, "on": [str(n % 2) for n in levels]}, {"score": levels}), "score")
    assert set(result.table["param"]) == {"town", "on"}


def test_names_of_any_length_and_sign_are_kept():
    name, metric, value = "p" * 350, "{loss}" + "m" * 350, "{v}" * 120
    kinds = np.where(DEPTH % 2, value, "line")
    runs = some_runs({name: DEPTH.astype(str), "{kind}": kinds, "": DEPTH[::-1].astype(str)}, {metric: DEPTH % 2})
    for language in ("es", "en"):
        with speaking(language):
            result = importances(replace(runs, directions={metric: True}), metric)
    assert set(result.table["param"]) == {name, "{kind}", ""}
    assert effect_of("{kind}", result).startswith("best with {v}")
    assert len(effect_of("{kind}", result)) < 200


def test_numbers_of_any_size_are_weighed():
    rates = [f"{(-1) ** place}e{300 + place % 9}" for place in range(39)]
    losses = [1.7e308, -1.7e308, *DEPTH[2:]]
    result = importances(some_runs({"rate": [None, *rates], "depth": DEPTH.astype(str)}, {"loss": losses}), "loss")
    assert result.table["importance"].sum() == pytest.approx(1)


def test_the_runs_are_not_changed():
    runs = some_runs({"depth": [None, *DEPTH[1:].astype(str)]}, {"loss": DEPTH})
    before = runs.params.copy(), runs.metrics.copy()
    importances(runs, "loss")
    pd.testing.assert_frame_equal(runs.params, before[0])
    pd.testing.assert_frame_equal(runs.metrics, before[1])
