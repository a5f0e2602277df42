"""The Open Inference Protocol (KServe's and MLServer's version 2): tensors become rows, and answers become tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import ModelError, PizarraError
from core.i18n import N_, translate
from core.prediction.answers import Predictions
from core.prediction.schema import Answer, InputField, starting_values
from core.process.asked import AskedVersion
from core.process.memory import kept
from core.serving.answers import asked_rows, label, plain
from core.serving.inputs import read_record
from core.serving.problems import WrongField, WrongInputsError
from core.serving.protocol import MOST_ROWS
from core.serving.served import Served
from core.training.tasks import Limit

DATATYPES = {
    "double": "FP64", "float": "FP32", "long": "INT64", "integer": "INT32", "boolean": "BOOL", "string": "BYTES",
    "datetime": "BYTES",
}  # fmt: skip
PREDICT, CHANCES, NAMES = "predict", "predict_proba", "class_name"
ROWS = -1  # the protocol's word for a length that may be any


def metadata(served: Served) -> dict[str, Any]:
    """Return what the protocol calls the metadata of a model."""
    return {
        "name": served.model.name,
        "versions": [str(version.number) for version in served.model.versions],
        "platform": "mlflow",
        "inputs": [
            {"name": one.name, "datatype": DATATYPES[one.dtype], "shape": [ROWS, 1], "parameters": _of_field(one)}
            for one in served.asked.fields
        ],
        "outputs": [{**one, "shape": [ROWS, *one["shape"][1:]]} for one in _outputs(served)],
    }


@dataclass(frozen=True)
class Inferred:
    """An answer, and what it was an answer to."""

    told: dict[str, Any]
    rows: Sequence[Mapping[str, Answer]]
    said: Predictions


def infer(served: Served, document: Any, limits: Sequence[Limit] = ()) -> Inferred:
    """Answer a request to ``infer``.

    Inputs are columns by name, or one tensor that has all of them in the model's order. Unless others are asked for,
    the answer is the tensor ``predict``.

    Raises:
        PizarraError: it is no such request.
        WrongInputsError: an input is not as the model wants it, or there is no such output.
        ModelError: the model refuses a row.
    """
    if not isinstance(document, dict) or not isinstance(document.get("inputs"), list) or not document["inputs"]:
        raise PizarraError(
            N_("The request must be a JSON object with a list of tensors under “inputs”."),
            N_("Each has a name, a shape, a datatype and data; the model's address tells which it wants."),
        )
    rows = [read_record(row, served.asked.fields, limits) for row in _rows(document["inputs"], served.asked.fields)]
    said = asked_rows(served.asked, rows)
    tensors = _answers(served.asked, said)
    wanted = _wanted(document.get("outputs"), list(tensors))
    told = {
        "model_name": served.model.name,
        "model_version": str(served.version.number),
        "outputs": [tensors[name] for name in wanted],
    }
    return Inferred(told | ({"id": str(document["id"])} if document.get("id") is not None else {}), rows, said)


def _of_field(field: InputField) -> dict[str, Any]:
    return {"optional": True} if field.optional else {}


def _outputs(served: Served) -> list[dict[str, Any]]:
    """Return what a version answers with: it is asked of typical values, as only answers tell if there are chances.

    Where it refuses those, only what its task tells.
    """
    return _tensors_of(served.asked)


@kept(lambda asked: asked.key, max_entries=256)
def _tensors_of(asked: AskedVersion) -> list[dict[str, Any]]:
    try:
        said = asked_rows(asked, [starting_values(asked.fields)])
    except ModelError:
        kind = "BYTES" if asked.predictor.task == "classification" and not asked.predictor.class_names else "FP64"
        return [{"name": PREDICT, "datatype": kind, "shape": [1]}]
    tensors = _answers(asked, said).values()
    return [{name: value for name, value in one.items() if name != "data"} for one in tensors]


def _wanted(outputs: Any, known: Sequence[str]) -> list[str]:
    named = outputs if isinstance(outputs, list) else []
    names = [str(one.get("name")) if isinstance(one, dict) else str(one) for one in named]
    wrong = [WrongField(name, name, translate(N_("is no output of this model")), {"values": list(known)})
             for name in names if name not in known]  # fmt: skip
    if wrong:
        raise WrongInputsError(wrong)
    return names or [PREDICT]


def _rows(tensors: Sequence[Any], fields: Sequence[InputField]) -> list[dict[str, Any]]:
    """Return the records that tensors hold."""
    columns: dict[str, list[Any]] = {}
    names = [field.name for field in fields if not field.is_parameter]
    for tensor in tensors:
        name, shape, data = _tensor(tensor)
        width = 1 if len(shape) == 1 else shape[1]
        if len(tensors) == 1 and len(shape) == 2 and width == len(names) and (width > 1 or name not in names):
            columns = {column: data[place::width] for place, column in enumerate(names)}
        elif width != 1:
            raise _wrong_tensor(name, shape, translate(N_("must be one column of a value a row")))
        else:
            columns[name] = data
    lengths = {len(data) for data in columns.values()}
    if len(lengths) != 1 or not 0 < min(lengths) <= MOST_ROWS:
        raise PizarraError(
            N_("All tensors must have as many rows, from 1 to {most}, but they have {given}."),
            N_("Correct their shapes."),
            most=MOST_ROWS,
            given=", ".join(map(str, sorted(lengths))),
        )
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _tensor(tensor: Any) -> tuple[str, list[int], list[Any]]:
    """Return the name, the shape and the data of a tensor, row by row, whether it came nested or flat."""
    if not isinstance(tensor, dict) or not isinstance(tensor.get("name"), str):
        raise _wrong_tensor("inputs", tensor, translate(N_("must be tensors with a name, a shape and data")))
    name, shape, data = tensor["name"], tensor.get("shape"), tensor.get("data")
    if not isinstance(shape, list) or not _is_shape(shape) or not isinstance(data, list):
        raise _wrong_tensor(name, shape, translate(N_("must have a shape of one or two lengths, and a list of data")))
    flat = [value for part in data for value in (part if isinstance(part, list) else [part])]
    count = shape[0] * (shape[1] if len(shape) == 2 else 1)
    if len(flat) != count:
        raise _wrong_tensor(name, shape, translate(N_("has another number of values than its shape says")))
    return name, shape, flat


def _is_shape(shape: Sequence[Any]) -> bool:
    return len(shape) in {1, 2} and all(type(one) is int and one > 0 for one in shape)


def _wrong_tensor(name: str, given: Any, problem: str) -> WrongInputsError:
    return WrongInputsError([WrongField(name, given, problem, {"shape": [ROWS, 1]})])


def _answers(asked: AskedVersion, said: Predictions) -> dict[str, dict[str, Any]]:
    """Return all tensors that a version can answer with, by name."""
    count = len(said.values)
    if not said.is_class:
        values = [plain(value) for value in said.values.tolist()]
        return {PREDICT: {"name": PREDICT, "datatype": "FP64", "shape": [count], "data": values}}
    words = said.values.tolist()
    labels = [label(asked, word) for word in words]
    kind = "INT64" if all(isinstance(one, int) for one in labels) else "BYTES"
    tensors = {
        PREDICT: {"name": PREDICT, "datatype": kind, "shape": [count], "data": labels},
        NAMES: {"name": NAMES, "datatype": "BYTES", "shape": [count], "data": words},
    }
    if said.probabilities is not None:
        table = said.probabilities
        tensors[CHANCES] = {"name": CHANCES, "datatype": "FP64", "shape": list(table.shape),
                            "parameters": {"classes": list(table.columns)},
                            "data": table.to_numpy().ravel().tolist()}  # fmt: skip
    return tensors
