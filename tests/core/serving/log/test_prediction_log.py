"""The log as it is written: nothing blocks, nothing is counted twice, and what is lost is told."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from core.serving.log import files, prediction_log, reading
from core.serving.log.entries import is_sampled
from core.serving.log.files import PARQUET, STREAM, compact, folder_of_model, parts
from core.serving.log.prediction_log import PredictionLog
from core.serving.log.reading import read_log
from tests.fixtures.entries import NOON, entry
from tests.fixtures.processes import until
from tests.fixtures.small_disks import fill, make_room, small_disk

ROOT = Path(__file__).parents[4]
LONG_AGO = NOON - timedelta(days=1000)
LOST = 2.0  # seconds before the end: the last one is promised, and a busy machine may let a thread wait
Make = Callable[..., PredictionLog]


def names(log: PredictionLog, ending: str, model: str = "iris") -> list[str]:
    return sorted(path.name for path in folder_of_model(log.folder, model).glob(f"*{ending}"))


def ids(folder: Path, model: str = "iris") -> list[str]:
    return sorted(read_log(folder, model, LONG_AGO)["request_id"])


def doomed(folder: Path, who: str) -> subprocess.Popen[str]:
    """Start a process that logs until it is killed."""
    command = [sys.executable, "-m", "tests.fixtures.doomed_log", str(folder), who]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def kill(process: subprocess.Popen[str]) -> tuple[float, dict[str, float]]:
    """Kill a process that logs; return when, and what it had noted when."""
    at = datetime.now(UTC).timestamp()
    os.kill(process.pid, signal.SIGKILL)
    said, _nothing = process.communicate()
    lines = [line.split() for line in said.splitlines() if line.count(" ") == 1]
    return at, {number: float(when) for number, when in lines}


# What is written


def test_an_entry_is_on_the_disk_soon_with_all_that_it_says(log: PredictionLog) -> None:
    one = entry([1.5, "red"], [2.5, None], answers=["setosa", "virginica"], stage="Production", milliseconds=3.5,
                chances={"setosa": [0.9, 0.2], "virginica": [0.1, 0.8]}, origin="predict page")  # fmt: skip
    log.note(one)
    assert until(lambda: len(read_log(log.folder, "iris", LONG_AGO)) == 2, 10)  # nobody asked it to hurry
    said = read_log(log.folder, "iris", LONG_AGO)
    assert said["request_id"].tolist() == [one.request_id] * 2
    assert said["row"].tolist() == [0, 1]
    assert said["at"].tolist() == [NOON, NOON]
    assert said["prediction"].tolist() == ["setosa", "virginica"]
    assert said["chance"].tolist() == [0.9, 0.8]
    assert said["chance:virginica"].tolist() == [0.1, 0.8]
    assert said[["version", "stage", "origin", "milliseconds"]].iloc[0].tolist() == [
        1, "Production", "predict page", 3.5
    ]  # fmt: skip
    assert said["input:a"].tolist() == [1.5, 2.5]
    assert said["input:b"].isna().tolist() == [False, True]


def test_columns_may_be_given_as_arrays(log: PredictionLog) -> None:
    log.note(entry(rows={"a": np.array([1, 2]), "b": ["x", "y"]}, answers=np.array([0.5, 1.5])))
    assert log.flush()
    said = read_log(log.folder, "iris", LONG_AGO)
    assert said["input:a"].tolist() == [1, 2]
    assert said["prediction"].tolist() == [0.5, 1.5]


@pytest.mark.parametrize("model", ["año/é\\..*?", "con", "x" * 300, "車", "..", "a:b|c", ""])
def test_any_name_of_a_model_makes_a_folder_and_comes_back(log: PredictionLog, model: str) -> None:
    log.note(replace(entry([1.0, "red"]), model=model))
    assert log.flush()
    assert len(read_log(log.folder, model, LONG_AGO)) == 1
    assert list(files.models_in(log.folder)) == [model]
    name = folder_of_model(log.folder, model).name
    assert name.isascii()
    assert len(name) < 60


def test_a_whole_number_a_number_a_word_and_a_flag_stay_what_they_are(log: PredictionLog) -> None:
    log.note(entry([1, "red", True, 2.5], columns=("a", "b", "c", "d")))
    assert log.flush()
    kinds = read_log(log.folder, "iris", LONG_AGO).dtypes
    assert [str(kinds[f"input:{name}"]) for name in "abcd"] == ["int64", "str", "bool", "float64"]


def test_a_column_that_is_a_number_here_and_a_word_there_loses_nothing(log: PredictionLog) -> None:
    for minute, values in enumerate([[1, "x"], [2.5, "x"], ["many", "x"], [None, "x"], [3, "x"], [True, "x"]]):
        log.note(entry(values, minutes=minute))
        assert log.flush()
    said = read_log(log.folder, "iris", LONG_AGO)["input:a"]
    assert said.dropna().tolist() == ["1", "2.5", "many", "3", "true"]
    assert len(said) == 6
    assert len(names(log, STREAM)) == 4  # whole numbers, numbers, words, flags


def test_other_columns_than_before_are_read_beside_them(log: PredictionLog) -> None:
    for minute, columns in enumerate([("a", "b"), ("a", "c"), ("b",), ("row", "at")]):
        log.note(entry([1.0, 2.0][: len(columns)], columns=columns, minutes=minute))
        assert log.flush()
    said = read_log(log.folder, "iris", LONG_AGO)
    assert [name for name in said if name.startswith("input:")] == [
        "input:a", "input:b", "input:c", "input:row", "input:at"
    ]  # fmt: skip
    assert said["input:c"].tolist()[1] == 2.0
    assert said["row"].tolist() == [0, 0, 0, 0]  # ours, not the model's


@pytest.mark.parametrize(
    "value", ["\ud800", 10**400, float("nan"), float("inf"), {"a": [1]}, NOON, b"x", pytest.param(10**5000, id="huge")]
)
def test_whatever_value_somebody_sends_an_entry_is_written(log: PredictionLog, value: object) -> None:
    log.note(entry([value, "red"]))
    assert log.flush()
    assert len(read_log(log.folder, "iris", LONG_AGO)) == 1
    assert log.counts.unfit == 0


def test_an_entry_that_is_not_whole_is_counted_and_takes_no_other_along(
    log: PredictionLog, caplog: pytest.LogCaptureFixture
) -> None:
    whole = entry([1.0, "red"])
    log.note(entry([1.0, "red"], answers=["setosa", "virginica"]))
    log.note(entry([1.0], [1.0, 2.0]))
    log.note(None)  # type: ignore[arg-type]
    log.note(whole)
    assert log.flush()
    assert ids(log.folder) == [whole.request_id]
    assert (log.counts.unfit, log.counts.written) == (3, 1)


# What is not written


def test_a_masked_column_stays_without_values(make: Make) -> None:
    log = make(masks=("A", "iris.b", "cars.c"))
    log.note(entry([1.0, "crimson", 2.0], columns=("a", "b", "c")))
    assert log.flush()
    said = read_log(log.folder, "iris", LONG_AGO)
    assert said[["input:a", "input:b"]].isna().all(axis=None)
    assert said["input:c"].tolist() == [2.0]
    [path] = folder_of_model(log.folder, "iris").glob(f"*{STREAM}")
    assert b"crimson" not in path.read_bytes()
    log.close()
    assert compact(path)
    schema = files.schema_of(path.parent, parts(path.parent)[0])
    assert schema is not None
    masked = [field.name for field in schema if field.metadata and b"masked" in field.metadata]
    assert masked == ["input:a", "input:b"]


def test_a_share_of_the_requests_is_logged_and_their_ids_say_which(make: Make) -> None:
    log = make(share=0.25)
    entries = [entry([1.0, "red"]) for _ in range(400)]
    for one in entries:
        log.note(one)
    assert log.flush()
    meant = sorted(one.request_id for one in entries if is_sampled(one.request_id, 0.25))
    assert ids(log.folder) == meant
    assert 50 < len(meant) < 150
    assert log.counts.sampled_out == 400 - len(meant)


def test_a_log_that_is_off_writes_nothing(make: Make) -> None:
    log = make(share=0.0)
    log.note(entry([1.0, "red"]))
    assert log.flush()
    assert not log.folder.exists()


def test_what_comes_too_fast_is_counted_and_whoever_answers_does_not_wait(
    log: PredictionLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, go = threading.Event(), threading.Event()

    def slow(*_arguments: object) -> None:
        held.set()
        assert go.wait(30)

    monkeypatch.setattr(prediction_log, "MOST_ENTRIES", 5)
    monkeypatch.setattr(PredictionLog, "_append", slow)
    log.note(entry([1.0, "red"]))
    assert held.wait(10)
    for _ in range(8):
        log.note(entry([1.0, "red"]))  # comes back though the thread is stuck
    go.set()
    assert log.flush()
    assert (log.counts.dropped, log.counts.written) == (3, 6)


def test_what_is_noted_after_the_end_is_counted(log: PredictionLog) -> None:
    log.note(entry([1.0, "red"]))
    log.close()
    log.note(entry([1.0, "red"]))
    assert len(ids(log.folder)) == 1
    assert log.counts.dropped == 1


# Killed, and several at once


@pytest.mark.long
def test_two_processes_log_at_once_and_a_kill_loses_no_more_than_the_last_second(log: PredictionLog) -> None:
    processes = [doomed(log.folder, who) for who in ("one", "other")]
    assert until(
        lambda: len(ids(log.folder)) > 60 and {i.split("-")[0] for i in ids(log.folder)} == {"one", "other"}, 60
    )
    killed = [kill(process) for process in processes]
    found = ids(log.folder)
    assert len(found) == len(set(found))
    for who, (at, noted) in zip(("one", "other"), killed, strict=True):
        lost = {number: when for number, when in noted.items() if f"{who}-{number}" not in found}
        assert min(lost.values(), default=at) > at - LOST
    log.note(entry([1.0, "red"]))  # its first round looks for what was left behind
    assert log.flush()
    assert until(lambda: len(names(log, PARQUET)) >= 2 and len(names(log, STREAM)) == 1, 20)
    assert len(ids(log.folder)) == len(found) + 1


@pytest.mark.parametrize("cut", [1, 7, 8, 40, 200, 10**9])
def test_a_stream_that_ends_in_the_middle_is_read_up_to_there(log: PredictionLog, cut: int) -> None:
    for number in range(3):
        log.note(entry([float(number), "red"], request_id=str(number)))
        assert log.flush()
    log.close()
    [path] = folder_of_model(log.folder, "iris").glob(f"*{STREAM}")
    whole = path.read_bytes()
    path.write_bytes(whole[: max(0, len(whole) - cut)])
    assert ids(log.folder) == ([] if cut > len(whole) else ["0", "1"])
    assert compact(path)
    assert ids(log.folder) == ([] if cut > len(whole) else ["0", "1"])


@pytest.mark.parametrize("step", ["write_table", "_settle", "replace", "unlink"])
def test_whoever_is_killed_while_compacting_loses_nothing_and_counts_nothing_twice(
    log: PredictionLog, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = sorted(str(number) for number in range(20))
    for number in noted:
        log.note(entry([1.0, "red"], request_id=number))
    log.close()
    [path] = folder_of_model(log.folder, "iris").glob(f"*{STREAM}")

    def die(*_arguments: object, **_named: object) -> None:
        raise KeyboardInterrupt

    place = {"write_table": files.pq, "_settle": files}.get(step, Path)
    with monkeypatch.context() as patch:
        patch.setattr(place, step, die)
        with pytest.raises(KeyboardInterrupt):
            compact(path)
    assert ids(log.folder) == noted
    assert compact(path)
    assert ids(log.folder) == noted
    assert not path.exists()
    assert len(names(log, PARQUET)) == 1


def test_a_stream_that_becomes_a_parquet_file_while_it_is_read_is_read_all_the_same(
    log: PredictionLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.note(entry([1.0, "red"], request_id="a"))
    log.close()

    def too_late(path: Path) -> Iterator[pa.RecordBatch]:
        assert compact(path)
        return files.batches(path)

    monkeypatch.setattr(reading, "batches", too_late)
    assert ids(log.folder) == ["a"]


def test_large_streams_become_parquet_files_while_it_goes_on(
    log: PredictionLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prediction_log, "STREAM_BYTES", 2000)
    for number in range(5):
        log.note(entry([float(number), "red"]))
        assert log.flush()
    assert len(names(log, PARQUET)) >= 1
    assert len(ids(log.folder)) == 5


def test_of_a_past_day_nothing_stays_open(log: PredictionLog) -> None:
    log.note(entry([1.0, "red"], minutes=-60 * 24 * 3))
    assert log.flush()
    assert len(names(log, PARQUET)) == 1
    assert names(log, STREAM) == []


# How much there may be


def test_the_oldest_days_go_first_and_that_is_said(
    make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    log = make(megabytes=1)
    words = [np.random.default_rng(seed).bytes(350_000).hex() for seed in range(3)]  # which no compression makes small
    for days, word in zip((3, 2, 1), words, strict=True):
        log.note(entry([1.0, word], minutes=-60 * 24 * days, model=f"model {days % 2}"))
        assert log.flush()
    days = {1: 0, 2: 0, 3: 0}
    with caplog.at_level(logging.WARNING):
        log._tidied = -prediction_log.TIDIED
        log.note(entry([1.0, words[0]]))
        assert log.flush()
    for model in ("model 0", "model 1"):
        for day, rows in read_log(log.folder, model, LONG_AGO).groupby("at")["row"].count().items():
            days[(NOON - day).days] = rows
    assert days[3] == 0
    assert days[1] == 1
    assert "may have 1 MB, so its oldest rows were removed" in caplog.text


def test_a_full_disk_is_said_once_and_what_it_takes_afterwards_is_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with small_disk(tmp_path / "disk", megabytes=1) as disk:
        log = PredictionLog(disk / "log")
        before, after = entry([1.0, "red"]), entry([2.0, "red"])
        log.note(before)
        assert log.flush()
        fill(disk)
        for _ in range(3):
            log.note(entry([3.0, "x" * 5000]))
            assert log.flush()
        assert log.counts.lost == 3
        assert caplog.text.count("cannot be logged for now") == 1
        make_room(disk)
        log.note(after)
        assert log.flush()
        log.close()
        assert ids(log.folder) == sorted([before.request_id, after.request_id])
