"""Runs that are read as columns are what MLflow's client says of them, cell by cell, whatever there is in a store."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from mlflow.entities import Metric, Param, RunTag

from core.store import database
from core.store.connection import Store
from core.store.database import Database, has_known_tables
from core.store.mirror.fingerprints import Digests
from core.store.mirror.snapshot import rows
from core.store.runs import tracking
from core.store.runs.columns import SurpriseError, columns_of, read_columns
from tests.fixtures.databases import change
from tests.fixtures.draws import draws

# NUL is left out: PostgreSQL has no such text, and MLflow refuses it there
WORDS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
    st.sampled_from(["None", "nan", "1", "1.0", " ", "ñandú ☕ 𝔘", "a\x1fb\x1ec", "'; drop table runs", "%s %%", "\\"]),
    st.just("x" * 6000),
)
NAMES = st.text("abñ_- 0", min_size=1, max_size=6).map(lambda name: f"n{name}n")
NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([math.nan, math.inf, -math.inf, 0.1 + 0.2, 1e-310, 5e-324, 1.7976931348623157e308, -0.0, 0.5]),
)
TIMES = st.sampled_from([1_700_000_000_000, 0, -5, 10**17, 1])
RUNS = st.fixed_dictionaries(
    {
        "name": st.one_of(st.sampled_from(["", "a run", "été 🌶"]), st.none()),
        "start": TIMES,
        "end": st.one_of(st.none(), TIMES),
        "status": st.sampled_from(["FINISHED", "RUNNING", "FAILED", "KILLED", "SCHEDULED"]),
        "params": st.dictionaries(NAMES, WORDS, max_size=4),
        "metrics": st.dictionaries(NAMES, st.lists(NUMBERS, min_size=1, max_size=2), max_size=4),
        "tags": st.dictionaries(
            st.one_of(NAMES, st.sampled_from(["mlflow.runName", "pizarra.started", "mlflow.parentRunId"])),
            st.one_of(st.none(), WORDS),
            max_size=4,
        ),
        "deleted": st.sampled_from([False, False, False, True]),
    }
)


def plain(found: Any) -> dict[str, Mapping[str, object]]:
    """Return rows by run id, as what can be compared: NaN equals itself, maps have no order."""
    return {
        row["run_id"]: {name: repr(sorted(value) if isinstance(value, list) else value) for name, value in row.items()}
        for row in found.to_pylist()
    }


def assert_same(store: Store) -> None:
    """Assert that columns say of all runs what the client says."""
    reading = Database(store.uri)
    try:
        digests = Digests(reading).read()
        found, refused = read_columns(reading, list(digests), digests)
        with reading.moment() as connection:
            every, _refused = columns_of(connection, list(digests), digests, whole=True)
    finally:
        reading.close()
    assert plain(found) == {run: row for run, row in plain(every).items() if run in digests}
    ids = [experiment.experiment_id for experiment in tracking.list_experiments(store)]
    client = tracking.read_runs(store, ids, list(digests))
    assert plain(found) == plain(rows(client, digests))
    assert not refused


@pytest.fixture(autouse=True)
def readable(store: Store) -> None:
    if not has_known_tables(store):
        pytest.skip("only a database is read as columns")


def make_run(store: Store, experiment: str, said: Mapping[str, Any]) -> str:
    """Make a run in MLflow's tables, also with what its client would refuse to write or would add."""
    run_id = store.client.create_run(experiment, start_time=said["start"]).info.run_id
    metrics = [
        Metric(name, value, 1, step) for name, values in said["metrics"].items() for step, value in enumerate(values)
    ]
    store.client.log_batch(run_id, metrics, [Param(name, value) for name, value in said["params"].items()],
                           [RunTag(name, value or "") for name, value in said["tags"].items()])  # fmt: skip
    change(store.uri, "update runs set name = :name, status = :status, end_time = :ended, start_time = :started"
                      " where run_uuid = :run", name=said["name"], status=said["status"], ended=said["end"],
           started=said["start"], run=run_id)  # fmt: skip
    for name in (name for name, value in said["tags"].items() if value is None):
        change(store.uri, 'update tags set value = null where run_uuid = :run and "key" = :name', run=run_id, name=name)
    if said["deleted"]:
        store.client.delete_run(run_id)
    return str(run_id)


@pytest.mark.long
@pytest.mark.on_every_store
@examples(
    max_examples=draws(60, 12),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(runs=st.lists(RUNS, min_size=1, max_size=6))
def test_columns_equal_the_client_cell_by_cell(store: Store, runs: list[Mapping[str, Any]]) -> None:
    experiment = store.client.create_experiment(uuid.uuid4().hex)
    for said in runs:
        make_run(store, experiment, said)
    assert_same(store)
    store.client.delete_experiment(experiment)  # its runs are nobody's from then on
    assert_same(store)


@pytest.mark.on_every_store
def test_an_empty_store_has_no_rows(store: Store) -> None:
    assert_same(store)


@pytest.mark.on_every_store
def test_what_mlflow_refuses_is_named(store: Store) -> None:
    good, *bad = (store.client.create_run("0").info.run_id for _ in range(4))
    for run_id, of in zip(bad, ("start_time", "user_id", "status"), strict=True):
        change(store.uri, f"update runs set {of} = null where run_uuid = :run", run=run_id)
    reading = Database(store.uri)
    found, refused = read_columns(reading, [good, *bad], {})
    reading.close()
    assert found["run_id"].to_pylist() == [good]
    assert sorted(refused) == sorted(bad)


@pytest.mark.sqlite_only(reason="no other database takes a word for a number")
def test_a_value_that_mlflow_never_writes_is_a_surprise(store: Store) -> None:
    run_id = store.client.create_run("0").info.run_id
    change(store.uri, "insert into latest_metrics (key, value, timestamp, step, is_nan, run_uuid)"
                      " values ('loss', 'a word', 1, 0, 0, :run)", run=run_id)  # fmt: skip
    reading = Database(store.uri)
    with pytest.raises(SurpriseError, match="a word"):
        read_columns(reading, [run_id], {})
    reading.close()


def test_this_mlflows_tables_are_known() -> None:
    """Whoever upgrades MLflow looks at its migrations, then adds its revision to ``core.store.database.REVISIONS``."""
    from mlflow.store.db.utils import _get_latest_schema_revision

    assert _get_latest_schema_revision() in database.REVISIONS
