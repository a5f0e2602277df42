"""The parts of compose.yaml without containers, with its own commands: the whole way through, behind nginx with TLS."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from playwright.sync_api import expect

from tests.fixtures.dashboards import ROOT, Dashboard, Visitor, free_port
from tests.fixtures.images import copied
from tests.fixtures.postgres import postgresql
from tests.fixtures.processes import until
from tests.fixtures.proxies import Proxy

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]
PIN = "open sesame"
FLOWERS = [[5.1, 3.5, 1.4, 0.2]]
TRAINED_MS = 600_000  # the demo's models are trained one after the other, on a busy machine
KEYS = {"AWS_ACCESS_KEY_ID": "pizarra", "AWS_SECRET_ACCESS_KEY": "open sesame"}


@dataclass
class Team:
    """What runs: the proxy's address, the dashboard behind it, and where models' files are."""

    proxy: Proxy
    dashboard: Dashboard
    files: Any

    @property
    def address(self) -> str:
        """Where people open it."""
        return self.proxy.address


@contextmanager
def process(command: Sequence[str], folder: Path, **environment: str) -> Iterator[None]:
    """Run a program in a folder inside the block."""
    names = {"MLFLOW_TRACKING_URI"} - environment.keys()
    kept = {name: text for name, text in os.environ.items() if name not in names}
    with (folder / f"{command[-1].rpartition('/')[2][:20]}.log").open("ab") as log:
        started = subprocess.Popen(command, cwd=folder, env={**kept, **environment}, stdout=log, stderr=log)
    try:
        yield
    finally:
        started.terminate()
        try:
            started.wait(60)
        except subprocess.TimeoutExpired:  # MLflow's server waits for its own
            started.kill()
            started.wait()


def healthy(address: str) -> bool:
    """Ask as the check of health in compose.yaml does."""
    command = [sys.executable, str(ROOT / "deploy" / "healthy.py"), address]
    return until(lambda: subprocess.run(command, check=False).returncode == 0, 400)


def words(command: Sequence[str], told: Mapping[str, str]) -> list[str]:
    """Return a command of compose.yaml with this machine's programs and ports."""
    changed = list(command)
    for before, after in told.items():
        changed = [word.replace(before, after) for word in changed]
    if changed[0] == "python":
        return [sys.executable, *changed[1:]]
    return [str(Path(sys.executable).parent / changed[0]), *changed[1:]]


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """All parts, those of ours from a copy of what comes into the image, in another folder."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    folder = tmp_path_factory.mktemp("team")
    there = folder / "elsewhere"
    for path in copied(ROOT):
        goal = there / path.relative_to(ROOT)
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, goal)
    ports = {name: str(free_port()) for name in ("store", "mlflow", "scheduler")}
    store, mlflow = f"http://127.0.0.1:{ports['store']}", f"http://127.0.0.1:{ports['mlflow']}"
    scheduler = f"tcp://127.0.0.1:{ports['scheduler']}"
    secrets = {}
    for name, text in KEYS.items():
        (folder / name).write_text(text)
        secrets[f"{name}_FILE"] = str(folder / name)
    own = {"PYTHONPATH": str(there), "OMP_NUM_THREADS": "1", "PIZARRA_DOWNLOADS": "no",
           "PIZARRA_DATA_DIR": str(folder / "data"), "PIZARRA_CACHE_DIR": str(folder / "cache")}  # fmt: skip
    with ExitStack() as stack:
        database = stack.enter_context(postgresql())
        (folder / "uri").write_text(f"postgresql://{database}/postgres")
        stack.enter_context(process([str(Path(sys.executable).parent / "moto_server"), "-p", ports["store"]], folder))
        assert healthy(f"tcp://127.0.0.1:{ports['store']}")
        bucket = words(services["bucket"]["command"], {})
        region = {"AWS_DEFAULT_REGION": "us-east-1"}
        environment = {**os.environ, **secrets, **region, "AWS_ENDPOINT_URL_S3": store}
        for _twice in range(2):
            subprocess.run(bucket, cwd=there, env=environment, check=True)
        told = {"0.0.0.0": "127.0.0.1", "mlflow:5000": f"127.0.0.1:{ports['mlflow']}", "5000": ports["mlflow"]}  # noqa: S104
        served = {"MLFLOW_BACKEND_STORE_URI_FILE": str(folder / "uri"), "MLFLOW_S3_ENDPOINT_URL": store,
                  "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", **region, **secrets}  # fmt: skip
        command = words([word if word != "mlflow" else str(Path(sys.executable).parent / "mlflow")
                         for word in services["mlflow"]["command"]], told)  # fmt: skip
        stack.enter_context(process(command, there, **served))
        stack.enter_context(
            process(words(services["scheduler"]["command"], {"8786": ports["scheduler"]}), there, **own)
        )
        assert healthy(scheduler)
        assert healthy(f"{mlflow}/health")
        command = words(services["worker"]["command"],
                        {"tcp://scheduler:8786": scheduler, "${PIZARRA_WORKERS:-2}": "1",
                         "/tmp": str(folder)})  # fmt: skip  # noqa: S108
        stack.enter_context(process(command, there, **own, MLFLOW_TRACKING_URI=mlflow))
        proxy = Proxy(folder / "nginx", "/pizarra")
        stack.enter_context(proxy.running())
        (folder / "own").mkdir()
        settings = {"MLFLOW_TRACKING_URI": mlflow, "PIZARRA_DASK_SCHEDULER": scheduler, "PIZARRA_PIN": PIN,
                    "PIZARRA_PUBLIC_URL": proxy.address, "PIZARRA_PROXIES": "127.0.0.1"}  # fmt: skip
        dashboard = Dashboard(folder / "own", proxy.dashboard, settings=settings, path=proxy.path)
        stack.callback(dashboard.stop)
        files = boto3.client("s3", endpoint_url=store, region_name="us-east-1", aws_access_key_id="a",
                             aws_secret_access_key="b")  # fmt: skip  # noqa: S106
        yield Team(proxy, dashboard, files)


def test_from_the_demo_to_a_program_that_asks(team: Team, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    visitor.go(team)  # type: ignore[arg-type]  # what has an address
    assert visitor.part("home_load_demo").count() == 0
    visitor.part("home_pin").locator("input").fill(PIN)
    visitor.push("home_present_button")
    visitor.settled()
    visitor.press("Load the demo")
    expect(page.get_by_text("The demo is loaded").first).to_be_visible(timeout=TRAINED_MS)

    visitor.go(team, "train", task="iris")  # type: ignore[arg-type]
    page.locator(".st-key-train_launch button").click()
    result = page.locator(".st-key-train_result")
    expect(result.get_by_text("test_accuracy", exact=True)).to_be_visible(timeout=TRAINED_MS)
    assert team.dashboard.trainers() == []  # it was trained by the worker elsewhere
    visitor.is_well()

    result.get_by_role("link").nth(1).click()
    page.wait_for_url("**/pizarra/compare**")
    visitor.settled()
    expect(page.locator(".st-key-compare_bars")).to_be_visible()
    visitor.is_well()

    visitor.go(team, "registry", model="churn-predictor")  # type: ignore[arg-type]
    page.locator(".st-key-registry_Production_3 button").click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".st-key-registry_confirm button").click()
    expect(dialog.locator("[data-testid=stAlertContentError]")).to_be_visible()
    dialog.locator(".st-key-registry_override label").click()
    visitor.settled()
    dialog.locator(".st-key-registry_confirm button").click()
    expect(page.locator(".st-key-registry_report")).to_contain_text("3: ◐")
    visitor.is_well()

    visitor.go(team, "predict", model="churn-predictor")  # type: ignore[arg-type]
    expect(page.locator(".st-key-predict_answers")).to_contain_text("Production")
    visitor.is_well()

    route = f"{team.address}/api/models/iris-classifier/Production/invocations"
    assert len(page.request.post(route, data={"instances": FLOWERS}).json()["predictions"]) == 1
    assert page.request.get(f"{team.address}/api/models/churn-predictor/Production").json()["version"] == 3
    assert team.files.list_objects_v2(Bucket="mlflow")["KeyCount"] > 20
