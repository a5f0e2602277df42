from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.comparison.measures import recompute
from core.comparison.verdict import COMPARED_AT_MOST, to_compare, verdict
from core.i18n import speaking
from core.store.record import GROUP
from core.store.runs.tables import INFO_COLUMNS, Runs
from core.training.evaluation import evaluation_table

LABELS = {"r0": "A", "r1": "B", "r2": "C", "r3": "D"}
ROWS = 200


def some_runs(params=None, metrics=None, directions=None):
    """Tables for tests from columns; a column's n-th value belongs to the n-th run."""
    columns = list((params or {}).values()) + list((metrics or {}).values())
    ids = [f"r{place}" for place in range(len(columns[0]) if columns else 0)]
    return Runs(
        pd.DataFrame("", index=ids, columns=INFO_COLUMNS),
        pd.DataFrame(params or {}, index=ids, dtype=object),
        pd.DataFrame(metrics or {}, index=ids, dtype=float),
        directions=directions or {},
    )


def answers_with(wrong, rows=ROWS, feature=0.0):
    """The test answers of a model that is wrong on the rows numbered ``wrong``."""
    answers = np.arange(rows) % 2
    predictions = answers.copy()
    predictions[list(wrong)] = 1 - predictions[list(wrong)]
    chances = np.column_stack([1 - predictions, predictions]) * 0.8 + 0.1
    features = pd.DataFrame({"size": np.arange(rows) + feature})
    return evaluation_table(features, answers, predictions, chances, ("no", "yes"))


def measures(error, rows=ROWS, seed=0):
    rng = np.random.default_rng(seed)
    answers = rng.normal(size=rows)
    features = pd.DataFrame({"size": np.arange(rows)})
    return evaluation_table(features, answers, answers + error * np.random.default_rng(seed + 1).normal(size=rows))


def told(tables, metric="test_accuracy", params=None, **more):
    """Return the verdict on runs that logged what their tables give."""
    values = [recompute(table, metric) for table in tables]
    runs = some_runs(params, {metric: values, **more})
    return verdict(runs, LABELS, metric, dict(zip(runs.ids, tables, strict=True)))


def words(found):
    return " ".join(found.sentences)


def test_too_close_to_call_is_said_with_gap_and_variation() -> None:
    found = told(
        [answers_with(range(21)), answers_with(range(2, 22))],
        params={"max_depth": ["3", "8"], "seed": ["1", "1"]},
        test_f1=[0.9, 0.8],
        test_recall=[0.7, 0.8],
    )
    assert found.conclusion == "Too close to call: “B” or “A” on test_accuracy."
    assert found.grounds == (
        "The test_accuracy gap to “A” is 0.005 (95 %: -0.01 to 0.025), less than the usual variation (±0.018).",
    )
    assert found.changes == ("“B” beats “A” in 2 of 3 metrics.", "What changed: max_depth 3 → 8.")
    assert found.warnings == ()
    assert found.pairs[0].difference.outcome == "close"


def test_clearly_better_is_called_really_better() -> None:
    found = told([answers_with(range(60)), answers_with(range(10))])
    assert found.conclusion == "Really better: “B” on test_accuracy than “A”, on this test set."
    assert found.grounds == (
        "The test_accuracy gap to “A” is 0.25 (95 %: 0.19 to 0.31), more than the usual variation (±0.06).",
    )
    assert found.changes[1].startswith("Neither of the two logged a parameter")
    assert (found.pairs[0].leader, found.pairs[0].other) == ("r1", "r0")


def test_identical_models_are_neither_better() -> None:
    found = told([answers_with(range(10))] * 2, params={"seed": ["1", "2"]})
    assert words(found) == (
        "Equally good: “A” and “B” on test_accuracy. Both give the same answer on every test row, so neither is "
        "better. All 2 runs have the same test_accuracy (0.95). What changed: seed 2 → 1."
    )


def test_a_tie_of_different_answers_is_too_close() -> None:
    found = told([answers_with(range(10)), answers_with(range(5, 15))])
    assert "All 2 runs have the same test_accuracy (0.95)." in words(found)
    assert "gap to “B” is 0 (95 %: -0.03 to 0.03), less than the usual variation" in words(found)


def test_one_row_is_never_really_better() -> None:
    found = told([answers_with([0]), answers_with([])])
    assert found.conclusion.startswith("Too close to call")
    assert "gap to “A” is 0.005 (95 %: 0 to 0.015), less than the usual variation (±0.0075)." in words(found)


def test_lower_is_better_is_said_and_the_smaller_error_leads() -> None:
    found = told([measures(0.2), measures(0.5)], "test_rmse")
    assert found.conclusion == "Really better: “A” on test_rmse than “B”, on this test set."
    assert "; lower is better), more than the usual variation" in words(found)
    assert "“A” beats “B” on test_rmse." in found.changes
    assert found.numbers.loc[0, "Lead"] > 0


