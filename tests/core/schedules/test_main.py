from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.process import scheduled, shared
from core.schedules.__main__ import main
from core.settings import settings
from core.store.connection import Store
from tests.fixtures.stores import FLOWERS


@pytest.fixture(autouse=True)
def in_use(populated: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The store that is named in the settings; none of this changes it."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", populated.uri)
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    settings.cache_clear()
    shared.forget()
    yield
    settings.cache_clear()
    shared.forget()


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Return a function that gives a command and returns what it prints as JSON."""

    def say(*words: str) -> Any:
        assert main([*words, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return say


def add(path: Path, *more: str) -> list[str]:
    return ["add", "nightly", "score", f"model={FLOWERS}", f"path={path}", "--when", "every day at 02:30", *more]


def test_a_schedule_is_made_turned_off_and_on_asked_for_and_removed(said: Callable[..., Any], tmp_path: Path) -> None:
    made = said(*add(tmp_path, "--zone", "Europe/Madrid"))
    assert (made["cron"], made["zone"], made["on"]) == ("30 2 * * *", "Europe/Madrid", True)
    assert made["given"] == {"model": FLOWERS, "path": str(tmp_path)}
    assert said("list") == [made]
    assert said("stop", "Nightly")["next"] is None
    assert said("start", "nightly")["on"] is True
    assert said("runs", "nightly") == []
    said("run", "nightly")
    assert scheduled.schedules().named("nightly").asked is not None
    said("remove", "nightly")
    assert said("list") == []


def test_what_is_under_way_is_stopped_with_its_schedule(said: Callable[..., Any], tmp_path: Path) -> None:
    said(*add(tmp_path))
    said("run", "nightly")
    runner = scheduled.runner()
    plans, _coming = runner._claims.due(shared.store_uri())
    assert runner._claims.claim(plans[0])
    assert said("list")[0]["last"]["outcome"] == "running"
    said("stop", "nightly")
    assert scheduled.schedules().runs(1)[0].stopping


def test_the_list_is_read_by_people_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["list"]) == 0
    assert main(add(tmp_path, "--zone", "Asia/Tokyo")) == 0
    assert main(["run", "nightly"]) == 0
    assert main(["stop", "nightly"]) == 0
    assert main(["list"]) == 0
    nothing, made, run, stopped, off = capsys.readouterr().out.splitlines()
    what = f"nightly · score model={FLOWERS}, path={tmp_path} · every day at 02:30 (Asia/Tokyo) · "
    assert nothing == "Nothing is done by itself."
    assert made.startswith(f"{what}next ")
    assert made.endswith(" · not carried out yet")
    assert run == "'nightly' is begun within a second, where a dashboard runs."
    assert stopped == "'nightly' is turned off."
    assert off == f"{what}turned off · not carried out yet"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["remove", "nightly"], "There is no schedule called 'nightly'. Look at the list of schedules again."),
        (["add", "a", "dance", "--when", "hourly"], "Nothing of the kind 'dance' can be done by itself."),
        (["add", "a", "score", "wine", "--when", "hourly"], "is written as NAME=VALUE, but this was: 'wine'"),
        (["add", "a", "score", "model=wine", "--when", "hourly"], "There is no registered model 'wine'"),
    ],
)
def test_what_cannot_be_done_is_said_and_ends_with_one(
    capsys: pytest.CaptureFixture[str], words: list[str], why: str
) -> None:
    assert main(words) == 1
    assert why in capsys.readouterr().err


def test_a_time_that_nobody_understands_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["add", "a", "score", f"model={FLOWERS}", f"path={tmp_path}", "--when", "now and then"]) == 1
    assert "but this is 'now and then'" in capsys.readouterr().err
