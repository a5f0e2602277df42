"""What if: ask a model, and watch its stages agree or not."""

import streamlit as st

from core.i18n import _
from core.ui import asking, cache, frame, pickers, session

frame.title(_("Predict"), _("What does the model answer, and what changes its mind?"))

models = [model for model in cache.models() if model.versions]
if not models:
    frame.empty(
        _("**There is no model to ask yet.** Train one and register it, or load the demo on the first page."),
        "registry",
        _("Register a model"),
    )
    st.stop()

left, right = st.columns(2)
with left:
    model = pickers.model(models, key="predict_model")
with right:
    version = asking.choose_version(model)
if not asking.allowed(version):
    st.stop()

asked = asking.open_versions(model, version)
answers, inputs = st.columns(2, gap="medium")  # on a phone the answers come first
with inputs:
    row = asking.show_inputs(asked[0])
with answers, st.container(key="predict_answers"):
    asking.show_answers(asked, row, session.style())

asking.show_facts(asked[0])
frame.next_step("registry", _("Promote a version of this model"), model=model.name)
