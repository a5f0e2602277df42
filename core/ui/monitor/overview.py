"""All models in Production at a glance: what a check says of the last rows that each was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from core import words
from core.errors import PizarraError
from core.i18n import _, number
from core.monitoring import sentences
from core.process import asked as asking
from core.store.registry.registered_models import RegisteredModel, Version
from core.text import plain
from core.ui import frame, tables
from core.ui.monitor import choice, finding

MOST = 20  # each is opened, which takes a moment
NOTHING = "–"


def show(models: Sequence[RegisteredModel]) -> None:
    """Show a line for each model in Production, folded away until somebody wants it."""
    live = [(model, model.in_stage("Production")[0]) for model in models if model.in_stage("Production")]
    if len(live) < 2:
        return
    folded = st.expander(
        _("All models in Production"), icon=":material/monitor_heart:", key="monitor_overview", on_change="rerun"
    )
    if not folded.open:
        return
    with folded, st.spinner(_("Looking at each model…"), show_time=False):
        lines = [_line(model, version) for model, version in live[:MOST]]
        tables.show(pd.DataFrame(lines), key="monitor_overview_table", alt=_("Models, one a line"), download="models")
        if len(live) > MOST:
            frame.note(_("These are the first {most} of {count}.").format(most=MOST, count=len(live)))


def _line(model: RegisteredModel, version: Version) -> dict[str, object]:
    rows, said = _found(model, version)
    return {
        _("Model"): plain(model.name, 60),
        _("Version"): words.version(version.number),
        _("Rows"): NOTHING if rows is None else number(rows, 0),
        _("What it says of the last 200"): said,
    }


def _found(model: RegisteredModel, version: Version) -> tuple[int | None, str]:
    """Return how many rows were looked at and what is said of them, or why that cannot be."""
    try:
        opened = asking.opened(model, version)
        monitored = choice.last_rows(replace(opened, cutoff=asking.saved_cutoff(opened)))
        if not len(monitored.rows):
            return 0, _("Nobody has asked it.")
        found = finding.found_in(monitored)
    except PizarraError as problem:
        return None, plain(problem.message, 200)
    if found is None:
        return len(monitored.rows), _("Its run stored no rows to hold these against.")
    return len(monitored.rows), sentences.verdict_words(found)
