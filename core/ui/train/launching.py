"""Launch runs and watch them: the same board for every visitor, as MLflow itself says what each run is doing."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.i18n import _, current_language, duration, ngettext, number
from core.settings import settings
from core.store.runs.tables import ALGORITHM_TAG, TASK_TAG, Run
from core.store.writer import schedule_run
from core.text import plain
from core.training.demo import Demo, load_demo
from core.training.jobs import Job
from core.training.specs import Value, complete, run_name
from core.training.tasks import Task
from core.ui import cache, frame, navigation, session, words

ENDED = {"FINISHED", "FAILED", "KILLED"}
SHOWN_AT_ONCE = 12


def launch(task: Task, algorithm_name: str, chosen: Mapping[str, Value], name: str) -> str:
    """Validate, create the run, hand it to a worker and return its id."""
    parameters = task.algorithm(algorithm_name).parameters
    params = complete(parameters, chosen)
    name = name.strip() or run_name(words.algorithm(algorithm_name), parameters, params)
    store, actor = cache.store(), session.actor()
    tags = {TASK_TAG: task.name, ALGORITHM_TAG: algorithm_name}
    jobs = cache.jobs()
    jobs.start()
    run_id = schedule_run(
        store,
        actor,
        experiment=settings().experiment_name or task.experiment,
        name=name,
        tags=tags,
    )
    cache.note_write()
    jobs.submit(actor, Job(store.uri, run_id, task, algorithm_name, params, current_language()))
    st.toast(_("{name} is launched.").format(name=plain(name)), icon=":material/rocket_launch:")
    return run_id


def wake_workers() -> None:
    """Start the workers while the form is filled."""
    cache.jobs().start_soon()


@frame.live(1.0)
def board(launched: str) -> None:
    """Show what is running now, whoever launched it, and how the run launched here ended."""
    if launched:
        _result(cache.run(launched))
    others = [run for run in cache.active_runs() if run.run_id != launched]
    if others:
        st.subheader(_("Running now"), anchor=False)
    for run in others[:SHOWN_AT_ONCE]:
        with st.container(border=True):
            _progress(run)
    if len(others) > SHOWN_AT_ONCE:
        frame.note(ngettext("and {count} more", "and {count} more", len(others) - SHOWN_AT_ONCE))


def _progress(run: Run) -> None:
    done, doing = words.progress(run)
    st.markdown(f"**{plain(run.name)}** · {words.algorithm(run.tags.get(ALGORITHM_TAG, ''))}")
    st.progress(done, text=doing)
    if st.button(_("Stop this run"), key=f"train_stop_{run.run_id}", icon=":material/stop_circle:"):
        cache.jobs().stop(session.actor(), run.run_id)
        cache.note_write()


def _result(run: Run) -> None:
    with st.container(border=True, key="train_result"):
        if run.status not in ENDED:
            _progress(run)
            return
        if run.status != "FINISHED":
            st.error(
                words.failure(run),
                title=_("The run {name} ended early").format(name=plain(run.name)),
                icon=":material/error:",
            )
            return
        st.success(
            _("Trained in {duration}.").format(duration=duration(run.seconds)),
            title=_("{name} is ready").format(name=plain(run.name)),
            icon=":material/check_circle:",
        )
        with st.container(horizontal=True):
            for metric in [m for m in sorted(run.metrics) if m.startswith("test_")][:5]:
                st.metric(plain(metric), number(run.metrics[metric]), width="content")
        with st.container(horizontal=True):
            navigation.link("run", _("See everything about this run"), run=run.run_id)
            navigation.link(
                "compare", _("Compare it with the others"), experiment=run.experiment_id, runs="", metric=""
            )
            navigation.link("registry", _("Register its model"), run=run.run_id)


def offer_demo(demo: Demo) -> None:
    """Offer to load the demo, show how far it is, or say that it is there."""
    state = cache.demo_state(demo)
    if state.loaded:
        frame.note(f":material/check: {_('The demo is loaded.')}")
        return
    if cache.demo_is_loading():
        _demo_progress(demo)
        return
    if st.button(_("Load the demo"), key="home_load_demo", icon=":material/auto_awesome:", type="primary"):
        start_demo(demo)
        st.rerun()
    frame.note(
        _("{count} real runs in 4 experiments and 3 models, trained on this computer in about a minute.").format(
            count=number(len(demo.runs))
        )
    )


def start_demo(demo: Demo) -> None:
    """Train what is missing of the demo in the workers; its versions are registered when all runs have ended."""
    cache.keep_demo_batch(load_demo(cache.store(), session.actor(), demo, cache.jobs()))
    cache.note_write()


@frame.live(1.0)
def _demo_progress(demo: Demo) -> None:
    state = cache.demo_state(demo)
    st.progress(
        state.finished / state.total,
        text=_("Loading the demo: {done} of {total} runs are trained").format(done=state.finished, total=state.total),
    )
    if not cache.demo_is_loading():
        st.rerun()
