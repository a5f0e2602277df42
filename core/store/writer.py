"""The one writer: it turns a ``RunRecord`` into an MLflow run that is complete or marked as failed."""

from __future__ import annotations

import json
import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import mlflow
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.entities import DatasetInput, InputTag, Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, RESOURCE_DOES_NOT_EXIST, ErrorCode
from mlflow.utils.git_utils import get_git_commit
from mlflow.utils.time import get_current_time_millis

from core.access import Actor
from core.errors import StoreError
from core.i18n import N_
from core.store.connection import Store, sqlite_path
from core.store.owner import owner
from core.store.record import DatasetRecord, ModelRecord, RunRecord
from core.store.runs.tables import ENDED, FAILURE_TAG, GIT_COMMIT_TAG, OWNER_TAG, PROGRESS_TAG, STARTED_TAG
from core.store.runs.tracking import get_run
from core.store.trust import TRUSTED_TYPES

MODEL_NAME = "model"
METRICS_AT_ONCE = 1000  # MLflow takes no more
LONGEST_REASON = 2000  # characters; MLflow refuses tags over 8,000


def schedule_run(store: Store, actor: Actor, *, experiment: str, name: str, tags: Mapping[str, str]) -> str:
    """Create a run that waits for its turn and return its id; the experiment is made when missing.

    Raises:
        PizarraError: ``actor`` may not.
    """
    actor.check("train")
    run = store.client.create_run(
        _experiment_id(store, experiment),
        run_name=name,
        tags={**tags, **_code_version(), PROGRESS_TAG: "queued", OWNER_TAG: owner()},
    )
    store.client.update_run(run.info.run_id, status="SCHEDULED")
    return str(run.info.run_id)


def take_run(store: Store, actor: Actor, run_id: str, *, name: str, tags: Mapping[str, str]) -> None:
    """Make a run that another program began (``mlflow run``, for one) wait for its turn like ours.

    Raises:
        StoreError: there is no such run, or it has ended.
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
    return (path.resolve().parent / "mlartifacts" / re.sub(r"[^\w.-]+", "-", experiment)).as_uri()


def settle(store: Store, run_id: str, *, status: str, reason: str) -> None:
    """End a run with ``status`` and ``reason``, unless it has already ended; its first reason stays.

    A run that somebody deleted for good needs no end.
    """
    try:
        run = store.client.get_run(run_id)
    except MlflowException as error:
        if error.error_code == ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
            return
        raise
    if run.info.status in ENDED:
        return
    store.client.set_tag(run_id, FAILURE_TAG, reason[:LONGEST_REASON])
    store.client.set_terminated(run_id, status)


@dataclass(frozen=True)
class RunWriter:
    """Writes into one run."""

    store: Store
    run_id: str

    def progress(self, stage: str) -> None:
        """Say what is happening, for everybody who looks at the run."""
        self.store.client.set_tag(self.run_id, PROGRESS_TAG, stage)

    def log_steps(self, steps: Sequence[tuple[str, int, float]]) -> None:
        """Log what was measured while a model learned: the metric, the step and the value each."""
        now = get_current_time_millis()
        metrics = [Metric(name, value, now, step) for name, step, value in steps]
        for begin in range(0, len(metrics), METRICS_AT_ONCE):
            self.store.client.log_batch(self.run_id, metrics=metrics[begin : begin + METRICS_AT_ONCE])

    def write(self, record: RunRecord) -> str:
        """Write everything and return the model's address.

        The run's scores come last, so that whoever sees them sees all the rest too.
        """
        self.progress("saving")
        client = self.store.client
        client.log_batch(
            self.run_id,
            params=[Param(name, str(value)) for name, value in record.params.items()],
            tags=[RunTag(name, value) for name, value in {**record.tags, **record.measured}.items()],
        )
        self._log_dataset(dataset_input(record.dataset))
        with tempfile.TemporaryDirectory() as folder:
            _write_artifacts(Path(folder), record)
            client.log_artifacts(self.run_id, folder)
        model_uri = _log_model(record.model)
        now = get_current_time_millis()
        client.log_batch(self.run_id, metrics=[Metric(k, v, now, 0) for k, v in record.metrics.items()])
        return model_uri

    def _log_dataset(self, dataset: DatasetInput) -> None:
        """Say which data the run used.

        Two runs that are the first to use a dataset both try to add it, and MLflow refuses the later one; asked
        again, it finds the dataset. What is really wrong fails again.
        """
        try:
            self.store.client.log_inputs(self.run_id, [dataset])
        except MlflowException:
            self.store.client.log_inputs(self.run_id, [dataset])


@contextmanager
def writing(store: Store, run_id: str) -> Iterator[RunWriter]:
    """Mark the run as running inside the block, then as finished, or as failed with its reason.

    MLflow's model logging needs its process-wide active run, so one process writes one run at a time.
    """
    mlflow.set_tracking_uri(store.uri)
    mlflow.start_run(run_id=run_id)
    try:
        store.client.set_tag(run_id, STARTED_TAG, str(get_current_time_millis()))
        yield RunWriter(store, run_id)
    except BaseException as error:  # whatever ends the block, the run must not stay RUNNING for ever
        with suppress(MlflowException):  # a store that is away; what went wrong before is what is to be told
            settle(store, run_id, status="FAILED", reason=str(error) or type(error).__name__)
        with suppress(MlflowException):
            mlflow.end_run("FAILED")
        raise
    mlflow.end_run("FINISHED")


def dataset_input(dataset: DatasetRecord) -> DatasetInput:
    """Return what MLflow is told of a dataset."""
    logged = mlflow.data.from_pandas(
        dataset.frame,
        source=CodeDatasetSource({"mlflow.source.name": dataset.source}),
        name=dataset.name,
        targets=dataset.target,
        digest=dataset.sha256[:32],  # MLflow's databases keep 36 characters
    )
    return DatasetInput(logged._to_mlflow_entity(), [InputTag("mlflow.data.context", "training")])


def _write_artifacts(folder: Path, record: RunRecord) -> None:
    for path in (*record.tables, *record.documents, *record.pictures):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    for path, table in record.tables.items():
        table.to_parquet(folder / path)
    for path, document in record.documents.items():
        (folder / path).write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    for path, picture in record.pictures.items():
        (folder / path).write_bytes(picture)


def _log_model(model: ModelRecord) -> str:
    """Log the pipeline as skops, with its requirements given: letting MLflow infer them costs seconds a run."""
    answers = model.estimator.predict(model.input_example)
    with warnings.catch_warnings():  # class labels are integers and never missing, whatever MLflow hints
        warnings.filterwarnings("ignore", message=".*integer column.*")
        signature = infer_signature(model.input_example, answers)
    info = mlflow.sklearn.log_model(
        model.estimator,
        name=MODEL_NAME,
        signature=signature,
        input_example=model.input_example,
        pip_requirements=list(model.requirements),
        serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_SKOPS,
        skops_trusted_types=list(TRUSTED_TYPES),
    )
    return str(info.model_uri)
