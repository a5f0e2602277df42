"""The one shape of errors for programs: a code by name, what must hold and what we got, what to do, which field."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.access import ForbiddenError
from core.api.programs.calls import current
from core.errors import DataError, ModelError, ParameterError, PizarraError, StoreError
from core.i18n import N_, translate
from core.prediction.answers import NoAnswerError
from core.prediction.predict import RefusedError
from core.serving.problems import NotReadyError, NotThereError, WrongField, WrongInputsError
from core.store.registry.stages import UnknownModelError
from core.store.scoring import NotScoredError

logger = logging.getLogger(__name__)

LONGEST_GIVEN = 200  # characters of what somebody sent that are sent back
MOST_FIELDS = 100
# As MLflow calls them (mlflow/protos/databricks.proto), so that its clients know what to do
NAMES = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    408: "DEADLINE_EXCEEDED",
    409: "RESOURCE_CONFLICT",
    413: "MAX_READ_SIZE_EXCEEDED",
    422: "INVALID_PARAMETER_VALUE",
    429: "REQUEST_LIMIT_EXCEEDED",
    500: "INTERNAL_ERROR",
    501: "NOT_IMPLEMENTED",
    503: "TEMPORARILY_UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
NO_SUCH_ADDRESS, WRONG_VALUE = "ENDPOINT_NOT_FOUND", "INVALID_PARAMETER_VALUE"
# What is said where nothing more is known
SENTENCES: Mapping[int, tuple[str, str]] = {
    400: (N_("This request cannot be understood."), N_("Look at {docs} for what may be sent.")),
    401: (
        N_("Who asks here has to show a token that is valid."),
        N_("Send it as “Authorization: Bearer …”; whoever presents the dashboard makes tokens."),
    ),
    403: (N_("This token does not allow that."), N_("Ask whoever presents the dashboard for another one.")),
    404: (N_("There is nothing at this address."), N_("Look at {docs} for the addresses that there are.")),
    405: (N_("This address is not asked in this way."), N_("Look at the header Allow for the methods that it knows.")),
    408: (N_("The request took too long to come in."), N_("Send less at once, or send it faster.")),
    413: (N_("This request is too large."), N_("Send fewer rows at once.")),
    415: (N_("This kind of content cannot be read."), N_("Look at {docs} for what may be sent.")),
    429: (N_("Too many requests come at once."), N_("Wait as long as the header Retry-After says, then ask again.")),
    500: (
        N_("Something went wrong here."),
        N_("Try again; if it stays so, tell whoever runs this the request_id, which also stands in the log."),
    ),
    503: (N_("This cannot be answered now."), N_("Ask again in a minute.")),
    504: (N_("The answer took too long."), N_("Ask about fewer rows at once.")),
}
OTHERWISE = {4: SENTENCES[400], 5: SENTENCES[500]}  # by the first digit


class Refused(Exception):  # noqa: N818 - it is an answer
    """End a request from wherever it is: the answer is the error."""

    def __init__(
        self, code: int, error: PizarraError | None = None, *, fields: Sequence[WrongField] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(code, error)
        self.code, self.error, self.fields, self.headers = code, error, fields, headers


def error_response(
    code: int, error: PizarraError | None = None, *, fields: Sequence[WrongField] = (), request_id: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """Return an error in the reader's language: ``error`` says what is wrong, or a sentence of ours about the code.

    Under ``/v2`` it also has the ``error`` of the Open Inference Protocol.
    """
    call = current()
    if error is None:
        sentences = SENTENCES.get(code, OTHERWISE[code // 100])
        message, hint = (translate(text).format(docs=f"{call.root}/docs") for text in sentences)
    else:
        message, hint = error.message, "\n".join((error.hint, *error.commands)).strip()
    body = {
        "error_code": _name(code, error, fields),
        "message": message,
        "what_to_do": hint,
        "fields": [_told(one) for one in fields[:MOST_FIELDS]],
        "request_id": request_id or call.id,
    }
    if call.is_open_inference:
        body["error"] = f"{message} {hint}".strip()
    written = json.dumps(body, ensure_ascii=False, allow_nan=False)
    return Response(
        written.encode("utf-8", "replace"), code, headers, "application/json"
    )  # half a character is sent too


def install(app: FastAPI) -> None:
    """Have an app answer in this shape whatever it refuses."""
    for kind in (Refused, PizarraError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _answer)


def answer_to(error: Exception) -> Response:
    """Return the answer to a request that ended with an error.

    Of one that nobody foresaw it tells nothing of what is inside; the log has all of it.
    """
    if isinstance(error, Refused):
        return error_response(error.code, error.error, fields=error.fields, headers=error.headers)
    if isinstance(error, PizarraError):
        fields = error.fields if isinstance(error, WrongInputsError) else ()
        return error_response(code_of(error), error, fields=fields)
    if isinstance(error, RequestValidationError):
        return _invalid(error.errors())
    if isinstance(error, HTTPException):  # its own words are English, and about the code that raised it
        if error.status_code < 400:
            return Response(status_code=error.status_code, headers=error.headers)
        return error_response(error.status_code, headers=error.headers)
    logger.error("Request %s failed", current().id, exc_info=error)
    return error_response(500)


async def _answer(_request: Request, error: Exception) -> Response:
    return answer_to(error)


def code_of(error: PizarraError) -> int:
    """Return the code of an error that a route let through.

    >>> code_of(ParameterError("")), code_of(ModelError("")), code_of(PizarraError("")), code_of(NotThereError(""))
    (400, 503, 400, 404)
    """
    if isinstance(error, NotThereError | UnknownModelError):
        return 404
    if isinstance(error, NotScoredError):
        return error.status
    if isinstance(error, ForbiddenError):
        return 403
    if isinstance(error, RefusedError | NoAnswerError):
        return 400
    return 503 if isinstance(error, NotReadyError | StoreError | ModelError) else 400


def _name(code: int, error: PizarraError | None, fields: Sequence[WrongField]) -> str:
    if isinstance(error, NotScoredError):
        return error.code
    if code == 404 and error is None:
        return NO_SUCH_ADDRESS
    if code == 400 and (fields or isinstance(error, ParameterError | DataError)):
        return WRONG_VALUE
    return NAMES.get(code, NAMES[400 if code < 500 else 500])


def _told(one: WrongField) -> dict[str, object]:
    return {
        "name": _text(one.name),
        "given": _text(one.given) if isinstance(one.given, Mapping) else _plain(one.given),
        "problem": one.problem,
        "may_be": {name: _plain(value) for name, value in one.may_be.items()},
    }


def _plain(value: object) -> object:
    """Return a value as JSON has it; what is long or is none of its kinds as the beginning of its text."""
    if value is None or isinstance(value, bool) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, int) and value.bit_length() <= LONGEST_GIVEN:
        return value
    if isinstance(value, list | tuple | set | frozenset) and len(value) <= MOST_FIELDS:
        return [_plain(each) if not isinstance(each, list | tuple | set | frozenset) else _text(each) for each in value]
    if isinstance(value, Mapping) and len(value) <= MOST_FIELDS:
        return {_text(name): _plain(each) for name, each in value.items()}
    return _text(value)


def _text(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= LONGEST_GIVEN else f"{text[: LONGEST_GIVEN - 1]}…"


def _invalid(found: Sequence[Mapping[str, Any]]) -> Response:
    """Say which fields of a request are not what the route declares."""
    if any(one["type"] == "json_invalid" for one in found):
        return error_response(400, _no_json(found[0]))
    return error_response(422, PizarraError(WRONG, LOOK), fields=[_wrong(one) for one in found[:MOST_FIELDS]])


WRONG, LOOK = N_("Something in this request is not what it must be."), N_("Look at “fields” for each of it.")


def _no_json(found: Mapping[str, Any]) -> PizarraError:
    return PizarraError(
        N_("The body must be JSON, but it is not from character {place} on."),
        N_("Write names and texts in double quotes, and numbers with a point."),
        place=found["loc"][-1],
    )


# What pydantic calls what is wrong, and what we say of it
_WHOLE, _NUMBER = N_("It must be a whole number."), N_("It must be a number.")
_TEXT, _YES_OR_NO = N_("It must be text."), N_("It must be true or false.")
_LIST, _OBJECT = N_("It must be a list."), N_("It must be an object with names and values.")
_PROBLEMS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "missing": (N_("It is missing."), {}),
    "extra_forbidden": (N_("There is no such field."), {}),
    **dict.fromkeys(("int_type", "int_parsing", "int_parsing_size", "int_from_float"), (_WHOLE, {"type": "integer"})),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), (_NUMBER, {"type": "number"})),
    "string_type": (_TEXT, {"type": "string"}),
    **dict.fromkeys(("bool_type", "bool_parsing"), (_YES_OR_NO, {"type": "boolean"})),
    "list_type": (_LIST, {"type": "array"}),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), (_OBJECT, {"type": "object"})),
}
_LIMITS = {"ge": "minimum", "gt": "above", "le": "maximum", "lt": "below", "expected": "one_of",
           "min_length": "shortest", "max_length": "longest", "pattern": "pattern"}  # fmt: skip
_ELSE = N_("It is not what it may be.")


def _wrong(found: Mapping[str, Any]) -> WrongField:
    message, kind = _PROBLEMS.get(found["type"], (_ELSE, {}))
    limits = {_LIMITS[name]: value for name, value in found.get("ctx", {}).items() if name in _LIMITS}
    place = [str(part) for part in found["loc"]]
    given = None if found["type"] == "missing" else found.get("input")
    return WrongField(".".join(place[1:] or place), given, translate(message), {**kind, **limits})
