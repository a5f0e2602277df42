"""The one writer: it turns a ``RunRecord`` into an MLflow run that is complete or marked as failed."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from uuid import uuid4

import mlflow
from mlflow.entities import Metric, RunTag
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode
from mlflow.utils.git_utils import get_git_commit
from mlflow.utils.time import get_current_time_millis

from core.access import Actor
from core.errors import StoreError, UnwrittenError
from core.i18n import N_
from core.settings import settings
from core.store.connection import Store, accepting, answering, sqlite_path
from core.store.ends import settle_noted, settle_or_note
from core.store.full_disk import reason_of
from core.store.kept_results import keep
from core.store.owner import owner
from core.store.patience import is_of_store, may_pass, patiently
from core.store.record import RunRecord
from core.store.refusals import AWAY
from core.store.runs.tables import ENDED, GIT_COMMIT_TAG, LAUNCH_TAG, OWNER_TAG, PROGRESS_TAG, STARTED_TAG
from core.store.runs.tracking import get_run
from core.store.sending import prepare, send
from core.store.twins import forget_twins
from core.systems import folder_name

logger = logging.getLogger(__name__)

METRICS_AT_ONCE = 1000  # MLflow takes no more
# Kept in a tag as they stand here, with MLflow's own words in a line below; pages translate them.
KEPT = N_("The store did not take this run's results. They were kept on the computer that trained it.")
UNKEPT = N_("The store did not take this run's results, and they could not be kept on the computer that trained it.")


def schedule_run(store: Store, actor: Actor, *, experiment: str, name: str, tags: Mapping[str, str]) -> str:
    """Create a run that waits for its turn and return its id; the experiment is made when missing.

    Raises:
        StoreError: the store did not take it.
        PizarraError: ``actor`` may not.
    """
    actor.check("train")
    with accepting(
        N_("The run could not be created: {reason}"), N_("Nothing was launched. {advice}"), N_("Try again later.")
    ):
        into, launch = _experiment_id(store, experiment), tags.get(LAUNCH_TAG) or uuid4().hex
        ours = {**tags, **_code_version(), LAUNCH_TAG: launch, PROGRESS_TAG: "queued", OWNER_TAG: owner()}
        run_id = str(store.client.create_run(into, run_name=name, tags=ours).info.run_id)
        patiently(partial(store.client.update_run, run_id, status="SCHEDULED"))  # else it would seem to run
        forget_twins(store, into, launch, run_id)
    return run_id


def take_run(store: Store, actor: Actor, run_id: str, *, name: str, tags: Mapping[str, str]) -> None:
    """Make a run that another program began (``mlflow run``, for one) wait for its turn like ours.

    Raises:
        StoreError: there is no such run, it has ended, or the store refuses.
        PizarraError: ``actor`` may not.
    """
    actor.check("train")
    run = get_run(store, run_id)
    if run.status in ENDED:
        raise StoreError(
            N_("The run in MLFLOW_RUN_ID must not have ended, but {run_id} has."),
            N_("Unset MLFLOW_RUN_ID: a run of its own is made then."),
            run_id=run_id,
        )
    ours = {**tags, **_code_version(), PROGRESS_TAG: "queued", OWNER_TAG: owner()}
    with accepting():
        store.client.update_run(run_id, name=name)
        store.client.log_batch(run_id, tags=[RunTag(key, value) for key, value in ours.items()])


@cache
def _code_version() -> Mapping[str, str]:
    """Return the commit of this code, where it is a clone."""
    commit = get_git_commit(str(Path(__file__).parent))
    return {GIT_COMMIT_TAG: commit} if commit else {}


def _experiment_id(store: Store, name: str) -> str:
    """Return the experiment's id; a deleted one of that name is restored rather than refused."""
    experiment = store.client.get_experiment_by_name(name)
    if experiment is None:
        try:
            return str(store.client.create_experiment(name, artifact_location=_artifact_location(store, name)))
        except MlflowException as error:  # somebody else was quicker
            if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
                raise
            experiment = store.client.get_experiment_by_name(name)
    if experiment.lifecycle_stage != "active":
        store.client.restore_experiment(experiment.experiment_id)
    return str(experiment.experiment_id)


def _artifact_location(store: Store, experiment: str) -> str | None:
    """Keep a SQLite store's artifacts beside its file, wherever the process was started; a server decides itself.

    The folder's name has only letters, digits and dashes: MLflow mistakes ``%`` in paths. Two experiments may share
    a folder, as every run has its own below it.
    """
    path = sqlite_path(store.uri)
    if path is None:
        return None
    return (path.resolve().parent / "mlartifacts" / folder_name(experiment)).as_uri()


