"""The honest choice: who wins by cross-validation, who on the test rows, why that matters, and training the winner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.i18n import _, ngettext, number
from core.process import baselines, cache, model_tasks, shared
from core.store.registry.registered_models import versions_of_run
from core.store.runs.tables import ENDED
from core.store.runs.tracking import NoSuchRunError
from core.text import plain
from core.training.sweeps.plan import SweepPlan
from core.training.sweeps.standing import Winners, flattery, standing, winners
from core.training.sweeps.sweeps import Sweep
from core.training.sweeps.trials import Trial, chosen
from core.training.tasks import Task
from core.ui import frame, navigation, own_runs, pickers, session
from core.ui.sweep import said
from core.ui.train import launching

UNNAMEABLE = frozenset("/:")  # MLflow has no model with these in its name


def show(sweep: Sweep, trials: Sequence[Trial], tasks: Mapping[str, Task]) -> None:
    """Show what a sweep chose and offer to train it; both winners where the test rows were asked."""
    plan = sweep.plan
    best = chosen(trials, plan)
    if best is None:
        return
    with st.container(border=True, key="sweep_choice"):
        st.markdown(f"**{_('The choice so far') if standing(trials, plan).left else _('The choice')}**")
        if plan.test_rows == "once":
            st.markdown(_("Cross-validation chose; the test rows have not been asked by any trial."))
        else:
            _compare(plan, winners(trials, plan))
        _refitted(sweep)
        task = tasks.get(plan.task)
        if task is None:
            frame.note(
                _("The task {task} is not here, so nothing can be trained of it.").format(task=plain(plan.task, 60))
            )
        else:
            _offer(sweep, task, trials, best)


def _compare(plan: SweepPlan, found: Winners) -> None:
    left, right = st.columns(2)
    with left:
        _one(_("Best by cross-validation"), found.by_folds, plan)
    with right:
        _one(_("Best on the test rows"), found.on_test, plan)
    if not found.on_test:
        frame.note(_("No finished trial has a test score."))
        return
    asked = ngettext(
        "The test rows were asked {count} time.", "The test rows were asked {count} times.", found.tried
    )  # fmt: skip
    st.markdown(" ".join([_judged(plan, found), asked, _cost(plan, found)]))


def _one(heading: str, best: Sequence[Trial], plan: SweepPlan) -> None:
    st.markdown(f"**{heading}**")
    if not best:
        st.markdown("–")
        return
    st.markdown(f"#{best[0].number} · {said.settings(best[0].cell)}")
    st.markdown(said.score(best[0], plan))
    st.markdown(_("On the test rows: {metric} {value}").format(
        metric=plan.objective, value=number(best[0].test_value)))  # fmt: skip
    if len(best) > 1:
        frame.note(
            ngettext("{count} setting is equally good.", "{count} settings are equally good.", len(best))
        )  # fmt: skip


def _judged(plan: SweepPlan, found: Winners) -> str:
    if found.agree:
        return _("Both ways choose the same settings here.")
    by_folds = found.by_folds[0].test_value if found.by_folds else None
    on_test = found.on_test[0].test_value
    if by_folds is None or on_test is None:
        return _("The two ways choose other settings.")
    return _("The two ways choose other settings: on the test rows {value} apart.").format(
        value=number(abs(on_test - by_folds))
    )


def _cost(plan: SweepPlan, found: Winners) -> str:
    above = flattery(found.on_test[0], plan)
    if above is None:
        return ""
    if above <= 0:
        return _(
            "The test winner’s score is no better there than on its own folds; still, it is the best of many, and "
            "part of that may be luck."
        )
    words = _(
        "The test winner’s score is {value} better there than on its own folds: part of that may be luck, as the best "
        "of many looks better than it is. Expect less on new rows."
    )
    return words.format(value=number(above))


def _refitted(sweep: Sweep) -> None:
    """Say what became of the run that was trained of the best, where there is one."""
    if not sweep.refit:
        return
    try:
        run = cache.run(sweep.refit)
    except NoSuchRunError:
        frame.note(_("The run that was trained of its best is not in the store any more."))
        return
    if run.status not in ENDED:
        _watch(sweep.refit)
        return
    versions = versions_of_run(cache.models(), run.run_id)
    test = run.metrics.get(f"test_{sweep.plan.objective}")
    words = _("Trained: **{run}**.").format(run=plain(run.called or run.run_id, 80))
    if run.status != "FINISHED":
        words = _("The run {run} that was trained of its best ended early.").format(run=plain(run.called, 80))
    elif test is not None:
        words += " " + _("On the test rows it gets {metric} {value}.").format(
            metric=sweep.plan.objective, value=number(test)
        )
    st.markdown(words)
    with st.container(horizontal=True):
        navigation.link("run", _("See everything about this run"), run=run.run_id)
        for version in versions[:1]:
            label = _("Registered: {model}, version {version}").format(
                model=plain(version.model, 60), version=version.number
            )
            navigation.link("registry", label, model=version.model, version=str(version.number), run="")
        if not versions and run.status == "FINISHED":
            navigation.link("registry", _("Register its model"), run=run.run_id)


@frame.live(1.0)
def _watch(run_id: str) -> None:
    run = cache.run(run_id)
    if run.status in ENDED:
        st.rerun()
    launching.show_progress(run)


def _offer(sweep: Sweep, task: Task, trials: Sequence[Trial], best: Trial) -> None:
    if not launching.allowed():
        return
    actor, plan = session.actor(), sweep.plan
    cell = best
    if plan.test_rows != "once":
        offered = _both(winners(trials, plan), best)
        if len(offered) > 1:
            titles = {key: title for key, (title, _trial) in offered.items()}
            key = st.radio(_("Which one"), list(offered), format_func=titles.__getitem__, horizontal=True,
                           key=f"sweep_which_{sweep.run.run_id}")  # fmt: skip
            cell = offered[key][1]
    model = ""
    if actor.may("register"):
        model = _choose_model(task)
    pressed = st.button(
        _("Train the best and register it") if actor.may("register") else _("Train the best"),
        key="sweep_refit", type="primary", icon=":material/rocket_launch:",
        disabled=actor.may("register") and (not model or bool(UNNAMEABLE & set(model))),
    )  # fmt: skip
    if UNNAMEABLE & set(model):
        frame.note(_("A model’s name must hold neither / nor :"))
    frame.note(_("A run of these settings learns from the training rows and is tested once."))
    if pressed:
        _refit(sweep, task, cell, model)


def _both(found: Winners, best: Trial) -> dict[str, tuple[str, Trial]]:
    """Return who may be trained, the one first that the sweep's own rule chose."""
    both = {}
    if found.by_folds:
        both["folds"] = (_("The best by cross-validation"), found.by_folds[0])
    if found.on_test and not found.agree:
        both["test"] = (_("The best on the test rows"), found.on_test[0])
    first = sorted(both.items(), key=lambda one: one[1][1].key != best.key)
    return dict(first)


def _choose_model(task: Task) -> str:
    models = cache.models()
    of_task = [model.name for model in model_tasks.models_of(models, task.name)]
    usual = of_task[0] if of_task else task.name.replace("_", "-")
    names = list(dict.fromkeys([usual, *of_task]))
    chosen = st.selectbox(
        _("Name of the model: choose one to add a version, or write a new one"), names, index=0,
        accept_new_options=True, key=f"sweep_model_{task.name}", format_func=pickers.told_apart(names, str),
    )  # fmt: skip
    return (chosen or "").strip()


def _refit(sweep: Sweep, task: Task, trial: Trial, model: str) -> None:
    experiments = {one.experiment_id: one.name for one in cache.experiments()}
    with st.spinner(_("Waking up the workers…")), shared.writing([sweep.run.run_id]):
        run_id = shared.sweeps().refit(
            shared.store(), session.actor(), task, sweep.run.run_id, trial.cell,
            experiment=experiments.get(sweep.run.experiment_id, ""), model=model,
            data=lambda: baselines.data_of(task),
        )  # fmt: skip
    own_runs.note(run_id)
    st.rerun()
