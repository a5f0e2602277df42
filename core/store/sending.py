"""Send to its store what a run logs: step by step, metrics last, and each step may be repeated."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelStatus, Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.models import Model, infer_signature
from mlflow.utils.time import get_current_time_millis

from core.collector import collector_paused
from core.store.connection import Store, pages
from core.store.patience import patiently
from core.store.record import DatasetRecord, ModelRecord, RunRecord
from core.store.trust import TRUSTED_TYPES

MODEL_NAME = "model"
DESCRIPTION = ("name", "digest", "source_type", "source", "schema", "profile")  # what MLflow keeps of a dataset


@dataclass(frozen=True)
class Results:
    """All that a run logs, as it is sent.

    ``files`` is the folder in which they lie, ``measured`` when the metrics were, in milliseconds; ``dataset`` is what
    MLflow keeps of it, by ``DESCRIPTION``.
    """

    params: Mapping[str, str]
    tags: Mapping[str, str]
    metrics: Mapping[str, float]
    measured: int
    dataset: Mapping[str, str]
    model: ModelRecord
    files: Path


def prepare(record: RunRecord, folder: Path, measured: int | None = None) -> Results:
    """Write a run's files into a folder, and return all that it logs."""
    _write_files(folder, record)
    return Results(
        params={name: str(value) for name, value in record.params.items()},
        tags={**record.tags, **record.measured},
        metrics=record.metrics,
        measured=measured or get_current_time_millis(),
        dataset=described(record.dataset),
        model=record.model,
        files=folder,
    )


def send(store: Store, run_id: str, results: Results, *, patient: bool = True, again: bool = False) -> str:
    """Send everything and return the model's address; ``again`` where some of it may be there from before.

    The run's metrics come last, so that whoever sees them sees all the rest too. Whoever is ``patient`` waits for about
    a minute for a store that is away.
    """
    client, attempt = store.client, patiently if patient else _once
    now = results.measured
    attempt(
        partial(
            client.log_batch,
            run_id,
            params=[Param(name, value) for name, value in results.params.items()],
            tags=[RunTag(name, value) for name, value in results.tags.items()],
        )
    )
    attempt(partial(send_dataset, store, run_id, results.dataset))
    attempt(partial(client.log_artifacts, run_id, str(results.files)))
    model_uri: str = attempt(_ModelSender(store, run_id, results.model, again))
    metrics = [Metric(name, value, now, 0) for name, value in results.metrics.items()]
    attempt(partial(client.log_batch, run_id, metrics=metrics))
    return model_uri


def _once(do: Callable[[], Any]) -> Any:
    return do()


def described(dataset: DatasetRecord) -> dict[str, str]:
    """Return what MLflow keeps of a dataset, by ``DESCRIPTION``.

    Its schema is told from two rows that say of each column what all do, as MLflow looks at every word of a table.
    """
    told = _as_mlflow(dataset, _telling_rows(dataset.frame))._to_mlflow_entity()
    profile = json.dumps(_as_mlflow(dataset, dataset.frame).profile)
    return {name: getattr(told, name) for name in DESCRIPTION} | {"profile": profile}


def _as_mlflow(dataset: DatasetRecord, frame: pd.DataFrame) -> Any:
    return mlflow.data.from_pandas(
        frame,
        source=CodeDatasetSource({"mlflow.source.name": dataset.source}),
        name=dataset.name,
        targets=dataset.target,
        digest=dataset.sha256[:32],  # MLflow's databases keep 36 characters
    )


def _telling_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a value of each column and, where it has gaps, a gap; all rows where there are other types than ours."""
    if not all(dtype == "float64" or dtype == "str" for dtype in frame.dtypes):
        return frame
    rows = {name: column.iloc[[_place(~column.isna()), _place(column.isna())]] for name, column in frame.items()}
    return pd.DataFrame({name: column.reset_index(drop=True) for name, column in rows.items()})


def _place(wanted: pd.Series) -> int:
    return int(np.argmax(wanted.to_numpy())) if len(wanted) else 0


def send_dataset(store: Store, run_id: str, dataset: Mapping[str, str]) -> None:
    """Say which data the run used.

    Two runs that are the first to use a dataset both try to add it, and MLflow refuses the later one; asked again, it
    finds the dataset. What is really wrong fails again.
    """
    used = DatasetInput(Dataset(**dataset), [InputTag("mlflow.data.context", "training")])
    try:
        store.client.log_inputs(run_id, [used])
    except MlflowException:
        store.client.log_inputs(run_id, [used])


def _write_files(folder: Path, record: RunRecord) -> None:
    for path in (*record.tables, *record.documents, *record.pictures):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    for path, table in record.tables.items():
        table.to_parquet(folder / path)
    for path, document in record.documents.items():
        (folder / path).write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    for path, picture in record.pictures.items():
        (folder / path).write_bytes(picture)


@dataclass
class _ModelSender:
    """Logs a run's model, once however often it is called."""

    store: Store
    run_id: str
    model: ModelRecord
    again: bool

    def __call__(self) -> str:
        if self.again and (found := self._logged_before()):
            return found
        self.again = True
        return _log_model(self.store, self.run_id, self.model)

    def _logged_before(self) -> str:
        """Return the address of a model that came through; one that did not is deleted."""
        client = self.store.client
        experiment_id = client.get_run(self.run_id).info.experiment_id
        wanted = f"source_run_id = '{self.run_id}'"
        for model in list(pages(client.search_logged_models, experiment_ids=[experiment_id], filter_string=wanted)):
            if model.name == MODEL_NAME and model.status == LoggedModelStatus.READY:
                return str(model.model_uri)
            if model.name == MODEL_NAME:
                client.delete_logged_model(model.model_id)
        return ""


def _log_model(store: Store, run_id: str, model: ModelRecord) -> str:
    """Log the pipeline as skops, with its requirements given: letting MLflow infer them costs seconds a run.

    MLflow logs into the process-wide store, and into the experiment of its active run: where there is none, it is told.
    """
    answers = model.estimator.predict(model.input_example)
    with warnings.catch_warnings():  # class labels are integers and never missing, whatever MLflow hints
        warnings.filterwarnings("ignore", message=".*integer column.*")
        signature = infer_signature(model.input_example, answers)
    with collector_paused():  # a model is written as many small things without circles
        info = Model.log(
            artifact_path=None,
            name=MODEL_NAME,
            flavor=_Flavor,
            flavor_name="mlflow.sklearn",
            run_id=run_id,
            model_id=None if mlflow.active_run() else _new_model(store, run_id),
            sk_model=model.estimator,
            signature=signature,
            input_example=model.input_example,
            pip_requirements=list(model.requirements),
            serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_SKOPS,
            skops_trusted_types=list(TRUSTED_TYPES),
            validate_serving_input=False,
        )
    return str(info.model_uri)


class _Flavor:
    """MLflow's flavor of scikit-learn, whose models need not be opened a second time, as a server would, when logged.

    Saving opens them, and fails where that fails; the second time MLflow only warns, in a log that nobody reads.
    """

    @staticmethod
    def save_model(*, validate_serving_input: bool, **given: Any) -> None:
        """Save a model without what is said to ``Model.log`` but handed on here too."""
        mlflow.sklearn.save_model(**given)


def _new_model(store: Store, run_id: str) -> str:
    run = store.client.get_run(run_id)
    made = store.client.create_logged_model(
        run.info.experiment_id, name=MODEL_NAME, source_run_id=run_id, params=run.data.params
    )
    return str(made.model_id)
