"""Launch a run from a light page, and see how far it is: the form comes from the same declarations as elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from core import words
from core.access import Action
from core.api.light.visit import Visit
from core.errors import PizarraError, StoreError
from core.i18n import number
from core.process import baselines, cache, run_models, shared
from core.settings import settings
from core.store.runs.tables import ENDED, Run
from core.training import launching
from core.training.specs import Choice, Flag, Integer, Parameter, Real, Value, limits
from core.training.tasks import Algorithm, Task

UNSET = "none"  # what a form sends for no limit, or none


@dataclass(frozen=True)
class Field:
    """A parameter as the page shows it, with what was entered or its default as text."""

    parameter: Parameter
    text: str

    @property
    def kind(self) -> str:
        """What kind of control it has."""
        kinds = {Flag: "flag", Choice: "choice", Integer: "integer", Real: "number"}
        return kinds[type(self.parameter)]

    @property
    def limits(self) -> str:
        """Between which numbers it may be; empty where it is none."""
        return limits(self.parameter)

    @property
    def choices(self) -> list[str]:
        """What can be chosen, as text."""
        return [_text(choice) for choice in self.parameter.choices] if isinstance(self.parameter, Choice) else []


@dataclass(frozen=True)
class Training:
    """The page of training, for the tasks that there are."""

    tasks: Callable[[], Mapping[str, Task]]

    def show(self, visit: Visit) -> Response:
        """Show the form, and the run that was launched."""
        if visit.part:
            return visit.show("progress.html", run=_progress(visit), own=True)
        if visit.actor.may("train"):
            shared.jobs().start_soon()
        return self._shown(visit, visit.asked)

    def launch(self, visit: Visit) -> Response:
        """Launch a run; what is wrong with it is said, and nothing of what was entered is lost."""
        task, algorithm = self._chosen(visit.form)
        try:
            visit.actor.check("train")  # before anything is read anew for all
            chosen = _values(algorithm, visit.form)
            with shared.writing():
                run_id = launching.launch(
                    shared.jobs(), shared.store(), visit.actor, task, algorithm.name, chosen,
                    experiment=settings().experiment_name, data=lambda: baselines.data_of(task),
                )  # fmt: skip
        except PizarraError as error:
            return self._shown(visit, visit.form, error)
        return visit.go(f"/train?task={task.name}&algorithm={algorithm.name}&launched={run_id}")

    def stop(self, visit: Visit) -> Response:
        """Stop a run that the visitor launched."""
        run_id = visit.form.get("run", "")
        visit.actor.check(_stop_of(visit, run_id))
        with shared.writing([run_id]):
            shared.jobs().stop(visit.actor, shared.store(), run_id)
        return visit.go(f"/train?launched={run_id}")

    def _chosen(self, said: Mapping[str, str]) -> tuple[Task, Algorithm]:
        tasks = self.tasks()
        task = tasks.get(said.get("task", "")) or next(iter(tasks.values()))
        names = [algorithm.name for algorithm in task.algorithms]
        name = said.get("algorithm", "")
        return task, task.algorithm(name if name in names else names[0])

    def _shown(self, visit: Visit, said: Mapping[str, str], error: PizarraError | None = None) -> Response:
        task, algorithm = self._chosen(said)
        fields = [_field(one, said, error is not None) for one in algorithm.parameters]
        leading = [one for one in fields if one.parameter.leading] or fields
        return visit.show(
            "train.html",
            400 if error else 200,
            tasks=self.tasks().values(),
            task=task,
            algorithm=algorithm,
            leading=leading,
            rest=[one for one in fields if one not in leading],
            baseline=baselines.is_missing(task),
            minutes=settings().run_minutes,
            may=visit.actor.may("train"),
            error=error,
            run=_progress(visit) if visit.asked.get("launched") else None,
        )


def _field(parameter: Parameter, said: Mapping[str, str], entered: bool) -> Field:
    """Return a parameter's field; a box that is not ticked is not sent, so it counts only where a form was."""
    if entered:
        return Field(parameter, said.get(parameter.name, "false" if isinstance(parameter, Flag) else ""))
    return Field(parameter, _text(parameter.default))


def _text(value: Value) -> str:
    return UNSET if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _values(algorithm: Algorithm, form: Mapping[str, str]) -> dict[str, Value]:
    """Read what was entered; what cannot be read is refused where the run is launched, by its name."""
    return {
        one.name: one.parse(form.get(one.name, "false" if isinstance(one, Flag) else ""))
        for one in algorithm.parameters
        if one.name in form or isinstance(one, Flag)
    }


def _progress(visit: Visit) -> dict[str, object] | None:
    """Return how far the run is that the address names; None where the store has none."""
    try:
        run = cache.run(visit.asked.get("launched", ""))
    except StoreError:
        return None
    done, doing = words.progress(run, shared.jobs().place(run.run_id))
    return {
        "id": run.run_id,
        "name": run.title,
        "ended": run.status in ENDED,
        "failed": run.status in ENDED and run.status != "FINISHED",
        "done": round(100 * done),
        "words": _words(run, doing),
        "can_be_asked": run_models.can_be_asked(run),
        "numbers": [(name, number(run.metrics[name])) for name in sorted(run.metrics) if name.startswith("test_")][:5],
        "may_stop": visit.actor.may(_stop_of(visit, run.run_id)),
    }


def _stop_of(visit: Visit, run_id: str) -> Action:
    return "stop" if shared.jobs().is_of(visit.actor, run_id) else "stop_others"


def _words(run: Run, doing: str) -> str:
    if run.status not in ENDED:
        return doing
    if run.status == "FINISHED":
        return words.trained(run)
    return words.reason(run)
