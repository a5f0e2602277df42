"""Files on a server that takes connections and never answers: pages show what is in the store, and say the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from core.i18n import speaking
from core.store import places
from core.store.connection import Store
from tests.fixtures.servers import SilentServer, silent_run, silent_server, silent_version
from tests.pages.reading import Dashboard, problems, shown

Start = Callable[[str], Dashboard]


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentServer]:
    monkeypatch.setattr(places, "LIMIT", 0.2)
    with silent_server() as server:
        yield server


@pytest.mark.part(2)
@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_run_shows_its_numbers_and_says_that_its_files_cannot_be_reached(
    app: Start, store: Store, silent: SilentServer, lang: str
) -> None:
    run_id = silent_run(store, silent)
    store.client.set_tag(run_id, "colour", "green")
    session = app(store.uri).open("run", lang=lang, run=run_id)
    with speaking(lang):
        said = places._silent(silent.address)
        assert problems(session) == [said.message, said.hint] * 2  # under Pictures and under Files
    assert [metric.label for metric in session.metric] == ["test_accuracy"]
    tables = "\n".join(table.value.to_string() for table in session.dataframe)
    assert "test_accuracy" in tables
    assert "green" in tables


def test_predict_shows_the_numbers_and_says_that_the_files_cannot_be_reached(
    app: Start, store: Store, silent: SilentServer
) -> None:
    version = silent_version(store, silent)
    session = app(store.uri).open("predict", model=version.model)
    assert places._silent(silent.address).message in shown(session)
    assert "test_accuracy 0.5" in shown(session)
    assert "Look at its run" in shown(session)


@pytest.mark.long
def test_the_next_look_does_not_wait_again(app: Start, store: Store, silent: SilentServer) -> None:
    version = silent_version(store, silent)
    dashboard = app(store.uri)
    for page in ("predict", "run", "registry", "predict"):
        dashboard.open(page, model=version.model, run=version.run_id)
    assert silent.asked == 1


def test_a_comparison_of_runs_on_a_silent_server_has_their_numbers(
    app: Start, store: Store, silent: SilentServer
) -> None:
    run_id = silent_run(store, silent)
    other = store.client.create_run(store.client.get_run(run_id).info.experiment_id, run_name="other").info.run_id
    store.client.log_metric(other, "test_accuracy", 0.75)
    store.client.set_terminated(other)
    session = app(store.uri).open("compare", runs=f"{run_id},{other}")
    assert "0.75" in shown(session)
    assert silent.asked == 1
