"""A new schedule: which model scores which files, and when, in plain words."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from core.errors import PizarraError
from core.i18n import _, local_zone
from core.process import cache, scheduled
from core.process.asked import LIVE
from core.schedules.schedules import LONGEST_NAME
from core.schedules.wording import read, shown
from core.text import plain
from core.ui import afterwards, frame, pickers, session
from core.ui.schedules.made import SAID

NAME, PATH, WHEN, ZONE = (f"schedules_new_{what}" for what in ("name", "path", "when", "zone"))
MODEL = "schedules_new_model"


def offer() -> None:
    """Offer to have files scored by itself."""
    models = [model for model in cache.models() if model.versions]
    with st.expander(_("Have files scored by itself"), icon=":material/alarm_add:", key="schedules_new"):
        if not models:
            frame.empty(_("**There is no model to score with yet.** Train one and register it."), "registry",
                        _("Register a model"))  # fmt: skip
            return
        named = [f"{model.name}/{stage}" for stage in LIVE for model in models if model.in_stage(stage)]
        named += [f"{model.name}/{version.number}" for model in models for version in model.versions]
        pickers.choose_here(_("Model: a stage, whatever it holds then, or a version"), named, key=MODEL)
        st.text_input(_("Full path of a file, or of a folder of Parquet files"), key=PATH, autocomplete="off")
        st.text_input(
            _("When: “every day at 02:30”, “every Monday at 06:00”, or a line of cron"), key=WHEN, autocomplete="off"
        )
        st.text_input(_("Time zone"), local_zone(), key=ZONE, autocomplete="off")
        _say_when()
        st.text_input(_("Name"), key=NAME, max_chars=LONGEST_NAME, autocomplete="off")
        st.button(_("Do this from now on"), key="schedules_new_make", type="primary", on_click=_make)


def _say_when() -> None:
    """Say how the words were read, before they count."""
    text = str(st.session_state.get(WHEN, "")).strip()
    if not text:
        return
    try:
        chosen = read(text, str(st.session_state[ZONE]))
    except PizarraError as error:
        frame.show_error(error)
        return
    st.markdown(f":material/schedule: {plain(shown(chosen, datetime.now(UTC)), 300)}")


def _make() -> None:
    with frame.reporting():
        session.actor().check("schedule")  # before anything is said of paths
        said = {key: str(st.session_state[key]) for key in (NAME, MODEL, PATH, WHEN, ZONE)}
        given = scheduled.checked("score", {"model": said[MODEL], "path": said[PATH]})
        made = scheduled.schedules().make(session.actor(), said[NAME], "score", given, read(said[WHEN], said[ZONE]))
        scheduled.runner().wake()
        afterwards.say(SAID, _("“{name}” is done from now on.").format(name=plain(made.name, 80)))
        for key in (NAME, PATH, WHEN):
            st.session_state[key] = ""
