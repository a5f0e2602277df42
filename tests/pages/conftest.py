"""The dashboard from its entry point, on a store of the test's choice, in Streamlit's own test runner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.settings import settings
from core.ui import session
from tests.pages.reading import Dashboard

ROOT = Path(__file__).parents[2]


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
        return Dashboard(lambda: AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=60))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(session, "address", lambda: None)  # Streamlit's test runner has no visitor's address
    yield start
    forget()
