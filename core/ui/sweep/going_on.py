"""A sweep that has ended goes on: what failed is tried again, what was left is tried, or it is widened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from core.errors import ParameterError
from core.i18n import _, ngettext
from core.process import shared, sweeps
from core.text import plain
from core.training.sweeps.plan import check
from core.training.sweeps.standing import standing, would_fail
from core.training.sweeps.sweeps import Sweep
from core.training.sweeps.trials import Trial
from core.training.tasks import Task
from core.ui import frame, session
from core.ui.sweep import dimensions, form, limits, verbs


def offer(sweep: Sweep, trials: Sequence[Trial], tasks: Mapping[str, Task]) -> None:
    """Offer what can be done with a sweep that nobody carries out, to who may."""
    task = tasks.get(sweep.plan.task)
    if sweep.run.deleted:
        return
    if task is None:
        words = _("The task {task} is not here, so the sweep cannot go on.")
        frame.note(words.format(task=plain(sweep.plan.task, 60)))
        return
    if not sweeps.may_go_on(session.actor(), sweep.run.run_id):
        frame.note(f":material/lock: {_('Only the presenter, or whoever launched it, may have it go on.')}")
        return
    now = standing(trials, sweep.plan)
    time_is_up = sweep.seconds >= 60 * sweep.plan.minutes
    with st.container(key="sweep_go_on"):
        if now.left and not time_is_up and not would_fail(trials):
            words = ngettext("Resume: {count} trial is left", "Resume: {count} trials are left", now.left)
            if st.button(words, key="sweep_resume", icon=":material/play_arrow:", type="primary"):
                _resume(sweep, task)
            frame.note(_(verbs.RESUME))
        elif now.left and time_is_up:
            frame.note(_("Its minutes are used up before all was tried. Widen it to give it more."))
        if now.again:
            words = ngettext(
                "Retry the {count} trial that failed or was stopped",
                "Retry the {count} trials that failed or were stopped",
                now.again,
            )
            if st.button(words, key="sweep_retry", icon=":material/replay:"):
                _retry(sweep, task)
    with st.expander(_("Widen it or give it more"), icon=":material/open_in_full:", key="sweep_widen"):
        _widen(sweep, trials, task)


def _resume(sweep: Sweep, task: Task) -> None:
    with st.spinner(_("Waking up the workers…")), shared.writing([sweep.run.run_id]):
        shared.sweeps().resume(shared.store(), session.actor(), task, sweep.run.run_id)
    st.rerun()


def _retry(sweep: Sweep, task: Task) -> None:
    with st.spinner(_("Waking up the workers…")), shared.writing([sweep.run.run_id]):
        shared.sweeps().retry(shared.store(), session.actor(), task, sweep.run.run_id)
    st.rerun()


def _widen(sweep: Sweep, trials: Sequence[Trial], task: Task) -> None:
    """Show the form again with what may change: values of the same parameters, trials and time."""
    frame.note(_("What was tried counts: only what is new is tried. What is measured stays the same."))
    try:
        parameters = task.algorithm(sweep.plan.algorithm).parameters
    except ParameterError as error:
        frame.note(plain(error, 400))
        return
    key = f"sweep_widen_{sweep.run.run_id}"
    plan = limits.sampler(sweep.plan, key=key)
    dimensions.note_grid(plan)
    only = frozenset(dimension.name for dimension in plan.varied)
    asked = dimensions.choose(parameters, plan, key=key, only=only)
    plan = limits.limits(replace(plan, varied=asked.varied), key=key)
    problems = [*asked.problems]
    try:
        check(plan, task)
    except ParameterError as error:
        problems.append(error)
    for problem in problems:
        st.warning(plain(problem, 500), icon=":material/error:")
    left = 0 if problems else standing(trials, plan).left
    if not problems:
        form.show_more(left, plan)
    if st.button(
        _("Go on with it"), key="sweep_widen_press", icon=":material/play_arrow:",
        disabled=not left or plan == sweep.plan,
    ):  # fmt: skip
        with st.spinner(_("Waking up the workers…")), shared.writing([sweep.run.run_id]):
            shared.sweeps().widen(shared.store(), session.actor(), task, sweep.run.run_id, plan)
        st.rerun()
