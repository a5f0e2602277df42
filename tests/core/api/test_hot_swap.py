"""A promotion under load: not one request is lost or answered by two versions, and each promotion is soon seen."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread

import pytest

from core.store.connection import Store
from tests.fixtures.alone import Alone, alone, ask
from tests.fixtures.processes import until
from tests.fixtures.stores import FLOWERS

CLIENTS, SWAPS = 8, 4
PRODUCTION = f"/api/models/{FLOWERS}/Production"
# Rows about which the two versions disagree would be luck; which version answered is said by /predict_names
ROW = {"instances": [[5.1, 3.5, 1.4, 0.2]] * 3}
SEEN = 20.0  # seconds; 2 on a machine that does nothing else


class Client(Thread):
    """A program that keeps asking over one connection, until it is told to stop."""

    def __init__(self, served: Alone, ended: Event) -> None:
        super().__init__(daemon=True)
        self.served, self.ended = served, ended
        self.wrong: list[str] = []
        self.answered: dict[int, int] = {}

    def run(self) -> None:
        """Ask by turns by both protocols."""
        with closing(HTTPConnection("127.0.0.1", self.served.port, timeout=60)) as connection:
            self._ask(connection)

    def _ask(self, connection: HTTPConnection) -> None:
        while not self.ended.is_set():
            try:
                plain = ask(connection, "POST", f"{PRODUCTION}/invocations", ROW)
                named = ask(connection, "POST", f"{PRODUCTION}/predict_names", ROW)
            except OSError as error:
                self.wrong.append(repr(error))
                return
            if plain.code != 200 or plain.json != {"predictions": [0, 0, 0]}:
                self.wrong.append(f"{plain.code} {plain.body!r}")
            if named.code != 200 or named.json["predictions"] != ["setosa"] * 3 or named.json["version"] not in {2, 3}:
                self.wrong.append(f"{named.code} {named.body!r}")
            else:
                version = named.json["version"]
                self.answered[version] = self.answered.get(version, 0) + 1


@pytest.fixture(params=[1, pytest.param(2, marks=pytest.mark.long)])
def served(request: pytest.FixtureRequest, own_populated: Store, tmp_path: Path) -> Iterator[Alone]:
    """One process that answers, or two on one port, from a store that the test may change."""
    with alone(tmp_path / "alone", own_populated.uri, processes=request.param) as process:
        yield process


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:.*transition_model_version_stage:FutureWarning")  # other programs call it
def test_a_promotion_under_load_loses_no_request(served: Alone, own_populated: Store) -> None:
    ended = Event()
    clients = [Client(served, ended) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    registry = own_populated.client
    try:
        for swap in range(SWAPS):
            number = 3 if swap % 2 == 0 else 2
            registry.transition_model_version_stage(FLOWERS, str(number), "Production", archive_existing_versions=True)
            assert until(lambda wanted=number: _answers(served) == {wanted}, SEEN), f"{number} is not seen"
    finally:
        ended.set()
        for client in clients:
            client.join(60)
    assert [wrong for client in clients for wrong in client.wrong] == []
    assert {version for client in clients for version in client.answered} == {2, 3}
    registry.transition_model_version_stage(FLOWERS, "2", "Archived")
    assert until(lambda: served.ask("POST", f"{PRODUCTION}/invocations", ROW).code == 404, SEEN)
    assert served.ask("POST", f"/api/models/{FLOWERS}/Archived/invocations", ROW).code == 404
    assert served.ask("POST", f"/api/models/{FLOWERS}/2/invocations", ROW).code == 200
    assert "Traceback" not in served.log


def _answers(served: Alone) -> set[int]:
    """Return which versions answer, of several asks over connections of their own."""
    found = {served.ask("POST", f"{PRODUCTION}/predict_names", ROW).json["version"] for _ in range(4)}
    time.sleep(0.05)
    return found
