"""What the presenter lets the class do at this moment."""

from __future__ import annotations

from typing import Literal

from core.access import Action, Actor
from core.classroom.class_file import ClassFile

Switch = Literal["training"]

OFF = "off"
# What the audience may not do where a switch is off
CLOSES: dict[Switch, frozenset[Action]] = {"training": frozenset({"train"})}


def is_on(file: ClassFile, switch: Switch) -> bool:
    """Tell whether a switch is on, as all are in the beginning."""
    return file.said(switch) != OFF


def turn(file: ClassFile, actor: Actor, switch: Switch, *, on: bool) -> None:
    """Turn a switch on or off, for everybody.

    Raises:
        PizarraError: ``actor`` may not say so.
    """
    actor.check("lead")
    file.write_down(switch, "on" if on else OFF)


def closed(file: ClassFile) -> frozenset[Action]:
    """Return what the audience may not do now.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = ClassFile(Path(folder))
    ...     turn(file, Actor("Ana", "presenter"), "training", on=False)
    ...     print(sorted(closed(file)))
    ...     file.close()
    ['train']
    """
    return frozenset[Action]().union(*(actions for switch, actions in CLOSES.items() if not is_on(file, switch)))
