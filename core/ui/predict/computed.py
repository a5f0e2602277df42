"""What is worked out once about an open version and kept for all visitors."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.errors import ModelError
from core.prediction import reference, typicality
from core.prediction.relations import Relation, relations
from core.prediction.typicality import Reference
from core.ui.predict.version_choice import AskedVersion


def training_rows(asked: AskedVersion) -> pd.DataFrame | None:
    """Return up to 500 of the rows a version learned from; None where its run stored none. Never change them."""
    return _training_rows(asked, asked.key)


@st.cache_resource(show_spinner=False, max_entries=64)
def _training_rows(_asked: AskedVersion, key: str) -> pd.DataFrame | None:
    return reference.training_rows(_asked.files, _asked.fields)


def kept_together(asked: AskedVersion) -> tuple[Relation, ...]:
    """Return what all rows that a version learned from keep together; nothing where its run stored none."""
    return _kept_together(asked, asked.key)


@st.cache_resource(show_spinner=False, max_entries=64)
def _kept_together(_asked: AskedVersion, key: str) -> tuple[Relation, ...]:
    return relations(_asked.fields, training_rows(_asked))


def influence(asked: AskedVersion) -> pd.Series:
    """Return how far each input moves a version's answers, largest first; empty where that cannot be told."""
    return _influence(asked, f"{asked.key} {asked.output}")


@st.cache_resource(show_spinner=False, max_entries=64)
def _influence(_asked: AskedVersion, key: str) -> pd.Series:
    rows = training_rows(_asked)
    if rows is None:
        return pd.Series(dtype=float)
    try:
        return reference.influence(_asked.predictor, rows)
    except ModelError:  # it says so itself when it is asked
        return pd.Series(dtype=float)


def typical(asked: AskedVersion) -> Reference | None:
    """Return what tells how typical an input is; None where the version's run stored no training rows."""
    return _typical(asked, asked.key)


@st.cache_resource(show_spinner=False, max_entries=64)
def _typical(_asked: AskedVersion, key: str) -> Reference | None:
    return typicality.reference(_asked.files, _asked.fields)
