from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.serving import meters
from core.serving.meter_files import FOLDER, gone, share
from core.serving.meters import MOST_VERSIONS, OTHER
from core.settings import ROOT


def value(text: str, series: str) -> float:
    """Return the value of a series, 0 where there is none."""
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, flags=re.MULTILINE)
    return float(found[1]) if found else 0.0


def now() -> str:
    return meters.exposition("")[0].decode()


def test_requests_are_counted_by_route_version_and_code_with_their_time() -> None:
    counted = 'pizarra_requests_total{code="200",model="iris",route="/predict",version="3"}'
    timed = 'pizarra_request_seconds_bucket{le="0.01",model="iris",route="/predict"}'
    before = now()
    meters.answered("/predict", "iris", "3", 200, 0.008)
    meters.answered("/predict", "iris", "3", 200, 0.5)
    assert value(now(), counted) - value(before, counted) == 2
    assert value(now(), timed) - value(before, timed) == 1


def test_requests_that_failed_are_counted_by_code_and_where_too_many_versions_are_known_nobody_knows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for code in (200, 400, 400, 503):
        meters.answered("/predict", "failing", "1", code, 0.01)
    assert meters.failed("failing", "1") == {"400": 2, "503": 1}
    assert meters.failed("failing", "2") == {}
    monkeypatch.setattr(meters, "MOST_VERSIONS", 0)
    assert meters.failed("failing", "1") == {"400": 2, "503": 1}
    assert meters.failed("unheard of", "1") is None


def test_addresses_that_are_none_share_one_series() -> None:
    counted = f'pizarra_requests_total{{code="404",model="",route="{OTHER}",version=""}}'
    before = value(now(), counted)
    meters.answered("", "", "", 404, 0.001)
    assert value(now(), counted) == before + 1


def test_rows_disagreements_and_what_the_log_left_out_are_counted() -> None:
    before = now()
    meters.rows_answered("iris", "3", 150)
    meters.compared("iris", differs=True)
    meters.compared("iris", differs=False)
    meters.log_dropped(4)
    for series, more in {
        'pizarra_rows_total{model="iris",version="3"}': 150,
        'pizarra_shadow_total{differs="yes",model="iris"}': 1,
        'pizarra_shadow_total{differs="no",model="iris"}': 1,
        "pizarra_log_dropped_total": 4,
    }.items():
        assert value(now(), series) - value(before, series) == more


def test_open_models_are_counted_once_with_their_memory() -> None:
    before = value(now(), "pizarra_models_open")
    for _ in range(2):
        meters.opened("wine", "7", 1_000_000)
    meters.opened("wine", "8", None)
    assert value(now(), "pizarra_models_open") == before + 2
    assert value(now(), 'pizarra_model_bytes{model="wine",version="7"}') == 1_000_000
    assert 'pizarra_model_bytes{model="wine",version="8"}' not in now()
    meters.closed("wine", "7")
    meters.closed("wine", "8")
    assert value(now(), "pizarra_models_open") == before
    assert value(now(), 'pizarra_model_bytes{model="wine",version="7"}') == 0


def test_the_help_says_how_memory_is_measured() -> None:
    assert re.search(r"^# HELP pizarra_model_bytes .*the length of its pickle", now(), flags=re.MULTILINE)


def test_more_versions_than_there_is_room_for_share_one_series(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meters, "_versions", {(str(number), "1") for number in range(MOST_VERSIONS)})
    meters.answered("/predict", "one too many", "1", 200, 0.001)
    meters.answered("/predict", "5", "1", 200, 0.001)
    assert "one too many" not in now()
    assert value(now(), f'pizarra_requests_total{{code="200",model="{OTHER}",route="/predict",version=""}}') == 1
    assert value(now(), 'pizarra_requests_total{code="200",model="5",route="/predict",version="1"}') == 1


@pytest.mark.parametrize(
    ("accepted", "content_type", "end"),
    [
        ("application/openmetrics-text;version=1.0.0", "application/openmetrics-text", "# EOF\n"),
        ("text/html", "text/plain", "\n"),
    ],
)
def test_programs_get_the_format_that_they_can_read(accepted: str, content_type: str, end: str) -> None:
    text, said = meters.exposition(accepted)
    assert said.startswith(content_type)
    assert text.decode().endswith(end)


COUNTING = """
import sys
from core.serving import meters
meters.answered("/predict", "iris", "3", 200, 0.008)
meters.opened("iris", "3", 1000)
print("ready", flush=True)
sys.stdin.readline()
print(meters.exposition("")[0].decode(), flush=True)
"""
SHARING = f"""
import subprocess, sys
from pathlib import Path
from core.serving.meter_files import share
share(Path(sys.argv[1]))
workers = [subprocess.Popen([sys.executable, "-c", {COUNTING!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            text=True) for _ in range(2)]
for worker in workers:
    worker.stdout.readline()
first, second = workers
print(first.communicate("\\n")[0])
print("=====")
print(second.communicate("\\n")[0])
"""


@pytest.mark.long
def test_whichever_process_is_asked_tells_of_all_of_them(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHARING, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    both, after = done.stdout.split("=====")
    counted = 'pizarra_requests_total{code="200",model="iris",route="/predict",version="3"}'
    memory = 'pizarra_model_bytes{model="iris",version="3"}'
    assert (value(both, counted), value(both, "pizarra_models_open"), value(both, memory)) == (2, 2, 2000)
    # The first has ended: what it answered stays counted, what it had open is gone
    assert (value(after, counted), value(after, "pizarra_models_open"), value(after, memory)) == (2, 1, 1000)


def test_what_a_process_that_is_gone_has_left_is_forgotten_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    running = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        for process in (ended, running):
            (tmp_path / FOLDER / str(process.pid)).mkdir(parents=True)
        own = share(tmp_path)
        (own / "counter_1.db").touch()
        for process in (ended, running):
            (own / f"gauge_livesum_{process.pid}.db").touch()
        assert gone(own) == {ended.pid}
        assert {path.name for path in (tmp_path / FOLDER).iterdir()} == {str(running.pid), own.name}
        assert list(share(tmp_path).iterdir()) == []
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait()
        assert running.stdin
        running.stdin.close()


def test_alerts_are_counted_by_model() -> None:
    meters.watched({"roses": 1, "iris": 0}, {"roses": 1799064000.5}, {"roses": 3})
    assert value(now(), 'pizarra_alerts_open{model="roses"}') == 1
    assert 'pizarra_alerts_open{model="iris"} 0.0' in now()
    assert value(now(), 'pizarra_watch_last_timestamp_seconds{model="roses"}') == 1799064000.5
    assert value(now(), 'pizarra_watch_drifted_columns{model="roses"}') == 3
