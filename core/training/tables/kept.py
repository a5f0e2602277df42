"""Tables that people brought, kept as tasks: each one's rows by their content, and what is asked of them beside it."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pandas as pd

from core.access import Actor
from core.errors import DataError, StoreError
from core.foreign_json import read_json
from core.i18n import N_
from core.tables.dates import written
from core.tables.own import OwnTable
from core.training.datasets import content_sha256, write_in_one_step
from core.training.division import BY_CHANCE, Division
from core.training.tables.divisions import refusal
from core.training.tables.targets import Target, as_classes
from core.training.tasks import Kind, Task

FOLDER = "tables"
MOST_TITLE = 60
MOST_BYTES = 2_000_000_000  # of a table as an estimator takes it, each word a column
MOST_NAME = 40
DATE_PARTS = {"year": "year", "month": "month", "weekday": "day_of_week"}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TableTask:
    """What is asked of a kept table.

    ``name`` is the task's, for ever; ``title`` is what people call it. ``file`` is what the table was called when it
    was brought, ``sha256`` of its rows as they are kept, ``left_out`` the columns that are not learned from.
    ``reading`` says how it was read, as plain data; ``groups`` or ``ordered_by`` by what rows are divided, where that
    is not chance. Where new rows came to those of another task, ``base`` is that task's name, ``sides`` the column
    that says of each row what it is for, and ``made_up`` whether the older rows are a stand-in's.
    """

    name: str
    title: str
    file: str
    sha256: str
    rows: int
    target: str
    kind: Kind
    class_names: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    unit: str = ""
    created: str = ""
    reading: Mapping[str, Any] = field(default_factory=dict)
    groups: str = ""
    ordered_by: str = ""
    base: str = ""
    sides: str = ""
    made_up: bool = False


LATER_FIELDS = {"groups", "ordered_by", "base", "sides", "made_up"}  # which a description of an earlier version has not


@dataclass(frozen=True)
class KeptTables:
    """The tables that are kept, the oldest first, and the files among them that cannot be read."""

    tasks: tuple[TableTask, ...] = ()
    unreadable: tuple[str, ...] = ()


def keep_table(
    actor: Actor,
    cache_dir: Path,
    table: OwnTable,
    target: Target,
    *,
    title: str,
    file: str,
    left_out: Sequence[str] = (),
    parts_of: Sequence[str] = (),
    unit: str = "",
    division: Division = BY_CHANCE,
    reading: Mapping[str, Any] | None = None,
) -> TableTask:
    """Keep a table as a task and return it; the same table with the same question is kept once.

    Of the dates in ``parts_of`` year, month and weekday become columns; a date itself is never learned from, nor is
    what rows are divided by.

    Raises:
        DataError: the target cannot be learned, rows cannot be divided so, nothing is left to learn from, or it would
            be too large.
        StoreError: the folder cannot be written.
        PizarraError: ``actor`` may not.
    """
    actor.check("keep_table")
    if target.refusal:
        raise target.refusal
    if refused := refusal(table.frame, target, division):
        raise refused
    title = checked_title(title)
    frame, dates = learnable(table.frame, target, parts_of)
    never = {*left_out, *dates, division.column}
    without = [name for name in map(str, frame.columns) if name in never and name != target.column]
    inputs = frame.drop(columns=[target.column, *without])
    if not len(inputs.columns):
        raise DataError(
            N_("There must be a column to learn from beside {column}, but all are left out."),
            N_("Take one in again."),
            column=repr(target.column),
        )
    refuse_wide(inputs)
    sha256 = content_sha256(frame)
    asked: list[object] = [sha256, target.column, target.kind, target.class_names, without]
    asked += [division.logged()] if division.column else []
    question = json.dumps(asked, ensure_ascii=False)
    task = TableTask(
        name=f"{_slug(title)}_{hashlib.sha256(question.encode()).hexdigest()[:8]}",
        title=title,
        file=file,
        sha256=sha256,
        rows=len(frame),
        target=target.column,
        kind=target.kind,
        class_names=target.class_names,
        left_out=tuple(without),
        unit=unit if target.kind == "regression" else "",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        reading=reading or {},
        groups=division.groups,
        ordered_by=division.ordered_by,
    )
    _keep(cache_dir, task, frame)
    return task


def keep_with_new_rows(
    actor: Actor, cache_dir: Path, base: Task, frame: pd.DataFrame, *, sides: str, title: str, file: str, made_up: bool
) -> TableTask:
    """Keep the rows of a task together with new ones, as a task; the same rows with the same sides are kept once.

    ``frame`` has the features, the target, what rows are divided by, and a column ``sides`` as ``Division`` has it.

    Raises:
        StoreError: the folder cannot be written.
        PizarraError: ``actor`` may not.
    """
    actor.check("keep_table")
    sha256 = content_sha256(frame)
    root = next((one.base for one in kept_tables(cache_dir).tasks if one.name == base.name and one.base), base.name)
    task = TableTask(
        name=f"{_slug(root)}_{sha256[:8]}",
        title=title_from(title),
        file=file,
        sha256=sha256,
        rows=len(frame),
        target=base.target,
        kind=base.kind,
        class_names=base.class_names,
        left_out=(sides,),
        unit=base.unit,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        groups=base.division.groups,
        ordered_by=base.division.ordered_by,
        base=root,
        sides=sides,
        made_up=made_up,
    )
    _keep(cache_dir, task, frame)
    return task


def _keep(cache_dir: Path, task: TableTask, frame: pd.DataFrame) -> None:
    rows = rows_path(cache_dir, task.sha256)
    try:
        if not rows.is_file():
            write_in_one_step(rows, frame.to_parquet(index=False))
        if not _task_path(cache_dir, task.name).is_file():
            _write(cache_dir, task)
    except OSError as error:
        raise _not_writable(cache_dir, error) from error


def learnable(
    frame: pd.DataFrame, target: Target, parts_of: Sequence[str] = ()
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a table as it is kept, numbers float64 and all else ``str``, and its columns of dates.

    Dates become texts such as 2026-03-25, or 2026-03-25 18:30 where some have times of day; beside those in
    ``parts_of`` stand year, month and weekday (Monday is 0).
    """
    columns: dict[str, pd.Series] = {}
    dates = []
    for name, values in frame.items():
        if pd.api.types.is_datetime64_any_dtype(values):
            dates.append(str(name))
            columns[str(name)] = written(values)
            if name in parts_of:
                for part, attribute in DATE_PARTS.items():
                    called = f"{name} ({part})"
                    called = f"{called} 2" if called in frame.columns else called
                    columns[called] = getattr(values.dt, attribute).astype(float)
        elif name == target.column and target.kind == "classification":
            columns[str(name)] = as_classes(values)
        else:
            columns[str(name)] = values
    return pd.DataFrame(columns), tuple(dates)


