"""What whoever presents does with the open board: freeze, hide names, spotlight, limits, the reveal, and the end."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.classroom.boards import Board
from core.classroom.switches import is_on, turn
from core.i18n import _, ngettext, number
from core.process import board as boards
from core.process import shared
from core.training.tasks import Task
from core.ui import afterwards, frame, navigation, pickers, session
from core.ui.board.opening import SAID, limit_field

SECONDS = 4.0  # between two looks whose run could be shown large
NONE = ""


def show(tasks: Mapping[str, Task]) -> None:
    """Show what can be done with the open board."""
    board = shared.boards().current()
    if board is None:
        return
    with st.expander(_("Lead this board"), key="board_lead", icon=":material/tune:"):
        _show_switches(board)
        _choose_spotlight()
        if board.revealed is None:
            _set_limits(board)
            _offer_reveal(board, tasks)
        _offer_end(board)
        navigation.link("join", _("Hide or remove a nickname"))


def _show_switches(board: Board) -> None:
    pickers.control("board_names", board.names_hidden)
    pickers.control("board_training", is_on(shared.class_file(), "training"))
    with st.container(horizontal=True):
        if board.revealed is None:
            pickers.control("board_frozen", board.frozen is not None)
            st.toggle(_("Freeze"), key="board_frozen", on_change=_freeze, args=(board.number,))
        st.toggle(_("Hide names"), key="board_names", on_change=_hide_names, args=(board.number,))
        st.toggle(_("The audience may train"), key="board_training", on_change=_open_or_close_training)
    frame.note(_("Without names no page says whose a run is; everybody still sees their own place."))


def _freeze(number: int) -> None:
    with frame.reporting():  # asked anew, here and below: whoever pressed may present no more
        shared.boards().freeze(session.actor(), number, on=st.session_state["board_frozen"])


def _hide_names(number: int) -> None:
    with frame.reporting():
        shared.boards().hide_names(session.actor(), number, hidden=st.session_state["board_names"])


def _open_or_close_training() -> None:
    with frame.reporting():
        turn(shared.class_file(), session.actor(), "training", on=st.session_state["board_training"])


@frame.live(SECONDS)
def _choose_spotlight() -> None:
    found = boards.look(session.actor())
    if found is None:
        return
    lines = {line.run_id: line for line in found.lines if line.run_id}
    spot = found.spotlight
    pickers.control("board_spotlight_run", spot.run_id if spot else NONE)
    titles = {run: " · ".join((line.name or "–", line.run, number(line.value))) for run, line in lines.items()}
    options = [NONE, *lines]
    show = pickers.told_apart(options, lambda run_id: titles.get(run_id, _("none")))
    st.selectbox(
        _("Show one run large"), options, key="board_spotlight_run", format_func=show, on_change=_put_in_the_spotlight,
        args=(found.board.number,),
    )  # fmt: skip


def _put_in_the_spotlight(number: int) -> None:
    with frame.reporting():
        run_id = st.session_state["board_spotlight_run"]
        shared.boards().put_in_the_spotlight(session.actor(), number, run_id)


def _set_limits(board: Board) -> None:
    with st.form("board_limits", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        each = limit_field(_("Tries of each (0: no limit)"), board.each, key="board_new_each")
        total = limit_field(_("Tries of all together (0: no limit)"), board.total, key="board_new_total")
        if st.form_submit_button(_("Set the limits"), key="board_set_limits"):
            shared.boards().set_limits(session.actor(), board.number, each=each, total=total)
            afterwards.toast(_("The limits are set."))


def _offer_reveal(board: Board, tasks: Mapping[str, Task]) -> None:
    task = tasks.get(board.task)
    if task is None:
        frame.note(_("The hidden half cannot be asked: this program no longer knows the task."))
        return
    if not st.checkbox(
        _("Enough trained: from the reveal on runs are no tries any more, and it cannot be taken back"),
        key=f"board_reveal_sure_{board.number}",
    ):
        return
    _say_what_will_not_count(board)
    if st.button(_("Reveal the hidden half"), key="board_reveal", type="primary", icon=":material/visibility:"):
        with st.spinner(_("Asking everybody’s best model about the hidden half…")):
            boards.reveal(session.actor(), board.number, task)
        st.rerun()


@frame.live(SECONDS)
def _say_what_will_not_count(board: Board) -> None:
    if count := boards.unfinished(board):
        st.markdown(
            ngettext(
                "{count} run waits or is being trained: revealed now, it does not count.",
                "{count} runs wait or are being trained: revealed now, they do not count.",
                count,
            )
        )


def _offer_end(board: Board) -> None:
    words = (
        _("End the session without a reveal: the hidden half stays unknown")
        if board.revealed is None
        else _("End the session: the board goes, its record stays")
    )
    if st.checkbox(words, key=f"board_end_sure_{board.number}") and st.button(
        _("End the session and keep its record"), key="board_end", icon=":material/flag:"
    ):
        boards.end(session.actor(), board.number)
        afterwards.say(SAID, _("The session has ended. Its record is kept below."))
        st.rerun()
