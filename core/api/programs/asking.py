"""The routes that ask a model: by MLflow's protocol, one record, class names, why, and what if."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from starlette.responses import Response

from core.api.programs.exchange import Exchange, in_thread, json_response, parsed
from core.errors import PizarraError
from core.i18n import N_, translate
from core.prediction.schema import Answer
from core.process import cache
from core.process.memory import kept
from core.serving import answers, protocol
from core.serving.inputs import read_record
from core.serving.problems import WrongField, WrongInputsError
from core.serving.served import Served
from core.store.scoring import NotScoredError
from core.training.tasks import Limit, Task

STEPS = 21  # along one input, where the request does not say
MOST_STEPS = 200

Tasks = Callable[[], Mapping[str, Task]]


class Asking:
    """The routes that ask a model; ``tasks`` tells those that there are, by name, for the limits they declare."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    async def invocations(self, exchange: Exchange) -> Response:
        """Answer as ``mlflow models serve`` does."""
        served, body = await exchange.served(), await exchange.request.body()
        content_type = exchange.request.headers.get("content-type", "")
        try:
            said = await in_thread(protocol.invocations, served, body, content_type, _document(body, content_type))
        except NotScoredError:
            if "json" in content_type:
                parsed(body)  # says itself where it is none
            raise
        return Response(said.text, media_type="application/json")

    async def predict(self, exchange: Exchange) -> Response:
        """Answer one record."""
        served, record = await exchange.served(), await exchange.record()
        return json_response(await in_thread(self._predict, served, record))

    async def predict_names(self, exchange: Exchange) -> Response:
        """Answer rows with the names of classes."""
        served, document = await exchange.served(), await exchange.document()
        return json_response(await in_thread(self._names, served, document))

    async def explain(self, exchange: Exchange) -> Response:
        """Say how far each input moved the answer."""
        served, document = await exchange.served(), await exchange.record()
        return json_response(await in_thread(self._explain, served, document))

    async def what_if(self, exchange: Exchange) -> Response:
        """Say how the answer moves along an input."""
        served, document = await exchange.served(), await exchange.record()
        return json_response(await in_thread(self._what_if, served, document))

    # In a thread

    def _predict(self, served: Served, record: Mapping[str, Any]) -> dict[str, Any]:
        return answers.answer(served, self._inputs(served, record))

    def _names(self, served: Served, document: Any) -> dict[str, Any]:
        rows = protocol.read_rows(document, served.asked.fields, limits_of(served, self._tasks))
        return {"predictions": answers.names(served, rows), **answers.named(served)}

    def _explain(self, served: Served, document: Mapping[str, Any]) -> dict[str, Any]:
        record, options = _options(document, {"of": str})
        return answers.explanation(served, self._inputs(served, record), options.get("of") or "")

    def _what_if(self, served: Served, document: Mapping[str, Any]) -> dict[str, Any]:
        record, options = _options(document, {"of": str, "along": str, "steps": int})
        steps = options.get("steps") or STEPS
        if not 2 <= steps <= MOST_STEPS:
            raise WrongInputsError(
                [WrongField("steps", steps, translate(N_("must be from 2 to 200")), {"minimum": 2, "maximum": 200})]
            )
        inputs = self._inputs(served, record)
        return answers.what_if(served, inputs, options.get("along") or "", of=options.get("of") or "", steps=steps)

    def _inputs(self, served: Served, record: Mapping[str, Any]) -> dict[str, Answer]:
        return read_record(record, served.asked.fields, limits_of(served, self._tasks))


def limits_of(served: Served, tasks: Tasks) -> Sequence[Limit]:
    """Return the limits that the task of a version's run declares."""
    return _limits(served, tasks)


@kept(lambda served, _tasks: served.asked.key, max_entries=256, seconds=60)
def _limits(served: Served, tasks: Tasks) -> Sequence[Limit]:
    run_id = served.version.run_id
    if not run_id:
        return ()
    try:
        task = tasks().get(cache.run(run_id).tags.get("pizarra.task", ""))
    except PizarraError:  # the run may be deleted, or a task of one's own broken: the model answers all the same
        return ()
    return task.limits if task else ()


def _options(document: Mapping[str, Any], known: Mapping[str, type]) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Return the record under ``inputs`` and what is said beside it.

    Raises:
        WrongInputsError: there is no record, or what is beside it is unknown or of another kind.
    """
    record = document.get("inputs")
    wrong = []
    if not isinstance(record, dict):
        wrong.append(WrongField("inputs", record, translate(N_("must be an object with a value for each input")), {}))
    options = {name: value for name, value in document.items() if name != "inputs" and value is not None}
    for name, value in options.items():
        if name not in known:
            wrong.append(WrongField(name, value, translate(N_("is not known here")), {"names": ["inputs", *known]}))
        elif type(value) is not known[name]:
            kind = "integer" if known[name] is int else "string"
            wrong.append(WrongField(name, value, translate(N_("is of another type")), {"type": kind}))
    if wrong:
        raise WrongInputsError(wrong)
    return dict(record or {}), options


def _document(body: bytes, content_type: str) -> Any:
    """Return what a body says where it is JSON, for who wants to know which of its inputs is to blame."""
    if "json" not in content_type:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
