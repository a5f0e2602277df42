"""What is measured, for Prometheus: GET /metrics, and what each call adds to it."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import Response

from core.api.programs.calls import Call
from core.errors import PizarraError
from core.process import alerts, parts, shared
from core.serving import meters
from core.training.workers import DOWN

_log = logging.getLogger(__name__)


def count(call: Call, route: str, code: int) -> None:
    """Count a call that was answered, for ``Admission``."""
    meters.answered(route, call.model, call.version, code, call.seconds)


def metrics(request: Request) -> Response:
    """Return what was counted, in the text format of Prometheus or as OpenMetrics."""
    jobs = shared.training()
    up = {name: state != DOWN for name, state in parts.states().items()}
    meters.stands(up, len(jobs.active()) if jobs is not None else 0)
    try:
        meters.watched(*alerts.measured())
    except PizarraError as error:  # all else is told all the same
        _log.warning("Alerts cannot be counted: %s", error)
    text, content_type = meters.exposition(request.headers.get("accept", ""))
    return Response(text, headers={"Content-Type": content_type})
