"""MLflow's scoring protocol: requests are read, held against the signature and answered by MLflow's own code."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.pyfunc import PyFuncModel, scoring_server
from mlflow.sklearn import _SklearnModelWrapper

from core.collector import collector_paused
from core.errors import ModelError
from core.i18n import N_
from core.store.foreign.pool import ForeignModel
from core.store.foreign.process import unreadable
from core.store.models import ModelFiles

LARGE = 256 * 1024  # bytes of a request in which Python's collector takes longer than the reading
LOGGED_ROWS = 1000  # of a request, that are handed on beside its answer
LONGEST_REASON = 600  # characters


class NotScoredError(ModelError):
    """MLflow refuses a request; ``code`` is its name for why, ``status`` what its server answers with."""

    def __init__(self, reason: str, code: str, status: int) -> None:
        self.code, self.status, self.reason = code, status, reason
        super().__init__(
            N_("The model could not be asked this: {reason}"),
            N_("Correct the request; the address without its last part tells what the model wants."),
            reason=reason,
        )

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.reason, self.code, self.status)


@dataclass(frozen=True)
class Scored:
    """An answer as MLflow's server gives it: its text is JSON.

    ``rows`` are the first rows that were asked about, as plain values by input, ``answers`` what was said of them; both
    are empty where the model was not asked about a table.
    """

    text: str
    rows: Mapping[str, list[Any]]
    answers: list[Any]
    count: int


def score(files: ModelFiles, model: Any, body: bytes, content_type: str) -> Scored:
    """Answer a request to ``/invocations`` as ``mlflow models serve`` does, with a model that is loaded already.

    Rows without names are taken in the order of the signature, where MLflow would look for names in vain.

    Raises:
        NotScoredError: MLflow refuses it.
        ModelError: the process of a foreign model ended, or was too slow.
    """
    if isinstance(model, ForeignModel):
        said = model.run(_score_there, files, body, content_type)
        return _told(said)
    return _told(_score(as_pyfunc(files, model), body, content_type))


def as_pyfunc(files: ModelFiles, model: Any) -> PyFuncModel:
    """Return a loaded model as MLflow's server would load it; the model itself is shared."""
    if isinstance(model, PyFuncModel):
        return model
    if "sklearn" not in files.flavors:
        return mlflow.pyfunc.load_model(str(files.folder))
    metadata = files.metadata or Model.load(str(files.folder))
    return PyFuncModel(metadata, _SklearnModelWrapper(model), predict_fn=files.answers_by)


def _score_there(model: Any, files: ModelFiles, body: bytes, content_type: str) -> dict[str, Any]:
    """Answer in the model's own process, where it is wrapped once."""
    if _wrapped.get("folder") != files.folder:
        _wrapped.update(folder=files.folder, model=as_pyfunc(files, model))
    return _score(_wrapped["model"], body, content_type)


_wrapped: dict[str, Any] = {}


class _Noting:
    """A model that notes what it is asked and what it says, for whoever keeps it."""

    def __init__(self, model: PyFuncModel) -> None:
        self._model, self.metadata = model, model.metadata
        self.given: Any = None
        self.said: Any = None

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """Answer as the model does."""
        self.given = _named(data, self.metadata.get_input_schema())
        self.said = self._model.predict(self.given, params=params)
        return self.said


def _named(data: Any, schema: Any) -> Any:
    """Return rows without names under those of the signature, where they are as many."""
    if schema is None or schema.is_tensor_spec() or not schema.has_input_names():
        return data
    names = schema.input_names()
    if isinstance(data, pd.DataFrame):
        nameless = list(data.columns) == list(range(len(names)))
        return data.set_axis(names, axis=1) if nameless and not set(data.columns) & set(names) else data
    if getattr(data, "ndim", 0) == 2 and data.shape[1] == len(names):
        return pd.DataFrame(data, columns=names)
    return data


def _score(model: PyFuncModel, body: bytes, content_type: str) -> dict[str, Any]:
    """Return the answer as plain data, which may come from another process: a text and rows, or why there is none."""
    noting = _Noting(model)
    many_lists = collector_paused() if len(body) > LARGE else nullcontext()
    try:
        with many_lists:
            answer = scoring_server.invocations(body, content_type, noting, model.metadata.get_input_schema())
    except RecursionError:
        return {"code": "BAD_REQUEST", "status": 400, "reason": "lists or objects lie in each other without end"}
    except MlflowException as error:
        return {"code": error.error_code, "status": error.get_http_status_code(), "reason": _reason(error)}
    if answer.status != 200:
        return {"code": "BAD_REQUEST", "status": answer.status, "reason": answer.response[:LONGEST_REASON]}
    count = len(noting.said) if hasattr(noting.said, "__len__") else 1
    return {"text": answer.response, "rows": _plain_rows(noting.given), "answers": _plain_answers(noting.said),
            "count": count}  # fmt: skip


def _reason(error: MlflowException) -> str:
    """Return what MLflow says without the data that it repeats."""
    message = str(error.message)
    return message.rsplit("Error: ", 1)[-1].strip()[:LONGEST_REASON] or message[:LONGEST_REASON]


def _plain_rows(given: Any) -> dict[str, list[Any]]:
    if not isinstance(given, pd.DataFrame):
        return {}
    first = given.head(LOGGED_ROWS)
    return {str(name): [_plain(value) for value in first[name].tolist()] for name in first}


def _plain_answers(said: Any) -> list[Any]:
    if not isinstance(said, list | np.ndarray | pd.Series):
        return []
    first = said[:LOGGED_ROWS]
    return [_plain(value) for value in (first if isinstance(first, list) else first.tolist())]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _told(said: Any) -> Scored:
    """Return what a model said, or raise why it did not; its own process may say anything."""
    try:
        if "text" not in said:
            raise NotScoredError(str(said["reason"]), str(said["code"]), int(said["status"]))
        return Scored(str(said["text"]), dict(said["rows"]), list(said["answers"]), int(said["count"]))
    except (KeyError, TypeError, ValueError) as error:
        raise unreadable() from error
