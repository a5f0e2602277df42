"""Load registered and logged models, and say what they want to know, without running anybody's code unasked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.artifacts import download_artifacts
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.types.schema import Array, DataType, Object

from core.errors import ModelError, StoreError
from core.foreign_json import read_json
from core.i18n import N_
from core.store.connection import Store
from core.store.foreign.pool import ForeignModel, cannot_open, pool
from core.store.places import PlaceError, bring, place_of, where
from core.store.profiles import readable_profile
from core.store.record import PROFILE_DOCUMENT, SAMPLE_TABLE
from core.store.runs.artifacts import list_place, read_document, read_table
from core.store.traits import Task, kept_categories, task_of_metrics, task_of_words
from core.store.trust import TRUSTED_TYPES


class UntrustedModelError(ModelError):
    """Loading the model would run code that came with it; a person must say so first."""


TENSOR_TYPES = {
    "float64": "double", "float32": "float", "int64": "long", "int32": "integer", "bool": "boolean", "str": "string",
}  # fmt: skip
OWN_FLAVORS = ("sklearn", "xgboost", "lightgbm", "catboost")  # whose objects are asked as they are
HINTED = "_is_signature_from_type_hint"  # of MLflow's signatures
WIDEST_TENSOR = 500  # inputs; a picture has more, and nobody moves each of its points


@dataclass(frozen=True)
class InputColumn:
    """A column of the model's signature; ``type`` is MLflow's (double, long, string, boolean, …).

    What cannot be one value a row has the type ``object``, or the shape of its tensor.
    """

    name: str
    type: str
    required: bool


@dataclass(frozen=True)
class Parameter:
    """A parameter of the model's signature, which is given beside the rows; ``type`` is MLflow's."""

    name: str
    type: str
    default: Any


@dataclass(frozen=True)
class ModelFiles:
    """A model on this machine's disk, described but not loaded.

    ``columns`` is empty without a signature; ``signature`` is all of it, with the types of the answers, as it is
    logged. Columns of a signature without names (``named`` is False) are called 1, 2, … ``outputs`` are the names of
    several answers. ``example`` and ``profile`` are None where nothing was logged. ``task`` is what the description or
    the run's metrics say that the model does; ``hinted``, that the signature is that of a function's type hints.
    ``sample`` holds up to 500 rows of training data, target included. ``metadata`` is MLflow's own description.
    """

    folder: Path
    flavors: Mapping[str, Any]
    columns: Sequence[InputColumn]
    example: pd.DataFrame | None
    profile: Mapping[str, Any] | None
    sample: pd.DataFrame | None
    signature: Mapping[str, Any] | None = None
    named: bool = True
    outputs: Sequence[str] = ()
    task: Task = ""
    hinted: bool = False
    parameters: Sequence[Parameter] = ()
    metadata: Model | None = field(default=None, repr=False, compare=False)

    @property
    def answers_by(self) -> str:
        """The function of the model that MLflow asks."""
        return str(self.flavors.get("python_function", {}).get("predict_fn") or "predict")

    @cached_property
    def runs_code(self) -> bool:
        """Tell whether loading it would run code that came with it."""
        return not _is_safe(self)


def describe_model(store: Store, uri: str, run_id: str = "") -> ModelFiles:
    """Bring a model's files here and read their description; ``run_id`` adds the profile its run logged.

    Raises:
        PlaceError: the place where they are does not answer, or does not let us.
        ModelError: the files are gone, or are no MLflow model.
    """
    try:
        folder = Path(_download(store, uri))
    except PlaceError:
        raise
    except Exception as error:  # a stranger's store may fail in any way
        raise ModelError(
            N_("The files of this model cannot be read."),
            N_("They were removed, or lie on a machine that cannot be reached from here. Choose another version."),
        ) from error
    try:
        model = Model.load(str(folder))
        columns, named = _columns(model)
        signature = model.signature.to_dict() if model.signature else None
        flavors = {name: dict(flavor) for name, flavor in model.flavors.items()}
        hinted = bool(model.signature and getattr(model.signature, HINTED, False))
    except Exception as error:  # a stranger's description may be damaged in any way
        raise ModelError(
            N_("The files of this model cannot be read: its description, MLmodel, has something that is unknown here: "
               "{reason}"),
            N_("Log it again with another signature, or choose another version."),
            reason=f"{type(error).__name__}: {error}"[:300],
        ) from error  # fmt: skip
    profile, sample = _profile(store, uri, run_id)
    return ModelFiles(
        folder, flavors, columns, _example(model, folder), profile, sample, signature, named, _output_names(model),
        _task(store, model, run_id), hinted, _parameters(model), model,
    )  # fmt: skip


def same_signature(a: ModelFiles, b: ModelFiles) -> bool | None:
    """Say whether two models want to know and answer the same, in any order; None where one does not say.

    Which inputs may be left out counts, the order of columns does not.
    """
    if a.signature is None or b.signature is None:
        return None
    return _sides(a.signature) == _sides(b.signature)


def _sides(signature: Mapping[str, Any]) -> list[list[str]]:
    sides = [read_json(signature.get(side) or "[]") for side in ("inputs", "outputs")]
    return [sorted(json.dumps(column, sort_keys=True) for column in side) for side in sides]


def load_model(files: ModelFiles, *, allow_code: bool = False) -> Any:
    """Load the model: here where it can run no code, else in a process of its own, as a ``ForeignModel``.

    Raises:
        UntrustedModelError: it would run code that came with it and ``allow_code`` is not given.
        ModelError: it cannot be loaded here.
    """
    if files.runs_code and not allow_code:
        raise UntrustedModelError(
            N_("This model is stored in a way that runs code when it is opened."),
            N_("Open it only if you know who made it."),
        )
    if files.runs_code:
        foreign = ForeignModel(str(files.folder), load_here, (files,), pool())
        foreign.run(_is_open)
        return foreign
    try:
        import skops.io  # here and not above: it imports all of scikit-learn, and only models need it

        return skops.io.load(_skops_file(files), trusted=list(TRUSTED_TYPES))
    except Exception as error:
        raise cannot_open(f"{type(error).__name__}: {error}") from error


def _is_safe(files: ModelFiles) -> bool:
    """A scikit-learn pipeline stored as skops, with only types we trust and no code beside it, is safe."""
    sklearn = files.flavors.get("sklearn", {})
    pyfunc = files.flavors.get("python_function", {})
    if sklearn.get("serialization_format") != "skops" or sklearn.get("code") or pyfunc.get("code"):
        return False
    import skops.io  # here and not above, as in load_model

    try:
        return set(skops.io.get_untrusted_types(file=_skops_file(files))) <= set(TRUSTED_TYPES)
    except Exception:  # noqa: BLE001 - a file that is gone or damaged in any way is not known to be safe
        return False


def _skops_file(files: ModelFiles) -> Path:
    """The file is looked for beside its description only, whatever path the description gives."""
    return files.folder / Path(str(files.flavors["sklearn"].get("pickled_model", "model.skops"))).name


def _download(store: Store, uri: str) -> str:
    """Return a local folder; for files on this machine MLflow returns them where they are."""
    place = where(store, uri)

    download = partial(download_artifacts, artifact_uri=place, tracking_uri=store.uri, registry_uri=store.uri)
    return str(bring(store, place, partial(list_place, store, place), download))


def prepare_for_code() -> None:
    """Do in the background what a model that runs code waits for, while a person decides whether it may."""
    pool().prepare()


def _is_open(_model: Any) -> bool:
    return True


@dataclass(frozen=True)
class Booster:
    """A raw booster of XGBoost, asked with a table as the others are."""

    booster: Any

    def get_raw_model(self) -> Any:
        """Return the booster, as MLflow's wrappers do."""
        return self.booster

    def predict(self, rows: pd.DataFrame) -> Any:
        """Return its answers."""
        return self.booster.inplace_predict(rows)