@dataclass
class RunWriter:
    """Writes into one run."""

    store: Store
    run_id: str
    _record: RunRecord | None = field(default=None, init=False, repr=False)
    _measured: int = field(default=0, init=False)

    def progress(self, stage: str) -> None:
        """Say what is happening, for everybody who looks at the run; nothing is lost where nobody hears it."""
        try:
            self.store.client.set_tag(self.run_id, PROGRESS_TAG, stage)
        except MlflowException as error:
            logger.warning("Run %s cannot say that it is %s: %s", self.run_id, stage, error)

    def log_steps(self, steps: Sequence[tuple[str, int, float]]) -> None:
        """Log what was measured while a model learned: the metric, the step and the value each.

        Raises:
            StoreError: the store does not answer.
        """
        now = get_current_time_millis()
        metrics = [Metric(name, value, now, step) for name, step, value in steps]
        for begin in range(0, len(metrics), METRICS_AT_ONCE):
            with answering(self.store.uri):
                self.store.client.log_batch(self.run_id, metrics=metrics[begin : begin + METRICS_AT_ONCE])

    def write(self, record: RunRecord) -> str:
        """Write everything and return the model's address.

        Where the store does not take it, the results are kept on this computer once ``writing`` ends.
        """
        self._record, self._measured = record, get_current_time_millis()
        with tempfile.TemporaryDirectory() as folder:
            results = prepare(record, Path(folder), self._measured)
            saving = replace(results, tags={**results.tags, PROGRESS_TAG: "saving"})
            return send(self.store, self.run_id, saving)

    def add(self, documents: Mapping[str, object], tags: Mapping[str, str]) -> None:
        """Add JSON documents, by their paths, and tags to what is written."""
        with tempfile.TemporaryDirectory() as folder:
            for path, document in documents.items():
                file = Path(folder, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
            patiently(partial(self.store.client.log_artifacts, self.run_id, folder))
        told = [RunTag(name, value) for name, value in tags.items()]
        patiently(partial(self.store.client.log_batch, self.run_id, tags=told))

    def kept_after(self, error: BaseException) -> BaseException:
        """Return what to say of a run that ended by an error, having kept its results where only the store failed."""
        if self._record is None or not is_of_store(error):
            return error
        folder = settings().cache_dir
        try:
            keep(folder, self.run_id, partial(prepare, self._record, measured=self._measured))
        except (OSError, ValueError) as reason:
            logger.exception("The results of run %s cannot be kept", self.run_id)
            return UnwrittenError(UNKEPT, reason=f"{reason_of(error)} {reason}")
        return UnwrittenError(KEPT, reason=reason_of(error))


@contextmanager
def writing(store: Store, run_id: str) -> Iterator[RunWriter]:
    """Mark the run as running inside the block, then as finished, or as failed with its reason.

    MLflow has a process-wide active run, so one process writes one run at a time.

    Raises:
        UnwrittenError: the run was trained, but its store did not take its results.
        StoreError: the store did not answer, so that nothing was begun.
    """
    mlflow.set_tracking_uri(store.uri)
    _start(store, run_id)
    settle_noted(store)  # now that it answers
    run = RunWriter(store, run_id)
    try:
        patiently(partial(store.client.set_tag, run_id, STARTED_TAG, str(get_current_time_millis())))
        yield run
        patiently(partial(_finish, store, run_id))
    except BaseException as error:  # whatever ends the block, the run must not stay RUNNING for ever
        told = run.kept_after(error)
        settle_or_note(store, run_id, status="FAILED", reason=reason_of(told))
        with suppress(MlflowException):
            mlflow.end_run("FAILED")
        if told is error:
            raise
        raise told from error


def _start(store: Store, run_id: str) -> None:
    try:
        patiently(partial(mlflow.start_run, run_id=run_id))
    except (MlflowException, OSError) as error:
        if not may_pass(error):  # there is no such run, or it may not be written to
            raise
        settle_or_note(store, run_id, status="FAILED", reason=f"{AWAY}\n{reason_of(error)}")
        with answering(store.uri):
            raise


def _finish(store: Store, run_id: str) -> None:
    """End the run as finished; MLflow lets go of its active run even where that fails, and would not end it again."""
    if mlflow.active_run() is not None:
        mlflow.end_run("FINISHED")
    else:
        store.client.set_terminated(run_id, "FINISHED")
