from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.errors import PizarraError
from core.i18n import speaking
from core.process import scheduled, scheduled_scores, shared
from core.schedules.schedules import Run
from core.schedules.when import when
from core.serving.precomputed.here import precomputed
from core.serving.precomputed.keeping import place_of
from core.settings import settings
from core.store.connection import Store
from core.store.registry.references import version_named
from tests.fixtures.actors import ANA
from tests.fixtures.processes import until
from tests.fixtures.stores import FLOWERS

NIGHTLY = when("30 2 * * *", "UTC")
PATIENCE = 120.0
FLOWER = {"sepal length (cm)": 5.1, "sepal width (cm)": 3.5, "petal length (cm)": 1.4, "petal width (cm)": 0.2}


@pytest.fixture(autouse=True)
def in_use(populated: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The store that the dashboard has open; none of this changes it."""

    def forget() -> None:
        scheduled.end()
        settings.cache_clear()
        shared.forget()

    monkeypatch.setenv("MLFLOW_TRACKING_URI", populated.uri)
    forget()
    yield
    forget()


class Here:
    """Workers that are this process: what they are given is done at once."""

    def __init__(self) -> None:
        self.workers = self
        self.stuck = False
        self.cancelled = 0

    def answer(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return function(*arguments)

    def begin(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Task:
        return Task(self, lambda: function(*arguments, **named))


class Task:
    """Something that such workers do."""

    def __init__(self, here: Here, work: Callable[[], Any]) -> None:
        self._here, self.result, self.is_done = here, work, not here.stuck

    def cancel(self) -> None:
        self._here.cancelled += 1
        self.is_done = True


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Here:
    made = Here()
    monkeypatch.setattr(shared, "jobs", lambda: made)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that came in: two of flowers, and one of something else."""
    made = tmp_path / "came in"
    made.mkdir()
    for name, rows in (("a", 3), ("b", 2)):
        pd.DataFrame([FLOWER] * rows).to_parquet(made / f"{name}.parquet")
    pd.DataFrame({"price": [1.0]}).to_parquet(made / "c.parquet")
    return made


def carried_out(
    path: Path, model: str = f"{FLOWERS}/Production", kind: str = "score", more: Mapping[str, str] | None = None
) -> Run:
    """Have a path scored, or checked, by itself, at once, and return the run once it has ended."""
    schedules = scheduled.schedules()
    made = schedules.make(ANA, "nightly", kind, {"model": model, "path": str(path), **(more or {})}, NIGHTLY)
    schedules.ask(ANA, made.number)
    scheduled.runner().look()
    assert until(lambda: [run.ended for run in schedules.runs(made.number)] not in ([], [None]), PATIENCE)
    return schedules.runs(made.number)[0]


def test_a_folder_is_scored_by_itself_and_one_odd_file_keeps_none_of_the_others(here: Here, folder: Path) -> None:
    run = carried_out(folder)
    results = folder / f"scored-{FLOWERS}-v2"
    assert run.outcome == "done"
    assert run.words.startswith(
        f"{FLOWERS}, version 2, answered 5 of 5 rows. Results are in {results}. Of 3 files 1 could not be scored: The "
        "columns must be called like the model's inputs"
    )
    with speaking("es"):
        assert "respondió a 5 de 5 filas" in run.words
    assert len(pd.read_parquet(results / "a.parquet")) == 3
    assert pd.read_parquet(results / "b.parquet")["prediction"].tolist() == ["setosa"] * 2


@pytest.mark.usefixtures("here")
def test_one_file_is_scored_and_its_result_is_a_table_of_its_kind_too(tmp_path: Path) -> None:
    pd.DataFrame([FLOWER, FLOWER | {"petal width (cm)": "wide"}]).to_csv(tmp_path / "rows.csv", index=False)
    run = carried_out(tmp_path / "rows.csv", f"{FLOWERS}/3")
    assert run.words == (
        f"{FLOWERS}, version 3, answered 1 of 2 rows; files: 1. Results are in {tmp_path / f'scored-{FLOWERS}-v3'}."
    )
    assert (tmp_path / f"scored-{FLOWERS}-v3/rows.csv").is_file()


@pytest.mark.usefixtures("here")
def test_a_table_is_checked_by_itself_and_what_changed_is_told(tmp_path: Path) -> None:
    pd.DataFrame([FLOWER | {"petal length (cm)": 9.0}] * 60).to_csv(tmp_path / "rows.csv", index=False)
    run = carried_out(tmp_path / "rows.csv", kind="check")
    assert run.outcome == "done"
    assert run.words.startswith(
        f"{FLOWERS}, version 2: What it is asked has changed more than by chance: 4 of 4 inputs."
    )
    assert "petal length (cm): 100% of the values are beyond all rows before." in run.words
    with speaking("es"):
        assert run.words.startswith(f"{FLOWERS}, versión 2:")
        assert scheduled.words("check", {"model": FLOWERS, "path": "/a"}) == f"comprobar /a para {FLOWERS}"


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("path", "model", "words"),
    [
        ("nowhere", FLOWERS, "The folder must have Parquet files that the workers can read, but in"),
        ("came in/c.parquet", FLOWERS, "The columns must be called like the model's inputs"),
        ("came in", "unheard-of", "There is no registered model 'unheard-of'"),
    ],
)
def test_what_cannot_be_scored_fails_and_says_why(folder: Path, path: str, model: str, words: str) -> None:
    run = carried_out(folder.parent / path, model)
    assert run.outcome == "failed"
    assert run.words.startswith(words)


