"""Pause, resume, stop, cancel: what may be said to a sweep, each with one plain sentence, shown to who may say it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.i18n import N_, _
from core.process import shared
from core.text import plain
from core.training.endings import Stopped
from core.training.sweeps.conductor import Wish
from core.training.sweeps.sweeps import Sweep
from core.training.sweeps.trials import Trial
from core.training.tasks import Task
from core.ui import frame, session
from core.ui.sweep import said

PAUSE = N_("No new trials for now; those that run go on to their end.")
RESUME = N_("Goes on where it is. Nothing is tried twice.")
STOP = N_("No new trials; once those that run have ended, the sweep is over. It can be resumed.")
CANCEL = N_("Ends the sweep and its running trials at once; what they have learned so far is lost.")
STOPPED = {
    Stopped.NOW: N_("{name} is stopped."),
    Stopped.LATER: N_("{name} is trained no more. Its store does not answer and will be told as soon as it does."),
    Stopped.ENDED: N_("{name} had ended before."),
    Stopped.ELSEWHERE: N_("{name} is trained by another program, and goes on. Stop it where it was launched."),
}


def may(run_id: str) -> bool:
    """Tell whether the visitor may say something to a sweep that is carried out here."""
    actor = session.actor()
    return actor.may("stop" if shared.sweeps().is_of(actor, run_id) else "stop_others")


def offer(sweep: Sweep, wish: Wish, task: Task | None) -> None:
    """Offer what can be said now to a sweep that is carried out here."""
    run_id = sweep.run.run_id
    if not may(run_id) or wish in (Wish.CANCEL, Wish.CLOSE):
        return
    sweeps, actor = shared.sweeps(), session.actor()
    first, second, third = st.columns(3)
    with first:
        if wish is Wish.RUN:
            _verb(_("Pause"), PAUSE, "pause", ":material/pause:", lambda: sweeps.pause(actor, run_id))
        elif task is not None:
            go_on = lambda: sweeps.resume(shared.store(), actor, task, run_id)  # noqa: E731 - one verb of four
            _verb(_("Resume"), RESUME, "resume", ":material/play_arrow:", go_on)
    with second:
        if wish is not Wish.STOP:
            _verb(_("Stop"), STOP, "stop", ":material/stop_circle:", lambda: sweeps.stop(actor, run_id))
    with third, st.popover(_("Cancel…"), icon=":material/cancel:", key="sweep_cancel_ask"):
        _verb(_("Cancel it now"), CANCEL, "cancel", ":material/cancel:", lambda: sweeps.cancel(actor, run_id))


def _verb(label: str, sentence: str, name: str, icon: str, do: Callable[[], None]) -> None:
    pressed = st.button(label, key=f"sweep_{name}", icon=icon)
    frame.note(_(sentence))
    if pressed:
        with shared.writing():
            do()
        st.rerun()


def offer_trials(running: list[Trial]) -> None:
    """Show the trials that run now or wait, each with a way to end it alone."""
    jobs, actor = shared.jobs(), session.actor()
    for trial in running:
        with st.container(horizontal=True, vertical_alignment="center", key=f"sweep_trial_{trial.run_id}"):
            st.markdown(f"{_(said.OUTCOMES[trial.outcome])} · **#{trial.number}** {said.settings(trial.cell)}",
                        width="content")  # fmt: skip
            allowed = actor.may("stop" if jobs.is_of(actor, trial.run_id) else "stop_others")
            if allowed and st.button(
                _("Stop this trial"), key=f"sweep_stop_{trial.run_id}", type="tertiary", icon=":material/stop_circle:"
            ):
                with shared.writing([trial.run_id]):
                    outcome = jobs.stop(actor, shared.store(), trial.run_id)
                st.toast(_(STOPPED[outcome]).format(name=plain(f"#{trial.number}")), icon=":material/stop_circle:")
