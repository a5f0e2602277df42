"""The command line's scoring: all rows of a table with a model's answers, and those that could not be answered."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from core.access import machine_user
from core.errors import ParameterError
from core.i18n import N_, ngettext, number, translate
from core.settings import settings
from trainers.check import add_model

if TYPE_CHECKING:  # MLflow is slow to import
    from core.monitoring.scored_tables import ScoredTable
    from core.tables.chunks import Part

UNANSWERED = 1  # the exit code where some rows got no answer
MOST_SAID = 5


def add_score(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    words = translate(N_("write the rows of a table with a model's answers"))
    more = translate(N_("It ends with 1 where some rows could not be answered; all others are."))
    score = commands.add_parser("score", help=words, description=f"{words}. {more}")
    score.set_defaults(command=score_rows)
    add_model(score)
    score.add_argument(
        "--data", metavar="FILE", type=Path, required=True, help=translate(N_("the rows: CSV, Parquet or Excel"))
    )
    score.add_argument(
        "--out", metavar="FILE", type=Path,
        help=translate(N_("where the answers go, as CSV or Parquet; by default beside the rows")),
    )  # fmt: skip
    score.add_argument(
        "--part", metavar="NUMBER/OF", default="1/1", help=translate(N_("only one of several parts, such as 2/4")),
    )  # fmt: skip
    score.add_argument(
        "--dry-run", action="store_true", help=translate(N_("only say which version would answer, and how many rows"))
    )
    score.add_argument("--json", action="store_true", help=translate(N_("print one JSON object at the end")))


def score_rows(arguments: argparse.Namespace) -> int:
    """Score a table, say what came of it, and return 1 where rows got no answer."""
    from core.monitoring.scored_tables import count_rows, score_table  # MLflow is slow to import

    chosen = settings()
    data: Path = arguments.data
    if arguments.dry_run:
        version, rows = count_rows(machine_user(), chosen.tracking_uri, arguments.model, data, chosen.allow_code)
        if arguments.json:
            print(json.dumps({"model": version.model, "version": version.number, "rows": rows}))
        else:
            print(f"{version.model} {version.number}: " + ngettext("{count} row", "{count} rows", rows))
        return 0
    ending = ".parquet" if data.suffix.lower() == ".parquet" else ".csv"
    out: Path = arguments.out or data.with_name(f"{data.stem}.scored{ending}")
    done = score_table(
        machine_user(), chosen.tracking_uri, arguments.model, data, out, chosen.allow_code, _part(arguments.part)
    )
    if arguments.json:
        print(json.dumps(as_object(done)))
    else:
        _say(done)
    return UNANSWERED if done.scored.answered < done.scored.rows else 0


def _part(said: str) -> Part:
    """Return which part is meant.

    Raises:
        ParameterError: it is none.
    """
    from core.tables.chunks import Part

    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", said)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise ParameterError(
            N_("A part is written as its number and of how many it is, such as 2/4, but this was: {said}."),
            N_("Write another one."),
            said=repr(said),
        )
    return Part(int(found[1]), int(found[2]))


def as_object(done: ScoredTable) -> dict[str, object]:
    """Return what came of a table as it is printed: plain values."""
    scored = done.scored
    return {
        "model": done.version.model,
        "version": done.version.number,
        "rows": scored.rows,
        "answered": scored.answered,
        "blank": scored.blank,
        "result": str(done.result),
        "errors": str(scored.errors),
        "unanswered": [{"row": row, "why": why} for row, why in done.failed],
        "known_answers": scored.compared,
        "metrics": dict(scored.metrics),
    }


def _say(done: ScoredTable) -> None:
    scored = done.scored
    counted = translate(N_("{answered} of {rows} rows are answered."))
    said = counted.format(answered=number(scored.answered, 0), rows=number(scored.rows, 0))
    print(f"{done.version.model} {done.version.number}: {said}")
    for row, why in done.failed[:MOST_SAID]:
        print("  " + translate(N_("Row {row}: {why}")).format(row=row, why=why))
    if scored.answered < scored.rows:
        print("  " + translate(N_("All that could not be answered: {file}")).format(file=scored.errors))
    if scored.compared:
        print("  " + ngettext(
            "The right answer of {count} row is known.", "The right answers of {count} rows are known.", scored.compared
        ))  # fmt: skip
    for name, value in scored.metrics.items():
        low, high = scored.intervals.get(name, (None, None))
        ends = "" if low is None or high is None else f" ({number(low)} – {number(high)})"
        print(f"  {name.removeprefix('test_')} = {number(value)}{ends}")
    print(translate(N_("The answers are in {file}.")).format(file=done.result))
