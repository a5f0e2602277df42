"""The routes that ask a model: by MLflow's protocol, one record, class names, why, and what if."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import pandas as pd
from starlette.responses import Response

from core.access import Actor
from core.api.programs.admission import check_model
from core.api.programs.calls import current, timing
from core.api.programs.errors import Refused
from core.api.programs.exchange import READ_AT_ONCE, Exchange, foreign, in_thread, json_response, parsed
from core.errors import ModelError, PizarraError
from core.i18n import N_, translate
from core.prediction.answers import Predictions
from core.prediction.schema import Answer
from core.prediction.tables.cells import IS_MISSING
from core.process.asked import by_liveness
from core.serving import answers, few_rows, protocol
from core.serving.inputs import read_record
from core.serving.limits import Tasks, limits_of
from core.serving.log.truths import Truths
from core.serving.logged import prediction_log
from core.serving.noting import in_words, note
from core.serving.problems import WrongField, WrongInputsError
from core.serving.served import Served, serving
from core.store.registry.registered_models import RegisteredModel

MODEL = "model"  # the part of the time that it takes
STEPS = 21  # along one input, where the request does not say
MOST_STEPS = 200


class Asking:
    """The routes that ask a model; ``tasks`` tells those that there are, by name, for the limits they declare."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    async def invocations(self, exchange: Exchange) -> Response:
        """Answer as ``mlflow models serve`` does."""
        served, body = await exchange.served(), await exchange.request.body()
        content_type = exchange.request.headers.get("content-type", "")
        is_json = "json" in content_type
        with timing(MODEL):
            said = few_rows.answer(served, foreign(body)) if is_json and len(body) <= READ_AT_ONCE else None
            if said is None:
                read = partial(foreign, body) if is_json else None
                said = await in_thread(protocol.invocations, served, body, content_type, read)
        _note(served, said.rows, in_words(served, said.answers), by_cutoff=False)
        return Response(said.text, media_type="application/json")

    async def predict(self, exchange: Exchange) -> Response:
        """Answer one record."""
        served, record = await exchange.served(), await exchange.record()
        return json_response(await in_thread(self._predict, served, record))

    async def truth(self, exchange: Exchange) -> Response:
        """Keep what turned out to be true of what was asked."""
        name = exchange.name if exchange.name is not None else (await in_thread(serving().served))[0]
        check_model(name)
        body, content_type = await exchange.request.body(), exchange.request.headers.get("content-type", "")
        return json_response(await in_thread(_told_truth, exchange.actor, name, body, content_type))

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
        inputs = self._inputs(served, record)
        with timing(MODEL):
            said = answers.ask(served, inputs)
        chances = {word: [chance] for word, chance in (said.probabilities or {}).items()}
        _note(served, {name: [value] for name, value in inputs.items()}, [said.answer], chances or None)
        return answers.answer(served, inputs, said)

    def _names(self, served: Served, document: Any) -> dict[str, Any]:
        rows = protocol.read_rows(document, served.asked.fields, limits_of(served.version, self._tasks))
        with timing(MODEL):
            said = answers.asked_rows(served.asked, rows)
        note_rows(served, rows, said)
        return {"predictions": answers.words(said), **answers.named(served)}

    def _explain(self, served: Served, document: Mapping[str, Any]) -> dict[str, Any]:
        record, options = _options(document, {"of": str})
        with timing(MODEL):
            return answers.explanation(served, self._inputs(served, record), options.get("of") or "")

    def _what_if(self, served: Served, document: Mapping[str, Any]) -> dict[str, Any]:
        record, options = _options(document, {"of": str, "along": str, "steps": int})
        steps = options.get("steps", STEPS)
        if not 2 <= steps <= MOST_STEPS:
            raise WrongInputsError(
                [WrongField("steps", steps, translate(N_("must be from 2 to 200")), {"minimum": 2, "maximum": 200})]
            )
        inputs = self._inputs(served, record)
        with timing(MODEL):
            return answers.what_if(served, inputs, options.get("along") or "", of=options.get("of") or "", steps=steps)

    def _inputs(self, served: Served, record: Mapping[str, Any]) -> dict[str, Answer]:
        return read_record(record, served.asked.fields, limits_of(served.version, self._tasks))


def note_rows(served: Served, rows: Sequence[Mapping[str, Answer]], said: Predictions) -> None:
    """Keep what was answered to several rows of read inputs."""
    columns = {field.name: [row.get(field.name) for row in rows] for field in served.asked.fields}
    chances = None if said.probabilities is None else {
        str(word): said.probabilities[word].tolist() for word in said.probabilities
    }  # fmt: skip
    _note(served, columns, said.values.tolist(), chances)


def _note(
    served: Served,
    rows: Mapping[str, Sequence[Any]],
    said: Sequence[Any],
    chances: Mapping[str, Sequence[float]] | None = None,
    *,
    by_cutoff: bool = True,
) -> None:
    call = current()
    note(served, call.id, rows, said, chances=chances, milliseconds=1000 * call.seconds, by_cutoff=by_cutoff)


def _told_truth(actor: Actor, name: str, body: bytes, content_type: str) -> dict[str, Any]:
    """Keep true answers: one, a list of them, or a table, and say what became of them.

    Raises:
        PizarraError: ``actor`` may not, or they cannot be read.
    """
    model = serving().model(name)
    truths = Truths(prediction_log(), name, _class_names(model))
    if content_type and "json" not in content_type:
        try:
            return asdict(truths.note_table(actor, body))
        except ModelError as error:  # the table cannot be read; no model was asked
            raise Refused(400, error) from error
    document = parsed(body)
    rows = document if isinstance(document, list) else [document]
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise PizarraError(
            N_("A true answer must be a JSON object with request_id and truth, or a list of them."),
            N_("Send something like {example}."),
            example='{"request_id": "…", "truth": "setosa"}',
        )
    wrong = [
        WrongField(field, None, translate(IS_MISSING))
        for field in ("request_id", "truth")
        if any(row.get(field) is None for row in rows)
    ]
    if wrong:
        raise WrongInputsError(wrong)
    return asdict(truths.note_table(actor, pd.DataFrame(rows)))


def _class_names(model: RegisteredModel) -> Sequence[str]:
    """Return the words for classes of what a model's live versions answer; none where they cannot be opened."""
    for version in by_liveness(model)[:1]:
        try:
            return list(serving().find(model.name, str(version.number)).asked.predictor.class_names)
        except PizarraError:
            return ()
    return ()


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
