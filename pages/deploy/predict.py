"""What if: ask a model, and watch its stages agree or not."""

import streamlit as st

from core.i18n import _
from core.process import cache
from core.ui import folding, frame, pickers
from core.ui.predict import version_choice, what_if
from core.ui.predict.scoring import upload
from trainers import TASKS

frame.title(_("Predict"), _("What does the model answer, and what changes its mind?"))

models = cache.models()
if not any(model.versions for model in models):
    frame.empty(
        _("**There is no model to ask yet.** Train one and register it, or load the demo on the first page."),
        "registry",
        _("Register a model"),
    )
    frame.stop()

choices = folding.choices("predict_choices")
with choices:
    which_model, which_version, which_other = st.columns(3)
    with which_model:
        model = pickers.model(models, key="predict_model")
    with which_version:
        version = version_choice.choose_version(model)
    with which_other:
        beside = version_choice.choose_beside(model, version)
if not version_choice.allowed(version):
    frame.stop()

asked = version_choice.open_versions(model, version, beside)
if asked:
    choices.sum_up(version_choice.summary(model, asked))
    what_if.show(model.name, asked, version_choice.help_of(asked[0], TASKS))
    version_choice.show_facts(asked[0])
    upload.show_scoring(asked)
frame.next_step("registry", _("Promote a version of this model"), model=model.name)
