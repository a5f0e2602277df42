"""What is measured, for Prometheus: GET /metrics, and what each call adds to it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from core.api.programs.calls import Call
from core.process import parts, shared
from core.serving import meters
from core.training.workers import DOWN


def count(call: Call, route: str, code: int) -> None:
    """Count a call that was answered, for ``Admission``."""
    meters.answered(route, call.model, call.version, code, call.seconds)


def metrics(request: Request) -> Response:
    """Return what was counted, in the text format of Prometheus or as OpenMetrics."""
    jobs = shared.training()
    up = {name: state != DOWN for name, state in parts.states().items()}
    meters.stands(up, len(jobs.active()) if jobs is not None else 0)
    text, content_type = meters.exposition(request.headers.get("accept", ""))
    return Response(text, headers={"Content-Type": content_type})
