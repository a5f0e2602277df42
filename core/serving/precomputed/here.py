"""What this process looks answers up in that were made before: a file of its folder, or a server that is set."""

from __future__ import annotations

from core.process.held import held
from core.serving.precomputed.batches import Table
from core.serving.precomputed.redis_table import RedisTable
from core.serving.precomputed.sqlite_table import SqliteTable
from core.settings import settings


@held(lambda table: table.close())
def precomputed() -> Table:
    """Return the table of answers made before."""
    chosen = settings()
    return RedisTable(chosen.precomputed_url) if chosen.precomputed_url else SqliteTable(chosen.cache_dir)
