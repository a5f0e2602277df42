"""Who may come in, and who sits at this computer: told by what a browser sends and no page in it can make up.

A page of another place may make a browser ask us: by a name of its own that it lets point here, from another port of
this computer, in a frame. The browser then says under which name it came (Host) and whose page asks (Origin).
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from core.errors import PizarraError
from core.i18n import N_

# Whoever sends one of these stands between us and a visitor
FORWARDING = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


def check_entrance(hosts: Iterable[str], origins: Iterable[str], known: Iterable[str] = ()) -> None:
    """Refuse a request that came by a name that is not ours, or that a page of another place makes.

    ``hosts`` and ``origins`` are all that it says of either; ``known`` are names of this computer beside its own. Its
    numeric addresses are always ours: no other place can have a browser take them for its own.

    Raises:
        PizarraError: it may not come in.
    """
    hosts, origins = list(hosts), list(origins)
    name = _name(hosts[0]) if len(hosts) == 1 else None
    if name is None or not (_address(name) or name in {"localhost", *_own_names(), *known}):
        raise PizarraError(
            N_("This dashboard does not answer to the name {name}."),
            N_("Open it by its address in numbers, or write the name into PIZARRA_HOSTS and start it again."),
            name=repr(", ".join(hosts)[:100]),
        )
    if len(origins) > 1 or any(not _is_of(origin, hosts[0]) for origin in origins):
        raise PizarraError(
            N_("This request comes from a page of another place: {origin}."),
            N_("Open the dashboard's own address."),
            origin=repr(", ".join(origins)[:100]),
        )


def is_this_computer(address: str | None, headers: Mapping[str, str]) -> bool:
    """Tell whether somebody visits from this computer, with nobody in between; ``headers`` may have names in any case.

    >>> here = {"host": "localhost:8501", "origin": "http://localhost:8501"}
    >>> is_this_computer("127.0.0.1", here), is_this_computer("192.168.1.20", here)
    (True, False)
    >>> is_this_computer("127.0.0.1", here | {"host": "evil.example:8501", "origin": "http://evil.example:8501"})
    False
    """
    said = {name.lower(): text for name, text in headers.items()}
    host = said.get("host", "")
    name = _name(host)
    return (
        is_loopback(address)
        and name is not None
        and (name == "localhost" or is_loopback(name))
        and _is_of(said.get("origin", ""), host)
        and said.keys().isdisjoint(FORWARDING)
    )


def visitor_address(address: str, headers: Mapping[str, str]) -> str | None:
    """Return the IP address of a visitor's computer; None where it is this one, empty where that is not certain.

    Browsers leave the origin out where a page of ours reads; other pages' requests the door has refused.
    """
    here = {"origin": f"http://{headers.get('host', '')}"}
    if is_this_computer(address, here | dict(headers)):
        return None
    return "" if is_loopback(address) else address


def forwarded(address: str, said: Sequence[str], proxies: Sequence[IPv4Network | IPv6Network]) -> str:
    """Return the address of whoever a proxy speaks for; empty where somebody whom we do not know says so.

    ``address`` is where a connection comes from, ``said`` what its X-Forwarded-For have, ``proxies`` are ours. Each
    proxy adds at the end whom it heard, so only what ours have added is believed. uvicorn believes those of this
    computer unasked, and has then put what they said into the place of their address.

    >>> from ipaddress import ip_network
    >>> ours = [ip_network("127.0.0.1"), ip_network("10.0.0.0/8")]
    >>> forwarded("127.0.0.1", ["6.6.6.6, 192.168.1.20", "10.0.0.5"], ours)
    '192.168.1.20'
    >>> forwarded("192.168.1.20", ["6.6.6.6"], ours), forwarded("6.6.6.6", ["6.6.6.6"], ())
    ('192.168.1.20', '')
    """
    chain = [_address(text.strip()) for line in said for text in line.split(",")]
    if not _is_in(address, proxies):
        is_heard = _address(address) in chain and not any(network.is_loopback for network in proxies)
        return "" if is_heard else address
    while chain and _is_in(address, proxies):
        address = chain.pop()
    return address


def _is_in(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    known = _address(address)
    return bool(known) and any(ip_address(known) in network for network in networks)


def _name(host: str) -> str | None:
    """Return the name in a Host, without its port; None where there is none."""
    try:
        parts = urlsplit(f"//{host}")
        _port = parts.port  # raises where it is none
    except ValueError:
        return None
    return parts.hostname if parts.netloc == host and parts.username is None else None


def _is_of(origin: str, host: str) -> bool:
    return origin.lower() in {f"http://{host}".lower(), f"https://{host}".lower()}


def _address(text: str | None) -> str:
    """Return a numeric address as it is written usually, empty where it is none."""
    try:
        read = ip_address(text or "")
    except ValueError:
        return ""
    mapped = read.ipv4_mapped if isinstance(read, IPv6Address) else None
    return str(mapped or read)


def is_loopback(text: str | None) -> bool:
    """Tell whether a numeric address is this computer's own, which no other can have."""
    address = _address(text)
    return bool(address) and ip_address(address).is_loopback


@lru_cache(1024)
def neighbourhood(address: str) -> str:
    """Return what one computer cannot leave: of an IPv6 address its network, as a computer has as many as it likes.

    >>> neighbourhood("192.168.1.20"), neighbourhood("::ffff:192.168.1.20"), neighbourhood("2001:db8::1:2")
    ('192.168.1.20', '192.168.1.20', '2001:db8::/64')
    """
    try:
        read = ip_address(address)
    except ValueError:
        return address
    if not isinstance(read, IPv6Address):
        return address
    if read.ipv4_mapped:
        return str(read.ipv4_mapped)
    return f"{ip_address(int(read) >> 64 << 64)}/64"


@cache
def _own_names() -> frozenset[str]:
    name = socket.gethostname().lower()
    return frozenset({name, f"{name.partition('.')[0]}.local"})
