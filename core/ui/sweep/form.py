"""The form of a sweep: what varies and how far it may go, with the count and the minutes before anything is pressed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from core.errors import ParameterError
from core.i18n import _, duration, ngettext, number
from core.process import baselines, cache, shared, sweeps
from core.settings import settings
from core.store.runs.directions import directions_of
from core.text import plain
from core.training.sweeps import linked
from core.training.sweeps.plan import SweepPlan, check
from core.training.sweeps.presets import Preset
from core.training.sweeps.space import size
from core.training.sweeps.standing import estimate
from core.training.tasks import Algorithm, Task
from core.ui import address, frame, navigation, session
from core.ui.sweep import dimensions, limits, said


def offer_presets(presets: Sequence[Preset], task: Task) -> None:
    """Offer sweeps that the task comes with: a press fills the form."""
    for preset in presets:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{_(preset.title)}**: {_(preset.why)}", width="stretch")
            if st.button(_("Fill the form with it"), key=f"sweep_preset_{preset.title}", icon=":material/edit_note:"):
                navigation.go("sweep", **linked.form(preset.plan, task))


def choose(task: Task, algorithm: Algorithm) -> tuple[SweepPlan, list[ParameterError]]:
    """Choose a sweep, begun with that of the address, which then holds it; and say what is wrong with it."""
    key = address.unsaid(f"sweep_{task.name}_{algorithm.name}")
    begun, missing = linked.read(
        task, algorithm.name, params=address.value("params"),
        vary=address.value("vary") if address.value("vary") else None, how=address.value("how"),
    )  # fmt: skip
    plan = limits.sampler(begun, key=key)
    dimensions.note_grid(plan)
    st.markdown(f"**{_('What varies')}**")
    asked = dimensions.choose(algorithm.parameters, plan, key=key)
    kept = {name: value for name, value in plan.fixed.items() if name not in {one.name for one in asked.varied}}
    plan = limits.limits(replace(plan, varied=asked.varied, fixed=kept), key=key)
    try:
        plan = limits.judging(plan, task, _said_ways(task), key=key)
        problems = [*asked.problems, *_problem(plan, task)]
    except ParameterError as error:
        problems = [*asked.problems, error]
    if not asked.problems:
        _keep("vary", linked.vary(plan.varied))
        _keep("how", linked.how(plan, task))
    if missing:
        words = _("The settings in the address are not used. {why}").format(why=" ".join(map(str, missing)))
        address.say_missing("vary", plain(words, 500))
    return plan, problems


def _said_ways(task: Task) -> Mapping[str, bool | None]:
    """Return what people said of metrics in the experiment where the sweep will be."""
    name = settings().experiment_name or task.experiment
    return next((directions_of(one.tags) for one in cache.experiments() if one.name == name), {})


def _keep(name: str, text: str) -> None:
    """Have the address hold what is in the form; where that is another choice, what was missing is past."""
    (address.keep if address.value(name) in {"", text} else address.choose)(name, text)


def _problem(plan: SweepPlan, task: Task) -> list[ParameterError]:
    try:
        check(plan, task)
    except ParameterError as error:
        return [error]
    return []


def show_before(plan: SweepPlan) -> None:
    """Say how many trials and fits a sweep is, and how long it takes by what this machine did before."""
    combinations = size(plan.varied)
    parts = [ngettext("**{count} trial**", "**{count} trials**", plan.most)]
    if combinations is not None:
        parts.append(ngettext("of {count} combination", "of {count} combinations", combinations))
    _show_count(" ".join(parts), plan.most, plan)


def show_more(left: int, plan: SweepPlan) -> None:
    """Say how many trials come to those that a sweep has, and how long these take."""
    if not left:
        frame.note(_("Nothing new is left to try: all of it has been tried."))
        return
    _show_count(ngettext("**{count} more trial**", "**{count} more trials**", left), left, plan)


def _show_count(counted: str, trials: int, plan: SweepPlan) -> None:
    fits = ngettext("{count} model is fitted", "{count} models are fitted", trials * plan.fits)
    st.markdown(f"{counted}, {fits}. {_time(trials, plan)}")


def _time(trials: int, plan: SweepPlan) -> str:
    one, by_trials = sweeps.seconds_a_trial(plan)
    seconds, within = estimate(trials, plan, one, sweeps.workers())
    if seconds is None:
        return _("How long that takes nobody knows yet: nothing of the kind was trained on this machine. It ends after "
                 "{limit} at the latest.").format(limit=said.minutes(plan.minutes))  # fmt: skip
    if within < trials:
        return _("By what was trained here before, about {done} of them are done after {limit}, when it ends.").format(
            done=number(within, 0), limit=said.minutes(plan.minutes)
        )
    words = (
        _("By trials here before, that takes about {duration}.") if by_trials
        else _("By runs trained here before, that takes about {duration}, rather less.")
    )  # fmt: skip
    return words.format(duration=duration(seconds if seconds < 1 else round(seconds)))


def launch(task: Task, plan: SweepPlan) -> None:
    """Begin a sweep and show it."""
    with shared.writing():
        run_id = shared.sweeps().begin(
            shared.store(), session.actor(), task, plan, experiment=settings().experiment_name,
            data=lambda: baselines.data_of(task),
        )  # fmt: skip
    address.choose("run", run_id)
    st.rerun()


def may_launch(task: Task, problems: Sequence[ParameterError]) -> bool:
    """Tell whether a sweep can be launched, and say why not."""
    if baselines.is_contested(task):
        frame.note(
            ":material/lock: "
            + _("The class contests this task: a sweep would be many tries. Train one run, or wait for the end.")
        )
        return False
    for problem in problems:
        st.warning(plain(problem, 500), icon=":material/error:")
    return not problems
