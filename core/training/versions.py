"""Whether a given scheduler and its workers have what is here: Python, packages, and Pizarra's own code."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from core.errors import SchedulerError
from core.i18n import N_
from core.settings import ROOT

if TYPE_CHECKING:
    from distributed import Client

# What a job is sent with, what it learns with, and what its record is written with
PACKAGES = ("dask", "distributed", "cloudpickle", "mlflow", "numpy", "pandas", "scikit-learn", "skops", "xgboost-cpu")
CODE = "Pizarra"
THREADS = "nthreads"  # of a worker: a process trains one run at a time, and stopping one ends its process
MISSING = "–"
MOST_TOLD = 4


@cache
def here() -> dict[str, str]:
    """Return what this process has, also asked of each worker."""
    found = {"Python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = MISSING
    return found | {CODE: _code(), THREADS: "1"}


def _code() -> str:
    """Return what tells this code from any other, the same on every system."""
    digest = hashlib.sha256()
    for file in sorted([*ROOT.glob("core/**/*.py"), *ROOT.glob("trainers/*.py")]):
        digest.update(file.relative_to(ROOT).as_posix().encode())
        digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:8]


def compare(client: Client, address: str, known: frozenset[str] | None) -> frozenset[str]:
    """Return the addresses of a scheduler's workers, once those that are not ``known`` were found to have what is here.

    The scheduler itself is asked where nothing is known of it. A worker that comes later is compared at the next call.

    Raises:
        SchedulerError: a worker or the scheduler has something else, or goes away meanwhile.
    """
    try:
        threads = client.nthreads()
        workers = frozenset(threads)
        new = sorted(workers - (known or frozenset()))
        if known is not None and not new:
            return workers
        _refuse_others(address, [{THREADS: str(threads[worker])} for worker in new])
        asked = client.get_versions()
        theirs = [_of_dask(asked["scheduler"]), *(_of_dask(asked["workers"].get(worker)) for worker in new)]
        _refuse_others(address, theirs)
        found = [_of_scheduler(client)] if known is None else []
        if new:
            found += client.run(here, workers=new, on_error="return").values()
    except (OSError, TimeoutError) as error:
        raise silent(address) from error
    _refuse_others(address, [said if isinstance(said, dict) else {CODE: MISSING} for said in found])
    return workers


def _of_scheduler(client: Client) -> object:
    """Return what a scheduler has: it unpacks what is sent, so it needs our code as its workers do."""
    try:
        return client.run_on_scheduler(here)
    except (OSError, TimeoutError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever the import of what is not there raises
        return error


def silent(address: str, seconds: float = 5) -> SchedulerError:
    """Return the error of a scheduler that does not answer."""
    return SchedulerError(
        N_("The Dask scheduler {address} must answer within {seconds} seconds, but it does not."),
        N_("Check that it is running and that PIZARRA_DASK_SCHEDULER is right, then launch again."),
        address=address,
        seconds=seconds,
    )


def differences(theirs: Mapping[str, str]) -> list[str]:
    """Return what somebody has that is not as here, in signs that every language reads.

    >>> differences({"Python": "2.7"})[0].startswith("Python 2.7 ≠ 3.")
    True
    """
    return [f"{name} {said} ≠ {here()[name]}" for name, said in theirs.items() if said != here()[name]]


def _of_dask(said: Mapping[str, Mapping[str, str]] | None) -> dict[str, str]:
    """Return what Dask itself says of a process, which needs none of our code."""
    if not said:
        return {}
    packages = said["packages"]
    return {
        "Python": ".".join(packages["python"].split(".")[:2]),
        "dask": packages["dask"],
        "distributed": packages["distributed"],
    }


def _refuse_others(address: str, processes: list[dict[str, str]]) -> None:
    found = dict.fromkeys(told for theirs in processes for told in differences(theirs))
    if found:
        raise SchedulerError(
            N_("What is at the Dask scheduler {address} must be as it is here, but there ≠ here: {differences}."),
            N_("Install the same there and start its workers anew, then launch again."),
            address=address,
            differences=", ".join(list(found)[:MOST_TOLD]) + (" …" if len(found) > MOST_TOLD else ""),
        )