def load_here(files: ModelFiles) -> Any:
    """Load a model into this process, whatever code it runs: an estimator where it is one, else MLflow's wrapper.

    Estimators of XGBoost, LightGBM and CatBoost say more themselves. Nor would MLflow's wrapper let through the
    categories that their estimators and raw boosters ask for.
    """
    if "sklearn" in files.flavors:
        return mlflow.sklearn.load_model(str(files.folder))
    for flavor in OWN_FLAVORS[1:]:
        if flavor in files.flavors:
            loaded = getattr(mlflow, flavor).load_model(str(files.folder))
            if hasattr(loaded, "get_params") or getattr(loaded, "pandas_categorical", None):
                return loaded
            if kept_categories(loaded):
                return Booster(loaded)
    return mlflow.pyfunc.load_model(str(files.folder))


def _columns(model: Model) -> tuple[list[InputColumn], bool]:
    """Return the columns of the signature, and whether they have names of their own."""
    schema = model.signature.inputs if model.signature else None
    if schema is None:
        return [], True
    named = bool(schema.has_input_names())
    if not named and len(schema) == 1 and isinstance(schema.inputs[0].type, Object):  # of a type hint: list[Person]
        properties = schema.inputs[0].type.properties
        return [InputColumn(one.name, _type_name(one.dtype), one.required) for one in properties], True
    if not schema.is_tensor_spec():
        return [
            InputColumn(column.name if named else str(place), _type_name(column.type), bool(column.required))
            for place, column in enumerate(schema.inputs, 1)
        ], named
    if named:
        return [InputColumn(tensor.name, _tensor_type(tensor, {(), (1,)}), required=True) for tensor in schema], named
    (tensor,) = schema.inputs
    width = tensor.shape[1] if len(tensor.shape) == 2 else 1
    kind = _tensor_type(tensor, {(), (width,)} if 0 < width <= WIDEST_TENSOR else set())
    count = width if kind in TENSOR_TYPES.values() else 1
    return [InputColumn(str(place), kind, required=True) for place in range(1, count + 1)], named


