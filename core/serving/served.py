"""What answers programs now: which version each stage holds, read anew as the registry changes, and opened before.

A request takes what it finds and keeps it to its end, so that a promotion drops none. Whoever was asked about lately is
looked at twice a second by a thread; the version that came into a stage is opened before the old one is let go.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from threading import Event, Lock, Thread
from time import monotonic

from core.errors import ModelError, PizarraError, StoreError
from core.i18n import N_
from core.process import asked, cache, shared
from core.process.asked import AskedVersion
from core.process.held import held
from core.serving import meters
from core.serving.problems import NotReadyError, NotThereError
from core.serving.references import answering_version
from core.serving.sizes import size_of
from core.settings import settings
from core.store.changes import change_token
from core.store.connection import sqlite_path
from core.store.models import UntrustedModelError
from core.store.registry.cutoffs import read_cutoff
from core.store.registry.registered_models import RegisteredModel, Version, find_model
from core.store.registry.stages import UnknownModelError

logger = logging.getLogger("pizarra")

FRESH = 1.6  # seconds that what was read of a model counts as it is
LOOK = 0.4  # seconds between two looks at the registry
LOOK_AT_SERVERS = 0.9  # the same where each look is a request to a server
GRACE = 300.0  # seconds that what is open answers on while the store does not
IDLE = 60.0  # seconds after which a model that nobody asks about is no longer looked at
OPENING = 60.0  # seconds that a version may take to open while the one before it still answers
AGAIN = 3.0  # seconds until a version that could not be opened is tried again
MOST_OPEN = 32
MOST_KNOWN = 1000  # names that were asked for and are known, or known not to be there


@dataclass(frozen=True)
class Served:
    """A version that is open and answers; ``which`` is how it was asked for, ``store`` the name of its store."""

    model: RegisteredModel
    asked: AskedVersion
    which: str
    store: str

    @property
    def version(self) -> Version:
        """The version."""
        return self.asked.version


@dataclass
class _Known:
    """What was read of a model; ``model`` is None where there is none. Times are monotonic seconds."""

    model: RegisteredModel | None
    token: str
    read: float
    wanted: float
    renewing: float | None = None  # since when the versions of a newer reading are being opened
    unanswered: bool = False  # the store has been asked again, and has not answered yet
    ready: dict[str, Served] = field(default_factory=dict)  # what answers, by how it is asked for


@dataclass(frozen=True)
class _Newest:
    """The model that came to Production last, and what the store was when it was read; no name where none did."""

    name: str = ""
    token: str = ""
    read: float = 0.0


@dataclass
class _Failed:
    error: PizarraError
    at: float = field(default_factory=monotonic)


class Serving:
    """What answers programs now, for all requests of this process."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._open: OrderedDict[tuple[object, ...], AskedVersion] = OrderedDict()
        self._failed: dict[tuple[object, ...], _Failed] = {}
        self._locks: dict[str, Lock] = {}
        self._lock = Lock()
        self._newest = _Newest()
        self._reading_newest = Lock()
        self._closed = Event()
        self._watching: Thread | None = None

    def at_once(self, name: str, which: str) -> Served | None:
        """Return what answers where that is known and open, so that it takes no time; else None."""
        known = self._known.get(name)
        if known is None or known.model is None:
            return None
        known.wanted = monotonic()  # before it is seen whether somebody watches, who stops only where nothing is wanted
        return known.ready.get(which) if self._watching is not None and self._is_fresh(known) else None

    def find(self, name: str, which: str) -> Served:
        """Return what answers, opened where it is not yet.

        Raises:
            NotThereError: there is no such model, or nothing is called so.
            NotReadyError: it does not load, or the store does not answer.
        """
        model = self.model(name)
        known = self._known.get(name)
        if known is not None and known.unanswered and which in known.ready:
            return known.ready[which]
        found = Served(model, self._opened(model, answering_version(model, which)), which, shared.store_name())
        if known is not None and known.model is model and len(known.ready) < MOST_OPEN:
            known.ready[which] = found
        return found

    def model(self, name: str) -> RegisteredModel:
        """Return a registered model as it is now, or was a second ago.

        Raises:
            NotThereError: there is none.
            NotReadyError: the store does not answer.
        """
        known = self._known.get(name)
        if known is None or not self._is_fresh(known):
            with self._alone("model", name):
                known = self._known.get(name)
                if known is None or not self._is_fresh(known):
                    known = self._read(name, known)
        known.wanted = monotonic()
        if known.model is None:
            raise NotThereError(
                N_("There is no registered model {name}."),
                N_("GET /api/models lists those that there are."),
                name=repr(name),
            )
        self._watch()
        return known.model

    def served(self) -> tuple[str, str]:
        """Return the name of the served model, and which of its versions is: of the settings, else what is newest.

        Raises:
            NotThereError: nothing is in Production, and the settings name no model.
        """
        chosen = settings().served_model
        if chosen:
            name, _slash, which = chosen.partition("/")
            return name, which or "Production"
        newest = self._newest_now()
        if not newest:
            raise NotThereError(
                N_("No model is in Production, so none is served."),
                N_("Move a version to Production on the Registry page, or name one in PIZARRA_SERVED_MODEL."),
            )
        return newest, "Production"

    def silent(self, name: str) -> bool:
        """Tell whether the store has not answered since a model was read, so that only what is open can answer."""
        known = self._known.get(name)
        return known is not None and known.unanswered and monotonic() - known.read > FRESH

    def open_models(self) -> list[AskedVersion]:
        """Return the versions that are open now."""
        with self._lock:
            return list(self._open.values())

    def close(self) -> None:
        """Look at nothing any more."""
        self._closed.set()
        if self._watching is not None:
            self._watching.join()

    # What is known

    def _is_fresh(self, known: _Known) -> bool:
        now = monotonic()
        if now - known.read < FRESH or (known.renewing is not None and now - known.renewing < OPENING):
            return True
        return known.unanswered and now - known.read < GRACE

    def _read(self, name: str, known: _Known | None) -> _Known:
        """Read a model; where the store does not answer, what was read of it lately counts for as long as it may."""
        try:
            return self._remember(name, *_read(name))
        except NotReadyError:
            if known is None or monotonic() - known.read > GRACE:
                raise
            known.unanswered = True
            return known

    def _newest_now(self) -> str:
        """Return the model that came to Production last; while one thread reads it anew, others take what was read."""
        if not self._reading_newest.acquire(blocking=not self._newest.name):
            return self._newest.name
        try:
            with _asking_the_store():
                token, before = _token(), self._newest
                name = before.name if before.token == token else _newest(cache.models())
                self._newest = _Newest(name, token, monotonic())
        except NotReadyError:
            if not self._newest.name or monotonic() - self._newest.read > GRACE:
                raise
        finally:
            self._reading_newest.release()
        return self._newest.name

    def _remember(self, name: str, model: RegisteredModel | None, token: str) -> _Known:
        now = monotonic()
        with self._lock:
            known = self._known[name] = _Known(model, token, now, now)
            self._known.move_to_end(name)
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return known

    # What is open

    def _opened(self, model: RegisteredModel, version: Version) -> AskedVersion:
        key = _key(model, version)
        found = self._open.get(key)
        if found is None:
            with self._alone("version", version.uri):
                found = self._open.get(key)
                if found is None:
                    found = self._open_anew(key, model, version)
        return found

    def _open_anew(self, key: tuple[object, ...], model: RegisteredModel, version: Version) -> AskedVersion:
        failed = self._failed.get(key)
        if failed is not None and monotonic() - failed.at < AGAIN:
            raise failed.error
        try:
            found = replace(asked.opened(model, version), cutoff=read_cutoff(model.tags))
        except (ModelError, StoreError) as error:
            wrong = _not_ready(version, error)
            self._failed[key] = _Failed(wrong)
            raise wrong from error
        with self._lock:
            self._failed.pop(key, None)
            self._open[key] = found
            gone = [self._open.popitem(last=False)[1] for _ in range(len(self._open) - MOST_OPEN)]
        meters.opened(model.name, str(version.number), size_of(found.model))
        for uri in {one.version.uri for one in gone} - {one.version.uri for one in self.open_models()}:
            meters.closed(*uri.removeprefix("models:/").rsplit("/", 1))
        return found

    @contextmanager
    def _alone(self, kind: str, name: str) -> Iterator[None]:
        """Let one thread at a time read a model, or open a version."""
        with self._lock:
            lock = self._locks.setdefault(f"{kind} {name}", Lock())
            if len(self._locks) > 2 * MOST_KNOWN:
                self._locks = {at: one for at, one in self._locks.items() if one.locked() or one is lock}
        with lock:
            yield

    # Looking again

    def _watch(self) -> None:
        with self._lock:
            if self._watching is None:
                self._watching = Thread(target=self._look_again, name="pizarra-serving", daemon=True)
                self._watching.start()

    def _look_again(self) -> None:
        while not self._closed.wait(LOOK if sqlite_path(shared.store_uri()) else LOOK_AT_SERVERS):
            with self._lock:
                names = [name for name, known in self._known.items() if monotonic() - known.wanted < IDLE]
                if not names:
                    self._watching = None
                    return
            for name in names:
                try:
                    self._renew(name)
                except PizarraError:  # whoever asks next is told
                    continue
                except Exception:  # a store may fail in any way, and the next look may find it well
                    logger.exception("What answers programs could not be looked at again")

    def _renew(self, name: str) -> None:
        """Look at one model again; what came into a stage is opened first."""
        before = self._known.get(name)
        if before is None:
            return
        before.unanswered = True  # and what was read counts meanwhile: a store may take long to fail
        if sqlite_path(shared.store_uri()) and before.token == _token():
            before.read, before.unanswered = monotonic(), False
            return
        model, token = _read(name)
        if model is not None and before.model is not None:
            before.renewing = monotonic()
            self._open_beforehand(before.model, model)
        known = self._remember(name, model, token)
        for which in before.ready:
            with suppress(PizarraError):  # whoever asks for it next is told
                self.find(name, which)
        known.wanted = before.wanted  # nobody has asked

    def _open_beforehand(self, before: RegisteredModel, model: RegisteredModel) -> None:
        for stage in asked.LIVE:
            old, new = before.in_stage(stage)[:1], model.in_stage(stage)[:1]
            if old and new and _key(before, old[0]) in self._open and _key(model, new[0]) not in self._open:
                try:
                    self._opened(model, new[0])
                except PizarraError as error:
                    logger.warning("%s %s does not open: %s", model.name, new[0].number, error)


