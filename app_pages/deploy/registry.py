"""The registry: stages as columns, promotion with its evidence, undo, and a memory."""

from functools import partial

import streamlit as st

from core.i18n import _
from core.ui import board, cache, frame, gating, history, navigation, origin, promoting, registering

frame.title(_("Registry"), _("Which version of a model is used for real, and which one comes next?"))

with st.container(key="registry_reports"):  # what comes and goes has a place, so that the rest stays where it is
    registering.report()
    promoting.report_last_change()
    registering.offer_registration(st.query_params.get("run", ""))

models = cache.models()
if not models:
    frame.empty(
        _("**No model is registered yet.** Registering names a run's model, so that it can be promoted and asked."),
        "experiments",
        _("Choose a run whose model to register"),
    )
    st.stop()

shown = board.choose(models)
with st.container(key="registry_disagreements"):
    promoting.show_disagreements(shown.models)
model = shown.one
if model and not model.versions:
    frame.empty(_("**This model has no versions.** Register a run's model under its name to add one."))
    st.stop()
board.show(shown)
promoting.show_question(models)

navigation.link("experiments", _("Register another run's model: choose the run"))

if model:
    st.subheader(_("Look closer"), anchor=False)
    version = registering.choose_version(model)
    parts = {
        "timeline": (_("Timeline"), partial(history.show, model)),
        "gates": (_("Gates"), partial(gating.edit, model, shown.runs)),
        "origin": (_("Origin"), partial(origin.show, version)),
        "words": (_("Description, tags, aliases"), partial(registering.edit, model, version)),
        "delete": (_("Delete"), partial(registering.delete, model, version)),
    }
    frame.one_of(parts, key="registry_look_closer", name="look")
    frame.next_step("predict", _("Ask this model"), model=model.name)