def refuse_wide(inputs: pd.DataFrame) -> None:
    """Refuse a table whose words would each become a column, and with them more than a worker can hold.

    Raises:
        DataError: it would be so.
    """
    words = {name: int(values.nunique()) for name, values in inputs.items() if not _is_number(values)}
    width = sum(words.values()) + len(inputs.columns) - len(words)
    if width * len(inputs) * 8 > MOST_BYTES:
        most = max(words, key=words.__getitem__, default="")
        raise DataError(
            N_("A table may take {most} MB to learn from, but this would take {size}: each different word is a column "
               "then, and {column} has {count} of them."),
            N_("Leave that column out, or use fewer rows."),
            most=MOST_BYTES // 1_000_000,
            size=width * len(inputs) * 8 // 1_000_000,
            column=repr(most),
            count=words.get(most, 0),
        )  # fmt: skip


def kept_tables(cache_dir: Path) -> KeptTables:
    """Return what is kept; a damaged file is named and never stops the others."""
    found, unreadable = [], []
    for path in sorted((cache_dir / FOLDER).glob("*.json")):
        try:
            found.append(_from_json(path.read_text(encoding="utf-8"), path.stem))
        except (OSError, ValueError, TypeError, KeyError, DataError) as error:
            _log.warning("%s is no description of a table: %s", path, error)
            unreadable.append(path.name)
    return KeptTables(tuple(sorted(found, key=lambda task: (task.created, task.name))), tuple(unreadable))


