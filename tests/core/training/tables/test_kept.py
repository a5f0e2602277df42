"""Tables of one's own are kept by their content and become tasks."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.access import Actor
from core.errors import DataError, PizarraError, StoreError
from core.tables.own import OwnTable
from core.training.datasets import content_sha256, load_dataset, training_table
from core.training.division import BY_CHANCE, Division
from core.training.fit import rows_tested_on
from core.training.tables import kept
from core.training.tables.kept import (
    TableTask,
    delete_table,
    keep_table,
    kept_tables,
    rename_table,
    rows_path,
    title_from,
)
from core.training.tables.targets import target
from tests.fixtures.actors import FIXTURE
from trainers.table import table_task

N = 40
FRAME = pd.DataFrame({
    "cliente": [f"persona {place}" for place in range(N)],
    "color": ["rojo", "verde"] * (N // 2),
    "fecha": pd.date_range("2024-01-01", periods=N).astype("datetime64[us]"),
    "gasto": np.linspace(1.5, 99.25, N),
    "compra": ["no", "no", "no", "sí"] * (N // 4),
})  # fmt: skip
TABLE = OwnTable(FRAME, ())


def keep(folder: Path, column: str = "compra", **more: object) -> TableTask:
    """Keep the table as a task."""
    given = {"title": "Ventas", "file": "ventas.csv", "left_out": ["cliente"]} | more
    return keep_table(FIXTURE, folder, TABLE, target(FRAME, column), **given)  # type: ignore[arg-type]


def test_a_kept_table_is_a_task_with_the_same_rows(tmp_path: Path) -> None:
    task = table_task(keep(tmp_path), tmp_path)
    loaded = load_dataset(task.dataset, data_dir=tmp_path, cache_dir=tmp_path, downloads=False)
    assert (loaded.origin, loaded.source) == ("own", "ventas.csv")
    assert loaded.sha256 == content_sha256(loaded.frame)
    learned = training_table(loaded, task)
    assert list(learned.features.columns) == ["color", "gasto"]  # neither who it was nor a date
    assert learned.features["gasto"].tolist() == FRAME["gasto"].tolist()
    assert learned.target.tolist() == FRAME["compra"].tolist()
    assert task.class_names == ("no", "sí")


def test_the_parts_of_a_date_are_learned_from_where_somebody_wants_it(tmp_path: Path) -> None:
    task = table_task(keep(tmp_path, parts_of=["fecha"]), tmp_path)
    loaded = load_dataset(task.dataset, data_dir=tmp_path, cache_dir=tmp_path, downloads=False)
    features = training_table(loaded, task).features
    assert list(features.columns) == ["color", "fecha (year)", "fecha (month)", "fecha (weekday)", "gasto"]
    assert features.iloc[0].tolist()[1:4] == [2024.0, 1.0, 0.0]  # a Monday


def test_days_are_kept_as_days_and_moments_with_their_times(tmp_path: Path) -> None:
    rows = pd.read_parquet(rows_path(tmp_path, keep(tmp_path).sha256))
    assert rows["fecha"].tolist()[:2] == ["2024-01-01", "2024-01-02"]
    frame = FRAME.assign(fecha=pd.date_range("2024-01-01 08:00", periods=N, freq="30min"))
    kept = keep_table(FIXTURE, tmp_path, OwnTable(frame, ()), target(frame, "compra"), title="x", file="x.csv")
    rows = pd.read_parquet(rows_path(tmp_path, kept.sha256))
    assert rows["fecha"].tolist()[:2] == ["2024-01-01 08:00", "2024-01-01 08:30"]


def test_rows_of_one_day_are_divided_by_the_hour_and_those_of_one_moment_stay_together(tmp_path: Path) -> None:
    hours = pd.Timestamp("2026-01-05 08:00") + pd.to_timedelta(np.arange(N) // 4 * 45, unit="min")
    frame = FRAME.assign(fecha=np.random.default_rng(0).permutation(hours))
    kept = keep_table(
        FIXTURE, tmp_path, OwnTable(frame, ()), target(frame, "compra"), title="x", file="x.csv",
        left_out=["cliente"], division=Division(ordered_by="fecha"),
    )  # fmt: skip
    task = table_task(kept, tmp_path)
    loaded = load_dataset(task.dataset, data_dir=tmp_path, cache_dir=tmp_path, downloads=False)
    tested = rows_tested_on(loaded, task)
    learned = np.setdiff1d(np.arange(N), tested)
    assert len(tested) == N // 5
    assert frame["fecha"].iloc[learned].max() < frame["fecha"].iloc[tested].min()


def test_a_part_of_a_date_takes_no_other_columns_name(tmp_path: Path) -> None:
    frame = FRAME.assign(**{"fecha (year)": np.arange(N, dtype=float)})
    kept = keep_table(
        FIXTURE, tmp_path, OwnTable(frame, ()), target(frame, "compra"), title="x", file="x.csv", parts_of=["fecha"]
    )
    rows = pd.read_parquet(rows_path(tmp_path, kept.sha256))
    assert rows["fecha (year)"].tolist() == frame["fecha (year)"].tolist()
    assert set(rows["fecha (year) 2"]) == {2024.0}


def test_the_same_question_of_the_same_table_is_kept_once(tmp_path: Path) -> None:
    assert keep(tmp_path).name == keep(tmp_path).name
    other = keep(tmp_path, "gasto")
    assert len(kept_tables(tmp_path).tasks) == 2
    assert len(list((tmp_path / "tables").glob("*.parquet"))) == 1
    assert other.kind == "regression"


def test_it_can_be_called_otherwise_and_stays_the_same_task(tmp_path: Path) -> None:
    before = keep(tmp_path)
    after = rename_table(FIXTURE, tmp_path, before.name, " Ventas  de 2024 ")
    assert (after.name, after.title) == (before.name, "Ventas de 2024")
    assert kept_tables(tmp_path).tasks == (after,)


def test_a_deleted_table_takes_its_rows_along_when_nothing_else_is_asked_of_them(tmp_path: Path) -> None:
    one, other = keep(tmp_path), keep(tmp_path, "gasto")
    delete_table(FIXTURE, tmp_path, one.name)
    assert rows_path(tmp_path, one.sha256).is_file()
    delete_table(FIXTURE, tmp_path, other.name)
    assert not list((tmp_path / "tables").iterdir())
    with pytest.raises(DataError, match="is not kept here"):
        delete_table(FIXTURE, tmp_path, other.name)


def test_rows_that_somebody_changed_are_not_learned(tmp_path: Path) -> None:
    task = table_task(keep(tmp_path), tmp_path)
    path = rows_path(tmp_path, task.dataset.sha256)
    pd.read_parquet(path).assign(gasto=1.0).to_parquet(path)
    with pytest.raises(DataError, match="has been changed"):
        load_dataset(task.dataset, data_dir=tmp_path, cache_dir=tmp_path, downloads=False)
    path.unlink()
    with pytest.raises(DataError, match="all need the same PIZARRA_CACHE_DIR"):
        load_dataset(task.dataset, data_dir=tmp_path, cache_dir=tmp_path, downloads=False)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"name": 1}', json.dumps({"name": "x"}), "[" * 5000],
)
def test_a_damaged_description_is_named_and_stops_no_other(tmp_path: Path, text: str) -> None:
    task = keep(tmp_path)
    (tmp_path / "tables" / "x.json").write_text(text)
    found = kept_tables(tmp_path)
    assert found.tasks == (task,)
    assert found.unreadable == ("x.json",)


@pytest.mark.parametrize("title", ["", "   ", "a" * 61, "**a**", "- a", "a:b", "<b>", "_a_", "[x](y)"])
def test_a_title_that_could_mean_something_else_is_refused(tmp_path: Path, title: str) -> None:
    with pytest.raises(DataError, match="A title must begin with"):
        keep(tmp_path, title=title)


@pytest.mark.parametrize(
    ("file", "title"), [("ventas_2024.csv", "ventas 2024"), ("Año 1 (b).xlsx", "Año 1 (b)"), ("***.csv", "Table")]
)
def test_a_file_gives_a_title_that_can_be_one(tmp_path: Path, file: str, title: str) -> None:
    assert title_from(file) == title
    assert keep(tmp_path, title=title_from(file)).title == title


def test_a_table_needs_something_to_learn_from_and_something_that_can_be_learned(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="all are left out"):
        keep(tmp_path, left_out=list(FRAME.columns))
    with pytest.raises(DataError, match="cannot be predicted"):
        keep(tmp_path, "fecha")


def test_rows_of_a_column_stay_together_and_it_is_another_question(tmp_path: Path) -> None:
    by_colour, by_day = Division(groups="color"), Division(ordered_by="fecha")
    plainly, together, later = (keep(tmp_path, "gasto", division=one) for one in (BY_CHANCE, by_colour, by_day))
    assert len({plainly.name, together.name, later.name}) == 3
    assert kept_tables(tmp_path).tasks == tuple(
        sorted([plainly, together, later], key=lambda one: (one.created, one.name))
    )
    assert together.left_out == ("cliente", "color", "fecha")
    assert [table_task(one, tmp_path).division for one in (plainly, together, later)] == [BY_CHANCE, by_colour, by_day]
    task = table_task(later, tmp_path)
    loaded = load_dataset(task.dataset, data_dir=tmp_path, cache_dir=tmp_path, downloads=False)
    assert sorted(rows_tested_on(loaded, task)) == list(range(32, 40))
    assert "color" not in training_table(loaded, table_task(together, tmp_path)).features


def test_rows_that_cannot_be_divided_so_are_refused(tmp_path: Path) -> None:
    for division, said in (
        (Division(groups="compra"), "cannot be divided by what is to be predicted, 'compra'"),
        (Division(ordered_by="color"), "'color' must hold a date or a number in every row"),
        (Division(groups="nadie"), "has no column 'nadie'"),
    ):
        with pytest.raises(DataError, match=said):
            keep(tmp_path, division=division)
    assert not kept_tables(tmp_path).tasks


def test_a_table_that_an_earlier_version_kept_is_divided_by_chance(tmp_path: Path) -> None:
    task = keep(tmp_path)
    path = tmp_path / "tables" / f"{task.name}.json"
    given = json.loads(path.read_text(encoding="utf-8"))
    del given["groups"], given["ordered_by"]
    path.write_text(json.dumps(given), encoding="utf-8")
    assert kept_tables(tmp_path).tasks == (task,)
    path.write_text(json.dumps(given | {"groups": "color", "ordered_by": "fecha"}), encoding="utf-8")
    assert kept_tables(tmp_path).unreadable == (path.name,)
    path.write_text(json.dumps(given | {"groups": 1}), encoding="utf-8")
    assert kept_tables(tmp_path).unreadable == (path.name,)


def test_words_that_would_become_too_many_columns_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_BYTES", 10_000)
    with pytest.raises(DataError, match="'cliente' has 40 of them"):
        keep(tmp_path, left_out=[])
    assert keep(tmp_path).rows == N


def test_only_the_presenter_keeps_tables(tmp_path: Path) -> None:
    with pytest.raises(PizarraError, match="Only the presenter"):
        keep_table(
            Actor("Ana", "audience", member="1"), tmp_path, TABLE, target(FRAME, "compra"), title="x", file="x.csv"
        )


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "tables").write_text("a file")
    with pytest.raises(StoreError, match="Tables must be kept in"):
        keep(tmp_path)
