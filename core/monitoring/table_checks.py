"""Check a whole table that somebody brings, or that a schedule looks at: for the command line and for workers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from core.access import Actor
from core.monitoring.checks import Check, check, listens_to
from core.monitoring.opened import open_for_check, reference_of
from core.monitoring.references import Reference
from core.prediction.reference import training_rows
from core.prediction.tables.typed_table import typed_table
from core.prediction.typicality import reference as typical_rows
from core.store.connection import open_store
from core.store.registry.registered_models import Version


@dataclass(frozen=True)
class TableCheck:
    """What the check of a table found, for which version, and how many rows have a value that does not fit."""

    found: Check
    version: Version
    unfit: int


def check_table(
    actor: Actor,
    store_uri: str,
    named: str,
    table: Path,
    reference: Path | None = None,
    allow_code: Collection[str] = (),
) -> TableCheck:
    """Check the rows of a file for the version that ``named`` means (``open_for_check``).

    They are held against those of the ``reference``, by default those that the model learned from.

    Raises:
        PizarraError: ``actor`` may not have files on this computer read.
        StoreError: there is no such model or version, or the store does not answer.
        DataError: a workbook cannot be read.
        ModelError: the version cannot be opened or asked, a file cannot be read, or there is nothing to compare with.
    """
    actor.check("score_folder")
    opened = open_for_check(open_store(store_uri, make=False), named, allow_code)
    asked = opened.asked
    given = typed_table(table, asked.fields, asked.target)
    held = (
        reference_of(opened)
        if reference is None
        else Reference(typed_table(reference, asked.fields, asked.target).rows, "table")
    )
    learned = training_rows(asked.files, asked.fields)
    found = check(
        asked, held, given.rows, tested=opened.tested,
        weights=None if learned is None else listens_to(asked.predictor, learned),
        known=typical_rows(asked.files, asked.fields),
    )  # fmt: skip
    return TableCheck(found, opened.version, given.unfit)