def _tensor_type(tensor: Any, shapes: set[tuple[int, ...]]) -> str:
    """Return the type of a tensor's values where each row of it has one of these shapes, else how it is shaped."""
    kind = TENSOR_TYPES.get(str(tensor.type), "")
    return kind if kind and tuple(tensor.shape[1:]) in shapes else f"{tensor.type} {tuple(tensor.shape)}"


def _output_names(model: Model) -> list[str]:
    schema = model.signature.outputs if model.signature else None
    return [str(name) for name in schema.input_names()] if schema is not None and schema.has_input_names() else []


def _parameters(model: Model) -> list[Parameter]:
    """Return parameters of one value each; estimators are asked without MLflow's wrapper, which takes them."""
    if model.signature is None or model.signature.params is None or set(OWN_FLAVORS) & set(model.flavors):
        return []
    known = [one for one in model.signature.params if one.shape is None and one.dtype.name in TENSOR_TYPES.values()]
    return [Parameter(str(one.name), str(one.dtype.name), one.default) for one in known]


def _task(store: Store, model: Model, run_id: str) -> Task:
    """Whole numbers may be classes or counts: there the run's metrics tell."""
    told = task_of_words([(model.metadata or {}).get("task"), *(one.get("task") for one in model.flavors.values())])
    schema = model.signature.outputs if model.signature else None
    if told or not run_id or schema is None or len(schema) != 1:
        return told
    (answer,) = schema.inputs
    kind = TENSOR_TYPES.get(str(answer.type), "") if schema.is_tensor_spec() else _type_name(answer.type)
    if kind not in {"long", "integer"}:
        return ""
    try:
        return task_of_metrics(store.client.get_run(run_id).data.metrics)
    except MlflowException:
        return ""


def _type_name(kind: Any) -> str:
    """Return MLflow's name of a type that is one value; other types say themselves what they hold."""
    return kind.name if isinstance(kind, DataType) else "object" if isinstance(kind, Array | Object) else str(kind)


def _example(model: Model, folder: Path) -> pd.DataFrame | None:
    if not model.saved_input_example_info:
        return None
    try:
        example = model.load_input_example(str(folder))
    except Exception:  # noqa: BLE001 - a stranger's example may be damaged in any way; the signature still serves
        return None
    if isinstance(example, pd.DataFrame):
        return example.head(1).reset_index(drop=True)
    if isinstance(example, Mapping):
        return pd.DataFrame({name: np.ravel(value)[:1] for name, value in example.items()})
    if isinstance(example, np.ndarray) and 1 <= example.ndim <= 2:
        row = example[:1].reshape(1, -1)
        return pd.DataFrame(row, columns=[str(place) for place in range(1, row.shape[1] + 1)])
    return None


def _profile(store: Store, uri: str, run_id: str) -> tuple[Mapping[str, Any] | None, pd.DataFrame | None]:
    """Read what our own runs log; runs of other programs have none of it."""
    if not run_id:
        return None, None
    try:
        profile = readable_profile(read_document(store, run_id, PROFILE_DOCUMENT))
        sample = read_table(store, run_id, SAMPLE_TABLE)
    except PlaceError as error:
        if error.place == place_of(store, where(store, uri)):  # it gave the model a moment ago, so it may come back
            raise
        return None, None
    except (StoreError, MlflowException):
        return None, None
    return (None, None) if profile is None else (profile, sample)
