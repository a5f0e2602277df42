"""By what the rows of a table that was brought are divided: proposed with its reason, to be changed here."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.i18n import N_, _
from core.text import plain
from core.training.division import BY_CHANCE, Division
from core.training.tables.targets import Target
from core.ui import findings, frame, pickers
from core.ui.data.brought import Brought

WAYS: Mapping[str, str] = {
    "chance": N_("by chance"), "groups": N_("by a column, whose rows stay together"), "time": N_("in time"),
}  # fmt: skip


def choose(now: Brought, chosen: Target) -> Division | None:
    """Choose by what rows are divided, begun with what is proposed; None where that cannot be done, which is said."""
    proposed, why = now.proposed_division(chosen)
    st.markdown(f"**{_('What it is tested on')}**")
    columns = {"groups": _names(now, chosen), "time": _times(now, chosen)}
    ways = [way for way in WAYS if way == "chance" or columns[way]]
    usual = "groups" if proposed.groups else "time" if proposed.ordered_by else "chance"
    with st.container(horizontal=True, vertical_alignment="bottom", key="data_own_dividing"):
        way = pickers.choose_here(
            _("Rows are divided"), ways, key=f"data_own_way_{chosen.column}", start=usual, show=lambda way: _(WAYS[way])
        )
        column = ""
        if way != "chance":
            start = proposed.column if usual == way else columns[way][0]
            column = pickers.choose_here(
                _("Divided by"), columns[way], key=f"data_own_by_{way}_{chosen.column}", start=start,
                show=lambda name: plain(name, 60),
            )  # fmt: skip
    division = {"chance": BY_CHANCE, "groups": Division(groups=column), "time": Division(ordered_by=column)}[way]
    if why is not None:
        said = findings.in_words(why)
        proposal = _("Proposed: {why}") if division == proposed else _("Not as proposed: {why}")
        st.markdown(f":material/lightbulb: {proposal.format(why=said)}")
    if error := now.refused_division(chosen, division):
        frame.show_error(error)
        return None
    frame.note(_meaning(division))
    return division


def _meaning(division: Division) -> str:
    column = plain(division.column, 60)
    if division.groups:
        words = _("A fifth of the rows is tested on, as nearly as that can be: rows with the same {column} together.")
    elif division.ordered_by:
        words = _("The latest fifth of the rows by {column} is tested on, as nearly as that can be.")
    else:
        words = _("A fifth of the rows is tested on, drawn by chance.")
    return words.format(column=column)


def _names(now: Brought, chosen: Target) -> list[str]:
    """Return the columns that rows may share: those that name groups first, those different in each row last."""
    found = [one for one in now.known(chosen) if one.code in {"groups", "identifier"}]
    codes = {name: one.code for one in found for name in one.columns}
    names = [reading.name for reading in now.table().readings if reading.name != chosen.column]
    return sorted(names, key=lambda name: {"groups": 0, "identifier": 2}.get(codes.get(name, ""), 1))


def _times(now: Brought, chosen: Target) -> list[str]:
    """Return the columns that may tell time: dates, then numbers."""
    readings = [reading for reading in now.table().readings if reading.name != chosen.column]
    return [one.name for kind in ("date", "number") for one in readings if one.kind == kind]
