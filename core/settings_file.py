"""Settings in a file (TOML), and secrets in files of their own: what stands there, or in words why it cannot be had."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from core.errors import PizarraError
from core.i18n import N_
from core.setting_kinds import TEXT, Kind, Said, text_of

IN_A_FILE = "_file"  # after the name of what is in a file of its own
ENVIRONMENT = "environment"  # the table of what libraries read from the environment
READABLE = N_("Check the path, and who may read it, then start again.")


@dataclass(frozen=True)
class Written:
    """What a file of settings says: of ours by their names, and of what libraries read by its variables."""

    settings: Mapping[str, Said] = field(default_factory=dict)
    environment: Mapping[str, Said] = field(default_factory=dict)


def read_settings(path: Path, kinds: Mapping[str, Kind], secrets: Collection[str], passed: Collection[str]) -> Written:
    """Read a file of settings.

    ``kinds`` are those that there are; of ``secrets`` and of ``passed``, which are secret variables of libraries, each
    may also be named by the file that holds it, which is sought beside this one.

    Raises:
        PizarraError: it cannot be read, is no TOML, has what is no setting, or has one of another type.
    """
    said = _table(path)
    others = said.pop(ENVIRONMENT, {})
    if not isinstance(others, dict):
        raise _of_another_type(ENVIRONMENT, path, '"…"', others)
    _check_known(said, [*kinds, *(f"{name}{IN_A_FILE}" for name in secrets)], path)
    for variable in others:
        ours = variable.removeprefix("MLFLOW_").lower()
        if ours in kinds or not variable.startswith(("MLFLOW_", "AWS_", "AZURE_", "GOOGLE_")):
            raise _unknown(f"{ENVIRONMENT}.{variable}", path, [ours] if ours in kinds else [])
    own = {name: _said(said, name, IN_A_FILE, kind, path, name in secrets) for name, kind in kinds.items()}
    foreign = {
        name: _said(others, name, IN_A_FILE.upper(), TEXT, path, name in passed)
        for name in {_without(name, passed) for name in others}
    }
    return Written({name: one for name, one in own.items() if one}, {name: one for name, one in foreign.items() if one})


def _without(name: str, passed: Collection[str]) -> str:
    variable = name.removesuffix(IN_A_FILE.upper())
    return variable if variable in passed else name


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _unreadable("PIZARRA_CONFIG", path, error) from error
    except UnicodeDecodeError:
        reason = "UTF-8"
    except tomllib.TOMLDecodeError as error:
        reason = str(error)  # it names line and column, and repeats nothing of them
    raise PizarraError(
        N_("The settings in {path} must be written in TOML, but they are not: {reason}."),
        N_("Mend the file, then start again."),
        path=path,
        reason=reason,
    )


def _check_known(said: Mapping[str, Any], known: Collection[str], path: Path) -> None:
    for name in said:
        if name not in known:
            raise _unknown(name, path, get_close_matches(name.lower().removeprefix("pizarra_"), known, 1))


def _said(said: Mapping[str, Any], name: str, suffix: str, kind: Kind, path: Path, is_secret: bool) -> Said | None:
    """Return what a file says of one setting; a secret may be in a file of its own."""
    where, named = f"{name} ({path})", said.get(f"{name}{suffix}") if is_secret else None
    if named is not None:
        if name in said:
            raise both(name, f"{name}{suffix}", path)
        if not isinstance(named, str):
            raise _of_another_type(f"{name}{suffix}", path, '"…"', None)
        return Said(where, read_secret(f"{name}{suffix} ({path})", path.parent / named))
    if name not in said:
        return None
    text = text_of(said[name], kind)
    if text is None:
        raise _of_another_type(name, path, kind.example, None if is_secret else said[name])
    return Said(where, text)


def read_secret(where: str, path: Path) -> str:
    r"""Return the secret that a file holds, without the end of its last line. ``where`` names what named the file.

    Raises:
        PizarraError: it cannot be read, or is empty. Nothing of it is repeated.
    """
    try:
        secret = path.read_text(encoding="utf-8").removesuffix("\n")
    except OSError as error:
        raise _unreadable(where, path, error) from error
    except UnicodeDecodeError:
        secret = ""
    if not secret or "\0" in secret:
        raise PizarraError(
            N_("{where} must name a file that holds the secret as one text, but {path} holds none."),
            N_("Write it into the file, in UTF-8, then start again."),
            where=where,
            path=path,
        )
    return secret


def both(one: str, other: str, path: Path | None = None) -> PizarraError:
    """Return the error of whoever gave a secret twice."""
    return PizarraError(
        N_("Only one of {one} and {other} may be given, but both are{where}."),
        N_("Take one of them away, then start again."),
        one=one,
        other=other,
        where=f" ({path})" if path else "",
    )


def _unreadable(where: str, path: Path, error: OSError) -> PizarraError:
    return PizarraError(
        N_("{where} must name a file that can be read, but {path} cannot be: {reason}."),
        READABLE,
        where=where,
        path=path,
        reason=error.strerror or type(error).__name__,
    )


def _unknown(name: str, path: Path, near: list[str]) -> PizarraError:
    return PizarraError(
        N_("The file {path} must have only settings that there are, but {name} is none."),
        N_("Did you mean {near}? The README has a table of all. Then start again.")
        if near
        else N_("The README has a table of all. Mend the file, then start again."),
        path=path,
        name=name[:100],
        near=next(iter(near), ""),
    )


def _of_another_type(name: str, path: Path, example: str, got: object) -> PizarraError:
    """Return the error of a value of another type; one that is not to be shown is not given."""
    return PizarraError(
        N_("{name} in {path} must be written as {example}, but it is {value}."),
        N_("Mend the file, then start again."),
        name=name,
        path=path,
        example=f"{name} = {example}",
        value="…" if got is None else repr(got)[:100],
    )
