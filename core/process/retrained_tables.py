"""Tables that retraining made: which runs learned from them, which versions need them, and what nothing needs goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.access import Actor
from core.process import cache, shared
from core.settings import settings
from core.store.registry.registered_models import RegisteredModel, Version, list_models
from core.store.runs.tables import ENDED, TASK_TAG
from core.store.runs.tracking import NoSuchRunError, get_run, list_experiments, list_runs
from core.training.tables.kept import TableTask, delete_table, kept_tables

YOUNG = timedelta(hours=1)  # for which a table stays: the run that it was made for may not be there yet


@dataclass(frozen=True)
class Made:
    """A table that retraining made, the runs of this store that learned from it, by id and name, and who needs it.

    It is ``needed_by`` the registered versions of those runs, and by ``waiting`` ones that have not ended. Of a
    ``foreign`` one no run here learned: it may be another store's.
    """

    table: TableTask
    runs: tuple[tuple[str, str], ...]
    needed_by: tuple[Version, ...]
    waiting: int
    is_young: bool

    @property
    def is_foreign(self) -> bool:
        """Tell whether nothing in this store learned from it."""
        return not self.runs and not self.needed_by

    @property
    def may_go(self) -> bool:
        """Tell whether it was used here and nothing needs it any more."""
        return not (self.needed_by or self.waiting or self.is_young or self.is_foreign)


def tables() -> list[TableTask]:
    """Return the tables that retraining made, the oldest first, without asking the store."""
    return [one for one in kept_tables(settings().cache_dir).tasks if one.base]


def made_by_retraining() -> list[Made]:
    """Return the tables that retraining made, the oldest first, with what the store has of them: a search for each.

    Raises:
        StoreError: the store does not answer.
    """
    found = tables()
    if not found:
        return []
    store = shared.store()
    needs, experiments = _needs(list_models(store)), [one.experiment_id for one in list_experiments(store)]
    return [_made(one, needs.get(one.name, ()), experiments) for one in found]


def clean(actor: Actor) -> list[TableTask]:
    """Delete the tables of retraining that nothing here needs any more, and return them; runs and models stay.

    Raises:
        StoreError: the store does not answer, or the folder cannot be written.
        PizarraError: ``actor`` may not.
    """
    actor.check("keep_table")
    gone = [one.table for one in made_by_retraining() if one.may_go]
    for table in gone:
        delete_table(actor, settings().cache_dir, table.name)
    return gone


def _made(table: TableTask, needed_by: Sequence[Version], experiments: Sequence[str]) -> Made:
    found = list_runs(shared.store(), experiments, filter_string=f"tags.`{TASK_TAG}` = '{table.name}'")
    waiting = int((~found.info["status"].isin(ENDED)).sum()) if len(found) else 0
    names = [str(name) for name in found.info["name"]] if len(found) else []
    return Made(table, tuple(zip(found.ids, names, strict=True)), tuple(needed_by), waiting, _is_young(table))


def _needs(models: Sequence[RegisteredModel]) -> dict[str, list[Version]]:
    """Return the versions by the task that their run learned, also where somebody has deleted that run."""
    versions = [version for model in models for version in model.versions if version.run_id]
    told: dict[str, object] = dict(cache.known_runs([version.run_id for version in versions]).info["task"])
    found: dict[str, list[Version]] = {}
    for version in versions:
        if version.run_id not in told:
            told[version.run_id] = _task_of(version.run_id)
        found.setdefault(str(told[version.run_id] or ""), []).append(version)
    return found


def _task_of(run_id: str) -> str:
    try:
        return get_run(shared.store(), run_id).tags.get(TASK_TAG, "")
    except NoSuchRunError:  # of another store, or gone for good
        return ""


def _is_young(table: TableTask) -> bool:
    try:
        return datetime.now(UTC) - datetime.fromisoformat(table.created) < YOUNG
    except (ValueError, TypeError):  # nobody knows when it was made
        return False
