"""The app of the light pages, imported when somebody first comes."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from core.api.light import board, joining, question, rendering, what_if
from core.api.light.training import Training
from core.api.light.visit import page
from core.training.tasks import Task


def light_app(tasks: Mapping[str, Task]) -> Starlette:
    """Return the app, for these tasks by name."""
    training, answering = Training(tasks), question.Answering(tasks)
    return Starlette(
        routes=[
            Route("/", joining.home),
            Route("/join", joining.join, methods=["POST"]),
            Route("/board", page(board.Watching(tasks).show)),
            Route("/news", question.news),
            Route("/question", page(answering.show)),
            Route("/answer", page(answering.answer), methods=["POST"]),
            Route("/predict", what_if.ask),
            Route("/train", page(training.show)),
            Route("/train", page(training.launch), methods=["POST"]),
            Route("/stop", page(training.stop), methods=["POST"]),
            Mount("/static", StaticFiles(directory=rendering.STATIC)),
        ]
    )
