"""What is to be predicted of a table that was brought: its columns, its target, what to know of it, and keeping it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace

import pandas as pd
import streamlit as st

from core.i18n import N_, _, ngettext, number
from core.settings import settings
from core.tables.column_words import KINDS
from core.tables.column_words import Kind as Holds
from core.tables.columns import ColumnReading
from core.text import plain
from core.training.division import BY_CHANCE, Division
from core.training.tables.kept import MOST_TITLE, keep_table, title_from
from core.training.tables.targets import Target, target
from core.training.tasks import Kind
from core.ui import address, findings, frame, pickers, session
from core.ui.data import brought, dividing, waiting
from core.ui.data.brought import Brought

HOLDS: Mapping[Holds, str] = {
    "number": N_("number"), "date": N_("date"), "yes_no": N_("yes / no"), "words": N_("words"),
}  # fmt: skip
ASKS: Mapping[Kind, str] = {"classification": N_("which class"), "regression": N_("how large")}
ROUND = "data_own_round"  # in the session
FIRST = 6  # findings that are in sight
MOST_QUESTIONS = 12


def show(now: Brought, *, is_open: bool) -> None:
    """Show the columns and what is asked of them; it is kept once nothing ``is_open`` any more."""
    asked = _show_column_questions(now)
    st.subheader(_("What is to be predicted?"), anchor=False)
    chosen = _choose_target(now)
    if chosen.refusal:
        frame.show_error(chosen.refusal)
        _show_columns(now, chosen, BY_CHANCE)
        return
    if (work := now.looking(chosen)) is not None:
        waiting.follow(now, work)
        return
    _show_findings(now, chosen)
    division = dividing.choose(now, chosen)
    _show_columns(now, chosen, division or BY_CHANCE)
    _keep(now, chosen, division, is_ready=not is_open and not asked)


def _show_column_questions(now: Brought) -> bool:
    """Ask of columns that read in two ways which it is; tell whether any is left."""
    open_questions = [reading for reading in now.table().readings if reading.question]
    for place, reading in enumerate(open_questions[:MOST_QUESTIONS]):
        with st.container(border=True, key=f"data_own_two_{place}"):
            words = plain(reading.question.text, 400) if reading.question else ""
            st.markdown(f":material/help: **{plain(reading.name, 60)}**: {words}")
            with st.container(horizontal=True):
                for label, said in _answers(reading):
                    st.button(
                        label, key=f"data_own_say_{place}_{next(iter(said))}_{next(iter(said.values()))}",
                        on_click=now.change, args=(reading.name,), kwargs=said,
                    )  # fmt: skip
    if (rest := len(open_questions) - MOST_QUESTIONS) > 0:
        frame.note(ngettext("and {count} more", "and {count} more", rest))
    return bool(open_questions)


def _answers(reading: ColumnReading) -> list[tuple[str, dict[str, str]]]:
    """Return what can be said of a column that reads in two ways."""
    answers = {
        "decimal": [(_("Decimals come after a point"), {"decimal": "."}),
                    (_("Decimals come after a comma"), {"decimal": ","})],
        "order": [(_("The day comes first"), {"order": "dmy"}), (_("The month comes first"), {"order": "mdy"})],
        "year": [(_("The year comes first"), {"order": "ymd"}), (_("The day comes first"), {"order": "dmy"})],
        "": [],
    }  # fmt: skip
    return [*answers[reading.asks], (_("Leave it as words"), {"kind": "words"})]


def _choose_target(now: Brought) -> Target:
    found = now.targets()
    names = [one.column for one in found]
    with st.container(horizontal=True, vertical_alignment="bottom", key="data_own_question"):
        column = pickers.choose_here(
            _("Column"), names, key="data_own_target", start=names[0], show=lambda name: plain(name, 60)
        )
        seems = next(one for one in found if one.column == column)
        kinds: list[Kind] = ["classification", "regression"]
        kind = pickers.choose_here(
            _("The answer says"), kinds, key=f"data_own_kind_{column}", start=seems.kind,
            show=lambda kind: _(ASKS[kind]),  # type: ignore[index]
        )  # fmt: skip
        chosen = seems if kind == seems.kind else target(now.table().frame, column, kind)  # type: ignore[arg-type]
        if len(chosen.class_names) == 2:
            looked_for = pickers.choose_here(
                _("What is looked for"), chosen.class_names, key=f"data_own_class_{column}",
                start=chosen.class_names[1], show=lambda name: plain(name, 40),
            )  # fmt: skip
            others = [name for name in chosen.class_names if name != looked_for]
            chosen = replace(chosen, class_names=(*others, looked_for))
    return chosen


def _show_findings(now: Brought, chosen: Target) -> None:
    """Say what to know before training, what matters most first."""
    st.markdown(f"**{_('What to know before training')}**")
    findings.show_findings(now.known(chosen), key="data_own_known", at_first=FIRST)


def _show_columns(now: Brought, chosen: Target, division: Division) -> None:
    """Show what each column holds and whether it is learned from, to be changed there."""
    st.markdown(f"**{_('Columns')}**")
    left_out = {} if chosen.refusal else now.left_out(chosen, division)
    holds = {_(words): kind for kind, words in HOLDS.items()}
    column, what, learned, why = _("Column"), _("Holds"), _("Learn from it"), _("What was noticed")
    readings = now.table().readings
    shown = pd.DataFrame({
        column: [reading.name for reading in readings],
        what: [_(HOLDS[reading.kind]) for reading in readings],
        learned: [reading.name != chosen.column and reading.name not in left_out for reading in readings],
        why: [_noticed(reading, left_out.get(reading.name, ""), chosen, division) for reading in readings],
    })  # fmt: skip
    key = f"data_own_columns_{now.edits}"

    def take() -> None:
        for place, edit in st.session_state[key]["edited_rows"].items():
            name = readings[int(place)].name
            if what in edit and edit[what] in holds:
                now.change(name, kind=holds[edit[what]])
            if learned in edit:
                now.learned[name] = bool(edit[learned])
        now.edits += 1

    st.data_editor(
        shown, key=key, hide_index=True, on_change=take, disabled=[column, why],
        column_config={
            what: st.column_config.SelectboxColumn(options=[_(HOLDS[kind]) for kind in KINDS], required=True),
            why: st.column_config.TextColumn(width="large"),
        },
    )  # fmt: skip
    if any(reading.kind == "date" for reading in readings):
        now.parts = st.toggle(_("Learn from year, month and weekday of the dates"), value=now.parts,
                              key="data_own_parts")  # fmt: skip


def _noticed(reading: ColumnReading, left_out: str, chosen: Target, division: Division) -> str:
    """Return what was noticed of a column, in words."""
    if reading.name == chosen.column:
        return _("this is predicted")
    if reading.name == division.column:
        left_out = _("rows are divided by it")
    written = {",": _("decimal commas"), ".": ""}.get(reading.decimal, "")
    order = {"dmy": _("day first"), "mdy": _("month first")}.get(reading.order, "")
    missing = ngettext("{count} missing", "{count} missing", reading.missing) if reading.missing else ""
    said = [left_out, *(note.text for note in reading.notes), written, order, reading.unit, missing]
    return " · ".join(part for part in said if part)


def _keep(now: Brought, chosen: Target, division: Division | None, *, is_ready: bool) -> None:
    title = st.text_input(
        _("What the table is called"), value=title_from(now.name), max_chars=MOST_TITLE,
        key=f"data_own_title_{now.source_id}",
    )  # fmt: skip
    frame.note(_("Whoever opens this dashboard will see its rows."))
    if not is_ready:
        frame.note(_("Answer what is asked above first: it can be read in two ways."))
    if st.button(
        _("Keep it and ask this"), type="primary", icon=":material/check:", key="data_own_keep",
        disabled=not is_ready or division is None,
    ) and division is not None:  # fmt: skip
        table, layout = now.table(), now.recognised().layout
        units = {reading.name: reading.unit for reading in table.readings}
        left_out = now.left_out(chosen, division)
        dates = [reading.name for reading in table.readings if reading.kind == "date"] if now.parts else []
        kept = keep_table(
            session.actor(), settings().cache_dir, table, chosen,
            title=title, file=now.name, left_out=list(left_out), parts_of=dates, unit=units[chosen.column],
            division=division, reading={"layout": asdict(layout), "columns": {r.name: r.kind for r in table.readings}},
        )  # fmt: skip
        brought.forget()
        st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1  # a new place to upload, with no file in it
        address.choose("task", kept.name)
        st.toast(_("{title} is kept: {rows} rows.").format(title=plain(kept.title), rows=number(kept.rows)),
                 icon=":material/check:")  # fmt: skip
        st.rerun()
