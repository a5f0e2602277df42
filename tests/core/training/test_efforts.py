from __future__ import annotations

import pandas as pd
import pytest

from core.store.runs.tables import INFO_COLUMNS, Runs
from core.training.efforts import estimate

HERE = "laptop"


def past(*runs: tuple[str, str | None, float, str]) -> Runs:
    """Finished runs, the newest first: algorithm, effort, seconds, machine."""
    ids = [f"r{place}" for place in range(len(runs))]
    info = pd.DataFrame("", index=ids, columns=INFO_COLUMNS)
    info["status"], info["seconds"] = "FINISHED", [seconds for _a, _e, seconds, _m in runs]
    params = pd.DataFrame({"effort": [effort for _a, effort, _s, _m in runs]}, index=ids, dtype=object)
    tags = {
        "pizarra.task": "iris",
        "pizarra.algorithm": [algorithm for algorithm, _e, _s, _m in runs],
        "pizarra.owner": [f"{machine}:123:1.50" for _a, _e, _s, machine in runs],
    }
    return Runs(info, params, pd.DataFrame(index=ids), pd.DataFrame(tags, index=ids, dtype=object))


def seconds(effort: str, *runs: tuple[str, str | None, float, str]) -> float | None:
    return estimate(past(*runs), "iris", "forest", effort, HERE)


def test_runs_of_the_same_effort_say_it_themselves_by_their_median() -> None:
    found = seconds("fair", ("forest", "fair", 4.0, HERE), ("forest", "fair", 9.0, HERE), ("forest", "fair", 5.0, HERE),
                    ("forest", None, 100.0, HERE))  # fmt: skip
    assert found == 5.0


def test_of_another_effort_it_follows_by_the_number_of_fits_and_is_rather_too_long() -> None:
    quick = ("forest", None, 2.0, HERE)
    assert seconds("quick", quick) == 2.0
    assert seconds("fair", quick) == 12.0
    assert seconds("thorough", quick) == 32.0
    assert seconds("quick", ("forest", "fair", 12.0, HERE)) == pytest.approx(2.0)


def test_other_algorithms_other_machines_and_runs_that_failed_say_nothing() -> None:
    assert seconds("quick", ("line", None, 2.0, HERE), ("forest", None, 2.0, "server")) is None
    failed = past(("forest", None, 2.0, HERE))
    failed.info["status"] = "FAILED"
    assert estimate(failed, "iris", "forest", "quick", HERE) is None
    assert estimate(past(("forest", None, 2.0, HERE)), "wine", "forest", "quick", HERE) is None


def test_a_store_of_another_program_says_nothing() -> None:
    info = pd.DataFrame("", index=["a"], columns=INFO_COLUMNS)
    bare = Runs(info, pd.DataFrame(index=["a"]), pd.DataFrame(index=["a"]), pd.DataFrame(index=["a"]))
    assert estimate(bare, "iris", "forest", "quick", HERE) is None
    assert estimate(bare.select([]), "iris", "forest", "quick", HERE) is None
