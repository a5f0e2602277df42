"""What a run of a sweep, or a trial of one, says of itself in place of a model: where the sweep is."""

from __future__ import annotations

import streamlit as st

from core.i18n import _
from core.store.runs.tables import SWEEP_TAG, TRIAL_TAG, Run
from core.ui import navigation


def show(run: Run) -> bool:
    """Say that a run is a sweep or a trial, and lead to the sweep; False where it is neither."""
    if SWEEP_TAG in run.tags:
        st.markdown(_("It is a sweep: its trials log scores and no model. The model is trained of the best."))
        navigation.link("sweep", _("Open the sweep"), run=run.run_id)
        return True
    if TRIAL_TAG in run.tags:
        st.markdown(_("It is a trial of a sweep: it logs scores and no model. The model is trained of the best."))
        if run.parent_id:
            navigation.link("sweep", _("Open its sweep"), run=run.parent_id)
        return True
    return False
