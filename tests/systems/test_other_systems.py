"""macOS and Windows, as far as Linux can pretend to be them: what is POSIX only is named, and has another way."""

from __future__ import annotations

import ast
import functools
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from core import systems
from core.classroom import __main__ as classroom
from core.errors import ModelError, StoreError
from core.store import connection, places
from core.store.foreign.pool import ForeignModel, Pool
from core.store.foreign.process import LIBRARIES
from core.store.times import read_time
from tests.fixtures import foreigners as do
from tests.fixtures.actors import ANA
from tests.fixtures.processes import has_ended, until

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("core", "pages", "trainers") for path in (ROOT / folder).rglob("*.py"))
SOURCES += [ROOT / "streamlit_app.py", ROOT / "api_app.py"]
PAGE = ROOT / "docs" / "other-systems.md"
MODULES = {"crypt", "fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty"}
NAMES = {
    "os": {
        "chown", "fork", "forkpty", "geteuid", "getgid", "getloadavg", "getpgid", "getuid", "killpg", "mkfifo", "nice",
        "sched_getaffinity", "sched_setaffinity", "sendfile", "setpgid", "setsid", "statvfs", "sysconf", "uname",
    },
    "signal": {"SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2", "alarm", "setitimer"},
    "socket": {"AF_UNIX", "SOCK_SEQPACKET", "SO_REUSEPORT", "recv_fds", "send_fds"},
    "time": {"tzset"},
}  # fmt: skip
DIFFERENT = {"os.execve", "os.link"}  # are there on Windows and do something else, or refuse


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def posix_only(path: Path) -> Iterator[str]:
    """Yield what a file uses that Windows does not have, or has otherwise."""
    only = {f"{module}.{name}" for module, names in NAMES.items() for name in names} | DIFFERENT
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in only:
            yield ast.unparse(node)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in {*MODULES, *NAMES}:
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from ([node.module] if node.module in MODULES else (name for name in names if name in only))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("/proc/"):
            yield "/proc"


