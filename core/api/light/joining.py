"""The first light page: join under a nickname, then one's place in the class and the ways on."""

from __future__ import annotations

from starlette.responses import Response

from core.api.light.visit import Visit, page
from core.classroom.nicknames import LONGEST
from core.errors import PizarraError
from core.process import shared, visitors


@page
def home(visit: Visit) -> Response:
    """Ask for a nickname, or say who one is and what to do now."""
    return _shown(visit)


@page
def join(visit: Visit) -> Response:
    """Let somebody in under a nickname, or give them another one."""
    if not visitors.ways().is_asked_for:
        return _shown(visit)
    try:
        shared.members().join(visit.word, visit.form.get("nickname", ""), visit.address or "")
    except PizarraError as error:
        return _shown(visit, error)
    return visit.go("/")


def _shown(visit: Visit, error: PizarraError | None = None) -> Response:
    return visit.show(
        "home.html",
        400 if error else 200,
        error=error,
        is_open=visitors.ways().is_asked_for,
        is_read_only=visitors.ways().is_read_only,
        nickname=visit.form.get("nickname", ""),
        longest=LONGEST * 4,
    )
