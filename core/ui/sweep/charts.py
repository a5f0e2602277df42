"""What a sweep has found, as charts that fill up: best so far, parallel coordinates, and what matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from core.figures import history, importance, parallel
from core.i18n import _, number
from core.process import sweeps
from core.store.record import CV
from core.text import plain
from core.training.sweeps.standing import history as so_far
from core.training.sweeps.sweeps import Sweep
from core.training.sweeps.trials import Trial, best
from core.ui import charts, frame, session


def show(sweep: Sweep, trials: Sequence[Trial], *, going: bool) -> None:
    """Show a chart of the finished trials at a time; the others are not even made, as many may look on."""
    if not any(trial.outcome == "finished" for trial in trials):
        return
    parts = {
        "history": (_("Best so far"), partial(_history, sweep, trials)),
        "settings": (_("All settings"), partial(_parallel, sweep, trials)),
        "importance": (_("What matters"), partial(_importance, sweep, trials, going)),
    }
    frame.one_of(parts, key="sweep_chart", name="chart")


def _chooses(sweep: Sweep) -> str:
    return f"{'test_' if sweep.plan.test_rows == 'choose' else CV}{sweep.plan.objective}"


def _history(sweep: Sweep, trials: Sequence[Trial]) -> None:
    rows = so_far(trials, sweep.plan)
    charts.show(
        history.history(rows, _chooses(sweep), session.style()),
        key="sweep_history",
        alt=_("Each trial, and the best until then"),
        table=lambda: history.history_data(rows),
    )


def _parallel(sweep: Sweep, trials: Sequence[Trial]) -> None:
    plan, run = sweep.plan, sweep.run
    runs = sweeps.finished(run.experiment_id, trials)
    names, metric = [dimension.name for dimension in plan.varied], f"{CV}{plan.objective}"
    runs = replace(runs, directions={**runs.directions, metric: not plan.is_lower_better})
    labels = {trial.run_id: f"#{trial.number}" for trial in trials}
    first = best(trials, plan)
    charts.show(
        parallel.parallel_coordinates(
            runs, names, metric, labels, session.style(), highlight={first.run_id: 0} if first else None
        ),
        key="sweep_parallel",
        alt=_("Each line is a trial that crosses its settings and ends at its score"),
        table=lambda: parallel.parallel_coordinates_data(runs, names, metric, labels),
    )


def _importance(sweep: Sweep, trials: Sequence[Trial], going: bool) -> None:
    plan, run = sweep.plan, sweep.run
    runs = sweeps.finished(run.experiment_id, trials)
    found, count = sweeps.weighed(runs, plan.objective, going=going)
    if count < len(runs):
        frame.note(_("By the first {count} of {all} finished trials; more are weighed as they come.").format(
            count=number(count, 0), all=number(len(runs), 0)))  # fmt: skip
    if found.note:
        frame.note(plain(found.note, 1000))
    if len(found.table):
        charts.show(
            importance.importance(found.table, f"{CV}{plan.objective}", session.style()),
            key="sweep_importance",
            alt=_("How much each parameter matters"),
            table=lambda: importance.importance_data(found.table),
        )
