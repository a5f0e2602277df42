"""A run's model that is asked without being registered: which of the run's it is, and what is beside it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core import words
from core.errors import PizarraError
from core.i18n import _
from core.process import cache, run_models
from core.process.asked import live
from core.store.registry.registered_models import RegisteredModel, Version
from core.store.runs.run_models import RunModel
from core.store.runs.tables import TASK_TAG, Run
from core.text import plain
from core.ui import address, frame, navigation, pickers

NOBODY, ADDRESS = "none", "models:/"  # in the address: nothing beside it, or this registered model


def choose(run_id: str) -> tuple[RegisteredModel | None, RunModel, list[Version]]:
    """Choose which model of a run is asked, and what stands beside it; the page ends where there is none to ask.

    Returns the registered model whose versions stand beside it, too.
    """
    address.forget("model", "stage", "version")  # an address may hold them, but speaks of the run
    try:
        run = cache.run(run_id)
        found = run_models.models_to_ask(run)
    except PizarraError as error:
        frame.show_error(error)
        _offer_versions()
        frame.stop()
    _show_run(run)
    address.carry(experiment=run.experiment_id)
    if task := run.tags.get(TASK_TAG, ""):
        address.carry(task=task)
    which, other = st.columns(2)
    with which if len(found) > 1 else other:
        left = _choose_model(found)
    with other if len(found) > 1 else which:
        model = _choose_beside(run)
    if model:
        address.carry(model=model.name)
    return model, left, live(model) if model else []


def _show_run(run: Run) -> None:
    st.markdown(_("The model of the run **{run}**, which need not be registered").format(
        run=plain(run.called or run.run_id, 60)))  # fmt: skip
    with st.container(horizontal=True):
        navigation.link("run", _("Look at its run"), run=run.run_id)
        _offer_versions()


def _offer_versions() -> None:
    if any(model.versions for model in cache.models()):
        navigation.link("predict", _("Ask a registered model"))


def _choose_model(found: Sequence[RunModel]) -> RunModel:
    """Choose one of several models that a run logged; begins with the newest."""
    by_key, label = {model.key: model for model in found}, _("Which of its models")
    if len(by_key) == 1:
        if (asked := address.value("logged")) not in {"", found[0].key}:
            address.say_missing("logged", pickers.not_there(label, asked, found[0].name))
        return found[0]
    chosen = pickers.choose(
        "logged", label, list(by_key), key="predict_logged", usual=found[0].key,
        show=lambda key: plain(by_key[key].name, 60) or key,
    )  # fmt: skip
    return by_key[chosen]


def _choose_beside(run: Run) -> RegisteredModel | None:
    """Choose the registered model whose live versions answer too: of the run's task, where the run names one."""
    by_address = {f"{ADDRESS}{model.name}": model for model in run_models.live_models(run)}
    if not by_address:
        if address.value("beside") not in {"", NOBODY}:
            address.say_missing("beside", _("No version that answers the same question is live, so none is beside it."))
        return None
    usual = run_models.usual_beside(run)
    titles = {key: _titled(model) for key, model in by_address.items()} | {NOBODY: _("nothing")}
    chosen = pickers.choose(
        "beside", _("Beside it"), list(titles), key="predict_run_beside", show=titles.__getitem__,
        usual=f"{ADDRESS}{usual.name}" if usual else NOBODY,
    )  # fmt: skip
    return by_address.get(chosen)


def _titled(model: RegisteredModel) -> str:
    stages = " + ".join(words.stage(version.stage) for version in live(model))
    return f"{plain(model.name, 40)} · {stages}"
