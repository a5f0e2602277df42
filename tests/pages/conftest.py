"""The dashboard from its entry point, on a store of the test's choice, in Streamlit's own test runner."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from core.settings import settings
from core.training.jobs import Jobs
from core.ui import session
from tests.pages.reading import Dashboard

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session", autouse=True)
def _look_for_components_once() -> Iterator[None]:
    """Streamlit's test runner searches all installed packages for components, anew for each page that is opened."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner, "scan_component_manifests", functools.cache(manifest_scanner.scan_component_manifests)
        )
        yield


@pytest.fixture(scope="session")
def cluster() -> Iterator[Jobs]:
    """One cluster of one worker for all pages: starting one takes seconds."""
    jobs = Jobs(replace(settings(), workers=1, dask_scheduler=""))
    yield jobs
    jobs.close()


@pytest.fixture(autouse=True)
def one_cluster(cluster: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Train and ask on the one cluster, whatever the settings say."""
    monkeypatch.setattr("core.ui.shared.jobs", lambda: cluster)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str], Dashboard]]:
    """Make a dashboard on the store at an address; nothing is left from dashboards before it."""

    def forget() -> None:
        settings.cache_clear()
        st.cache_data.clear()
        st.cache_resource.clear()

    def start(uri: str) -> Dashboard:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        forget()
        return Dashboard(lambda: AppTest.from_file(ROOT / "core/ui/app/script.py", default_timeout=60))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(session, "ip_address", lambda: None)  # Streamlit's test runner has no visitor's address
    yield start
    forget()
