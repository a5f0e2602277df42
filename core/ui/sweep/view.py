"""One sweep for whoever opens it: how far it is, its best so far, what may be said to it, charts and trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core import words
from core.i18n import _, duration, moment, ngettext, number
from core.process import cache, shared, sweeps
from core.process.sweeps import Look
from core.store.record import CV
from core.store.runs.tables import FAILURE_TAG, PARENT_TAG
from core.text import plain, shorten
from core.training.sweeps.conductor import Wish
from core.training.sweeps.plan import SweepPlan
from core.training.sweeps.standing import Standing, seconds_left
from core.training.sweeps.sweeps import Sweep, sweep_of
from core.training.sweeps.trials import OPEN, Trial
from core.training.tasks import Task
from core.ui import charts as shown_charts
from core.ui import frame, navigation, tables
from core.ui.sweep import charts, going_on, said, verbs, winner

MOST_ROWS, NEWEST_ROWS = 10_000, 100  # once it has ended, and while the table is shown anew every few seconds


def show(run_id: str, tasks: Mapping[str, Task]) -> None:
    """Show a sweep; it is read anew every few seconds as long as somebody works on it."""
    run = cache.run(run_id)
    sweep = sweep_of(run)
    if sweep is None:
        _show_foreign(run_id)
        return
    st.header(said.title(sweep), anchor=False)
    if run.deleted:
        st.warning(_("This run was deleted. It can still be restored in MLflow."), icon=":material/delete:")
    _show_plan(sweep, tasks)
    if _is_going(sweep):
        _head(run_id, tasks)
        _going(run_id)
        return
    found = sweeps.look(sweep)
    trials = found.trials
    _show_progress(sweep, found, None)
    _wait_for_more(run_id, len(trials), found.standing.done)
    is_interrupted = sweeps.was_interrupted(sweep)
    if is_interrupted:
        going_on.offer(sweep, trials, tasks)
    if trials:
        winner.show(sweep, trials, tasks)
    if not is_interrupted:
        going_on.offer(sweep, trials, tasks)
    charts.show(sweep, trials, going=False)
    _show_trials(sweep.plan, trials, MOST_ROWS)
    if trials:
        shown_charts.choose_picture()
        within = f"tags.`{PARENT_TAG}` = '{run_id}'"
        asked = {"experiment": run.experiment_id, "filter": within, "metric": f"{CV}{sweep.plan.objective}"}
        navigation.link("compare", _("Compare its trials"), **asked, runs="", picked="", chart="parameters")


def _show_foreign(run_id: str) -> None:
    """Say that a run is no sweep of ours, and what its children are."""
    run = cache.run(run_id)
    name = plain(run.called or run.run_id, 100)
    children = sweeps.children(run_id, run.experiment_id)
    if not len(children):
        frame.empty(
            _("**The run {name} is no sweep**: it has no child runs.").format(name=name), "sweep", _("All sweeps")
        )
        return
    said_of = _("**The run {name} is no sweep of Pizarra**, or none that this version can read.").format(name=name)
    st.markdown(said_of + " " + ngettext("It has {count} child run.", "It has {count} child runs.", len(children)))
    with st.container(horizontal=True):
        navigation.link("run", _("Open the run"), run=run_id)
        if len(children) > 1:
            asked = {"experiment": run.experiment_id, "metric": "", "picked": ""}
            navigation.link("compare", _("Compare its child runs"), runs=",".join(children.ids[:1000]), **asked)


def _show_plan(sweep: Sweep, tasks: Mapping[str, Task]) -> None:
    plan, task = sweep.plan, tasks.get(sweep.plan.task)
    whose = _(task.title) if task else plan.task
    facts = [whose, _(said.SAMPLERS[plan.sampler]), plan.objective, moment(sweep.run.start)]
    st.markdown(plain(" · ".join(facts), 400))
    frame.note(f"{said.direction(plan)} {_(said.TEST_ROWS_MEANINGS[plan.test_rows])}")


def _is_going(sweep: Sweep) -> bool:
    """Tell whether somebody works on a sweep, here or in another program."""
    if shared.sweeps().get(sweep.run.run_id) is not None:
        return True
    return not sweep.has_ended and not sweeps.was_interrupted(sweep)


def _now(run_id: str) -> Sweep:
    """Return a sweep as it is now; where it goes on no more, or is no sweep any more, the page begins anew."""
    sweep = sweep_of(cache.run(run_id))
    if sweep is None or not _is_going(sweep):
        st.rerun()
    return sweep


@frame.live(1.5)
def _head(run_id: str, tasks: Mapping[str, Task]) -> None:
    sweep = _now(run_id)
    conductor = shared.sweeps().get(run_id)
    wish = conductor.wish if conductor else None
    found = sweeps.look(sweep)
    _show_progress(sweep, found, wish)
    if conductor is not None:
        if (trouble := conductor.trouble) is not None:
            waits = _("It waits for its store, asks it again and again, and goes on by itself.")
            st.warning(plain(f"{waits} {trouble}", 600), icon=":material/hourglass_empty:")
        verbs.offer(sweep, conductor.wish, tasks.get(sweep.plan.task))
    else:
        frame.note(_("Another program carries it out: it is paused and stopped where it was launched."))
    verbs.offer_trials([trial for trial in found.trials if trial.outcome in OPEN])


@frame.live(4.0)
def _going(run_id: str) -> None:
    sweep = _now(run_id)
    trials = sweeps.look(sweep).trials
    charts.show(sweep, trials, going=True)
    _show_trials(sweep.plan, trials, NEWEST_ROWS)


@frame.live(4.0)
def _wait_for_more(run_id: str, trials: int, done: int) -> None:
    """Begin the page anew where somebody has the sweep go on, or its last trials were read only now."""
    sweep = sweep_of(cache.run(run_id))
    if sweep is None:
        return
    found = sweeps.look(sweep)
    if _is_going(sweep) or (len(found.trials), found.standing.done) != (trials, done):
        st.rerun()


def _show_progress(sweep: Sweep, found: Look, wish: Wish | None) -> None:
    now, plan, trials = found.standing, sweep.plan, found.trials
    how_far = _("{done} of {most} trials are done").format(done=number(now.done, 0), most=number(now.most, 0))
    st.progress(now.share, text=f"**{said.state(sweep, wish)}** · {how_far}")
    parts = [_counts(now)]
    if wish is Wish.RUN or (wish is None and _is_going(sweep)):
        left = seconds_left(now.left, trials, plan, sweep.seconds, sweeps.workers())
        parts.append(
            _("How long it still takes is known once a trial has ended.") if left is None
            else _("About {duration} left.").format(duration=duration(round(left)))
        )  # fmt: skip
    elif wish is None and sweep.run.status == "FAILED" and not sweeps.was_interrupted(sweep):
        st.error(plain(words.reason_words(sweep.run.tags.get(FAILURE_TAG, "")), 600), title=_("The sweep ended early"),
                 icon=":material/error:")  # fmt: skip
        failed = [trial for trial in trials if trial.outcome == "failed"]
        if failed:
            why = plain(words.reason_words(failed[-1].reason), 600)
            st.markdown(_("Trial #{number} failed: {why}").format(number=failed[-1].number, why=why))
    if sweeps.was_interrupted(sweep) and wish is None:
        st.warning(
            _("It was under way as the dashboard stopped: {done} of {most} trials are done.").format(
                done=number(now.done, 0), most=number(now.most, 0)
            ),
            icon=":material/power_off:",
        )
    st.markdown(" ".join(filter(None, parts)))
    _show_best(plan, found.best, over=wish is None and not _is_going(sweep))


def _counts(now: Standing) -> str:
    told = [f"{_(said.OUTCOMES[outcome])}: {number(count, 0)}" for outcome, count in now.counts.items()]
    return " · ".join(told) + "." if told else _("No trial has begun yet.")


def _show_best(plan: SweepPlan, first: Sequence[Trial], *, over: bool) -> None:
    if not first:
        return
    heading = _("Best") if over else _("Best so far")
    st.markdown(f"**{heading}**: #{first[0].number} · {said.settings(first[0].cell)} · {said.score(first[0], plan)}")
    if plan.test_rows == "choose":
        st.markdown(
            _("On the test rows, which choose here, it gets {value}.").format(value=number(first[0].test_value))
        )
    if len(first) > 1:
        others = ngettext(
            "{count} setting is equally good; the first of them is shown.",
            "{count} settings are equally good; the first of them is shown.",
            len(first),
        )
        frame.note(others)


def _show_trials(plan: SweepPlan, trials: Sequence[Trial], at_most: int) -> None:
    """Show the newest trials first, each with what came of it."""
    if not trials:
        return
    st.subheader(_("Trials"), anchor=False)
    names = [dimension.name for dimension in plan.varied]
    rows = []
    for trial in reversed(trials[-at_most:]):
        row: dict[str, object] = {_("Trial"): trial.number, _("What came of it"): _(said.OUTCOMES[trial.outcome])}
        row |= {name: said.value(trial.cell[name]) if name in trial.cell else "–" for name in names}
        row[f"cv_{plan.objective}"] = trial.value
        if plan.test_rows != "once":
            row[f"test_{plan.objective}"] = trial.test_value
        row[_("Duration")] = duration(trial.seconds)
        row[_("Reason")] = shorten(words.reason_words(trial.reason), 300)
        rows.append(row)
    if len(trials) > at_most:
        frame.note(_("The newest {count} of {all}; all are here once it has ended.").format(
            count=number(at_most, 0), all=number(len(trials), 0)))  # fmt: skip
    table = pd.DataFrame(rows)
    tables.show(table, key="sweep_trials", alt=_("Trials, one a row"), download="trials")
