"""Launch runs and watch them: the same board for every visitor, as MLflow itself says what each run is doing."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core import words
from core.comparison.differences import suggested_runs
from core.i18n import N_, _, duration, ngettext, number
from core.process import cache, shared
from core.process.memory import kept
from core.settings import settings
from core.store.runs.tables import ALGORITHM_TAG, ENDED, Run
from core.text import plain
from core.training import launching
from core.training.endings import Stopped
from core.training.specs import Value
from core.training.tasks import Task
from core.ui import address, frame, model_tasks, navigation, own_runs, session

SHOWN_AT_ONCE = 12
_STOPPED = {
    Stopped.NOW: N_("{name} is stopped."),
    Stopped.LATER: N_("{name} is trained no more. Its store does not answer and will be told as soon as it does."),
    Stopped.ENDED: N_("{name} had ended before."),
    Stopped.ELSEWHERE: N_("{name} is trained by another program, and goes on. Stop it where it was launched."),
}


def launch(task: Task, algorithm_name: str, chosen: Mapping[str, Value], name: str) -> str:
    """Launch a run, say so and return its id."""
    jobs, store, actor = shared.jobs(), shared.store(), session.actor()
    with shared.writing():
        run_id = launching.launch(
            jobs, store, actor, task, algorithm_name, chosen, name=name, experiment=settings().experiment_name
        )
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


def _carry_on(task: str) -> None:
    """Have the next pages begin with what was launched: a model of its task, the best runs and the newest."""
    models = [model.name for model in model_tasks.models_of(cache.models(), task)]
    carried = address.carried("model")
    address.carry(runs="", model=carried if carried in models else next(iter(models), ""))


def wake_workers() -> None:
    """Start the workers while the form is filled."""
    shared.jobs().start_soon()


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
    done, doing = words.progress(run, shared.jobs().place(run.run_id))
    st.markdown(f"**{plain(run.name)}** · {words.algorithm(run.tags.get(ALGORITHM_TAG, ''))}")
    st.progress(done, text=doing)
    actor = session.actor()
    if actor.may("stop" if shared.jobs().is_of(actor, run.run_id) else "stop_others") and st.button(
        _("Stop this run"), key=f"train_stop_{run.run_id}", icon=":material/stop_circle:"
    ):
        with shared.writing():
            outcome = shared.jobs().stop(actor, shared.store(), run.run_id)
        st.toast(_(_STOPPED[outcome]).format(name=plain(run.name)), icon=":material/stop_circle:")


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
            navigation.link("compare", _("Compare it with the others"), **_beside_the_best(run))
            navigation.link("registry", _("Register its model"), run=run.run_id)


def _beside_the_best(run: Run) -> dict[str, str]:
    """Return a link to the run beside the best and the newest of its experiment, the run first wherever it ranks."""
    runs = dict.fromkeys([run.run_id, *_suggested(run.experiment_id)])
    return {"experiment": run.experiment_id, "runs": ",".join(runs), "metric": "", "picked": ""}


@kept(lambda experiment_id: (shared.store_uri(), shared.mirror().state().version, experiment_id), max_entries=32)
def _suggested(experiment_id: str) -> list[str]:
    return suggested_runs(cache.runs([experiment_id]))
