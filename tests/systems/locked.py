"""Ask the index whether all that is locked can be installed on each system: python -m tests.systems.locked [3.12 …].

Can be installed means: there is a wheel, so nobody needs a compiler. It needs the network, so no test does this.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import parse_wheel_filename
from uv import find_uv_bin

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PYTHONS = ("3.11", "3.12", "3.13")


@dataclass(frozen=True)
class System:
    """A system: which platforms' wheels it takes, and what markers read of it."""

    name: str
    platforms: tuple[str, ...]
    sys_platform: str
    machine: str

    def markers(self, python: str) -> dict[str, str]:
        """Return what a marker may ask about, of CPython ``python`` there."""
        return {
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "os_name": "nt" if self.sys_platform == "win32" else "posix",
            "platform_machine": self.machine,
            "platform_system": {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}[self.sys_platform],
            "python_version": python,
            "python_full_version": f"{python}.0",
            "sys_platform": self.sys_platform,
        }

    def tags(self, python: str) -> frozenset[Tag]:
        """Return which wheels CPython ``python`` installs there."""
        version = tuple(int(part) for part in python.split("."))
        interpreter = "cp" + "".join(map(str, version))
        return frozenset(
            [
                *cpython_tags(version, platforms=self.platforms),
                *compatible_tags(version, interpreter, self.platforms),
            ]
        )


def _linux(machine: str) -> tuple[str, ...]:
    """Return the platforms of Debian 12 and Ubuntu 22.04: glibc up to 2.35."""
    older = (f"manylinux{year}_{machine}" for year in ("2014", "2010", "1"))
    return (*(f"manylinux_2_{minor}_{machine}" for minor in range(5, 36)), *older)


SYSTEMS = (
    System("Linux, x86-64", _linux("x86_64"), "linux", "x86_64"),
    System("Linux, ARM", _linux("aarch64"), "linux", "aarch64"),
    System("macOS 14, Apple's processors", tuple(mac_platforms((14, 0), "arm64")), "darwin", "arm64"),
    System("macOS 14, Intel", tuple(mac_platforms((14, 0), "x86_64")), "darwin", "x86_64"),
    System("Windows, x86-64", ("win_amd64",), "win32", "AMD64"),
)


def missing(packages: Iterable[Mapping[str, Any]], system: System, python: str) -> list[str]:
    """Return which packages of a ``pylock.toml`` that are wanted there have no wheel for it."""
    takes, about = system.tags(python), system.markers(python)
    return [
        f"{package['name']} {package['version']}"
        for package in packages
        if ("marker" not in package or Marker(package["marker"]).evaluate(about))
        and not any(takes & parse_wheel_filename(name)[3] for name in _wheels(package))
    ]


def _wheels(package: Mapping[str, Any]) -> list[str]:
    """Return the names of a package's wheels, of which the index gives the address or only the name."""
    return [
        wheel.get("name") or unquote(urlsplit(wheel.get("url") or wheel["path"]).path.rpartition("/")[2])
        for wheel in package.get("wheels", ())
    ]


def packages_of(lock: Path, python: str = PYTHONS[0]) -> list[dict[str, Any]]:
    """Return all that is locked with the files that the index has of it, as uv writes it down.

    Raises:
        subprocess.CalledProcessError: uv cannot; it has said why.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "pylock.toml"
        subprocess.run(
            [
                find_uv_bin(), "pip", "compile", "--quiet", "--universal", "--no-deps", "--python-version", python,
                "--format", "pylock.toml", "--output-file", str(made), str(lock),
            ],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return list(tomllib.loads(made.read_text(encoding="utf-8"))["packages"])


def main(pythons: Sequence[str]) -> int:
    """Say for each system and Python what of the locked has no wheel there."""
    is_well = True
    for lock in LOCKS:
        packages = packages_of(ROOT / lock)
        for system in SYSTEMS:
            found = {python: missing(packages, system, python) for python in pythons}
            is_well = is_well and not any(found.values())
            for python, names in found.items():
                said = f"no wheel of {', '.join(names)}" if names else "all"
                print(f"{lock}: {system.name}, Python {python}: {said}")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or PYTHONS))
