"""Read JSON that visitors, other programs or a damaged disk gave us."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any


def read_json(text: str | bytes, pairs: Callable[[Sequence[tuple[str, Any]]], Any] | None = None) -> Any:
    """Return what a text says; ``pairs`` makes something of each object's names and values.

    Raises:
        ValueError: it is no JSON, or its lists and objects lie in each other without end.
    """
    try:
        return json.loads(text, object_pairs_hook=pairs)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
