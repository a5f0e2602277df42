"""A note and tags of one's own, given before a run is launched."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.i18n import _
from core.training.notes import MOST_KEY, MOST_NOTE, MOST_TAGS, MOST_VALUE, parse_tags
from core.ui import frame

MOST_TEXT = MOST_TAGS * (MOST_KEY + MOST_VALUE + 2)


def fields(key: str) -> tuple[str, str]:
    """Show where to write them, folded away; return what was written."""
    with st.expander(_("Note and tags"), icon=":material/sticky_note_2:", key=f"{key}_said"):
        note = st.text_area(_("Note"), max_chars=MOST_NOTE, height=80, key=f"{key}_note")
        tags = st.text_area(
            _("Tags, name=value on a line each"), max_chars=MOST_TEXT, height=80, key=f"{key}_tags",
            placeholder=_("team=red"),
        )  # fmt: skip
        frame.note(_("They go with the run, and whoever sees it sees them. Experiments can be filtered by tags."))
    return note, tags


def read(written: tuple[str, str]) -> tuple[str, Mapping[str, str]]:
    """Return the note and the tags that were written.

    Raises:
        PizarraError: a line of the tags reads otherwise.
    """
    note, tags = written
    return note, parse_tags(tags.splitlines())