@pytest.mark.long
def test_what_is_posix_only_is_named_with_its_other_way() -> None:
    used = {(place(path), name) for path in SOURCES for name in posix_only(path)}
    rows = re.findall(r"^\| (.+) \| `([\w/]+\.py)` \| \S.* \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    named = {(file, name) for words, file in rows for name in re.findall(r"`([^`]+)`", words)}
    assert used == named


@pytest.mark.long
def test_every_module_can_be_imported_where_nothing_is_posix() -> None:
    script = f"""
import ast, importlib, importlib.util, sys, warnings
from pathlib import Path
sources = [Path(name) for name in {[place(path) for path in SOURCES if path.parts[-4:-1] != ("core", "ui", "app")]!r}]
sources = [path for path in sources if path.parts[0] != "pages"]
import core.settings
for path in sources:  # what others wrote is imported as it is
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else (
            [node.module] if isinstance(node, ast.ImportFrom) else [])
        for name in names:
            if name.partition(".")[0] not in {{"core", "trainers", "pages", *{sorted(MODULES)!r}}}:
                importlib.import_module(name)
for name in {sorted(MODULES)!r}:
    sys.modules[name] = None
for module, names in {NAMES!r}.items():
    for name in names:
        if hasattr(sys.modules[module], name):
            delattr(sys.modules[module], name)
for path in sources:
    if path.name == "__init__.py":
        path = path.parent
    importlib.import_module(".".join(path.with_suffix("").parts))
print(len(sources))
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) > 300


@pytest.mark.long
def test_no_file_is_read_or_written_in_the_encoding_of_a_country() -> None:
    found = []
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            words = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            modes = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            is_text = called in {"read_text", "write_text"} or words.get("text") == "True"
            is_open = called in {"open", "fdopen"} and ast.unparse(node.func) in {"open", "os.fdopen"}
            if (is_text or (is_open and not any("b" in mode for mode in modes))) and "encoding" not in words:
                found.append(f"{place(path)}:{node.lineno}")
    assert found == []


# Files that are open


class Busy(type(Path())):  # type: ignore[misc]
    """A file whose place somebody has open on Windows, so many times as it is tried."""

    tries = 0

    def replace(self, target: Path) -> Path:
        if Busy.tries:
            Busy.tries -= 1
            raise PermissionError(13, "The process cannot access the file")
        return Path(self).replace(target)


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systems, "IS_WINDOWS", True)
    monkeypatch.setattr(systems, "PAUSE", 0.001)


def test_a_file_waits_on_windows_until_nobody_has_its_place_open(tmp_path: Path, windows: None) -> None:
    (tmp_path / "new").write_text("new", encoding="utf-8")
    (tmp_path / "place").write_text("old", encoding="utf-8")
    Busy.tries = 3
    systems.put_in_place(Busy(tmp_path / "new"), tmp_path / "place")
    assert (tmp_path / "place").read_text(encoding="utf-8") == "new"


def test_it_does_not_wait_for_ever_and_elsewhere_not_at_all(
    tmp_path: Path, windows: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(systems, "WAITED", 0.01)
    Busy.tries = 1_000_000
    with pytest.raises(PermissionError, match="cannot access"):
        systems.put_in_place(Busy(tmp_path / "new"), tmp_path / "place")
    monkeypatch.setattr(systems, "IS_WINDOWS", False)
    Busy.tries = 1
    with pytest.raises(PermissionError, match="cannot access"):
        systems.put_in_place(Busy(tmp_path / "new"), tmp_path / "place")
    assert Busy.tries == 0


def test_a_copy_that_fails_is_closed_before_it_is_removed(
    store_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines, order = [], []

    def refuse(engine: object) -> None:
        engines.append(engine)
        monkeypatch.setattr(engine, "dispose", lambda: order.append("closed"))
        monkeypatch.setattr(connection.Path, "unlink", lambda path, **_: order.append("removed"))
        raise connection.CommandError("of the future")

    monkeypatch.setattr(connection, "_upgrade_db", refuse)
    with pytest.raises(StoreError, match="could not be brought up to date: of the future"):
        connection.copy_store(store_uri, ANA)
    monkeypatch.undo()
    assert order[:2] == ["closed", "removed"]


# Names and addresses


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("wine quality", "wine-quality"), ("a:b*c?", "a-b-c-"), ("aux", "-aux"), ("Nul.txt", "-Nul.txt"),
        ("com1", "-com1"), ("console", "console"), ("ends.", "ends"), ("...", "-"), ("x" * 300, "x" * 60),
    ],
)  # fmt: skip
def test_a_folder_has_a_name_that_every_system_takes(words: str, name: str) -> None:
    assert systems.folder_name(words) == name


def test_an_address_of_a_file_begins_with_a_disk_on_windows(windows: None) -> None:
    assert places.local_folder("file:///C:/Users/An%20Other/mlruns") == Path("C:/Users/An Other/mlruns")
    assert places.local_folder("file:///srv/mlruns") == Path("/srv/mlruns")


def test_commands_are_written_for_the_terminal_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "IS_WINDOWS", True)
    assert connection._command("mlflow", "--source", "my runs") == 'mlflow --source "my runs"'
    assert connection._conversion("mlruns")[-1].startswith("set MLFLOW_TRACKING_URI=")


# Times, of which Windows has none before 1970


def test_a_moment_before_1970_is_read_and_shown_everywhere() -> None:
    class Old(datetime):
        def astimezone(self, tz: object = None) -> datetime:
            raise OSError(22, "Invalid argument")

    moment = Old(1969, 7, 20, 20, 17, tzinfo=UTC)
    assert systems.local_time(moment) == moment
    assert read_time(-14_182_980_000) == datetime(1969, 7, 20, 20, 17, tzinfo=UTC)


# Terminals and Ctrl-C


def test_what_a_terminal_does_not_have_is_a_question_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="cp1252"))
    systems.write_what_terminals_have()
    print("año → ●", end="", flush=True)
    assert written.getvalue() == "año ? ?".encode("cp1252")


def test_ctrl_c_on_windows_waits_until_the_dashboard_of_a_class_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dashboard:
        asked = 0

        def __init__(self, command: list[str], **_: object) -> None:
            assert command[1:4] == ["-m", "streamlit", "run"]

        def wait(self) -> int:
            Dashboard.asked += 1
            if Dashboard.asked < 3:
                raise KeyboardInterrupt
            return 7

    monkeypatch.setattr(classroom, "IS_WINDOWS", True)
    monkeypatch.setattr(classroom.subprocess, "Popen", Dashboard)
    assert classroom.start(8501, "") == 7


# Processes of models, where none is forked


@pytest.fixture
def anew() -> Iterator[Pool]:
    pool = Pool(1, 1, 200.0, forks=False)
    yield pool
    pool.close()


@pytest.mark.long
@pytest.mark.timeout(240)
def test_a_model_that_takes_too_much_is_stopped_by_us_and_goes_with_what_it_started(anew: Pool) -> None:
    model = ForeignModel("large", do.Rude, (), anew)
    children = [psutil.Process(model.run(do.start_another))]
    with pytest.raises(ModelError, match=r"must do with 1 MB of memory, but it took more .* PIZARRA_MODEL_MEMORY"):
        model.run(do.grow_and_wait, (LIBRARIES >> 20) + 200)
    assert until(lambda: all(has_ended(child) for child in children), 20)
    assert model.run(do.count) == 1