@pytest.mark.parametrize(
    ("tables", "metric", "expected"),
    [
        ([answers_with([1]), None], "test_accuracy", "no stored test answers of “B” can be read. Train again here"),
        ([answers_with([1]), answers_with([2], feature=1)], "test_accuracy", "not tested on the same rows"),
        ([answers_with([1]), answers_with([2])], "test_profit_score", "test_profit_score does not follow from"),
        ([answers_with([1]), answers_with([2, 3])], "test_accuracy", "answers of “A” do not give the test_accuracy"),
        ([answers_with([1], 8), answers_with([2], 8)], "test_accuracy", "8 test rows are too few to tell; at least 10"),
    ],
)
def test_unknown_noise_says_why_and_what_to_do(tables, metric: str, expected: str) -> None:
    runs = some_runs(metrics={metric: [0.75, 0.99]})
    found = verdict(runs, LABELS, metric, dict(zip(runs.ids, tables, strict=True)))
    assert found.conclusion.startswith("Not known whether “")
    assert "How large the noise is, is not known: " in found.grounds[0]
    assert expected in found.grounds[0]
    assert found.method == ""
    assert found.numbers.loc[0, "Lead"] == pytest.approx(0.24)
    assert np.isnan(found.numbers.loc[0, "Low"])


def test_at_most_five_changes_are_named_and_long_values_shortened() -> None:
    params = {f"p{place}": ["old", "n" * 200] for place in range(7)} | {"a_missing": [None, "1"]}
    found = told([answers_with([1, 2]), answers_with([1])], params=params)
    changes = next(sentence for sentence in found.sentences if sentence.startswith("What changed"))
    assert changes.startswith("What changed: p0 old → nnnnn")
    assert changes.endswith("and 3 others.")
    assert len(changes) < 300


def test_params_that_both_have_come_before_those_of_one() -> None:
    found = told([answers_with([1, 2]), answers_with([1])], params={"C": ["1", None], "algorithm": ["line", "tree"]})
    assert "What changed: algorithm line → tree and C 1 → –." in found.sentences


def test_runs_that_tie_everywhere_have_the_same_values() -> None:
    found = told([answers_with([1]), answers_with([2])], test_f1=[0.9, 0.9])
    assert "“A” and “B” have the same value in each of 2 metrics." in found.sentences


def test_training_scores_and_times_are_no_contest() -> None:
    found = told(
        [answers_with([1, 2]), answers_with([1])],
        train_accuracy=[1, 0.5],
        fit_seconds=[1, 2],
        accuracy=[0.9, 0.1],
        test_f1=[0.1, 0.9],
        clusters=[1, 2],
    )
    assert "“B” beats “A” in 2 of 2 metrics." in words(found)


def test_parameters_that_are_the_same_are_said_to_be_so_only_where_there_are_any() -> None:
    tables = [answers_with([1, 2]), answers_with([1])]
    assert "Their parameters are the same." in words(told(tables, params={"depth": ["3", "3.0"]}))
    assert "Their parameters are the same." not in words(told(tables))


def test_a_change_in_the_middle_of_long_values_is_not_cut_out() -> None:
    old, new = (f"{'a' * 60}{what}{'z' * 60}" for what in ("tanh", "relu"))
    said = words(told([answers_with([1]), answers_with([1, 2])], params={"layers": [new, old]}))
    assert "tanh" in said
    assert "relu" in said


def test_half_of_the_metrics_do_not_make_a_run_beat_another() -> None:
    found = told([answers_with([1, 2]), answers_with([1])], test_f1=[0.9, 0.1])
    assert "“B” is better in 1 and “A” in 1 of 2 metrics." in words(found)


def test_metrics_that_are_equal_are_counted() -> None:
    found = told([answers_with([1, 2]), answers_with([1])], test_f1=[0.9, 0.9])
    assert "“B” beats “A” in 1 of 2 metrics. In 1 they are the same." in words(found)


def test_a_metric_that_answers_do_not_give_is_not_said_of_answers_that_nobody_stored() -> None:
    runs = some_runs(metrics={"val_profit_score": [0.5, 0.25]})
    found = verdict(runs, LABELS, "val_profit_score", {})
    assert "no stored test answers of “A” and “B” can be read, and val_profit_score would not" in words(found)
    assert "does not follow" not in words(found)


def test_people_who_said_that_neither_way_is_better_are_not_told_that_the_name_does_not_say() -> None:
    runs = some_runs(metrics={"f1": [0.5, 0.25]}, directions={"f1": None})
    assert words(verdict(runs, LABELS, "f1", {})) == ("Neither way is better for f1, or people do not agree which.")


