"""Bring a table of one's own: choose a file, see how it is read, say what is to be predicted, and keep it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.errors import PizarraError
from core.i18n import N_, _, number
from core.tables.dates import written
from core.tables.layouts import ENCODINGS, Recognised
from core.tables.own import MOST_BYTES, refuse_large
from core.text import plain
from core.training.tables.example import example_table
from core.ui import frame, pickers, tables, uploader, uploads
from core.ui.data import brought, questions, waiting
from core.ui.data.brought import Brought

ENDINGS = ("csv", "tsv", "txt", "parquet", "xlsx", "xls", "ods")
EXAMPLE = "example"
FIRST_ROWS = 10
SEPARATORS: Mapping[str, str] = {
    ",": N_("comma (,)"),
    ";": N_("semicolon (;)"),
    "\t": N_("tab"),
    "|": N_("bar (|)"),
}
MOST_AROUND = 1000


@frame.live(None)
def show() -> None:
    """Offer to bring a table; the page is shown anew only when one is kept."""
    with st.expander(_("Bring your own table"), icon=":material/upload_file:", key="data_own",
                     expanded=brought.held() is not None):  # fmt: skip
        if not frame.allows("keep_table", _("Only the presenter may bring a table.")):
            return
        st.markdown(_("A spreadsheet or CSV and a question: any of its columns can be what is to be predicted."))
        size = min(uploads.largest(), MOST_BYTES // 1_000_000)
        label = _("A table as CSV, Excel, ODS or Parquet, up to {size} MB").format(size=number(size))
        key = f"data_own_file_{st.session_state.get(questions.ROUND, 0)}"
        file = uploader.choose_file(label, ENDINGS, key, on_change=lambda: _forget_removed(key))
        if file is not None:
            brought.bring(file.file_id, file.name, file.getvalue())
            uploader.keep(file.file_id)
        elif (now := brought.held()) is not None and now.source_id != EXAMPLE:
            if uploader.is_kept(now.source_id):  # who comes back from another page finds no file chosen
                st.button(_("Let go of {file}").format(file=plain(now.name, 60)), icon=":material/close:",
                          key="data_own_forget", on_click=brought.forget)  # fmt: skip
            else:
                brought.forget()
        if file is None:
            st.button(_("Try an example"), icon=":material/science:", key="data_own_example", on_click=_try_example)
        if (now := brought.held()) is not None:
            with frame.reporting():
                _show(now)


def _forget_removed(key: str) -> None:
    if st.session_state.get(key) is None:
        brought.forget()


def _try_example() -> None:
    brought.forget()
    name, content = example_table()
    brought.bring(EXAMPLE, name, content)


def _show(now: Brought) -> None:
    refuse_large(now.content)
    if (work := now.reading()) is not None:
        waiting.follow(now, work)
        return
    st.subheader(_("How {file} is read").format(file=plain(now.name, 60)), anchor=False)
    try:
        found = now.recognised()
    except PizarraError as error:
        frame.show_error(error)
        _show_choices(now, None)
        return
    for note in found.notes:
        frame.note(f":material/info: {plain(note.text, 400)}")
    _show_choices(now, found)
    _show_questions(now, found)
    try:
        table = now.table()
    except PizarraError as error:
        frame.show_error(error)
        return
    for note in table.notes:
        frame.note(f":material/info: {plain(note.text, 400)}")
    rows, columns = table.frame.shape
    st.markdown(_("{rows} rows and {columns} columns. The first rows:").format(
        rows=number(rows), columns=number(columns)))  # fmt: skip
    tables.show(_first_rows(table.frame), key="data_own_first", alt=_("The first rows, as they are read"))
    questions.show(now, is_open=bool(found.questions))


def _first_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the first rows, dates with times of day where they have some."""
    first = rows.head(FIRST_ROWS)
    dates = first.select_dtypes("datetime")
    return first.assign(**{str(name): written(dates[name]) for name in dates})


def _show_choices(now: Brought, found: Recognised | None) -> None:
    """Show what was recognised, each as it can be changed."""
    layout = found.layout if found else None
    with st.container(horizontal=True, vertical_alignment="bottom", key="data_own_layout"):
        if found and found.sheets:
            _choose(now, "sheet", _("Sheet"), found.sheets, layout.sheet if layout else "", {})
        if layout is None or layout.kind == "csv":
            _choose(
                now, "delimiter", _("Separator"), tuple(SEPARATORS), layout.delimiter if layout else ",", SEPARATORS
            )
            encodings = tuple(dict.fromkeys([*ENCODINGS, *([layout.encoding] if layout else [])]))
            _choose(now, "encoding", _("Encoding"), encodings, layout.encoding if layout else "utf-8", {})
        if layout is None or layout.kind != "parquet":
            shown = {"yes": N_("a line of names"), "no": N_("none")}
            header = "yes" if (layout.header if layout else now.asked.get("header", True)) else "no"
            _choose(now, "header", _("Heading"), ("yes", "no"), header, shown)
            _count(now, "above", _("Lines above it"), layout.above if layout else 0)
            _count(now, "below", _("Lines below the rows"), layout.below if layout else 0)


def _count(now: Brought, field: str, label: str, count: int) -> None:
    key = f"data_own_{field}"
    pickers.control(key, min(int(str(now.asked.get(field, count))), MOST_AROUND))
    st.number_input(
        label, min_value=0, max_value=MOST_AROUND, step=1, key=key, width=160,
        on_change=lambda: now.ask(field, int(st.session_state[key])),
    )  # fmt: skip


def _choose(
    now: Brought, field: str, label: str, options: tuple[str, ...], chosen: str, words: Mapping[str, str]
) -> None:
    key = f"data_own_{field}"
    pickers.control(key, chosen if chosen in options else options[0])

    def take() -> None:
        value = st.session_state[key]
        now.ask(field, value == "yes" if field == "header" else value)

    st.selectbox(
        label, options, key=key, on_change=take, width=200,
        format_func=pickers.told_apart(options, lambda one: _(words[one]) if one in words else plain(one, 40)),
    )  # fmt: skip


def _show_questions(now: Brought, found: Recognised) -> None:
    """Ask of each field of the layout that could be otherwise whether it is as shown."""
    for field, question in found.questions.items():
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"data_own_ask_{field}"):
            st.markdown(f":material/help: **{plain(question.text, 400)}**", width="content")
            st.button(
                _("It is as shown"), key=f"data_own_confirm_{field}", icon=":material/check:",
                on_click=now.ask, args=(field, getattr(found.layout, field)),
            )  # fmt: skip
