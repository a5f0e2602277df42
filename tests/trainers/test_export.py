"""Files for orchestrators: what they say, that they are Python as ruff writes it, and that what they call is there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from core.settings import ROOT, settings
from core.store.connection import Store
from core.store.registry.registered_models import find_model
from tests.fixtures.stores import FLOWERS
from trainers import TASKS
from trainers.__main__ import main

INSTALL_SECONDS, RUN_SECONDS = 900, 900
WINES = ROOT.parent / "shared" / "data"


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")


def exported(tmp_path: Path, *words: str) -> Path:
    out = tmp_path / f"{words[0]}_{words[1]}.py"
    assert main(["export", *words, "--out", str(out)]) == 0
    return out


@pytest.mark.parametrize("kind", ["airflow", "metaflow"])
def test_the_file_of_every_task_is_python_as_ruff_writes_it(kind: str, tmp_path: Path) -> None:
    for name in TASKS:
        text = exported(tmp_path, kind, name).read_text(encoding="utf-8")
        compile(text, name, "exec")
        assert f"trainers export {kind} {name}`" in text
    ruff = [shutil.which("ruff", path=str(Path(sys.executable).parent)) or "ruff"]
    options = ["--isolated", "--line-length", "120", str(tmp_path)]
    for command in (["format", "--check"], ["check", "--select", "E,F,I,B,UP,SIM"]):
        done = subprocess.run([*ruff, *command, *options], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_a_file_has_no_secret_and_no_path_but_those_that_were_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://me:open-sesame@host/db")
    monkeypatch.setenv("PIZARRA_PIN", "123456")
    settings.cache_clear()
    for kind in ("airflow", "metaflow"):
        text = exported(tmp_path, kind, "iris").read_text(encoding="utf-8")
        assert not any(secret in text for secret in ("sesame", "123456", str(ROOT), str(Path.home()), sys.prefix))
    text = exported(tmp_path, "airflow", "iris", "--python", "/opt/p/bin/python", "--folder", "/opt/p").read_text()
    assert 'os.environ.get("PIZARRA_PYTHON", "/opt/p/bin/python")' in text
    assert 'os.environ.get("PIZARRA_FOLDER", "/opt/p")' in text


def test_what_was_chosen_is_in_the_file_as_parameters(tmp_path: Path) -> None:
    words = ["--algorithm", "random_forest", "--set", "n_estimators=50", "--effort", "fair", "--model", "flowers"]
    module = run_with(exported(tmp_path, "airflow", "iris", *words, "--schedule", "0 6 * * 1"), airflow())
    assert module.PARAMETERS == {
        "model": "flowers", "algorithm": "random_forest", "settings": {"n_estimators": 50}, "effort": "fair",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["airflow", "iris", "--algorithm", "magic"], "iris cannot be learned by 'magic'"),
        (["airflow", "iris", "--set", "depth=3"], "depth"),
        (["airflow", "table"], "A table of your own takes a file and a column to predict."),
        (["airflow", "nothing"], "nothing"),
        (["metaflow", "iris", "--parts", "0"], "1 part or more, but 0 were asked for"),
    ],
)
def test_what_cannot_be_exported_is_said(words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", *words]) == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize("title", ['a "quoted" one', "back\\slash", '"""', "línea\nnueva", "$title", "{braces}"])
def test_no_name_breaks_the_file(title: str, tmp_path: Path) -> None:
    words = ["--data", str(tmp_path / 'my "rows".csv'), "--target", title, "--title", title]
    module = run_with(exported(tmp_path, "airflow", "table", *words), airflow())
    assert list(module.TABLE) == ["--target", title, "--title", title]
    assert module.PARAMETERS["data"] == str(tmp_path / 'my "rows".csv')


# Every step of the files, carried out for real, without an orchestrator


def airflow() -> Mapping[str, Any]:
    """Return what a DAG imports, where a task is its function and a DAG what its function does."""

    def dag(**_about: Any) -> Callable[[Callable[[], None]], Callable[[], Any]]:
        return lambda pipeline: lambda: SimpleNamespace(test=pipeline)

    skip = type("AirflowSkipException", (Exception,), {})
    return {"airflow": {}, "airflow.sdk": {"dag": dag, "task": lambda step: step},
            "airflow.sdk.exceptions": {"AirflowSkipException": skip}}  # fmt: skip


def metaflow() -> Mapping[str, Any]:
    """Return what a flow imports, where its parameters are what they are by default."""
    flow = type("FlowSpec", (), {"next": lambda self, *steps, **how: self.__dict__.update(following=(steps, how))})
    return {"metaflow": {"FlowSpec": flow, "Parameter": lambda _name, default=None, **_about: default,
                         "current": SimpleNamespace(run_id="1"), "step": lambda step: step}}  # fmt: skip


def run_with(path: Path, modules: Mapping[str, Mapping[str, Any]]) -> ModuleType:
    """Import a file where these modules are there."""
    before = {name: sys.modules.get(name) for name in modules}
    for name, content in modules.items():
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(content)
    made = ModuleType(path.stem)
    try:
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), vars(made))  # noqa: S102 - it is the file that is tried
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
    return made


@pytest.fixture
def here(own_populated: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store in use, for this process."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", own_populated.uri)
    monkeypatch.setenv("PIZARRA_CACHE_DIR", str(tmp_path / "cache"))
    settings.cache_clear()
    yield own_populated
    settings.cache_clear()


