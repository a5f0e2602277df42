"""``python -m trainers run table``: a file of one's own from the command line."""

import json
from pathlib import Path

import pytest

from core.settings import settings
from core.store.connection import open_store
from core.store.runs.tracking import get_run
from core.training.tables.kept import kept_tables
from trainers import tasks
from trainers.__main__ import main

CLIENTS = "".join(
    f"{place};{1000 + 37 * place % 900},5;{'rojo' if place % 3 else 'azul'};"
    f"{place % 28 + 1:02}/{place % 12 + 1:02}/2024;{'sí' if place % 3 and place % 5 else 'no'}\n"
    for place in range(80)
)
ROWS = "".join(f"{place + 1}.{place * 7 % 900 + 100};{'xy'[place % 2]}\n" for place in range(40))


@pytest.fixture(autouse=True)
def own_store(store_uri: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store of the test's own, in English."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store_uri)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    settings.cache_clear()
    return store_uri


@pytest.fixture
def clients(tmp_path: Path) -> Path:
    """A file as a Spanish spreadsheet saves it."""
    path = tmp_path / "clientes_2024.csv"
    path.write_bytes(f"Clientes\n\ncliente;gasto;color;fecha;compró\n{CLIENTS}".encode("cp1252"))
    return path


@pytest.mark.long
def test_a_file_becomes_a_run_of_a_task_that_stays(
    clients: Path, own_store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "table", "--data", str(clients), "--target", "compró", "--register", "compras"]) == 0
    said = capsys.readouterr().out
    assert "It is not UTF-8 and is read as CP1252." in said
    assert "What stands above the heading is left out: Clientes" in said
    assert "Left out: cliente " in said
    assert "Left out: fecha holds dates" in said
    assert "Proposed: fecha holds dates: the later rows are tested on" in said
    (kept,) = kept_tables(settings().cache_dir).tasks
    assert f"80 rows are kept as the task {kept.name}." in said
    assert "Registered as compras, version 1." in said
    assert kept.left_out == ("cliente", "fecha")
    assert (kept.title, kept.class_names) == ("clientes 2024", ("no", "sí"))
    assert kept.ordered_by == "fecha"
    assert kept.name in tasks()
    assert main(["run", kept.name, "--algorithm", "random_forest", "--set", "n_estimators=5", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    run = get_run(open_store(own_store), answer["run_id"])
    assert run.status == "FINISHED"
    assert run.tags["pizarra.task"] == kept.name
    assert run.params["split_ordered_by"] == "fecha"


@pytest.mark.long
def test_what_was_read_as_missing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a;b\n" + "".join(f"{'-' if place % 4 else place % 3};{'xy'[place % 2]}\n" for place in range(40)))
    assert main(["run", "table", "--data", str(path), "--target", "b", "--algorithm", "random_forest"]) == 0
    assert "a: Read as missing, for they are no numbers: «-» × 30." in capsys.readouterr().out


@pytest.mark.long
def test_by_what_rows_are_divided_can_be_told(clients: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "table", "--data", str(clients), "--target", "compró"]
    assert main([*words, "--by-chance"]) == 0
    assert main([*words, "--groups", "color"]) == 2
    assert "divided by 'color'" in capsys.readouterr().err
    assert main([*words, "--groups", "gasto"]) == 0
    assert [(kept.groups, kept.ordered_by) for kept in kept_tables(settings().cache_dir).tasks] == [
        ("", ""),
        ("gasto", ""),
    ]


@pytest.mark.long
def test_json_is_one_object(clients: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "table", "--data", str(clients), "--target", "gasto", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == {"run_id", "status", "metrics", "model_uri", "version"}
    assert "test_rmse" in answer["metrics"]


@pytest.mark.parametrize(
    ("content", "more", "said"),
    [
        ("a;b\n1.234;x\n5.678;y\n" * 1, [], "a: 1.234 in row 2 may have decimals or thousands"),
        ("a;b\nrojo;x\nazul;y\n", [], "Its first line may be a heading or a row: a | b"),
        ("a;b\n1;x\n2;y\n", ["--heading", "yes"], "takes 10 rows with a value for 'b', but there are 2"),
        ("a;c\n1;x\n2;y\n", [], "The table has no column 'b'. Choose one of 'a', 'c'."),
    ],
)
def test_what_reads_in_two_ways_or_cannot_be_learned_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, more: list[str], said: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content)
    assert main(["run", "table", "--data", str(path), "--target", "b", *more]) == 2
    assert said in capsys.readouterr().err
    assert not kept_tables(settings().cache_dir).tasks


@pytest.mark.long
def test_what_is_asked_can_be_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"a;b\n{ROWS}")
    assert main(["run", "table", "--data", str(path), "--target", "b"]) == 2
    assert main(["run", "table", "--data", str(path), "--target", "b", "--decimals", "comma", "--learn-from-all"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["table"], "takes a file and a column to predict"),
        (["table", "--data", "nowhere.csv", "--target", "x"], "There is no file nowhere.csv."),
        (["iris"], "Somebody must say what learns iris. Add --algorithm with one of logistic_regression,"),
    ],
)
def test_what_is_missing_is_said(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", *words]) == 2
    assert said in capsys.readouterr().err
