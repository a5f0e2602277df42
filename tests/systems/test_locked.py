"""``make lock-check``: which packages have no wheel for a system. The index itself is not asked here."""

from __future__ import annotations

import pytest

from tests.systems.locked import SYSTEMS, missing

NUMBA = "platform_machine != 'x86_64' or sys_platform != 'darwin'"  # as requirements.txt says it


def package(name: str, *wheels: str, marker: str = "") -> dict[str, object]:
    listed = [{"url": f"https://files.example/{wheel}.whl"} for wheel in wheels]
    return {"name": name, "version": "1.0", "wheels": listed} | ({"marker": marker} if marker else {})


PACKAGES = [
    package("pure", "pure-1.0-py3-none-any"),
    package("stable", "stable-1.0-cp310-abi3-manylinux_2_28_x86_64", "stable-1.0-cp310-abi3-win_amd64"),
    package("new", "new-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64"),
    package("numba", marker=NUMBA),
    package("source"),
]


@pytest.mark.parametrize(
    ("system", "python", "expected"),
    [
        ("Linux, x86-64", "3.11", ["numba 1.0", "source 1.0"]),
        ("Linux, x86-64", "3.13", ["new 1.0", "numba 1.0", "source 1.0"]),
        ("Windows, x86-64", "3.12", ["new 1.0", "numba 1.0", "source 1.0"]),
        ("macOS 14, Intel", "3.12", ["stable 1.0", "new 1.0", "source 1.0"]),
    ],
)
def test_what_is_wanted_on_a_system_and_has_no_wheel_for_it_is_named(
    system: str, python: str, expected: list[str]
) -> None:
    (found,) = [one for one in SYSTEMS if one.name == system]
    assert missing(PACKAGES, found, python) == expected
