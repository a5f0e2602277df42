"""The tables that retraining made: which runs used them, what needs them, and the others cleaned in one press."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.i18n import _, ngettext
from core.process import retrained_tables
from core.process.retrained_tables import Made
from core.text import plain
from core.ui import afterwards, frame, session, tables

SAID = "data_retrained_said"
MOST_NAMED = 5  # runs, or versions
NOTHING = "–"


def show() -> None:
    """Show them, where there are some and somebody looks, and offer to delete those that nothing needs."""
    afterwards.show(SAID)
    count = len(retrained_tables.tables())
    if not count:
        return
    label = ngettext("{count} table was made by retraining", "{count} tables were made by retraining", count)
    folded = st.expander(label, icon=":material/model_training:", key="data_retrained", on_change="rerun")
    if not folded.open:
        return
    made = retrained_tables.made_by_retraining()
    with folded:
        st.markdown(_(
            "Each retraining keeps its rows, old and new ones together, as a table of its own. A registered version "
            "needs its table to be trained anew, and its run to be launched again; to answer it needs nothing of it."
        ))  # fmt: skip
        tables.show(
            pd.DataFrame([_line(one) for one in made]), key="data_retrained_table", alt=_("Tables, one a row"),
        )  # fmt: skip
        if session.actor().may("keep_table"):
            _offer_cleaning(made)


def _offer_cleaning(made: Sequence[Made]) -> None:
    gone = [one for one in made if one.may_go]
    if not gone:
        frame.note(
            _("There is nothing to clean: all of them are needed, or too new, or no run of this store used them.")
        )
        return
    names = ", ".join(plain(one.table.title, 80) for one in gone)
    runs = sum(len(one.runs) for one in gone)
    frame.note(_("No registered version of this store needs these: {names}.").format(names=names))
    frame.note(ngettext("{count} run that learned from them stays, and cannot be launched again.",
                        "{count} runs that learned from them stay, and cannot be launched again.", runs))  # fmt: skip
    words = ngettext("Delete {count} table that nothing needs", "Delete {count} tables that nothing needs", len(gone))
    st.button(words, key="data_retrained_clean", icon=":material/cleaning_services:", on_click=_clean)


def _clean() -> None:
    with frame.reporting():
        gone = retrained_tables.clean(session.actor())
        words = ngettext("{count} table is deleted.", "{count} tables are deleted.", len(gone))
        afterwards.say(SAID, words)


def _line(one: Made) -> dict[str, object]:
    needed = [f"{version.model} {version.number}" for version in one.needed_by]
    if one.waiting:
        needed.append(ngettext("{count} run that has not ended", "{count} runs that have not ended", one.waiting))
    if one.is_young and not needed:
        needed.append(_("made within the last hour"))
    return {
        _("Table"): plain(one.table.title, 80),
        _("Rows"): one.table.rows,
        _("New rows from"): plain(one.table.file, 60),
        _("Made"): one.table.created[:10],
        _("Runs that used it"): _named([plain(name, 60) for _id, name in one.runs]) or _("none of this store"),
        _("Needed by"): _named([plain(name, 60) for name in needed]) or NOTHING,
    }


def _named(names: Sequence[str]) -> str:
    if len(names) <= MOST_NAMED:
        return ", ".join(names)
    rest = len(names) - MOST_NAMED
    return f"{', '.join(names[:MOST_NAMED])}, {ngettext('{count} more', '{count} more', rest)}"
