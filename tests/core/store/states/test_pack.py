from __future__ import annotations

import getpass
import json
import lzma
import os
import shutil
import socket
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import StoreError
from core.store.connection import Store, open_store
from core.store.registry.registered_models import find_model
from core.store.runs.artifacts import list_artifacts
from core.store.runs.tracking import find_runs
from core.store.states import exchange, pack
from core.store.states.rows import texts
from tests.fixtures.actors import ANA
from tests.fixtures.stores import FLOWERS, database

pytestmark = pytest.mark.sqlite_only(reason="only a SQLite store is packed, reset and brought back")

HERE = (str(Path(__file__).parents[4]), os.path.expanduser("~"), socket.gethostname() + ":")


def changed(file: Path, target: Path, **about: object) -> Path:
    """Copy a pack that says something else of itself."""
    with tarfile.open(target, "w:xz") as copy:
        for name, content in pack.members(file):
            told = json.dumps(json.loads(content) | about).encode() if name == pack.ABOUT else content
            pack._add(copy, name, told)
    return target


def test_a_packed_store_has_its_runs_metrics_files_and_versions_again_wherever_it_is_unpacked(
    populated: Store, begun: Store
) -> None:
    before, after = find_runs(populated, ""), find_runs(begun, "")
    assert list(after.ids) == list(before.ids)
    assert after.metrics.equals(before.metrics)
    assert [f.path for f in list_artifacts(begun, after.ids[0]).files] == [
        f.path for f in list_artifacts(populated, before.ids[0]).files
    ]
    stages = [[(v.number, v.stage, v.run_id) for v in find_model(s, FLOWERS).versions] for s in (populated, begun)]
    assert stages[0] == stages[1]


def test_an_unpacked_model_answers_from_where_it_lies_now(populated: Store, begun: Store) -> None:
    for store in (populated, begun):
        version = find_model(store, FLOWERS).version(2)
        folder = Path(store.client.get_logged_model(version.source.removeprefix("models:/")).artifact_location[7:])
        assert folder.is_relative_to(database(store).parent)
        said = (folder / "MLmodel").read_text(encoding="utf-8")
        assert f"artifact_path: {folder.as_uri()}" in said


@pytest.mark.part(3)
@pytest.mark.parametrize("folder", ["a b", "100%", "ñandú"])
def test_a_pack_is_unpacked_into_a_folder_of_any_name(
    migrated_database: Path, tmp_path: Path, small_pack: Path, folder: str
) -> None:
    path = tmp_path / folder / "mlflow.db"
    path.parent.mkdir()
    shutil.copy(migrated_database, path)
    store = open_store(f"sqlite:///{path}")
    assert exchange.load(store, ANA, small_pack)
    run_id = find_runs(store, "attributes.run_name = 'line'").ids[0]
    assert list_artifacts(store, run_id).files


@pytest.mark.long
@pytest.mark.parametrize("which", ["small", "demo"])
def test_nothing_in_a_pack_tells_where_or_by_whom_it_was_made(
    small_pack: Path, populated: Store, tmp_path: Path, which: str
) -> None:
    from trainers.demo import DEMO

    file = small_pack if which == "small" else DEMO.pack
    words = [*HERE, str(database(populated).parent), "/" + "tmp/", "/home/", "/work/", "/root/", "file:///C:"]
    for name, content in pack.members(file):
        if Path(name).suffix in {".json", ".yaml", ".txt", ""}:
            told = content.decode()
            assert not [word for word in words if word in told], name
        elif name.endswith(".db"):
            (tmp_path / "packed.db").write_bytes(content)
            with closing(sqlite3.connect(tmp_path / "packed.db")) as rows:
                told = "\n".join([*texts(rows), ""])
                keys = {
                    key for (key,) in rows.execute("select key from tags union select tag_key from logged_model_tags")
                }
            assert not [word for word in words if word in told]
            assert not [
                key for key in keys if key.startswith(("mlflow.user", "mlflow.source")) or key == "pizarra.owner"
            ]
            assert f'"{getpass.getuser()}"' not in told
            assert content.count(str(Path(__file__).parents[4]).encode()) == 0  # nor in pages that no row uses any more
        else:
            assert not [word for word in words[:4] if len(word) > 8 and word.encode() in content], name
    with tarfile.open(file) as opened:
        assert {(about.uname, about.gname, about.uid, about.mtime) for about in opened} == {("", "", 0, 0)}


def test_a_pack_made_with_other_versions_does_not_fit(small_pack: Path, tmp_path: Path) -> None:
    assert pack.fits(small_pack)
    other = dict(pack.installed()) | {"scikit-learn": "0.1"}
    assert not pack.fits(changed(small_pack, tmp_path / "other.tar.xz", made_with=other))


@pytest.mark.part(2)
@pytest.mark.parametrize("content", [b"", b"no archive", lzma.compress(b"no archive")])
def test_what_is_no_pack_does_not_fit(store: Store, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "pack.tar.xz"
    file.write_bytes(content)
    assert not pack.fits(file)
    assert not exchange.load(store, ANA, file)


def test_a_missing_pack_does_not_fit(tmp_path: Path) -> None:
    assert not pack.fits(tmp_path / "pack.tar.xz")
    assert not pack.fits(Path())


def test_only_a_sqlite_store_is_packed(tmp_path: Path) -> None:
    server = Store("http://localhost:1", None)  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="Only a SQLite file can be packed"):
        pack.write_pack(server, ANA, tmp_path / "pack.tar.xz")
