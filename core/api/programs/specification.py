"""What each route takes and gives, for the OpenAPI document, and the paths of the models that answer now."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any
from urllib.parse import quote

from core.api.programs import schemas
from core.errors import PizarraError
from core.prediction.schema import input_fields, starting_values
from core.process import asked, cache
from core.serving.inputs import record_schema
from core.serving.limits import Tasks, limits_of
from core.serving.protocol import TABLES

SAYS = {
    "name": "The registered model",
    "id": "The id of a row, exactly as its table has it: 007 is not 7",
    "which": "A stage (Production, Staging), the number of a version, or @alias",
}
EXAMPLES: Mapping[str, str] = {"id": "007", "name": "iris-classifier", "which": "Production"}
ERRORS = {
    400: "An input, or the request, is not as it must be",
    401: "A token is asked for, or this one is not known",
    403: "This token does not hold for this model",
    404: "There is no such model, version or stage",
    408: "The request took too long to come in",
    413: "The request is too large",
    415: "The request has another content type, or is compressed",
    429: "There are too many requests",
    500: "Something went wrong here",
    503: "The model does not load, or the store does not answer",
    504: "The answer took too long",
}
MOST_MODELS = 50  # whose own paths are listed

ROWS = {
    "instances": {"type": "array", "items": {}, "description": "Rows, as lists in the model's order or as objects"},
    "inputs": {"description": "Columns by name, or rows"},
    "dataframe_split": {
        "type": "object",
        "properties": {
            "columns": {"type": "array", "items": {}},
            "data": {"type": "array", "items": {"type": "array"}},
        },
    },
    "dataframe_records": {"type": "array", "items": {"type": "object"}},
    "params": {"type": "object", "description": "Parameters of the model's signature"},
}
TABLE = {"type": "object", "properties": ROWS, "oneOf": [{"required": [name]} for name in TABLES]}
RECORD = {"type": "object", "description": "A value for each input of the model", "additionalProperties": True}
OPTIONS = {
    "inputs": RECORD,
    "of": {"type": "string", "description": "The class that is followed; without it, the one that is answered"},
}
TENSORS = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "inputs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "shape": {
                        "type": "array",
                        "items": {"type": "integer", "minimum": 1},
                        "minItems": 1,
                        "maxItems": 2,
                    },
                    "datatype": {"type": "string"},
                    "data": {"type": "array", "items": {}},
                },
                "required": ["name", "shape", "data"],
            },
        },
        "outputs": {"type": "array", "items": {"type": "object", "required": ["name"]}},
    },
    "required": ["inputs"],
}
TRUTH = {
    "type": "object",
    "properties": {
        "request_id": {"type": "string", "description": "The id of the request: its answer's X-Request-Id"},
        "row": {"type": "integer", "minimum": 0, "description": "Which of its rows, where it had several"},
        "truth": {"type": ["string", "number", "boolean"], "description": "A number, or the word for a class"},
    },
    "required": ["request_id", "truth"],
}
BODIES: Mapping[str, Mapping[str, Any]] = {
    "table": {
        "application/json": {"schema": TABLE, "example": {"instances": [[5.1, 3.5, 1.4, 0.2]]}},
        "text/csv": {"schema": {"type": "string"}},
        "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
    },
    "rows": {"application/json": {"schema": TABLE, "example": {"instances": [[5.1, 3.5, 1.4, 0.2]]}}},
    "record": {"application/json": {"schema": RECORD}},
    "truth": {
        "application/json": {"schema": {"anyOf": [TRUTH, {"type": "array", "items": TRUTH, "minItems": 1}]}},
        "text/csv": {"schema": {"type": "string"}},
        "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
    },
    "tensors": {"application/json": {"schema": TENSORS}},
    "explain": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": OPTIONS,
                "required": ["inputs"],
                "additionalProperties": False,
            }
        }
    },
    "what-if": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": OPTIONS
                | {
                    "along": {"type": "string", "description": "One input; without it, each in turn"},
                    "steps": {"type": "integer", "minimum": 2, "maximum": 200, "default": 21},
                },
                "required": ["inputs"],
                "additionalProperties": False,
            }
        }
    },
}


def taking(path: str, body: str = "") -> dict[str, Any]:
    """Return what a route takes: the parameters in its path, and what is sent."""
    names = re.findall(r"{(\w+)(?::\w+)?}", path)
    said: dict[str, Any] = {
        "parameters": [
            {
                "name": name, "in": "path", "required": True, "description": SAYS.get(name, name),
                "schema": {"type": "string"}, "example": EXAMPLES.get(name, name),
            }
            for name in names
        ]
    }  # fmt: skip
    return said | ({"requestBody": {"required": True, "content": deepcopy(dict(BODIES[body]))}} if body else {})


def failing(codes: Sequence[int]) -> dict[int | str, dict[str, Any]]:
    """Return how a route may fail."""
    return {code: {"model": schemas.Error, "description": ERRORS[code]} for code in codes}


def with_models(document: dict[str, Any], tasks: Tasks) -> dict[str, Any]:
    """Return an OpenAPI document with a path for each live version, which says what its inputs may be.

    A model whose files cannot be read now, or that does not say what it wants, has none.
    """
    document = deepcopy(document)
    general = document["paths"].get("/models/{name}/{which}/predict", {}).get("post")
    if general is None:
        return document
    for model in cache.models()[:MOST_MODELS]:
        for version in asked.live(model):
            try:
                fields = input_fields(cache.model_files(version))  # which opens no model
            except PizarraError:
                continue
            own = deepcopy(general)
            own["operationId"] = f"predict {model.name} {version.stage}"
            own["summary"] = f"Ask {model.name}, {version.stage} (version {version.number})"
            own["parameters"] = []
            own["tags"] = [model.name]
            schema = {
                "schema": record_schema(fields, limits_of(version, tasks)), "example": starting_values(fields),
            }  # fmt: skip
            own["requestBody"] = {"required": True, "content": {"application/json": schema}}
            document["paths"][f"/models/{quote(model.name, safe='')}/{version.stage}/predict"] = {"post": own}
    return document
