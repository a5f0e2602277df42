"""Choices that the address holds, so that a reload or a shared link shows the same."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO

import streamlit as st

from core.ui import session

PAGE = "experiments_page"  # of the table of runs; page numbers mean nothing once other runs are asked for


def begin(name: str) -> str:
    """Return a choice, empty where none was made: a newly opened address wins, then what was chosen here."""
    key, seen = f"kept_{name}", f"kept_{name}_seen"
    asked = st.query_params.get(name)
    if asked is not None and asked != st.session_state.get(seen):
        st.session_state[key] = asked
    elif key not in st.session_state:
        st.session_state[key] = session.carried(name)
    keep(name, st.session_state[key])
    return str(st.session_state[key])


def keep(name: str, value: str) -> None:
    """Remember a choice for this session, its address and the next pages; an empty one is taken out."""
    st.session_state[f"kept_{name}"] = value
    st.session_state[f"kept_{name}_seen"] = value or None
    session.keep_in_address(**{name: value})
    session.carry(**{name: value})


def control(key: str, value: object) -> None:
    """Let a widget that is about to be shown have this value.

    It is said anew in every run: of two runs in quick succession the browser may see only the second, and would send
    back what the widget had before the first.
    """
    st.session_state[key] = value


def typed(key: str, value: object) -> None:
    """Let a box that somebody may be typing in have this value; what is right already is left alone."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


def first_page() -> None:
    """Go back to the first page of the runs."""
    st.session_state.pop(PAGE, None)


def joined(names: Sequence[str]) -> str:
    """Write several names as one text, whatever signs are in them.

    >>> joined(["a", "b,c"]), separated(joined(["a", "b,c"])), separated("")
    ('a,"b,c"', ['a', 'b,c'], [])
    """
    line = StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow(names)  # so that names with line breaks are quoted
    return line.getvalue()[:-2]


def separated(text: str) -> list[str]:
    """Return the names that ``joined`` wrote as one text."""
    return next(csv.reader(StringIO(text, newline="")), []) if text else []
