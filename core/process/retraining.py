"""Train a version anew with new rows, by the workers: for pages, and for rules that nobody looks after."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event

from core import words
from core.access import Actor
from core.errors import TrainingError
from core.i18n import N_
from core.monitoring.logged import logged_rows as rows_in_log
from core.process import known_tasks, shared
from core.process.asked import consented
from core.retraining import launching
from core.retraining.comparison import FairComparison, read_comparison
from core.retraining.launching import Retraining
from core.retraining.new_rows import NewRows, rows_of_log, rows_of_table
from core.retraining.parents import Parent, parent_of
from core.serving.logged import log_folder
from core.settings import settings
from core.store.registry.references import version_named
from core.store.registry.stages import Stage
from core.store.runs.tables import ENDED, STUDENT_TAG
from core.store.runs.tracking import get_run
from core.tables.csv_records import Source
from core.training.doubts import findable

LOOK_SECONDS = 0.5


class StoppedError(TrainingError):
    """Somebody stopped the run that was to train a version anew."""


@dataclass(frozen=True)
class Retrained:
    """What came of training a version anew; ``version`` is the new one, None where it was not registered."""

    run_id: str
    comparison: FairComparison
    version: int | None


def parent(named: str) -> Parent:
    """Return the version that is meant (``wine/Production``), as something that can be trained anew.

    Raises:
        StoreError: there is no such version.
        DataError: it learned none of our tasks, or cannot be launched again.
    """
    store = shared.store()
    version, _cutoff = version_named(store, named)
    allowed = [version.model] if consented(version) else []
    return parent_of(store, named, known_tasks.tasks(), allowed)


def labelled_rows(
    named: str, *, since: datetime, until: datetime | None = None, origins: Collection[str] = ()
) -> NewRows:
    """Return the rows that a version was asked and whose true answers were told, by all ways or by these ``origins``.

    Raises:
        StoreError: there is no such version.
        DataError: it cannot be trained anew, or the log masks an input.
    """
    meant = parent(named)
    fields, masked = meant.opened.fields, settings().log_mask
    found = rows_in_log(
        log_folder(), meant.version.model, meant.version.number, fields, since, origins=origins, masked=masked,
        classes=meant.opened.predictor.classes,
    )  # fmt: skip
    if until is not None:
        _later, found = found.since(until)
    return rows_of_log(found, fields, masked)


def table_rows(named: str, source: Source, name: str = "", *, most: int | None = None) -> NewRows:
    """Return the rows of a table with true answers; ``name`` is what its file is called.

    Raises:
        StoreError: there is no such version.
        DataError: the version cannot be trained anew, or the table lacks true answers.
        ModelError: it is no table, or lacks inputs.
    """
    meant = parent(named)
    called = name or (source.name if isinstance(source, Path) else "table")
    return rows_of_table(
        source, called, meant.opened, meant.task.target, by=meant.task.division.column, most=most
    )  # fmt: skip


def look(named: str, rows: NewRows, *, only_new: bool = False) -> Retraining:
    """Return what would be said of the rows, and keep nothing.

    Raises:
        PizarraError: they cannot be learned from; the sentence says why.
    """
    return launching.look(parent(named), rows, settings(), only_new=only_new)


def retrain(actor: Actor, named: str, rows: NewRows, *, only_new: bool = False) -> str:
    """Have the workers train a version anew, on its rows and new ones or on these alone, and return the run's id.

    Raises:
        DataError: the rows cannot be learned from; the sentence says why.
        StoreError: there is no such version, or the store does not take the run.
        TrainingError: there is no cluster to train on; no run is created then.
        PizarraError: ``actor`` may not keep rows, or not train.
    """
    actor.check("keep_table")
    actor.check("train")
    prepared = launching.prepare(actor, parent(named), rows, settings(), known_tasks.tasks, only_new=only_new)
    jobs, store = shared.jobs(), shared.store()
    jobs.start()
    with jobs.room_for(actor), shared.writing(), findable(store) as mark:
        whose = {STUDENT_TAG: actor.name} if actor.name else {}
        job = launching.scheduled(store, actor, prepared, {**whose, **mark})
        jobs.submit(actor, job)
    return job.run_id


def outcome(run_id: str) -> FairComparison | None:
    """Return how a new version does against the old one; None while it waits or is trained.

    Raises:
        TrainingError: the run failed, or, as a StoppedError, somebody stopped it.
        StoreError: there is no such run, or its comparison cannot be read.
    """
    run = get_run(shared.store(), run_id)
    if run.status not in ENDED:
        return None
    if run.status != "FINISHED":
        raise (StoppedError if run.status == "KILLED" else TrainingError)(
            N_("The version was not trained anew: {reason}"),
            N_("Look at the run, correct what was wrong and start again."),
            reason=words.failure(run),
        )
    return read_comparison(shared.store(), run_id)


def register(actor: Actor, run_id: str, stage: Stage = "None") -> int:
    """Register a run that was trained anew as a version of its parent's model, in Staging where that is asked.

    Raises:
        StoreError: it was not trained anew or has no model, Production was asked, or the store refuses.
        PizarraError: ``actor`` may not.
    """
    actor.check("register")
    with shared.writing([run_id]):
        return launching.register_retrained(shared.store(), actor, run_id, stage)


def carry_out(
    actor: Actor, named: str, rows: NewRows, *, only_new: bool = False, stage: Stage = "Staging",
    if_better: bool = True, unwanted: Event | None = None,
) -> Retrained:  # fmt: skip
    """Train a version anew, wait for it, and register it, with ``if_better`` only where it is better on new rows.

    Raises:
        TrainingError: the run failed, or somebody set ``unwanted`` meanwhile, which stops it.
        PizarraError: as ``retrain`` and ``register``.
    """
    actor.check("register")
    run_id, wanted = retrain(actor, named, rows, only_new=only_new), unwanted or Event()
    while (found := outcome(run_id)) is None:
        if wanted.wait(LOOK_SECONDS):
            shared.jobs().stop(actor, shared.store(), run_id)
            raise TrainingError(N_("This was stopped before it was done."))
    is_taken = found.is_better and not found.is_worse_before if if_better else True
    return Retrained(run_id, found, register(actor, run_id, stage) if is_taken else None)
