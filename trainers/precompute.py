"""The command line's precomputed answers: a table is scored, and what each row got is kept by its id."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from core.access import machine_user
from core.i18n import N_, number, translate
from core.settings import settings
from trainers.check import add_model
from trainers.score import UNANSWERED

if TYPE_CHECKING:  # MLflow is slow to import
    from core.serving.precomputed.batches import Batch
    from core.store.registry.registered_models import Version


def add_precompute(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    words = translate(N_("keep a model's answers to the rows of a table, to be looked up by an id over REST"))
    more = translate(N_("It ends with 1 where some rows could not be answered; all others are."))
    precompute = commands.add_parser("precompute", help=words, description=f"{words}. {more}")
    precompute.set_defaults(command=precompute_answers)
    add_model(precompute)
    rows = precompute.add_mutually_exclusive_group(required=True)
    rows.add_argument("--data", metavar="FILE", type=Path, help=translate(N_("the rows: CSV, Parquet or Excel")))
    rows.add_argument(
        "--results", metavar="FILE", type=Path, nargs="+",
        help=translate(N_("Parquet files in which this version has scored the rows already")),
    )  # fmt: skip
    precompute.add_argument(
        "--id", metavar="COLUMN", required=True, help=translate(N_("the column by whose values rows are looked up"))
    )
    precompute.add_argument("--json", action="store_true", help=translate(N_("print one JSON object at the end")))


def precompute_answers(arguments: argparse.Namespace) -> int:
    """Score a table, or take what was scored, and keep the answers; return 1 where rows got none."""
    from core.monitoring.scored_tables import score_table  # MLflow is slow to import
    from core.store.connection import open_store
    from core.store.registry.references import version_named

    chosen, named = settings(), arguments.model
    if arguments.results:
        version, _cutoff = version_named(open_store(chosen.tracking_uri, make=False), named)
        kept = _keep(version, named, arguments.results, arguments.id)
    else:
        with TemporaryDirectory() as folder:
            result = Path(folder) / "scored.parquet"
            done = score_table(machine_user(), chosen.tracking_uri, named, arguments.data, result, chosen.allow_code)
            version, kept = done.version, _keep(done.version, named, [result], arguments.id)
    if arguments.json:
        print(json.dumps({
            "model": version.model, "version": version.number, "made": kept.at.isoformat(), "id": kept.column,
            "rows": kept.rows, "answered": kept.answered,
        }))  # fmt: skip
    else:
        counted = translate(N_("{answered} of {rows} rows are answered, and are looked up by {column}."))
        said = counted.format(answered=number(kept.answered, 0), rows=number(kept.rows, 0), column=kept.column)
        print(f"{version.model} {version.number}: {said}")
    return UNANSWERED if kept.answered < kept.rows else 0


def _keep(version: Version, named: str, results: list[Path], column: str) -> Batch:
    from core.serving.precomputed.here import precomputed
    from core.serving.precomputed.keeping import keep, place_of
    from core.store.registry.references import which_named

    place = place_of(settings().tracking_uri, version.model, which_named(named))
    return keep(machine_user(), precomputed(), place, version, results, column)
