import json
from dataclasses import replace

import pytest

from core.errors import ParameterError
from core.training.sweeps.plan import LONGEST_TEXT, SweepPlan, check, directed, from_text, to_text
from core.training.sweeps.space import Range, Values
from tests.fixtures.sweep_task import TASK

PLAN = SweepPlan("sweep_iris", "neighbours", (Values("neighbours", (1, 5, 9)), Range("seconds", 0.0, 1.0)), "accuracy")


def test_a_plan_is_kept_as_text_and_read_again() -> None:
    plan = replace(PLAN, fixed={"breaks": False}, sampler="random", test_rows="shown", prunes=True, minutes=2.5)
    assert from_text(to_text(plan)) == plan


@pytest.mark.parametrize("text", ["", "[]", "{}", "3", '{"varied": 3}', '{"varied": [{}]}', '{"task": "x"}'])
def test_what_is_no_plan_is_told(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        from_text(text)


@pytest.mark.parametrize(
    "changed",
    [{"trials": "many"}, {"minutes": None}, {"minutes": float("nan")}, {"effort": "quick"}, {"effort": []},
     {"sampler": 3}, {"test_rows": "x"}, {"fixed": [1]}, {"fixed": {"a": {}}}, {"task": None}, {"at_once": 1e400},
     {"direction": "up"}, {"direction": ["lower"]}, {"direction": None},
     {"varied": [{"name": "a", "values": [[1]]}]},
     {"varied": [{"name": "a", "low": "nan", "high": 1, "log": False, "whole": True}]}],
)  # fmt: skip
def test_a_plan_of_other_kinds_that_another_program_wrote_is_none(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        from_text(json.dumps(json.loads(to_text(PLAN)) | changed))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"varied": ()}, "must vary something"),
        ({"varied": (Values("neighbours", (0,)),)}, "from 1 to 1000"),
        (
            {"varied": (Values("neighbours", (1, 2)), Range("neighbours", 1, 3, whole=True))},
            "neighbours is there twice",
        ),
        ({"fixed": {"neighbours": 3}}, "neighbours is there twice"),
        ({"fixed": {"legs": 3}}, "There is no parameter 'legs'"),
        ({"fixed": {"breaks": 3}}, "yes or no"),
        ({"sampler": "grid"}, "A grid needs the values of seconds one by one"),
        ({"direction": "up"}, "direction must be one of"),
        ({"sampler": "guess"}, "sampler must be one of grid, random, tpe"),
        ({"objective": "rmse"}, "objective must be one of accuracy, f1"),
        ({"objective": "roc_auc"}, "objective must be one of accuracy, f1, precision, recall"),  # of three classes
        ({"test_rows": "often"}, "must be one of once, shown, choose"),
        ({"effort": "quick"}, "effort must be one of fair, thorough"),
        ({"trials": 0}, "trials must be from 1 to 1000"),
        ({"trials": 1001}, "trials must be from 1 to 1000"),
        ({"minutes": 0}, "minutes must be from 0.1"),
        ({"minutes": float("nan")}, "minutes must be from 0.1"),
        ({"minutes": "all night"}, "minutes must be from 0.1"),
        ({"trial_minutes": 1e9}, "trial_minutes must be from 0.1 to 1440"),
        ({"at_once": 17}, "at_once must be from 1 to 16"),
        ({"algorithm": "magic"}, "cannot be learned by 'magic'"),
    ],
)
def test_what_cannot_be_carried_out_is_refused_in_words(changes: dict[str, object], why: str) -> None:
    with pytest.raises(ParameterError) as refused:
        check(replace(PLAN, **changes), TASK)  # type: ignore[arg-type]
    assert why in str(refused.value)


def test_what_does_not_fit_into_a_tag_is_refused() -> None:
    wide = replace(PLAN, varied=(Values("neighbours", (1,)),), fixed={"seconds": 1.0}, objective="accuracy")
    assert len(to_text(check(wide, TASK))) < LONGEST_TEXT
    long = tuple(1 / 3 + number / 7 for number in range(50))
    many = replace(PLAN, varied=tuple(Values("seconds", long) for _ in range(10)))
    with pytest.raises(ParameterError):
        check(many, TASK)


def test_there_are_no_more_trials_than_combinations() -> None:
    assert replace(PLAN, varied=(Values("neighbours", (1, 5, 9)),), trials=50).most == 3
    assert replace(PLAN, trials=50).most == 50


def test_a_trial_fits_a_model_a_fold_and_one_more_where_it_is_tested() -> None:
    assert PLAN.fits == 5
    assert replace(PLAN, effort="thorough", test_rows="choose").fits == 16


def test_a_plan_without_a_direction_means_what_it_meant_and_one_with_it_is_read_again() -> None:
    assert "direction" not in json.loads(to_text(PLAN))
    assert [replace(PLAN, objective=one).is_lower_better for one in ("accuracy", "rmse")] == [False, True]
    turned = replace(PLAN, direction="lower")
    assert from_text(to_text(turned)) == turned
    assert (turned.is_lower_better, turned.is_turned, PLAN.is_turned) == (True, True, False)


def test_what_was_chosen_goes_before_what_the_experiment_says_and_that_before_what_is_known() -> None:
    assert directed(PLAN, None, {}) == PLAN
    assert directed(PLAN, "higher", {}) == PLAN
    assert directed(PLAN, "lower", {}).direction == "lower"
    assert directed(PLAN, None, {"cv_accuracy": False}).direction == "lower"
    assert directed(PLAN, "higher", {"cv_accuracy": False}).direction == "higher"
    by_test = replace(PLAN, test_rows="choose")
    assert directed(by_test, None, {"cv_accuracy": False, "test_accuracy": True}) == by_test


def test_where_the_experiment_says_that_neither_way_is_better_it_is_asked() -> None:
    with pytest.raises(ParameterError, match="Which way of accuracy is better must be said"):
        directed(PLAN, None, {"cv_accuracy": None})
    assert directed(PLAN, "higher", {"cv_accuracy": None}).direction == "higher"
