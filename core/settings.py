"""The one table of settings, read from the environment once; the only home of ``os.environ``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import PizarraError
from core.i18n import DEFAULT_LANGUAGE, N_, supported_language

ROOT = Path(__file__).parents[1]  # of the project
VERSION = "0.2.0"  # as pyproject.toml has it, which workers elsewhere need not have


@dataclass(frozen=True)
class Setting:
    """One setting: its environment variable, its default and what it is for."""

    variable: str
    default: str
    help: str


SETTINGS = {
    "tracking_uri": Setting("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db", "the MLflow store, as MLflow reads it"),
    "experiment_name": Setting("MLFLOW_EXPERIMENT_NAME", "", "experiment for new runs; empty: the task's own"),
    "data_dir": Setting("PIZARRA_DATA_DIR", "data", "folder with your copies of the datasets"),
    "cache_dir": Setting("PIZARRA_CACHE_DIR", ".pizarra", "folder for downloaded datasets and what was read of runs"),
    "downloads": Setting("PIZARRA_DOWNLOADS", "yes", "yes or no: may datasets be downloaded from their source"),
    "dask_scheduler": Setting("PIZARRA_DASK_SCHEDULER", "", "address of a Dask scheduler; empty: one of our own"),
    "champion_alias": Setting("PIZARRA_CHAMPION_ALIAS", "champion", "alias that follows Production"),
    "challenger_alias": Setting("PIZARRA_CHALLENGER_ALIAS", "challenger", "alias that follows Staging"),
    "hosts": Setting("PIZARRA_HOSTS", "", "names beside its own by which it is reached, with commas between"),
    "pin": Setting("PIZARRA_PIN", "", "what the presenter shows, or its hash"),
    "presenters": Setting("PIZARRA_PRESENTERS", "", "who presents after signing in, with commas between"),
    "public_url": Setting("PIZARRA_PUBLIC_URL", "", "the address that phones open, where it is another than we find"),
    "lesson": Setting("PIZARRA_LESSON", "", "the lesson's file; empty: the one that comes with Pizarra"),
    "trainers_dir": Setting("PIZARRA_TRAINERS_DIR", "", "folder with trainers of your own, which it runs as code"),
    "runs_each": Setting("PIZARRA_RUNS_EACH", "20", "how many runs of one visitor may wait or be trained at once"),
    "runs": Setting("PIZARRA_RUNS", "200", "how many runs of all visitors may wait or be trained at once"),
    "run_minutes": Setting("PIZARRA_RUN_MINUTES", "30", "after how many minutes a run is ended that is still trained"),
    "uploads_each": Setting("PIZARRA_UPLOADS_EACH", "400", "MB that the uploads of one visit may have together"),
    "uploads": Setting("PIZARRA_UPLOADS", "1024", "MB that the uploads of all visitors may have together"),
    "workers": Setting("PIZARRA_WORKERS", "2", "how many runs our own Dask cluster trains at once"),
    "model_processes": Setting(
        "PIZARRA_MODEL_PROCESSES", "4", "how many versions that run code are kept open, each in a process of its own"
    ),
    "model_memory": Setting("PIZARRA_MODEL_MEMORY", "4096", "MB of memory that these processes may have together"),
    "model_seconds": Setting("PIZARRA_MODEL_SECONDS", "60", "after how long one that does not answer is stopped"),
    "served_model": Setting(
        "PIZARRA_SERVED_MODEL", "", "model that /api/predict asks: name or name/stage; empty: the newest in Production"
    ),
    "allow_code": Setting(
        "PIZARRA_ALLOW_CODE", "", "models whose code is run when programs ask them, with commas between"
    ),
    "api_tokens": Setting(
        "PIZARRA_API_TOKENS", "no", "yes or no: must programs show a token, until the presenter says otherwise"
    ),
    "api_mb": Setting("PIZARRA_API_MB", "100", "MB that one request of a program may have"),
    "api_waiting": Setting(
        "PIZARRA_API_WAITING", "256", "how many requests of programs may wait at once, for each process that answers"
    ),
    "api_a_minute": Setting(
        "PIZARRA_API_A_MINUTE", "60000", "how many requests a minute one token or address has, likewise"
    ),
    "api_seconds": Setting("PIZARRA_API_SECONDS", "60", "after how long a program that waits for an answer is told"),
    "log": Setting("PIZARRA_LOG", "1", "share of the requests to models that are logged, from 0 (none) to 1 (all)"),
    "log_mb": Setting("PIZARRA_LOG_MB", "500", "MB that the prediction log of a store may have; the oldest days go"),
    "log_mask": Setting("PIZARRA_LOG_MASK", "", "columns never logged: `column` or `model.column`, commas between"),
    "shadow": Setting("PIZARRA_SHADOW", "1", "share of the logged requests that Staging is asked too, from 0 to 1"),
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

METERS = "PROMETHEUS_MULTIPROC_DIR"  # prometheus-client reads it when it is imported
SECRET = ("PIZARRA_PIN",)
_secrets: dict[str, str] = {}
FEWEST = 4  # characters of a PIN


@dataclass(frozen=True)
class Settings:
    """The settings in force."""

    tracking_uri: str
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
    lesson: Path = ROOT / "lessons" / "which_model.toml"
    trainers_dir: Path | None = None
    served_model: str = ""
    allow_code: frozenset[str] = frozenset()
    log: float = 1.0
    log_mb: int = 500
    log_mask: tuple[str, ...] = ()
    shadow: float = 1.0


@cache
def settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        PizarraError: one of them cannot be read.
    """
    read = {name: os.environ.get(setting.variable) or setting.default for name, setting in SETTINGS.items()}
    if read["champion_alias"] == read["challenger_alias"]:
        raise PizarraError(
            N_("PIZARRA_CHAMPION_ALIAS and PIZARRA_CHALLENGER_ALIAS must differ, but both are {value}."),
            N_("Choose another alias, then start again."),
            value=repr(read["champion_alias"]),
        )
    return Settings(
        tracking_uri=read["tracking_uri"],
        experiment_name=read["experiment_name"],
        data_dir=Path(read["data_dir"]),
        cache_dir=Path(read["cache_dir"]),
        downloads=read["downloads"].lower() in {"yes", "true", "1"},
        dask_scheduler=read["dask_scheduler"],
        champion_alias=_alias("champion_alias", read["champion_alias"]),
        challenger_alias=_alias("challenger_alias", read["challenger_alias"]),
        workers=_count("workers", read["workers"]),
        model_processes=_count("model_processes", read["model_processes"]),
        model_memory=_count("model_memory", read["model_memory"]),
        model_seconds=_count("model_seconds", read["model_seconds"]),
        runs_each=_count("runs_each", read["runs_each"]),
        runs=_count("runs", read["runs"]),
        run_minutes=_count("run_minutes", read["run_minutes"]),
        uploads_each=_count("uploads_each", read["uploads_each"]),
        uploads=_count("uploads", read["uploads"]),
        api_tokens=_yes_or_no("api_tokens", read["api_tokens"]),
        api_mb=_count("api_mb", read["api_mb"]),
        api_waiting=_count("api_waiting", read["api_waiting"]),
        api_a_minute=_count("api_a_minute", read["api_a_minute"]),
        api_seconds=_count("api_seconds", read["api_seconds"]),
        pin=_pin(_secrets.get(SETTINGS["pin"].variable) or read["pin"]),
        presenters=_names(read["presenters"]),
        public_url=_url(read["public_url"]),
        lesson=Path(read["lesson"]) if read["lesson"] else Settings.lesson,
        trainers_dir=Path(read["trainers_dir"]) if read["trainers_dir"] else None,
        served_model=read["served_model"].strip(),
        allow_code=frozenset(name.strip() for name in read["allow_code"].split(",") if name.strip()),
        log=_share("log", read["log"]),
        log_mb=_count("log_mb", read["log_mb"]),
        log_mask=tuple(name.strip() for name in read["log_mask"].split(",") if name.strip()),
        shadow=_share("shadow", read["shadow"]),
    )


