"""Sweeps on the command line: ``python -m trainers sweep TASK --algorithm NAME --vary param=values``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from core.access import machine_user
from core.errors import ParameterError, TrainingError
from core.i18n import N_, number, translate
from core.settings import settings
from core.training.efforts import PLANS
from core.training.specs import parse_settings
from core.training.sweeps.plan import DIRECTIONS, OBJECTIVES, SAMPLERS, TEST_ROWS, SweepPlan, check, directed
from core.training.sweeps.space import key, parse_dimension
from trainers import task, tasks
from trainers.in_process import Say

if TYPE_CHECKING:
    from core.store.connection import Store

LOOK_SECONDS = 0.5
SAY: Say = partial(print, flush=True)
NEEDED = ("task", "algorithm", "vary")


def sweep_task(arguments: argparse.Namespace, say: Say = SAY) -> None:
    """Carry out a sweep on a cluster of its own, or go on with one, and print what came of it.

    Raises:
        TrainingError: it did not finish.
    """
    from core.store.connection import open_store  # MLflow is slow to import
    from core.store.runs.tracking import get_run
    from core.training.jobs import Jobs
    from core.training.sweeps.sweeps import Sweeps, sweep_of
    from core.training.sweeps.trials import OPEN, chosen, newest, read_trials

    in_force, actor = settings(), machine_user()
    plan = None if arguments.resume else _plan(arguments)
    store = open_store(in_force.tracking_uri)
    jobs = Jobs(in_force)
    sweeps, said = Sweeps(jobs), 0
    try:
        if plan is None:
            run_id = str(arguments.resume)
            known = sweep_of(get_run(store, run_id))
            if known is None:
                raise TrainingError(
                    N_("The run {run_id} must be a sweep, but it is none that can be read."),
                    N_("Look for its id on the Sweep page."),
                    run_id=run_id,
                )
            plan = known.plan
            sweeps.resume(store, actor, task(plan.task), run_id)
        else:
            experiment = arguments.experiment or in_force.experiment_name
            plan = directed(plan, arguments.direction, _said_ways(store, experiment or task(plan.task).experiment))
            run_id = sweeps.begin(store, actor, task(plan.task), plan, name=arguments.name or "", experiment=experiment)
        while (conductor := sweeps.get(run_id)) is not None and not conductor.wait(LOOK_SECONDS):
            done = sum(one.outcome not in OPEN for one in newest(read_trials(store, run_id, plan.objective)))
            if done != said and not arguments.json:
                said = done
                say(translate(N_("Trials: {done} of {most}")).format(done=done, most=plan.most))
        trials = newest(read_trials(store, run_id, plan.objective))
        found, run = chosen(trials, plan), get_run(store, run_id)
    finally:
        sweeps.close()
        jobs.close()
    if arguments.json:
        outcomes: dict[str, int] = {}
        for trial in trials:
            outcomes[trial.outcome] = outcomes.get(trial.outcome, 0) + 1
        best = None if found is None else {"run_id": found.run_id, "cell": dict(found.cell), "value": found.value}
        say(json.dumps({"run_id": run_id, "status": run.status, "trials": outcomes, "best": best}))
    elif found is not None:
        words = translate(N_("Best of {count}: {cell}, {objective} {value} by cross-validation"))
        value = number(found.value) if found.value is not None else "?"
        say(words.format(count=len(trials), cell=key(found.cell), objective=plan.objective, value=value))
    if run.status != "FINISHED":
        raise TrainingError(
            N_("The sweep must finish, but it has ended as {status}."),
            N_("Go on with it: --resume {run_id}"),
            status=run.status,
            run_id=run_id,
        )


def add_sweep(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    words = translate(N_("try many settings of one algorithm, each as a run of its own"))
    sweep = commands.add_parser("sweep", help=words, description=words)
    sweep.set_defaults(command=sweep_task)
    usual = SweepPlan("", "", (), "")
    sweep.add_argument("task", metavar="TASK", nargs="?", default="", help=", ".join(tasks()))
    sweep.add_argument("--algorithm", metavar="NAME", default="", help=translate(N_("what learns it")))
    sweep.add_argument(
        "--vary", metavar="param=values", action="extend", nargs="+", default=[],
        help=translate(N_("what is tried: values as 5,10,none or a range as 0.01:100:log; may be given several times")),
    )  # fmt: skip
    sweep.add_argument(
        "--set", metavar="param=value", dest="settings", action="extend", nargs="+", default=[],
        help=translate(N_("a parameter other than its default; may be given several times")),
    )  # fmt: skip
    sweep.add_argument(
        "--sampler", choices=SAMPLERS, default=usual.sampler, help=translate(N_("who says what is next"))
    )
    sweep.add_argument("--objective", metavar="SCORE", default="", help=_objectives())
    sweep.add_argument(
        "--direction", choices=DIRECTIONS, default=None,
        help=translate(N_("which way of it is better, where not as is known or as was said in the experiment")),
    )  # fmt: skip
    sweep.add_argument("--trials", type=int, default=usual.trials, help=translate(N_("how many trials at the most")))
    sweep.add_argument("--minutes", type=float, default=usual.minutes, help=translate(N_("how long at the most")))
    sweep.add_argument(
        "--trial-minutes", type=float, default=usual.trial_minutes, help=translate(N_("how long one trial may take"))
    )
    sweep.add_argument("--at-once", type=int, default=usual.at_once, help=translate(N_("how many trials at once")))
    efforts = [effort for effort, folds in PLANS.items() if folds]
    sweep.add_argument(
        "--effort", choices=efforts, default=usual.effort, help=translate(N_("how thoroughly each is judged"))
    )
    sweep.add_argument(
        "--test-rows", choices=TEST_ROWS, default=usual.test_rows,
        help=translate(N_("once: only the best will be tested; shown: every trial is; choose: the best test chooses")),
    )  # fmt: skip
    sweep.add_argument("--prune", action="store_true", help=translate(N_("give up early what does worse than half")))
    sweep.add_argument("--seed", type=int, default=usual.seed, help=translate(N_("the starting point for chance")))
    sweep.add_argument("--experiment", metavar="NAME", help=translate(N_("where the runs belong")))
    sweep.add_argument("--name", metavar="RUN", help=translate(N_("what the sweep is called")))
    sweep.add_argument(
        "--resume", metavar="RUN_ID", help=translate(N_("go on with a sweep that ended before its time"))
    )
    sweep.add_argument("--json", action="store_true", help=translate(N_("print one JSON object at the end")))


def _plan(arguments: argparse.Namespace) -> SweepPlan:
    """Return the plan that the options say.

    Raises:
        ParameterError: something is missing, or not allowed.
    """
    for name in NEEDED:
        if not getattr(arguments, name):
            raise ParameterError(
                N_("Somebody must say the {name} of the sweep."),
                N_("Write for example: sweep iris --algorithm random_forest --vary max_depth=2,5,none"),
                name=name,
            )
    of_task = task(arguments.task)
    parameters = of_task.algorithm(arguments.algorithm).parameters
    plan = SweepPlan(
        task=of_task.name,
        algorithm=arguments.algorithm,
        varied=tuple(parse_dimension(parameters, words) for words in arguments.vary),
        objective=arguments.objective or OBJECTIVES[of_task.kind][0],
        fixed=parse_settings(parameters, arguments.settings),
        sampler=arguments.sampler,
        trials=arguments.trials,
        minutes=arguments.minutes,
        trial_minutes=arguments.trial_minutes,
        at_once=arguments.at_once,
        effort=arguments.effort,
        test_rows=arguments.test_rows,
        prunes=arguments.prune,
        seed=arguments.seed,
    )
    return check(plan, of_task)


def _said_ways(store: Store, experiment: str) -> Mapping[str, bool | None]:
    """Return what people said of metrics in an experiment."""
    from core.store.connection import answering
    from core.store.runs.directions import directions_of

    with answering(store.uri):
        found = store.client.get_experiment_by_name(experiment)
    return directions_of(found.tags) if found else {}


def _objectives() -> str:
    return "; ".join(", ".join(scores) for scores in OBJECTIVES.values())
