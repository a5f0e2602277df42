"""Folders of files as MLflow's file store writes them: converted where its own command stops, on a copy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient

from core.errors import StoreError
from core.settings import ROOT
from core.store.connection import open_store
from core.store.conversion import convert
from core.store.runs.tracking import metric_history
from tests.fixtures.actors import FIXTURE


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    """MLflow on a folder of files, with a run and a deleted one in the experiment "wine"."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    place = (tmp_path / "mlruns").as_uri()
    files = MlflowClient(place, place)
    experiment = files.create_experiment("wine")
    for name in ("kept", "deleted"):
        run_id = files.create_run(experiment, run_name=name).info.run_id
        for step, value in enumerate((0.25, 0.5)):
            files.log_metric(run_id, "loss", value, step=step, timestamp=1000 + step)
        files.log_text(run_id, "hello", "greeting.txt")
        files.set_terminated(run_id)
    files.delete_run(run_id)
    return files


def experiment_of(client: MlflowClient, folder: Path, name: str, called: str = "") -> str:
    """Make an experiment; ``called`` is a name that older versions of MLflow let it take from a deleted one."""
    experiment = str(client.create_experiment(name))
    if called:
        about = folder / experiment / "meta.yaml"
        about.write_text(about.read_text().replace(f"name: {name}", f"name: {called}"))
    return experiment


def twice_named(client: MlflowClient, folder: Path) -> None:
    client.delete_experiment(client.get_experiment_by_name("wine").experiment_id)
    experiment = experiment_of(client, folder, "other", "wine")
    client.set_terminated(client.create_run(experiment, run_name="second").info.run_id)


def twice_measured(_client: MlflowClient, folder: Path) -> None:
    for metric in folder.glob("*/*/metrics/loss"):
        lines = metric.read_text().splitlines()
        metric.write_text("\n".join([*lines, lines[0].replace("0.25", "0.250")]) + "\n")


def mlflows_own(folder: Path, database: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mlflow", "migrate-filestore", "--source", str(folder)]
    return subprocess.run(
        [*command, "--target", f"sqlite:///{database}"], capture_output=True, text=True, check=False, timeout=300
    )


@pytest.mark.long
@pytest.mark.parametrize("oddity", [twice_named, twice_measured])
def test_mlflows_own_command_stops_where_the_hint_says_so(
    client: MlflowClient, tmp_path: Path, oddity: Callable[[MlflowClient, Path], None]
) -> None:
    oddity(client, tmp_path / "mlruns")
    done = mlflows_own(tmp_path / "mlruns", tmp_path / "out.db")
    assert done.returncode
    assert "UNIQUE constraint failed" in done.stderr
    assert [e.name for e in open_store(f"sqlite:///{tmp_path / 'out.db'}").client.search_experiments()] == ["Default"]


@pytest.mark.long
def test_both_oddities_are_converted_and_what_was_deleted_stays_deleted(client: MlflowClient, tmp_path: Path) -> None:
    twice_measured(client, tmp_path / "mlruns")
    twice_named(client, tmp_path / "mlruns")
    before = {path: path.read_bytes() for path in (tmp_path / "mlruns").rglob("*") if path.is_file()}
    assert convert(tmp_path / "mlruns", tmp_path / "out.db", FIXTURE) == (1, 2)
    assert {path: path.read_bytes() for path in (tmp_path / "mlruns").rglob("*") if path.is_file()} == before

    store = open_store(f"sqlite:///{tmp_path / 'out.db'}")
    stages = {e.name: e.lifecycle_stage for e in store.client.search_experiments(view_type=3)}
    (old,) = stages.keys() - {"Default", "wine"}
    assert old.startswith("wine (")
    assert stages == {"Default": "active", "wine": "active", old: "deleted"}
    runs = store.client.search_runs(
        [e.experiment_id for e in store.client.search_experiments(view_type=3)], run_view_type=3
    )
    assert {r.info.run_name: r.info.lifecycle_stage for r in runs} == {
        "kept": "deleted", "deleted": "deleted", "second": "active",
    }  # fmt: skip
    (kept,) = (r for r in runs if r.info.run_name == "kept")
    assert metric_history(store, kept.info.run_id, "loss")["value"].tolist() == [0.25, 0.5]


@pytest.mark.long
def test_an_ordinary_folder_becomes_what_mlflows_own_command_makes_of_it(client: MlflowClient, tmp_path: Path) -> None:
    client.create_registered_model("m")
    assert convert(tmp_path / "mlruns", tmp_path / "ours.db", FIXTURE) == (0, 0)
    assert not mlflows_own(tmp_path / "mlruns", tmp_path / "theirs.db").returncode
    ours, theirs = (open_store(f"sqlite:///{tmp_path / name}.db").client for name in ("ours", "theirs"))
    for everything in (
        lambda c: [dict(e) for e in c.search_experiments(view_type=3)],
        lambda c: sorted(str(r.to_dictionary()) for r in c.search_runs(["0", *ids(c)], run_view_type=3)),
        lambda c: [m.name for m in c.search_registered_models()],
    ):
        assert everything(ours) == everything(theirs)
    (kept,) = ours.search_runs(ids(ours), "attributes.run_name = 'kept'")
    assert [file.path for file in ours.list_artifacts(kept.info.run_id)] == ["greeting.txt"]


def ids(client: MlflowClient) -> list[str]:
    return [e.experiment_id for e in client.search_experiments(view_type=3)]


@pytest.mark.long
def test_the_command_that_is_shown_runs_and_says_what_it_did(client: MlflowClient, tmp_path: Path) -> None:
    twice_named(client, tmp_path / "mlruns")
    with pytest.raises(StoreError) as refusal:
        open_store(str(tmp_path / "mlruns"))
    ours = refusal.value.commands[1].split()
    done = subprocess.run(
        [sys.executable, *ours[1:-1], str(tmp_path / ours[-1])],
        capture_output=True, text=True, check=True, timeout=300, cwd=ROOT,
    )  # fmt: skip
    assert "1 experiment had the name of another one" in done.stdout
    assert "wine" in {e.name for e in open_store(f"sqlite:///{tmp_path / ours[-1]}").client.search_experiments()}


def test_a_file_that_is_there_is_never_written_over(client: MlflowClient, tmp_path: Path) -> None:
    (tmp_path / "out.db").write_text("mine")
    with pytest.raises(StoreError, match="must not exist yet"):
        convert(tmp_path / "mlruns", tmp_path / "out.db", FIXTURE)
    assert (tmp_path / "out.db").read_text() == "mine"


def test_broken_records_are_said_and_leave_no_database(client: MlflowClient, tmp_path: Path) -> None:
    next((tmp_path / "mlruns").glob("*/*/metrics/loss")).write_text("yesterday 0.5 0\n")
    with pytest.raises(StoreError, match="yesterday"):
        convert(tmp_path / "mlruns", tmp_path / "out.db", FIXTURE)
    assert not (tmp_path / "out.db").exists()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no folder"):
        convert(tmp_path / "nowhere", tmp_path / "out.db", FIXTURE)
