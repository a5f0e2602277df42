"""What the button did: the same run as a command line and as Python, to copy and to learn from."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.i18n import _
from core.process import cache
from core.store.runs.tables import ALGORITHM_TAG, SWEEP_TAG, TASK_TAG, TRIAL_TAG, Run
from core.training import recipes
from core.training.contests import TEST_ROWS
from core.training.efforts import QUICK
from core.training.tasks import Task
from core.ui import frame, navigation


def offer_again(run: Run, tasks: Mapping[str, Task]) -> None:
    """Offer to open the form with a run's settings; nothing where it logged none, or another program trained it."""
    recipe = None if SWEEP_TAG in run.tags else _recipe(run, tasks)
    if recipe is None:
        return
    with st.container(horizontal=True):
        navigation.link("train", _("Change its settings and train again"), **recipes.form(recipe))
        if recipe.algorithm.parameters:
            found = recipes.form(recipe)
            asked = {name: found[name] for name in ("task", "algorithm", "params")}
            navigation.link("sweep", _("Sweep these settings"), **asked, vary="", how="", run="")


def _recipe(run: Run, tasks: Mapping[str, Task]) -> recipes.Recipe | None:
    task, algorithm = tasks.get(run.tags.get(TASK_TAG, "")), run.tags.get(ALGORITHM_TAG, "")
    if task is None or algorithm not in [one.name for one in task.algorithms]:
        return None
    experiment = next((one.name for one in cache.experiments() if one.experiment_id == run.experiment_id), "")
    return recipes.recipe(task, algorithm, run.params, experiment=experiment, name=run.name, tags=run.tags)


def show(run: Run, tasks: Mapping[str, Task], *, title: str) -> None:
    """Show how a finished run of ours is launched without the page, folded; nothing where it cannot be."""
    recipe = _recipe(run, tasks) if run.status == "FINISHED" and TRIAL_TAG not in run.tags else None
    if recipe is None or not recipe.experiment:
        return
    folded = st.expander(title, icon=":material/terminal:", key=f"train_recipe_{run.run_id}", on_change="rerun")
    if not folded.open:  # to write the code an estimator is built
        return
    with folded:
        if TEST_ROWS in run.params:  # a command would measure on the hidden half as well
            frame.note(_("This run is a try in a contest, measured on half of the test rows; no command does that."))
            return
        _texts(recipe, f"{recipe.task.name}_{recipe.algorithm.name}.py", run.run_id)


def _texts(recipe: recipes.Recipe, filename: str, run_id: str) -> None:
    line, python = st.tabs([_("Command line"), _("Python")])
    with line:
        st.code(recipes.command(recipe), language="bash", wrap_lines=True)
        frame.note(
            _("It does the same in a terminal: in Pizarra's folder, with the dashboard's MLFLOW_TRACKING_URI.")
            + " "
            + _("With the same data, the figures are the same.")
        )
    with python:
        text = recipes.code(recipe)
        if recipe.effort != QUICK:
            frame.note(_("It leaves out the cross-validation: the figures of the test rows are the same without."))
        st.download_button(
            _("Download {file}").format(file=filename), text, filename, "text/x-python",
            icon=":material/download:", key=f"train_recipe_file_{run_id}",
        )  # fmt: skip
        st.code(text, language="python")
