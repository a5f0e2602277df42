"""The one table of settings, from the environment or a file, read once; the only home of ``os.environ``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from core import logs
from core import setting_kinds as kinds
from core.alerts.quiet import QuietHours
from core.errors import PizarraError
from core.i18n import DEFAULT_LANGUAGE, N_, supported_language
from core.passwords import password_of
from core.setting_kinds import Kind, Said
from core.settings_file import IN_A_FILE, Written, both, read_secret, read_settings

ROOT = Path(__file__).parents[1]  # of the project
VERSION = "0.2.0"  # as pyproject.toml has it, which workers elsewhere need not have


@dataclass(frozen=True)
class Setting:
    """One setting: its environment variable, its default, what it is for, and what it may be.

    One that ``is_secret`` may be in a file of its own, and is never shown.
    """

    variable: str
    default: str
    help: str
    kind: Kind = kinds.TEXT
    is_secret: bool = False


SETTINGS = {
    "config": Setting(
        "PIZARRA_CONFIG", "", "file with these settings, in TOML; the environment wins", kinds.OPTIONAL_PATH
    ),
    "tracking_uri": Setting(
        "MLFLOW_TRACKING_URI", "sqlite:///mlflow.db", "the MLflow store, as MLflow reads it", is_secret=True
    ),
    "experiment_name": Setting("MLFLOW_EXPERIMENT_NAME", "", "experiment for new runs; empty: the task's own"),
    "data_dir": Setting("PIZARRA_DATA_DIR", "data", "folder with your copies of the datasets", kinds.FOLDER),
    "cache_dir": Setting(
        "PIZARRA_CACHE_DIR", ".pizarra", "folder for downloaded datasets and what was read of runs", kinds.FOLDER
    ),
    "downloads": Setting(
        "PIZARRA_DOWNLOADS", "yes", "yes or no: may datasets be downloaded from their source", kinds.FLAG
    ),
    "dask_scheduler": Setting("PIZARRA_DASK_SCHEDULER", "", "address of a Dask scheduler; empty: one of our own"),
    "champion_alias": Setting("PIZARRA_CHAMPION_ALIAS", "champion", "alias that follows Production", kinds.ALIAS),
    "challenger_alias": Setting("PIZARRA_CHALLENGER_ALIAS", "challenger", "alias that follows Staging", kinds.ALIAS),
    "hosts": Setting(
        "PIZARRA_HOSTS", "", "names beside its own by which it is reached, with commas between", kinds.NAMES
    ),
    "proxies": Setting(
        "PIZARRA_PROXIES",
        "",
        "addresses or networks of proxies whose word about visitors counts, with commas between",
        kinds.NETWORKS,
    ),
    "pin": Setting("PIZARRA_PIN", "", "what the presenter shows, or its hash", kinds.PIN, is_secret=True),
    "presenters": Setting("PIZARRA_PRESENTERS", "", "who presents after signing in, with commas between", kinds.NAMES),
    "public_url": Setting(
        "PIZARRA_PUBLIC_URL", "", "the address that phones open, where it is another than we find", kinds.ADDRESS
    ),
    "lesson": Setting(
        "PIZARRA_LESSON", "", "the lesson's file; empty: the one that comes with Pizarra", kinds.OPTIONAL_PATH
    ),
    "trainers_dir": Setting(
        "PIZARRA_TRAINERS_DIR", "", "folder with trainers of your own, which it runs as code", kinds.OPTIONAL_PATH
    ),
    "runs_each": Setting(
        "PIZARRA_RUNS_EACH", "20", "how many runs of one visitor may wait or be trained at once", kinds.COUNT
    ),
    "runs": Setting("PIZARRA_RUNS", "200", "how many runs of all visitors may wait or be trained at once", kinds.COUNT),
    "run_minutes": Setting(
        "PIZARRA_RUN_MINUTES", "30", "after how many minutes a run is ended that is still trained", kinds.COUNT
    ),
    "uploads_each": Setting(
        "PIZARRA_UPLOADS_EACH", "400", "MB that the uploads of one visit may have together", kinds.COUNT
    ),
    "uploads": Setting("PIZARRA_UPLOADS", "1024", "MB that the uploads of all visitors may have together", kinds.COUNT),
    "workers": Setting("PIZARRA_WORKERS", "2", "how many runs our own Dask cluster trains at once", kinds.COUNT),
    "model_processes": Setting(
        "PIZARRA_MODEL_PROCESSES",
        "4",
        "how many versions that run code are kept open, each in a process of its own",
        kinds.COUNT,
    ),
    "model_memory": Setting(
        "PIZARRA_MODEL_MEMORY", "4096", "MB of memory that these processes may have together", kinds.COUNT
    ),
    "model_seconds": Setting(
        "PIZARRA_MODEL_SECONDS", "60", "after how long one that does not answer is stopped", kinds.COUNT
    ),
    "served_model": Setting(
        "PIZARRA_SERVED_MODEL",
        "",
        "model that /api/predict asks: name or name/stage; empty: the newest in Production",
        kinds.NAME,
    ),
    "allow_code": Setting(
        "PIZARRA_ALLOW_CODE", "", "models whose code is run when programs ask them, with commas between", kinds.MODELS
    ),
    "api_tokens": Setting(
        "PIZARRA_API_TOKENS",
        "no",
        "yes or no: must programs show a token, until the presenter says otherwise",
        kinds.FLAG,
    ),
    "api_mb": Setting("PIZARRA_API_MB", "100", "MB that one request of a program may have", kinds.COUNT),
    "api_waiting": Setting(
        "PIZARRA_API_WAITING",
        "256",
        "how many requests of programs may wait at once, for each process that answers",
        kinds.COUNT,
    ),
    "api_a_minute": Setting(
        "PIZARRA_API_A_MINUTE", "60000", "how many requests a minute one token or address has, likewise", kinds.COUNT
    ),
    "api_seconds": Setting(
        "PIZARRA_API_SECONDS", "60", "after how long a program that waits for an answer is told", kinds.COUNT
    ),
    "log": Setting(
        "PIZARRA_LOG", "1", "share of the requests to models that are logged, from 0 (none) to 1 (all)", kinds.SHARE
    ),
    "log_mb": Setting(
        "PIZARRA_LOG_MB", "500", "MB that the prediction log of a store may have; the oldest days go", kinds.COUNT
    ),
    "log_mask": Setting(
        "PIZARRA_LOG_MASK", "", "columns never logged: `column` or `model.column`, commas between", kinds.COLUMNS
    ),
    "log_lines": Setting(
        "PIZARRA_LOG_LINES",
        "text",
        "text or json: how the program's own log, on standard error, is written",
        kinds.LINES,
    ),
    "precomputed_url": Setting(
        "PIZARRA_PRECOMPUTED_URL",
        "",
        "Redis or Valkey server for precomputed answers; empty: a file in the folder",
        kinds.KEY_VALUE,
        is_secret=True,
    ),
    "shadow": Setting(
        "PIZARRA_SHADOW", "1", "share of the logged requests that Staging is asked too, from 0 to 1", kinds.SHARE
    ),
    "webhook": Setting(
        "PIZARRA_WEBHOOK",
        "",
        "address that alerts are sent to, as JSON; empty: nowhere",
        kinds.WHOLE_ADDRESS,
        is_secret=True,
    ),
    "webhook_header": Setting(
        "PIZARRA_WEBHOOK_HEADER",
        "",
        "header sent along, such as `Authorization: Bearer …`",
        kinds.HEADER,
        is_secret=True,
    ),
    "quiet_hours": Setting(
        "PIZARRA_QUIET_HOURS",
        "",
        "when no alert is sent, such as `22:00-07:00` or `22:00-07:00 Europe/Madrid`",
        kinds.QUIET,
    ),
}

# What libraries read from the environment before they are imported. Usage reports are off without exception; the
# others give way to what the user has set.
FORCED = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
PREFERRED = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",  # MLflow's own 7 leave a page silent for minutes
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "OMP_NUM_THREADS": "1",  # of one row two threads make no less work, and wait for each other
}

# Secrets that MLflow and its libraries read for themselves: from a file they come into the environment, where they stay
PASSED_ON = (
    "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN", "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
)  # fmt: skip

METERS = "PROMETHEUS_MULTIPROC_DIR"  # prometheus-client reads it when it is imported
# Taken out of the environment: what is secret, and where it lies
SECRET = (
    "PIZARRA_PIN", "PIZARRA_PIN_FILE", "MLFLOW_TRACKING_URI_FILE", "PIZARRA_PRECOMPUTED_URL",
    "PIZARRA_PRECOMPUTED_URL_FILE",
    "PIZARRA_WEBHOOK", "PIZARRA_WEBHOOK_FILE", "PIZARRA_WEBHOOK_HEADER", "PIZARRA_WEBHOOK_HEADER_FILE",
)  # fmt: skip
_secrets: dict[str, str] = {}
_troubles: list[PizarraError] = []  # of this process's start, for whoever asks for the settings


@dataclass(frozen=True)
class Settings:
    """The settings in force."""

    tracking_uri: str = field(repr=False)  # it may hold a password
    experiment_name: str
    data_dir: Path
    cache_dir: Path
    downloads: bool
    dask_scheduler: str
    champion_alias: str
    challenger_alias: str
    workers: int
    model_processes: int
    model_memory: int
    model_seconds: int
    runs_each: int = 20
    runs: int = 200
    run_minutes: int = 30
    uploads_each: int = 400
    uploads: int = 1024
    api_tokens: bool = False
    api_mb: int = 100
    api_waiting: int = 256
    api_a_minute: int = 60000
    api_seconds: int = 60
    pin: str = field(default="", repr=False)
    presenters: frozenset[str] = frozenset()
    public_url: str = ""
    proxies: tuple[kinds.Network, ...] = ()
    lesson: Path = ROOT / "lessons" / "which_model.toml"
    trainers_dir: Path | None = None
    served_model: str = ""
    allow_code: frozenset[str] = frozenset()
    log: float = 1.0
    log_mb: int = 500
    log_mask: tuple[str, ...] = ()
    shadow: float = 1.0
    webhook: str = field(default="", repr=False)
    webhook_header: str = field(default="", repr=False)
    quiet_hours: QuietHours | None = None
    log_lines: str = logs.TEXT
    precomputed_url: str = field(default="", repr=False)  # it may hold a password
    config: Path | None = None
    hosts: frozenset[str] = frozenset()


@cache
def settings() -> Settings:
    """Read the settings from the environment, and where it says nothing from the file that it names.

    Raises:
        PizarraError: one of them cannot be read.
    """
    if _troubles:
        raise _troubles[0]
    written = _written()
    said = {name: _said(name, written) for name in SETTINGS}
    if said["champion_alias"].text == said["challenger_alias"].text:
        raise PizarraError(
            N_("PIZARRA_CHAMPION_ALIAS and PIZARRA_CHALLENGER_ALIAS must differ, but both are {value}."),
            N_("Choose another alias, then start again."),
            value=repr(said["champion_alias"].text),
        )
    read = {name: SETTINGS[name].kind.read(one) for name, one in said.items()}
    return Settings(**read | {"lesson": read["lesson"] or Settings.lesson})


def _written() -> Written:
    """Return what the file of settings says; nothing, where none is named."""
    path = os.environ.get(SETTINGS["config"].variable)
    if not path:
        return Written()
    own = {name: setting.kind for name, setting in SETTINGS.items() if name != "config"}
    secrets = [name for name, setting in SETTINGS.items() if setting.is_secret]
    return read_settings(Path(path), own, secrets, PASSED_ON)


def _said(name: str, written: Written) -> Said:
    """Return what the environment says of a setting, else the file, else its default; what is empty says nothing."""
    variable = SETTINGS[name].variable
    text = _given(variable)
    if SETTINGS[name].is_secret:
        text = _unless_in_a_file(variable, text)
    if text:
        return Said(variable, text)
    found = written.settings.get(name)
    return found if found and found.text else Said(variable, SETTINGS[name].default)


def _given(variable: str) -> str:
    return _secrets.get(variable) or os.environ.get(variable, "")


def _unless_in_a_file(variable: str, text: str) -> str:
    """Return a secret, from the file that its other variable names where one is.

    Raises:
        PizarraError: both are given, or the file has none.
    """
    naming = variable + IN_A_FILE.upper()
    path = _given(naming)
    if path and text:
        raise both(variable, naming)
    return read_secret(naming, Path(path)) if path else text


def set_up_log() -> None:
    """Have the log written as the settings say; as text where they cannot be read, which whoever asks for them says."""
    try:
        written = _written()
        lines = SETTINGS["log_lines"].kind.read(_said("log_lines", written))
        uris = [_said(name, written).text for name in ("tracking_uri", "precomputed_url")]
        webhook = [_said("webhook", written).text, *_said("webhook_header", written).text.partition(":")[2].split()]
    except PizarraError:
        lines, uris, webhook = logs.TEXT, [os.environ.get(SETTINGS["tracking_uri"].variable, "")], []
    secrets = [
        os.environ[name] for name in PASSED_ON if os.environ.get(name) and not name.endswith(("USERNAME", "_ID"))
    ]
    passwords = [password for uri in uris for password in password_of(uri)]
    logs.set_up(lines, [*secrets, *passwords, *filter(None, webhook)])


@cache
def known_hosts() -> frozenset[str]:
    """Return the names beside its own by which the dashboard is reached; an address that is none adds none."""
    names: frozenset[str] = SETTINGS["hosts"].kind.read(_said_at_the_door("hosts"))
    public = _public().hostname
    return names | {public} if public else names


@cache
def known_proxies() -> tuple[kinds.Network, ...]:
    """Return where proxies of ours are; of a setting that is wrong nobody is one."""
    try:
        proxies: tuple[kinds.Network, ...] = SETTINGS["proxies"].kind.read(_said_at_the_door("proxies"))
    except PizarraError:  # pages say so
        return ()
    return proxies


@cache
def public_path() -> str:
    """Return the path below which the dashboard lies for those who open its public address, empty at its root."""
    return _public().path.rstrip("/")


def _public() -> SplitResult:
    try:
        return urlsplit(_said_at_the_door("public_url").text)
    except ValueError:  # pages say so
        return urlsplit("")


def _said_at_the_door(name: str) -> Said:
    """Return what is said of a setting that is needed before any page can say what is wrong with them."""
    try:
        written = _written()
    except PizarraError:
        written = Written()
    return _said(name, written)


def environment_of_class(pin: str) -> dict[str, str]:
    """Return the environment of a dashboard whose presenter shows a PIN (or its hash); empty: none is asked for."""
    variable = SETTINGS["pin"].variable
    secrets = {name: value for name, value in _secrets.items() if not (pin and name.startswith(variable))}
    return {**os.environ, **secrets, **({variable: pin} if pin else {})}


def hand_on_secrets() -> None:
    """Put back what was taken out of the environment, for processes of our own that this one starts and is made of."""
    os.environ.update(_secrets)


def environment_with(more: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program that is told more than we are."""
    return {**os.environ, **more}


