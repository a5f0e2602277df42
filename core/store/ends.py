"""How runs end: their store is told, or else it is noted on this computer, and told at a later look."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode

from core.foreign_json import read_json
from core.passwords import without_password
from core.settings import settings
from core.store.connection import Store
from core.store.patience import may_pass
from core.store.runs.tables import ENDED, FAILURE_TAG

logger = logging.getLogger(__name__)

FOLDER = "ends"  # below the cache
MOST_NOTED = 1000  # the oldest go; their runs are ended once their owner has gone
LONGEST_REASON = 2000  # characters; MLflow refuses tags over 8,000


@dataclass(frozen=True)
class _End:
    """What a store at an address has yet to be told of a run."""

    store: str
    status: str
    reason: str


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
    for run_id, end in _noted():
        if end.store != without_password(store.uri):
            continue
        try:
            settle(store, run_id, status=end.status, reason=end.reason)
            told += 1
        except (MlflowException, OSError) as error:
            logger.warning("The end of run %s, which was noted, cannot be written: %s", run_id, error)
            if may_pass(error):
                break
        with suppress(OSError):
            _path(run_id).unlink(missing_ok=True)
    return told


def _folder() -> Path:
    return settings().cache_dir / FOLDER


def _path(run_id: str) -> Path:
    return _folder() / f"{run_id}.json"


def _note(run_id: str, end: _End) -> None:
    if not run_id.isalnum():  # MLflow's are; no other is a file's name
        return
    try:
        _folder().mkdir(parents=True, exist_ok=True)
        part = _path(run_id).with_suffix(".part")
        part.write_text(json.dumps(asdict(end)), encoding="utf-8")
        part.replace(_path(run_id))
        for path in _paths()[:-MOST_NOTED]:
            path.unlink(missing_ok=True)
    except OSError:
        logger.exception("The end of run %s cannot be noted", run_id)


def _noted() -> Iterator[tuple[str, _End]]:
    """Yield the runs whose end is noted, the first first; a note that cannot be read is passed over."""
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
