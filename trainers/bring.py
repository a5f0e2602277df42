"""The command line's ``run table``: a file of one's own is read and kept as a task, or refused with what to say."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from core.access import machine_user
from core.errors import DataError
from core.i18n import N_, number, translate
from core.settings import settings
from core.training.division import Division
from core.training.findings.sentences import Finding, grouped
from core.training.tasks import Kind, Task

if TYPE_CHECKING:
    import pandas as pd

    from core.tables.dates import Order
    from core.tables.layouts import Recognised
    from core.tables.own import OwnTable
    from core.training.tables.targets import Target

TABLE = "table"
SEPARATORS: Mapping[str, str] = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
KINDS: Mapping[str, Kind] = {"class": "classification", "number": "regression"}
DECIMALS: Mapping[str, Literal[".", ","]] = {"point": ".", "comma": ","}
ORDERS: Mapping[str, Order] = {"day-first": "dmy", "month-first": "mdy", "year-first": "ymd"}
YES_NO = ("yes", "no")
MOST_SAID = 8
# What is said of a table on the command line with a value each
SAID = (
    "target", "kind", "groups", "ordered_by", "title", "sheet", "separator", "encoding", "heading", "above", "below",
    "decimals", "dates",
)  # fmt: skip


def add_table_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``run table`` understands beside what every ``run`` does."""
    group = parser.add_argument_group(translate(N_("a table of your own (run table)")))
    group.add_argument("--data", metavar="FILE", type=Path, help=translate(N_("CSV, Parquet or a spreadsheet")))
    group.add_argument("--target", metavar="COLUMN", help=translate(N_("the column to predict")))
    group.add_argument("--kind", choices=KINDS, help=translate(N_("what is predicted: a class or a number")))
    group.add_argument(
        "--leave-out", metavar="COLUMN", nargs="+", action="extend", default=[],
        help=translate(N_("columns that are not learned from")),
    )  # fmt: skip
    group.add_argument(
        "--learn-from-all", action="store_true",
        help=translate(N_("leave out no column but those in --leave-out and dates")),
    )  # fmt: skip
    apart = group.add_mutually_exclusive_group()
    apart.add_argument(
        "--groups", metavar="COLUMN", default="",
        help=translate(N_("rows with the same value of it are never learned from and tested on")),
    )  # fmt: skip
    apart.add_argument("--ordered-by", metavar="COLUMN", default="", help=translate(N_("test on the later rows by it")))
    apart.add_argument(
        "--by-chance", action="store_true", help=translate(N_("test on rows drawn by chance, whatever is proposed"))
    )
    group.add_argument("--title", metavar="TITLE", help=translate(N_("what the table is called")))
    group.add_argument("--sheet", metavar="SHEET", help=translate(N_("which sheet of a spreadsheet")))
    group.add_argument("--separator", choices=SEPARATORS, help=translate(N_("what stands between the columns")))
    group.add_argument("--encoding", metavar="NAME", help=translate(N_("such as utf-8 or cp1252")))
    group.add_argument("--heading", choices=YES_NO, help=translate(N_("does it have a line of names")))
    group.add_argument("--above", metavar="LINES", type=int, help=translate(N_("lines above the heading")))
    group.add_argument("--below", metavar="LINES", type=int, help=translate(N_("lines below the last row")))
    group.add_argument("--decimals", choices=DECIMALS, help=translate(N_("the decimal sign of all numbers")))
    group.add_argument("--dates", choices=ORDERS, help=translate(N_("which comes first in dates")))


def table_words(arguments: argparse.Namespace) -> list[str]:
    """Return what the command line says of a table, but for its file, as it would be said again."""
    words: list[str] = []
    for name in SAID:
        value = getattr(arguments, name)
        if value not in {None, ""}:
            words += [f"--{name.replace('_', '-')}", str(value)]
    for name in ("learn_from_all", "by_chance"):
        words += [f"--{name.replace('_', '-')}"] if getattr(arguments, name) else []
    return [*words, *(["--leave-out", *arguments.leave_out] if arguments.leave_out else [])]


@dataclass(frozen=True)
class Brought:
    """A table as a task, and what is said of how it was read."""

    task: Task
    said: tuple[str, ...]


