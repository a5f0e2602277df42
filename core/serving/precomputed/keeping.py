"""Keep the answers of scored files to be looked up: all of them at once in the stead of those before, or none."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

from core.access import Actor
from core.errors import ModelError
from core.i18n import N_
from core.prediction.tables.identified import ScoredFile, identified_rows, scored_file
from core.prediction.tables.matching import listed
from core.serving.precomputed.batches import Batch, Place, Table
from core.store.connection import name_of
from core.store.registry.registered_models import Version


def place_of(store_uri: str, model: str, which: str) -> Place:
    """Return where answers are kept: of which store and model, and as it is asked for (``references.called``)."""
    return Place(blake2b(name_of(store_uri).encode(), digest_size=12).hexdigest(), model, which)


def keep(actor: Actor, table: Table, place: Place, version: Version, results: Sequence[Path], column: str) -> Batch:
    """Keep the answers of results, each by the id in a column, and return what is kept now.

    Until that is done, and where it fails, what was kept before is looked up.

    Raises:
        ModelError: a file is no result of this version, has no such column, or an id is missing, is no id, or is there
            twice.
        PizarraError: ``actor`` may not, or there is no room.
    """
    actor.check("precompute")
    files = [scored_file(path, column) for path in results]
    for file in files:
        _check_source(file, version)
    batch = table.begin()
    try:
        rows = answered = 0
        for file in files:
            for part in identified_rows(file, column):
                if double := table.add(batch, part):
                    raise ModelError(
                        N_("Every id must be there once, but these are in column {column} more often: {ids}."),
                        N_("Choose another column, or leave all but one of those rows out."),
                        column=repr(column),
                        ids=listed(list(double)),
                    )
                rows += len(part)
                answered += sum(not row.problem for row in part)
        oldest = min(files, key=lambda file: file.at)
        about = Batch(
            version.number, version.run_id, oldest.source.cutoff, oldest.at, actor.name, column, rows, answered
        )  # fmt: skip
        table.put_in_force(place, batch, about)
    except BaseException:
        table.drop(batch)
        raise
    return about


def _check_source(file: ScoredFile, version: Version) -> None:
    source = file.source
    if (source.model, source.number) != (version.model, version.number) or source.run_id not in {"", version.run_id}:
        raise ModelError(
            N_("The answers of {model}, version {version}, were asked for, but {name} has those of {other}, version "
               "{number}."),
            N_("Score the table with that version, or name the one that has scored it."),
            model=version.model,
            version=version.number,
            name=repr(file.path.name),
            other=source.model,
            number=source.number,
        )  # fmt: skip
