"""Places that files are in: one that stays silent is waited for a few seconds, then left alone for a while."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock, Thread
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import unquote, urlparse

from mlflow.environment_variables import MLFLOW_S3_ENDPOINT_URL
from mlflow.exceptions import MlflowException

from core.errors import ModelError, StoreError
from core.i18n import N_
from core.store.connection import Store
from core.store.refusals import chain, is_away, missing_package, refusal_of, said_by
from core.systems import path_in

T = TypeVar("T")

LIMIT = 5.0  # seconds to wait for a place's word; MLflow itself waits 20, twice, for each file
AWHILE = 60.0  # seconds for which a silent place is not asked again, and for which an answer that came late counts
CHECK_KEY = N_("Check the key that Pizarra was started with (for S3: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and "
               "MLFLOW_S3_ENDPOINT_URL) and what it may do there, then start again.")  # fmt: skip
CHECK_ACCOUNT_OR_ASK = N_("Check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, and what that account may do "
                          "there, then reload this page.")  # fmt: skip
FRESH = 10.0  # seconds after an answer for which a place is not asked before something is brought from it


class PlaceError(StoreError, ModelError):
    """The ``place`` that files are in cannot be reached from here, or does not let us; that may pass."""

    @property
    def place(self) -> str:
        """The server or bucket, as ``place_of`` names it."""
        return str(self._values["place"])


class SilentPlaceError(PlaceError):
    """The place that files are in does not answer in time."""


def _silent(place: str) -> SilentPlaceError:
    return SilentPlaceError(
        N_("The files cannot be reached: {place} does not answer in time."),
        N_("What is kept in the store is shown without them. Reload this page in a minute to ask again."),
        place=place,
    )


@dataclass
class _Question:
    answer: Future[Any] = field(default_factory=Future)
    moment: float = field(default_factory=monotonic)  # when it was asked, then when it was answered

    def carry_out(self, ask: Callable[[], Any], place: str) -> None:
        try:
            found = ask()
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            self.moment = monotonic()
            self.answer.set_exception(error)
        else:
            self.moment = monotonic()
            _heard[place] = (self.moment, True)
            self.answer.set_result(found)

    def is_of_use(self) -> bool:
        """Tell whether it is being asked, or was answered when nobody waited any more, within the last minute."""
        failed = self.answer.done() and self.answer.exception() is not None
        return not failed and monotonic() - self.moment < AWHILE


_lock = Lock()
_questions: dict[Hashable, _Question] = {}  # under way, or answered late
_heard: dict[str, tuple[float, bool]] = {}  # of each place: when somebody asked last, and whether it answered


def ask(store: Store, uri: str, what: Hashable, question: Callable[[], T]) -> T:
    """Return the answer to a short question that goes to where ``uri`` is; ``what`` is the same for the same question.

    It is asked in the background: an answer that comes too late is there for whoever asks next.

    Raises:
        SilentPlaceError: the place did not answer in time, now or within the last minute.
        PlaceError: it cannot be asked, or does not let us.
        Exception: whatever the question raises.
    """
    place = place_of(store, uri)
    if not place:
        return question()
    with naming(place):
        return _ask(place, what, question)


def _ask(place: str, what: Hashable, question: Callable[[], T]) -> T:
    with _lock:
        for old in [key for key, one in _questions.items() if not one.is_of_use()]:
            del _questions[old]
        asked = _questions.get(what)
        if is_silent(place) and not (asked and asked.answer.done()):
            raise _silent(place)
        if asked is None:
            asked = _questions[what] = _Question()
            # A daemon: the end of the program waits for no server
            Thread(target=asked.carry_out, args=(question, place), name="pizarra-place", daemon=True).start()
    wait([asked.answer], LIMIT)
    with _lock:
        if not asked.answer.done():
            _heard[place] = (monotonic(), False)
            raise _silent(place)
        _questions.pop(what, None)
    return asked.answer.result()  # type: ignore[no-any-return]


def bring(store: Store, uri: str, look: Callable[[], object], bringing: Callable[[], T]) -> T:
    """Bring something here or there, however long it takes, once a ``look`` at where ``uri`` is was answered.

    Raises:
        PlaceError: the place does not answer, cannot be asked, or does not let us.
        Exception: whatever the bringing raises.
    """
    place = place_of(store, uri)
    if not place:
        return bringing()
    when, answered = _heard.get(place, (0.0, False))
    if not answered or monotonic() - when > FRESH:
        try:
            look()
        except PlaceError:
            raise
        except Exception:  # noqa: BLE001, S110 - an answer, too; the bringing says what is wrong
            pass
    began = monotonic()
    try:
        with naming(place):
            return bringing()
    except Exception:
        if monotonic() - began > LIMIT:  # lists may come where files do not: the next one must not wait again
            _heard[place] = (monotonic(), False)
        raise


@contextmanager
def naming(place: str) -> Iterator[None]:
    """Say in our words, with its name, why a place of files does not do what it is asked, where that is known.

    Raises:
        PlaceError: a package is missing, the place does not know us, does not let us, or is not there.
    """
    try:
        yield
    except PlaceError:
        raise
    except Exception as error:
        if package := missing_package(error):
            raise PlaceError(
                N_("The files at {place} cannot be reached without the Python package {package}, which is not "
                   "installed here."),
                N_("Install it where Pizarra runs, then start again."),
                place=place,
                package=package,
            ) from error  # fmt: skip
        if refusal_of(error):
            raise PlaceError(
                N_("The files at {place} are not open to Pizarra ({said})."),
                CHECK_ACCOUNT_OR_ASK if place.startswith("http") else CHECK_KEY,
                place=place,
                said=said_by(error),
            ) from error
        if any(map(is_away, chain(error))):
            raise PlaceError(
                N_("The files cannot be reached: nothing answers at {place}."),
                N_("What is kept in the store is shown without them. Check that it is running, then reload this page."),
                place=place,
            ) from error
        raise


def is_silent(place: str) -> bool:
    """Tell whether a place was asked within the last minute and gave no answer."""
    when, answered = _heard.get(place, (0.0, True))
    return not answered and monotonic() - when < AWHILE


def forget() -> None:
    """Know nothing of any place, as if the process began anew."""
    with _lock:
        _questions.clear()
        _heard.clear()


def local_folder(uri: str) -> Path | None:
    """Return the folder on a disk that an address of files names, on this computer or another; None for any other.

    >>> local_folder("file:///C:/Users/An%20Other/mlruns"), local_folder("s3://bucket/1")
    (PosixPath('/C:/Users/An Other/mlruns'), None)
    """
    parts = urlparse(uri)
    if parts.scheme == "file":
        return path_in(unquote(parts.path))
    return Path(uri) if len(parts.scheme) < 2 else None  # one letter is a disk of Windows


def where(store: Store, uri: str) -> str:
    """Return where a model's files are. MLflow itself would look ``models:/`` up in the store of its environment.

    That may be another one: the old database that this store is a copy of, which MLflow would migrate in place.
    """
    if not uri.startswith("models:/"):
        return uri
    name, _, version = uri.removeprefix("models:/").rpartition("/")
    if not name:
        return str(store.client.get_logged_model(version).artifact_location)
    return where(store, str(store.client.get_model_version_download_uri(name, version)))


@lru_cache(256)
def run_place(store: Store, run_id: str) -> str:
    """Return the address of a run's files, which never changes."""
    return str(store.client.get_run(run_id).info.artifact_uri)


def place_of(store: Store, uri: str) -> str:
    """Return the server or bucket that an address leads to; empty for a disk, and where nothing tells."""
    if uri.startswith("runs:/"):
        try:
            uri = run_place(store, uri.removeprefix("runs:/").partition("/")[0])
        except MlflowException:
            return ""
    parts = urlparse(uri)
    if local_folder(uri) is not None:
        return ""
    own = parts.scheme == "mlflow-artifacts" and not parts.netloc  # on the store's own server
    asked = urlparse(store.uri) if own else parts
    server = asked.netloc.rpartition("@")[2]
    endpoint = MLFLOW_S3_ENDPOINT_URL.get() if parts.scheme == "s3" else ""
    named = f"{asked.scheme}://{server}" if server else f"{parts.scheme}:"
    return f"{named} ({endpoint.rpartition('@')[2]})" if endpoint else named
