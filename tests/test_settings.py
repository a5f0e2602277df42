from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from core.errors import PizarraError
from core.settings import SETTINGS, VERSION, known_hosts, machine_language, settings

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in SETTINGS.values():
        monkeypatch.delenv(setting.variable, raising=False)
    settings.cache_clear()


def python(code: str, **environment: str) -> str:
    """Run code in a new Python with nothing of ours in its environment and return what it prints."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "PIZARRA_", "DO_NOT"))
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=inherited | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_without_an_environment_everything_is_local() -> None:
    chosen = settings()
    assert chosen.tracking_uri == "sqlite:///mlflow.db"
    assert chosen.experiment_name == ""
    assert (chosen.data_dir, chosen.cache_dir) == (Path("data"), Path(".pizarra"))
    assert chosen.downloads
    assert chosen.dask_scheduler == ""
    assert chosen.workers == 2


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {
        "MLFLOW_TRACKING_URI": "http://localhost:5000", "MLFLOW_EXPERIMENT_NAME": "mine", "PIZARRA_DATA_DIR": "/data",
        "PIZARRA_CACHE_DIR": "/cache", "PIZARRA_DOWNLOADS": "no", "PIZARRA_DASK_SCHEDULER": "tcp://there:8786",
        "PIZARRA_WORKERS": "5", "PIZARRA_RUNS_EACH": "7", "PIZARRA_RUNS": "70", "PIZARRA_RUN_MINUTES": "5",
    }  # fmt: skip
    for variable, value in wanted.items():
        monkeypatch.setenv(variable, value)
    chosen = settings()
    assert (chosen.tracking_uri, chosen.experiment_name) == ("http://localhost:5000", "mine")
    assert (chosen.data_dir, chosen.cache_dir) == (Path("/data"), Path("/cache"))
    assert not chosen.downloads
    assert (chosen.dask_scheduler, chosen.workers) == ("tcp://there:8786", 5)
    assert (chosen.runs_each, chosen.runs, chosen.run_minutes) == (7, 70, 5)


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=lambda setting: setting.variable)
def test_every_setting_says_what_it_is_for_and_an_empty_one_means_the_default(
    setting: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = settings()
    settings.cache_clear()
    monkeypatch.setenv(setting.variable, "")
    assert settings() == usual
    assert setting.help


@pytest.mark.parametrize(("said", "allowed"), [("yes", True), ("TRUE", True), ("1", True), ("no", False), ("0", False)])
def test_downloads_are_allowed_by_yes(monkeypatch: pytest.MonkeyPatch, said: str, allowed: bool) -> None:
    monkeypatch.setenv("PIZARRA_DOWNLOADS", said)
    assert settings().downloads is allowed


@pytest.mark.parametrize("said", ["two", "1.5", "0", "-1", "9" * 10_000])
@pytest.mark.parametrize("variable", ["PIZARRA_WORKERS", "PIZARRA_RUNS_EACH"])
def test_a_count_that_is_none_is_said_in_words(monkeypatch: pytest.MonkeyPatch, variable: str, said: str) -> None:
    monkeypatch.setenv(variable, said)
    with pytest.raises(PizarraError, match=rf"{variable} must be a whole number from 1 up, but it is '{said}'\."):
        settings()


@pytest.mark.parametrize(
    ("said", "required"), [("yes", True), ("TRUE", True), ("no", False), ("0", False), ("", False)]
)
def test_tokens_are_required_by_yes(monkeypatch: pytest.MonkeyPatch, said: str, required: bool) -> None:
    monkeypatch.setenv("PIZARRA_API_TOKENS", said)
    assert settings().api_tokens is required


def test_a_word_that_might_mean_that_tokens_are_required_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIZARRA_API_TOKENS", "sí")
    with pytest.raises(PizarraError, match=r"PIZARRA_API_TOKENS must be yes or no, but it is 'sí'\."):
        settings()


def test_hosts_are_names_with_commas_between() -> None:
    code = "from core.settings import known_hosts; print(sorted(known_hosts()))"
    assert python(code, PIZARRA_HOSTS="Pizarra.example, b,,") == "['b', 'pizarra.example']"
    assert python(code) == "[]"


def test_mlflows_usage_reports_are_off_whatever_the_user_has_set() -> None:
    code = (
        "from core import settings; import mlflow; from mlflow.telemetry.utils import is_telemetry_disabled;"
        "from mlflow.telemetry import get_telemetry_client; print(is_telemetry_disabled(), get_telemetry_client())"
    )
    assert python(code, MLFLOW_DISABLE_TELEMETRY="false").splitlines()[-1] == "True None"


def test_importing_the_store_alone_turns_the_usage_reports_off_too() -> None:
    """Workers and scripts do not come in through the entry point."""
    code = "import core.store.connection, os; print(os.environ.get('MLFLOW_DISABLE_TELEMETRY'))"
    assert python(code).splitlines()[-1] == "true"


def test_what_the_user_has_set_for_waiting_is_kept() -> None:
    code = "from core import settings; import os; print(os.environ['MLFLOW_HTTP_REQUEST_MAX_RETRIES'])"
    assert python(code) == "1"
    assert python(code, MLFLOW_HTTP_REQUEST_MAX_RETRIES="4") == "4"


def test_settings_import_no_mlflow() -> None:
    assert python("from core import settings; import sys; print('mlflow' in sys.modules)") == "False"


def test_streamlit_reports_nothing_and_shows_no_traceback() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["browser"]["gatherUsageStats"] is False
    assert config["server"]["showEmailPrompt"] is False
    assert config["client"]["showErrorDetails"] == "none"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LC_ALL": "es_MX.UTF-8"}, "es"),
        ({"LANG": "es_ES"}, "es"),
        ({"LC_ALL": "en_US", "LANG": "es_ES"}, "en"),
        ({}, "en"),
    ],
)
def test_the_command_line_speaks_the_machines_language(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], language: str
) -> None:
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    assert machine_language() == language


@pytest.mark.parametrize("said", ["1", " 12 ", "abc"])
def test_a_short_pin_is_refused_without_being_repeated(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("PIZARRA_PIN", said)
    with pytest.raises(PizarraError, match="PIZARRA_PIN must have 4 characters or more") as refused:
        settings()
    assert said.strip() not in str(refused.value).replace("PIZARRA_PIN", "").replace("4", "")


def test_a_pin_is_not_in_what_is_shown_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIZARRA_PIN", "open sesame")
    assert settings().pin == "open sesame"
    assert "sesame" not in repr(settings())


def test_presenters_are_names_with_commas_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIZARRA_PRESENTERS", " Ana@School.example , 17,")
    assert settings().presenters == {"ana@school.example", "17"}


@pytest.mark.parametrize("said", ["https://pizarra.example", "http://192.168.1.20:8501/", "http://[::1]:1/class/"])
def test_a_public_address_has_no_slash_at_its_end(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("PIZARRA_PUBLIC_URL", said)
    assert settings().public_url == said.rstrip("/")


@pytest.mark.parametrize("said", ["pizarra.example", "ftp://a", "http://", "http://a b", "http://me@a", "https://a/?b"])
def test_what_is_no_public_address_is_said(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("PIZARRA_PUBLIC_URL", said)
    with pytest.raises(PizarraError, match="PIZARRA_PUBLIC_URL must be an address such as"):
        settings()


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("https://Pizarra.example/class", {"a", "pizarra.example"}),
        ("", {"a"}),
        ("http://[", {"a"}),
        ("nonsense", {"a"}),
    ],
)
def test_the_name_of_the_public_address_is_known(monkeypatch: pytest.MonkeyPatch, said: str, names: set[str]) -> None:
    monkeypatch.setenv("PIZARRA_HOSTS", "a")
    monkeypatch.setenv("PIZARRA_PUBLIC_URL", said)
    known_hosts.cache_clear()
    assert known_hosts() == names
    known_hosts.cache_clear()


@pytest.mark.parametrize(("said", "share"), [("0", 0.0), ("0.25", 0.25), (".5", 0.5), ("1", 1.0), ("1.0", 1.0)])
def test_a_share_is_a_number_from_0_to_1(said: str, share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIZARRA_LOG", said)
    monkeypatch.setenv("PIZARRA_LOG_MASK", " age, cars.price ,")
    assert settings().log == share
    assert settings().log_mask == ("age", "cars.price")


@pytest.mark.parametrize("variable", ["PIZARRA_LOG", "PIZARRA_SHADOW"])
@pytest.mark.parametrize("said", ["1.5", "-1", "nan", "half", "0,5", "10%", "\u0661"])
def test_what_is_no_share_is_refused(variable: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, said)
    with pytest.raises(PizarraError, match=f"{variable} must be a share from 0 to 1"):
        settings()


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION
