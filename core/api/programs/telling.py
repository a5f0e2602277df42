"""The routes that tell what there is: the service, its health, models and their versions."""

from __future__ import annotations

import asyncio
from importlib.metadata import version as installed
from typing import Any

from starlette.responses import Response

from core.api.programs.calls import current
from core.api.programs.exchange import Exchange, in_thread, json_response
from core.errors import PizarraError
from core.i18n import N_
from core.process import cache, parts
from core.serving import about, answers
from core.serving.inputs import record_schema
from core.serving.limits import Tasks, limits_of
from core.serving.references import version_of
from core.serving.served import Served, serving
from core.settings import VERSION
from core.training.workers import UP

AWAY_SECONDS = 0.5  # that a model is waited for whose store is away: one that is open answers at once


async def service(exchange: Exchange) -> Response:
    """Say what this is, and where everything lies."""
    root = str(exchange.request.scope.get("root_path", ""))
    return json_response(
        {
            "service": "Pizarra",
            "version": VERSION,
            "docs": f"{root}/docs",
            "openapi": f"{root}/openapi.json",
            "models": f"{root}/models",
            "health": f"{root}/health",
        }
    )


async def ping(_exchange: Exchange) -> Response:
    """Say that somebody is there."""
    return json_response({"status": "ok"})


async def version(_exchange: Exchange) -> Response:
    """Say which versions answer."""
    return json_response({"version": VERSION, "mlflow": installed("mlflow"), "scikit-learn": installed("scikit-learn")})


async def health(exchange: Exchange) -> Response:
    """Say whether the served model can be asked, 503 when not; and of each part whether it is up."""
    found = await in_thread(parts.states)
    asking = asyncio.ensure_future(exchange.served())
    asking.add_done_callback(lambda done: done.cancelled() or done.exception())  # whoever left has heard enough
    await asyncio.wait({asking}, timeout=None if found["store"] == UP else AWAY_SECONDS)
    try:
        if not asking.done():
            raise PizarraError(
                N_("Which model is served must be known, but the store does not answer."), N_("Ask again in a minute.")
            )
        served = asking.result()
    except PizarraError as error:
        said = {"status": "unhealthy", "model_loaded": False, "message": error.message, "what_to_do": error.hint}
        return json_response({**said, "parts": found}, 503)
    asked = not serving().silent(served.model.name)
    said = {"status": "healthy", "model_loaded": True, **answers.named(served), "store_answers": asked}
    return json_response({**said, "parts": found})


async def models(_exchange: Exchange) -> Response:
    """List the registered models."""
    token = current().token
    found = await in_thread(cache.models)
    return json_response(
        {"models": [about.model_in_list(model) for model in found if token is None or token.allows(model.name)]}
    )


async def model(exchange: Exchange) -> Response:
    """Tell of one model."""
    found = await in_thread(serving().model, str(exchange.name))
    return json_response(about.model_whole(found))


async def one_version(exchange: Exchange) -> Response:
    """Tell of one version, by its number, its stage or an alias."""
    found = await in_thread(serving().model, str(exchange.name))
    chosen = version_of(found, str(exchange.request.path_params["which"]))
    return json_response(await in_thread(about.version_whole, found, chosen))


class Telling:
    """The route that tells what the served model wants to know; ``tasks`` is as in ``Asking``."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    async def model_info(self, exchange: Exchange) -> Response:
        """Tell of the served model, and what it wants to know."""
        return json_response(await in_thread(self._model_info, await exchange.served()))

    def _model_info(self, served: Served) -> dict[str, Any]:
        schema = record_schema(served.asked.fields, limits_of(served.version, self._tasks))
        return {**about.version_whole(served.model, served.version), "input_schema": schema}
