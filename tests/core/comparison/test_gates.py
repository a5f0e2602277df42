from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from core.comparison.gates import NO_BASELINE, PRODUCTION_WITHOUT, Candidate, gate, judge, measured_words, read_gates
from core.errors import ParameterError
from core.i18n import speaking
from core.store.registry.events import GateOutcome
from core.store.registry.stages import GATES_TAG

NEW = Candidate(
    metrics={"test_f1": 0.61, "test_accuracy": 0.80, "test_rmse": 12.0, "depth": 3.0},
    production={"test_f1": 0.60, "test_accuracy": 0.81, "test_rmse": 10.0, "depth": 2.0},
    same_signature=True,
)


def passes(rule: str, version: Candidate = NEW) -> bool:
    return judge([gate(rule)], version)[0].passed


def measured(rule: str, version: Candidate = NEW) -> str:
    return judge([gate(rule)], version)[0].measured


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("f1 > 0.85", "f1 > 0.85"),
        ("f1>=0,85", "f1 >= 0.85"),
        (" test_rmse  <  1e3 ", "test_rmse < 1000"),
        ("my metric <= -2", "my metric <= -2"),
        ("accuracy NOT worse than production by more than .01", "accuracy not worse than Production by more than 0.01"),
        ("Signature Unchanged", "signature unchanged"),
        ("test_f1 Better than the  baseline", "test_f1 better than baseline"),
        ("passed through staging", "passed through Staging"),
        ("description  not empty", "description not empty"),
        ("f1 ≥ 0,85", "f1 >= 0.85"),
        ("rmse < 1,3055", "rmse < 1.3055"),
        ("rmse < 1300", "rmse < 1300"),
        ("rmse < 1.305", "rmse < 1.305"),
    ],
)
def test_rules_are_read_as_people_write_them(written: str, kept: str) -> None:
    assert gate(written).text == kept
    assert gate(kept) == gate(written)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "f1",
        "> 0.85",
        "f1 > many",
        "f1 = 0.85",
        "be good",
        "f1 not worse than Production by more than -1",
        "f1 > 1 2",
        "rmse < 1,300",  # a thousand and more, or one and a bit?
        "rmse < 1,300,000",
        "rmse < 1.300.000",
        "f1 => 0.85",
        "f1 == 0.85",
        "f1 > 0.8 and recall > 0.7",
        "f1 and recall > 0.7",
        "f1 y recall > 0,7",
        "f1, recall > 0.7",
        "0.5 < f1 < 0.9",
        "f1 and recall not worse than Production by more than 0.1",
        "rmse not worse than Production by more than 1,300",
    ],
)
def test_what_is_no_rule_is_refused(written: str) -> None:
    with pytest.raises(ParameterError, match="A gate must be a rule such as"):
        gate(written)


@pytest.mark.parametrize(
    ("rule", "passed"),
    [
        ("f1 > 0.6", True), ("f1 > 0.61", False), ("f1 >= 0.61", True), ("test_f1 < 0.61", False),
        ("test_f1 <= 0.61", True), ("f1 > 0.85", False), ("depth > 2", True),
    ],
)  # fmt: skip
def test_a_limit_is_kept_or_not(rule: str, passed: bool) -> None:
    assert passes(rule) is passed
    assert float(measured(rule)) == pytest.approx(NEW.metrics.get("test_f1" if "f1" in rule else "depth", 0))


@pytest.mark.parametrize(
    ("rule", "passed"),
    [
        ("accuracy not worse than Production by more than 0.01", True),  # exactly so much, but for the last digits
        ("accuracy not worse than Production by more than 0.009", False),
        ("f1 not worse than Production by more than 0", True),
        ("rmse not worse than Production by more than 1.9", False),  # lower is better
        ("rmse not worse than Production by more than 2", True),
    ],
)
def test_not_worse_than_production_knows_which_way_is_better(rule: str, passed: bool) -> None:
    assert passes(rule) is passed


@pytest.mark.parametrize(
    ("value", "rule", "passed", "shown"),
    [
        (0.8999999999999999, "f1 >= 0.9", True, "0.9"),  # the noise of its last digit
        (0.9000000000000001, "f1 > 0.9", False, "0.9"),
        (0.89999, "f1 >= 0.9", False, "0.89999"),
        (0.899999999, "f1 >= 0.9", False, "0.899999999"),
        (1300.000001, "f1 <= 1300", False, "1300.000001"),
    ],
)
def test_a_number_that_fails_never_looks_like_its_limit(value: float, rule: str, passed: bool, shown: str) -> None:
    outcome = judge([gate(rule)], replace(NEW, metrics={"test_f1": value}))[0]
    assert (outcome.passed, measured_words(outcome)) == (passed, shown)


