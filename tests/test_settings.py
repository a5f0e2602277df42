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
        monkeypatch.delenv(f"{setting.variable}_FILE", raising=False)
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


def test_proxies_are_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIZARRA_PROXIES", "127.0.0.1, 172.16.0.0/12")
    assert [str(one) for one in settings().proxies] == ["127.0.0.1/32", "172.16.0.0/12"]


@pytest.mark.parametrize("said", ["nginx", "10.0.0.1/8", "127.0.0.1;::1"])
def test_a_proxy_that_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("PIZARRA_PROXIES", said)
    with pytest.raises(PizarraError, match=r"PIZARRA_PROXIES must have addresses"):
        settings()


def test_mlflows_usage_reports_are_off_whatever_the_user_has_set() -> None:
    code = "from core import settings; import os; print(os.environ['MLFLOW_DISABLE_TELEMETRY'])"
    assert python(code, MLFLOW_DISABLE_TELEMETRY="false") == "true"


def test_importing_the_store_alone_turns_the_usage_reports_off_too() -> None:
    """Workers and scripts do not come in through the entry point."""
    code = (
        "import core.store.connection; from mlflow.telemetry.utils import is_telemetry_disabled;"
        "from mlflow.telemetry import get_telemetry_client; print(is_telemetry_disabled(), get_telemetry_client())"
    )
    assert python(code, MLFLOW_DISABLE_TELEMETRY="false").splitlines()[-1] == "True None"


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


