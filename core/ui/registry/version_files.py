"""Whether the files of versions are there, looked for in the background for all sessions."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from time import monotonic

from core.process import shared
from core.process.held import held
from core.store.registry.registered_models import Version, files_are_there

FRESHNESS = {True: 300.0, False: 60.0}  # seconds after which somebody looks again for those there, and not there


@dataclass
class _Files:
    """Which versions' files are there and when somebody looked; ``asked`` are the looks, begun or done."""

    there: dict[str, tuple[float, bool]] = field(default_factory=dict)
    asked: dict[str, Future[None]] = field(default_factory=dict)
    lookers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, "pizarra-files"))


@held(lambda files: files.lookers.shutdown(wait=False, cancel_futures=True))
def _files(store_uri: str) -> _Files:
    return _Files()


def files_known(versions: Sequence[Version], patience: float = 0.0) -> dict[str, bool]:
    """Return by address which of these versions' files are there; those not known yet are looked for meanwhile.

    ``patience`` is how many seconds to wait for all of them.
    """
    files, opened, now = _files(shared.store_uri()), shared.store(), monotonic()

    def look(version: Version) -> None:
        there = files_are_there(opened, version)
        files.there[version.uri] = (monotonic(), there)

    for version in versions:
        known, asked = files.there.get(version.uri), files.asked.get(version.uri)
        if (known is None or now - known[0] > FRESHNESS[known[1]]) and (asked is None or asked.done()):
            files.asked[version.uri] = files.lookers.submit(look, version)
    wait([files.asked[version.uri] for version in versions if version.uri not in files.there], patience)
    return {v.uri: files.there[v.uri][1] for v in versions if v.uri in files.there}
