"""Explore here: ranges that were narrowed on Compare open the form of a sweep, which tries what lies in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from core import words
from core.comparison.constraints import Constraint, satisfying
from core.i18n import _
from core.store.runs.tables import Runs
from core.text import plain
from core.training.sweeps import linked
from core.training.sweeps.plan import OBJECTIVES
from core.training.sweeps.proposals import proposed_plan
from core.training.tasks import Task
from core.ui import frame, navigation

MOST_OFFERED = 3  # algorithms


def offer(runs: Runs, metric: str, constraints: Mapping[str, Constraint], tasks: Mapping[str, Task]) -> None:
    """Offer a sweep of what was narrowed, for each algorithm of the runs within; nothing where nothing was."""
    if not constraints:
        return
    within = runs.info.loc[satisfying(runs, constraints) or runs.ids]
    kinds = within[["task", "algorithm"]].drop_duplicates().itertuples(index=False, name=None)
    known = [(tasks[task], algorithm) for task, algorithm in kinds if task in tasks and _has(tasks[task], algorithm)]
    if not known:
        frame.note(
            _("No sweep can be offered of these ranges: their runs name no task and algorithm of this dashboard.")
        )
        return
    with st.container(border=True, key="compare_explore"):
        for task, algorithm in known[:MOST_OFFERED]:
            _offer(task, algorithm, metric, constraints)


def _has(task: Task, algorithm: str) -> bool:
    return any(one.name == algorithm for one in task.algorithms)


def _offer(task: Task, algorithm: str, metric: str, constraints: Mapping[str, Constraint]) -> None:
    dimensions, left = linked.narrowed(task.algorithm(algorithm).parameters, constraints)
    name = plain(words.algorithm(algorithm), 60)
    if dimensions:
        plan = replace(proposed_plan(task, algorithm, {}), varied=tuple(dimensions))
        objective = metric.removeprefix("test_").removeprefix("cv_")
        if objective in OBJECTIVES[task.kind]:
            plan = replace(plan, objective=objective)
        label = _("Explore here: {algorithm}").format(algorithm=name)
        navigation.link("sweep", label, **linked.form(plan, task), run="")
    if left:
        frame.note(
            _("Not taken along, as {algorithm} has no such parameter or allows none of it: {names}.").format(
                algorithm=name, names=", ".join(plain(one, 40) for one in left)
            )
        )
