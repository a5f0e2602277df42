"""The command line: ``python -m trainers list``, ``run TASK``, ``sweep TASK``, ``demo``, ``upload`` and more."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from core.access import machine_user
from core.errors import ParameterError, PizarraError, TrainingError
from core.i18n import N_, ngettext, number, speaking, translate
from core.settings import given_run, machine_language, settings
from core.store.runs.tables import BASELINE
from core.systems import write_what_terminals_have
from core.training.efforts import EFFORTS, QUICK
from core.training.specs import Value, parse_settings, written
from trainers import task, tasks
from trainers.backup import add_backup
from trainers.bring import TABLE, add_table_arguments, bring_table
from trainers.check import add_check
from trainers.export import add_export
from trainers.in_process import Outcome, Say, carry_out, train_baseline
from trainers.joining import add_join
from trainers.precompute import add_precompute
from trainers.preparing import add_preparing
from trainers.retrain import add_retrain
from trainers.score import add_score
from trainers.staging import add_staging
from trainers.sweep import add_sweep
from trainers.upload import add_upload

BAD_REQUEST = 2


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says; return 0, 2 when it cannot be met, or 1 where a command says so."""
    write_what_terminals_have()
    with speaking(machine_language()):
        try:
            parser = _parser()
            arguments, more = parser.parse_known_args(words)
            if more:
                _take(parser, arguments, more)
            return int(arguments.command(arguments) or 0)
        except PizarraError as error:
            print(error, file=sys.stderr)
            return BAD_REQUEST


def list_tasks(_arguments: argparse.Namespace) -> None:
    """Print every task, its question and its algorithms with their parameters, defaults and ranges."""
    for known in tasks().values():
        print(f"{known.name}: {translate(known.title)}. {translate(known.question)}")
        for algorithm in (*known.algorithms, known.baseline):
            print(f"  {algorithm.name}: {translate(algorithm.summary)}")
            for parameter in algorithm.parameters:
                print(f"    {parameter.name}={written(parameter.default)} ({parameter.allowed})")
        print()


def run_task(arguments: argparse.Namespace) -> None:
    """Train one model in this process, log it and print what came of it."""
    if arguments.task == TABLE:
        brought = bring_table(arguments)
        arguments.task, usual = brought.task.name, brought.task.algorithms[0].name
        arguments.algorithm = arguments.algorithm or usual
        if not arguments.json:
            print(*(f"  {words}" for words in brought.said), sep="\n", flush=True)
    chosen_task = task(arguments.task)
    if not arguments.algorithm:
        raise ParameterError(
            N_("Somebody must say what learns {task}."),
            N_("Add --algorithm with one of {names}."),
            task=arguments.task,
            names=", ".join(algorithm.name for algorithm in chosen_task.algorithms),
        )
    parameters = chosen_task.algorithm(arguments.algorithm).parameters
    chosen = parse_settings(parameters, arguments.settings)
    outcome = _train(arguments, chosen)
    if arguments.json:
        print(json.dumps({
            "run_id": outcome.run_id,
            "status": outcome.status,
            "metrics": outcome.metrics,
            "model_uri": outcome.model_uri,
            "version": outcome.version,
        }))  # fmt: skip
        return
    for name, value in outcome.metrics.items():
        print(f"  {name} = {number(value)}")
    print(translate(N_("Run {run_id} is complete.")).format(run_id=outcome.run_id))
    if outcome.version is not None:
        registered = translate(N_("Registered as {model}, version {version}."))
        print(registered.format(model=arguments.register, version=outcome.version))


def load_demo(arguments: argparse.Namespace) -> None:
    """Unpack the demo into a new store; into any other, train what is missing on a Dask cluster and register models."""
    from core.store.connection import open_store
    from core.store.states.pack import fits
    from core.training.demo import demo_state, unpack_demo
    from core.training.demo import load_demo as fill
    from core.training.jobs import Jobs
    from trainers.demo import DEMO

    store = open_store(settings().tracking_uri)
    if demo_state(store, DEMO).loaded:
        print(translate(N_("The demo is loaded.")))
        return
    if not arguments.train:
        if unpack_demo(store, machine_user(), DEMO):
            print(translate(N_("The demo is loaded.")))
            return
        if not fits(DEMO.pack):
            print(translate(N_("The demo is trained, as it was packed with other versions than are installed here.")))
    jobs = Jobs(settings())
    try:
        batch = fill(store, machine_user(), DEMO, jobs)
        words = translate(N_("Loading the demo: {done} of {total} runs are trained"))
        shown = -1
        while not batch.wait(0.5):
            state = demo_state(store, DEMO)
            if state.finished != shown:
                shown = state.finished
                print(words.format(done=shown, total=state.total), flush=True)
    finally:
        jobs.close()
    if not demo_state(store, DEMO).loaded:
        raise TrainingError(
            N_("The demo is not complete: some of its runs failed."),
            N_("Look at them on the Experiments page, then load the demo again; what is there stays."),
        )
    print(translate(N_("The demo is loaded.")))


def pack_demo(_arguments: argparse.Namespace) -> None:
    """Train the demo anew and pack it for all stores to come."""
    from core.training.demo import pack_demo as make
    from trainers.demo import DEMO

    make(machine_user(), DEMO, settings())
    words = translate(N_("The demo is packed: {file}, {size} MB."))
    print(words.format(file=DEMO.pack.name, size=number(DEMO.pack.stat().st_size / 1e6)))