def test_a_difference_that_fails_never_looks_like_its_limit() -> None:
    apart = replace(NEW, metrics={"f1": 0.8899999}, production={"f1": 0.9})
    outcome = judge([gate("f1 not worse than Production by more than 0.01")], apart)[0]
    assert (outcome.passed, measured_words(outcome)) == (False, "-0.0100001")


def test_both_sides_of_a_comparison_are_the_same_metric() -> None:
    mixed = replace(NEW, metrics={"f1": 0.99, "test_f1": 0.70}, production={"test_f1": 0.80})
    assert not passes("f1 not worse than Production by more than 0.01", mixed)
    assert measured("f1 not worse than Production by more than 0.01", mixed) == "-0.1"
    apart = replace(NEW, metrics={"f1": 0.99}, production={"test_f1": 0.80})
    assert measured("f1 not worse than Production by more than 0.01", apart) == PRODUCTION_WITHOUT


def test_of_a_gap_the_distance_from_zero_counts() -> None:
    wide = replace(NEW, metrics={"train_test_gap": -0.3}, production={"train_test_gap": 0.05})
    assert not passes("train_test_gap not worse than Production by more than 0.1", wide)


def test_what_people_said_of_a_metric_goes_before_its_name() -> None:
    said = replace(NEW, directions={"test_rmse": True})
    assert passes("rmse not worse than Production by more than 0", said)


def test_a_metric_without_direction_passes_nothing() -> None:
    assert not passes("depth not worse than Production by more than 9")
    assert "which way" in measured("depth not worse than Production by more than 9")


def test_with_nothing_in_production_there_is_nothing_to_be_worse_than() -> None:
    alone = replace(NEW, production=None, same_signature=None)
    assert passes("accuracy not worse than Production by more than 0", alone)
    assert passes("signature unchanged", alone)
    assert measured("signature unchanged", alone) == "nothing is in Production to compare with"


@pytest.mark.parametrize(
    ("rule", "version"),
    [
        ("speed > 1", NEW),
        ("speed not worse than Production by more than 1", NEW),
        ("f1 not worse than Production by more than 1", replace(NEW, production={})),
        ("f1 > 0.1", replace(NEW, metrics={"test_f1": float("nan")})),
        ("signature unchanged", replace(NEW, same_signature=None)),
        ("signature unchanged", replace(NEW, same_signature=False)),
    ],
)
def test_what_cannot_be_measured_does_not_pass_and_says_why(rule: str, version: Candidate) -> None:
    assert not passes(rule, version)
    assert measured(rule, version)


def test_staging_and_description() -> None:
    assert not passes("passed through Staging")
    assert passes("passed through Staging", replace(NEW, staged=True))
    assert not passes("description not empty", replace(NEW, description="  "))
    assert passes("description not empty", replace(NEW, description="Good."))


def test_a_line_of_another_program_that_cannot_be_read_lets_nobody_through() -> None:
    gates = read_gates({GATES_TAG: "f1 > 0.1\n\nbe nice\nf1 > 0.1\n"})
    assert [each.text for each in gates] == ["f1 > 0.1", "be nice"]
    assert [outcome.passed for outcome in judge(gates, NEW)] == [True, False]


def test_a_model_without_the_tag_has_no_gates() -> None:
    assert read_gates({}) == []


def test_rules_and_what_they_measured_are_said_in_the_readers_language() -> None:
    found = judge(read_gates({GATES_TAG: "f1 > 0.85\nsignature unchanged\nspeed > 1"}), replace(NEW, production=None))
    with speaking("es"):
        assert gate("f1 > 0.85").words == "f1 > 0,85"
        assert gate("signature unchanged").words == "misma firma"
        assert [measured_words(outcome) for outcome in found] == [
            "0,61", "no hay nada en Producción con qué compararla", "esta versión no tiene esa métrica",
        ]  # fmt: skip


def test_a_version_must_be_better_than_always_giving_the_same_answer() -> None:
    same = {"test_accuracy": 0.79, "test_rmse": 12.0, "test_depth": 1.0}
    known = replace(NEW, baseline=same)
    assert passes("accuracy better than baseline", known)
    assert measured("accuracy better than baseline", known) == "0.8"
    assert not passes("rmse better than baseline", known)  # as good is not better
    assert passes("rmse better than baseline", replace(NEW, baseline={"test_rmse": 12.5}))  # lower is better
    assert not passes("accuracy better than baseline")
    assert measured("accuracy better than baseline") == NO_BASELINE
    assert not passes("recall better than baseline", known)
    with speaking("es"):
        assert gate("accuracy better than baseline").words != "accuracy better than baseline"


# Of no group


def answered(found: int, of: int, contract: str) -> pd.DataFrame:
    """Positive rows of one contract, of which some were found, and as many negative ones that are answered right."""
    said = ["Yes"] * found + ["No"] * (2 * of - found)
    return pd.DataFrame(
        {"answer": ["Yes"] * of + ["No"] * of, "prediction": said, "probability_No": 0.5, "probability_Yes": 0.5,
         "Contract": contract}
    )  # fmt: skip


