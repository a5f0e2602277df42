"""The runs that are picked out on a page: chosen in one chart or table, they stand out in all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.comparison.differences import rank
from core.figures.marks import HIGHLIGHTED_AT_MOST
from core.i18n import _, ngettext, number
from core.store.runs.tables import Runs
from core.text import plain
from core.ui import address, own_runs
from core.ui.compare import run_choice

COLORS, RESETS = "compare_colors", "compare_resets"
NAMED = 6
OWN = 2  # of the visitor's runs that stand out beside the best


def selected(runs: Runs) -> list[str]:
    """Return the picked runs among these."""
    here = set(runs.ids)
    return [run_id for run_id in address.listed("picked") if run_id in here]


def select(run_ids: Sequence[str]) -> None:
    """Pick these runs and no others."""
    address.choose("picked", ",".join(run_ids))


def clear() -> None:
    """Pick none; charts and axes forget what was marked on them."""
    select([])
    st.session_state[RESETS] = resets() + 1


def resets() -> int:
    """Return a number for widget keys, so that clearing makes the widgets anew."""
    return int(st.session_state.get(RESETS, 0))


def highlight(runs: Runs, metric: str) -> dict[str, int]:
    """Return the runs that stand out and each one's colour, which it keeps while it does.

    The picked runs stand out, by default the best and the visitor's own; at most six, as nobody can tell more colours
    apart.
    """
    best = list(rank(runs, metric).dropna().index) or runs.ids
    picked, own = set(selected(runs)), own_runs.among(runs)[:OWN]
    if picked:
        ordered = [i for i in best if i in picked] + [i for i in selected(runs) if i not in set(best)]
    else:
        ordered = [*[i for i in best if i not in own][: HIGHLIGHTED_AT_MOST - len(own)], *own]
    chosen = ordered[:HIGHLIGHTED_AT_MOST]
    before: Mapping[str, int] = {} if address.is_news("colors") else st.session_state.get(COLORS, {})
    kept: dict[str, int] = {i: place for i, place in before.items() if i in chosen}
    free = (place for place in range(HIGHLIGHTED_AT_MOST) if place not in kept.values())
    colors = {run_id: kept[run_id] if run_id in kept else next(free) for run_id in chosen}
    st.session_state[COLORS] = colors
    return colors


def show(runs: Runs, labels: Mapping[str, str]) -> None:
    """Say which runs are picked, and what can be done with them."""
    chosen = selected(runs)
    if address.is_news("picked") and (absent := len(address.listed("picked")) - len(chosen)):
        address.say_missing("picked", ngettext(
            "{count} of the picked runs is not among those that are compared.",
            "{count} of the picked runs are not among those that are compared.",
            absent,
        ))  # fmt: skip
    if not chosen:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="compare_picked"):
        names = ", ".join(plain(labels[run_id], 40) for run_id in chosen[:NAMED])
        more = f" +{number(len(chosen) - NAMED, 0)}" if len(chosen) > NAMED else ""
        words = ngettext("**{count} run is picked:**", "**{count} runs are picked:**", len(chosen))
        st.markdown(f"{words.format(count=number(len(chosen), 0))} {names}{more}")
        st.button(
            _("Compare only these"), key="compare_only", icon=":material/filter_alt:", disabled=len(chosen) < 2,
            on_click=_only, args=(chosen,),
        )  # fmt: skip
        st.button(_("Clear"), key="compare_clear", icon=":material/close:", type="tertiary", on_click=clear)


def _only(run_ids: Sequence[str]) -> None:
    run_choice.keep_only(run_ids)
    clear()