def convert_folder(arguments: argparse.Namespace) -> None:
    """Convert a folder of MLflow's files into a database, and say what had to be changed."""
    from core.store.conversion import convert  # MLflow is slow to import

    renamed, doubled = convert(arguments.folder, arguments.database, machine_user())
    if renamed:
        print(
            ngettext(
                "{count} experiment had the name of another one and got its number beside it.",
                "{count} experiments had the name of another one and got their number beside it.",
                renamed,
            )
        )
    if doubled:
        print(
            ngettext(
                "{count} line of a metric was there twice and is there once now.",
                "{count} lines of metrics were there twice and are there once now.",
                doubled,
            )
        )
    print(translate(N_("Converted: {database}")).format(database=arguments.database))


def _train(arguments: argparse.Namespace, chosen: Mapping[str, Value]) -> Outcome:
    # MLflow and scikit-learn take seconds to import; a typing mistake should not have to wait for them.
    from core.store.connection import open_store
    from core.store.registry.registered_models import register
    from core.store.runs.tracking import get_run
    from core.training.launching import schedule
    from core.training.notes import own_tags, parse_tags

    in_force = settings()
    store, actor, of_task = open_store(in_force.tracking_uri), machine_user(), task(arguments.task)
    say: Say = (lambda _text: None) if arguments.json else partial(print, flush=True)
    given, name = given_run(), arguments.name or ""
    tags = own_tags(arguments.note, parse_tags(arguments.tags))
    if given and arguments.experiment:
        raise ParameterError(
            N_("The run that mlflow run made is in an experiment already, so --experiment must not be given."),
            N_("Give mlflow run its --experiment-name instead."),
        )
    experiment = arguments.experiment or in_force.experiment_name or of_task.experiment
    if arguments.algorithm != BASELINE and not given:  # mlflow run makes one run
        train_baseline(store, actor, of_task, experiment, arguments.effort, say)
    job = schedule(
        store, actor, of_task, arguments.algorithm, chosen,
        run_id=given, name=name, experiment=experiment, effort=arguments.effort, tags=tags,
    )  # fmt: skip
    metrics, model_uri = carry_out(store, job, say, logged=get_run(store, given).params if given else {})
    version = register(store, actor, job.run_id, arguments.register) if arguments.register else None
    return Outcome(job.run_id, metrics, model_uri, version)


def _take(parser: argparse.ArgumentParser, arguments: argparse.Namespace, more: Sequence[str]) -> None:
    """Take ``--param value``, as which ``mlflow run`` hands on its ``-P param=value``, for ``--set param=value``."""
    names, values = more[::2], more[1::2]
    if "settings" not in arguments or len(more) % 2 or not all(name.startswith("--") for name in names):
        parser.error(translate(N_("This is not understood: {words}")).format(words=" ".join(more)))
    arguments.settings = [
        *arguments.settings,
        *(f"{name[2:]}={value}" for name, value in zip(names, values, strict=True)),
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m trainers", description=translate(N_("Train models.")))
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_list(commands)
    _add_run(commands)
    add_sweep(commands)
    _add_demo(commands)
    add_upload(commands)
    _add_pack(commands)
    _add_convert(commands)
    add_backup(commands)
    add_check(commands)
    add_score(commands)
    add_join(commands)
    add_precompute(commands)
    add_preparing(commands)
    add_staging(commands)
    add_export(commands)
    add_retrain(commands)
    return parser


def _add_list(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = translate(N_("show the tasks, their algorithms and their parameters"))
    commands.add_parser("list", help=words, description=words).set_defaults(command=list_tasks)


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = translate(N_("fill the store with the demo's runs and models"))
    demo = commands.add_parser("demo", help=words, description=words)
    demo.set_defaults(command=load_demo)
    demo.add_argument("--train", action="store_true", help=translate(N_("train it here, on your own data")))


def _add_pack(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = translate(N_("train the demo anew and pack it, for a release"))
    commands.add_parser("pack", help=words, description=words).set_defaults(command=pack_demo)


def _add_convert(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = translate(N_("make a database of a folder of MLflow's files, on a copy"))
    convert = commands.add_parser("convert", help=words, description=words)
    convert.set_defaults(command=convert_folder)
    convert.add_argument("folder", metavar="FOLDER", type=Path, help=translate(N_("such as mlruns")))
    convert.add_argument("database", metavar="FILE", type=Path, help=translate(N_("the new database")))


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = translate(N_("train one model and log it as a run"))
    # Parameters may be written as options, too, so none of ours may be shortened
    run = commands.add_parser("run", help=words, description=words, allow_abbrev=False)
    run.set_defaults(command=run_task)
    run.add_argument("task", metavar="TASK", help=", ".join([*tasks(), TABLE]))
    run.add_argument("--algorithm", metavar="NAME", help=translate(N_("what learns it")))
    run.add_argument(
        "--set",
        metavar="param=value",
        dest="settings",
        action="extend",
        nargs="+",
        default=[],
        help=translate(N_("a parameter other than its default; may be given several times")),
    )
    run.add_argument(
        "--effort",
        choices=EFFORTS,
        default=QUICK,
        help=translate(N_("quick: one split; fair: 5-fold cross-validation besides; thorough: that three times")),
    )
    run.add_argument("--experiment", metavar="NAME", help=translate(N_("where the run belongs")))
    run.add_argument("--name", metavar="RUN", help=translate(N_("what the run is called")))
    run.add_argument("--note", metavar="TEXT", default="", help=translate(N_("what is said of the run")))
    run.add_argument(
        "--tag", metavar="name=value", dest="tags", action="extend", nargs="+", default=[],
        help=translate(N_("a tag of your own; may be given several times")),
    )  # fmt: skip
    run.add_argument("--register", metavar="NAME", help=translate(N_("register the model under this name")))
    run.add_argument("--json", action="store_true", help=translate(N_("print one JSON object at the end")))
    add_table_arguments(run)


if __name__ == "__main__":
    sys.exit(main())
