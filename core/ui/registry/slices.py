"""For whom a version is better or worse than what is in Production: groups of the rows that both were asked about."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core import words
from core.comparison.evidence import Weighed
from core.comparison.slice_leads import SliceLead, Standing, losing
from core.i18n import _, ngettext, number
from core.store.registry.registered_models import Version
from core.text import plain
from core.ui import frame, tables

MOST_NAMED = 3
LONGEST_GROUP = 80


def show_losing(weighed: Weighed) -> None:
    """Name the groups for which the challenger loses for certain, or say that there is none among so many."""
    judged = [lead for lead in weighed.slices if lead.standing != "few"]
    if not judged:
        return
    lost, looked_at = losing(weighed.slices), _looked_at(judged)
    if not lost:
        frame.note(_("It loses for certain in no group of rows. {looked_at}").format(looked_at=looked_at))
        return
    lines = [_lost_words(lead, weighed) for lead in lost[:MOST_NAMED]]
    if more := len(lost) - MOST_NAMED:
        lines += [ngettext("{count} more group is in the table below.", "{count} more groups are in the table below.",
                           more)] if more > 0 else []  # fmt: skip
    st.warning("  \n".join([*lines, looked_at]), icon=":material/group_off:")


def _lost_words(lead: SliceLead, weighed: Weighed) -> str:
    over_all = next((pair.difference for pair in weighed.pairs if pair.metric == lead.metric), None)
    is_better = over_all is not None and over_all.outcome == "better" and over_all.gap > 0
    said = (
        _("Really better over all, but it loses for certain for **{group}**: {metric} **{mine}**, in Production "
          "{theirs}, counted on {rows}.") if is_better else
        _("It loses for certain for **{group}**: {metric} **{mine}**, in Production {theirs}, counted on {rows}.")
    )  # fmt: skip
    return said.format(
        group=plain(lead.slice.title, LONGEST_GROUP), metric=plain(lead.metric), mine=number(lead.mine),
        theirs=number(lead.theirs), rows=ngettext("{count} row", "{count} rows", lead.counted),
    )  # fmt: skip


def _looked_at(judged: Sequence[SliceLead]) -> str:
    groups = len({lead.slice for lead in judged})
    return ngettext(
        "{count} group was looked at; in 95 of 100 such looks chance alone names none.",
        "{count} groups were looked at; in 95 of 100 such looks chance alone names none.",
        groups,
    )


def show_all(leads: Sequence[SliceLead], version: Version, current: Version) -> None:
    """Show each group that was looked at with what both get, folded away until somebody wants it."""
    if not leads:
        return
    folded = st.expander(
        _("Right for whom? All groups of rows"), icon=":material/groups:", key="registry_slices", on_change="rerun"
    )
    if folded.open:
        with folded:
            tables.show(
                groups_table(leads, version, current), key="registry_slices_table",
                alt=_("Groups of rows, one a line"), download="groups",
            )  # fmt: skip


def groups_table(leads: Sequence[SliceLead], version: Version, current: Version) -> pd.DataFrame:
    """Return a line a group and metric: where the version loses for certain first, then by how much."""
    return pd.DataFrame(
        {
            _("Group"): [lead.slice.title for lead in leads],
            _("What is said"): [standing_words(lead.standing) for lead in leads],
            _("Metric"): [lead.metric for lead in leads],
            words.version_title(version.number): [lead.mine for lead in leads],
            words.version_title(current.number): [lead.theirs for lead in leads],
            _("Better by"): [lead.gap for lead in leads],
            _("Low (95 %)"): [lead.low for lead in leads],
            _("High (95 %)"): [lead.high for lead in leads],
            _("Rows"): [lead.rows for lead in leads],
            _("Rows that count"): [lead.counted for lead in leads],
        }
    )


def standing_words(standing: Standing) -> str:
    """Return what is said of a group in the reader's language."""
    return {
        "worse": _("loses for certain"), "better": _("wins for certain"), "close": _("too close to call"),
        "identical": _("no different"), "few": _("too few rows"),
    }[standing]  # fmt: skip