def bring_table(arguments: argparse.Namespace) -> Brought:
    """Keep the table that the command line names as a task.

    Raises:
        DataError: it cannot be read, reads in two ways, or its target cannot be learned.
    """
    # pandas and scikit-learn are slow to import
    from core.training.tables.kept import keep_table, title_from
    from core.training.tables.proposals import exclusions, known_before
    from core.training.tables.targets import target
    from trainers.table import table_task

    table, recognised = read_table(arguments)
    given = {*arguments.leave_out}
    chosen = target(table.frame, arguments.target, KINDS.get(arguments.kind))
    if chosen.refusal:
        raise chosen.refusal
    found = known_before(table.frame, chosen)
    proposed = {} if arguments.learn_from_all else exclusions(found, chosen.column)
    division, why = _division(arguments, table.frame, chosen, found)
    kept = keep_table(
        machine_user(),
        settings().cache_dir,
        table,
        chosen,
        title=arguments.title or title_from(arguments.data.name),
        file=arguments.data.name,
        left_out=[*given, *(name for name in proposed if name not in given)],
        division=division,
        reading={"layout": asdict(recognised.layout)},
    )
    left_out = [translate(N_("Left out: {why}")).format(why=one.words()) for one in _once(proposed.values())]
    divided = [translate(N_("Proposed: {why}")).format(why=why.words())] if why else []
    known = [finding.words() for finding in grouped(found) if not finding.leave_out][:MOST_SAID]
    counted = translate(N_("{rows} rows are kept as the task {task}."))
    said = [note.text for note in (*recognised.notes, *table.notes)]
    said += [f"{one.name}: {note.text}" for one in table.readings if one.name not in given for note in one.notes]
    return Brought(
        table_task(kept, settings().cache_dir),
        (*said, *left_out, *divided, *known, counted.format(rows=number(kept.rows), task=kept.name)),
    )


def read_table(arguments: argparse.Namespace) -> tuple[OwnTable, Recognised]:
    """Read the table that the command line names.

    Raises:
        DataError: it cannot be read, or reads in two ways.
    """
    # pandas is slow to import
    from core.tables.columns import ColumnChoice
    from core.tables.layouts import recognise_layout
    from core.tables.own import read_own, refuse_large

    if arguments.data is None or not arguments.target:
        raise DataError(
            N_("A table of your own takes a file and a column to predict."),
            N_("Add --data FILE and --target COLUMN."),
        )
    if not arguments.data.is_file():
        raise DataError(
            N_("There is no file {file}."), N_("Write its whole path, or choose another one."), file=arguments.data
        )
    refuse_large(arguments.data)
    recognised = recognise_layout(arguments.data, _asked(arguments))
    if recognised.questions:
        raise DataError(
            N_("The file reads in more than one way. {questions}"),
            N_("Say it with --separator, --encoding, --heading, --above, --below or --sheet."),
            questions=" ".join(question.text for question in recognised.questions.values()),
        )
    usual = ColumnChoice(decimal=DECIMALS.get(arguments.decimals, ""), order=ORDERS.get(arguments.dates, ""))
    table = read_own(arguments.data, recognised.layout, usual=usual)
    given = {*arguments.leave_out}
    open_questions = [(name, question) for name, question in table.questions if name not in given]
    if open_questions:
        raise DataError(
            N_("Some columns read in two ways. {questions}"),
            N_("Say it with --decimals or --dates, or leave those columns out with --leave-out."),
            questions=" ".join(f"{name}: {question.text}" for name, question in open_questions),
        )
    return table, recognised


def _division(
    arguments: argparse.Namespace, frame: pd.DataFrame, chosen: Target, found: Sequence[Finding]
) -> tuple[Division, Finding | None]:
    """Return by what rows are divided: as the command line says, else as proposed, with why."""
    from core.training.tables.divisions import proposed_division

    said = Division(arguments.groups, arguments.ordered_by)
    return (said, None) if said.column or arguments.by_chance else proposed_division(frame, chosen, found)


def _asked(arguments: argparse.Namespace) -> Mapping[str, object]:
    """Return what the command line says of the layout."""
    said = {
        "delimiter": SEPARATORS.get(arguments.separator or ""),
        "encoding": arguments.encoding,
        "header": None if arguments.heading is None else arguments.heading == "yes",
        "above": arguments.above,
        "below": arguments.below,
        "sheet": arguments.sheet,
    }
    return {name: value for name, value in said.items() if value is not None}


def _once(found: Iterable[Finding]) -> list[Finding]:
    """Return findings that propose several columns once."""
    return list({id(finding): finding for finding in found}.values())
