"""The app of the light pages, imported when somebody first comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from core.api.light import board, joining, question, rendering, what_if
from core.api.light.training import Training
from core.api.light.visit import Visit, page
from core.i18n import LANGUAGES
from core.training.tasks import Task

# Where a form's address leads that is opened without a form: by a reload, or a link to the other language
BESIDE_FORMS = {"/join": "/", "/answer": "/question", "/stop": "/train"}


def _lead(to: str, visit: Visit) -> Response:
    chosen = visit.asked.get("lang", "")
    return visit.go(f"{to}?lang={chosen}" if chosen in LANGUAGES else to)


def light_app(tasks: Callable[[], Mapping[str, Task]]) -> Starlette:
    """Return the app; ``tasks`` tells those that there are, by name."""
    training, answering = Training(tasks), question.Answering(tasks)
    return Starlette(
        routes=[
            Route("/", joining.home),
            Route("/join", joining.join, methods=["POST"]),
            *(Route(path, page(partial(_lead, to))) for path, to in BESIDE_FORMS.items()),
            Route("/board", page(board.Watching(tasks).show)),
            Route("/news", question.news),
            Route("/question", page(answering.show)),
            Route("/answer", page(answering.answer), methods=["POST"]),
            Route("/predict", page(what_if.ask, in_turn=("run", "model"))),
            Route("/train", page(training.show)),
            Route("/train", page(training.launch), methods=["POST"]),
            Route("/stop", page(training.stop), methods=["POST"]),
            Mount("/static", StaticFiles(directory=rendering.STATIC)),
        ]
    )
