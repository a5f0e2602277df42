"""How a sweep goes about it: who asks, what counts, how much it may take, and whether it looks at the test rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from core.i18n import _
from core.training.efforts import Effort
from core.training.sweeps.plan import (
    DIRECTIONS,
    MOST_AT_ONCE,
    MOST_MINUTES,
    MOST_TRIALS,
    OBJECTIVES,
    SAMPLERS,
    TEST_ROWS,
    SweepPlan,
    directed,
    said_direction,
)
from core.training.tasks import Task
from core.ui import frame
from core.ui.sweep import said


def sampler(plan: SweepPlan, *, key: str) -> SweepPlan:
    """Choose who asks for the next trial, each with one sentence."""
    chosen = st.segmented_control(
        _("How to search"), SAMPLERS, format_func=lambda one: _(said.SAMPLERS[one]), default=plan.sampler,
        required=True, key=f"{key}_sampler",
    )  # fmt: skip
    frame.note(_(said.SAMPLER_MEANINGS[chosen]))
    return replace(plan, sampler=chosen)


def limits(plan: SweepPlan, *, key: str) -> SweepPlan:
    """Choose how many trials there are and how long they may take together; the rest is folded away."""
    left, right = st.columns(2, gap="medium")
    with left:
        trials = st.number_input(_("Trials, at the most"), 1, MOST_TRIALS, plan.trials, 1, key=f"{key}_trials")
    with right:
        minutes = st.number_input(
            _("Minutes, at the most"), 0.1, float(MOST_MINUTES), float(plan.minutes), 5.0, format="%g",
            key=f"{key}_minutes",
        )  # fmt: skip
    with st.expander(_("More limits"), icon=":material/timer:", key=f"{key}_more_limits"):
        first, second = st.columns(2, gap="medium")
        with first:
            at_once = st.number_input(
                _("Trials at once, at the most"), 1, MOST_AT_ONCE, plan.at_once, 1, key=f"{key}_at_once"
            )
        with second:
            each = st.number_input(
                _("Minutes a trial, at the most"), 0.1, float(MOST_MINUTES), float(plan.trial_minutes), 1.0,
                format="%g", key=f"{key}_trial_minutes",
            )  # fmt: skip
        prunes = st.toggle(_("Give up poor trials early"), value=plan.prunes, key=f"{key}_prunes")
        frame.note(
            _("After 5 trials, one that is worse than half of those before it after some of its folds is given up.")
        )
    return replace(
        plan, trials=int(trials), minutes=float(minutes), at_once=int(at_once), trial_minutes=float(each), prunes=prunes
    )


def judging(plan: SweepPlan, task: Task, said_ways: Mapping[str, bool | None], *, key: str) -> SweepPlan:
    """Choose what counts as good, which way, how thoroughly it is measured, and what becomes of the test rows.

    ``said_ways`` is what people said of metrics in the experiment.

    Raises:
        ParameterError: nobody says which way is better.
    """
    offered = [one for one in OBJECTIVES[task.kind] if one != "roc_auc" or len(task.class_names) == 2]
    left, right = st.columns(2, gap="medium")
    with left:
        begin = offered.index(plan.objective) if plan.objective in offered else 0
        objective = st.selectbox(_("What counts"), offered, index=begin, key=f"{key}_objective")
        ways = st.container()
        titles: dict[Effort, str] = {"fair": _("Fair"), "thorough": _("Thorough")}
        effort = st.segmented_control(
            _("Effort"), list(titles), format_func=titles.__getitem__, default=plan.effort, required=True,
            key=f"{key}_effort",
        )  # fmt: skip
        frame.note(_("Each trial learns and is tried on 5 folds.") if effort == "fair" else
                   _("Each trial learns and is tried on 5 folds, three times over."))  # fmt: skip
    with right:
        test_rows = st.radio(
            _("The test rows"), TEST_ROWS, index=TEST_ROWS.index(plan.test_rows), key=f"{key}_test_rows",
            format_func=lambda one: _(said.TEST_ROWS[one]),
        )  # fmt: skip
        frame.note(_(said.TEST_ROWS_MEANINGS[test_rows]))
    asked = plan.direction if objective == plan.objective else ""
    plan = replace(plan, objective=objective, effort=effort, test_rows=test_rows, direction=asked)
    with ways:
        return _direction(plan, said_ways, key=f"{key}_direction_{objective}")


def _direction(plan: SweepPlan, said_ways: Mapping[str, bool | None], *, key: str) -> SweepPlan:
    """Choose which way of the objective is better; begins with what the address, else the experiment, else all say."""
    begin = plan.direction or said_direction(plan, said_ways)
    chosen = st.segmented_control(
        _("Which way is better?"), DIRECTIONS, default=begin, required=begin is not None, key=key,
        format_func=lambda one: _("↑ higher is better") if one == "higher" else _("↓ lower is better"),
    )  # fmt: skip
    plan = directed(replace(plan, direction=""), chosen, said_ways)
    if plan.is_turned:
        words = _("What is known of {metric} is the other way: the sweep then looks for the worst settings.")
        st.warning(words.format(metric=plan.objective), icon=":material/swap_vert:")
    frame.note(said.direction(plan))
    return plan