def share_meters(folder: Path) -> None:
    """Have this process and those that it starts count in files of one folder, which prometheus-client then reads."""
    os.environ[METERS] = str(folder.absolute())


def shared_meters() -> Path | None:
    """Return the folder in which several processes count together, None where each counts for itself."""
    said = os.environ.get(METERS)
    return Path(said) if said else None


def given_run() -> str:
    """Return the run that ``mlflow run``, which started this process, made for it; empty where nobody did."""
    return os.environ.get("MLFLOW_RUN_ID", "")


def machine_language() -> str:
    """Return the language of the machine's locale when we speak it, else English (for the command line)."""
    tag = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), None)
    return supported_language(tag) or DEFAULT_LANGUAGE


def prepare_environment() -> None:
    """Tell the libraries that send nothing home and give up early; call it before MLflow is imported.

    Secrets are taken out of it: workers and models, which run code of others, get a copy of the environment. What
    MLflow itself must read is put into it, from the files that hold it.
    """
    for variable in (SETTINGS["config"].variable, *SECRET):
        if os.environ.get(variable) and (variable not in SECRET or variable.endswith(IN_A_FILE.upper())):
            os.environ[variable] = str(Path(os.environ[variable]).absolute())  # for processes that begin elsewhere
    _secrets.update({variable: os.environ.pop(variable) for variable in SECRET if variable in os.environ})
    try:
        _pass_on()
    except PizarraError as error:
        _troubles.append(error)
    os.environ.update(FORCED)
    for variable, value in PREFERRED.items():
        os.environ.setdefault(variable, value)


def _pass_on() -> None:
    """Put into the environment what libraries read there, and a file holds."""
    for variable in PASSED_ON:
        text = _unless_in_a_file(variable, os.environ.get(variable, ""))
        if text:
            os.environ[variable] = text
            os.environ.pop(variable + IN_A_FILE.upper(), None)  # else a process that we start would find both
    for variable, said in _written().environment.items():
        os.environ.setdefault(variable, said.text)


prepare_environment()
set_up_log()
