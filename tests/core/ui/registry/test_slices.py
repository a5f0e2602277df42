"""For whom a version loses, in words and as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pytest

from core.comparison.evidence import MetricPair, Weighed, weigh
from core.comparison.noise import Difference
from core.comparison.slice_leads import SliceLead
from core.comparison.slices import Part, Slice
from core.i18n import speaking
from core.store.registry.registered_models import Version
from core.ui.registry import slices
from tests.fixtures.grouped import class_answers

MONTHLY = Slice((Part("Contract", "value", "Month-to-month"),))
LOST = SliceLead(MONTHLY, "test_recall", 210, 87, 0.41, 0.52, -0.11, -0.2, -0.03, 4, 20, 0.01, "worse")


def weighed(difference: Difference) -> Weighed:
    found = weigh(*class_answers(0, 40), {})
    return replace(found, pairs=(MetricPair("test_recall", 0.6, 0.5, True, difference),))


@pytest.mark.parametrize(
    ("difference", "language", "said"),
    [
        (Difference("close", gap=0.1), "en", "It loses for certain for **Contract: Month-to-month**: test_recall "
         "**0.41**, in Production 0.52, counted on 87 rows."),
        (Difference("better", gap=0.1), "en", "Really better over all, but it loses for certain for "
         "**Contract: Month-to-month**: test_recall **0.41**, in Production 0.52, counted on 87 rows."),
        (Difference("better", gap=0.1), "es", "De verdad mejor en conjunto, pero pierde con seguridad en "
         "**Contract: Month-to-month**: test_recall **0,41**, en Producción 0,52, contado en 87 filas."),
    ],
)  # fmt: skip
def test_a_group_that_loses_is_named_with_both_values(difference: Difference, language: str, said: str) -> None:
    with speaking(language):
        assert slices._lost_words(LOST, weighed(difference)).replace("\\", "") == said


def version(number: int) -> Version:
    now = datetime.now(UTC)
    return Version("m", number, "None", "", "", now, now, "", {})


def test_all_groups_are_a_table_for_people() -> None:
    found = weigh(*class_answers(0, 200), {}).slices
    table = slices.groups_table(found, version(3), version(2))
    assert isinstance(table, pd.DataFrame)
    assert len(table) == len(found)
    assert table.columns.is_unique
    assert {"Version 3", "Version 2", "Rows that count"} <= set(table)
    assert set(table["What is said"]) <= {"too close to call", "no different", "too few rows", "wins for certain"}
