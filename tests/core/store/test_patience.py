from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
from mlflow.exceptions import MlflowException, RestException
from mlflow.protos.databricks_pb2 import TEMPORARILY_UNAVAILABLE

from core.store import patience
from core.store.patience import is_of_store, may_pass, patiently


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PAUSES", (0.01,))


def failing(times: int, error: Exception) -> Callable[[], str]:
    left = [times]

    def do() -> str:
        if left[0]:
            left[0] -= 1
            raise error
        return "done"

    return do


LOCKED = MlflowException("database is locked", TEMPORARILY_UNAVAILABLE)


@pytest.mark.parametrize(
    "error",
    [
        LOCKED,
        RestException({"error_code": "INTERNAL_ERROR", "message": "?"}),
        requests.ConnectionError(),
        ConnectionResetError(),
        TimeoutError(),
    ],
)
def test_what_may_pass_is_tried_again(error: Exception) -> None:
    assert may_pass(error)
    assert patiently(failing(5, error)) == "done"


@pytest.mark.parametrize(
    "error",
    [
        RestException({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "?"}),
        MlflowException("The run is deleted"),
        OSError(28, "No space left on device"),
        NotADirectoryError(20, "?"),
    ],
)
def test_what_does_not_pass_is_told_at_once(error: Exception) -> None:
    with pytest.raises(type(error)):
        patiently(failing(1, error))


def test_patience_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LONGEST", 0.05)
    with pytest.raises(MlflowException, match="locked"):
        patiently(failing(1000, LOCKED))


def test_a_run_that_is_not_there_is_no_fault_of_its_store() -> None:
    assert is_of_store(LOCKED)
    assert is_of_store(OSError())
    assert not is_of_store(RestException({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "?"}))
    assert not is_of_store(ValueError())
