"""The registry: stages as columns, promotion with its evidence, undo, and a memory."""

from functools import partial

import streamlit as st

from core.i18n import _
from core.process import cache
from core.ui import address, folding, frame, navigation
from core.ui.registry import board, gates, lineage, promotion_dialog, register_and_edit, timeline

frame.title(_("Registry"), _("Which version of a model is used for real, and which one comes next?"))

with st.container(key="registry_reports"):  # what comes and goes has a place, so that the rest stays where it is
    register_and_edit.report()
    promotion_dialog.report_last_change()
    register_and_edit.offer_registration(address.value("run"))

models = cache.models()
if not models:
    frame.empty(
        _("**No model is registered yet.** Registering names a run's model, so that it can be promoted and asked."),
        "experiments",
        _("Choose a run whose model to register"),
    )
    frame.stop()

choices = folding.choices("registry_choices")
with choices:
    shown = board.choose(models)
choices.sum_up(board.summary(shown))
with st.container(key="registry_disagreements"):
    promotion_dialog.show_disagreements(shown.models)
model = shown.one
if model and not model.versions:
    frame.empty(_("**This model has no versions.** Register a run's model under its name to add one."))
    frame.stop()
board.show(shown)
promotion_dialog.show_question(models)

navigation.link("experiments", _("Register another run's model: choose the run"))

if model:
    st.subheader(_("Look closer"), anchor=False)
    version = register_and_edit.choose_version(model)
    parts = {
        "timeline": (_("Timeline"), partial(timeline.show, model)),
        "gates": (_("Gates"), partial(gates.edit, model, shown.runs)),
        "origin": (_("Origin"), partial(lineage.show, version)),
        "words": (_("Description, tags, aliases"), partial(register_and_edit.edit, model, version)),
        "delete": (_("Delete"), partial(register_and_edit.delete, model, version)),
    }
    frame.one_of(parts, key="registry_look_closer", name="look")
    frame.next_step("predict", _("Ask this model"), model=model.name)
    navigation.link("serve", _("Let other programs ask it"), model=model.name)
