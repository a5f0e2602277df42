from __future__ import annotations

import io
import os
import shutil
import struct
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mlflow.entities import FileInfo
from PIL import Image

from core.errors import StoreError
from core.store.connection import Store
from core.store.runs import artifacts
from core.store.runs.artifacts import (
    MIB,
    MOST_BYTES,
    MOST_DOCUMENT_BYTES,
    MOST_VALUES,
    Artifact,
    Listing,
    TooLargeError,
    can_be_shown,
    is_picture,
    list_artifacts,
    read_artifact,
    read_document,
    read_table,
)
from tests.fixtures.stores import change, run_folder

PNG, JPEG, GIF = b"\x89PNG\r\n\x1a\nrest", b"\xff\xd8\xff\xe0rest", b"GIF89a rest"
WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 rest"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def run_id(store: Store) -> str:
    return str(store.client.create_run("0").info.run_id)


def lose(store: Store, run_id: str, uri: str) -> None:
    change(store, "update runs set artifact_uri = :uri where run_uuid = :run", uri=uri, run=run_id)


def test_a_run_without_files_has_none(store: Store, run_id: str) -> None:
    assert list_artifacts(store, run_id) == Listing()


def test_files_in_folders_come_with_their_whole_path_and_size(store: Store, run_id: str) -> None:
    store.client.log_text(run_id, "hello", "note with space.txt")
    store.client.log_text(run_id, "[1]", "deep/er/ñ.json")
    files = list_artifacts(store, run_id).files
    assert {(file.path, file.size) for file in files} == {("note with space.txt", 5), ("deep/er/ñ.json", 3)}
    assert {file.name for file in files} == {"note with space.txt", "ñ.json"}


def test_a_listing_ends_somewhere(store: Store, run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifacts, "MOST_FILES", 3)
    for number in range(5):
        store.client.log_text(run_id, "x", f"{number}.txt")
    listing = list_artifacts(store, run_id)
    assert len(listing.files) == 3
    assert listing.more


def files_of(store: Store, run_id: str) -> Path:
    folder = run_folder(store, run_id)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.not_served(reason="a server does not list such a folder")
def test_a_link_that_leads_nowhere_leaves_the_other_files(store: Store, run_id: str) -> None:
    store.client.log_text(run_id, "x", "a.txt")
    store.client.log_text(run_id, "x", "deep/b.txt")
    for folder in ("", "deep/"):
        (files_of(store, run_id) / f"{folder}lost.png").symlink_to("nowhere")
    listing = list_artifacts(store, run_id)
    assert {file.path for file in listing.files} == {"a.txt", "lost.png", "deep/b.txt", "deep/lost.png"}
    with pytest.raises(StoreError, match=r"The file lost\.png of this run cannot be read"):
        read_artifact(store, run_id, "lost.png")


