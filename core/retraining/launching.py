"""Have a version trained anew: its rows are kept with the new ones, and a run waits that says where it comes from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial

from core.access import Actor
from core.errors import StoreError
from core.foreign_json import read_json
from core.i18n import N_, translate
from core.retraining.combining import Combined, combined
from core.retraining.comparison import compare
from core.retraining.new_rows import NewRows
from core.retraining.parents import Parent, old_rows
from core.settings import Settings
from core.store.connection import Store
from core.store.registry import promotion
from core.store.registry.registered_models import find_model, register, versions_of_run
from core.store.registry.stages import Stage
from core.store.runs.tables import RETRAINED_TAG
from core.store.runs.tracking import get_run
from core.training.datasets import content_sha256
from core.training.execution import Job
from core.training.launching import schedule
from core.training.tables.kept import keep_with_new_rows
from core.training.tasks import Task

Tasks = Callable[[], Mapping[str, Task]]
ANEW = N_("{title} (with new rows {day})")


@dataclass(frozen=True)
class Retraining:
    """What a run says of how it came to be: of which version, and with which new rows.

    ``rows`` is the SHA-256 of the new rows with their answers. Of ``new`` ones ``learned`` were learned from and
    ``tested`` held out; ``test_rows`` were left out as they are old test rows, ``known`` as they were learned from
    already, ``untold`` and ``unfit`` as they have no true answer or a value that does not fit. ``others`` is how many
    rows were learned from beside them. ``since`` and ``until`` are in ISO 8601, empty where that is not known.
    """

    model: str
    version: int
    run: str
    task: str
    only_new: bool
    rows: str
    source: str
    new: int
    learned: int
    tested: int
    others: int
    test_rows: int = 0
    known: int = 0
    untold: int = 0
    unfit: int = 0
    since: str = ""
    until: str = ""


@dataclass(frozen=True)
class Prepared:
    """Rows that are kept, and what is said of them: all that it takes to launch."""

    parent: Parent
    task: Task
    told: Retraining


def look(parent: Parent, rows: NewRows, settings: Settings, *, only_new: bool) -> Retraining:
    """Return what would be said of the rows, and keep nothing.

    Raises:
        DataError: they cannot be learned from; the sentence says why.
    """
    return _told(parent, rows, combined(parent.task, old_rows(parent, settings), rows, only_new=only_new), only_new)


def prepare(
    actor: Actor, parent: Parent, rows: NewRows, settings: Settings, tasks: Tasks, *, only_new: bool
) -> Prepared:
    """Keep the rows by their content, those of before and the new ones, as a task that workers find.

    Raises:
        DataError: they cannot be learned from; the sentence says why.
        StoreError: the folder cannot be written.
        PizarraError: ``actor`` may not.
    """
    actor.check("keep_table")
    old = old_rows(parent, settings)
    found = combined(parent.task, old, rows, only_new=only_new)
    title = translate(ANEW).format(
        title=translate(parent.task.title).partition(" (")[0], day=f"{datetime.now():%Y-%m-%d %H-%M}"
    )
    kept = keep_with_new_rows(
        actor, settings.cache_dir, parent.task, found.frame, sides=found.sides, title=title, file=rows.source,
        made_up=not only_new and old.loaded.origin == "stand-in",
    )  # fmt: skip
    return Prepared(parent, tasks()[kept.name], _told(parent, rows, found, only_new))


def _told(parent: Parent, rows: NewRows, found: Combined, only_new: bool) -> Retraining:
    answered = rows.features.assign(**{parent.task.target: rows.answers.astype("str")})
    return Retraining(
        parent.version.model, parent.version.number, parent.run.run_id, parent.task.name, only_new,
        content_sha256(answered), rows.source, found.new, found.learned, found.tested, found.others, found.test_rows,
        found.known, rows.untold, rows.unfit,
        *(moment.isoformat(timespec="seconds") if moment else "" for moment in (rows.since, rows.until)),
    )  # fmt: skip


def scheduled(store: Store, actor: Actor, prepared: Prepared, tags: Mapping[str, str] | None = None) -> Job:
    """Create the run that waits for its turn and return its job, which compares both versions at its end.

    Raises:
        StoreError: the store does not take it.
        PizarraError: ``actor`` may not train.
    """
    parent, task = prepared.parent, prepared.task
    said = {RETRAINED_TAG: json.dumps(asdict(prepared.told), ensure_ascii=False)}
    then = partial(
        compare, task=task, old=parent.to_open, model=parent.version.model, version=parent.version.number
    )  # fmt: skip
    return schedule(
        store, actor, task, parent.recipe.algorithm.name, parent.recipe.params, experiment=parent.recipe.experiment,
        tags={**(tags or {}), **said}, effort=parent.effort, then=then,
    )  # fmt: skip


def retraining_of(tags: Mapping[str, str]) -> Retraining | None:
    """Return what a run's tags say of how it came to be; None where it was not trained anew."""
    try:
        return Retraining(**read_json(tags[RETRAINED_TAG]))
    except (KeyError, TypeError, ValueError):  # another program, or a later version of us, wrote it
        return None


def register_retrained(store: Store, actor: Actor, run_id: str, stage: Stage = "None") -> int:
    """Register a run that was trained anew as a version of its parent's model, once, and put it in a stage.

    Raises:
        StoreError: it was not trained anew or has no model, the stage is Production, which is people's to decide, or
            the store refuses.
        PizarraError: ``actor`` may not.
    """
    actor.check("register")
    if stage not in {"None", "Staging"}:
        raise StoreError(
            N_("What was trained anew goes to Staging at most, but {stage} was asked."),
            N_("Move it on the Registry page, with its evidence in sight."),
            stage=repr(stage),
        )
    told = retraining_of(get_run(store, run_id).tags)
    if told is None:
        raise StoreError(
            N_("The run {run_id} was not trained anew from a version."), N_("Register it itself."), run_id=run_id
        )
    known = versions_of_run([find_model(store, told.model)], run_id)
    number = known[0].number if known else register(store, actor, run_id, told.model)
    if stage == "Staging" and not (known and known[0].stage in {"Staging", "Production"}):
        why = translate(N_("Trained anew from version {version}.")).format(version=told.version)
        promotion.move(store, actor, promotion.Move(told.model, number, "Staging", why=why))
    return number
