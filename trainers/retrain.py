"""The command line's retraining: a version trained anew with new rows, held fairly against the one before."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from core.access import machine_user
from core.i18n import N_, translate
from core.settings import settings
from trainers.check import add_model

if TYPE_CHECKING:  # MLflow is slow to import
    from core.retraining.comparison import FairComparison
    from core.retraining.launching import Retraining

NOT_BETTER = 1  # the exit code where it was to be better on the new rows and is not


def add_retrain(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    words = translate(N_("train a model's version anew with new rows, and compare both fairly"))
    more = translate(
        N_("With --if-better it ends with 1, and registers nothing, where the new one is not better on the new rows.")
    )
    retrain = commands.add_parser("retrain", help=words, description=f"{words}. {more}")
    retrain.set_defaults(command=retrain_model)
    add_model(retrain)
    retrain.add_argument(
        "--data", metavar="FILE", type=Path, required=True,
        help=translate(N_("the new rows with their true answers: CSV, Parquet or Excel")),
    )  # fmt: skip
    retrain.add_argument("--only-new", action="store_true", help=translate(N_("learn from the new rows alone")))
    retrain.add_argument(
        "--register", action="store_true", help=translate(N_("register it as the model's next version"))
    )
    retrain.add_argument(
        "--stage",
        choices=["Staging"],
        help=translate(N_("register it and put it there; only people put it in Production")),
    )
    retrain.add_argument(
        "--if-better", action="store_true", help=translate(N_("only where it is better on the new rows for certain"))
    )
    retrain.add_argument("--json", action="store_true", help=translate(N_("print one JSON object at the end")))


def retrain_model(arguments: argparse.Namespace) -> int:
    """Train a version anew in this process, say how both do, and return 1 where it had to be better and is not."""
    # MLflow and scikit-learn take seconds to import
    from core.retraining import launching
    from core.retraining.comparison import read_comparison
    from core.retraining.new_rows import rows_of_table
    from core.retraining.parents import parent_of
    from core.store.connection import open_store
    from core.store.registry.stages import Stage
    from trainers import tasks

    chosen, actor = settings(), machine_user()
    store = open_store(chosen.tracking_uri, make=False)
    parent = parent_of(store, arguments.model, tasks(), chosen.allow_code)
    rows = rows_of_table(
        arguments.data, arguments.data.name, parent.opened, parent.task.target, by=parent.task.division.column
    )
    prepared = launching.prepare(actor, parent, rows, chosen, tasks, only_new=arguments.only_new)
    if not arguments.json:
        print(*(f"  {words}" for words in _rows_words(prepared.told)), sep="\n", flush=True)
    job = launching.scheduled(store, actor, prepared)
    job.carry_out()
    found = read_comparison(store, job.run_id)
    is_taken = found.is_better or not arguments.if_better
    version = None
    if is_taken and (arguments.register or arguments.stage):
        stage: Stage = "Staging" if arguments.stage else "None"
        version = launching.register_retrained(store, actor, job.run_id, stage)
    if arguments.json:
        print(json.dumps(as_object(prepared.told, found, job.run_id, version, arguments.stage if version else None)))
    else:
        _say(found, prepared.told.model, version, arguments.stage)
    return 0 if is_taken else NOT_BETTER


def as_object(
    told: Retraining, found: FairComparison, run_id: str, version: int | None, stage: str | None
) -> dict[str, object]:  # fmt: skip
    """Return what came of it as it is printed: plain values."""
    return {
        "model": told.model,
        "from_version": told.version,
        "run_id": run_id,
        "version": version,
        "stage": stage,
        "better": found.is_better,
        "worse_on_old_rows": found.is_worse_before,
        "rows": {name: value for name, value in asdict(told).items() if name not in {"model", "version", "run"}},
        "on_new_rows": None if found.new is None else asdict(found.new),
        "on_old_rows": None if found.old is None else asdict(found.old),
        "problem": found.problem,
    }


def _rows_words(told: Retraining) -> list[str]:
    from core.retraining.sentences import rows_words

    return rows_words(told)


def _say(found: FairComparison, model: str, version: int | None, stage: str | None) -> None:
    from core.retraining.sentences import comparison_words

    print(*comparison_words(found), sep="\n  ")
    if version is not None:
        registered = translate(N_("Registered as {model}, version {version}."))
        print(registered.format(model=model, version=version))
        if stage:
            print(translate(N_("It is in Staging.")))
