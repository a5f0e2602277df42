"""Tables of one's own on Monitor: one whose rows are looked at, and one that they are held against."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.errors import DataError, ModelError
from core.i18n import N_, _, number
from core.prediction.tables.typed_table import TypedTable, typed_table
from core.process.asked import AskedVersion
from core.process.memory import kept
from core.settings import settings
from core.tables.csv_records import Source
from core.text import plain
from core.training.tables.kept import kept_tables, rows_path
from core.ui import pickers, uploader, uploads

MOST_ROWS = 50_000  # of a table: they are read and asked while its visitor waits, and all others with them
ENDINGS = ["csv", "txt", "tsv", "parquet", "xlsx", "xls", "ods"]
FILE, REFERENCE, KEPT = "monitor_file", "monitor_reference", "monitor_reference_kept"
UPLOADED = ""


@dataclass(frozen=True)
class OwnTable:
    """A table that somebody brought or chose, by its name, as the model takes it; ``key`` tells its content."""

    name: str
    key: str
    table: TypedTable
    content: bytes = b""

    def lacks(self, column: str) -> bool:
        """Tell whether the table has no such column."""
        return column not in self.table.matching.columns


def bring(opened: AskedVersion) -> OwnTable | None:
    """Have a table brought whose rows are looked at, None while it is still to be."""
    label = _("A table as CSV, Parquet or Excel, up to {size} MB").format(size=number(uploads.largest()))
    file = uploader.choose_file(label, ENDINGS, FILE, beside=[REFERENCE])
    if file is None:
        return None
    content = file.getvalue()
    return OwnTable(file.name, file.file_id, _read(file.file_id, content, opened), content)


def bring_reference(opened: AskedVersion) -> OwnTable | None:
    """Have a table brought, or one that is kept chosen, to hold rows against; None while it is still to be.

    Raises:
        ModelError: it cannot be read as a table of the model's inputs, or has none of them.
    """
    tables = {task.name: task for task in reversed(kept_tables(settings().cache_dir).tasks)}
    chosen = UPLOADED
    if tables:
        titles = {UPLOADED: _("A file that you upload")} | {
            name: _("{title}, kept here").format(title=task.title) for name, task in tables.items()
        }
        start = st.session_state.get(KEPT)
        chosen = pickers.choose_here(
            _("The table to hold them against"), list(titles), key=KEPT, wanted=start if start in titles else UPLOADED,
            show=titles.__getitem__,
        )  # fmt: skip
    if chosen != UPLOADED:
        task = tables[chosen]
        return _reference(task.title, task.sha256, rows_path(settings().cache_dir, task.sha256), opened)
    label = _("The table to hold them against, as CSV, Parquet or Excel, up to {size} MB")
    file = uploader.choose_file(label.format(size=number(uploads.largest())), ENDINGS, REFERENCE, beside=[FILE])
    return None if file is None else _reference(file.name, file.file_id, file.getvalue(), opened)


def notes(held: OwnTable, opened: AskedVersion, *, is_same: bool) -> list[str]:
    """Say what rows are held against: how many rows of which table, what it lacks, and what of it does not fit."""
    said = [
        _("They are held against {rows} rows of {name}.").format(
            rows=number(len(held.table.rows), 0), name=f"**{plain(held.name, 60)}**"
        )
    ]
    if held.table.unfit:
        said.append(_("Rows of it that do not fit and are left out: {count}.").format(
            count=number(held.table.unfit, 0)))  # fmt: skip
    if lacking := [one.name for one in opened.fields if not one.is_parameter and held.lacks(one.name)]:
        said.append(_("It has no column for these inputs: {names}.").format(names=_named(lacking)))
    if is_same:
        said.append(_("Both are the same table, so nothing can have changed."))
    return said


def lacking_words(names: tuple[str, ...]) -> str:
    """Say which inputs the table that is looked at has no column for, so that the model takes them as missing."""
    return _("Your table has no column for these inputs, which the model takes as missing: {names}.").format(
        names=_named(names)
    )


def _named(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(plain(name, 40) for name in names)


@kept(lambda file_id, _content, opened: (file_id, opened.key), max_entries=4, seconds=600.0)
def _read(_file_id: str, content: bytes, opened: AskedVersion) -> TypedTable:
    return typed_table(content, opened.fields, opened.target, classes=opened.predictor.classes, most=MOST_ROWS)


def _reference(name: str, key: str, source: Source, opened: AskedVersion) -> OwnTable:
    try:
        table = _read_reference(key, source, opened)
    except (DataError, ModelError) as error:  # two tables are on the page: it is said which of them it is
        raise ModelError(
            N_("The table to hold rows against, {name}, cannot be used: {problem}"), "{advice}", name=repr(name),
            problem=error.message, advice=error.hint,
        ) from error  # fmt: skip
    return OwnTable(name, f"against {key}", table, source if isinstance(source, bytes) else b"")


@kept(lambda key, _source, opened: (key, opened.key), max_entries=4, seconds=600.0)
def _read_reference(_key: str, source: Source, opened: AskedVersion) -> TypedTable:
    return typed_table(
        source, opened.fields, opened.target, classes=opened.predictor.classes, most=MOST_ROWS, whole=False
    )
