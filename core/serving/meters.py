"""What is measured of answers to programs, as Prometheus reads it: requests, times, rows, models and their memory.

No caller makes a series of its own: what is not known, and what there is too much of, counts as ``other``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from threading import Lock

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from core.serving.meter_files import gone
from core.settings import shared_meters

OTHER = "other"
MOST_VERSIONS = 300  # that have series of their own
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

_own = CollectorRegistry()
_requests = Counter(
    "pizarra_requests_total",
    "Requests of programs, by the address of the route that answered, the version that did, and the code.",
    ("route", "model", "version", "code"),
    registry=_own,
)
_seconds = Histogram(
    "pizarra_request_seconds",
    "Seconds from a request to the end of its answer.",
    ("route", "model"),
    registry=_own,
    buckets=SECONDS,
)
_rows = Counter("pizarra_rows_total", "Rows that a version answered.", ("model", "version"), registry=_own)
_compared = Counter(
    "pizarra_shadow_total",
    "Answers of Production for which it was looked what Staging answers, by whether that differs.",
    ("model", "differs"),
    registry=_own,
)
_dropped = Counter(
    "pizarra_log_dropped_total", "Requests that the prediction log left out as it could not keep up.", registry=_own
)
_open = Gauge(
    "pizarra_models_open",
    "Versions that are open to be asked, in all processes together.",
    registry=_own,
    multiprocess_mode="livesum",
)
_bytes = Gauge(
    "pizarra_model_bytes",
    "Bytes of memory of an open version, in all processes together, as measured when it was opened: what its data come "
    "to (the length of its pickle) or, where it runs code of its own, what its process has for itself. 0 once closed.",
    ("model", "version"),
    registry=_own,
    multiprocess_mode="livesum",
)

_parts = Gauge(
    "pizarra_part_up",
    "Whether a part can be reached: the store, the place of its files, the cluster (1 where none is started yet).",
    ("part",),
    registry=_own,
    multiprocess_mode="livemostrecent",
)
_runs = Gauge(
    "pizarra_runs", "Runs of this dashboard that wait or are trained.", registry=_own, multiprocess_mode="livesum"
)
_alerts = Gauge(
    "pizarra_alerts_open",
    "Open alerts of a model.",
    ("model",),
    registry=_own,
    multiprocess_mode="livemostrecent",
)
_looked = Gauge(
    "pizarra_watch_last_timestamp_seconds",
    "When a watch looked at a model last, in seconds since 1970.",
    ("model",),
    registry=_own,
    multiprocess_mode="livemostrecent",
)
_drifted = Gauge(
    "pizarra_watch_drifted_columns",
    "Inputs that had changed in the last window of a model that was judged.",
    ("model",),
    registry=_own,
    multiprocess_mode="livemostrecent",
)

_lock = Lock()
_versions: set[tuple[str, str]] = set()  # that have series
_opened: set[tuple[str, str]] = set()


def answered(route: str, model: str, version: str, code: int, seconds: float) -> None:
    """Count a request: ``route`` is the template of its address, ``model`` and ``version`` what answered, if anything.

    All three are ours or of models that there are, never a caller's words.
    """
    model, version = _bounded(model, version)
    requests, times = _series(route or OTHER, model, version, code)
    requests.inc()
    times.observe(seconds)


@lru_cache(4096)  # looking up labels costs more than counting
def _series(route: str, model: str, version: str, code: int) -> tuple[Counter, Histogram]:
    return _requests.labels(route, model, version, str(code)), _seconds.labels(route, model)


def failed(model: str, version: str) -> dict[str, int] | None:
    """Return how many requests to a version ended with each code of 400 and more, in this process.

    None where it is not known, as too many versions have series of their own.
    """
    if _bounded(model, version) != (model, version):
        return None
    counts: dict[str, int] = {}
    for metric in _requests.collect():
        for sample in metric.samples:
            labels, code = sample.labels, sample.labels.get("code", "")
            is_it = sample.name.endswith("_total") and (labels["model"], labels["version"]) == (model, version)
            if is_it and code >= "400":
                counts[code] = counts.get(code, 0) + int(sample.value)
    return dict(sorted(counts.items()))


def rows_answered(model: str, version: str, rows: int) -> None:
    """Count rows."""
    _rows.labels(*_bounded(model, version)).inc(rows)


def compared(model: str, *, differs: bool) -> None:
    """Count an answer of Production beside which Staging's was looked at."""
    _compared.labels(_bounded(model, "")[0], "yes" if differs else "no").inc()


def log_dropped(requests: int = 1) -> None:
    """Count requests that the prediction log left out."""
    _dropped.inc(requests)


def opened(model: str, version: str, size: int | None) -> None:
    """Note that a version is open, and its bytes (``core.serving.sizes``) where they are known."""
    with _lock:
        _opened.add((model, version))
        _open.set(len(_opened))
    if size is not None:
        _bytes.labels(*_bounded(model, version)).set(size)


def closed(model: str, version: str) -> None:
    """Note that a version is not open any more."""
    with _lock:
        _opened.discard((model, version))
        _open.set(len(_opened))
    _bytes.labels(*_bounded(model, version)).set(0)


def stands(parts: Mapping[str, bool], runs: int) -> None:
    """Note which parts are up, and how many runs of this process have not ended."""
    for part, is_up in parts.items():
        _parts.labels(part).set(int(is_up))
    _runs.set(runs)


def watched(open_alerts: Mapping[str, int], looked: Mapping[str, float], drifted: Mapping[str, int]) -> None:
    """Note by model how many alerts are open, when a watch looked last, and how many inputs it found changed."""
    for gauge, values in ((_alerts, open_alerts), (_looked, looked), (_drifted, drifted)):
        for model, value in values.items():
            gauge.labels(_bounded(model, "")[0]).set(value)


def exposition(accepted: str) -> tuple[bytes, str]:
    """Return all of it as text, of all processes that count together, and its content type.

    ``accepted`` is what the program that reads it says it can (the header Accept).
    """
    encode, content_type = choose_encoder(accepted)
    folder = shared_meters()
    if folder is None:
        return encode(_own), content_type
    for process in gone(folder):
        mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]
    together = CollectorRegistry()
    MultiProcessCollector(together, str(folder))  # type: ignore[no-untyped-call]
    return encode(together), content_type


def _bounded(model: str, version: str) -> tuple[str, str]:
    """Return a version as its series call it."""
    key = (model, version)
    if key not in _versions:
        with _lock:
            if len(_versions) >= MOST_VERSIONS:
                return (OTHER, "")
            _versions.add(key)
    return key
