"""Look an answer up that was made before, and say by which version it is and whether that still is the one asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.i18n import N_, translate
from core.serving.precomputed.batches import Batch, Found, Place, Table
from core.serving.precomputed.keeping import place_of
from core.serving.problems import NotThereError
from core.serving.references import answering_version
from core.store.registry.cutoffs import read_cutoff
from core.store.registry.references import called
from core.store.registry.registered_models import RegisteredModel, Version

NO_ID = ""  # that no row has: for what is kept beside the rows
OTHER_VERSION = N_("Version {made_by} made this answer, but version {now} is what is asked for now.")
OTHER_RUN = N_("Version {made_by} is of another run now than when it made this answer.")
OTHER_CUTOFF = N_("The cut-off of the model was another one when this answer was made.")


@dataclass(frozen=True)
class Kept:
    """Answers that are looked up: all of them, where they are kept, why they are stale, and the id of one of them."""

    batch: Batch
    which: str
    why_stale: str | None
    an_id: str | None


def kept_for(table: Table, store_uri: str, model: RegisteredModel, which: str) -> Kept | None:
    """Return what is looked up where a version is asked for, None where nothing was made before.

    Raises:
        NotThereError: no such version answers.
        NotReadyError: the server that keeps answers does not answer.
    """
    now = answering_version(model, which)
    place, found = _found(table, store_uri, model, which, now, NO_ID)
    if found is None:
        return None
    why = _why_stale(found.batch, now, read_cutoff(model.tags))
    return Kept(found.batch, place.which, why, table.an_id(place))


def kept_at(table: Table, store_uri: str, model: str, which: str) -> Batch | None:
    """Return what is kept under exactly this name, whether or not it is what a look-up would find there.

    Raises:
        NotReadyError: the server that keeps answers does not answer.
    """
    found = table.find(place_of(store_uri, model, called(which)), NO_ID)
    return None if found is None else found.batch


def look_up(table: Table, store_uri: str, model: RegisteredModel, which: str, row_id: str) -> dict[str, Any]:
    """Return the answer to a row, as plain data: which version made it and when, and whether it is ``stale``.

    It is what was kept for ``which`` itself; where another version made that, or nothing is kept there, what was kept
    for the number of the version that ``which`` means now.

    Raises:
        NotThereError: no such version answers, nothing was made before, or not for this row.
    """
    now = answering_version(model, which)
    _place, found = _found(table, store_uri, model, which, now, row_id)
    if found is None:
        raise NotThereError(
            N_("No answers of {model} as {which} were made before."),
            N_("Have them made: python -m trainers precompute MODEL --data FILE --id COLUMN."),
            model=model.name,
            which=repr(which),
        )
    batch, row = found.batch, found.row
    if row is None:
        raise NotThereError(
            N_("Of the {rows} answers of {model} that version {version} made before, none has the id {id}."),
            N_("Ids are those of column {column}, exactly as they are written there: 007 is not 7."),
            rows=batch.rows,
            model=model.name,
            version=batch.version,
            id=repr(row_id),
            column=repr(batch.column),
        )
    if row.problem:
        raise NotThereError(
            N_("The row with the id {id} was not answered, as it had this problem: {problem}"),
            N_("Correct it in the table and have answers made again, or ask with /predict."),
            id=repr(row_id),
            problem=row.problem,
        )
    why = _why_stale(batch, now, read_cutoff(model.tags))
    return {
        "id": row.id,
        **row.answer,
        "model": model.name,
        "version": batch.version,
        "made": batch.at.isoformat(),
        "stale": why is not None,
        "why_stale": why,
        "version_now": now.number,
        "stage": now.stage,
    }


def _found(
    table: Table, store_uri: str, model: RegisteredModel, which: str, now: Version, row_id: str
) -> tuple[Place, Found | None]:
    place = place_of(store_uri, model.name, called(which))
    found = table.find(place, row_id)
    if found is not None and found.batch.version == now.number:
        return place, found
    # Before a version came into its stage, its answers may have been made under its number
    by_number = place_of(store_uri, model.name, str(now.number))
    made_before = table.find(by_number, row_id)
    return (place, found) if made_before is None else (by_number, made_before)


def _why_stale(batch: Batch, now: Version, cutoff: float | None) -> str | None:
    if batch.version != now.number:
        return translate(OTHER_VERSION).format(made_by=batch.version, now=now.number)
    if batch.run_id and batch.run_id != now.run_id:
        return translate(OTHER_RUN).format(made_by=batch.version)
    if batch.cutoff != cutoff:
        return translate(OTHER_CUTOFF)
    return None
