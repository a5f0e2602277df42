from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.isotonic import IsotonicRegression

from core.i18n import speaking
from core.monitoring.calibration import calibrate, places_of
from tests.fixtures.draws import draws
from tests.fixtures.monitored import answered, answered_of_three, chances_in


def test_chances_that_are_true_stay_as_the_model_says_them() -> None:
    chosen = [calibrate(answered(seed)).chosen for seed in range(draws(60, 6))]
    assert chosen.count("as_said") >= 0.7 * len(chosen)


@pytest.mark.parametrize("sharper", [0.4, 2.5])
def test_chances_that_are_too_sure_or_too_unsure_are_corrected(sharper: float) -> None:
    tested, later = answered(1, sharper=sharper), answered(2, 5000, sharper=sharper)
    found = calibrate(tested)
    assert found.chosen == "isotonic"
    assert found.gap_corrected < found.gap_as_said
    said = chances_in(later)["yes"].to_numpy()
    true = 1 / (1 + np.exp(-later["size"].to_numpy()))
    read = found.corrected(np.column_stack([1 - said, said]))
    assert np.abs(read[:, 1] - true).mean() < 0.5 * np.abs(said - true).mean()
    assert read.sum(axis=1) == pytest.approx(1)


def test_chances_of_three_classes_are_corrected_and_make_a_whole() -> None:
    found = calibrate(answered_of_three(0, sharper=3.0))
    assert (found.chosen, found.classes, len(found.steps)) == ("isotonic", ("a", "b", "c"), 3)
    assert found.corrected(np.array([[0.9, 0.05, 0.05], [0.0, 0.0, 1.0]])).sum(axis=1) == pytest.approx(1)
    assert found.corrected(np.array([[0.96, 0.02, 0.02]]))[0, 0] < 0.9


def test_the_steps_are_those_of_isotonic_regression() -> None:
    tested = answered(3, sharper=2.5)
    found, said, is_it = calibrate(tested), tested["probability_yes"], tested["answer"] == "yes"
    fitted = IsotonicRegression(y_min=0, y_max=1).fit_transform(said, is_it)
    assert found.corrected(chances_in(tested).to_numpy())[:, 1] == pytest.approx(np.asarray(fitted))
    assert found.steps[0].rows.sum() == 1000
    assert (np.diff(found.steps[0].values) > 0).all()


def test_few_test_rows_tell_nothing_and_say_so() -> None:
    found = calibrate(answered(0, 49))
    assert found.flaw == "too_few_rows"
    assert "49 test rows, too few" in found.words
    with speaking("es"):
        assert "49 filas de prueba, demasiado pocas" in found.words


def rare(sure: float) -> pd.DataFrame:
    """Rows of which three are of the second class, and none is said to be."""
    tested = answered(0, 200)
    tested["answer"] = np.where(np.arange(200) < 3, "yes", "no")
    return tested.assign(prediction="no", probability_no=sure, probability_yes=1 - sure)


def test_few_rows_of_a_class_correct_nothing_and_say_so() -> None:
    found = calibrate(rare(0.98))
    assert (found.chosen, found.flaw) == ("unchecked", "")
    assert "with fewer than 5 test rows of a class they cannot be corrected" in found.words
    with speaking("es"):
        assert "con menos de 5 filas de prueba de una clase" in found.words


def test_a_model_that_is_always_sure_and_at_times_wrong_is_not_believed() -> None:
    found = calibrate(rare(1.0))
    assert (found.flaw, found.expected) == ("chances_wrong", 1.0)
    assert "by them 100% of its answers to the test rows would be right, but 98.5% are" in found.words
    sure = answered(0, 60)
    sure["probability_yes"] = (sure["prediction"] == "yes").astype(float)
    sure["probability_no"] = 1 - sure["probability_yes"]
    assert calibrate(sure).chosen == "isotonic"


def test_what_seems_wrong_makes_the_interval_wider() -> None:
    spreads = [calibrate(answered(seed, 60, sharper=0.7)).spread for seed in range(20)]
    assert min(spreads) == 1
    assert max(spreads) > 1.5


@pytest.mark.parametrize(
    ("change", "flaw"),
    [
        (lambda table: None, "no_table"),
        (lambda table: table.drop(columns="row"), "no_table"),
        (lambda table: table.drop(columns=["probability_no", "probability_yes"]), "no_chances"),
        (lambda table: table.assign(probability_yes=0.7, probability_no=0.7), "no_chances"),
        (lambda table: table.assign(probability_yes=np.nan), "no_chances"),
        (lambda table: table.assign(answer=table["answer"].replace("yes", "maybe")), "other_classes"),
        (lambda table: table.assign(answer=(table["answer"] == "yes").astype(int)), "no_chances"),
        (lambda table: table.head(49), "too_few_rows"),
    ],
)
def test_what_other_programs_stored_is_a_flaw_with_a_sentence(change, flaw) -> None:
    found = calibrate(change(answered()))
    assert found.flaw == flaw
    assert found.words
    with speaking("es"):
        assert found.words != calibrate(answered()).words


def test_rows_without_an_answer_or_with_odd_chances_are_left_out() -> None:
    tested = answered(0, 100)
    tested.loc[:9, "probability_yes"] = np.nan
    tested.loc[10:14, "answer"] = None
    assert calibrate(tested).rows == 85


def test_rows_of_one_group_tell_less() -> None:
    one = answered(0, 300)
    alike = pd.concat([one.head(30)] * 10, ignore_index=True)
    alike.insert(1, "row_group", np.tile(np.arange(30), 10))
    found = calibrate(alike)
    assert found.spread >= 9.99
    assert calibrate(one).spread < 5


def test_words_are_matched_by_what_they_mean() -> None:
    words = pd.Series(["Yes", " yes", "NO", None, "maybe"], dtype=object)
    assert places_of(words, ("no", "yes")).tolist() == [1, 1, 0, -1, -1]
    assert places_of(pd.Series(["1.0", "True", "0"]), ("0", "1")).tolist() == [1, 1, 0]
    assert places_of(pd.Series(["a", "A"]), ("a", "A")).tolist() == [0, 1]
