"""Everything that can be said of a table in sentences before any training, what matters most first."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from core.i18n import N_
from core.training.division import BY_CHANCE, Division
from core.training.findings.answer import about_answer
from core.training.findings.associations import Associations, associations, copies, strongest
from core.training.findings.gaps import about_gaps
from core.training.findings.giveaways import about_giveaways
from core.training.findings.look import SAMPLE_ROWS, Look, look_at
from core.training.findings.numbers import about_numbers
from core.training.findings.repeats import about_repeats
from core.training.findings.sentences import Finding, Rows
from core.training.findings.single import about_columns
from core.training.findings.spelling import about_spelling
from core.training.tasks import Kind

# What need not be said of a column of which the first is said
SAYS_MORE = {
    "filled_afterwards": {"gives_away", "named_after", "missing_tells"},
    "gives_away": {"empty_afterwards", "missing_tells"},
}


def findings(
    frame: pd.DataFrame,
    target: str,
    kind: Kind,
    *,
    identifiers: Collection[str] = (),
    test_rows: Sequence[int] | np.ndarray | None = None,
    division: Division = BY_CHANCE,
) -> list[Finding]:
    """Return what to know of a table before training, what matters most first.

    ``target`` may be empty where nobody has chosen it yet, or be no column: then only what needs none is said.
    ``identifiers`` are never used to learn from; ``test_rows`` are the places of the rows that models are tested on,
    and ``division`` says by what column they were divided off.
    Counts are of all rows; what takes long is found in a sample, the same each time, and that is said.
    """
    return found_in(look_at(frame, target, kind, identifiers, test_rows, division))[0]


def found_in(look: Look) -> tuple[list[Finding], Associations]:
    """Return the findings, and how closely columns go together, of which the closest are among the findings."""
    found = [*about_columns(look)]  # first: of those to leave out no more is said
    parts = (about_answer, about_giveaways, about_gaps, about_repeats, about_numbers, about_spelling)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # what takes long in them lets other threads go on
        looked = pool.submit(associations, look)
        for some in pool.map(lambda about: [*about(look)], parts):
            found += some
        pairs = looked.result()
    found += [*copies(look, pairs), *strongest(pairs)]
    if look.places is not None:
        sentence = N_("{rows} are many: what takes long to find out was looked for in {sample}, drawn by chance.")
        values = {"rows": Rows(look.rows), "sample": Rows(SAMPLE_ROWS)}
        found.append(Finding("sample", (), sentence, values, 5))
    return sorted(_without_less(found), key=lambda one: -one.weight), pairs


def _without_less(found: Sequence[Finding]) -> list[Finding]:
    said = {(less, one.columns) for one in found for less in SAYS_MORE.get(one.code, ())}
    return [one for one in found if (one.code, one.columns) not in said]
