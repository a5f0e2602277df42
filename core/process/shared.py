"""What all sessions of this process share: the store in use, its mirror, our own writes, the jobs, and the class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from core.access import Actor
from core.classroom.boards import Boards
from core.classroom.class_file import ClassFile
from core.classroom.guidance import Guidance
from core.classroom.listening import listens_alone
from core.classroom.members import Members
from core.classroom.presenters import Presenters
from core.classroom.questions import Questions
from core.process import held as held_things
from core.process import memory
from core.process.held import held
from core.settings import known_hosts, known_proxies, settings
from core.store.abandoned import settle_abandoned
from core.store.changes import change_token
from core.store.connection import Store, known_store, open_store
from core.store.mirror.base import Mirror
from core.store.mirror.kinds import mirror_of
from core.training.jobs import Jobs
from core.training.sweeps.sweeps import Sweeps

_training: list[Jobs] = []  # the launcher, once there is one
_chosen: list[str] = []  # the store that somebody chose since the start, where somebody did
NEWS = timedelta(minutes=10)


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
def _settled(uri: str, file: str) -> int:
    """Settle runs that an earlier dashboard left unfinished, once a store and file."""
    return settle_abandoned(open_store(uri))


def store() -> Store:
    """Return the open store; another one where another file lies in its place."""
    opened = open_store(store_uri())
    _settled(opened.uri, opened.file)
    return opened


def store_name() -> str:
    """Return what tells the open store from others, also from one that was at its address before."""
    opened = store()
    return f"{opened.uri}#{opened.file}"


def replaced() -> datetime | None:
    """Return when another file was found in the place of the store's, for as long as that is news."""
    opened = known_store(store_uri())
    since = opened.replaced if opened else None
    return since if since and datetime.now(UTC) - since < NEWS else None


@held(lambda mirror: mirror.close())
def _mirror(uri: str, _file: str) -> Mirror:
    return mirror_of(open_store(uri), settings().cache_dir)


def mirror() -> Mirror:
    """Return the mirror of the store's runs that all sessions share."""
    opened = store()
    return _mirror(opened.uri, opened.file)


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


@held(lambda sweeps: sweeps.close())  # before the jobs, which it would go on launching
def sweeps() -> Sweeps:
    """Return the sweeps of this process."""
    return Sweeps(jobs())


@held(lambda jobs: jobs.close())
def jobs() -> Jobs:
    """Return the one launcher of this process."""
    _training[:] = [Jobs(settings(), boards())]
    return _training[0]


def training() -> Jobs | None:
    """Return the launcher if there is one already, without making it."""
    return _training[0] if _training else None


@held(lambda file: file.close())
def class_file() -> ClassFile:
    """Return the file of the class."""
    return ClassFile(settings().cache_dir)


@held()
def presenters() -> Presenters:
    """Return who has shown the PIN."""
    return Presenters(class_file(), settings().pin)


@held()
def members() -> Members:
    """Return who has come to the class."""
    return Members(class_file())


@held()
def questions() -> Questions:
    """Return what the class is asked."""
    return Questions(class_file())


@held()
def guidance() -> Guidance:
    """Return what is switched on for all phones."""
    return Guidance(class_file())


@held()
def boards() -> Boards:
    """Return the boards of the class."""
    return Boards(class_file())


@held()
def _alone() -> list[bool]:
    return []


def is_alone() -> bool:
    """Tell whether only programs of this computer can reach the dashboard; what it listens on does not change.

    Whoever names another way in (its address, a proxy) has others come by it, whatever that says of them.
    """
    if known_hosts() or known_proxies():
        return False
    known = _alone()
    if not known and (found := listens_alone()) is not None:
        known.append(found)
    return bool(known) and known[0]


def forget() -> None:
    """Close all that is shared, forget what was read, and go back to the store of the settings, as when it began."""
    held_things.forget()
    memory.forget()
    _training.clear()
    _chosen.clear()
