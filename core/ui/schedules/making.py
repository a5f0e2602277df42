"""A new schedule: what is done with which model, and when, in plain words; a watch with its rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from core.alerts.rules import CHANGES, FEWEST_LABELLED, LEARNS, MOST_LABELLED, MOST_WINDOWS, Change, Learn, Rule
from core.errors import PizarraError
from core.i18n import N_, _, local_zone
from core.process import cache, scheduled
from core.process.asked import LIVE
from core.schedules.schedules import LONGEST_NAME
from core.schedules.wording import read, shown
from core.store.registry.registered_models import RegisteredModel
from core.text import plain
from core.ui import afterwards, frame, pickers, session
from core.ui.schedules.made import SAID

NAME, PATH, ID, WHEN, ZONE = (f"schedules_new_{what}" for what in ("name", "path", "id", "when", "zone"))
MODEL, KIND, WATCHED = "schedules_new_model", "schedules_new_kind", "schedules_new_watched"
ROWS, RULED = "schedules_new_rows", "schedules_new_ruled"
WINDOWS, CHANGE, LABELLED, LEARN = (f"schedules_new_{what}" for what in ("windows", "change", "labelled", "learn"))
TITLES = {
    "score": N_("Score files"),
    "check": N_("Check a table: has what is asked changed?"),
    "watch": N_("Watch a model in Production by what it is asked"),
}


def offer() -> None:
    """Offer to have something done by itself."""
    models = [model for model in cache.models() if model.versions]
    with st.expander(_("Have something done by itself"), icon=":material/alarm_add:", key="schedules_new"):
        if not models:
            frame.empty(_("**There is no model to score with yet.** Train one and register it."), "registry",
                        _("Register a model"))  # fmt: skip
            return
        kind = pickers.choose_here(_("What is done"), list(TITLES), key=KIND, show=lambda name: _(TITLES[name]))
        if not _FORMS[kind](models):
            return
        st.text_input(
            _("When: “every day at 02:30”, “every Monday at 06:00”, or a line of cron"), key=WHEN, autocomplete="off"
        )
        st.text_input(_("Time zone"), local_zone(), key=ZONE, autocomplete="off")
        _say_when()
        st.text_input(_("Name"), key=NAME, max_chars=LONGEST_NAME, autocomplete="off")
        st.button(_("Do this from now on"), key="schedules_new_make", type="primary", on_click=_make, args=(kind,))


def _offer_files(models: Sequence[RegisteredModel], label: str) -> bool:
    named = [f"{model.name}/{stage}" for stage in LIVE for model in models if model.in_stage(stage)]
    named += [f"{model.name}/{version.number}" for model in models for version in model.versions]
    pickers.choose_here(_("Model: a stage, whatever it holds then, or a version"), named, key=MODEL)
    st.text_input(label, key=PATH, autocomplete="off")
    return True


def _offer_scoring(models: Sequence[RegisteredModel]) -> bool:
    is_offered = _offer_files(models, _("Full path of a file, or of a folder of Parquet files"))
    st.text_input(
        _("Keep the answers for look-up by this column; empty: they are not kept"), key=ID, autocomplete="off"
    )
    if str(st.session_state.get(ID, "")).strip():
        frame.note(_(
            "Programs look an answer up by the id of its row, exactly as it stands in the table: 007 is not 7. Each "
            "run that ends well takes the place of all answers kept before."
        ))  # fmt: skip
    return is_offered


def _offer_check(models: Sequence[RegisteredModel]) -> bool:
    return _offer_files(models, _("Full path of a table: CSV, Parquet or Excel"))


def _offer_watch(models: Sequence[RegisteredModel]) -> bool:
    named = [model.name for model in models if model.in_stage("Production")]
    if not named:
        frame.empty(_("**No model is in Production.** A watch looks at what a model in Production is asked."),
                    "registry", _("Promote a version"))  # fmt: skip
        return False
    pickers.choose_here(_("Model"), named, key=WATCHED)
    st.number_input(_("Rows of a window; empty: all that was asked since the last one"), 50, 20_000, None, 50, key=ROWS)
    frame.note(_(
        "A window with fewer than 50 rows counts neither way. Of windows in which nothing changed, up to one in ten "
        "alarms all the same: the more often it looks, the more false alarms there are."
    ))  # fmt: skip
    if st.toggle(_("A rule retrains by itself"), key=RULED):
        st.markdown(f":material/rule: {_offer_rule().words}")
        frame.note(_(
            "The best: not worse for certain on the old rows, and better or the same on the new ones. Otherwise the "
            "new version is registered without a stage. Never does it go to Production."
        ))  # fmt: skip
    return True


def _offer_rule() -> Rule:
    """Have a rule chosen part by part, and return it."""
    windows, labelled = st.columns(2)
    with windows:
        st.number_input(_("Windows in a row"), 1, MOST_WINDOWS, 3, key=WINDOWS)
    with labelled:
        st.number_input(_("Rows with a true answer, at least"), FEWEST_LABELLED, MOST_LABELLED, 500, 50, key=LABELLED)
    change, learn = st.columns(2)
    with change:
        pickers.choose_here(_("What they do"), list(CHANGES), key=CHANGE, show=lambda name: _(_named(CHANGES, name)))
    with learn:
        pickers.choose_here(_("Retrain"), list(LEARNS), key=LEARN, show=lambda name: _(_named(LEARNS, name)))
    return _rule()


def _named(titles: Mapping[Any, str], name: str) -> str:
    return titles[name]


def _rule() -> Rule:
    change: Change = st.session_state[CHANGE]
    learn: Learn = st.session_state[LEARN]
    return Rule(int(st.session_state[WINDOWS]), change, int(st.session_state[LABELLED]), learn)


_FORMS: Mapping[str, Callable[[Sequence[RegisteredModel]], bool]] = {
    "score": _offer_scoring, "check": _offer_check, "watch": _offer_watch,
}  # fmt: skip


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


def _given(kind: str) -> dict[str, Any]:
    if kind != "watch":
        files = {"model": str(st.session_state[MODEL]), "path": str(st.session_state[PATH])}
        return files | ({"id": str(st.session_state.get(ID, ""))} if kind == "score" else {})
    rows = st.session_state.get(ROWS)
    rule = _rule().arguments if st.session_state.get(RULED) else {}
    return {"model": str(st.session_state[WATCHED]), "rows": "" if rows is None else int(rows)} | rule


def _make(kind: str) -> None:
    with frame.reporting():
        session.actor().check("schedule")  # before anything is said of paths
        name, text, zone = (str(st.session_state[key]) for key in (NAME, WHEN, ZONE))
        given = scheduled.checked(kind, _given(kind))
        made = scheduled.schedules().make(session.actor(), name, kind, given, read(text, zone))
        scheduled.runner().wake()
        afterwards.say(SAID, _("“{name}” is done from now on.").format(name=plain(made.name, 80)))
        for key in (NAME, PATH, ID, WHEN):
            st.session_state[key] = ""
