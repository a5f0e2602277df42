"""What a visitor's session remembers: language, projector, and what was chosen last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st
from streamlit import net_util
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.figures.style import Style
from core.i18n import DEFAULT_LANGUAGE, set_language_source, supported_language

MOST_RUNS_IN_ADDRESS = 50  # a longer address breaks in other programs


def language() -> str | None:
    """Return the session's language; None outside a session."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    return st.session_state.get("language")


set_language_source(language)

# Streamlit asks an outside server for this machine's address when a visitor comes under a name it does not know.
# Nothing is sent anywhere, so it gets an empty answer here.
net_util._external_ip = ""


def begin() -> None:
    """Settle language and projector: the address wins, then the session, then the browser."""
    asked = supported_language(st.query_params.get("lang"))
    remembered = st.session_state.get("language")
    st.session_state["language"] = asked or remembered or supported_language(st.context.locale) or DEFAULT_LANGUAGE
    if "projector" in st.query_params:
        st.session_state["projector"] = st.query_params["projector"] == "1"
    keep_in_address(**shared_params())


def shared_params() -> dict[str, str]:
    """Return what every address of this session carries."""
    params = {"lang": st.session_state["language"]}
    return params | {"projector": "1"} if projector() else params


def keep_in_address(**params: str) -> None:
    """Put params into the address where they differ, so that it can be shared; empty ones are taken out."""
    for name, value in params.items():
        if not value:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != value:
            st.query_params[name] = value


def keep_runs_in_address(name: str, key: str, take: Callable[[Sequence[str]], None]) -> None:
    """Keep the run ids of the session's ``key`` in the address, if they are not too many for it.

    Those of a newly opened address are taken first.
    """
    asked, seen = st.query_params.get(name), f"{key}_seen"
    if asked is not None and asked != st.session_state.get(seen):
        take([run_id for run_id in asked.split(",") if run_id])
    run_ids: list[str] = st.session_state.get(key, [])
    short = ",".join(run_ids) if len(run_ids) <= MOST_RUNS_IN_ADDRESS else ""
    keep_in_address(**{name: short})
    st.session_state[seen] = short or None  # what we wrote ourselves must not undo the next click


def choose_language(chosen: str) -> None:
    """Switch the session's language."""
    st.session_state["language"] = chosen
    st.query_params["lang"] = chosen


def projector() -> bool:
    """Tell whether the page is shown to a room."""
    return bool(st.session_state.get("projector", False))


def choose_projector(on: bool) -> None:
    """Switch the projector view."""
    st.session_state["projector"] = on
    keep_in_address(projector="1" if on else "")


def style() -> Style:
    """Return how figures are drawn for this visitor."""
    return Style(dark=st.context.theme.type != "light", projector=projector())


def carry(**chosen: str) -> None:
    """Remember what was chosen, so that the next page starts with it."""
    st.session_state.setdefault("carried", {}).update(chosen)


def carried(name: str) -> str:
    """Return what an earlier page chose, or empty; the address wins."""
    return str(st.query_params.get(name) or st.session_state.get("carried", {}).get(name, ""))


def remember(name: str, value: Any) -> None:
    """Keep something for this session under ``name``."""
    st.session_state[name] = value


def introduce(name: str) -> None:
    """Remember the name under which this visitor changes something."""
    st.session_state["who"] = name.strip()


def who() -> str:
    """Return the name under which this visitor changed something last, or empty."""
    return str(st.session_state.get("who", ""))


def address() -> str | None:
    """Return the IP address of the visitor's computer, None where it is this one."""
    return st.context.ip_address
