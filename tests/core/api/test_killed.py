"""What is left of the prediction log when the process that answers is killed with signal 9."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pandas as pd
import pytest

from core.serving.log.files import FOLDER
from core.serving.log.reading import read_log
from core.store.connection import Store
from tests.fixtures.alone import Alone, alone, ask
from tests.fixtures.stores import FLOWERS

ROW = {"instances": [[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]]}
LOST = 1.5  # seconds before the kill of which the log may know nothing; it promises one


@pytest.mark.long  # starts two servers; a child process that logs is killed every time
def test_what_was_answered_a_second_before_a_kill_is_in_the_log(own_populated: Store, tmp_path: Path) -> None:
    with alone(tmp_path / "alone", own_populated.uri) as served:
        answered = _ask_for(served, seconds=2.5)
        served.process.kill()
        served.process.wait()
        killed = time.monotonic()
        kept = _log(served)
        old = {number for number, at in answered.items() if at < killed - LOST}
        assert len(old) > 5
        assert old <= set(kept["request_id"])
        whole = kept.groupby("request_id")["prediction"].agg(list)
        assert all(said == ["setosa", "virginica"] for said in whole)
        served.start()
        again = _ask_for(served, seconds=0.2)
        time.sleep(LOST)
        assert set(kept["request_id"]) | set(again) <= set(_log(served)["request_id"])


def _ask_for(served: Alone, seconds: float) -> dict[str, float]:
    """Ask again and again, and return when each request was answered."""
    connection = HTTPConnection("127.0.0.1", served.port, timeout=60)
    began, answered = time.monotonic(), {}
    while time.monotonic() < began + seconds or not answered:
        said = ask(connection, "POST", f"/models/{FLOWERS}/Production/invocations", ROW)
        assert said.code == 200
        answered[said.headers["x-request-id"]] = time.monotonic()
    connection.close()
    return answered


def _log(served: Alone) -> pd.DataFrame:
    (folder,) = (served.cache / FOLDER).iterdir()
    return read_log(folder, FLOWERS, datetime(2020, 1, 1, tzinfo=UTC))
