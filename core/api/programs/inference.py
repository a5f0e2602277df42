"""The routes of the Open Inference Protocol, version 2."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from core.api.programs.asking import MODEL, note_rows
from core.api.programs.calls import timing
from core.api.programs.exchange import Exchange, in_thread, json_response
from core.errors import PizarraError
from core.i18n import N_
from core.serving import inference
from core.serving.limits import Tasks, limits_of
from core.serving.served import Served
from core.settings import VERSION


async def server(_exchange: Exchange) -> Response:
    """Say what answers by the Open Inference Protocol."""
    return json_response({"name": "pizarra", "version": VERSION, "extensions": []})


async def live(_exchange: Exchange) -> Response:
    """Say that the server is there."""
    return json_response({"live": True})


async def ready(exchange: Exchange) -> Response:
    """Say whether the served model can be asked."""
    try:
        await exchange.served()
    except PizarraError as error:
        return json_response({"ready": False, "error": error.message}, 503)
    return json_response({"ready": True})


async def metadata(exchange: Exchange) -> Response:
    """Tell which tensors a model takes and gives."""
    return json_response(await in_thread(inference.metadata, await exchange.served()))


async def model_ready(exchange: Exchange) -> Response:
    """Say whether a model can be asked; why it cannot is an error as everywhere."""
    served = await exchange.served()
    return json_response({"name": served.model.name, "ready": True})


class Inferring:
    """The route that asks; ``tasks`` is as in ``Asking``."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    async def infer(self, exchange: Exchange) -> Response:
        """Answer tensors."""
        if "inference-header-content-length" in exchange.request.headers:
            raise PizarraError(
                N_("Tensors are read from JSON, but these come as bytes after it (an extension of the protocol)."),
                N_("Send them under “data”: clients call this binary_data=False."),
            )
        served, document = await exchange.served(), await exchange.document()
        return json_response(await in_thread(self._infer, served, document))

    def _infer(self, served: Served, document: Any) -> dict[str, Any]:
        with timing(MODEL):
            found = inference.infer(served, document, limits_of(served.version, self._tasks))
        note_rows(served, found.rows, found.said)
        return found.told
