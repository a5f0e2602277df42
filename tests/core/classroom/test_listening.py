"""Who can reach a dashboard: told by what its own process listens on."""

from __future__ import annotations

import socket
import subprocess
import sys
from ipaddress import ip_address

import pytest

from core.classroom.listening import invitations, room_addresses
from core.settings import ROOT

ASK = """
import socket
from core.classroom.listening import listens_alone
held = []
for family, place in {places}:
    one = socket.socket(getattr(socket, family)); one.bind((place, 0)); one.listen(); held.append(one)
print(listens_alone())
"""


def asked(places: list[tuple[str, str]]) -> str:
    """Return what a process says that listens on these places."""
    code = ASK.format(places=places)
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.part(3)
@pytest.mark.parametrize(
    ("places", "alone"),
    [
        ([("AF_INET", "127.0.0.1")], "True"),
        ([("AF_INET", "127.0.0.2")], "True"),
        ([("AF_INET", "0.0.0.0")], "False"),  # noqa: S104 - that is what is asked about
        ([("AF_INET", "127.0.0.1"), ("AF_INET", "0.0.0.0")], "False"),  # noqa: S104
        ([], "None"),
    ],
)
def test_a_process_listens_alone_where_no_other_computer_can_reach_any_of_its_ports(
    places: list[tuple[str, str]], alone: str
) -> None:
    assert asked(places) == alone


@pytest.mark.skipif(not socket.has_ipv6, reason="this computer has no IPv6")
@pytest.mark.parametrize(("place", "alone"), [("::1", "True"), ("::", "False")])
def test_it_is_the_same_with_addresses_of_the_sixth_version(place: str, alone: str) -> None:
    assert asked([("AF_INET6", place)]) == alone


def test_the_rooms_addresses_are_this_computers_own_and_none_that_only_it_can_reach() -> None:
    for address in room_addresses():
        assert not ip_address(address).is_loopback
        with socket.socket() as own:
            own.bind((address, 0))  # which is refused for any other's


def test_phones_open_what_the_settings_say_whatever_the_presenter_has_open() -> None:
    assert invitations("http://localhost:8501", "https://pizarra.example") == ["https://pizarra.example"]


@pytest.mark.parametrize("opened", ["http://192.168.1.20:8501", "https://pizarra.example/class/"])
def test_phones_open_the_address_by_which_the_presenter_came_where_it_is_no_loopback_one(opened: str) -> None:
    assert invitations(opened) == [opened.rstrip("/")]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_phones_open_this_computers_own_addresses_where_the_presenter_sits_at_it(host: str) -> None:
    expected = [f"http://{address}:8501" for address in room_addresses()]
    assert invitations(f"http://{host}:8501") == expected


def test_where_nobody_says_by_which_address_it_is_open_none_is_made_up() -> None:
    assert invitations("") == []
