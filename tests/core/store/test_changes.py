from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import mlflow
import pytest

from core.store import changes
from core.store.changes import change_token
from core.store.connection import Store, open_store, sqlite_path
from core.store.runs.tracking import list_experiments

pytestmark = pytest.mark.sqlite_only(reason="only a file tells whether somebody wrote; other stores are asked")

NOTHING_LISTENS = "http://127.0.0.1:9"


def database(store: Store) -> Path:
    path = sqlite_path(store.uri)
    assert path is not None
    return path


def test_the_token_stays_while_the_store_is_only_read(store: Store) -> None:
    before = change_token(store)
    list_experiments(store)
    with closing(sqlite3.connect(database(store))) as reader:
        reader.execute("select count(*) from runs").fetchone()
    assert change_token(store) == before


def test_the_token_moves_with_each_change_of_our_own(store: Store) -> None:
    tokens = [change_token(store)]
    experiment = store.client.create_experiment("one")
    tokens.append(change_token(store))
    store.client.set_experiment_tag(experiment, "note", "two")
    tokens.append(change_token(store))
    assert len(set(tokens)) == 3


def test_the_token_moves_with_a_late_tag_of_another_process(store: Store) -> None:
    run = store.client.create_run("0")
    store.client.set_terminated(run.info.run_id)
    before = change_token(store)
    write = (
        f"import sqlite3; c = sqlite3.connect({str(database(store))!r});"
        f"c.execute(\"insert into tags values ('note', 'late', '{run.info.run_id}')\"); c.commit()"
    )
    subprocess.run([sys.executable, "-c", write], check=True)
    assert change_token(store) != before


def test_what_is_not_committed_does_not_move_the_token(store: Store) -> None:
    before = change_token(store)
    with closing(sqlite3.connect(database(store))) as writer:
        writer.execute("insert into experiments (name, lifecycle_stage) values ('never', 'active')")
        writer.rollback()
    assert change_token(store) == before


def test_two_stores_have_two_tokens(store: Store, populated: Store) -> None:
    assert change_token(store) != change_token(populated)


@pytest.mark.part(4)
@pytest.mark.parametrize("folder", ["with space", "50%", "50%20off", "#1", "¿qué?"])
def test_any_sign_may_be_in_the_path(folder: str, migrated_database: Path, tmp_path: Path) -> None:
    path = tmp_path / folder / "mlflow.db"
    path.parent.mkdir()
    shutil.copy(migrated_database, path)
    written = str(path).replace("%", "%25").replace("?", "%3F")
    store = open_store(f"sqlite:///{written}")
    assert sqlite_path(store.uri) == path
    before = change_token(store)
    store.client.create_experiment("new")
    assert change_token(store) != before


def test_a_servers_token_moves_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(NOTHING_LISTENS, mlflow.MlflowClient(NOTHING_LISTENS))
    monkeypatch.setattr(changes, "REMOTE_FRESHNESS", 1e9)
    assert change_token(store) == change_token(store)
    monkeypatch.setattr(changes, "REMOTE_FRESHNESS", 1e-9)
    assert change_token(store) != change_token(store)
