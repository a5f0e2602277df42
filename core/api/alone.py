"""The routes for programs without a dashboard: under /api as beside one, and at the root, as the workshops ask."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from importlib import import_module

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.routing import Mount, Route

from core.api.door import Place, door
from core.api.routes import for_programs, programs, with_slash
from core.errors import PizarraError
from core.serving.addresses import PROGRAMS

logger = logging.getLogger("pizarra")


def alone(tasks: str, at: Place) -> Starlette:
    """Return the app, reached ``at`` a place: below the path there too; ``tasks`` is as in ``routes``.

    The served model is opened before the first request, so that nobody waits for it.
    """
    later = programs(tasks)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await run_in_threadpool(later.made)
        await run_in_threadpool(_open_served)
        yield
        await run_in_threadpool(_close)

    return Starlette(
        routes=[
            *(for_programs(later, at.below) if at.below else ()),
            Route(PROGRAMS, with_slash),
            Mount(PROGRAMS, later),
            Mount("/", later),
        ],
        lifespan=lifespan,
        middleware=[door(_says_nothing, _takes_nothing, at)],
    )


def _open_served() -> None:
    served = import_module("core.serving.served")
    try:
        served.serving().find(*served.serving().served())
    except PizarraError as error:  # who asks is told
        logger.warning("%s", error)


def _close() -> None:
    import_module("core.process.held").forget()


def _says_nothing(_message: bytes) -> bool:
    return False


def _takes_nothing(_session: str, _size: int) -> AbstractContextManager[Callable[[int], None]]:
    return nullcontext(lambda _bytes: None)
