"""Run the tests on several Pythons, each in an environment of its own: python -m tests.systems.matrix 3.12 [tests].

An environment lies beside ``.venv`` as ``.venv-3.12``, has exactly what is locked, and stays for the next time. What
looks like no version is passed on to pytest.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements-dev.lock"
BIN = "Scripts" if os.name == "nt" else "bin"
# As `make test` does: each file of tests stays on one of two processes
AS_EVER = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
VERSION = re.compile(r"\d+\.\d+(\.\d+)?")
NONE_RAN = 5  # what pytest ends with where it finds no test


class NotToBeHadError(Exception):
    """A Python, or what is locked for it, that is not here and cannot be fetched."""


@dataclass(frozen=True)
class Outcome:
    """What became of the tests on one Python."""

    version: str
    words: str
    is_well: bool


def main(arguments: Sequence[str]) -> int:
    """Run the tests on each version that is named, and say in a line of each how it went.

    A version that cannot be had was not tried, so then it does not end well either.
    """
    versions = [word for word in arguments if VERSION.fullmatch(word)]
    chosen = [word for word in arguments if word not in versions]
    outcomes = [tried(version, chosen) for version in versions]
    print("\n", *(f"Python {one.version}: {one.words}\n" for one in outcomes), sep="", flush=True)
    return 0 if outcomes and all(one.is_well for one in outcomes) else 1


def tried(version: str, chosen: Sequence[str]) -> Outcome:
    """Run the tests on one version."""
    print(f"\nPython {version}", flush=True)
    try:
        python = environment(version)
    except NotToBeHadError as error:
        return Outcome(version, f"NOT TRIED. {error}", is_well=False)
    full = _said([str(python), "-c", "import platform; print(platform.python_version())"])
    began, last = time.monotonic(), "pytest said nothing"
    command = [str(python), "-m", "pytest", *AS_EVER, *chosen]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, cwd=ROOT, **streams, text=True, encoding="utf-8", errors="replace") as running:
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
            last = line.strip() or last
    words = last if running.returncode in (0, 1, NONE_RAN) else f"pytest ended with code {running.returncode}: {last}"
    words = re.sub(r" in [\d.]+s.*$", "", words)
    return Outcome(full, f"{words} ({time.monotonic() - began:.0f} s)", is_well=running.returncode == 0)


def environment(version: str) -> Path:
    """Return the Python of an environment with what is locked, made where there is none.

    Raises:
        NotToBeHadError: there is no such Python here and none can be fetched, or not what is locked.
    """
    folder = ROOT / f".venv-{version}"
    python = folder / BIN / "python"
    if not python.exists() and not python.with_suffix(".exe").exists():
        _uv("venv", "--quiet", "--clear", "--python", next(interpreters(version), version), str(folder))
    _uv("pip", "sync", "--quiet", "--python", str(python), str(LOCK))
    return python


def interpreters(version: str) -> Iterator[str]:
    """Yield Pythons of a version that are on this computer where uv does not look by itself: pyenv's."""
    places = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = [place for place in places.glob(f"{version}*") if re.match(rf"{re.escape(version)}(\.|$)", place.name)]
    for place in sorted(found, key=lambda one: [int(part) for part in re.findall(r"\d+", one.name)], reverse=True):
        python = place / "bin" / "python"
        if python.exists():
            yield str(python)


def _uv(*arguments: str) -> None:
    done = subprocess.run([find_uv_bin(), *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        reasons = [line.strip() for line in done.stderr.splitlines() if re.match(r"\s*(error|cause|×|╰─▶)", line)]
        raise NotToBeHadError(" ".join(reasons[:2]) or done.stderr.strip()[-300:])


def _said(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
