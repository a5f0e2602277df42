"""Places on a leaderboard: who is not known to be worse than the best shares its place, as the verdict has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.comparison.differences import merits
from core.comparison.gaps import Tables
from core.comparison.measures import TESTED
from core.comparison.noise import Outcome, leads
from core.comparison.places import OF_THE_LEADER, OF_THE_OTHERS
from core.i18n import N_, _, number
from core.store.runs.tables import Runs

COMPARED_AT_MOST = 100  # runs beside the best of a place
ALONE = N_("with nothing to compare it with")
TRAINED = "train_"


@dataclass(frozen=True)
class Placed:
    """A run's place, from 1 on, and what is known of it beside the best of all.

    Runs that are not known to be worse than the best of a place share it. ``outcome`` is what the best is, set against
    this run; of the best itself, set against the run that comes nearest to it. None says that nothing was compared.
    """

    run_id: str
    value: float
    place: int
    is_best: bool
    outcome: Outcome | None

    @property
    def standing(self) -> str:
        """What is known of it beside the best, in words."""
        if self.outcome is None and not self.is_best:  # it may have the value of the best all the same
            return _("only the best {count} were compared").format(count=number(COMPARED_AT_MOST + 1, 0))
        if self.outcome is None:
            return _(ALONE)
        return _((OF_THE_LEADER if self.is_best else OF_THE_OTHERS)[self.outcome])


def best_of_each(runs: Runs, people: Mapping[str, str], metric: str) -> list[str]:
    """Return the best finished run of each person, the best first; of equal ones the one that comes first.

    ``people`` says whose each run is, by its id, in the order in which they come. Runs without a value of ``metric``
    are nobody's best.
    """
    finished = runs.info["status"] == "FINISHED"
    worth = merits(runs, metric)
    known = [run_id for run_id in people if run_id in worth and finished[run_id]]
    best: dict[str, str] = {}
    for run_id in sorted(known, key=lambda one: -float(worth[one])):
        best.setdefault(people[run_id], run_id)
    return list(best.values())


def places(
    order: Sequence[str], values: Mapping[str, float], metric: str, better: bool, tables: Tables
) -> list[Placed]:
    """Return the places of runs that come ``order``ed, the best first; ``better`` is True where higher is better.

    The best of all and those not known to be really worse share place 1. The best of the others and those not known
    to be worse than that one share the next, which counts all that are before it, and so on.
    """
    placed: list[Placed] = []
    of_best: dict[str, Outcome] = {}
    rest = list(order)
    while rest:
        best, others = rest[0], rest[1 : 1 + COMPARED_AT_MOST]
        found = leads(
            [tables.get(run_id) for run_id in (best, *others)],
            metric,
            better,
            [values[run_id] for run_id in (best, *others)],
        )
        outcomes = dict(zip(others, (one.outcome for one in found), strict=True))
        if not placed:
            of_best = outcomes
            if outcomes:
                of_best = {**outcomes, best: next((o for o in outcomes.values() if o != "better"), "better")}
        alike = (run_id for run_id in rest[1 + COMPARED_AT_MOST :] if values[run_id] == values[best])
        together = [best, *(run_id for run_id in others if outcomes[run_id] != "better"), *alike]
        place = len(placed) + 1
        placed += [Placed(one, values[one], place, one == order[0], of_best.get(one)) for one in together]
        rest = [run_id for run_id in rest if run_id not in together]
    return placed


def train_metric(metric: str) -> str:
    """Return the metric of the rows that were learned from that stands beside one of the test rows.

    >>> train_metric("test_accuracy")
    'train_accuracy'
    """
    return f"{TRAINED}{metric.removeprefix(TESTED)}"
