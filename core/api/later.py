"""An app that is imported when somebody first comes to it, so that the start does not wait for what it needs."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send


class Later:
    """The app that ``make`` returns, made once."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make, self._lock = make, Lock()
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        app = self._app
        if app is None:
            app = await run_in_threadpool(self.made)
        await app(scope, receive, send)

    def made(self) -> ASGIApp:
        """Return the app."""
        with self._lock:
            app = self._app or self._make()
            self._app = app
        return app


class Keeping:
    """An app that sees its whole path, also below the folder in which it is mounted."""

    def __init__(self, folder: str, app: ASGIApp) -> None:
        self._folder, self._app = folder, app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        root = str(scope.get("root_path", "")).removesuffix(self._folder)
        await self._app({**scope, "root_path": root}, receive, send)
