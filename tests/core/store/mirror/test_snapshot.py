from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from core.store.mirror import snapshot
from core.store.mirror.snapshot import (
    SCHEMA,
    Snapshot,
    as_runs,
    differing,
    load,
    merged,
    of_experiments,
    of_ids,
    rows,
    save,
)
from core.store.runs.tables import STARTED_TAG, Experiment, Run

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EXPERIMENTS = [Experiment("0", "Default", NOON), Experiment("7", "trees", NOON)]
URI = "sqlite:///mlflow.db"


def run(run_id: str, minute: int = 0, experiment: str = "0", **fields: object) -> Run:
    moment = NOON.replace(minute=minute)
    made = Run(
        run_id=run_id, experiment_id=experiment, name=f"run {run_id}", status="FINISHED", created=moment, start=moment,
        end=moment.replace(second=30), deleted=False, artifact_uri="", params={}, metrics={}, tags={},
    )  # fmt: skip
    return replace(made, **fields)  # type: ignore[arg-type]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "deep" / "snapshot.parquet"
    table = rows([run("a", params={"depth": "3"}, metrics={"loss": math.nan}), run("b", 1, "7")], {"a": -5})
    save(Snapshot(table, EXPERIMENTS, NOON, NOON, "state", {"c": 9}), path, URI)
    return path


def test_runs_come_newest_first_with_what_was_logged() -> None:
    table = rows([
        run("old", params={"depth": "3"}, metrics={"loss": 0.5}),
        run("new", 5, params={"rate": "0.1"}, metrics={"loss": math.inf}, tags={"pizarra.task": "iris"}),
    ])  # fmt: skip
    runs = as_runs(table)
    assert runs.ids == ["new", "old"]
    assert runs.params.to_dict("index") == {
        "new": {"rate": "0.1", "depth": None},
        "old": {"rate": None, "depth": "3"},
    }
    assert list(runs.metrics["loss"]) == [math.inf, 0.5]
    assert list(runs.info["task"]) == ["iris", ""]
    assert list(runs.info["seconds"]) == [30.0, 30.0]


def test_only_the_asked_experiments_come() -> None:
    table = rows([run("a"), run("b", experiment="7")])
    assert as_runs(of_experiments(table, ["7"])).ids == ["b"]
    assert as_runs(of_experiments(table, [])).ids == []
    assert as_runs(of_ids(table, ["a", "unknown"])).ids == ["a"]


def test_a_run_begins_when_it_left_the_queue() -> None:
    later = NOON.replace(second=10)
    runs = as_runs(rows([run("a", tags={STARTED_TAG: str(round(later.timestamp() * 1000))})]))
    assert runs.info.at["a", "start"] == later
    assert runs.info.at["a", "seconds"] == 20


def test_a_run_without_times_has_none() -> None:
    info = as_runs(rows([run("a", created=None, start=None, end=None)])).info
    assert info[["start", "end", "seconds"]].isna().all(axis=None)


def test_newer_rows_take_the_place_of_older_ones_and_what_is_gone_goes() -> None:
    table = rows([run("a"), run("b"), run("c")])
    result = merged(table, rows([run("b", name="renamed"), run("d")]), ["c", "never there"])
    runs = as_runs(result)
    assert sorted(runs.ids) == ["a", "b", "d"]
    assert runs.info.at["b", "name"] == "renamed"


def test_a_table_stays_in_few_pieces_however_often_it_changes() -> None:
    table = rows([])
    for number in range(3 * snapshot.MOST_CHUNKS):
        table = merged(table, rows([run(str(number))]))
    assert table["run_id"].num_chunks <= snapshot.MOST_CHUNKS
    assert sorted(map(int, as_runs(table).ids)) == list(range(3 * snapshot.MOST_CHUNKS))


def test_only_rows_that_say_something_else_differ() -> None:
    table = rows([run("a", metrics={"x": math.nan, "y": 1.0}), run("b"), run("c", tags={"note": "one"})])
    newer = rows([run("a", metrics={"y": 1.0, "x": math.nan}), run("b"), run("c", tags={"note": "two"}), run("d")])
    assert sorted(differing(table, newer)["run_id"].to_pylist()) == ["c", "d"]


def test_rare_names_are_left_out_where_the_table_would_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "MOST_CELLS", 20)
    table = rows([run(str(n), params={"shared": "1", f"own {n}": "2"}, metrics={"loss": float(n)}) for n in range(10)])
    runs = as_runs(table)
    assert "shared" in runs.params
    assert len(runs.params.columns) == 2
    assert list(runs.metrics["loss"]) == [float(run_id) for run_id in runs.ids]


def test_a_kept_snapshot_comes_back_as_it_was(kept: Path) -> None:
    loaded = load(kept, URI, EXPERIMENTS)
    assert loaded is not None
    assert loaded.table["digest"].to_pylist() == [-5, 0]
    assert np.isnan(as_runs(loaded.table).metrics.at["a", "loss"])
    assert (loaded.as_of, loaded.file_state, loaded.unreadable) == (NOON, "state", {"c": 9})
    assert loaded.table.schema == SCHEMA
    assert [file.name for file in kept.parent.iterdir()] == [kept.name]


def test_a_missing_file_is_no_snapshot(tmp_path: Path) -> None:
    assert load(tmp_path / "none.parquet", URI, EXPERIMENTS) is None


@pytest.mark.parametrize("place", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999])
def test_a_damaged_file_is_never_trusted(kept: Path, place: float) -> None:
    content = bytearray(kept.read_bytes())
    begin = int(place * len(content))
    content[begin : begin + 8] = bytes(byte ^ 0xFF for byte in content[begin : begin + 8])
    kept.write_bytes(content)
    loaded = load(kept, URI, EXPERIMENTS)
    assert loaded is None or as_runs(loaded.table).ids == ["b", "a"]  # some bytes are only padding


@pytest.mark.parametrize("length", [0, 3, 100])
def test_a_cut_off_file_is_never_trusted(kept: Path, length: int) -> None:
    kept.write_bytes(kept.read_bytes()[:length])
    assert load(kept, URI, EXPERIMENTS) is None


def test_another_stores_snapshot_is_never_trusted(kept: Path) -> None:
    assert load(kept, "sqlite:///other.db", EXPERIMENTS) is None
    assert load(kept, URI, [replace(EXPERIMENTS[0], created=NOON.replace(hour=1))]) is None
    assert load(kept, URI, [Experiment("9", "another", NOON)]) is None


def test_an_older_format_is_read_anew(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "FORMAT", "next")
    assert load(kept, URI, EXPERIMENTS) is None
