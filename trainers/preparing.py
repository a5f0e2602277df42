"""The command line's read, clean and split: what training begins with, a step each, for whoever orders the steps."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict

from core.i18n import N_, number, translate
from core.settings import settings
from trainers import task, tasks
from trainers.bring import TABLE, add_table_arguments, bring_table, read_table


def add_preparing(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    for name, command, words in (
        ("read", read_rows, N_("read the rows of a task, and say what was read")),
        ("clean", clean_rows, N_("say which rows and columns are learned from, and what is known of them")),
        ("split", split_rows, N_("say how rows are divided into those to learn from and to test on")),
    ):
        said = translate(words)
        step = commands.add_parser(name, help=said, description=said)
        step.set_defaults(command=command)
        step.add_argument("task", metavar="TASK", help=", ".join([*tasks(), *([TABLE] if name != "split" else [])]))
        step.add_argument("--json", action="store_true", help=translate(N_("print one JSON object at the end")))
        if name != "split":
            add_table_arguments(step)


def read_rows(arguments: argparse.Namespace) -> None:
    """Read a dataset, or a table of one's own, and say what was read."""
    from core.training.datasets import file_sha256  # pandas and scikit-learn are slow to import
    from core.training.preparation import read

    if arguments.task != TABLE:
        _tell(arguments, {"task": arguments.task, **asdict(read(task(arguments.task), settings()))})
        return
    table, recognised = read_table(arguments)
    empty = table.frame.isna().sum()
    _tell(arguments, {
        "task": TABLE, "origin": "own", "source": arguments.data.name, "sha256": file_sha256(arguments.data),
        "rows": len(table.frame), "columns": {str(name): int(count) for name, count in empty.items()},
        "layout": asdict(recognised.layout), "notes": [note.text for note in (*recognised.notes, *table.notes)],
    })  # fmt: skip


def clean_rows(arguments: argparse.Namespace) -> None:
    """Say what is learned from; a table of one's own is kept as a task, which the next steps name."""
    from core.training.preparation import cleaned

    of = task(arguments.task) if arguments.task != TABLE else bring_table(arguments).task
    _tell(arguments, {"task": of.name, **asdict(cleaned(of, settings()))})


def split_rows(arguments: argparse.Namespace) -> None:
    """Say how rows are divided, as every run of the task divides them."""
    from core.training.preparation import divided_rows

    _tell(arguments, {"task": arguments.task, **asdict(divided_rows(task(arguments.task), settings()))})


def _tell(arguments: argparse.Namespace, said: dict[str, object]) -> None:
    if arguments.json:
        print(json.dumps(said))
        return
    shown: Callable[[object], str] = lambda value: number(value, 0) if isinstance(value, int) else str(value)  # noqa: E731
    for name, value in said.items():
        lines = [f"{key}: {shown(one)}" for key, one in value.items()] if isinstance(value, dict) else None
        lines = list(map(str, value)) if isinstance(value, list | tuple) else lines
        print(f"{name}: {shown(value)}" if lines is None else "\n  ".join([f"{name}:", *lines]))