def test_a_leader_that_loses_elsewhere_is_not_said_to_beat() -> None:
    found = told([answers_with([1, 2]), answers_with([1])], test_f1=[0.9, 0.1], test_recall=[0.9, 0.1])
    assert "“B” is better in 1 and “A” in 2 of 3 metrics." in words(found)


def test_with_more_runs_the_next_best_is_named_and_the_others_counted() -> None:
    found = told(
        [answers_with(range(12)), answers_with(range(10)), answers_with(range(14)), answers_with(range(90))],
        params={"d": ["1", "2", "3", "4"]},
    )
    assert found.conclusion == "Too close to call: “B” or “A” on test_accuracy."
    assert "“B” is best on test_accuracy (0.95)." in found.grounds
    assert "“B” beats “A” on test_accuracy." in found.sentences
    assert "What changed: d 1 → 2." in found.sentences
    assert found.grounds[-1] == ("Of 2 other runs, compared with “B”: 1 is too close to call and 1 is really worse.")
    assert [pair.other for pair in found.pairs] == ["r0", "r2", "r3"]
    assert found.numbers["The leader is"].tolist() == ["too close to call", "too close to call", "really better"]


def test_a_leader_that_beats_each_of_the_others_is_said_to_do_so() -> None:
    found = told([answers_with(range(5)), answers_with(range(60)), answers_with(range(90))])
    assert found.conclusion == "Really better: “A” on test_accuracy than each of 2 other runs, on this test set."
    assert "really worse" not in words(found)


def test_a_run_behind_the_second_that_is_too_close_decides() -> None:
    # The third is right where the leader errs: of two whose answers differ much, more is chance
    tables = [answers_with(range(40)), answers_with(range(55)), answers_with(range(130, 186))]
    found = told(tables)
    assert [pair.difference.outcome for pair in found.pairs] == ["better", "close"]
    assert found.conclusion == "Too close to call: “A” or “C” on test_accuracy."
    assert "The test_accuracy gap to “C” is" in found.grounds[0]
    assert found.grounds[-1] == "Of 1 other run, compared with “A”: 1 is really worse."


def test_a_lead_over_the_second_alone_names_no_one_else() -> None:
    found = told([answers_with(range(5)), answers_with(range(60)), answers_with(range(70), feature=1)])
    assert found.conclusion == "Really better: “A” on test_accuracy than “B”, on this test set."
    assert found.grounds[-1] == "Of 1 other run, compared with “A”: for 1 the noise is not known."


def test_runs_far_behind_are_counted_and_not_compared() -> None:
    runs = some_runs(metrics={"test_accuracy": np.linspace(0.5, 0.9, 30)})
    found = verdict(runs, {}, "test_accuracy", {})
    assert len(found.pairs) == COMPARED_AT_MOST == len(found.numbers)
    assert len(to_compare(runs, "test_accuracy")) == COMPARED_AT_MOST + 1
    assert "for 19 the noise is not known." in words(found)
    assert found.grounds[-1] == "9 runs further behind were not compared."


