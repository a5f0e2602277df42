"""A sweep in an address: it comes back as it was, and what cannot be is said."""

from __future__ import annotations

import pytest

from core.training.sweeps import linked
from core.training.sweeps.plan import SweepPlan, check
from core.training.sweeps.proposals import as_values, proposed, proposed_plan
from core.training.sweeps.space import Range, Values
from trainers import TASKS
from trainers.presets import PRESETS, presets_of

CHURN = TASKS["telco_churn"]


def asked(plan: SweepPlan) -> dict[str, str]:
    found = linked.form(plan, TASKS[plan.task])
    return {name: found[name] for name in ("params", "vary", "how")}


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.title)
def test_a_preset_can_be_carried_out_and_comes_back_from_its_link(preset: object) -> None:
    plan = PRESETS[0].plan
    assert check(plan, TASKS[plan.task]) == plan
    assert plan.most == plan.trials == 36
    assert linked.read(TASKS[plan.task], plan.algorithm, **asked(plan)) == (plan, [])
    assert presets_of("iris") == []


def test_a_plan_with_everything_comes_back_from_its_link() -> None:
    plan = SweepPlan(
        "telco_churn", "random_forest",
        (Values("max_features", ("sqrt", None)), Range("n_estimators", 10, 200, log=True, whole=True)),
        "roc_auc", {"max_depth": None, "scale": True}, "random", 17, 2.5, 0.5, 3, "thorough", "choose", True, 7,
        "lower",
    )  # fmt: skip
    assert linked.read(CHURN, "random_forest", **asked(plan)) == (plan, [])


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS.keys())
def test_what_is_proposed_of_any_algorithm_can_be_carried_out(task: object) -> None:
    found = TASKS[getattr(task, "name", "")]
    for algorithm in found.algorithms:
        plan = proposed_plan(found, algorithm.name, {})
        assert check(plan, found) is plan
        assert linked.read(found, algorithm.name, **asked(plan)) == (plan, [])
        for parameter in algorithm.parameters:
            dimension = proposed(parameter)
            values = as_values(dimension)
            assert len(values.values) > 1
            check(SweepPlan(found.name, algorithm.name, (values,), plan.objective, sampler="grid"), found)


def test_what_an_address_asks_for_and_cannot_be_is_said_and_the_rest_is_taken() -> None:
    plan, problems = linked.read(
        CHURN, "random_forest", params="max_depth=900", vary="n_estimators=10,20;depth=3;max_depth=0:5",
        how="trials=9,objective=rmse,minutes=x,sampler=tpe,colour=red,trials=0",
    )  # fmt: skip
    assert plan.varied == (Values("n_estimators", (10, 20)),)
    assert (plan.trials, plan.objective, plan.fixed) == (9, "accuracy", {})
    assert len(problems) == 7


def test_a_link_that_says_nothing_of_what_varies_begins_with_what_matters_most() -> None:
    assert linked.read(CHURN, "random_forest")[0] == proposed_plan(CHURN, "random_forest", {})
    assert linked.read(CHURN, "random_forest", vary="")[0].varied == ()


def test_narrowed_axes_become_ranges_within_the_specs() -> None:
    parameters = CHURN.algorithm("random_forest").parameters
    found, left = linked.narrowed(
        parameters,
        {
            "n_estimators": (5.5, 2000.0), "max_depth": ("5.0", "None", "900"), "min_samples_leaf": (3.2, 3.4),
            "min_samples_split": (4, 4), "max_features": ("sqrt", "None"), "cv_f1": (0.1, 0.2), "colour": ("red",),
        },
    )  # fmt: skip
    assert found == [
        Range("n_estimators", 6, 1000, log=True, whole=True), Values("max_depth", (5, None)),
        Values("min_samples_split", (4,)), Values("max_features", ("sqrt", None)),
    ]  # fmt: skip
    assert left == ["min_samples_leaf", "cv_f1", "colour"]
