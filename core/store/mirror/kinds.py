"""Which kind of mirror a store gets."""

from __future__ import annotations

import logging
from pathlib import Path

from core.errors import StoreError
from core.store.connection import Store
from core.store.database import Database, has_known_tables
from core.store.mirror.base import Mirror
from core.store.mirror.database import DatabaseMirror
from core.store.mirror.fingerprints import Digests
from core.store.mirror.server import RemoteMirror

logger = logging.getLogger("pizarra")


def mirror_of(store: Store, folder: Path) -> Mirror:
    """Return a new mirror of a store, which keeps its snapshot in ``folder``.

    A database is asked itself, if its tables are known and it answers what we ask; anything else through MLflow.
    """
    if has_known_tables(store):
        database = Database(store.uri)
        try:
            Digests(database).try_out()
            return DatabaseMirror(store, folder)
        except StoreError as error:
            logger.info("MLflow is asked for all runs, as its database cannot be: %s", error.__cause__)
        finally:
            database.close()
    return RemoteMirror(store, folder)