def test_rows_of_one_group_are_warned_of_where_test_rows_decide() -> None:
    tables = [answers_with(range(21)), answers_with(range(2, 42))]
    found = told(tables, params={"split_groups": ["patient", "patient"]})
    assert found.warnings[0].startswith("Rows with the same patient are alike, but each counts for itself")
    assert not told(tables, params={"split_groups": [None, None]}).warnings
    for table in tables:
        table.insert(1, GROUP, np.arange(len(table)) // 2)
    known = told(tables, params={"split_groups": ["patient", "patient"]})
    assert not known.warnings
    assert "whole groups were drawn" in known.method
    assert "group by group" in known.method
    few = told([table.assign(**{GROUP: 0}) for table in tables], params={"split_groups": ["patient", "patient"]})
    assert "the test rows are of 1 group," in few.grounds[0]
    tables = [table.drop(columns=GROUP) for table in tables]
    assert not told(tables, params={"split_ordered_by": ["day", "day"]}).warnings


def test_the_best_of_many_comes_with_a_warning_that_counts_who_has_a_value() -> None:
    def warned(*values: float, metric: str = "test_accuracy"):
        return verdict(some_runs(metrics={metric: values}), {}, metric, {}).warnings

    assert warned(0.9, 0.8, 0.7, 0.6, 0.5) == warned(0.9, 0.8, 0.7, 0.6, 0.5, np.nan, np.nan) == ()
    (warning,) = warned(0.9, 0.8, 0.7, 0.6, 0.5, 0.4, np.nan)
    assert warning.startswith("The best of 6 values of test_accuracy flatters whoever has it, if all were measured on")
    assert warned(*[0.9] * 7) == ()
    assert len(warned(0.9, 0.9, 0.7, 0.6, 0.5, 0.4)) == 1
    assert warned(*range(1, 9), metric="fit_seconds") == warned(*range(1, 9), metric="train_loss") == ()


@pytest.mark.long
def test_the_best_of_many_is_not_warned_of_where_its_lead_is_real_or_the_rows_are_others() -> None:
    def warned(*tables):
        runs = some_runs(metrics={"test_accuracy": [recompute(table, "test_accuracy") for table in tables]})
        return verdict(runs, {}, "test_accuracy", dict(zip(runs.ids, tables, strict=True))).warnings

    behind = [answers_with(range(60 + place)) for place in range(6)]
    assert warned(answers_with(range(2)), *behind) == ()
    assert len(warned(answers_with(range(59)), *behind)) == 1
    assert warned(answers_with(range(2), feature=1), *behind) == ()


@pytest.mark.long
def test_the_best_of_twenty_equal_runs_is_called_better_than_none() -> None:
    rng = np.random.default_rng(3)
    tables = [answers_with(np.flatnonzero(rng.random(ROWS) < 0.2)) for _run in range(20)]
    found = told(tables)
    assert {pair.difference.outcome for pair in found.pairs} == {"close"}
    assert "really" not in words(found)
    assert "any of these lines wrong in one of twenty such comparisons" in found.method


def test_without_a_contest_nobody_leads() -> None:
    def said(metric, **metrics):
        found = verdict(some_runs(metrics=metrics), LABELS, metric, {})
        assert (found.pairs, found.warnings, len(found.numbers)) == ((), (), 0)
        return words(found)

    assert said("k", k=[1, 2]) == "The name k doesn't say which way is better."
    assert said("f1", f1=[np.nan, 0.9]) == "Only “B” has a value for f1 (0.9). 1 run has no value for it."
    assert said("f1", f1=[np.nan, np.inf]) == "None of these runs has a value for f1 that can be compared."
    assert said("f1", loss=[1, 2]) == said("", loss=[1, 2])
    assert said("", loss=[1, 2]) == "These runs have no metric that says which is best."
    assert words(verdict(some_runs(), {}, "f1", {})) == "No runs are selected."


def test_what_people_said_of_a_direction_counts() -> None:
    tables = {"r0": answers_with([1]), "r1": answers_with([1, 2])}
    values = {"test_accuracy": [recompute(table, "test_accuracy") for table in tables.values()]}
    assert verdict(some_runs(metrics=values), LABELS, "test_accuracy", tables).pairs[0].leader == "r0"
    turned = some_runs(metrics=values, directions={"test_accuracy": False})
    found = verdict(turned, LABELS, "test_accuracy", tables)
    assert found.pairs[0].leader == "r1"
    assert found.pairs[0].difference.gap > 0


def test_the_method_names_the_test_and_its_level() -> None:
    assert "McNemar's test (mid-p) must also find p < 0.05" in told([answers_with([1, 2]), answers_with([1])]).method
    method = told([measures(0.2), measures(0.5)], "test_rmse").method
    assert "p < 0.05, when the answers of the two runs are swapped by chance" in method
    assert "one of twenty" not in method


def test_an_interval_that_mcnemars_test_does_not_support_is_too_close() -> None:
    found = told([answers_with(range(4)), answers_with([])])
    assert found.pairs[0].difference.low > 0
    assert found.conclusion.startswith("Too close to call")
    assert "right on 4 against 0 test rows, and chance does that too." in words(found)


def test_an_interval_that_swapped_answers_do_not_support_is_too_close() -> None:
    found = told([answers_with(range(5)), answers_with([])], "test_f1")
    assert found.pairs[0].difference.low > 0
    assert found.conclusion.startswith("Too close to call")
    assert "swapping the answers of the two by chance makes such a gap too." in words(found)


@pytest.mark.parametrize("language", ["es", "en"])
def test_braces_in_names_survive_in_both_languages(language: str) -> None:
    tables = [answers_with(range(30)), answers_with(range(10)), answers_with(range(50)), None]
    runs = some_runs(
        {"{p}": ["{0}", "b", "c", "d"]},
        {"test_accuracy": [*(recompute(table, "test_accuracy") for table in tables[:3]), 0.1]},
    )
    labels = {"r0": "{run}", "r1": "{", "r2": "}"}
    with speaking(language):
        found = verdict(runs, labels, "test_accuracy", dict(zip(runs.ids, tables, strict=True)))
    assert "“{run}”" in words(found)
    assert "{p} {0} → b" in words(found)
    assert ("0,1" if language == "es" else "0.1") in words(found)


def test_a_leader_that_is_no_better_than_the_same_answer_always_is_named() -> None:
    coin = answers_with(range(0, ROWS, 2))  # always yes
    found = told([coin, answers_with(range(110))])
    assert found.no_better == "Always answering “no” gets 0.5 on test_accuracy: “A” with 0.5 is no better."
    assert told([answers_with(range(4)), answers_with(range(40))]).no_better == ""
