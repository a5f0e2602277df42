"""The command line's check: whether what a model is asked, and what it answers, has changed since it learned."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from core.access import machine_user
from core.i18n import N_, ngettext, translate
from core.settings import settings

if TYPE_CHECKING:  # MLflow is slow to import
    from core.monitoring.checks import Check
    from core.store.registry.registered_models import Version

DRIFTED = 1  # the exit code where something changed more than by chance


def add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    words = translate(N_("check whether rows that a model is asked still are like those it learned from"))
    more = translate(N_("It ends with 1 where something changed more than by chance, so that a script can ask."))
    check = commands.add_parser("check", help=words, description=f"{words}. {more}")
    check.set_defaults(command=check_model)
    add_model(check)
    check.add_argument(
        "--data", metavar="FILE", type=Path, required=True, help=translate(N_("the rows: CSV, Parquet or Excel"))
    )
    check.add_argument(
        "--reference", metavar="FILE", type=Path,
        help=translate(N_("rows that they are held against; by default those that the model learned from")),
    )  # fmt: skip
    check.add_argument("--json", action="store_true", help=translate(N_("print one JSON object at the end")))


def add_model(command: argparse.ArgumentParser) -> None:
    """Add the model that a command is about."""
    command.add_argument(
        "model", metavar="MODEL",
        help=translate(N_("a registered model: its version in Production, or NAME/Staging, NAME/3, NAME@alias")),
    )  # fmt: skip


def check_model(arguments: argparse.Namespace) -> int:
    """Check a window of rows, say what was found, and return 1 where something changed."""
    from core.monitoring.table_checks import check_table  # MLflow is slow to import

    chosen = settings()
    done = check_table(
        machine_user(), chosen.tracking_uri, arguments.model, arguments.data, arguments.reference, chosen.allow_code
    )
    if arguments.json:
        print(json.dumps(as_object(done.found, done.version, done.unfit)))
    else:
        _say(done.found, done.version, done.unfit)
    return DRIFTED if done.found.drifted else 0


def as_object(found: Check, version: Version, unfit: int) -> dict[str, object]:
    """Return what a check found as it is printed: plain values, without what is not known."""
    return {
        "model": version.model,
        "version": version.number,
        "drifted": found.drifted,
        "known": found.drift.is_known,
        "rows": found.drift.rows,
        "unfit": unfit,
        "reference_rows": found.drift.reference_rows,
        "false_alarms": found.false_alarms,
        "columns": {
            one.name: _plain(asdict(one) | {"drifted": one.drifted}) for one in found.drift.columns
        },
        "answers": _plain(asdict(found.answers) | {"drifted": found.answers_changed}),
        "odd": None if found.odd is None else asdict(found.odd),
    }  # fmt: skip


def _plain(values: dict[str, object]) -> dict[str, object]:
    """Return values that JSON has: what is not a number is null."""
    return json.loads(json.dumps(values), parse_constant=lambda _word: None)  # type: ignore[no-any-return]


def _say(found: Check, version: Version, unfit: int) -> None:
    from core.monitoring.sentences import answers_words, change_words, false_alarm_words, odd_words, verdict_words

    print(f"{version.model} {version.number}: {verdict_words(found)}")
    for one in found.drift.drifted:
        print(f"  {change_words(one)}")
    print(f"  {answers_words(found)}")
    if found.odd is not None:
        print(f"  {odd_words(found.odd)}")
    if unfit:
        print("  " + ngettext(
            "{count} row has a value that does not fit and is left out.",
            "{count} rows have a value that does not fit and are left out.", unfit,
        ))  # fmt: skip
    print(f"  {false_alarm_words(found)}")