def in_this_process(module: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a file's commands carried out here, where all is imported already."""

    def run(words: list[str], **_how: Any) -> SimpleNamespace:
        assert words[1:3] == ["-m", "trainers"]
        capsys.readouterr()
        code = main(words[3:])
        said = capsys.readouterr()
        return SimpleNamespace(returncode=code, stdout=said.out, stderr=said.err)

    monkeypatch.setattr(module, "subprocess", SimpleNamespace(run=run))


def test_a_dags_steps_train_a_version_and_move_it_to_staging(
    here: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["--algorithm", "logistic_regression", "--model", "nightly"]
    module = run_with(exported(tmp_path, "airflow", "iris", *words), airflow())
    in_this_process(module, capsys, monkeypatch)
    module.made.test()
    (version,) = find_model(here, "nightly").versions
    assert (version.number, version.stage) == (1, "Staging")


def test_a_flows_steps_score_every_row_once(
    here: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = pd.DataFrame([[number, 5.1, 3.5, 1.4, 0.2] for number in range(2500)], columns=["id", *NAMES])
    rows.to_csv(tmp_path / "rows.csv", index=False, sep=";", decimal=",")
    words = ["--data", str(tmp_path / "rows.csv"), "--result", str(tmp_path / "s.parquet"), "--model", FLOWERS,
             "--id", "id"]  # fmt: skip
    module = run_with(exported(tmp_path, "metaflow", "iris", *words), metaflow())
    in_this_process(module, capsys, monkeypatch)
    flow = module.IrisScores()
    flow.start()
    assert flow.following[1] == {"foreach": "parts"}
    assert flow.parts == ["1/3", "2/3", "3/3"]
    parts = []
    for part in flow.parts:
        one = module.IrisScores()
        one.__dict__.update({name: value for name, value in vars(flow).items() if name != "following"}, input=part)
        one.score()
        parts.append(one)
    flow.merge_artifacts = lambda _inputs, include: None
    flow.join(parts)
    flow.write()
    flow.end()
    result = pd.read_parquet(tmp_path / "s.parquet")
    assert result["id"].tolist() == [str(number) for number in range(2500)]
    assert set(result["prediction"]) == {"setosa"}
    assert (flow.joined["rows"], flow.answered, flow.kept["rows"]) == (2500, 2500, 2500)
    assert sorted(path.name for path in tmp_path.glob("s.*")) == ["s.parquet"]


NAMES = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]


# With the orchestrators themselves, each in an environment of its own


def installed(folder: Path, package: str) -> Path:
    """Return the Python of a new environment that has a package; where it cannot be had, the test is skipped."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        pytest.skip("uv is not here, which makes environments")
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, str(folder)], check=True)
    done = subprocess.run(
        [uv, "pip", "install", "-q", "-p", str(python), package],
        capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"{package} cannot be installed here: {done.stderr.strip()[-300:]}")
    return python


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    from core.settings import environment_with

    return environment_with({
        "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'mlflow.db'}", "PIZARRA_CACHE_DIR": str(tmp_path / "cache"),
        "PIZARRA_PYTHON": sys.executable, "PIZARRA_FOLDER": str(ROOT), "PIZARRA_DOWNLOADS": "no",
        "PIZARRA_DATA_DIR": str(settings().data_dir.absolute()), "PYTHONPATH": "", "USERNAME": "pizarra", **more,
    })  # fmt: skip


def carried_out(python: Path, *words: str, cwd: Path, env: dict[str, str]) -> str:
    done = subprocess.run(
        [python, *words], cwd=cwd, env=env, capture_output=True, text=True, timeout=RUN_SECONDS, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout + done.stderr


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_airflow_carries_out_all_steps_of_its_dag(tmp_path: Path) -> None:
    python = installed(tmp_path / "airflow", "apache-airflow")
    dags = tmp_path / "dags"
    dags.mkdir()
    words = ["--algorithm", "random_forest", "--set", "n_estimators=20", "--model", "nightly"]
    dag = exported(dags, "airflow", "wine_quality", *words)
    env = environment(
        tmp_path, AIRFLOW_HOME=str(tmp_path / "home"), AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__DAGS_FOLDER=str(dags),
    )  # fmt: skip
    carried_out(python, "-m", "airflow", "db", "migrate", cwd=tmp_path, env=env)
    said = carried_out(python, str(dag), cwd=tmp_path, env=env)  # which is dag.test()
    assert "state=success" in said
    shown = carried_out(
        Path(sys.executable), "-m", "trainers", "evaluate", "nightly/Staging", "--json", cwd=ROOT, env=env
    )
    assert json.loads(shown.splitlines()[0])["passed"] is True


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_metaflow_scores_all_rows_of_the_wine_file(tmp_path: Path) -> None:
    python = installed(tmp_path / "metaflow", "metaflow")
    env, trainers = environment(tmp_path), [sys.executable, "-m", "trainers"]
    words = ["run", "wine_quality", "--algorithm", "random_forest", "--set", "n_estimators=20", "--register", "wine"]
    subprocess.run([*trainers, *words], cwd=ROOT, env=env, check=True, capture_output=True)
    table = TASKS["wine_quality"].dataset
    data = next((path for name in table.filenames if (path := settings().data_dir / name).is_file()), None)
    if data is None:
        data = tmp_path / "wines.csv"
        assert table.stand_in is not None
        table.stand_in().to_csv(data, index=False)
    flow = exported(tmp_path, "metaflow", "wine_quality", "--model", "wine/1", "--result", str(tmp_path / "s.parquet"))
    said = carried_out(python, str(flow), "run", "--data", str(data.absolute()), cwd=tmp_path, env=env)
    rows = len(table.read(data))
    assert f"wine/1: {rows} of {rows} rows are answered" in said
    assert pd.read_parquet(tmp_path / "s.parquet")["prediction"].notna().all()
