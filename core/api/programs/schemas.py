"""What answers look like, for the OpenAPI document: shapes that programs may rely on."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """An answer; what is added later has other names."""

    model_config = ConfigDict(extra="allow")


class WrongField(Answer):
    """An input that is not as it must be."""

    name: str
    given: Any = None
    problem: str = Field(description="What is wrong with it, in the language of Accept-Language")
    may_be: dict[str, Any] = Field(description="What it may be, as JSON Schema where it is an input")


class Error(Answer):
    """Why there is no answer: the same shape for all errors."""

    error_code: str = Field(description="MLflow's name for this kind of error", examples=["BAD_REQUEST"])
    message: str
    what_to_do: str
    fields: list[WrongField] = Field(default_factory=list)
    request_id: str


class Service(Answer):
    """What this is, and where everything lies."""

    service: Literal["Pizarra"]
    version: str
    docs: str
    openapi: str
    models: str
    health: str


class Parts(Answer):
    """What the service needs, and whether it is up."""

    store: Literal["up", "down"]
    artifacts: Literal["up", "down"]
    cluster: Literal["up", "down", "not started"]


class Health(Answer):
    """Whether the served model can be asked."""

    status: Literal["healthy", "unhealthy"]
    model_loaded: bool
    store_answers: bool = Field(default=True, description="False while only what is open answers")
    parts: Parts


class Ping(Answer):
    """That somebody is there."""

    status: Literal["ok"]


class Version(Answer):
    """Which versions answer."""

    version: str
    mlflow: str


class ModelInList(Answer):
    """A registered model; ``stages`` has the versions that answer by their stage."""

    name: str
    description: str
    stages: dict[str, int]
    aliases: dict[str, int]
    versions: int
    latest_version: int | None


class Models(Answer):
    """All registered models."""

    models: list[ModelInList]


class Standing(Answer):
    """Where a version stands."""

    version: int
    stage: Literal["None", "Staging", "Production", "Archived"]
    aliases: list[str]
    created: str
    updated: str
    run_id: str | None


class ModelWhole(Answer):
    """A registered model with its versions; ``asked_as`` are names by which they are asked."""

    name: str
    description: str
    stages: dict[str, int]
    aliases: dict[str, int]
    tags: dict[str, str]
    gates: list[str]
    asked_as: list[str]
    versions: list[Standing]


class VersionWhole(Answer):
    """A version; what cannot be read now is null."""

    model: str
    version: int
    stage: str
    status: str
    gates: list[str]
    run: dict[str, Any] | None
    algorithm: str | None
    task: str | None
    metrics: dict[str, float | None] | None
    signature: dict[str, Any] | None


class Invocations(Answer):
    """Answers as MLflow's scoring server gives them."""

    predictions: Any


class Interval(Answer):
    """Where the true number is with a probability of ``coverage``, by the errors on ``test_rows`` rows."""

    low: float
    high: float
    coverage: float
    test_rows: int


class Typicality(Answer):
    """How typical the inputs are of the rows that the model learned from; null where nobody can tell."""

    verdict: Literal["typical", "unusual", "never seen"] | None
    odd: list[dict[str, Any]]


class Predicted(Answer):
    """An answer to one record: a number, or the model's own label of a class beside its word."""

    prediction: Any
    class_name: str | None = None
    probabilities: dict[str, Any] | None = None
    unit: str | None = None
    interval: Interval | None = None
    typicality: Typicality
    model: str
    version: int
    stage: str


class Precomputed(Answer):
    """An answer that was made before, by ``version`` at ``made``; ``stale`` where that is not what is asked for now."""

    id: str
    prediction: Any = Field(description="A number, or the word for a class")
    probabilities: dict[str, Any] | None
    model: str
    version: int
    made: str
    stale: bool
    why_stale: str | None
    version_now: int
    stage: str = Field(description="Of version_now")


class Names(Answer):
    """Names of classes, or numbers, one a row."""

    predictions: list[Any]
    model: str
    version: int
    stage: str


class Explained(Answer):
    """How far each input moved the answer: ``base`` and the contributions add up to ``answer``."""

    prediction: Any
    of: str | None = Field(description="The class whose probability is explained; null of a number")
    base: float | None
    answer: float | None
    contributions: dict[str, float | None]
    method: Literal["trees", "permutation"]
    model: str
    version: int


class Point(Answer):
    """A value of an input, and the answer there."""

    value: Any
    answer: float | None


class WhatIf(Answer):
    """How the answer moves along each input, all others as they are."""

    prediction: Any
    of: str | None
    curves: dict[str, list[Point]]
    not_moved: list[str] = Field(description="Inputs of which nothing says what else they could be")
    model: str
    version: int


class Told(Answer):
    """What became of true answers."""

    noted: int
    replaced: int
    unknown: int = Field(description="Ids, or rows of them, that the log does not have")
    rowless: int = Field(description="Requests of several rows of which no row was said")
    ambiguous: int = Field(description="Ids that were given to more than one request")
    examples: list[str]


# The Open Inference Protocol


class Server(Answer):
    """The server's metadata."""

    name: str
    version: str
    extensions: list[str]


class Live(Answer):
    """That the server is there."""

    live: bool


class Ready(Answer):
    """Whether a model can be asked."""

    ready: bool


class Tensor(Answer):
    """A tensor that a model takes or gives; a length of -1 may be any."""

    name: str
    datatype: Literal["FP64", "FP32", "INT64", "INT32", "BOOL", "BYTES"]
    shape: list[int]


class Metadata(Answer):
    """Which tensors a model takes and gives."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[Tensor]
    outputs: list[Tensor]


class Filled(Tensor):
    """A tensor with its data, row by row."""

    data: list[Any]


class Inferred(Answer):
    """The answer of a model."""

    model_name: str
    model_version: str
    outputs: list[Filled]
