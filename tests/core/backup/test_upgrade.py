"""From this version's store to the next MLflow's, in an environment of its own, and back."""

from __future__ import annotations

import json
import os
import re
import shutil
import site
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from core.backup.making import back_up
from core.backup.restoring import restore
from core.errors import StoreError
from core.settings import ROOT
from core.store.connection import OldSchemaError, Store, open_store
from tests.core.backup.conftest import dump
from tests.fixtures.actors import FIXTURE
from tests.fixtures.stores import FLOWERS, database

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]  # it imports MLflow in seven more processes
# What Pizarra does with a store of that MLflow: read, register, edit, move, ask
USE = f"""
import json, sys
from core.access import Actor
from core.store.connection import open_store
from core.store.registry import promotion
from core.store.registry.registered_models import find_model
from core.store.registry.editing import ALIAS_CHECKS
from core.store.runs.tracking import find_runs
store = open_store(sys.argv[1])
promotion.move(store, Actor("ana", "presenter"), promotion.Move({FLOWERS!r}, 3, "Production", "To see."))
for check in ALIAS_CHECKS:
    check("candidate")
print(json.dumps([len(find_runs(store, "").ids), find_model(store, {FLOWERS!r}).version(3).stage]))
"""


@pytest.fixture(scope="module")
def next_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the next MLflow, and else what is installed here."""
    index = [sys.executable, "-m", "pip", "index", "versions", "mlflow"]
    found = subprocess.run(index, capture_output=True, text=True, check=False, timeout=120)
    newest = re.search(r"LATEST:\s*(\S+)", found.stdout)
    if newest is None:
        pytest.skip("no package index can be reached")
    if newest[1] == version("mlflow"):
        pytest.skip("there is no newer MLflow")
    folder = tmp_path_factory.mktemp("next") / "venv"
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, folder], check=True)
    python = folder / "bin" / "python"
    # Its other packages are those of this environment; MLflow's whole package needs no other of its own
    subprocess.run([uv, "pip", "install", "-q", "--no-deps", "--python", python, f"mlflow=={newest[1]}"], check=True)
    packages = next((folder / "lib").glob("python*/site-packages"))
    (packages / "shared.pth").write_text("\n".join(site.getsitepackages()))
    return python


def run(python: Path, *words: str) -> str:
    told = {**os.environ, "PYTHONPATH": str(ROOT), "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = subprocess.run(
        [python, *words], capture_output=True, text=True, check=False, cwd=ROOT, env=told, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_store_goes_to_the_next_mlflow_and_comes_back(
    own_populated: Store, next_mlflow: Path, tmp_path: Path
) -> None:
    uri, cache, file = own_populated.uri, tmp_path / "cache", tmp_path / "before.tar.gz"
    before = dump(database(own_populated))
    back_up(uri, FIXTURE, file, cache)
    said = run(next_mlflow, "-c", "from mlflow.store.db.utils import _get_latest_schema_revision as r; print(r())")
    changed = said.strip() not in "".join(before)
    if changed:  # Pizarra there asks for the upgrade and changes nothing
        asked = f"""
from core.store.connection import OldSchemaError, open_store
try:
    open_store({uri!r})
except OldSchemaError as error:
    print(error.commands[0])
"""
        assert "mlflow db upgrade" in run(next_mlflow, "-c", asked)
        assert dump(database(own_populated)) == before
    run(next_mlflow, "-m", "mlflow", "db", "upgrade", uri)
    runs, stage = json.loads(run(next_mlflow, "-c", USE, uri).splitlines()[-1])
    assert runs >= 5
    assert stage == "Production"
    if changed:  # and Pizarra here says that it is too new, and asks for no upgrade that would fail
        copy = tmp_path / "copy.db"
        shutil.copy(database(own_populated), copy)
        with pytest.raises(StoreError, match="written by a newer MLflow") as refused:
            open_store(f"sqlite:///{copy}")
        assert not isinstance(refused.value, OldSchemaError)
    restore(file, uri, FIXTURE, cache, replace=True)
    assert dump(database(own_populated)) == before
    open_store(uri)
