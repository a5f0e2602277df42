"""Answers made before, in a Redis or Valkey server: what several machines that answer programs share."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from core.errors import PizarraError
from core.foreign_json import read_json
from core.i18n import N_
from core.passwords import without_password
from core.prediction.tables.identified import IdentifiedRow
from core.serving.precomputed.batches import UNTOUCHED, Batch, Found, Place, gone, read, written
from core.serving.problems import NotReadyError

PREFIX = "pizarra:precomputed:"
SECONDS = 5.0  # that an answer of the server may take
LINGERS = 60  # seconds that a batch stays after it was replaced, for those who are looking into it
LOOKED_AT = 50  # rows, for one that is answered
TRIES = 5  # batches that may be replaced while one row is looked for


class RedisTable:
    """Answers made before, in a server. Threads and programs may share it."""

    def __init__(self, url: str) -> None:
        try:
            import redis  # which only those need who have such a server
        except ImportError as error:
            raise PizarraError(
                N_("To look answers up in {url} a library is needed that is not installed."),
                N_("Install it, then start again:"),
                commands=["python -m pip install redis"],
                url=without_password(url),
            ) from error
        self._url, self._trouble = url, redis.RedisError
        address = url.replace("valkey", "redis", 1) if url.startswith("valkey") else url  # the client knows one name
        with self._answering():
            self._server: Any = redis.from_url(address, decode_responses=True, socket_timeout=SECONDS)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (self._trouble, ValueError) as error:  # ValueError: the address is none
            raise NotReadyError(
                N_("The answers made before are in {url}, which does not answer as it should: {reason}."),
                N_("Look whether it runs, and whether PIZARRA_PRECOMPUTED_URL names it and the password it asks for."),
                url=without_password(self._url),
                reason=str(error)[:200],
            ) from error

    def begin(self) -> str:
        """Begin a batch, and return what it is called here; one that is left behind goes by itself."""
        name = f"{PREFIX}batch:{uuid4().hex}"
        with self._answering():
            self._server.set(f"{name}:begun", 1, ex=int(UNTOUCHED))
        return name

    def add(self, batch: str, rows: Sequence[IdentifiedRow]) -> Sequence[str]:
        """Add rows to it; return some of the ids that are there already."""
        with self._answering():
            if not self._server.expire(f"{batch}:begun", int(UNTOUCHED)):
                raise gone()
            with self._server.pipeline(transaction=False) as line:
                for row in rows:
                    line.hsetnx(batch, row.id, json.dumps([row.answer, row.problem]))
                line.expire(batch, int(UNTOUCHED))
                *added, _is_there = line.execute()
        return [row.id for row, is_new in zip(rows, added, strict=True) if not is_new]

    def put_in_force(self, place: Place, batch: str, about: Batch) -> None:
        """Have it answer at a place from now on, in the stead of the one before."""
        said = json.dumps({"batch": batch, "about": written(about)})
        with self._answering():
            self._server.persist(batch)  # first, so that it cannot go between the look and the deed
            if self._server.hlen(batch) != about.rows:
                raise gone()
            before = self._server.set(_key(place), said, get=True)
            if before:
                self._server.expire(read_json(before)["batch"], LINGERS)

    def drop(self, batch: str) -> None:
        """Forget one that is not in force."""
        with self._answering():
            self._server.unlink(batch, f"{batch}:begun")

    def find(self, place: Place, row_id: str) -> Found | None:
        """Return what is kept at a place of an id, None where nothing is kept there at all.

        Raises:
            NotReadyError: the server does not answer, or has lost some of it.
        """
        with self._answering():
            said = self._server.get(_key(place))
            for _try in range(TRIES):
                if said is None:
                    return None
                kept = read_json(said)
                about, row = read(kept["about"]), self._server.hget(kept["batch"], row_id)
                if row is not None:
                    answer, problem = read_json(row)
                    return Found(about, IdentifiedRow(row_id, answer, problem))
                rows, again = self._server.hlen(kept["batch"]), self._server.get(_key(place))
                if again == said and rows == about.rows:
                    return Found(about, None)
                if again == said:
                    break
                said = again
        raise NotReadyError(
            N_("The answers made before are no longer whole in {url}."),
            N_("Have them made again, and see to it that this server lets nothing go for want of memory."),
            url=without_password(self._url),
        )

    def an_id(self, place: Place) -> str | None:
        """Return the id of a row that is answered at a place, None where there is none among those looked at."""
        with self._answering():
            said = self._server.get(_key(place))
            rows = self._server.hscan(read_json(said)["batch"], count=LOOKED_AT)[1] if said else {}
        return next((row_id for row_id, row in rows.items() if not read_json(row)[1]), None)

    def close(self) -> None:
        """Let it go."""
        self._server.close()


def _key(place: Place) -> str:
    return f"{PREFIX}{place.store}:{json.dumps([place.model, place.which])}"
