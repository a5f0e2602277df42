"""Where the dashboard listens, and by which addresses others in the room reach it."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

import psutil

from core.doors import is_loopback

LIGHT = "/c"  # below which the light pages for phones lie


def listens_alone() -> bool | None:
    """Tell whether all that this process listens on can be reached from this computer only; None before it listens."""
    found = _sockets()
    if found is None:
        return False
    return all(is_loopback(ip) for ip, _port in found) if found else None


def own_addresses(opened: str = "") -> list[str]:
    """Return under which addresses this process reaches itself, that with the port of ``opened`` first.

    They are in numbers, so no name can be taken for another computer's, and lead over no network.
    """
    likely = urlsplit(opened).port
    found = [(_reached(ip), port) for ip, port in _sockets() or ()]
    found.sort(key=lambda one: (one[1] != likely, one))
    return [f"http://{ip}:{port}" for ip, port in dict.fromkeys(found)]


def _sockets() -> list[tuple[str, int]] | None:
    """Return on which addresses and ports this process listens; None where the system does not tell."""
    try:
        listening = [one for one in psutil.Process().net_connections("inet") if one.status == psutil.CONN_LISTEN]
    except psutil.Error:
        return None
    return [(one.laddr.ip, one.laddr.port) for one in listening]


def _reached(ip: str) -> str:
    """Return how a socket is reached from here, as addresses of HTTP write it: one for all networks by loopback."""
    address = ip_address(ip)
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    return ip if address.version == 4 else f"[{ip}]"


def room_addresses() -> list[str]:
    """Return this computer's IPv4 addresses in networks, the one that leads outside first; nothing is sent."""
    working = {name for name, state in psutil.net_if_stats().items() if state.isup}
    known = [
        one.address
        for name, some in psutil.net_if_addrs().items()
        for one in some
        if name in working and one.family == socket.AF_INET
    ]
    usable = [one for one in known if not (ip_address(one).is_loopback or ip_address(one).is_link_local)]
    outside = _outside()
    return sorted(dict.fromkeys(usable), key=lambda one: one != outside)


def invitations(opened: str, public: str = "") -> list[str]:
    """Return under which addresses phones open the dashboard, the likeliest first.

    ``opened`` is the address under which somebody has it open, ``public`` the one that the settings name, which wins.
    """
    if public:
        return [public]
    parts = urlsplit(opened)
    name = parts.hostname or ""
    if not name:
        return []
    if not (name == "localhost" or is_loopback(name)):
        return [opened.rstrip("/")]
    port = f":{parts.port}" if parts.port else ""
    return [f"{parts.scheme}://{address}{port}{parts.path.rstrip('/')}" for address in room_addresses()]


def for_phones(address: str) -> str:
    """Return the address that a phone opens: light pages, of which a hundred at once cost what a few others do.

    >>> for_phones("http://192.168.1.20:8501")
    'http://192.168.1.20:8501/c'
    """
    return f"{address}{LIGHT}"


def _outside() -> str:
    """Return the address that this computer would have towards others; empty where it is on no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # a UDP socket sends nothing by that
        except OSError:
            return ""
        return str(asking.getsockname()[0])
