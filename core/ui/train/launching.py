"""Launch runs and watch them: the same board for every visitor, as MLflow itself says what each run is doing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core import words
from core.i18n import N_, _, ngettext
from core.process import baselines, cache, durations, model_tasks, shared
from core.settings import settings
from core.store.runs.tables import ALGORITHM_TAG, SWEEP_TAG, TRIAL_TAG, Run
from core.text import plain
from core.training import launching
from core.training.efforts import Effort
from core.training.endings import Stopped
from core.training.specs import Value
from core.training.tasks import Algorithm, Task
from core.ui import address, frame, navigation, own_runs, pickers, session

SHOWN_AT_ONCE = 12
_STOPPED = {
    Stopped.NOW: N_("{name} is stopped."),
    Stopped.LATER: N_("{name} is trained no more. Its store does not answer and will be told as soon as it does."),
    Stopped.ENDED: N_("{name} had ended before."),
    Stopped.ELSEWHERE: N_("{name} is trained by another program, and goes on. Stop it where it was launched."),
}


def choose_algorithm(task: Task) -> Algorithm:
    """Choose how a task is learned; the address holds it where it is not the first one, or was asked for."""
    names = [algorithm.name for algorithm in task.algorithms]
    key, asked = f"train_algorithm_{task.name}", address.value("algorithm")
    chosen = asked if asked in names else names[0]
    address.keep("algorithm", chosen if asked == chosen else "")  # as it is, as its parameters go where it changes
    if asked and asked != chosen:
        address.say_missing("algorithm", pickers.not_there(_("Algorithm"), asked, words.algorithm(chosen)))
    pickers.control(key, chosen)
    st.segmented_control(
        _("Algorithm"), names, format_func=words.algorithm, required=True, key=key,
        on_change=lambda: address.choose(
            "algorithm", "" if st.session_state[key] == names[0] else st.session_state[key]
        ),
    )  # fmt: skip
    return task.algorithm(chosen)


def launch(
    task: Task, algorithm_name: str, chosen: Mapping[str, Value], name: str, effort: Effort,
    said: tuple[str, Mapping[str, str]] = ("", {}),
) -> str:  # fmt: skip
    """Launch a run with the note and the tags that are ``said`` of it, tell so and return its id."""
    jobs, store, actor = shared.jobs(), shared.store(), session.actor()
    with shared.writing():
        run_id = launching.launch(
            jobs, store, actor, task, algorithm_name, chosen, name=name, experiment=settings().experiment_name,
            data=lambda: baselines.data_of(task), effort=effort, note=said[0], tags=said[1],
        )  # fmt: skip
    own_runs.note(run_id)
    _carry_on(task.name)
    st.toast(_("{name} is launched.").format(name=plain(cache.run(run_id).name)), icon=":material/rocket_launch:")
    return run_id


def allowed() -> bool:
    """Tell whether the visitor may train; say what is missing where they may not."""
    if session.actor().is_stranger:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="train_join"):
            st.markdown(_("Whoever trains in a class needs a nickname."), width="content")
            navigation.link("join", _("Join the class"))
        return False
    return frame.allows("train", _("Only the presenter may train now."))


def offer_sweep(task: Task, algorithm: Algorithm) -> None:
    """Offer to try many settings of an algorithm at once, where it has any."""
    if algorithm.parameters:
        asked = {"task": task.name, "algorithm": algorithm.name, "params": address.value("params")}
        navigation.link("sweep", _("Try many settings at once"), **asked, vary="", how="", run="")


def show_baseline(task: Task) -> None:
    """Say that the next run takes the task's baseline along, where it does."""
    if baselines.is_missing(task):
        words_of = (
            N_("Run 0 comes along: the baseline, which always gives the most frequent answer. A model must beat it.")
            if task.kind == "classification"
            else N_("Run 0 comes along: the baseline, which always answers with the mean. A model must beat it.")
        )
        frame.note(_(words_of))


def show_limit(task: Task, algorithm: Algorithm, effort: Effort) -> None:
    """Say how long a run may take here, and that this one may take longer where those of the past did."""
    minutes = settings().run_minutes
    known = durations.seconds(task.name, algorithm.name, effort)
    if known is not None and known > 60 * minutes:
        st.warning(
            ngettext(
                "A run is ended after {count} minute here, and by those of the past this one would take longer. "
                "Choose a smaller effort, or fewer steps or trees.",
                "A run is ended after {count} minutes here, and by those of the past this one would take longer. "
                "Choose a smaller effort, or fewer steps or trees.",
                minutes,
            ),
            icon=":material/timer:",
        )
        return
    frame.note(
        ngettext(
            "A run that takes longer than {count} minute is ended, so that others get their turn.",
            "A run that takes longer than {count} minutes is ended, so that others get their turn.",
            minutes,
        )
    )


def _carry_on(task: str) -> None:
    """Have the next pages begin with what was launched: a model of its task, the best runs and the newest."""
    models = [model.name for model in model_tasks.models_of(cache.models(), task)]
    carried = address.carried("model")
    address.carry(runs="", model=carried if carried in models else next(iter(models), ""))


def wake_workers() -> None:
    """Start the workers while the form is filled."""
    shared.jobs().start_soon()


@frame.live(1.0)
def board(launched: Sequence[str]) -> None:
    """Show what is running now, whoever launched it, but for what was launched here."""
    active = [run for run in cache.active_runs() if run.run_id not in launched and TRIAL_TAG not in run.tags]
    sweeps = [run for run in active if SWEEP_TAG in run.tags]
    others = [run for run in active if SWEEP_TAG not in run.tags]
    if active:
        st.subheader(_("Running now"), anchor=False)
    for run in sweeps[:SHOWN_AT_ONCE]:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(_("**{sweep}**: a sweep").format(sweep=plain(run.title, 200)), width="stretch")
            navigation.link("sweep", _("Open the sweep"), run=run.run_id)
    for run in others[:SHOWN_AT_ONCE]:
        with st.container(border=True):
            show_progress(run)
    if len(others) > SHOWN_AT_ONCE:
        frame.note(ngettext("and {count} more", "and {count} more", len(others) - SHOWN_AT_ONCE))


def show_progress(run: Run) -> None:
    """Show how far a run is, and offer to stop it."""
    done, doing = words.progress(run, shared.jobs().place(run.run_id))
    st.markdown(f"**{plain(run.title)}** · {words.algorithm(run.tags.get(ALGORITHM_TAG, ''))}")
    st.progress(done, text=doing)
    actor = session.actor()
    if actor.may("stop" if shared.jobs().is_of(actor, run.run_id) else "stop_others") and st.button(
        _("Stop this run"), key=f"train_stop_{run.run_id}", icon=":material/stop_circle:"
    ):
        with shared.writing():
            outcome = shared.jobs().stop(actor, shared.store(), run.run_id)
        st.toast(_(_STOPPED[outcome]).format(name=plain(run.title)), icon=":material/stop_circle:")