@cache
def known_hosts() -> frozenset[str]:
    """Return the names beside its own by which the dashboard is reached; an address that is none adds none."""
    said = os.environ.get(SETTINGS["hosts"].variable) or SETTINGS["hosts"].default
    names = _names(said)
    try:
        public = urlsplit(os.environ.get(SETTINGS["public_url"].variable, "")).hostname
    except ValueError:  # pages say so
        public = None
    return names | {public} if public else names


def _names(said: str) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in said.split(",") if name.strip())


def _pin(said: str) -> str:
    if said and len(said.strip()) < FEWEST:
        raise PizarraError(
            N_("PIZARRA_PIN must have {fewest} characters or more, but it has fewer."),
            N_("Choose another PIN, then start again."),
            fewest=FEWEST,
        )
    return said.strip()


def _url(said: str) -> str:
    """Return an address without its last slash."""
    if said and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", said):
        raise PizarraError(
            N_("PIZARRA_PUBLIC_URL must be an address such as http://192.168.1.20:8501, but it is {value}."),
            N_("Choose another address, then start again."),
            value=repr(said),
        )
    return said.rstrip("/")


def _alias(name: str, said: str) -> str:
    variable = SETTINGS[name].variable
    if not re.fullmatch(r"[\w-]+", said, re.ASCII) or said == "latest" or re.fullmatch(r"[vV]\d+", said):
        raise PizarraError(
            N_(
                "{variable} must have only letters, digits, - and _, and be neither “latest” nor a version such as "
                "“v1”, but it is {value}."
            ),
            N_("Choose another alias, then start again."),
            variable=variable,
            value=repr(said),
        )
    return said


def _yes_or_no(name: str, said: str) -> bool:
    """Return what a setting says that must not be misunderstood."""
    if said.lower() not in {"yes", "true", "1", "no", "false", "0"}:
        raise PizarraError(
            N_("{variable} must be yes or no, but it is {value}."),
            N_("Write one of them, then start again."),
            variable=SETTINGS[name].variable,
            value=repr(said),
        )
    return said.lower() in {"yes", "true", "1"}


def _count(name: str, said: str) -> int:
    if not said.isdecimal() or len(said) > 9 or int(said) < 1:
        raise PizarraError(
            N_("{variable} must be a whole number from 1 up, but it is {value}."),
            N_("Choose another number, then start again."),
            variable=SETTINGS[name].variable,
            value=repr(said),
        )
    return int(said)


def _share(name: str, said: str) -> float:
    if not re.fullmatch(r"0|1|[01]?\.\d{1,9}", said.strip(), re.ASCII) or float(said) > 1:
        raise PizarraError(
            N_("{variable} must be a share from 0 to 1, such as 0.25, but it is {value}."),
            N_("Choose another number, then start again."),
            variable=SETTINGS[name].variable,
            value=repr(said),
        )
    return float(said)


def environment_of_class(pin: str) -> dict[str, str]:
    """Return the environment of a dashboard whose presenter shows a PIN (or its hash); empty: none is asked for."""
    return {**os.environ, **({SETTINGS["pin"].variable: pin} if pin else {})}


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

    Secrets are taken out of it: workers and models, which run code of others, get a copy of the environment.
    """
    _secrets.update({variable: os.environ.pop(variable) for variable in SECRET if variable in os.environ})
    os.environ.update(FORCED)
    for variable, value in PREFERRED.items():
        os.environ.setdefault(variable, value)


prepare_environment()
