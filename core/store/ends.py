"""How runs are created and end: where their store is away, it is noted on this computer and told at a later look."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlparse
from uuid import uuid4

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode

from core.access import Actor
from core.foreign_json import read_json
from core.i18n import N_
from core.passwords import without_password
from core.settings import settings
from core.store.connection import SERVERS, Store
from core.store.patience import may_pass
from core.store.runs.tables import ENDED, FAILURE_TAG, LAUNCH_TAG

logger = logging.getLogger(__name__)

FOLDER = "ends"  # below the cache
MOST_NOTED = 1000  # the oldest go; their runs are ended once their owner has gone
UNHEARD = N_("The store’s answer was lost as this run was created, so nobody began it.")
LONGEST_REASON = 2000  # characters; MLflow refuses tags over 8,000


@dataclass(frozen=True)
class _End:
    """What a store at an address has yet to be told of a run.

    One in an ``experiment`` is of a run that may be there: of it a creation is known, and not its id.
    """

    store: str
    status: str
    reason: str
    experiment: str = ""


def create_run(store: Store, actor: Actor, experiment: str, name: str, tags: Mapping[str, str]) -> str:
    """Create a run in an experiment, by its id, and return the run's id.

    A server may be asked twice, as an answer was lost on the way, and then has two: the other one is ended. Where no
    answer came at all, what may be there is noted for ``settle_noted``.

    Raises:
        MlflowException: the store refused or did not answer; also ``OSError``.
        PizarraError: ``actor`` may not.
    """
    actor.check("train")
    launch = uuid4().hex
    try:
        made = store.client.create_run(experiment, run_name=name, tags={**tags, LAUNCH_TAG: launch})
    except (MlflowException, OSError) as error:
        if may_pass(error):
            _note(launch, _End(without_password(store.uri), "FAILED", UNHEARD, experiment))
        raise
    run_id = str(made.info.run_id)
    if urlparse(store.uri).scheme in SERVERS:
        try:
            others = [other for other in _launched(store, experiment, launch) if other != run_id]
        except (MlflowException, OSError) as error:
            logger.warning("Whether run %s was created twice is not known: %s", run_id, error)
            others = []
        for other in others:
            settle_or_note(store, other, status="FAILED", reason=UNHEARD)
    return run_id


def _launched(store: Store, experiment: str, launch: str) -> list[str]:
    found = store.client.search_runs([experiment], f"tags.`{LAUNCH_TAG}` = '{launch}'", max_results=10)
    return [str(run.info.run_id) for run in found]


def settle(store: Store, run_id: str, *, status: str, reason: str) -> None:
    """End a run with ``status`` and ``reason``, unless it has already ended; its first reason stays.

    A run that somebody deleted for good needs no end.
    """
    try:
        run = store.client.get_run(run_id)
    except MlflowException as error:
        if error.error_code == ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
            return
        raise
    if run.info.status in ENDED:
        return
    store.client.set_tag(run_id, FAILURE_TAG, reason[:LONGEST_REASON])
    store.client.set_terminated(run_id, status)


def settle_or_note(store: Store, run_id: str, *, status: str, reason: str) -> None:
    """End a run as ``settle`` does; where its store is away, note it for ``settle_noted``. Raises nothing of a store's.

    The process that trained it may go on, so that nobody could tell from its end that the run has ended too.
    """
    try:
        settle(store, run_id, status=status, reason=reason)
    except (MlflowException, OSError) as error:  # what went wrong before is what is to be told
        logger.warning("The end of run %s cannot be written now: %s", run_id, error)
        if may_pass(error):
            _note(run_id, _End(without_password(store.uri), status, reason[:LONGEST_REASON]))


def settle_noted(store: Store) -> int:
    """Tell a store of the ends that were noted while it was away, and return how many; one that is away hears later."""
    told = 0
    for noted, end in _noted():
        if end.store != without_password(store.uri):
            continue
        try:
            meant = _launched(store, end.experiment, noted) if end.experiment else [noted]
            for run_id in meant:
                settle(store, run_id, status=end.status, reason=end.reason)
            told += len(meant)
        except (MlflowException, OSError) as error:
            logger.warning("The end of run %s, which was noted, cannot be written: %s", noted, error)
            if may_pass(error):
                break
        with suppress(OSError):
            _path(noted).unlink(missing_ok=True)
    return told


def _folder() -> Path:
    return settings().cache_dir / FOLDER


def _path(noted: str) -> Path:
    return _folder() / f"{noted}.json"


def _note(noted: str, end: _End) -> None:
    """Note the end of a run, by its id, or of what was created by a launch, by that."""
    if not noted.isalnum():  # MLflow's are; no other is a file's name
        return
    try:
        _folder().mkdir(parents=True, exist_ok=True)
        part = _path(noted).with_suffix(".part")
        part.write_text(json.dumps(asdict(end)), encoding="utf-8")
        part.replace(_path(noted))
        for path in _paths()[:-MOST_NOTED]:
            path.unlink(missing_ok=True)
    except OSError:
        logger.exception("The end of run %s cannot be noted", noted)


def _noted() -> Iterator[tuple[str, _End]]:
    """Yield the runs or launches whose end is noted, the first first; a note that cannot be read is passed over."""
    for path in _paths():
        with suppress(OSError, ValueError, TypeError):
            yield path.stem, _End(**read_json(path.read_bytes()))


def _paths() -> list[Path]:
    """Return the notes, the oldest first; another process may remove one meanwhile."""
    found = []
    for path in _folder().glob("*.json"):
        with suppress(FileNotFoundError):
            found.append((path.stat().st_mtime_ns, path))
    return [path for _when, path in sorted(found)]
