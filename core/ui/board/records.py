"""The records of boards that have ended: looked at, taken along, and forgotten."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from core import spreadsheets
from core.classroom.boards import Board
from core.i18n import _, moment
from core.process import shared
from core.training.tasks import Task
from core.ui import afterwards, frame, pickers, session, tables
from core.ui.board.opening import SAID

FILE = "pizarra-board"


def show(tasks: Mapping[str, Task]) -> None:
    """Show what is kept of earlier boards."""
    kept = {str(board.number): board for board in shared.boards().records()}
    if not kept:
        return
    with st.expander(_("Records of earlier boards"), key="board_records", icon=":material/history_edu:"):
        number = pickers.choose_here(
            _("Record"),
            list(kept),
            key="board_record",
            show=lambda one: _title(kept[one], tasks) if one in kept else one,
        )
        _show(kept[number])


def _title(board: Board, tasks: Mapping[str, Task]) -> str:
    title = _(tasks[board.task].title) if board.task in tasks else board.task
    return f"{title} · {board.metric} · {moment(datetime.fromtimestamp(board.opened, UTC))}"


def _show(board: Board) -> None:
    record: dict[str, Any] = dict(board.record or {})
    rows = pd.DataFrame(record.get("rows", []))
    if len(rows):
        tables.show(rows.rename(columns=_headings()), key="board_record_rows", alt=_("Places of the board"))
    else:
        st.markdown(_("Nobody had finished a run."))
    name = f"{FILE}-{board.number}"
    with st.container(horizontal=True):
        st.download_button(
            _("Record as JSON"), json.dumps(record, ensure_ascii=False, indent=1), f"{name}.json", "application/json",
            key="board_record_json", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            _("Places as CSV"), spreadsheets.as_csv(rows), f"{name}.csv", "text/csv", key="board_record_csv",
            on_click="ignore",
        )  # fmt: skip
        if st.checkbox(_("Forget this record for ever"), key="board_forget_sure"):
            st.button(
                _("Forget it"), key="board_forget", icon=":material/delete:", on_click=_forget, args=(board.number,)
            )


def _forget(number: int) -> None:
    with frame.reporting():
        shared.boards().forget(session.actor(), number)
        st.session_state["board_forget_sure"] = False
        afterwards.say(SAID, _("The record is forgotten."))


def _headings() -> dict[str, str]:
    return {
        "place": _("Place"), "name": _("Nickname"), "value": _("Public half"), "train": _("Training"),
        "tries": _("Tries"), "run": _("Run"), "run_id": _("Id of the run"), "hidden": _("Hidden half"),
        "hidden_place": _("Place on the hidden half"),
    }  # fmt: skip
