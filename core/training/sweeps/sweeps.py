"""The sweeps of one dashboard process: begin them, say what is wanted of them, and go on with those that ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import isfinite
from threading import Lock

from core.access import Actor
from core.errors import ParameterError, TrainingError
from core.i18n import N_, translate
from core.store.abandoned import settle_abandoned
from core.store.connection import Store, answering
from core.store.owner import is_gone, owner
from core.store.registry.registered_models import register
from core.store.runs.tables import ALGORITHM_TAG, ENDED, OWNER_TAG, STUDENT_TAG, TASK_TAG, Run
from core.store.runs.tracking import get_run
from core.store.sweeps import begin_sweep, note_sweep, reopen_sweep
from core.training.baselines import Digest
from core.training.jobs import Jobs
from core.training.launching import launch, launch_baseline, statuses
from core.training.specs import Value
from core.training.sweeps.conductor import Conductor, Wish
from core.training.sweeps.plan import SweepPlan, check, from_text, to_text
from core.training.sweeps.space import Cell, written_dimension
from core.training.sweeps.trials import ACTIVE_TAG, DATA_TAG, REFIT_TAG, STATE_TAG, SWEEP_TAG, newest, read_trials
from core.training.tasks import Task

MOST_EACH = 3  # sweeps of one visitor at once


@dataclass(frozen=True)
class Sweep:
    """A sweep as its run tells of it. ``state`` is what is wanted of it while it runs."""

    run: Run
    plan: SweepPlan
    state: str
    seconds: float  # under way, without pauses
    refit: str  # the id of the run that was trained of its best; may be empty

    @property
    def has_ended(self) -> bool:
        """Tell whether nobody works on it any more, as far as its run says."""
        return self.run.status in ENDED


def sweep_of(run: Run) -> Sweep | None:
    """Return the sweep that a run is; None where it is none, or one that cannot be read."""
    try:
        plan = from_text(run.tags[SWEEP_TAG])
        seconds = float(run.tags.get(ACTIVE_TAG, "0"))
    except (KeyError, ValueError):
        return None
    if not isfinite(seconds):
        return None
    return Sweep(run, plan, run.tags.get(STATE_TAG, ""), seconds, run.tags.get(REFIT_TAG, ""))


class Sweeps:
    """The sweeps that are under way in this process. Threads may share it."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._lock = Lock()
        self._here: dict[str, Conductor] = {}

    def begin(
        self, store: Store, actor: Actor, task: Task, plan: SweepPlan, *,
        name: str = "", experiment: str = "", data: Digest = lambda: "",
    ) -> str:  # fmt: skip
        """Begin a sweep and return the id of its run, whose children its trials will be.

        Raises:
            ParameterError: the plan cannot be carried out.
            TrainingError: there is no cluster, too many of ``actor``'s sweeps are under way, or the class contests
                the task: a sweep would be more tries than one.
            StoreError: the store does not answer.
            PizarraError: ``actor`` may not train.
        """
        actor.check("train")
        check(plan, task)
        self._check_room(actor)
        self._jobs.start()
        with self._jobs.contest.entering(actor, task.name, partial(statuses, store)) as note:
            if note:
                raise TrainingError(
                    N_("A sweep must not be launched while the class contests its task: it would be many tries."),
                    N_("Train one run, or wait until the board is closed."),
                )
        in_experiment = experiment or task.experiment
        launch_baseline(
            self._jobs, store, task, plan.algorithm, in_experiment, data, public_half=False, effort=plan.effort
        )
        tags = {
            SWEEP_TAG: to_text(plan),
            STATE_TAG: Wish.RUN.value,
            DATA_TAG: data(),
            TASK_TAG: task.name,
            ALGORITHM_TAG: plan.algorithm,
            **({STUDENT_TAG: actor.name} if actor.name else {}),
        }
        run_id = begin_sweep(store, actor, experiment=in_experiment, name=name.strip() or called(task, plan), tags=tags)
        self._conduct(store, actor, task, plan, run_id, experiment=in_experiment, data=tags[DATA_TAG])
        return run_id

    def resume(self, store: Store, actor: Actor, task: Task, run_id: str) -> None:
        """Go on with a sweep that is paused, or that ended before all was tried; nothing is tried twice.

        Raises:
            TrainingError: it is none, or another program carries it out.
            StoreError: the store does not answer.
            PizarraError: ``actor`` may not.
        """
        conductor = self.get(run_id)
        if conductor is not None:
            self._check_own(actor, conductor)
            conductor.want(Wish.RUN)
            return
        self._reopen(store, actor, task, run_id)

    def retry(self, store: Store, actor: Actor, task: Task, run_id: str) -> int:
        """Try again what failed or was stopped, in a sweep that has ended, and return how many trials that are.

        Raises:
            As ``resume``.
        """
        actor.check("train")
        sweep = _read(store, run_id)
        again = [
            trial.cell
            for trial in newest(read_trials(store, run_id, sweep.plan.objective))
            if trial.outcome in ("failed", "stopped")
        ]
        if again:
            self._reopen(store, actor, task, run_id, again=again)
        return len(again)

    def widen(self, store: Store, actor: Actor, task: Task, run_id: str, plan: SweepPlan) -> None:
        """Go on with a sweep that has ended, with more trials, minutes or values; what was tried counts.

        Raises:
            ParameterError: ``plan`` cannot be carried out, or would make its trials another thing than the old ones.
            And as ``resume``.
        """
        actor.check("train")
        check(plan, task)
        before = _read(store, run_id).plan
        if _kind_of_trials(plan) != _kind_of_trials(before):
            raise ParameterError(
                N_("A sweep that goes on must measure the same thing of the same parameters, but this is another one."),
                N_("Begin a new sweep."),
            )
        self._reopen(store, actor, task, run_id, plan=plan)

    def pause(self, actor: Actor, run_id: str) -> None:
        """Launch no more trials for now; those that run go on to their end.

        Raises:
            TrainingError: it is not carried out here.
            PizarraError: ``actor`` may not.
        """
        self._tell(actor, run_id, Wish.PAUSE)

    def stop(self, actor: Actor, run_id: str) -> None:
        """Launch no more trials; once those that run have ended, it has finished. Raises as ``pause``."""
        self._tell(actor, run_id, Wish.STOP)

    def cancel(self, actor: Actor, run_id: str) -> None:
        """End it and its trials at once, as KILLED. Raises as ``pause``."""
        self._tell(actor, run_id, Wish.CANCEL)

    def refit(
        self, store: Store, actor: Actor, task: Task, run_id: str, cell: Cell, *,
        name: str = "", experiment: str = "", model: str = "", data: Digest = lambda: "",
    ) -> str:  # fmt: skip
        """Train a run of a cell on all training rows, which asks the test rows, and return its id.

        With ``model`` it is registered under that name once it has finished.

        Raises:
            As ``launching.launch``; PizarraError where ``actor`` may not register.
        """
        actor.check("train")
        if model:
            actor.check("register")
        sweep = _read(store, run_id)
        plan = sweep.plan
        chosen: dict[str, Value] = {**plan.fixed, **cell}

        def then(refitted: str) -> None:
            if model and get_run(store, refitted).status == "FINISHED":
                register(store, actor, refitted, model)

        refitted = launch(
            self._jobs, store, actor, task, plan.algorithm, chosen,
            name=name, experiment=experiment, data=data, effort=plan.effort, then=then,
        )  # fmt: skip
        if _may_change(actor, sweep):  # others have a run of their own, and the sweep says nothing of it
            note_sweep(store, run_id, {REFIT_TAG: refitted})
        return refitted

    def get(self, run_id: str) -> Conductor | None:
        """Return the sweep that is carried out here under this id."""
        with self._lock:
            return self._here.get(run_id)

    def is_of(self, actor: Actor, run_id: str) -> bool:
        """Tell whether a sweep that is under way here is certainly this visitor's."""
        conductor = self.get(run_id)
        return conductor is not None and conductor.is_of(actor)

    def close(self) -> None:
        """End all of them, so that they can be resumed."""
        with self._lock:
            conductors = list(self._here.values())
        for conductor in conductors:
            conductor.want(Wish.CLOSE)
        for conductor in conductors:
            conductor.wait(5)

    def _tell(self, actor: Actor, run_id: str, wish: Wish) -> None:
        conductor = self.get(run_id)
        if conductor is None:
            actor.check("stop_others")
            raise TrainingError(
                N_("A sweep must be under way here to be told something, but this one is not."),
                N_("Load the page again: it may have ended, or another program carries it out."),
            )
        self._check_own(actor, conductor)
        conductor.want(wish)

    def _check_own(self, actor: Actor, conductor: Conductor) -> None:
        actor.check("stop" if conductor.is_of(actor) else "stop_others")

    def _check_room(self, actor: Actor) -> None:
        with self._lock:
            own = sum(one.actor.visitor == actor.visitor for one in self._here.values())
        if own >= MOST_EACH:
            raise TrainingError(
                N_("A visitor may have {most} sweeps under way, and you have as many."),
                N_("Wait until one of them has ended, or stop one."),
                most=MOST_EACH,
            )

    def _reopen(
        self, store: Store, actor: Actor, task: Task, run_id: str, *,
        plan: SweepPlan | None = None, again: Sequence[Cell] = (),
    ) -> None:  # fmt: skip
        actor.check("train")
        sweep = _read(store, run_id)
        if not _may_change(actor, sweep):
            actor.check("stop_others")
        if not sweep.has_ended:
            trainer = sweep.run.tags.get(OWNER_TAG, "")
            if self.get(run_id) is not None or (trainer != owner() and not is_gone(trainer)):
                raise TrainingError(
                    N_("A sweep must have ended before it goes on here, but it is under way."),
                    N_("Wait until it has ended, or stop it where it was launched."),
                )
        if sweep.plan.task != task.name:
            raise TrainingError(
                N_("This sweep is of the task {task}, but it was to go on with {other}."),
                N_("Open it from the list of sweeps."),
                task=sweep.plan.task,
                other=task.name,
            )
        chosen = check(plan or sweep.plan, task)
        self._check_room(actor)
        self._jobs.start()
        settle_abandoned(store)  # trials that were under way as their dashboard was killed
        with answering(store.uri):
            experiment = store.client.get_experiment(sweep.run.experiment_id).name
        seconds = 0.0 if plan or again else sweep.seconds
        tags = {SWEEP_TAG: to_text(chosen), STATE_TAG: Wish.RUN.value, ACTIVE_TAG: f"{seconds:.1f}"}
        reopen_sweep(store, actor, run_id, tags)
        data = sweep.run.tags.get(DATA_TAG, "")
        self._conduct(
            store, actor, task, chosen, run_id, experiment=experiment, data=data, seconds=seconds, again=again
        )

    def _conduct(
        self, store: Store, actor: Actor, task: Task, plan: SweepPlan, run_id: str, *,
        experiment: str, data: str, seconds: float = 0.0, again: Sequence[Cell] = (),
    ) -> None:  # fmt: skip
        conductor = Conductor(
            self._jobs, store, actor, task, plan, run_id,
            experiment=experiment, data=data, seconds=seconds, again=again, then=lambda: self._forget(run_id),
        )  # fmt: skip
        with self._lock:
            if run_id in self._here:
                return  # two presses at once
            self._here[run_id] = conductor
        conductor.begin()

    def _forget(self, run_id: str) -> None:
        with self._lock:
            self._here.pop(run_id, None)


def called(task: Task, plan: SweepPlan) -> str:
    """Name a sweep by its algorithm and by what it varies."""
    title = translate(task.algorithm(plan.algorithm).title)
    return " · ".join([title, *map(written_dimension, plan.varied)])[:200]


def _may_change(actor: Actor, sweep: Sweep) -> bool:
    """Tell whether somebody may change what a sweep says of itself: it is theirs, or they lead."""
    return actor.may("stop_others") or bool(actor.name and sweep.run.tags.get(STUDENT_TAG) == actor.name)


def _kind_of_trials(plan: SweepPlan) -> object:
    names = sorted(dimension.name for dimension in plan.varied)
    same = replace(plan, varied=(), sampler="grid", trials=1, minutes=1.0, trial_minutes=1.0, at_once=1, prunes=False)
    return replace(same, seed=0, fixed={}, direction=""), plan.is_lower_better, names, dict(plan.fixed)


def _read(store: Store, run_id: str) -> Sweep:
    sweep = sweep_of(get_run(store, run_id))
    if sweep is None:
        raise TrainingError(
            N_("The run {run_id} must be a sweep, but it is none that can be read."),
            N_("Open one from the list of sweeps."),
            run_id=run_id,
        )
    return sweep
