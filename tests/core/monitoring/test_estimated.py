from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.comparison.measures import recompute
from core.i18n import speaking
from core.monitoring.calibration import calibrate
from core.monitoring.estimated import LIMIT, estimate_classes, estimate_numbers
from core.monitoring.residuals import residuals_of
from tests.fixtures.draws import draws
from tests.fixtures.monitored import answered, answered_of_three, chances_in, measured

OF_TWO = ["accuracy", "precision", "recall", "f1", "roc_auc"]


def estimate(tested: pd.DataFrame, window: pd.DataFrame):
    return estimate_classes(calibrate(tested), window["prediction"], chances_in(window))


@pytest.mark.parametrize("sharper", [1.0, 2.5])
@pytest.mark.parametrize("middle", [0.0, 1.5])
def test_what_is_expected_is_what_comes_true_also_where_inputs_have_changed(middle: float, sharper: float) -> None:
    window = answered(2, 5000, middle, sharper)
    found = estimate(answered(1, 4000, 0.0, sharper), window).metrics
    assert list(found) == OF_TWO
    for name in OF_TWO:
        assert found[name].value == pytest.approx(recompute(window, f"test_{name}"), abs=0.035)


@pytest.mark.part(4)
@pytest.mark.parametrize("rows", [60, 1000])
@pytest.mark.parametrize("sharper", [1.0, 2.5])
def test_intervals_hold_what_comes_true_as_often_as_they_promise(sharper: float, rows: int) -> None:
    held = dict.fromkeys(OF_TWO, 0)
    known = [calibrate(answered(1000 + seed, 600, 0.0, sharper)) for seed in range(draws(200, 20))]
    times = 2 * len(known)
    for seed in range(times):
        window = answered(seed, rows, 0.3, sharper)
        found = estimate_classes(known[seed // 2], window["prediction"], chances_in(window)).metrics
        for name in OF_TWO:
            held[name] += found[name].low <= recompute(window, f"test_{name}") <= found[name].high
    assert min(held.values()) >= (0.92 if times > 100 else 0.75) * times


def test_three_classes_have_an_expected_accuracy() -> None:
    window = answered_of_three(2, 4000, 2.0)
    found = estimate(answered_of_three(1, 2000, 2.0), window).metrics
    assert list(found) == ["accuracy"]
    assert found["accuracy"].value == pytest.approx(recompute(window, "test_accuracy"), abs=0.03)
    assert found["accuracy"].low < found["accuracy"].value < found["accuracy"].high


def test_the_answer_counts_and_not_the_likelier_class() -> None:
    window = answered(2, 4000, cutoff=0.9)
    found = estimate(answered(1, 4000), window).metrics
    for name in ("accuracy", "precision", "recall", "f1"):
        assert found[name].value == pytest.approx(recompute(window, f"test_{name}"), abs=0.03)
    assert found["recall"].value < 0.4


def test_a_changed_meaning_is_not_seen_and_the_words_say_so() -> None:
    tested, window = answered(1, 2000), answered(2, 4000)
    before = recompute(window, "test_accuracy")
    turned = np.random.default_rng(0).random(4000) < 0.15
    other = {"no": "yes", "yes": "no"}
    window["answer"] = window["answer"].mask(turned, window["answer"].map(other))
    found = estimate(tested, window)
    assert found.metrics["accuracy"].value == pytest.approx(before, abs=0.02)
    assert found.metrics["accuracy"].value - recompute(window, "test_accuracy") > 0.06
    assert found.words[-1] == LIMIT
    assert "it cannot see when the same row has another true answer than before" in found.words[-1]
    with speaking("es"):
        assert "no puede ver" in found.words[-1]


def test_the_expected_area_is_that_of_all_that_may_come_true() -> None:
    tested, window = answered(1, 2000), answered(2, 40)
    known = calibrate(tested)
    chances = known.corrected(chances_in(window).to_numpy())[:, 1]
    scores = window["probability_yes"].to_numpy()
    rows = range(len(window))
    pairs = [(chances[one] * (1 - chances[other]), scores[one] > scores[other]) for one in rows for other in rows
             if one != other]  # fmt: skip
    expected = sum(weight for weight, is_above in pairs if is_above) / sum(weight for weight, _ in pairs)
    found = estimate_classes(known, window["prediction"], chances_in(window))
    assert found.metrics["roc_auc"].value == pytest.approx(expected)


def test_a_class_that_is_never_answered_has_no_precision() -> None:
    window = answered(2, 100)
    window["prediction"] = "no"
    found = estimate(answered(1), window).metrics
    assert "precision" not in found
    assert (found["recall"].value, found["f1"].value) == (0, 0)


def test_rows_of_which_nothing_can_be_said_are_counted_by_why() -> None:
    window = answered(2, 100)
    chances, predictions = chances_in(window), window["prediction"].astype(object)
    chances.loc[0:9, "yes"] = np.nan
    chances.loc[10:12, ["no", "yes"]] = 0.9
    chances.loc[13, ["no", "yes"]] = [-0.5, 1.5]
    predictions[14:16] = None
    predictions[16] = "perhaps"
    found = estimate_classes(calibrate(answered(1)), predictions, chances)
    assert found.left_out == {"no_prediction": 2, "unknown_class": 1, "no_chances": 10, "not_chances": 4}
    assert found.rows == 83
    assert "1 of 100 rows have an answer that is none of the model's classes and are left out." in found.words
    assert found.metrics["accuracy"] == estimate(answered(1), window[17:]).metrics["accuracy"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda window: (window["prediction"], None), "no_chances"),
        (lambda window: (window["prediction"], chances_in(window)[["yes"]]), "no_chances"),
        (lambda window: (window["prediction"], chances_in(window) * np.nan), "no_chances"),
        (lambda window: (window["prediction"], chances_in(window).set_axis(["good", "bad"], axis=1)), "other_classes"),
        (lambda window: (window["prediction"], chances_in(window).assign(maybe=0.0)), "other_classes"),
        (lambda window: (pd.Series(["good"] * 100), chances_in(window)), "other_classes"),
        (lambda window: (pd.Series(np.linspace(0, 9, 100)), chances_in(window)), "other_kind"),
        (lambda window: (window["prediction"][:0], chances_in(window)[:0]), "no_rows"),
        (lambda window: (window["prediction"].where(window.index < 40), chances_in(window)), "mostly_left_out"),
    ],
)
def test_what_cannot_be_estimated_is_said_with_its_reason(change, reason) -> None:
    found = estimate_classes(calibrate(answered(1)), *change(answered(2, 100)))
    assert (found.reason, found.metrics) == (reason, {})
    assert found.words[0]
    with speaking("es"):
        spanish = found.words[0]
    assert spanish != found.words[0]