def _key(model: RegisteredModel, version: Version) -> tuple[object, ...]:
    return (
        shared.store_name(), version.uri, version.run_id, version.source, asked.consented(version),
        read_cutoff(model.tags), version.stage,
    )  # fmt: skip


def _token() -> str:
    return f"{change_token(shared.store())} {shared.own_writes()}"


def _read(name: str) -> tuple[RegisteredModel | None, str]:
    """Return a model as the store has it, None where it has none, and the token from before it was read."""
    with _asking_the_store():
        token = _token()
        try:
            return find_model(shared.store(), name), token
        except UnknownModelError:
            return None, token


def _newest(models: Sequence[RegisteredModel]) -> str:
    """Return the model whose version came to Production last; empty where none has one."""
    live = [(model.name, version) for model in models for version in model.in_stage("Production")[:1]]
    return max(live, key=lambda one: (one[1].moved.get("at", ""), one[1].updated))[0] if live else ""


@contextmanager
def _asking_the_store() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        raise NotReadyError(
            N_("The store of the models does not answer: {reason}"), N_("Ask again in a moment."), reason=error.message
        ) from error


def _not_ready(version: Version, error: PizarraError) -> NotReadyError:
    if isinstance(error, UntrustedModelError):
        return NotReadyError(
            N_("Version {number} of {model} is stored in a way that runs code when it is opened."),
            N_("Whoever presents can agree to it on the Predict page; a server alone needs its name in "
               "PIZARRA_ALLOW_CODE."),
            number=version.number,
            model=version.model,
        )  # fmt: skip
    return NotReadyError(
        N_("Version {number} of {model} does not load: {reason}"),
        N_("Ask for another version, or move one that loads into this stage."),
        number=version.number,
        model=version.model,
        reason=error.message,
    )


@held(lambda serving: serving.close())
def serving() -> Serving:
    """Return what answers programs in this process."""
    return Serving()
