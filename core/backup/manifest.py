"""What a backup says of itself: when and with what it was made, what is in it, and what is not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from core.errors import StoreError
from core.foreign_json import read_json
from core.i18n import N_

FORMAT = 1  # raise it whenever an older Pizarra would misunderstand a newer backup


@dataclass(frozen=True)
class About:
    """What is known before anything is packed.

    ``kind`` is what the store is, empty where only our own files are in it; ``schema`` the revision of MLflow's
    tables; ``home`` the folder of its SQLite file; ``roots`` the folders elsewhere from which files were taken; ``log``
    the name of the folder in which its prediction log lies; ``counts`` how many there are of what people know.
    """

    made: str
    pizarra: str
    mlflow: str
    kind: str = ""
    uri: str = ""
    schema: str = ""
    home: str = ""
    roots: tuple[str, ...] = ()
    log: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    format: int = FORMAT

    def text(self) -> bytes:
        """Return it as it is packed."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Member:
    """A file in a backup: its size in bytes, and the SHA-256 of its content."""

    size: int
    sha256: str


@dataclass(frozen=True)
class LeftOut:
    """What is not in a backup: where it is, how many, and why."""

    what: str
    count: int
    why: str


@dataclass(frozen=True)
class Manifest:
    """All that a backup says of itself."""

    about: About
    members: Mapping[str, Member]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing was left out."""
        return not self.left_out

    @property
    def size(self) -> int:
        """How many bytes come back."""
        return sum(member.size for member in self.members.values())

    def list(self) -> bytes:
        """Return what is packed last: the members and what was left out."""
        listed = {"members": {name: asdict(one) for name, one in self.members.items()}}
        left_out = {"left_out": [asdict(one) for one in self.left_out]}
        return json.dumps(listed | left_out, ensure_ascii=False).encode()


def read_about(content: bytes) -> About:
    """Return what a backup says first.

    Raises:
        StoreError: it is no backup, or a newer Pizarra made it.
    """
    try:
        said: dict[str, Any] = read_json(content)
        number = int(said["format"])
        if number <= FORMAT:
            return About(**{**said, "roots": tuple(said["roots"])})
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(str(error)) from error
    raise StoreError(
        N_("The backup was made by a newer Pizarra, {version}, in a way that this one does not know."),
        N_("Install that version, then try again."),
        version=str(said.get("pizarra", ""))[:20],
    )


def read_list(about: About, content: bytes) -> Manifest:
    """Return all that a backup says.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        said: dict[str, Any] = read_json(content)
        members = {str(name): Member(**one) for name, one in said["members"].items()}
        return Manifest(about, members, tuple(LeftOut(**one) for one in said["left_out"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(str(error)) from error


def damaged(reason: str) -> StoreError:
    """Return what is said of a file that is not a whole backup."""
    return StoreError(
        N_("The backup is damaged, or is none: {reason}"),
        N_("Nothing was changed. Take another copy of it, or an older backup."),
        reason=reason[:300],
    )