def test_a_flaw_of_the_test_rows_is_the_reason() -> None:
    for found in (
        estimate_classes(calibrate(None), pd.Series(["yes"]), None),
        estimate_numbers(residuals_of(None), pd.Series([1.0])),
    ):
        assert (found.reason, found.metrics) == ("flaw", {})
        assert found.words[0].startswith("The run stored no test rows")


def test_classes_that_are_numbers_are_the_same_as_words() -> None:
    tested, window = (answered(seed, 400, names=("0", "1")) for seed in (1, 2))
    chances, known = chances_in(window), calibrate(tested)
    numbers = window["prediction"].astype(int)
    expected = estimate_classes(known, window["prediction"], chances).metrics
    assert estimate_classes(known, numbers, chances).metrics == expected
    assert estimate_classes(known, numbers.astype(float), chances).metrics == expected
    assert estimate_classes(known, window["prediction"], chances[["1", "0"]]).metrics == expected


# Numbers


@pytest.mark.parametrize("middle", [-1.0, 0.0, 1.0])
def test_errors_are_those_of_like_answers(middle: float) -> None:
    window = measured(2, 3000, middle)
    found = estimate_numbers(residuals_of(measured(1, 4000)), window["prediction"])
    assert list(found.metrics) == ["mae", "rmse"]
    for name, close in (("mae", 0.1), ("rmse", 0.25)):
        assert found.metrics[name].value == pytest.approx(recompute(window, f"test_{name}"), rel=close)
    assert found.words[-1] == LIMIT


def test_intervals_hold_the_real_error_as_often_as_they_promise() -> None:
    times, held = draws(400, 20), 0
    for seed in range(times):
        window = measured(2 * seed, 300)
        found = estimate_numbers(residuals_of(measured(2 * seed + 1, 1000)), window["prediction"]).metrics["mae"]
        held += found.low <= recompute(window, "test_mae") <= found.high
    assert held >= (0.92 if times > 100 else 0.75) * times


def test_answers_beyond_those_on_test_rows_are_said() -> None:
    tested = measured(1, 500)
    found = estimate_numbers(residuals_of(tested), pd.Series([1000.0, 100.0, -1000.0]))
    assert found.beyond == 2
    assert any(sentence.startswith("2 of 3 answers are beyond") for sentence in found.words)


def test_few_test_rows_tell_no_groups_apart_and_say_so() -> None:
    known = residuals_of(measured(1, 60))
    assert "60 test rows are too few to tell errors apart" in known.words
    low, high = (estimate_numbers(known, pd.Series([value] * 9)).metrics["mae"] for value in (60.0, 140.0))
    assert low == high
    assert residuals_of(measured(1, 9)).flaw == "too_few_rows"


def test_a_model_that_often_answers_the_same_makes_no_small_groups() -> None:
    tested = measured(1, 400)
    tested["prediction"] = np.where(np.arange(400) < 390, 100.0, tested["prediction"])
    known = residuals_of(tested)
    assert known.rows.min() >= 25
    assert known.rows.sum() == 400


def test_test_rows_of_another_kind_are_no_errors() -> None:
    assert residuals_of(answered()).flaw == "not_numbers"
    assert residuals_of(measured().drop(columns="prediction")).flaw == "no_table"
    found = estimate_numbers(residuals_of(measured()), pd.Series(["yes", "no"]))
    assert found.reason == "other_kind"
    left = estimate_numbers(residuals_of(measured()), pd.Series([100.0, 90.0, np.nan, np.inf]))
    assert (left.rows, left.left_out) == (2, {"no_prediction": 2})
    assert estimate_numbers(residuals_of(measured()), pd.Series([np.nan] * 3)).reason == "mostly_left_out"
