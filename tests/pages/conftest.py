"""The dashboard from its entry point, on a store of the test's choice, in Streamlit's own test runner."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest

from core.process import known_tasks, shared
from core.settings import settings
from core.store.connection import Store
from core.training.jobs import Jobs
from core.ui import session
from tests.fixtures.processes import until
from tests.pages.reading import PIN, Dashboard

ROOT = Path(__file__).parents[2]
SHARED = {"populated", "odd", "hostile"}  # stores that many tests look at and none changes
ENDS_SECONDS = 30
OWN = {"store", "store_uri", "own_populated", "own_odd"}


@pytest.fixture(scope="session", autouse=True)
def _look_for_components_once() -> Iterator[None]:
    """Streamlit's test runner searches all installed packages for components, anew for each page that is opened."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner, "scan_component_manifests", functools.cache(manifest_scanner.scan_component_manifests)
        )
        yield


@pytest.fixture(scope="session", autouse=True)
def _compile_pages_once() -> Iterator[None]:
    """Streamlit's server compiles a page's script once; its test runner does so for each page that is opened."""
    compiled = vars(ScriptCache())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptCache, "__init__", lambda cache: vars(cache).update(compiled))
        yield


@pytest.fixture(scope="session")
def cluster() -> Iterator[Jobs]:
    """One cluster of one worker for all pages: starting one takes seconds."""
    jobs = Jobs(replace(settings(), workers=1, dask_scheduler=""))
    yield jobs
    jobs.close()


@pytest.fixture(autouse=True)
def one_cluster(cluster: Jobs, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Train and ask on the one cluster, whatever the settings say.

    What a test launched ends before its store goes: a worker would wait for that for a minute, and the next test too.
    """
    monkeypatch.setattr("core.process.shared.jobs", lambda: cluster)
    yield
    if not until(lambda: not cluster.active(), ENDS_SECONDS):
        cluster.end_all(cluster.active(), status="KILLED", reason="its test is over")


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Have pages wait for what is done beside them: a test looks once, and a visitor's browser again and again."""
    monkeypatch.setattr("core.ui.data.brought.PATIENCE", 60.0)
    if request.config.getoption("--store") != "sqlite":  # some tell no changes, and are looked at every few seconds
        monkeypatch.setattr("core.store.changes.REMOTE_FRESHNESS", 1e-3)
        monkeypatch.setattr("core.store.mirror.database.LOOK_SECONDS", 0.0)
        monkeypatch.setattr("core.store.mirror.database.LOOK_SHARE", float("inf"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In each file, begin with the pages of the store that all share: what was read of it need not be read again."""
    here = [(place, item) for place, item in enumerate(items) if Path(__file__).parent in item.path.parents]
    files = {path: at for at, path in enumerate(dict.fromkeys(item.path for _place, item in here))}
    ordered = sorted((item for _place, item in here), key=lambda item: (files[item.path], not _only_reads(item)))
    for (place, _item), moved in zip(here, ordered, strict=True):
        items[place] = moved


def _only_reads(item: pytest.Item) -> bool:
    names = set(getattr(item, "fixturenames", ()))
    return bool(names & SHARED) and names.isdisjoint(OWN)


@pytest.fixture(scope="session")
def opened() -> list[str]:
    """The address of the store that the last dashboard opened, as long as what it read is kept."""
    return []


@pytest.fixture
def app(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, opened: list[str], request: pytest.FixtureRequest
) -> Callable[[str], Dashboard]:
    """Make a dashboard on the store at an address; it knows no more than a dashboard that has read it before.

    Nothing is left of dashboards on other stores, nor of this one's where the test may have changed it.
    """

    def start(uri: str) -> Dashboard:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        settings.cache_clear()
        if opened != [uri]:
            shared.forget()
        opened[:] = [uri] if _only_reads(request.node) else []
        return Dashboard(lambda: AppTest.from_file(ROOT / "core/ui/app/script.py", default_timeout=60))

    known_tasks.told_by("trainers")  # as the entry says
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(session, "ip_address", lambda: None)  # Streamlit's test runner has no visitor's address
    monkeypatch.setattr(session, "browser", lambda: "")  # nor cookies
    monkeypatch.setattr(shared, "is_alone", lambda: True)  # nor does it listen
    return start


@pytest.fixture
def class_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A dashboard that other computers reach, whose presenter shows a PIN."""
    monkeypatch.setenv("PIZARRA_PIN", PIN)
    yield
    settings.cache_clear()
    shared.forget()


@pytest.fixture
def room(
    app: Callable[[str], Dashboard], own_populated: Store, class_settings: None, monkeypatch: pytest.MonkeyPatch
) -> Dashboard:
    """A class's dashboard as phones see it."""
    dashboard = app(own_populated.uri)
    monkeypatch.setattr(shared, "is_alone", lambda: False)
    monkeypatch.setattr(session, "ip_address", lambda: "192.168.1.20")
    monkeypatch.setattr(session, "browser", lambda: "a browser")
    return dashboard
