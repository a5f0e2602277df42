"""The command line's join: the results of the parts of one table, as one."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from core.access import machine_user
from core.i18n import N_, ngettext, translate


def add_join(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    words = translate(N_("join the results of parts that were scored with --part"))
    join = commands.add_parser("join", help=words, description=words)
    join.set_defaults(command=join_parts)
    join.add_argument(
        "parts", metavar="FILE", type=Path, nargs="+", help=translate(N_("their Parquet files, in their order"))
    )
    join.add_argument("--out", metavar="FILE", type=Path, required=True, help=translate(N_("the whole Parquet file")))
    join.add_argument("--json", action="store_true", help=translate(N_("print one JSON object at the end")))


def join_parts(arguments: argparse.Namespace) -> None:
    """Join results, and say how many rows there are."""
    from core.prediction.tables.joined import join_results  # PyArrow is slow to import

    rows = join_results(machine_user(), arguments.parts, arguments.out)
    if arguments.json:
        print(json.dumps({"rows": rows, "result": str(arguments.out), "parts": len(arguments.parts)}))
    else:
        print(ngettext("{count} row", "{count} rows", rows))
