"""Who comes, whichever way: what the class, the settings and a sign-in make of a browser."""

from __future__ import annotations

from core.access import AUDIENCES, Action, Actor
from core.classroom.presenters import Ways
from core.classroom.switches import closed
from core.process import shared
from core.settings import settings


def ways() -> Ways:
    """Return how one becomes the presenter here."""
    return Ways(bool(settings().pin), settings().presenters, alone=shared.is_alone())


def actor(name: str, address: str | None, word: str, person: frozenset[str] = frozenset()) -> Actor:
    """Return who comes under a name, and with it what they may do.

    ``address`` is the IP address of their computer, None where it is this one and empty where that is not certain;
    ``word`` is their browser's, ``person`` what a provider calls whoever signed in.
    """
    how = ways()
    shown = how.pin and shared.presenters().has_shown(word)
    if how.presents(shown=shown, person=person, here=address is None):
        return Actor(name, "presenter", address or "")
    joined = shared.members().member(word)
    if joined is None:
        return Actor(name, "audience", address or "", _closed(how))
    return Actor(joined.shown, "audience", address or "", _closed(how), f"member {joined.number}")


def _closed(how: Ways) -> frozenset[Action]:
    """Return what the audience may not do at this moment."""
    return AUDIENCES if how.is_read_only else closed(shared.class_file())
