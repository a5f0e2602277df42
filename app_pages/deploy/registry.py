"""Stages as columns: promote, archive, register."""

import streamlit as st

from core.i18n import _
from core.store.registry import STAGES
from core.ui import cache, frame, navigation, pickers, stages

frame.title(_("Registry"), _("Which version of a model is used for real, and which one comes next?"))

stages.report_last_change()
stages.offer_registration(st.query_params.get("run", ""))

models = cache.models()
if not models:
    frame.empty(
        _("**No model is registered yet.** Registering names a run's model, so that it can be promoted and asked."),
        "experiments",
        _("Choose a run whose model to register"),
    )
    st.stop()

model = pickers.model(models, key="registry_model")
if not model.versions:
    frame.empty(_("**This model has no versions.** Register a run's model under its name to add one."))
    st.stop()

runs, missing = cache.some_runs([version.run_id for version in model.versions if version.run_id])
for column, stage in zip(st.columns(len(STAGES)), STAGES, strict=True):
    with column:
        stages.show_column(model, stage, runs)

navigation.link("experiments", _("Register another run's model: choose the run"))
frame.next_step("predict", _("Ask this model"), model=model.name)
