"""What is worked out once about an open version and kept for all visitors."""

from __future__ import annotations

import pandas as pd

from core.errors import ModelError
from core.prediction import reference
from core.prediction import typicality as typical_rows
from core.prediction.relations import Relation, relations
from core.prediction.typicality import Reference
from core.process.asked import AskedModel
from core.process.memory import kept


@kept(lambda asked: asked.key, max_entries=64)
def training_rows(asked: AskedModel) -> pd.DataFrame | None:
    """Return up to 500 of the rows a version learned from; None where its run stored none. Never change them."""
    return reference.training_rows(asked.files, asked.fields)


@kept(lambda asked: asked.key, max_entries=64)
def kept_together(asked: AskedModel) -> tuple[Relation, ...]:
    """Return what all rows that a version learned from keep together; nothing where its run stored none."""
    return relations(asked.fields, training_rows(asked))


@kept(lambda asked: (asked.key, asked.output), max_entries=64)
def influence(asked: AskedModel) -> pd.Series:
    """Return how far each input moves a version's answers, largest first; empty where that cannot be told."""
    rows = training_rows(asked)
    if rows is None:
        return pd.Series(dtype=float)
    try:
        return reference.influence(asked.predictor, rows)
    except ModelError:  # it says so itself when it is asked
        return pd.Series(dtype=float)


@kept(lambda asked: asked.key, max_entries=64)
def typical(asked: AskedModel) -> Reference | None:
    """Return what tells how typical an input is; None where the version's run stored no training rows."""
    return typical_rows.reference(asked.files, asked.fields)
