"""How much is done to judge a model: one split, or cross-validation beside it; and how long that takes here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Literal, get_args

from core.store.runs.tables import ALGORITHM_TAG, OWNER_TAG, TASK_TAG, Runs, single_runs

Effort = Literal["quick", "fair", "thorough"]
EFFORTS: tuple[Effort, ...] = get_args(Effort)
QUICK: Effort = "quick"
EFFORT_PARAM = "effort"
SHORT = 60.0  # seconds, within which a run is cross-validated unless somebody says otherwise
SMALL = 20_000  # rows, of which a run takes no minute, where nothing is known of this machine
LOOKED_AT = 20  # runs of the past, the newest


@dataclass(frozen=True)
class Plan:
    """How training rows are divided: into so many folds, so many times."""

    folds: int
    repeats: int

    @property
    def fits(self) -> int:
        """How many models are fitted."""
        return self.folds * self.repeats


PLANS: Mapping[Effort, Plan | None] = {"quick": None, "fair": Plan(5, 1), "thorough": Plan(5, 3)}


def estimate(runs: Runs, task: str, algorithm: str, effort: Effort, machine: str) -> float | None:
    """Return how many seconds a run may take, by what the newest ones took on ``machine``; None where nobody knows.

    The median of those of the same effort, where there are any. Else of others it follows by the number of models
    that are fitted, as if a run did nothing else: so it is rather too long than too short.
    """
    past = _past(single_runs(runs), task, algorithm, machine)
    same = [seconds for known, seconds in past if known == effort]
    if same:
        return median(same)
    return max((seconds * _fits(effort) / _fits(known) for known, seconds in past), default=None)


def usual(seconds_if_fair: float | None, rows: int) -> Effort:
    """Return the effort that a run is begun with: fair where that is short, or nobody knows and there are few rows.

    >>> usual(12.0, 10**6), usual(61.0, 100), usual(None, 150), usual(None, 10**6)
    ('fair', 'quick', 'fair', 'quick')
    """
    is_short = rows <= SMALL if seconds_if_fair is None else seconds_if_fair < SHORT
    return "fair" if is_short else "quick"


def _past(runs: Runs, task: str, algorithm: str, machine: str) -> list[tuple[Effort, float]]:
    """Return the effort and the seconds of the newest finished runs that this machine trained."""
    if not len(runs) or not {TASK_TAG, ALGORITHM_TAG, OWNER_TAG} <= set(runs.tags):
        return []
    here = runs.tags[OWNER_TAG].fillna("").astype(str).str.rpartition(":")[0].str.rpartition(":")[0] == machine
    alike = here & (runs.tags[TASK_TAG] == task) & (runs.tags[ALGORITHM_TAG] == algorithm)
    found = runs.info[alike & (runs.info["status"] == "FINISHED")].head(LOOKED_AT)["seconds"].astype(float).dropna()
    said = runs.params.get(EFFORT_PARAM)
    efforts: dict[str, Effort] = {effort: effort for effort in EFFORTS}
    return [
        (efforts.get(str(said[run_id]) if said is not None else "", QUICK), float(seconds))
        for run_id, seconds in found.items()
        if seconds >= 0
    ]


def _fits(effort: Effort) -> int:
    plan = PLANS[effort]
    return 1 + (plan.fits if plan else 0)
