import math
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.comparison import differences
from core.comparison.direction import higher_is_better, nearest_zero_is_best
from core.i18n import speaking
from core.store.runs.tables import INFO_COLUMNS, Runs


def some_runs(params=None, metrics=None, ids=None):
    """Tables for tests from columns; a column's n-th value belongs to the n-th run."""
    columns = list((params or {}).values()) + list((metrics or {}).values())
    ids = ids or [f"r{place}" for place in range(len(columns[0]) if columns else 0)]
    return Runs(
        pd.DataFrame("", index=ids, columns=INFO_COLUMNS),
        pd.DataFrame(params or {}, index=ids, dtype=object),
        pd.DataFrame(metrics or {}, index=ids, dtype=float),
    )


LABELS = {"r0": "tree", "r1": "forest · deep", "r2": "forest"}


def test_params_that_differ_are_named():
    runs = some_runs({"depth": ["1", "2"], "seed": ["42", "42"]})
    assert differences.differing_params(runs) == ["depth"]


def test_numbers_are_compared_as_numbers():
    runs = some_runs({"alpha": ["5", "5.0", "5e0"], "name": ["5", "5.0", "five"]})
    assert differences.differing_params(runs) == ["name"]


def test_a_missing_value_differs_from_any_other():
    runs = some_runs({"depth": ["1", None]}, {"accuracy": [0.9, np.nan], "f1": [np.nan, np.nan]})
    assert differences.differing_params(runs) == ["depth"]
    assert differences.differing_metrics(runs) == ["accuracy"]


def test_one_run_differs_in_nothing():
    assert differences.differing_params(some_runs({"depth": ["1"]})) == []


def test_side_by_side_has_a_column_a_run_and_marks_what_is_missing():
    table = differences.side_by_side(
        some_runs({"depth": ["1", None], "seed": ["1", "1"]}), LABELS, only_differences=True
    )
    assert list(table.columns) == ["tree", "forest · deep"]
    assert table.loc["depth"].tolist() == ["1", "–"]
    assert list(table.index) == ["depth"]


def test_runs_with_one_label_still_get_a_column_each():
    table = differences.metric_table(some_runs(metrics={"f1": [1, 2]}), {"r0": "a", "r1": "a"})
    assert list(table.columns) == ["a", "a (2)"]


def test_ties_are_all_best():
    runs = some_runs(metrics={"accuracy": [0.9, 0.9, 0.8]})
    assert differences.best_runs(runs, "accuracy") == {"r0", "r1"}


