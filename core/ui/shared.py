"""What all sessions of this process share: the store in use, its mirror, a count of our own writes, and the jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from core.access import Actor
from core.settings import settings
from core.store.abandoned import settle_abandoned
from core.store.changes import change_token
from core.store.connection import Store, open_store, sqlite_path
from core.store.mirror.base import Mirror
from core.store.mirror.server import RemoteMirror
from core.store.mirror.sqlite import LocalMirror
from core.training.jobs import Jobs
from core.ui import held as held_things
from core.ui.held import held

_chosen: list[str] = []  # the store that somebody chose since the start, where somebody did


def store_uri() -> str:
    """Return the address of the store in use."""
    return _chosen[0] if _chosen else settings().tracking_uri


def use_store(uri: str, actor: Actor) -> None:
    """Use another store, in all sessions of this process.

    Raises:
        PizarraError: this is not for this visitor to say.
    """
    actor.check("change_store")
    _chosen[:] = [uri]


@held()
def _store(uri: str) -> Store:
    """Open the store once; runs that an earlier dashboard left unfinished are settled then."""
    opened = open_store(uri)
    settle_abandoned(opened)
    return opened


def store() -> Store:
    """Return the open store."""
    return _store(store_uri())


@held(lambda mirror: mirror.close())
def _mirror(uri: str) -> Mirror:
    path, folder = sqlite_path(uri), settings().cache_dir
    opened = _store(uri)
    in_a_file = path is not None and path.exists()  # an in-memory store has none
    return LocalMirror(opened, folder, path) if path and in_a_file else RemoteMirror(opened, folder)


def mirror() -> Mirror:
    """Return the mirror of the store's runs that all sessions share."""
    return _mirror(store_uri())


@held()
def _own_writes() -> Counter[str]:
    return Counter()


def own_writes() -> str:
    """Return a token that is the same as long as nobody wrote into the store from here."""
    return str(_own_writes()[store_uri()])


@contextmanager
def writing(run_ids: Sequence[str] = ()) -> Iterator[None]:
    """Write into the store, and have it read anew afterwards, even where the writing failed: half may be done.

    A server's own changes may be seen seconds later; ours, of ``run_ids`` above all, at once.
    """
    try:
        yield
    finally:
        _own_writes()[store_uri()] += 1
        mirror().reread(run_ids)


def changes() -> str:
    """Return a token that is the same as long as nothing can have changed in the store."""
    return f"{change_token(store())} {own_writes()}"


@held(lambda jobs: jobs.close())
def jobs() -> Jobs:
    """Return the one launcher of this process."""
    return Jobs(settings())


def forget() -> None:
    """Close all that is shared and go back to the store of the settings, as if the process began anew."""
    held_things.forget()
    _chosen.clear()
