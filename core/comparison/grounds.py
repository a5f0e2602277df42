"""What a verdict rests on: the pairs of runs, their numbers in a table, and in words how they were judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.comparison.folds import FoldDifference, method_words, together
from core.comparison.measures import TESTED
from core.comparison.noise import RESAMPLES, Difference, Outcome
from core.i18n import _, number
from core.store.runs.tables import GROUPS_PARAM, Runs
from core.text import plain, unique_names


@dataclass(frozen=True)
class Pair:
    """The leader against one other run; ``difference`` has the leader as a, ``folds`` are those that both share."""

    leader: str
    other: str
    difference: Difference
    folds: FoldDifference | None = None

    @property
    def outcome(self) -> Outcome:
        """What is known of the leader by both."""
        return together(self.difference, self.folds)


def alike_words(runs: Runs, pair: Pair) -> tuple[str, ...]:
    """Warn that rows of one group are alike, where runs kept these together but not which test rows are of one."""
    found = pair.difference
    if found.outcome == "unknown" or found.groups or GROUPS_PARAM not in runs.params:
        return ()
    said = runs.params[GROUPS_PARAM].reindex([pair.leader, pair.other]).dropna().astype(str)
    columns = [column for column in said if column]
    if not columns:
        return ()
    words = _(
        "Rows with the same {column} are alike, but each counts for itself in what the test rows say of the lead: that "
        "is less certain than it seems."
    )
    return (words.format(column=plain(columns[0], 60)),)


def numbers_of(pairs: Sequence[Pair], values: pd.Series, labels: Mapping[str, str], sign: int) -> pd.DataFrame:
    """Return one line a pair, with headings in the reader's language; ``sign`` is -1 where lower is better."""
    outcomes = {
        "better": _("really better"),
        "close": _("too close to call"),
        "identical": _("equally good"),
        "unknown": _("not known"),
    }
    lines = []
    for pair in pairs:
        found, gap = pair.difference, sign * (values[pair.leader] - values[pair.other])
        lines.append(
            {
                _("Leader"): labels.get(pair.leader, pair.leader),
                _("Other run"): labels.get(pair.other, pair.other),
                _("Leader's value"): values[pair.leader],
                _("Other's value"): values[pair.other],
                _("Lead"): gap,
                _("Low"): found.low,
                _("High"): found.high,
                _("Test rows"): found.rows or np.nan,
                _("Rows answered differently"): np.nan if found.outcome == "unknown" else found.differing_rows,
                _("Only the leader right"): np.nan if found.only_a is None else found.only_a,
                _("Only the other right"): np.nan if found.only_b is None else found.only_b,
                _("p"): np.nan if found.p_value is None else found.p_value,
                **(_fold_numbers(pair.folds) if any(one.folds for one in pairs) else {}),
                _("The leader is"): outcomes[pair.outcome],
            }
        )
    return pd.DataFrame([list(line.values()) for line in lines], columns=unique_names(lines[0]))


def _fold_numbers(found: FoldDifference | None) -> dict[str, float]:
    return {
        _("Folds"): found.folds if found else np.nan,
        _("Lead over folds"): found.gap if found else np.nan,
        _("p over folds"): found.p_value if found else np.nan,
    }


def method_of(pairs: Sequence[Pair], metric: str) -> str:
    """Say how the pairs were judged; empty where the noise of none is known."""
    folds = next((method_words(pair.folds) for pair in pairs if pair.folds), "")
    known = [pair.difference for pair in pairs if pair.difference.outcome != "unknown"]
    if not known:
        return folds
    groups = max(one.groups for one in known)
    sentences = [
        _(
            "From the stored test answers: rows of one group are alike, so whole groups were drawn, as many as there "
            "are ({groups}), {draws} times with repetition and the same ones for all runs, and the lead was measured "
            "each time (paired cluster bootstrap, 95%)."
        ).format(groups=number(groups, 0), draws=number(RESAMPLES, 0))
        if groups
        else _(
            "From the stored test answers: as many test rows as there are were drawn {draws} times, with repetition "
            "and the same ones for all runs, and the lead was measured each time (paired bootstrap, 95%)."
        ).format(draws=number(RESAMPLES, 0)),
    ]
    if len(known) > 1:
        sentences.append(
            _(
                "Of {count} runs one easily looks better by chance, so low and high are so far apart, and p must be so "
                "small, that chance alone makes any of these lines wrong in one of twenty such comparisons."
            ).format(count=number(1 + len(known), 0))
        )
    sentences.append(
        _(
            "A run is called really better only if 0 is not between low and high. The usual variation is half of "
            "that width, or its reach towards 0 where the interval lies unevenly."
        )
    )
    level = number(known[0].level)
    if groups:
        text = _(
            "So large a lead must also be rare, p < {level}, when the answers of the two runs are swapped by chance, "
            "group by group (sign-flip test)."
        )
    elif metric == f"{TESTED}accuracy":
        text = _("McNemar's test (mid-p) must also find p < {level}, on the rows where only one run is right.")
    else:
        text = _(
            "So large a lead must also be rare, p < {level}, when the answers of the two runs are swapped by chance, "
            "row by row (sign-flip test)."
        )
    sentences.append(text.format(level=level))
    sentences.append(
        _("This is the chance in the test rows only; another split or another random start would add to it.")
    )
    return " ".join([*sentences, *([folds] if folds else [])])
