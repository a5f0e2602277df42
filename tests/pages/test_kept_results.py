"""What the pages of a run say of results that its store did not take, and their upload."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import UnwrittenError
from core.settings import settings
from core.store import kept_results as kept_module
from core.store.connection import Store
from core.store.kept_results import kept_results
from core.store.runs.tracking import get_run
from core.store.writer import schedule_run, writing
from core.training.fit import train
from core.ui import session
from tests.fixtures.actors import ANA, LUZ
from tests.fixtures.stores import on_disk
from tests.pages.reading import Dashboard, shown
from trainers import TASKS

Start = Callable[[str], Dashboard]


@pytest.fixture
def lost(store: Store) -> tuple[str, Path]:
    """A run whose store did not take its files, and what was in the way."""
    run_id = schedule_run(store, ANA, experiment="Iris", name="line", tags={})
    in_the_way = on_disk(store, store.client.get_run(run_id).info.artifact_uri).parents[1]  # the experiment's folder
    in_the_way.parent.mkdir(parents=True, exist_ok=True)
    in_the_way.write_text("not a folder")
    record = train(TASKS["iris"], "logistic_regression", {}, settings=settings(), report=lambda _stage: None)
    with pytest.raises(UnwrittenError), writing(store, run_id) as run:
        run.write(record)
    return run_id, in_the_way


@pytest.mark.long
@pytest.mark.parametrize(("page", "as_what"), [("run", "run"), ("train", "launched")])
def test_results_that_were_kept_are_uploaded_with_a_press(
    app: Start, store: Store, lost: tuple[str, Path], page: str, as_what: str
) -> None:
    run_id, in_the_way = lost
    seen = app(store.uri).open(page, lang="es", **{as_what: run_id})
    assert "no recibió los resultados" in shown(seen)
    seen = app(store.uri).open(page, lang="en", **{as_what: run_id})
    assert "They were kept on the computer that trained it." in shown(seen)
    assert "Its results have been kept on this computer since" in shown(seen)
    seen.button(key=f"kept_upload_{run_id}").click().run()
    assert "They are still kept." in shown(seen)
    assert get_run(store, run_id).status == "FAILED"
    in_the_way.unlink()
    seen.button(key=f"kept_upload_{run_id}").click().run()
    assert not seen.exception
    assert get_run(store, run_id).status == "FINISHED"
    assert kept_results(settings().cache_dir) == []
    again = app(store.uri).open("run", run=run_id)
    assert "they were kept where it was trained" in shown(again)
    assert "Upload its results" not in shown(again)


def test_the_audience_is_told_who_may_upload_and_everybody_what_was_let_go(
    app: Start, store: Store, lost: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, _in_the_way = lost
    with monkeypatch.context() as patch:
        patch.setattr(session, "actor", lambda: LUZ)
        seen = app(store.uri).open("run", run=run_id)
        assert "Only the presenter may upload them." in shown(seen)
        assert not [one for one in seen.button if one.key == f"kept_upload_{run_id}"]
    monkeypatch.setattr(kept_module, "MOST_KEPT", 0)
    kept_module._let_go(settings().cache_dir / kept_module.FOLDER)
    seen = app(store.uri).open("run", run=run_id)
    assert "kept on this computer and let go on" in shown(seen)
    assert not [one for one in seen.button if one.key == f"kept_upload_{run_id}"]