@pytest.mark.parametrize("worthless", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_never_best(worthless):
    runs = some_runs(metrics={"accuracy": [worthless, 0.5], "loss": [worthless, 0.5]})
    assert differences.best_runs(runs, "accuracy") == differences.best_runs(runs, "loss") == {"r1"}


def test_of_a_gap_the_nearest_to_zero_is_best():
    runs = some_runs(metrics={"train_test_gap": [-0.3, -0.01, 0.2, np.nan]})
    assert differences.best_runs(runs, "train_test_gap") == {"r1"}
    assert list(differences.rank(runs, "train_test_gap").dropna().index) == ["r1", "r2", "r0"]


def test_nobody_is_best_where_no_direction_is_known():
    assert differences.best_runs(some_runs(metrics={"clusters": [1, 2]}), "clusters") == set()


def best_by_hand(runs, metric):
    """The rule of who leads, one metric and one run at a time."""
    values = {run_id: value for run_id, value in runs.metrics[metric].items() if math.isfinite(value)}
    if nearest_zero_is_best(metric, runs.directions):
        best = min(map(abs, values.values()), default=None)
        return {run_id for run_id, value in values.items() if abs(value) == best}
    better = higher_is_better(metric, runs.directions)
    if better is None or not values:
        return set()
    best = (max if better else min)(values.values())
    return {run_id for run_id, value in values.items() if value == best}


@pytest.mark.part(2)
@pytest.mark.parametrize("seed", range(20))
def test_all_metrics_at_once_have_the_same_leaders_as_each_by_itself(seed):
    draw = np.random.default_rng(seed)
    names = ["accuracy", "val_loss", "clusters", "train_test_gap", "rmse", "neg_loss", "f1", "odd", "said"]
    values = draw.choice([-1e300, -1, -0.5, -0.0, 0, 0.5, 1, 2, np.inf, -np.inf, np.nan, np.nan], (draw.integers(5), 9))
    runs = some_runs(metrics=dict(zip(names, values.T, strict=True)), ids=[f"r{n}" for n in range(len(values))])
    runs = replace(runs, directions={"f1": False, "said": True, "rmse": None})
    marks = differences.best_marks(runs, names)
    assert marks.shape == values.shape
    for name, mine in zip(names, marks.T, strict=True):
        assert set(runs.metrics.index[mine]) == differences.best_runs(runs, name) == best_by_hand(runs, name)


def test_nobody_leads_on_a_metric_that_no_run_has():
    runs = some_runs(metrics={"accuracy": [0.9, 0.8]})
    assert differences.best_runs(runs, "f1") == set()
    assert not len(differences.merits(runs, "f1"))
    assert differences.best_marks(runs, []).shape == (2, 0)


def test_rank_gives_the_lowest_loss_the_first_place():
    places = differences.rank(some_runs(metrics={"loss": [0.3, 0.1, np.nan]}), "loss")
    assert list(places.index) == ["r1", "r0", "r2"]
    assert places["r1"] == 1
    assert np.isnan(places["r2"])


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        (["train_accuracy", "val_accuracy", "test_accuracy", "fit_time"], "test_accuracy"),
        (["rmse", "val_mae", "train_rmse"], "val_mae"),
        (["val_loss", "train_accuracy"], "val_loss"),
        (["fit_time", "silhouette"], "silhouette"),
        (["fit_time"], "fit_time"),
        (["clusters"], None),
        (["test_accuracy_std", "accuracy"], "accuracy"),
    ],
)
def test_the_objective_is_what_people_most_likely_mean(metrics, expected):
    assert differences.objective(some_runs(metrics={name: [0.1, 0.2] for name in metrics})) == expected


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        (["exactitud_entrenamiento", "exactitud_prueba"], "exactitud_prueba"),
        (["f1_entrenamiento", "f1_validacion"], "f1_validacion"),
        (["fit_auc", "auc_oot"], "auc_oot"),
        (["auc_dev", "auc_train"], "auc_dev"),
        (["rmse_in_sample", "rmse_out_of_sample"], "rmse_out_of_sample"),
        (["accuracy", "holdout_accuracy"], "holdout_accuracy"),
        (["system/gpu_memory", "train_loss"], "train_loss"),
        (["train_loss", "train_test_gap"], "train_loss"),
        (["rank_test_score", "mean_test_score", "std_test_score"], "mean_test_score"),
        (["system/cpu_utilization_percentage"], None),
    ],
)
def test_the_objective_knows_the_words_for_rows_learned_from_and_held_out(metrics, expected):
    assert differences.objective(some_runs(metrics={name: [0.5, 0.7] for name in metrics})) == expected


def test_what_was_measured_on_training_rows_only_is_said_to_be():
    runs = some_runs(metrics={"train_f1": [0.9, 0.8]})
    leads, rows = differences.standing(runs, LABELS, "train_f1")
    assert "“tree” is best on train_f1" in leads
    assert rows == "It was measured on the rows that were learned from: new rows may say otherwise."
    assert len(differences.standing(some_runs(metrics={"test_f1": [0.9, 0.8]}), LABELS, "test_f1")) == 1


def test_the_objective_is_one_that_most_runs_have():
    runs = some_runs(metrics={"test_accuracy": [0.9, np.nan, np.nan], "test_rmse": [np.inf, 2, 3]})
    assert differences.objective(runs) == "test_rmse"


def test_no_runs_have_no_objective():
    assert differences.objective(some_runs()) is None


def test_nobody_contests_on_training_rows_nor_on_time():
    runs = some_runs(metrics={name: [0.1, 0.2] for name in ("train_accuracy", "accuracy", "fit_time", "clusters")})
    assert differences.contested_metrics(runs) == ["accuracy"]


def test_suggested_are_the_best_five_and_the_newest():
    runs = some_runs(metrics={"accuracy": [0.1, 0.7, np.nan, 0.9, 0.8, 0.6, 0.5, 0.4]})
    assert differences.suggested_runs(runs) == ["r3", "r4", "r1", "r5", "r6", "r0"]


def test_suggested_are_the_newest_where_none_is_best():
    assert differences.suggested_runs(some_runs(metrics={"clusters": range(8)})) == ["r0", "r1", "r2", "r3", "r4"]


def test_texts_become_numbers_only_when_all_are():
    assert differences.as_numbers(pd.Series(["1", None, "1e-3"])).tolist()[::2] == [1, 0.001]
    assert differences.as_numbers(pd.Series(["1", "gini"])) is None
    assert differences.as_numbers(pd.Series(["1", "inf"])) is None
    assert differences.as_numbers(pd.Series([None, None], dtype=object)) is None


