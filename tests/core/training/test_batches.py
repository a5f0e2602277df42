from __future__ import annotations

from threading import Event

import pytest

from core.training.batches import Batch


def test_what_follows_comes_after_the_last_run_whatever_their_order() -> None:
    called = Event()
    batch = Batch(["a", "b"], called.set)
    for ended in ("b", "b", "elsewhere"):
        batch.run_ended(ended)
    assert not batch.wait(0.1)
    assert not called.is_set()
    batch.run_ended("a")
    assert batch.wait(5)
    assert called.is_set()


def test_an_empty_batch_is_done_at_once() -> None:
    called = Event()
    assert Batch([], called.set).wait(5)
    assert called.is_set()


def test_an_error_after_a_batch_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def break_chalk() -> None:
        raise ValueError("the chalk broke")

    assert Batch([], break_chalk).wait(5)
    assert "What was to follow a batch of runs failed" in caplog.text
    assert "the chalk broke" in caplog.text
