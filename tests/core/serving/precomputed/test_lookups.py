"""What is said of answers that are kept, before anybody asks for one by its id."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.serving.precomputed.keeping import keep, place_of
from core.serving.precomputed.lookups import kept_at, kept_for
from core.serving.precomputed.sqlite_table import SqliteTable
from core.serving.problems import NotThereError
from core.store.connection import Store
from core.store.registry.registered_models import find_model
from tests.fixtures.actors import ANA
from tests.fixtures.scored import flowers, scored
from tests.fixtures.stores import FLOWERS


@pytest.fixture
def table(tmp_path: Path) -> Iterator[SqliteTable]:
    made = SqliteTable(tmp_path / "cache")
    yield made
    made.close()


def test_what_is_kept_for_a_stage_is_its_own_or_that_of_the_version_in_it(
    populated: Store, tmp_path: Path, table: SqliteTable
) -> None:
    model = find_model(populated, FLOWERS)
    assert kept_for(table, populated.uri, model, "Production") is None
    for which, number, ids in (("Production", 1, ["old"]), ("2", 2, ["new", "newer"])):
        result = scored(populated, tmp_path, flowers(ids), number, f"v{number}")
        keep(ANA, table, place_of(populated.uri, FLOWERS, which), model.version(number), [result], "code")
        found = kept_for(table, populated.uri, model, "production")
        assert found is not None
        assert (found.which, found.batch.version, found.an_id) == (which, number, ids[0])
        assert bool(found.why_stale) == (number == 1)
    exactly = kept_at(table, populated.uri, FLOWERS, "Production")
    assert exactly is not None
    assert exactly.version == 1
    assert kept_at(table, populated.uri, FLOWERS, "Staging") is None
    with pytest.raises(NotThereError, match="has nothing that is called '99'"):
        kept_for(table, populated.uri, model, "99")
