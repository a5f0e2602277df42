"""The route that looks up what was answered before somebody asks; no model is opened for it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from core.api.programs.admission import check_model
from core.api.programs.calls import answered_by
from core.api.programs.exchange import Exchange, in_thread, json_response
from core.process import shared
from core.serving.precomputed.here import precomputed as table
from core.serving.precomputed.lookups import look_up
from core.serving.served import serving


async def precomputed(exchange: Exchange) -> Response:
    """Look up an answer that was made before."""
    asked = exchange.request.path_params
    name, which, row_id = str(exchange.name), str(asked["which"]), str(asked["id"])
    check_model(name)
    said = await in_thread(_looked_up, name, which, row_id)
    answered_by(name, str(said["version"]))
    return json_response(said)


def _looked_up(name: str, which: str, row_id: str) -> dict[str, Any]:
    return look_up(table(), shared.store_uri(), serving().model(name), which, row_id)
