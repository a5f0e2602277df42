"""Many at once on each kind of server, which is killed and comes back: nothing is lost, nothing is doubled."""

from __future__ import annotations

import multiprocessing
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlparse
from uuid import uuid4

import pytest
from mlflow.entities import ViewType

from core.errors import StoreError
from core.store.abandoned import settle_abandoned
from core.store.connection import Store, open_store
from core.store.kept_results import kept_of
from core.store.registry.promotion import Move, move
from core.store.registry.stages import read_standing
from core.store.registry.timeline import read_all
from core.store.runs.tracking import list_experiments, list_runs
from tests.fixtures.actors import ANA
from tests.fixtures.crowds import DONE, press_all, watching, write_one
from tests.fixtures.databases import new_database
from tests.fixtures.invariant import faults
from tests.fixtures.mariadb import mariadb
from tests.fixtures.postgres import postgresql
from tests.fixtures.processes import until
from tests.fixtures.restarts import restarts
from tests.fixtures.servers import mlflow_server
from tests.fixtures.stores import BEHIND, Behind, make_versions

DASHBOARDS, PROCESSES, WRITERS = 4, 6, 30
WAIT = 300.0  # seconds, for machines that are busy


@dataclass(frozen=True)
class Place:
    """A store, its database, and the port of what is killed; ``folder`` is the disk of those who use it."""

    store: Store
    database: str
    port: int
    folder: Path


@pytest.fixture(scope="module")
def again() -> Iterator[Callable[[int], None]]:
    with restarts() as again:
        yield again


@pytest.fixture(scope="module")
def postgres(again: Callable[[int], None]) -> Iterator[str]:
    with postgresql() as server:
        yield server


@pytest.fixture(scope="module")
def maria(again: Callable[[int], None]) -> Iterator[str]:
    with mariadb() as server:
        yield server


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2].partition("/")[0])


@pytest.fixture
def place(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    """An empty store of a kind: ``postgresql``, ``mariadb``, or a server over the first, one of which is killed."""
    monkeypatch.chdir(tmp_path)  # where MLflow keeps the files of a database's runs
    server = request.getfixturevalue("maria" if kind == "mariadb" else "postgres")
    # MLflow's own server cannot promote through psycopg 3: tests/core/store/test_refusals.py
    scheme = {"mariadb": "mysql+pymysql", "postgresql": "postgresql"}.get(kind, "postgresql+psycopg2")
    database = new_database(server, scheme, f"d{uuid4().hex[:12]}")
    with ExitStack() as stack:
        store = open_store(database)
        if kind.startswith("served"):
            store = stack.enter_context(mlflow_server(database, tmp_path))
            BEHIND[store.uri] = Behind(database, tmp_path)
        killed = urlparse(store.uri).port if kind == "served, itself killed" else port_of(server)
        assert killed is not None
        yield Place(store, database, killed, tmp_path)


def promoted(place: Place, again: Callable[[int], None], crowds: Executor, parts: Sequence[Sequence[int]]) -> None:
    """Have a crowd for each part promote its versions, kill the server once a few have, and look at all there is."""
    store, numbers = place.store, [number for part in parts for number in part]
    last = max(numbers) + 1
    make_versions(store, "m", last)
    move(store, ANA, Move("m", 1, "Production", "To begin."))
    with watching(place.database, "m") as seen:
        pressed = [crowds.submit(press_all, store.uri, "m", part) for part in parts]
        assert until(lambda: len(set(seen)) > 2, WAIT)
        again(place.port)
        said = dict(zip(numbers, [words for one in pressed for words in one.result(WAIT)], strict=True))
        move(store, ANA, Move("m", last, "Production", "At the end."))  # nobody's session is left broken
    assert {len(look) for look in seen} == {1}
    entries = read_all(store, "m")[::-1]
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    done = {number for number, words in said.items() if words == DONE}
    finished = [entry.changes[0].version for entry in entries if entry.finished]
    assert sorted(finished) == sorted([1, last, *done])
    assert {entry.changes[0].version for entry in entries if not entry.finished} <= set(numbers) - done
    # Nobody's promotion began before that of the entry before it had ended
    before = [next(change.version for change in entry.changes if change.after != "Production") for entry in entries[1:]]
    if len(finished) == len(entries):
        assert before == finished[:-1]
    for number in set(numbers) - done:
        assert "store" in said[number] or "timeline" in said[number], said[number]
    standing = read_standing(store, "m")
    assert (standing.in_stage("Production"), standing.aliases) == ([last], {"champion": last})
    assert done, said


@pytest.mark.long
@pytest.mark.parametrize("kind", ["postgresql"])
def test_five_people_promote_while_the_database_is_killed(place: Place, again: Callable[[int], None]) -> None:
    with ThreadPoolExecutor(1) as one_dashboard:
        promoted(place, again, one_dashboard, [range(2, 7)])


on_each = pytest.mark.parametrize("kind", ["postgresql", "mariadb", "served", "served, itself killed"])


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    """Processes that have all imported what they need."""
    ways = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
    ways.set_forkserver_preload(["tests.fixtures.crowds", "mlflow.sklearn", "mlflow.data", "skops.io"])
    with ProcessPoolExecutor(PROCESSES, ways) as pool:
        yield pool


@on_each
@pytest.mark.timeout(600)
@pytest.mark.long
@pytest.mark.stores
def test_twenty_people_on_four_dashboards_promote_while_the_server_is_killed(
    place: Place, again: Callable[[int], None], processes: Executor
) -> None:
    promoted(place, again, processes, [range(begin, 22, DASHBOARDS) for begin in range(2, 2 + DASHBOARDS)])


@on_each
@pytest.mark.timeout(600)
@pytest.mark.long
@pytest.mark.stores
def test_thirty_workers_write_while_the_server_is_killed(
    place: Place, again: Callable[[int], None], processes: Executor
) -> None:
    store, names = place.store, [f"run {number}" for number in range(WRITERS)]
    writing = [processes.submit(write_one, store.uri, str(place.folder), name) for name in names]
    assert until(lambda: bool(statuses(store).get("FINISHED")) or all(one.done() for one in writing), WAIT)
    again(place.port)
    said = {name: one.result(WAIT) for name, one in zip(names, writing, strict=True)}
    settle_abandoned(store)
    assert until(lambda: not {"RUNNING", "SCHEDULED"} & statuses(store).keys(), WAIT)  # whose creation was in doubt
    experiments = [one.experiment_id for one in list_experiments(store)]
    runs = list_runs(store, experiments).info
    launched = set(runs.index[runs["name"].isin(names)])
    twins = store.client.search_runs(experiments, run_view_type=ViewType.DELETED_ONLY)
    assert not faults(store, launched, others=[one.info.run_id for one in twins]), said
    for name, words in said.items():
        mine = runs[runs["name"] == name]
        if words == DONE:
            assert list(mine["status"]) == ["FINISHED"]
        elif not words.startswith(("The run could not be created", "The MLflow store")):
            assert list(mine["status"]) == ["FAILED"], words
            assert kept_of(place.folder / "cache", str(mine.index[0])) is not None, words
    assert sum(words == DONE for words in said.values()) > WRITERS // 2, said


def statuses(store: Store) -> Counter[str]:
    try:
        return Counter(list_runs(store, [one.experiment_id for one in list_experiments(store)]).info["status"])
    except StoreError:
        return Counter()