def test_scoring_that_is_not_wanted_any_more_is_taken_back_from_the_workers(here: Here, folder: Path) -> None:
    here.stuck = True
    schedules = scheduled.schedules()
    made = schedules.make(ANA, "nightly", "score", {"model": FLOWERS, "path": str(folder)}, NIGHTLY)
    schedules.ask(ANA, made.number)
    scheduled.start()
    assert until(lambda: [run.outcome for run in schedules.runs(made.number)] == ["running"], PATIENCE)
    scheduled.end()
    assert here.cancelled == 3
    assert [run.outcome for run in schedules.runs(made.number)] == ["died"]


@pytest.mark.long
def test_real_workers_score_a_folder_at_its_time(folder: Path) -> None:
    run = carried_out(folder)
    assert run.outcome == "done"
    assert "answered 5 of 5 rows" in run.words
    assert len(pd.read_parquet(folder / f"scored-{FLOWERS}-v2/a.parquet")) == 3


def test_what_a_schedule_is_to_score_is_looked_for_as_it_is_made(folder: Path) -> None:
    assert scheduled.checked("score", {"model": f" {FLOWERS}@champion", "path": f"{folder} "}) == {
        "model": f"{FLOWERS}@champion",
        "path": str(folder),
    }
    for model, path, why in (
        ("unheard-of", str(folder), "There is no registered model .unheard-of"),
        (f"{FLOWERS}/9", str(folder), "has nothing that is called '9'"),
        ("", str(folder), "A model is named NAME"),
        (FLOWERS, "came in", "Scoring needs the full path of a file or folder that is there, but this was given"),
        (FLOWERS, str(folder / "d.parquet"), "Scoring needs the full path of a file or folder that is there"),
    ):
        with pytest.raises(PizarraError, match=why):
            scheduled.checked("score", {"model": model, "path": path})
    (folder / "d.csv").write_text("code,sepal\n007,1\n")
    pd.DataFrame({"code": [1.5]}).to_parquet(folder / "a.parquet")
    for path, column, why in (
        ("d.csv", "id", r"The table has no column 'id'\..*Choose one of 'code', 'sepal'"),
        ("a.parquet", "code", "Ids must be texts or whole numbers, but column 'code' holds values of the type double"),
        ("", "code", "Ids must be texts or whole numbers"),
    ):
        with pytest.raises(PizarraError, match=why):
            scheduled.checked("score", {"model": FLOWERS, "path": str(folder / path), "id": column})
    assert scheduled.checked("score", {"model": FLOWERS, "path": str(folder / "d.csv"), "id": "code"})["id"] == "code"
    with pytest.raises(PizarraError, match=r"Nothing of the kind 'dance' can be done by itself.*these: score"):
        scheduled.checked("dance", {})


def test_what_a_schedule_does_is_said_in_words() -> None:
    with speaking("es"):
        assert scheduled.words("score", {"model": "wine/Production", "path": "rows.csv"}) == (
            "puntuar rows.csv con wine/Production"
        )
    assert scheduled.words("score", {}) == "score – with –"
    assert scheduled.words("dance", {}) == "dance"


def test_a_file_of_schedules_that_cannot_be_had_is_logged_and_the_dashboard_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PIZARRA_CACHE_DIR", str(tmp_path / "file"))
    settings.cache_clear()
    scheduled.start()
    assert "No schedule is carried out: The file of schedules must be readable" in caplog.text


