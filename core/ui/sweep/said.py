"""What of a sweep is said in several places: its state, its scores, its settings, and what came of its trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.i18n import N_, _, number
from core.process.sweeps import was_interrupted
from core.text import plain
from core.training.specs import Value
from core.training.sweeps.conductor import Wish
from core.training.sweeps.plan import Sampler, SweepPlan, TestRows
from core.training.sweeps.sweeps import Sweep
from core.training.sweeps.trials import Outcome, Trial

OUTCOMES: Mapping[Outcome, str] = {
    "waiting": N_("… Waiting"), "running": N_("▶ Running"), "finished": N_("✓ Finished"), "pruned": N_("◇ Given up"),
    "failed": N_("✗ Failed"), "stopped": N_("■ Stopped"), "lost": N_("◌ Lost: the dashboard stopped"),
}  # fmt: skip
SAMPLERS: Mapping[Sampler, str] = {"grid": N_("Grid"), "random": N_("At random"), "tpe": N_("Learning (TPE)")}
SAMPLER_MEANINGS: Mapping[Sampler, str] = {
    "grid": N_("Tries every combination of the values, one after the other."),
    "random": N_("Draws settings by chance: with many parameters it sees more of each than a grid does."),
    "tpe": N_("Learns from the trials so far where good settings lie, and tries more of those."),
}
TEST_ROWS: Mapping[TestRows, str] = {
    "once": N_("Ask the test rows once, at the end"),
    "shown": N_("Show the test score of every trial"),
    "choose": N_("Choose by the test rows"),
}
TEST_ROWS_MEANINGS: Mapping[TestRows, str] = {
    "once": N_("Only the model that is trained of the best settings is tested: its score can be believed."),
    "shown": N_("Cross-validation chooses. Whoever looks at the test scores and picks by them makes them too good."),
    "choose": N_("It makes the winner’s test score too good: the test rows are asked as often as there are trials."),
}
STATES: Mapping[str, str] = {
    Wish.RUN.value: N_("▶ Running"), Wish.PAUSE.value: N_("‖ Paused"),
    Wish.STOP.value: N_("▶ Stopping: what runs, ends"), Wish.CANCEL.value: N_("■ Being cancelled"),
    Wish.CLOSE.value: N_("■ The dashboard stops"),
}  # fmt: skip
ENDS: Mapping[str, str] = {
    "FINISHED": N_("✓ Finished"), "FAILED": N_("✗ Failed"), "KILLED": N_("■ Cancelled"),
}  # fmt: skip
INTERRUPTED = N_("◌ Interrupted: the dashboard stopped")
ELSEWHERE = N_("▶ Under way in another program")


def state(sweep: Sweep, wish: Wish | None) -> str:
    """Return by shape and word how a sweep is; ``wish`` is what is wanted of it where it is carried out here."""
    if wish is not None:
        return _(STATES[wish.value])
    if was_interrupted(sweep):
        return _(INTERRUPTED)
    if sweep.has_ended:
        return _(ENDS.get(sweep.run.status, sweep.run.status))
    return _(ELSEWHERE)


def title(sweep: Sweep) -> str:
    """Return what a sweep is called, as markdown-safe text."""
    return plain(sweep.run.title or sweep.run.run_id, 200)


def minutes(count: float) -> str:
    """Return a number of minutes as both languages write it."""
    return f"{number(count)} min"


def value(one: Value) -> str:
    """Return a parameter's value in the reader's language."""
    if one is None:
        return _("none")
    if isinstance(one, bool):
        return _("yes") if one else _("no")
    return number(one) if isinstance(one, int | float) else str(one)


def settings(cell: Mapping[str, Value]) -> str:
    """Return a trial's settings as markdown-safe text."""
    return ", ".join(f"{plain(name, 40)} = {plain(value(one), 40)}" for name, one in cell.items())


def score(trial: Trial, plan: SweepPlan) -> str:
    """Return a trial's score by cross-validation with the worst and the best of its folds."""
    if trial.value is None:
        return "–"
    if len(trial.folds) < 2:
        return f"{plan.objective} {number(trial.value)}"
    low, high = min(trial.folds), max(trial.folds)
    if low == high:
        return _("{metric} {value} (all its {count} folds alike)").format(
            metric=plan.objective, value=number(trial.value), count=len(trial.folds)
        )
    return _("{metric} {value} (its {count} folds from {low} to {high})").format(
        metric=plan.objective, value=number(trial.value), count=len(trial.folds), low=number(low), high=number(high)
    )


def best(trials: Sequence[Trial], plan: SweepPlan) -> str:
    """Return the best score of a list's line; empty where there is none yet."""
    if not trials:
        return ""
    on_test = plan.test_rows == "choose"
    found = trials[0].test_value if on_test else trials[0].value
    words = _("best {metric} {value} on the test rows") if on_test else _("best {metric} {value} by cross-validation")
    return words.format(metric=plan.objective, value=number(found))


def direction(plan: SweepPlan) -> str:
    """Say which way of the objective is better, and what it is measured by."""
    words = (
        _("Lower is better. Measured by cross-validation of the training rows.")
        if plan.is_lower_better
        else _("Higher is better. Measured by cross-validation of the training rows.")
    )
    if not plan.is_turned:
        return words
    return f"{words} {_('That was chosen: usually it is the other way of {metric}.').format(metric=plan.objective)}"
