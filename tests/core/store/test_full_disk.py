from __future__ import annotations

import errno
from functools import partial

import pytest
from mlflow.exceptions import MlflowException

from core.errors import StoreError
from core.store.connection import accepting, answering
from core.store.full_disk import FULL, MAKE_ROOM, is_full, reason_of
from core.store.patience import is_of_store

SQLITE = "(sqlite3.OperationalError) database or disk is full\n[SQL: UPDATE runs SET status=?]"
NO_ROOM = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("block", [partial(answering, "sqlite:///x"), accepting])
@pytest.mark.parametrize("error", [MlflowException(SQLITE), NO_ROOM])
def test_a_store_whose_disk_is_full_says_so_and_not_that_it_is_away(block, error: Exception) -> None:
    with pytest.raises(StoreError) as said, block():
        raise error
    assert (said.value.message, said.value.hint) == (FULL, MAKE_ROOM)


def test_a_full_disk_is_told_by_what_went_wrong_first() -> None:
    error = MlflowException("could not be saved")
    error.__cause__ = NO_ROOM
    assert is_full(error)
    assert is_of_store(error)  # so that results are kept
    assert not is_full(MlflowException("the store is locked"))


def test_a_reason_has_our_sentence_first_once_and_what_was_said_below() -> None:
    kept = reason_of(NO_ROOM)
    assert kept == f"{FULL}\n[Errno {errno.ENOSPC}] No space left on device"
    assert reason_of(OSError(kept)) == kept
    assert reason_of(ValueError("the chalk broke")) == "the chalk broke"
    assert reason_of(KeyError()) == "KeyError"