def test_answers_of_a_schedule_with_ids_are_looked_up(
    here: Here, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIZARRA_CACHE_DIR", str(tmp_path / "cache"))
    settings.cache_clear()
    (folder / "c.parquet").unlink()
    for name, ids in (("a", ["1", "01", "2"]), ("b", ["3", "4"])):
        pd.DataFrame([FLOWER | {"code": one} for one in ids]).to_parquet(folder / f"{name}.parquet")
    run = carried_out(folder, more={"id": "code"})
    assert run.outcome == "done", run.words
    with speaking("en"):
        assert f"{FLOWERS}, version 2, answered 5 of 5 rows, which are looked up by code now." in run.words
    place = place_of(shared.store_uri(), FLOWERS, "Production")
    found = precomputed().find(place, "01")
    assert found is not None
    assert found.row is not None
    assert found.row.answer["prediction"] == "setosa"


def test_where_one_file_fails_the_answers_before_are_still_looked_up(
    here: Here, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIZARRA_CACHE_DIR", str(tmp_path / "cache"))
    settings.cache_clear()
    run = carried_out(folder, more={"id": "code"})
    assert run.outcome == "failed"
    assert precomputed().find(place_of(shared.store_uri(), FLOWERS, "Production"), "1") is None


@pytest.mark.usefixtures("here")
def test_only_what_is_new_or_changed_is_scored(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "c.parquet").unlink()
    results, a = folder / f"scored-{FLOWERS}-v2", folder / "a.parquet"
    assert "answered 5 of 5 rows; files: 2. Results" in carried_out(folder).words
    assert again().words == (
        f"{FLOWERS}, version 2: nothing is new. Files left as they were: 2. Results are in {results}."
    )
    as_it_was, old = (results / "b.parquet").stat().st_mtime_ns, a.stat()
    pd.DataFrame([FLOWER] * 4).to_parquet(a)
    os.utime(a, ns=(old.st_atime_ns, old.st_mtime_ns))  # what it is counts, not when it was written
    run = again()
    assert "answered 4 of 4 rows; files: 1. Left as they were: 1." in run.words
    with speaking("es"):
        assert "archivos: 1. Quedan como estaban: 1." in run.words
    assert len(pd.read_parquet(results / "a.parquet")) == 4
    assert (results / "b.parquet").stat().st_mtime_ns == as_it_was
    (results / "b.errors.csv").unlink()
    a.touch()
    assert "answered 2 of 2 rows; files: 1. Left as they were: 1." in again().words
    (results / "b.parquet").write_text("damaged")
    assert "answered 2 of 2 rows; files: 1. Left as they were: 1." in again().words
    pd.DataFrame({"price": [1.0]}).to_parquet(folder / "c.parquet")
    run = again()
    assert run.outcome == "done"
    assert "Of 3 files 2 were left as they were, and 1 could not be scored: The columns must be" in run.words


@pytest.mark.usefixtures("here")
def test_another_version_or_cut_off_scores_all_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "c.parquet").unlink()
    carried_out(folder, f"{FLOWERS}/2")
    scheduled.schedules().remove(ANA, scheduled.schedules().named("nightly").number)
    assert "version 3, answered 5 of 5 rows; files: 2." in carried_out(folder, f"{FLOWERS}/3").words
    monkeypatch.setattr(scheduled_scores, "version_named", with_cutoff(0.7))
    assert "answered 5 of 5 rows; files: 2." in again().words
    assert "nothing is new" in again().words


def with_cutoff(cutoff: float) -> Callable[..., Any]:
    return lambda store, named: (version_named(store, named)[0], cutoff)


@pytest.mark.usefixtures("here")
def test_answers_that_are_looked_up_are_those_of_all_files_also_of_those_left_as_they_were(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIZARRA_CACHE_DIR", str(tmp_path / "cache"))
    settings.cache_clear()
    (folder / "c.parquet").unlink()
    for name, ids in (("a", ["1", "2"]), ("b", ["3"])):
        pd.DataFrame([FLOWER | {"code": one} for one in ids]).to_parquet(folder / f"{name}.parquet")
    carried_out(folder, more={"id": "code"})
    pd.DataFrame([FLOWER | {"code": "4"}]).to_parquet(folder / "b.parquet")
    assert "answered 3 of 3 rows, which are looked up by code now. Files that were new or changed: 1; left" in (
        again().words
    )
    place = place_of(shared.store_uri(), FLOWERS, "Production")
    rows = {one: found.row is not None for one in "1234" if (found := precomputed().find(place, one))}
    assert rows == {"1": True, "2": True, "3": False, "4": True}


def again() -> Run:
    """Have the schedule carried out once more, and return that run once it has ended."""
    schedules = scheduled.schedules()
    made = schedules.named("nightly")
    before = len(schedules.runs(made.number))
    schedules.ask(ANA, made.number)
    scheduled.runner().look()
    assert until(lambda: [run.ended for run in schedules.runs(made.number)][:-before] not in ([], [None]), PATIENCE)
    return schedules.runs(made.number)[0]
