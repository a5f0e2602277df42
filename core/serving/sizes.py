"""How much memory an open model has: that of its process where it has one of its own, else what its data come to."""

from __future__ import annotations

import pickle
from typing import Any

from core.store.foreign.pool import ForeignModel


def size_of(model: Any) -> int | None:
    """Return the bytes of an open model, None where they cannot be told.

    Of a model in this process it is the length of its pickle, with arrays counted where they are and not copied: what
    it must have, without what Python has around it. How much larger the process has become says less, as memory that
    others have given back is used first.
    """
    if isinstance(model, ForeignModel):
        return model.memory or None
    scale = _Scale()
    try:
        pickle.Pickler(scale, 5, buffer_callback=scale.weigh).dump(model)
    except Exception:  # noqa: BLE001 - what a library's objects raise when they cannot be pickled is theirs to say
        return None
    return scale.size


class _Scale:
    """A file that only counts what is written."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: Any) -> None:
        """Count bytes."""
        self.size += memoryview(data).nbytes

    def weigh(self, buffer: pickle.PickleBuffer) -> None:
        """Count an array that stays where it is."""
        self.size += buffer.raw().nbytes
