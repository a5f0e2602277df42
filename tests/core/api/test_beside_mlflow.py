"""The same requests to ``mlflow models serve`` and to us, each a process of its own: equal answers, equal refusals."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
import pytest

from core.store.connection import Store
from tests.core.prediction.test_every_kind import EIGHT, requests_of
from tests.fixtures.alone import Alone, Told, alone, ask
from tests.fixtures.dashboards import answers, free_port
from tests.fixtures.kinds import kinds
from tests.fixtures.processes import until

pytestmark = pytest.mark.long
NAMES = {kind: f"kind-{place}" for place, kind in enumerate(EIGHT)}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Where a model of each kind lies."""
    places = {kind: tmp_path_factory.mktemp(name) / "model" for kind, name in NAMES.items()}
    for kind, folder in places.items():
        kinds()[kind].save(folder)
    return places


@pytest.fixture(scope="module")
def ours(folders: dict[str, Path], populated: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """A process of ours that answers for all of them."""
    for kind, folder in folders.items():
        populated.client.create_registered_model(NAMES[kind])
        populated.client.create_model_version(NAMES[kind], folder.as_uri())
    agreed = {"PIZARRA_ALLOW_CODE": ",".join(NAMES.values())}
    with alone(tmp_path_factory.mktemp("ours"), populated.uri, settings=agreed) as served:
        yield served
    for name in NAMES.values():
        populated.client.delete_registered_model(name)


@contextmanager
def theirs(folder: Path) -> Iterator[int]:
    """Have MLflow serve a model inside the block; what is given is its port."""
    port = free_port()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # where it looks for uvicorn
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(folder), "--env-manager", "local"]
    with (folder.parent / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "-p", str(port), "--workers", "1"], env=os.environ | {"PATH": path}, stdout=log, stderr=log
        )
    try:
        assert until(lambda: answers(f"http://127.0.0.1:{port}/ping"), 90), (folder.parent / "log").read_text()
        yield port
    finally:
        process.terminate()
        process.wait()


def said(port: int, path: str, body: bytes, content_type: str) -> Told:
    """Return what a server says to one request."""
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        return ask(connection, "POST", path, body, {"Content-Type": content_type})
    finally:
        connection.close()


@pytest.mark.parametrize("kind", EIGHT)
def test_the_same_requests_are_answered_alike(kind: str, folders: dict[str, Path], ours: Alone) -> None:
    requests = requests_of(kinds()[kind])
    with theirs(folders[kind]) as port:
        wanted = {form: said(port, "/invocations", *request) for form, request in requests.items()}
    assert {told.code for told in wanted.values()} > {200}
    for form, request in requests.items():
        told = said(ours.port, f"/models/{NAMES[kind]}/1/invocations", *request)
        assert told.code == wanted[form].code, form
        if told.code == 200:
            np.testing.assert_equal(told.json, wanted[form].json, err_msg=form)
        else:
            assert told.json["error_code"], form
            assert told.json["message"], form