def written(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a file of settings and name it."""
    path = folder / "pizarra.toml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("PIZARRA_CONFIG", str(path))
    settings.cache_clear()
    return path


ALL_IN_A_FILE = """
tracking_uri = "http://localhost:5000"
cache_dir = "/cache"
downloads = false
workers = 5
log = 0.25
hosts = ["Pizarra.example", "b"]
log_mask = ["cars.year", "name"]
champion_alias = "best"
public_url = "https://pizarra.example/"
pin = "open sesame"
"""


def test_settings_come_from_a_file_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIZARRA_DOWNLOADS", raising=False)
    written(tmp_path, ALL_IN_A_FILE, monkeypatch)
    chosen = settings()
    assert (chosen.tracking_uri, chosen.cache_dir) == ("http://localhost:5000", Path("/cache"))
    assert (chosen.downloads, chosen.workers, chosen.log) == (False, 5, 0.25)
    assert chosen.log_mask == ("cars.year", "name")
    assert (chosen.champion_alias, chosen.public_url) == ("best", "https://pizarra.example")
    assert chosen.pin == "open sesame"
    known_hosts.cache_clear()
    assert known_hosts() == {"pizarra.example", "b"}
    known_hosts.cache_clear()


def test_in_a_file_a_setting_has_its_variables_name_in_small_letters() -> None:
    for name, setting in SETTINGS.items():
        assert setting.variable.removeprefix("PIZARRA_").removeprefix("MLFLOW_").lower() == name


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "workers = 5\nruns = 7\npin_file = 'gone'\n", monkeypatch)
    monkeypatch.setenv("PIZARRA_WORKERS", "6")
    monkeypatch.setenv("PIZARRA_PIN", "1234")
    with pytest.raises(PizarraError, match=r"pin_file \(.*pizarra\.toml\) must name a file that can be read"):
        settings()
    written(tmp_path, "workers = 5\nruns = 7\npin = '4321'\n", monkeypatch)
    assert (settings().workers, settings().runs, settings().pin) == (6, 7, "1234")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("worker = 5", r"only settings that there are, but worker is none\. Did you mean workers\?"),
        ("PIZARRA_WORKERS = 5", r"but PIZARRA_WORKERS is none\. Did you mean workers\?"),
        ("quite_another = 5", r"but quite_another is none\. The README has a table of all"),
        ("config = 'other.toml'", r"but config is none"),
        ("[store]\nuri = 'x'", r"but store is none"),
        ("workers = '5'", r"workers in .*pizarra\.toml must be written as workers = 4, but it is '5'\."),
        ("workers = true", r"must be written as workers = 4, but it is True"),
        ("workers = 0", r"workers \(.*pizarra\.toml\) must be a whole number from 1 up, but it is '0'\."),
        ("downloads = 'yes'", r"must be written as downloads = true, but it is 'yes'"),
        ("hosts = 'a,b'", r'must be written as hosts = \["a", "b"\], but it is'),
        ("hosts = ['a', 5]", r'must be written as hosts = \["a", "b"\], but it is'),
        ("log = 1.5", r"log \(.*\) must be a share from 0 to 1"),
        ("workers = ", r"must be written in TOML, but they are not: Invalid value \(at end of document\)"),
        ("pin = 5678", r"must be written as pin = \"…\", but it is …\."),
        ("pin = '1'\npin_file = 'x'", r"Only one of pin and pin_file may be given, but both are \(.*pizarra\.toml\)"),
        ("[environment]\nPATH = '/bin'", r"but environment\.PATH is none"),
        ("[environment]\nMLFLOW_TRACKING_URI = 'x'", r"Did you mean tracking_uri\?"),
        ("[environment]\nAWS_REGION = 5", r"AWS_REGION in .* must be written as AWS_REGION = \"…\", but it is 5"),
        ("environment = 5", r"environment in .* must be written as"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    written(tmp_path, text, monkeypatch)
    with pytest.raises(PizarraError, match=words) as refused:
        settings()
    assert "5678" not in str(refused.value)


def test_a_file_of_settings_that_cannot_be_read_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "", monkeypatch)
    path.write_bytes(b"\xff")
    with pytest.raises(PizarraError, match=r"must be written in TOML, but they are not: UTF-8"):
        settings()
    path.unlink()
    words = r"PIZARRA_CONFIG must name a file that can be read, but .*pizarra\.toml cannot be: No such file"
    with pytest.raises(PizarraError, match=words):
        settings()
    known_hosts.cache_clear()
    assert known_hosts() == frozenset()  # it is asked while the entry is imported: pages say what is wrong
    known_hosts.cache_clear()


@pytest.mark.parametrize(
    ("variable", "name"), [("PIZARRA_PIN", "pin"), ("MLFLOW_TRACKING_URI", "tracking_uri")], ids=["pin", "uri"]
)
def test_a_secret_comes_from_a_file_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, name: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("open sesame\n\n", encoding="utf-8")
    monkeypatch.setenv(f"{variable}_FILE", str(secret))
    assert getattr(settings(), name).strip() == "open sesame"  # but one end of a line
    assert "sesame" not in repr(settings())
    settings.cache_clear()
    monkeypatch.setenv(variable, "another")
    with pytest.raises(PizarraError, match=rf"Only one of {variable} and {variable}_FILE may be given") as refused:
        settings()
    assert "sesame" not in str(refused.value)
    monkeypatch.delenv(variable)
    monkeypatch.delenv(f"{variable}_FILE")
    written(tmp_path, f"{name}_file = 'secret'", monkeypatch)  # beside the file that names it
    assert getattr(settings(), name).strip() == "open sesame"


@pytest.mark.parametrize("held", [b"", b"\n", b"\xff\xfe", b"a\0b"])
def test_a_file_that_holds_no_secret_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: bytes) -> None:
    (tmp_path / "secret").write_bytes(held)
    monkeypatch.setenv("PIZARRA_PIN_FILE", str(tmp_path / "secret"))
    with pytest.raises(PizarraError, match=r"PIZARRA_PIN_FILE must name a file that holds the secret"):
        settings()
    settings.cache_clear()
    monkeypatch.setenv("PIZARRA_PIN_FILE", str(tmp_path / "gone"))
    with pytest.raises(PizarraError, match=r"PIZARRA_PIN_FILE must name a file that can be read, but .*gone cannot be"):
        settings()


def test_what_workers_get_of_the_environment_says_no_secret_of_ours_and_not_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("open sesame\n", encoding="utf-8")
    (tmp_path / "uri").write_text("http://me:open%20sesame@localhost:1\n", encoding="utf-8")
    code = """
import os, subprocess, sys
from core.settings import environment_of_class, settings
own = "import os; print(dict(os.environ))"
said = subprocess.run([sys.executable, "-c", own], capture_output=True, text=True).stdout
names = ("PIZARRA_PIN_FILE", "MLFLOW_TRACKING_URI_FILE")
print(settings().pin, settings().tracking_uri, "sesame" in said or any(name in said for name in names))
print(*(name in environment_of_class("5678") for name in names))
"""
    said = python(code, PIZARRA_PIN_FILE=str(tmp_path / "pin"), MLFLOW_TRACKING_URI_FILE=str(tmp_path / "uri"))
    assert said == "open sesame http://me:open%20sesame@localhost:1 False\nFalse True"


def test_the_processes_of_an_api_with_several_are_told_the_secrets(tmp_path: Path) -> None:
    (tmp_path / "uri").write_text("http://localhost:1", encoding="utf-8")
    code = (
        "from core.settings import hand_on_secrets; import subprocess, sys; hand_on_secrets();"
        "own = 'from core.settings import settings; print(settings().tracking_uri)';"
        "print(subprocess.run([sys.executable, '-c', own], capture_output=True, text=True).stdout)"
    )
    assert python(code, MLFLOW_TRACKING_URI_FILE=str(tmp_path / "uri")) == "http://localhost:1"


PASSED = "from core.settings import settings; import os; settings(); print(os.environ.get('MLFLOW_TRACKING_PASSWORD'), "
PASSED += "os.environ.get('MLFLOW_TRACKING_PASSWORD_FILE'), os.environ.get('MLFLOW_S3_ENDPOINT_URL'))"


def test_what_mlflow_reads_comes_into_the_environment_from_files_too(tmp_path: Path) -> None:
    secret, config = tmp_path / "password", tmp_path / "pizarra.toml"
    secret.write_text("open sesame\n", encoding="utf-8")
    assert python(PASSED, MLFLOW_TRACKING_PASSWORD_FILE=str(secret)) == "open sesame None None"
    config.write_text(
        "[environment]\nMLFLOW_TRACKING_PASSWORD_FILE = 'password'\nMLFLOW_S3_ENDPOINT_URL = 'http://s3'\n",
        encoding="utf-8",
    )
    assert python(PASSED, PIZARRA_CONFIG=str(config)) == "open sesame None http://s3"
    own = {"MLFLOW_TRACKING_PASSWORD": "mine", "MLFLOW_S3_ENDPOINT_URL": "http://mine"}
    assert python(PASSED, PIZARRA_CONFIG=str(config), **own) == "mine None http://mine"


def test_a_secret_of_mlflow_that_is_given_twice_or_is_not_there_is_said_by_whoever_asks(tmp_path: Path) -> None:
    code = "from core.settings import settings\ntry:\n    settings()\nexcept Exception as error:\n    print(error)"
    said = python(code, MLFLOW_TRACKING_PASSWORD_FILE=str(tmp_path / "gone"))
    assert said.startswith("MLFLOW_TRACKING_PASSWORD_FILE must name a file that can be read")
    twice = {"MLFLOW_TRACKING_PASSWORD_FILE": str(tmp_path / "gone"), "MLFLOW_TRACKING_PASSWORD": "sesame"}
    said = python(code, **twice)
    assert said.startswith("Only one of MLFLOW_TRACKING_PASSWORD and MLFLOW_TRACKING_PASSWORD_FILE may be given")
    assert "sesame" not in said


def test_a_file_is_found_by_processes_that_begin_in_another_folder(tmp_path: Path) -> None:
    (tmp_path / "pizarra.toml").write_text("workers = 5", encoding="utf-8")
    own = "from core.settings import settings; print(settings().workers)"
    code = (
        f"import os, subprocess, sys; root = os.getcwd(); sys.path.append(root); os.chdir({str(tmp_path)!r});"
        f"from core import settings; print(subprocess.run([sys.executable, '-c', {own!r}], cwd=root, "
        "capture_output=True, text=True).stdout)"
    )
    assert python(code, PIZARRA_CONFIG="pizarra.toml") == "5"


@pytest.mark.parametrize("name", ["WEBHOOK", "WEBHOOK_HEADER"])
def test_where_alerts_go_may_be_in_a_file_and_is_neither_in_the_environment_nor_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    said = {"WEBHOOK": "https://chat.example/hooks/open-sesame?x=1", "WEBHOOK_HEADER": "X-Key: open-sesame"}[name]
    (tmp_path / "secret").write_text(f"{said}\n", encoding="utf-8")
    monkeypatch.setenv(f"PIZARRA_{name}_FILE", str(tmp_path / "secret"))
    chosen = settings()
    assert getattr(chosen, name.lower()) == said
    assert "sesame" not in repr(chosen)
    code = f"import os, core.settings as s; print('PIZARRA_{name}' in os.environ, s.settings().{name.lower()})"
    assert python(code, **{f"PIZARRA_{name}": said}) == f"False {said}"


@pytest.mark.parametrize(
    ("variable", "said", "why"),
    [
        ("PIZARRA_WEBHOOK", "ftp://sesame", "must be an address that begins with http:// or https://"),
        ("PIZARRA_WEBHOOK", "https://me:sesame@chat.example", "without a name before its host"),
        ("PIZARRA_WEBHOOK_HEADER", "sesame", "must be one header such as “Authorization: Bearer …”"),
        ("PIZARRA_WEBHOOK_HEADER", "A: b\r\nC: sesame", "must be one header"),
        ("PIZARRA_QUIET_HOURS", "at night", r"must be hours such as 22:00-07:00 .* but it is 'at night'"),
        ("PIZARRA_QUIET_HOURS", "22:00-07:00 Mars/Olympus", "must be hours such as"),
    ],
)
def test_what_says_not_where_or_when_alerts_go_is_refused_and_no_secret_is_said(
    monkeypatch: pytest.MonkeyPatch, variable: str, said: str, why: str
) -> None:
    monkeypatch.setenv(variable, said)
    with pytest.raises(PizarraError, match=why) as found:
        settings()
    assert "sesame" not in str(found.value)


def test_a_webhook_is_hidden_wherever_the_log_would_have_it() -> None:
    code = (
        "import logging, sys; logging.basicConfig(stream=sys.stdout, format='%(message)s'); import core.settings; "
        "logging.getLogger('a').warning('sent to https://chat.example/hooks/open-sesame with open-sesame-77')"
    )
    hidden = python(
        code, PIZARRA_WEBHOOK="https://chat.example/hooks/open-sesame", PIZARRA_WEBHOOK_HEADER="X-Key: open-sesame-77"
    )
    assert hidden == "sent to … with …"
