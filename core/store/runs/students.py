"""Under which name of a class a run shows who trained it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import pandas as pd

from core.access import Actor
from core.store.connection import Store, answering
from core.store.runs.tables import STUDENT_TAG, Run, Runs
from core.store.runs.tracking import find_runs


def without_students(runs: Runs) -> Runs:
    """Return runs as if nobody had said who trained them."""
    return replace(runs, info=runs.info.assign(student=""), tags=runs.tags.drop(columns=STUDENT_TAG, errors="ignore"))


def without_student(run: Run) -> Run:
    """Return a run as if nobody had said who trained it."""
    return replace(run, tags={name: value for name, value in run.tags.items() if name != STUDENT_TAG})


def rename_student(store: Store, actor: Actor, before: Collection[str], after: str, since: datetime) -> list[str]:
    """Show the runs that somebody trained under one of these names since a moment under another; return their ids.

    Raises:
        StoreError: the store does not answer.
        PizarraError: ``actor`` may not.
    """
    actor.check("lead")
    runs = find_runs(store, f"tags.`{STUDENT_TAG}` LIKE '%'")
    if not len(runs):
        return []
    theirs = runs.tags[STUDENT_TAG].isin(list(before)) & (pd.to_datetime(runs.info["start"], utc=True) >= since)
    renamed = list(runs.info.index[theirs])
    with answering(store.uri):
        for run_id in renamed:
            store.client.set_tag(run_id, STUDENT_TAG, after)
    return renamed
