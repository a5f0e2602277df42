"""Where programs ask: the address of a route for a model, below that of the dashboard. It imports nothing heavy."""

from __future__ import annotations

from urllib.parse import quote

PROGRAMS = "/api"  # below which the routes for programs lie
DOCUMENTS = f"{PROGRAMS}/docs"  # what they take and answer


def path_to_row(model: str, which: str, row_id: str) -> str:
    """Return the path where the answer to a row is looked up that was made before, by the row's id.

    >>> path_to_row("wine", "Production", "a/b c")
    '/api/models/wine/Production/precomputed/a%2Fb%20c'
    """
    return f"{path_to(model, which, 'precomputed')}/{quote(row_id, safe='')}"


def path_to(model: str, which: str, route: str) -> str:
    """Return the path of a route of a model; ``which`` is a stage, the number of a version, or an alias behind an @.

    >>> path_to("car prices", "Production", "predict")
    '/api/models/car%20prices/Production/predict'
    """
    return f"{PROGRAMS}/models/{quote(model, safe='')}/{quote(which, safe='@')}/{route}"
