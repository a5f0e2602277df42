"""The board as everybody sees it, anew every few seconds: one's own place first, then all places, chart and queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from core import words
from core.comparison.differences import important_params
from core.figures import scatter
from core.i18n import _, clock, ngettext, number
from core.process import board as boards
from core.process import cache
from core.process.board_view import Line, Shown, Waiting
from core.store.runs.tables import Runs, run_labels
from core.text import plain, shortened
from core.training.tasks import Task
from core.ui import afterwards, charts, frame, navigation, own_runs, pickers, session
from core.ui.board import places
from core.ui.board.opening import SAID

SECONDS = 2.0  # between two looks
FIRST_PLACES = 10  # in sight; the others fold away
NAMED_IN_QUEUE = 8
PARAMETERS_AT_MOST = 12
SPLIT = "split_"  # parameters that say which rows a run was tested on: the same for all


@frame.live(SECONDS)
def show(tasks: Mapping[str, Task]) -> None:
    """Show the board, or go back to where one is opened once it has ended."""
    found = boards.look(session.actor())
    if found is None:
        st.rerun()
    afterwards.show(SAID)
    _say_where_i_stand(found)
    _say_what_it_is(found, tasks)
    _show_spotlight(found)
    ranked, chart = st.columns([3, 2] if found.board.revealed is None else [2, 1])
    with ranked:
        with st.container(key="board_places"):
            _show_places(found)
        _show_queue(found.queue)
    with chart:
        _show_chart(found)


def _say_what_it_is(found: Shown, tasks: Mapping[str, Task]) -> None:
    board = found.board
    title = _(tasks[board.task].title) if board.task in tasks else board.task
    said = [
        f"**{plain(title)}** · {plain(board.metric)}",
        ngettext("{count} person", "{count} people", len(found.lines)),
        ngettext("{count} try", "{count} tries", found.tries),
    ]
    st.markdown(" · ".join(said))
    if board.revealed is not None:
        st.markdown(f":material/visibility: {_('**Revealed**: places are those of the hidden half of the test rows.')}")
        return
    if board.frozen:
        frozen = _("**Frozen** since {time}: what ended later is not shown yet.").format(time=clock_of(board.frozen))
        st.markdown(f":material/ac_unit: {frozen}")


def clock_of(moment: float) -> str:
    """Return a moment, in seconds since 1970, as the time of day."""
    return clock(datetime.fromtimestamp(moment, UTC))


def _say_where_i_stand(found: Shown) -> None:
    mine, waiting = found.mine, [one for one in found.queue if one.mine]
    if mine is None and not waiting and not session.actor().member:
        return
    with st.container(border=True, key="board_mine"):
        if mine is not None:
            st.markdown(f"### {mine.own_words(len(found.lines))}")
            st.markdown(places.score_words(mine, found.board.metric))
        else:
            st.markdown(f"**{found.no_place}**")
        for one in waiting:
            st.markdown(f":material/hourglass_top: {one.own_words}")
        if found.board.revealed is None:
            with st.container(horizontal=True, vertical_alignment="center"):
                if found.tries_left is not None:
                    words = ngettext("{count} try left", "{count} tries left", found.tries_left)
                    st.markdown(f"**{words}**", width="content")
                if session.actor().may("train"):
                    navigation.link("train", _("Train a model"), task=found.board.task)


def _show_spotlight(found: Shown) -> None:
    line = found.spotlight
    if line is None:
        return
    run = cache.run(line.run_id)
    with st.container(border=True, key="board_spotlight"):
        st.header(f":material/highlight: {plain(line.name or _('Somebody'))}", anchor=False)
        with st.container(horizontal=True):
            st.metric(_("Test, public half"), number(line.value), width="content")
            if line.train is not None:
                st.metric(_("Training"), number(line.train), width="content")
            if line.hidden is not None:
                st.metric(_("Test, hidden half"), number(line.hidden), width="content")
        params = [(plain(name, 40), plain(value, 40)) for name, value in run.params.items() if _is_chosen(name)]
        st.markdown(" · ".join(f"{name} **{value}**" for name, value in params))


def _is_chosen(parameter: str) -> bool:
    return not parameter.startswith(SPLIT)


def _show_places(found: Shown) -> None:
    if not found.lines:
        if found.board.frozen is not None:
            frame.empty(_("**Nobody had finished a run when the board was frozen.**"))
            return
        frame.empty(_("**Nobody has finished a run yet.** The board fills as runs finish."))
        return
    is_revealed = found.board.revealed is not None
    shown, others = found.lines[:FIRST_PLACES], found.lines[FIRST_PLACES:]
    st.markdown(places.table(shown, is_revealed=is_revealed))
    if others:
        words = ngettext("and {count} more", "and {count} more", len(others))
        with st.expander(words, key="board_others"):
            st.markdown(places.table(others, is_revealed=is_revealed))
    frame.note(
        _("Places are by the verdict, arrows by the digits alone. Where a place is shared, arrows show what chance "
          "does.")
        if is_revealed
        else _("Measured on the public half of the test rows. Who shares a place is not known to be worse than the "
               "best of that place; that says nothing of those that share it among themselves.")
    )  # fmt: skip


def _show_queue(queue: tuple[Waiting, ...]) -> None:
    if not queue:
        return
    training = [_name(one) for one in queue if one.place is None]
    waiting = [f"{number(one.place, 0)}. {_name(one)}" for one in queue if one.place is not None]
    if training:
        st.markdown(f":material/model_training: **{_('Being trained')}**: {_named(training)}")
    if waiting:
        st.markdown(f":material/hourglass_top: **{_('In the queue')}**: {_named(waiting)}")


def _named(names: list[str]) -> str:
    more = len(names) - NAMED_IN_QUEUE
    rest = [ngettext("and {count} more", "and {count} more", more)] if more > 0 else []
    return " · ".join([*names[:NAMED_IN_QUEUE], *rest])


def _name(one: Line | Waiting) -> str:
    name = plain(one.name) or _("Somebody")
    return f"**➤ {name}**" if one.mine else name


def _show_chart(found: Shown) -> None:
    runs = boards.runs_of(found.board)
    names = [
        name for name in important_params(runs, found.board.metric, PARAMETERS_AT_MOST) if not name.startswith(SPLIT)
    ]
    if not names:
        frame.note(_("The chart of parameters begins with the second run that differs."))
        return
    parameter = pickers.choose_here(_("Parameter"), names, key="board_parameter")
    charts.show(
        scatter.scatter(
            runs, parameter, found.board.metric, _labels(found, runs), replace(session.style(), narrow=True)
        ),
        key="board_chart",
        alt=_("{metric} by {parameter}").format(metric=plain(found.board.metric), parameter=plain(parameter)),
    )


def _labels(found: Shown, runs: Runs) -> dict[str, str]:
    labels = run_labels(runs)
    if found.board.names_hidden:  # a run's name may tell whose it is
        mine = set(own_runs.among(runs))
        labels = {
            run: name if run in mine else _algorithm(str(runs.info.at[run, "algorithm"] or ""))
            for run, name in labels.items()
        }
    return own_runs.marked(runs, shortened(labels, 32))


def _algorithm(name: str) -> str:
    return words.algorithm(name) if name else places.NOTHING
