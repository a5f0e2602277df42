"""What a setting may be: how what somebody said is read, and what it is in a file in TOML."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from core import logs
from core.alerts.quiet import QuietHours, quiet_hours
from core.errors import PizarraError
from core.i18n import N_

FEWEST = 4  # characters of a PIN
YES, NO = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0"})

Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Said:
    """What somebody said of a setting, as text, and where: an environment variable, or a key of which file."""

    where: str
    text: str


@dataclass(frozen=True)
class Kind:
    """One kind of setting. ``read`` raises ``PizarraError`` where the text is none; ``example`` is one in TOML."""

    read: Callable[[Said], Any]
    written: tuple[type, ...] = (str,)
    example: str = '"…"'


def _flag(said: Said) -> bool:
    if said.text.lower() not in YES | NO:
        raise PizarraError(
            N_("{variable} must be yes or no, but it is {value}."),
            N_("Write one of them, then start again."),
            variable=said.where,
            value=repr(said.text),
        )
    return said.text.lower() in YES


def _count(said: Said) -> int:
    if not said.text.isdecimal() or len(said.text) > 9 or int(said.text) < 1:
        raise PizarraError(
            N_("{variable} must be a whole number from 1 up, but it is {value}."),
            N_("Choose another number, then start again."),
            variable=said.where,
            value=repr(said.text),
        )
    return int(said.text)


def _share(said: Said) -> float:
    if not re.fullmatch(r"0|1|[01]?\.\d{1,9}", said.text.strip(), re.ASCII) or float(said.text) > 1:
        raise PizarraError(
            N_("{variable} must be a share from 0 to 1, such as 0.25, but it is {value}."),
            N_("Choose another number, then start again."),
            variable=said.where,
            value=repr(said.text),
        )
    return float(said.text)


def _lines(said: Said) -> str:
    if said.text not in {logs.TEXT, logs.JSON}:
        raise PizarraError(
            N_("{variable} must be text or json, but it is {value}."),
            N_("Write one of them, then start again."),
            variable=said.where,
            value=repr(said.text),
        )
    return said.text


def _names(said: Said) -> frozenset[str]:
    return frozenset(name.lower() for name in _parts(said))


def _parts(said: Said) -> tuple[str, ...]:
    return tuple(part.strip() for part in said.text.split(",") if part.strip())


def _alias(said: Said) -> str:
    if not re.fullmatch(r"[\w-]+", said.text, re.ASCII) or said.text == "latest" or re.fullmatch(r"[vV]\d+", said.text):
        raise PizarraError(
            N_(
                "{variable} must have only letters, digits, - and _, and be neither “latest” nor a version such as "
                "“v1”, but it is {value}."
            ),
            N_("Choose another alias, then start again."),
            variable=said.where,
            value=repr(said.text),
        )
    return said.text


def _pin(said: Said) -> str:
    if said.text and len(said.text.strip()) < FEWEST:
        raise PizarraError(
            N_("{variable} must have {fewest} characters or more, but it has fewer."),
            N_("Choose another PIN, then start again."),
            variable=said.where,
            fewest=FEWEST,
        )
    return said.text.strip()


def _address(said: Said) -> str:
    """Return an address without its last slash."""
    if said.text and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", said.text):
        raise PizarraError(
            N_("{variable} must be an address such as http://192.168.1.20:8501, but it is {value}."),
            N_("Choose another address, then start again."),
            variable=said.where,
            value=repr(said.text),
        )
    return said.text.rstrip("/")


def _key_value(said: Said) -> str:
    """Return the address of a server that keeps values by keys."""
    if said.text and not re.fullmatch(r"(?:(?:redis|valkey)s?|unix)://\S+", said.text):
        raise PizarraError(
            N_("{variable} must be the address of a Redis or Valkey server, such as redis://localhost:6379/0."),
            N_("Choose another address, then start again."),
            variable=said.where,
        )
    return said.text


def _whole_address(said: Said) -> str:
    """Return an address with all that it has; it is never said what it is."""
    text = said.text.strip()
    if text and not re.fullmatch(r"https?://[^\s/?#@]+(/\S*)?", text):
        raise PizarraError(
            N_("{variable} must be an address that begins with http:// or https://, without a name before its host, "
               "but it is none."),
            N_("Write another one, then start again; what shows who sends goes into the header."),
            variable=said.where,
        )  # fmt: skip
    return text


def _header(said: Said) -> str:
    text = said.text.strip()
    if text and not (text.isascii() and text.isprintable() and re.match(r"[\w!#$%&'*+.^`|~-]+:\s*\S", text)):
        raise PizarraError(
            N_("{variable} must be one header such as “Authorization: Bearer …”, on one line, but it is none."),
            N_("Write name, colon and value, then start again."),
            variable=said.where,
        )
    return text


def _quiet(said: Said) -> QuietHours | None:
    try:
        return quiet_hours(said.text)
    except (ValueError, KeyError, OSError):  # OSError: a name that is a folder of time zones
        raise PizarraError(
            N_("{variable} must be hours such as 22:00-07:00 or 22:00-07:00 Europe/Madrid, but it is {value}."),
            N_("Write two different times of day, and a time zone that there is, then start again."),
            variable=said.where,
            value=repr(said.text),
        ) from None


def _networks(said: Said) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(name) for name in _parts(said))
    except ValueError:
        raise PizarraError(
            N_("{variable} must have addresses such as 127.0.0.1 or networks such as 10.0.0.0/8, not {value}."),
            N_("Write numeric addresses with commas between, then start again."),
            variable=said.where,
            value=repr(said.text),
        ) from None


def _optional_path(said: Said) -> Path | None:
    return Path(said.text) if said.text else None


TEXT = Kind(lambda said: said.text)
NAME = Kind(lambda said: said.text.strip())
FOLDER = Kind(lambda said: Path(said.text))
OPTIONAL_PATH = Kind(_optional_path)
FLAG = Kind(_flag, (bool,), "true")
COUNT = Kind(_count, (int,), "4")
SHARE = Kind(_share, (int, float), "0.25")
NAMES = Kind(_names, (list,), '["a", "b"]')  # in any case
MODELS = Kind(lambda said: frozenset(_parts(said)), (list,), '["a", "b"]')
COLUMNS = Kind(_parts, (list,), '["a", "b"]')
NETWORKS = Kind(_networks, (list,), '["127.0.0.1", "10.0.0.0/8"]')
LINES = Kind(_lines, example='"json"')
ALIAS = Kind(_alias)
PIN = Kind(_pin)
ADDRESS = Kind(_address)
KEY_VALUE = Kind(_key_value)
WHOLE_ADDRESS = Kind(_whole_address)
HEADER = Kind(_header)
QUIET = Kind(_quiet, example='"22:00-07:00"')


def text_of(value: object, kind: Kind) -> str | None:
    """Return what a value of TOML says, as the environment would say it; None where it is not of that kind.

    >>> text_of(4, COUNT), text_of(True, FLAG), text_of(["a", "b"], NAMES), text_of("4", COUNT)
    ('4', 'yes', 'a,b', None)
    """
    if isinstance(value, bool) is not (bool in kind.written) or not isinstance(value, kind.written):
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ",".join(value) if all(isinstance(part, str) and "," not in part for part in value) else None
    return str(value)