def test_a_folder_that_cannot_be_listed_leaves_the_others(
    store: Store, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.client.log_text(run_id, "x", "damaged/a.txt")
    store.client.log_text(run_id, "x", "well/b.txt")
    listed = artifacts.list_folder

    def list_folder(store: Store, run_id: str, folder: str = "") -> Sequence[FileInfo]:
        if folder == "damaged":  # a disk's fault cannot be had, and who runs the tests may read everything
            raise StoreError("damaged")
        return listed(store, run_id, folder)

    monkeypatch.setattr(artifacts, "list_folder", list_folder)
    assert list_artifacts(store, run_id) == Listing((Artifact("well/b.txt", 1),), ("damaged",))


@pytest.mark.not_served(reason="a server does not list such a folder")
def test_a_name_that_is_no_text_leaves_the_others(store: Store, run_id: str) -> None:
    store.client.log_text(run_id, "x", "a.txt")
    (Path(os.fsdecode(bytes(files_of(store, run_id)) + b"/bad\xff.png"))).write_bytes(PNG)
    assert list_artifacts(store, run_id) == Listing((Artifact("a.txt", 1),), ("bad?.png",))


def test_a_link_that_leads_out_of_the_runs_folder_is_not_followed(store: Store, run_id: str, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.txt").write_text("x")
    (files_of(store, run_id) / "out").symlink_to(tmp_path / "secret")
    assert "out/key.txt" not in {file.path for file in list_artifacts(store, run_id).files}


def test_links_that_lead_round_in_circles_end_somewhere(
    store: Store, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "MOST_FOLDERS", 20)
    for name in ("one", "other"):
        (files_of(store, run_id) / name).symlink_to(".")
    listing = list_artifacts(store, run_id)
    assert listing == Listing(more=True)


def test_bytes_tables_and_documents_are_read(populated: Store) -> None:
    runs = populated.client.search_runs(["1"], "attributes.run_name = 'line'")
    run_id = runs[0].info.run_id
    assert is_picture(read_artifact(populated, run_id, "plots/confusion_matrix.png"))
    assert len(read_table(populated, run_id, "evaluation/test.parquet")) == 30
    assert "features" in read_document(populated, run_id, "profile/features.json")  # type: ignore[operator]


def test_a_file_that_is_gone_is_said_by_its_path(store: Store, run_id: str) -> None:
    with pytest.raises(StoreError, match=r"The file plots/none\.png of this run cannot be read"):
        read_artifact(store, run_id, "plots/none.png")


@pytest.mark.part(2)
@pytest.mark.parametrize("content", ["not {json", "[" * 100_000])
def test_a_document_that_is_no_json_is_refused(store: Store, run_id: str, content: str) -> None:
    store.client.log_text(run_id, content, "a.json")
    with pytest.raises(StoreError, match=r"The file a\.json of this run is no JSON that can be read"):
        read_document(store, run_id, "a.json")


def test_a_file_that_would_fill_the_memory_is_not_read(store: Store, run_id: str) -> None:
    with (files_of(store, run_id) / "weights.bin").open("wb") as file:
        file.truncate(MOST_BYTES + MIB)
    with pytest.raises(TooLargeError, match=r"The file weights\.bin of this run has 201 MB, and up to 200 MB are read"):
        read_artifact(store, run_id, "weights.bin")


def test_a_document_that_would_fill_the_memory_is_not_read(store: Store, run_id: str) -> None:
    with (files_of(store, run_id) / "a.json").open("wb") as file:
        file.truncate(MOST_DOCUMENT_BYTES + MIB)
    with pytest.raises(TooLargeError, match=r"The file a\.json of this run has 21 MB, and up to 20 MB are read"):
        read_document(store, run_id, "a.json")


@pytest.mark.long
@pytest.mark.parametrize(
    "table",
    [
        pa.table({"long": pa.DictionaryArray.from_arrays(pa.array(np.zeros(20_000, np.int32)), ["x" * 100_000])}),
        pa.table({"many": np.zeros(MOST_VALUES + 1, np.int8)}),
        pa.table({"nested": pa.array([[0] * 1_000_001] * 50)}),
    ],
    ids=["a long text in every row", "many rows", "long lists"],
)
def test_a_table_is_refused_by_what_it_becomes(store: Store, run_id: str, table: pa.Table) -> None:
    file = files_of(store, run_id) / "a.parquet"
    pq.write_table(table.replace_schema_metadata(None), file, store_schema=False)
    assert file.stat().st_size < MIB
    with pytest.raises(TooLargeError, match=r"The table a\.parquet of this run is too large to be read"):
        read_table(store, run_id, "a.parquet")


def test_repeated_texts_are_read_as_they_are(store: Store, run_id: str) -> None:
    table = pd.DataFrame({"a.b": ["x", None, "x"] * 100, "n": range(300), "": ["y"] * 300})
    table.to_parquet(files_of(store, run_id) / "a.parquet")
    assert read_table(store, run_id, "a.parquet").equals(table)


def test_a_table_that_is_no_parquet_is_refused(store: Store, run_id: str) -> None:
    store.client.log_text(run_id, "not parquet", "a.parquet")
    with pytest.raises(StoreError, match=r"The file a\.parquet of this run cannot be read"):
        read_table(store, run_id, "a.parquet")


def test_files_whose_folder_was_removed_are_none(own_populated: Store) -> None:
    run_id = own_populated.client.search_runs(["1"], "attributes.run_name = 'line'")[0].info.run_id
    shutil.rmtree(run_folder(own_populated, run_id))
    assert list_artifacts(own_populated, run_id) == Listing()
    with pytest.raises(StoreError, match="It was removed, or lies on a machine that cannot be reached from here"):
        read_artifact(own_populated, run_id, "plots/confusion_matrix.png")


@pytest.mark.part(4)
@pytest.mark.parametrize(
    "uri", ["file:///C:/Users/An%20Other/mlruns/1", "C:\\mlruns\\1", "s3://nobody/1", "strange://place/1", "hdfs://a/1"]
)
def test_places_of_other_machines_are_said_or_empty_but_never_a_surprise(store: Store, run_id: str, uri: str) -> None:
    lose(store, run_id, uri)
    with suppress(StoreError):
        assert list_artifacts(store, run_id) == Listing()
    with pytest.raises(StoreError, match=r"cannot be read|not open to Pizarra"):  # of a bucket we have no key to
        read_artifact(store, run_id, "a.txt")


@pytest.mark.part(4)
@pytest.mark.parametrize("path", ["../../mlflow.db", "/etc/passwd", "a/../../../x"])
def test_a_path_that_leaves_the_runs_folder_is_refused(store: Store, run_id: str, path: str) -> None:
    store.client.log_text(run_id, "x", "a.txt")
    with pytest.raises(StoreError, match="cannot be read"):
        read_artifact(store, run_id, path)


@pytest.mark.parametrize("content", [PNG, JPEG, GIF, WEBP])
def test_pictures_are_told_by_their_first_bytes(content: bytes) -> None:
    assert is_picture(content)


@pytest.mark.parametrize("content", [SVG, b"", b"<?xml version='1.0'?>" + SVG, b"%PDF-1.7", b"RIFF\0\0\0\0WAVEfmt "])
def test_svg_and_what_is_no_picture_is_never_shown(content: bytes) -> None:
    assert not is_picture(content)


@pytest.mark.parametrize(
    ("path", "may_be"),
    [("plots/a.png", True), ("a.JPEG", True), ("a.webp", True), ("a.svg", False), ("png", False), ("a.html", False)],
)
def test_names_that_may_be_pictures(path: str, may_be: bool) -> None:
    assert Artifact(path, None).may_be_picture is may_be


def picture(width: int, height: int) -> bytes:
    """The header of a PNG that says it is so large, and nothing of the picture."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


def test_a_picture_of_too_many_pixels_is_told_by_its_header() -> None:
    whole = io.BytesIO()
    Image.new("RGB", (20, 10)).save(whole, "png")
    assert can_be_shown(whole.getvalue())
    assert not can_be_shown(picture(60_000, 60_000))
    assert not can_be_shown(picture(10_000, 10_000))
    assert not can_be_shown(b"\x89PNG\r\n\x1a\n damaged")
