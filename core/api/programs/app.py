"""The app of the routes for programs, imported when somebody first asks: beside the dashboard, or alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from core.api.programs import errors, inference, metrics, pages, schemas, specification, telling
from core.api.programs.admission import Admission, limits
from core.api.programs.asking import Asking
from core.api.programs.exchange import Exchange, answering, in_thread, json_response
from core.api.programs.inference import Inferring
from core.api.programs.looking_up import precomputed
from core.api.programs.telling import Telling
from core.serving.here import tokens
from core.serving.limits import Tasks
from core.settings import VERSION

TITLE = "Pizarra"
ABOUT = (
    "What a stage of a registered model holds answers here at once: by MLflow's scoring protocol, or one record at a "
    "time with chances, an interval and how typical the inputs are."
)
ASKED = (400, 401, 403, 404, 408, 413, 415, 429, 500, 503, 504)
TOLD = (401, 403, 404, 429, 500, 503)
MODEL = "/models/{name}/{which}"

Handle = Callable[[Exchange], Awaitable[Response]]


def programs_app(tasks: Tasks) -> FastAPI:
    """Return the app; ``tasks`` tells those that there are, by name, for the limits that they declare."""
    app = FastAPI(title=TITLE, version=VERSION, description=ABOUT, openapi_url=None, docs_url=None, redoc_url=None)
    errors.install(app)
    app.add_middleware(Admission, tokens=tokens, model_of=model_of, limits=limits(), note=metrics.count)
    _ask(app, Asking(tasks))  # before …/{which}, so that a refused method at …/truth is told which one it has
    _tell(app, Telling(tasks))
    _infer(app, Inferring(tasks))
    _describe(app, tasks)
    return app


def model_of(path: str) -> str | None:
    """Return the model that a path below the address of the routes names, None where it names none.

    >>> model_of("/models/iris/Production/predict"), model_of("/v2/models/iris/infer"), model_of("/predict")
    ('iris', 'iris', None)
    """
    parts = path.removeprefix("/v2").split("/")
    return parts[2] if len(parts) > 2 and parts[1] == "models" else None


def _tell(app: FastAPI, telling_of_inputs: Telling) -> None:
    _get(app, "/", telling.service, schemas.Service)
    _get(app, "/ping", telling.ping, schemas.Ping)
    _get(app, "/health", telling.health, schemas.Health, extra={503: {"model": schemas.Health}})
    _get(app, "/version", telling.version, schemas.Version)
    _get(app, "/models", telling.models, schemas.Models, TOLD)
    _get(app, "/models/{name}", telling.model, schemas.ModelWhole, TOLD)
    _get(app, MODEL, telling.one_version, schemas.VersionWhole, TOLD)
    _get(app, f"{MODEL}/precomputed/{{id:path}}", precomputed, schemas.Precomputed, TOLD)
    _get(app, "/model-info", telling_of_inputs.model_info, schemas.VersionWhole, TOLD)


def _ask(app: FastAPI, asking: Asking) -> None:
    for prefix in (MODEL, "/models/{name}", ""):
        _post(app, f"{prefix}/truth", asking.truth, schemas.Told, "truth")
    for prefix in (MODEL, ""):
        _post(app, f"{prefix}/invocations", asking.invocations, schemas.Invocations, "table")
        _post(app, f"{prefix}/predict", asking.predict, schemas.Predicted, "record")
        _post(app, f"{prefix}/predict_names", asking.predict_names, schemas.Names, "rows")
        _post(app, f"{prefix}/explain", asking.explain, schemas.Explained, "explain")
        _post(app, f"{prefix}/what-if", asking.what_if, schemas.WhatIf, "what-if")


def _infer(app: FastAPI, inferring: Inferring) -> None:
    _get(app, "/v2", inference.server, schemas.Server)
    _get(app, "/v2/health/live", inference.live, schemas.Live)
    _get(app, "/v2/health/ready", inference.ready, schemas.Ready, extra={503: {"model": schemas.Ready}})
    for model in ("/v2/models/{name}", "/v2/models/{name}/versions/{which}"):
        _get(app, model, inference.metadata, schemas.Metadata, TOLD)
        _get(app, f"{model}/ready", inference.model_ready, schemas.Ready, TOLD)
        _post(app, f"{model}/infer", inferring.infer, schemas.Inferred, "tensors")


def _describe(app: FastAPI, tasks: Tasks) -> None:
    """Give the app its OpenAPI document, in which each live version has a path of its own."""

    async def document(_exchange: Exchange) -> Response:
        said = _document(app)
        if not tokens().requires_tokens():  # whoever may read this page may then not know what models there are
            said = await in_thread(specification.with_models, said, tasks)
        return json_response({**said, "servers": [{"url": "."}]})  # beside the document, behind whatever proxy

    app.add_route("/openapi.json", answering(document), include_in_schema=False)
    app.add_route("/metrics", metrics.metrics, include_in_schema=False)
    app.router.routes.extend(pages.pages())


def _document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = get_openapi(title=TITLE, version=VERSION, description=ABOUT, routes=app.routes)
    return app.openapi_schema


def _get(
    app: FastAPI,
    path: str,
    handle: Handle,
    answer: type[schemas.Answer],
    codes: Sequence[int] = (),
    extra: Mapping[int | str, dict[str, Any]] | None = None,
) -> None:
    _route(
        app, "GET", path, handle, answer, specification.taking(path), {**specification.failing(codes), **(extra or {})}
    )


def _post(
    app: FastAPI, path: str, handle: Handle, answer: type[schemas.Answer], body: str, codes: Sequence[int] = ASKED
) -> None:
    _route(app, "POST", path, handle, answer, specification.taking(path, body), specification.failing(codes))


def _route(
    app: FastAPI,
    method: str,
    path: str,
    handle: Handle,
    answer: type[schemas.Answer],
    taken: dict[str, Any],
    failures: dict[int | str, dict[str, Any]],
) -> None:
    app.add_api_route(
        path,
        answering(handle),
        methods=[method],
        name=f"{method} {path}",
        operation_id=f"{method} {path.replace(':path', '')}",
        summary=(handle.__doc__ or "").splitlines()[0],
        responses={200: {"model": answer}, **failures},
        openapi_extra=taken,
        response_model=None,
    )
