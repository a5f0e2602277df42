"""Write sweeps and their trials: a sweep is a run whose children are its trials, which log scores and no model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from mlflow.entities import Metric, Param, RunTag
from mlflow.utils.time import get_current_time_millis

from core.access import Actor
from core.store.connection import Store, answering
from core.store.ends import settle, settle_or_note
from core.store.full_disk import reason_of
from core.store.owner import owner
from core.store.patience import patiently
from core.store.record import FOLDS_TABLE, DatasetRecord
from core.store.runs.tables import ENDED, FAILURE_TAG, OWNER_TAG, PROGRESS_TAG, STARTED_TAG
from core.store.sending import described, send_dataset
from core.store.writer import schedule_run


@dataclass(frozen=True)
class TrialRecord:
    """What a trial logs: parameters, scores, tags, its data, and a line for each fold."""

    params: Mapping[str, object]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    dataset: DatasetRecord
    folds: pd.DataFrame = field(default_factory=pd.DataFrame)


def begin_sweep(store: Store, actor: Actor, *, experiment: str, name: str, tags: Mapping[str, str]) -> str:
    """Create the run of a sweep, which runs from now on, and return its id.

    Raises:
        StoreError: the store does not answer.
        PizarraError: ``actor`` may not.
    """
    actor.check("train")
    with answering(store.uri):
        run_id = schedule_run(store, actor, experiment=experiment, name=name, tags=tags)
        _begin(store, run_id, "sweeping")
    return run_id


def reopen_sweep(store: Store, actor: Actor, run_id: str, tags: Mapping[str, str]) -> None:
    """Have a sweep that ended run again, in this process; what it says of its end is taken back.

    Raises:
        StoreError: the store does not answer.
        PizarraError: ``actor`` may not.
    """
    actor.check("train")
    ours = {**tags, OWNER_TAG: owner(), PROGRESS_TAG: "sweeping"}
    with answering(store.uri):
        store.client.log_batch(run_id, tags=[RunTag(key, value) for key, value in ours.items()])
        if FAILURE_TAG in store.client.get_run(run_id).data.tags:
            store.client.delete_tag(run_id, FAILURE_TAG)
        store.client.update_run(run_id, status="RUNNING")


def note_sweep(store: Store, run_id: str, tags: Mapping[str, str]) -> None:
    """Keep with a sweep's run what has become of it.

    Raises:
        StoreError: the store does not answer.
    """
    with answering(store.uri):
        store.client.log_batch(run_id, tags=[RunTag(key, value) for key, value in tags.items()])


def end_sweep(store: Store, run_id: str, *, status: str, reason: str = "") -> None:
    """End a sweep's run, with a ``reason`` where it is not FINISHED; one that has ended stays as it is.

    Raises:
        StoreError: the store does not answer.
    """
    with answering(store.uri):
        if reason:
            settle(store, run_id, status=status, reason=reason)
        elif store.client.get_run(run_id).info.status not in ENDED:
            store.client.set_terminated(run_id, status)


@dataclass(frozen=True)
class TrialWriter:
    """Writes into a trial's run."""

    store: Store
    run_id: str

    def write(self, record: TrialRecord) -> None:
        """Write everything, the metrics last; a run that somebody ended meanwhile stays as it is.

        Raises:
            MlflowException: the store did not take it within a minute.
        """
        if self._has_ended:
            return
        client = self.store.client
        self._tell(record)
        patiently(partial(send_dataset, self.store, self.run_id, described(record.dataset)))
        if len(record.folds):
            with TemporaryDirectory() as folder:
                path = Path(folder, FOLDS_TABLE)
                path.parent.mkdir()
                record.folds.to_parquet(path)
                patiently(partial(client.log_artifact, self.run_id, str(path), str(Path(FOLDS_TABLE).parent)))
        now = get_current_time_millis()
        metrics = [Metric(key, value, now, 0) for key, value in record.metrics.items()]
        patiently(partial(client.log_batch, self.run_id, metrics=metrics))

    def give_up(self, record: TrialRecord, reason: str) -> None:
        """End the run as KILLED, with what was measured so far among its tags. Raises as ``write``."""
        if not self._has_ended:
            self._tell(record)
            patiently(partial(settle, self.store, self.run_id, status="KILLED", reason=reason))

    def _tell(self, record: TrialRecord) -> None:
        params = [Param(name, str(value)) for name, value in record.params.items()]
        tags = [RunTag(name, value) for name, value in record.tags.items()]
        patiently(partial(self.store.client.log_batch, self.run_id, params=params, tags=tags))

    @property
    def _has_ended(self) -> bool:
        return patiently(partial(self.store.client.get_run, self.run_id)).info.status in ENDED


@contextmanager
def writing_trial(store: Store, run_id: str) -> Iterator[TrialWriter]:
    """Mark a trial's run as running inside the block, then as finished, or as failed with its reason."""
    patiently(partial(_begin, store, run_id, "cross-validating"))
    try:
        yield TrialWriter(store, run_id)
        patiently(partial(end_sweep, store, run_id, status="FINISHED"))
    except BaseException as error:  # whatever ends the block, the run must not stay RUNNING for ever
        settle_or_note(store, run_id, status="FAILED", reason=reason_of(error))
        raise


def _begin(store: Store, run_id: str, stage: str) -> None:
    told = {STARTED_TAG: str(get_current_time_millis()), PROGRESS_TAG: stage}
    store.client.log_batch(run_id, tags=[RunTag(key, value) for key, value in told.items()])
    store.client.update_run(run_id, status="RUNNING")
