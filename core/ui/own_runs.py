"""Which runs are the visitor's own: launched in this session, or by somebody under the name that they gave."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.access import THE_CLASS
from core.i18n import _
from core.process import shared
from core.store.runs.tables import Runs
from core.ui import session

LAUNCHED = "launched_here"


def note(run_id: str) -> None:
    """Remember that this visitor launched a run."""
    session.remember(LAUNCHED, [*launched(), run_id])


def launched() -> list[str]:
    """Return the runs that were launched in this session, the newest last."""
    return list(st.session_state.get(LAUNCHED, []))


def among(runs: Runs) -> list[str]:
    """Return which of these runs are the visitor's own; a name that all of a class may have tells nobody apart.

    A nickname is somebody's since they joined: in an earlier class it may have been another's.
    """
    here, member = set(launched()), session.member()
    names = shared.members().names(member.number) if member else {session.who()}
    known = {name.casefold() for name in names} - {"", THE_CLASS.casefold()}
    whose = runs.info["student"]
    if shared.boards().names_are_hidden():  # from others, not from whoever asks for their own
        whose = shared.mirror().some_runs(runs.ids).info["student"].reindex(runs.info.index)
    theirs = whose.fillna("").astype(str).str.strip().str.casefold().isin(known)
    if member is not None:
        theirs &= pd.to_datetime(runs.info["start"], utc=True) >= pd.Timestamp(member.joined, unit="s", tz="UTC")
    return [i for i in runs.ids if i in here or theirs[i]]


def marked(runs: Runs, labels: Mapping[str, str]) -> dict[str, str]:
    """Return labels of runs by id, the visitor's own marked by a shape and a word."""
    mine = set(among(runs))
    return {i: _("➤ yours: {run}").format(run=text) if i in mine else text for i, text in labels.items()}