def test_the_param_that_goes_along_with_the_metric_comes_first():
    rng = np.random.default_rng(0)
    depth = np.arange(40)
    runs = some_runs(
        {
            "a_noise": rng.integers(0, 99, 40).astype(str),
            "b_unique": [f"text {place}" for place in range(40)],
            "c_kind": np.where(depth < 20, "gini", "entropy"),
            "d_depth": depth.astype(str),
        },
        {"accuracy": depth / 40},
    )
    assert differences.important_params(runs, "accuracy", 2) == ["d_depth", "c_kind"]


def test_many_categories_explain_no_more_than_chance_gives_them():
    rng = np.random.default_rng(3)
    kind = np.repeat(["gini", "entropy"], 20)
    target = np.where(kind == "gini", 1.0, 0.0) + rng.normal(0, 0.8, 40)
    text = rng.permutation(np.repeat([f"text {place}" for place in range(25)], [2] * 15 + [1] * 10))
    runs = some_runs({"a_text": text, "b_kind": kind}, {"accuracy": target})
    ranks = pd.Series(target).rank()
    explained = [ranks.groupby(groups).transform("mean").var() / ranks.var() for groups in (text, kind)]
    assert explained[0] > explained[1]  # without regard for how many categories there are
    assert differences.important_params(runs, "accuracy") == ["b_kind", "a_text"]


def test_categories_are_adjusted_as_kelley_does():
    groups = pd.Series(list("aaabbbccddde"))
    target = pd.Series([3.1, 2.2, 4.0, 5.5, 6.1, 4.9, 1.0, 2.0, 7.7, 8.1, 6.6, 3.3])
    h = stats.kruskal(*(target[groups == group] for group in "abcde")).statistic
    assert differences._association(groups, target) == pytest.approx((h - 5 + 1) / (12 - 5))


def test_few_runs_keep_the_alphabetical_order():
    runs = some_runs({"b": ["1", "2"], "a": ["2", "1"]}, {"accuracy": [0.1, 0.2]})
    assert differences.important_params(runs, "accuracy", 5) == ["a", "b"]


def test_who_leads_is_said_and_who_has_no_value():
    runs = some_runs(
        {"max_depth": ["1", "9", "9"], "n_estimators": ["1", "10", "5"]}, {"test_accuracy": [0.9, 0.966667, np.nan]}
    )
    assert differences.standing(runs, LABELS, "test_accuracy") == [
        "“forest · deep” is best on test_accuracy (0.9667).", "1 run has no value for it.",
    ]  # fmt: skip


def test_a_tie_is_called_a_tie():
    tie = some_runs({"d": ["1", "1", "1"]}, {"f1": [0.9, 0.9, 0.8]})
    assert "2 runs tie for best on f1 (0.9): “tree” and “forest · deep”." in differences.standing(tie, LABELS, "f1")
    assert "All 2 runs have the same f1 (0.9)." in differences.standing(tie.select(["r0", "r1"]), LABELS, "f1")


def test_a_lone_value_claims_no_contest():
    runs = some_runs(metrics={"f1": [0.9, np.nan]})
    assert "Only “tree” has a value for f1 (0.9)." in differences.standing(runs, LABELS, "f1")


def test_it_is_said_when_nothing_can_be_best():
    (nothing,) = differences.standing(some_runs({"d": ["1", "2"]}), LABELS, None)
    assert "no metric that says" in nothing
    (silent,) = differences.standing(some_runs(metrics={"k": [1, 2]}), LABELS, "k")
    assert "doesn't say which way" in silent


def test_braces_in_names_survive_in_both_languages():
    runs = some_runs({"{p}": ["1", "2"]}, {"{accuracy}": [0.1, 0.2]})
    for language in ("es", "en"):
        with speaking(language):
            (said,) = differences.standing(runs, {"r1": "{run}"}, "{accuracy}")
            assert {"“{run}”", "{accuracy}"} <= set(said.split())


def test_ten_thousand_runs_take_under_two_seconds():
    rng = np.random.default_rng(0)
    params = {f"p{place}": rng.integers(0, 50, 10_000).astype(str) for place in range(10)}
    params |= {f"c{place}": rng.choice(["a", "b", "c"], 10_000) for place in range(2)}
    runs = some_runs(params, {f"accuracy_{place}": rng.random(10_000) for place in range(8)})
    start = time.perf_counter()
    differences.standing(runs, {}, "accuracy_0")
    differences.important_params(runs, "accuracy_0", len(runs.params.columns))
    assert time.perf_counter() - start < 2
