"""The command line's evaluate and stage: how a version does on its test rows, and the way into Staging."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from core.access import machine_user
from core.i18n import N_, number, translate
from core.settings import settings
from trainers.check import add_model

if TYPE_CHECKING:  # MLflow is slow to import
    from core.comparison.judging import Judged

FAILED = 1  # the exit code where a version is not better than the same answer always, or fails a gate
STAGES = ("Staging", "None", "Archived")  # Production is people's to decide, before all that speaks for and against it


def add_staging(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    words = translate(N_("say how a version does on its test rows, and whether it passes its model's gates"))
    more = translate(N_("It ends with 1 where it does not, or is no better than always giving the same answer."))
    evaluate = commands.add_parser("evaluate", help=words, description=f"{words}. {more}")
    evaluate.set_defaults(command=evaluate_version)
    add_model(evaluate)
    evaluate.add_argument("--json", action="store_true", help=translate(N_("print one JSON object at the end")))
    words = translate(N_("move a version to Staging, or out of its stage"))
    more = translate(N_("Versions go to Production on the Registry page, where people see what speaks for them."))
    stage = commands.add_parser("stage", help=words, description=f"{words}. {more}")
    stage.set_defaults(command=stage_version)
    add_model(stage)
    stage.add_argument("stage", metavar="STAGE", choices=STAGES, help=", ".join(STAGES))
    stage.add_argument("--why", metavar="TEXT", default="", help=translate(N_("why; the timeline keeps it")))
    stage.add_argument("--json", action="store_true", help=translate(N_("print one JSON object at the end")))


def evaluate_version(arguments: argparse.Namespace) -> int:
    """Judge a version by what is stored with its run, and return 1 where it does not pass."""
    from core.comparison.judging import judge_version
    from core.store.connection import open_store
    from core.store.registry.references import version_named

    store = open_store(settings().tracking_uri, make=False)
    version, _cutoff = version_named(store, arguments.model)
    judged = judge_version(store, version)
    if arguments.json:
        print(json.dumps({
            "model": version.model, "version": version.number, "stage": version.stage, "passed": judged.passed,
            "above_baseline": judged.above_baseline, "test_rows": judged.test_rows, "metrics": judged.metrics,
            "intervals": judged.intervals, "baseline": judged.baseline, "production": judged.production,
            "gates": [asdict(gate) for gate in judged.gates],
        }))  # fmt: skip
    else:
        _say(f"{version.model} {version.number}", judged)
    return 0 if judged.passed else FAILED


def _say(title: str, judged: Judged) -> None:
    from core.comparison.gates import measured_words

    passed, failed = translate(N_("It passes.")), translate(N_("It does not pass."))
    print(f"{title}: {passed if judged.passed else failed}")
    same = translate(N_("always the same answer: {value}"))
    for name, value in judged.metrics.items():
        beside = f" ({same.format(value=number(judged.baseline[name]))})" if name in judged.baseline else ""
        print(f"  {name} = {number(value)}{beside}")
    for gate in judged.gates:
        print(f"  {'✓' if gate.passed else '✗'} {gate.rule}: {measured_words(gate)}")


def stage_version(arguments: argparse.Namespace) -> None:
    """Move a version, and write down who did it and why."""
    from core.store.connection import open_store
    from core.store.registry.promotion import Move, move, seen
    from core.store.registry.references import version_named
    from core.store.registry.registered_models import find_model

    store = open_store(settings().tracking_uri, make=False)
    version, _cutoff = version_named(store, arguments.model)
    moved = version.stage != arguments.stage
    if moved:  # else it is there: harmless to say again, as orchestrators do
        saw = seen(find_model(store, version.model), version.number, arguments.stage)
        move(store, machine_user(), Move(version.model, version.number, arguments.stage, arguments.why, saw))
    if arguments.json:
        said = {"model": version.model, "version": version.number, "before": version.stage, "stage": arguments.stage}
        print(json.dumps(said))
        return
    done = translate(N_("{model}, version {version}: {before} → {stage}"))
    print(done.format(model=version.model, version=version.number, before=version.stage, stage=arguments.stage))