ANSWERS = pd.concat([answered(30, 50, "Month-to-month"), answered(18, 20, "One year"), answered(0, 4, "Two year")])
ANSWERS.insert(0, "row", range(len(ANSWERS)))
GROUPED = Candidate(metrics={}, answers=ANSWERS)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("recall of no group of Contract below 0.5", "recall of no group of Contract below 0.5"),
        ("Recall  OF no group of `Contract` BELOW 0,5", "Recall of no group of Contract below 0.5"),
        ("mae of no group of City of birth above 3000", "mae of no group of City of birth above 3000"),
        ("recall of no group of Contract < .5", "recall of no group of Contract below 0.5"),
        ("recall of no group of Age < 30 below 0.5", "recall of no group of Age < 30 below 0.5"),
    ],
)
def test_rules_of_groups_are_read_as_people_write_them(written: str, kept: str) -> None:
    assert gate(written).text == kept
    assert gate(kept) == gate(written)
    assert gate(kept).kind == "no_group"


@pytest.mark.parametrize(
    "written",
    ["recall of no group of Contract below", "recall of no group of Contract 0.5", "of no group of Contract below 0.5",
     "recall and f1 of no group of Contract below 0.5", "recall of no group of Contract below 1,300",
     "recall of no group of below 0.5"],
)  # fmt: skip
def test_half_a_rule_of_groups_is_none(written: str) -> None:
    with pytest.raises(ParameterError, match="A gate must be a rule"):
        gate(written)


def test_the_worst_group_judges_and_groups_of_few_rows_do_not() -> None:
    assert passes("recall of no group of Contract below 0.5", GROUPED)
    assert passes("recall of no group of Contract below 0.6", GROUPED)
    assert not passes("recall of no group of Contract below 0.61", GROUPED)
    assert measured("recall of no group of Contract below 0.5", GROUPED) == (
        "0.6 for Month-to-month (50 rows); 2 groups judged, 1 with too few rows"
    )
    assert not passes("recall of no group of Contract above 0.8", GROUPED)


def test_errors_of_no_group_are_above_a_number() -> None:
    rows = pd.DataFrame({"row": range(40), "answer": 0.0, "prediction": [3.0] * 20 + [5.0] * 20, "size": range(40)})
    version = Candidate(metrics={}, answers=rows)
    assert passes("mae of no group of size above 5", version)
    assert not passes("test_mae of no group of SIZE above 4.9", version)
    assert measured("mae of no group of size above 4.9", version) == "5 for > 20 (19 rows); 2 groups judged"


@pytest.mark.parametrize(
    ("rule", "version", "why"),
    [
        ("recall of no group of Contract below 0.5", NEW, "no test rows are stored"),
        ("recall of no group of City below 0.5", GROUPED, "no such column"),
        ("mae of no group of Contract above 5", GROUPED, "no such metric"),
        ("recall of no group of Contract below 0.5", replace(GROUPED, answers=ANSWERS.iloc[100:140]), "only one group"),
        (
            "recall of no group of Contract below 0.5",
            replace(GROUPED, answers=ANSWERS.iloc[::6]),
            "enough rows to tell",
        ),
    ],
)
def test_what_no_group_tells_does_not_pass_and_says_why(rule: str, version: Candidate, why: str) -> None:
    assert not passes(rule, version)
    assert why in measured(rule, version)


def test_a_rule_of_groups_and_what_judged_it_are_said_in_the_readers_language() -> None:
    rule = "recall of no group of Contract below 0.5"
    outcome = judge([gate(rule)], GROUPED)[0]
    assert measured_words(outcome) == (
        "0.6 for “Month-to-month”, counted on 50 rows; 2 groups judged; 1 has too few rows to tell"
    )
    with speaking("es"):
        assert gate(rule).words == "recall de ningún grupo de Contract por debajo de 0,5"
        assert measured_words(outcome) == (
            "0,6 en «Month-to-month», contado en 50 filas; 2 grupos juzgados; 1 tiene muy pocas filas para saberlo"
        )


@pytest.mark.parametrize(
    ("group", "said"),
    [("> 12 <= 24.5", "más de 12 y hasta 24,5"), ("<= -3", "hasta -3"), ("> 1e+06", "más de 1.000.000"),
     ("= 0.5", "0,5"), ("missing", "sin valor"), ("007", "007"), ("> x", "> x"), ("a (b) > 1", "a (b) > 1")],
)  # fmt: skip
def test_a_kept_group_is_called_as_on_the_page(group: str, said: str) -> None:
    outcome = GateOutcome("recall of no group of x below 0.5", False, f"0.25 for {group} (12 rows); 3 groups judged")
    with speaking("es"):
        assert f"«{said}»" in measured_words(outcome)
