"""A database that says whether anybody wrote does so exactly, and nothing is written by looking."""

from __future__ import annotations

import pytest
import sqlalchemy

from core.errors import StoreError
from core.store.changes import change_token
from core.store.connection import Store
from core.store.database import Database, has_known_tables
from core.store.runs.tracking import list_experiments
from tests.fixtures.databases import change


@pytest.mark.on_every_store
def test_a_databases_token_moves_with_each_commit_and_never_else(store: Store) -> None:
    if not has_known_tables(store) or store.uri.startswith("mysql"):
        pytest.skip("this store does not say whether anything changed")
    run = store.client.create_run("0").info.run_id
    before = change_token(store)
    list_experiments(store)
    assert change_token(store) == before
    change(store.uri, "insert into tags values ('note', 'late', :run)", run=run)
    late = change_token(store)
    change(store.uri, "delete from tags where run_uuid = :run and value = 'late'", run=run)
    assert len({before, late, change_token(store)}) == 3


@pytest.mark.on_every_store
def test_nothing_can_be_written_while_looking(store: Store) -> None:
    if not has_known_tables(store):
        pytest.skip("no database of ours to look into")
    database = Database(store.uri)
    with pytest.raises(StoreError, match=r"does not answer|may not"), database.moment() as connection:
        connection.execute(sqlalchemy.text("update runs set name = 'changed'"))
    database.close()


@pytest.mark.on_every_store
def test_what_is_written_meanwhile_is_not_seen_within_a_moment(store: Store) -> None:
    if not has_known_tables(store):
        pytest.skip("no database of ours to look into")
    run = store.client.create_run("0").info.run_id
    database = Database(store.uri)
    asked = sqlalchemy.text("select count(*) from tags where value = 'late'")
    with database.moment() as connection:
        before = connection.execute(asked).scalar()
        if connection.dialect.name != "sqlite":  # which lets nobody write meanwhile
            change(store.uri, "insert into tags values ('note', 'late', :run)", run=run)
        assert connection.execute(asked).scalar() == before == 0
    database.close()
