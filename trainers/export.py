"""The command line's export: files for a team's orchestrator, which call this command line for a task."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from pathlib import Path
from string import Template

from core.errors import ParameterError
from core.i18n import N_, speaking, translate
from core.settings import ROOT
from core.training.efforts import EFFORTS, QUICK
from core.training.specs import parse_settings
from core.training.tasks import Task
from trainers import task, tasks
from trainers.bring import TABLE, add_table_arguments, table_words

TEMPLATES = {"airflow": "airflow_dag.template", "metaflow": "metaflow_flow.template"}


def add_export(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    words = translate(
        N_("write a file for an orchestrator: a DAG of Airflow that trains, a flow of Metaflow that scores")
    )
    export = commands.add_parser("export", help=words, description=words)
    kinds = export.add_subparsers(required=True, metavar="airflow | metaflow")
    airflow = kinds.add_parser("airflow", help=translate(N_("read, clean, split, train, evaluate, move to Staging")))
    metaflow = kinds.add_parser("metaflow", help=translate(N_("read, score in parts, join, write")))
    for kind in (airflow, metaflow):
        kind.add_argument("task", metavar="TASK", help=", ".join([*tasks(), *([TABLE] if kind is airflow else [])]))
        kind.add_argument("--out", metavar="FILE", type=Path, help=translate(N_("the file; by default it is printed")))
        kind.add_argument("--model", metavar="NAME", default="", help=translate(N_("the registered model")))
        kind.add_argument(
            "--python", metavar="FILE", default="python", help=translate(N_("the Python that Pizarra is installed for"))
        )
        kind.add_argument("--folder", metavar="FOLDER", default="", help=translate(N_("where Pizarra is, there")))
    airflow.set_defaults(command=export_airflow)
    airflow.add_argument("--algorithm", metavar="NAME", default="", help=translate(N_("what learns it")))
    airflow.add_argument(
        "--set", metavar="param=value", dest="settings", action="extend", nargs="+", default=[],
        help=translate(N_("a parameter other than its default; may be given several times")),
    )  # fmt: skip
    airflow.add_argument("--effort", choices=EFFORTS, default=QUICK)
    airflow.add_argument("--schedule", metavar="CRON", default="", help=translate(N_("when, as Airflow takes it")))
    add_table_arguments(airflow)
    metaflow.set_defaults(command=export_metaflow)
    metaflow.add_argument("--data", metavar="FILE", default="", help=translate(N_("the rows: CSV, Parquet or Excel")))
    metaflow.add_argument("--result", metavar="FILE", default="scores.parquet", help=translate(N_("where answers go")))
    metaflow.add_argument("--parts", metavar="N", type=int, default=4, help=translate(N_("parts scored at once")))
    metaflow.add_argument(
        "--id", metavar="COLUMN", default="", help=translate(N_("the column by whose values rows are looked up"))
    )


def export_airflow(arguments: argparse.Namespace) -> None:
    """Write a DAG that trains a task anew, up to Staging."""
    if arguments.task == TABLE:
        title, name, words = _own_table(arguments)
        learned_by, chosen = (
            arguments.algorithm or "random_forest",
            dict(one.split("=", 1) for one in arguments.settings),
        )
    else:
        of = task(arguments.task)
        title, name, words = _title(of), of.name, []
        algorithm = of.algorithm(arguments.algorithm or of.algorithms[0].name)
        learned_by, chosen = algorithm.name, dict(parse_settings(algorithm.parameters, arguments.settings))
    parameters = {
        "model": arguments.model or name.replace("_", "-"),
        "algorithm": learned_by,
        "settings": chosen,
        "effort": arguments.effort,
        **({"data": str(arguments.data)} if words else {}),
    }
    _write(arguments, "airflow", {
        "title": title, "task": arguments.task, "task_text": _text(arguments.task), "table": _text(words),
        "parameters": _text(parameters), "dag_id": _text(f"pizarra_{_word(name)}"),
        "schedule": _text(arguments.schedule or None),
    })  # fmt: skip


def export_metaflow(arguments: argparse.Namespace) -> None:
    """Write a flow that scores a table with a task's registered model."""
    of = task(arguments.task)
    if arguments.parts < 1:
        raise ParameterError(
            N_("A table is scored in 1 part or more, but {count} were asked for."), N_("Give another number."),
            count=arguments.parts,
        )  # fmt: skip
    flow = "".join(part.capitalize() for part in _word(of.name).split("_")) + "Scores"
    _write(arguments, "metaflow", {
        "title": _title(of), "task": of.name, "flow": flow,
        "model": _text(arguments.model or of.name.replace("_", "-")),
        "data": f"default={_text(arguments.data)}" if arguments.data else "required=True",
        "out": _text(arguments.result), "parts": str(arguments.parts), "id": _text(arguments.id),
    })  # fmt: skip


def _own_table(arguments: argparse.Namespace) -> tuple[str, str, list[str]]:
    if arguments.data is None or not arguments.target:
        raise ParameterError(
            N_("A table of your own takes a file and a column to predict."), N_("Add --data FILE and --target COLUMN.")
        )
    title = arguments.title or arguments.data.stem
    return _one_line(title), _word(arguments.data.stem) or TABLE, table_words(arguments)


def _title(of: Task) -> str:
    with speaking("en"):
        return _one_line(translate(of.title))


def _one_line(text: str) -> str:
    """Return a text as it may stand in a docstring."""
    return " ".join(text.replace("\\", "/").replace('"', "'").split())


def _word(text: str) -> str:
    """Return a text as a part of a name.

    >>> _word("Fraude 2024 (año).csv")
    'fraude_2024_a_o_csv'
    """
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _text(value: object) -> str:
    """Return a value as ruff writes it: a dictionary a line an entry, texts in double quotes where they can be."""
    if isinstance(value, Mapping):
        lines = [f"    {_text(name)}: {_nested(one)}," for name, one in value.items()]
        return "\n".join(["{", *lines, "}"]) if lines else "{}"
    return _nested(value)


def _nested(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_nested(name)}: {_nested(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_nested, value)) + "]"
    if isinstance(value, str):
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        plain = value.isprintable() and not ('"' in value and "'" not in value)
        return f'"{quoted}"' if plain else repr(value)
    return repr(value)


def _write(arguments: argparse.Namespace, kind: str, values: Mapping[str, str]) -> None:
    """Write the file, or print it, once it is known to be Python."""
    template = Template((ROOT / "trainers" / TEMPLATES[kind]).read_text(encoding="utf-8"))
    text = template.substitute({**values, "python": _text(arguments.python), "folder": _text(arguments.folder)})
    compile(text, TEMPLATES[kind], "exec")
    if arguments.out is None:
        print(text, end="")
        return
    arguments.out.write_text(text, encoding="utf-8")
    print(translate(N_("Written: {file}")).format(file=arguments.out))