def rename_table(actor: Actor, cache_dir: Path, name: str, title: str) -> TableTask:
    """Call a table otherwise; its runs and models stay its own.

    Raises:
        DataError: there is no such table, or the title cannot be one.
        StoreError: the folder cannot be written.
        PizarraError: ``actor`` may not.
    """
    actor.check("keep_table")
    task = replace(_kept(cache_dir, name), title=checked_title(title))
    try:
        _write(cache_dir, task)
    except OSError as error:
        raise _not_writable(cache_dir, error) from error
    return task


def delete_table(actor: Actor, cache_dir: Path, name: str) -> None:
    """Delete a table; its rows go too where no other question is asked of them. Runs and models stay.

    Raises:
        DataError: there is no such table.
        StoreError: the folder cannot be written.
        PizarraError: ``actor`` may not.
    """
    actor.check("keep_table")
    task = _kept(cache_dir, name)
    try:
        _task_path(cache_dir, name).unlink(missing_ok=True)
        if all(other.sha256 != task.sha256 for other in kept_tables(cache_dir).tasks):
            rows_path(cache_dir, task.sha256).unlink(missing_ok=True)
    except OSError as error:
        raise _not_writable(cache_dir, error) from error


def rows_path(cache_dir: Path, sha256: str) -> Path:
    """Return where the rows of that content are kept."""
    return cache_dir / FOLDER / f"{sha256}.parquet"


def checked_title(title: str) -> str:
    """Return a title without spaces around it.

    Raises:
        DataError: it is empty, too long, or has signs that could mean something where it is shown.
    """
    title = " ".join(title.split())
    if not title or len(title) > MOST_TITLE or not re.fullmatch(r"[^\W_](?:[^\W_]|[ ()-])*", title):
        raise DataError(
            N_("A title must begin with a letter or a digit and have letters, digits, spaces and hyphens, {most} at "
               "most, but this is {title}."),
            N_("Write another one."),
            most=MOST_TITLE,
            title=repr(title[:100]),
        )  # fmt: skip
    return title


def title_from(file: str) -> str:
    """Return a title for a table that was called ``file``.

    >>> title_from("ventas_2024 (final).csv"), title_from("?.xlsx")
    ('ventas 2024 (final)', 'Table')
    """
    words = " ".join(re.sub(r"[^\w ()-]|_", " ", unicodedata.normalize("NFC", Path(file).stem)).split())
    return words.lstrip("()- ")[:MOST_TITLE].strip() or "Table"


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.casefold()).strip("_")[:MOST_NAME] or "table"


def _is_number(values: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(values))


def _task_path(cache_dir: Path, name: str) -> Path:
    return cache_dir / FOLDER / f"{name}.json"


def _write(cache_dir: Path, task: TableTask) -> None:
    content = json.dumps(asdict(task), ensure_ascii=False, indent=1)
    write_in_one_step(_task_path(cache_dir, task.name), content.encode())


def _from_json(text: str, name: str) -> TableTask:
    given = read_json(text)
    values: dict[str, Any] = {
        one.name: tuple(given[one.name]) if isinstance(given[one.name], list) else given[one.name]
        for one in fields(TableTask)
        if one.name in given or one.name not in LATER_FIELDS
    }
    task = TableTask(**values)
    words = (task.name, task.title, task.file, task.target, task.unit, task.created, *task.class_names, *task.left_out)
    words += (task.groups, task.ordered_by, task.base, task.sides)
    if not all(isinstance(word, str) for word in words) or not isinstance(task.rows, int):
        raise TypeError("its fields have other types")
    if task.name != name or task.kind not in get_args(Kind) or not re.fullmatch(r"[0-9a-f]{64}", task.sha256):
        raise ValueError("its fields do not fit each other")
    checked_title(task.title)
    Division(task.groups, task.ordered_by, task.sides)
    return task


def _kept(cache_dir: Path, name: str) -> TableTask:
    for task in kept_tables(cache_dir).tasks:
        if task.name == name:
            return task
    raise DataError(N_("The table {name} is not kept here."), N_("Load the page again."), name=repr(name))


def _not_writable(cache_dir: Path, error: OSError) -> StoreError:
    return StoreError(
        N_("Tables must be kept in {folder}, but: {reason}."),
        N_("Make that folder writable, or choose another one with PIZARRA_CACHE_DIR."),
        folder=cache_dir / FOLDER,
        reason=error.strerror or str(error),
    )
