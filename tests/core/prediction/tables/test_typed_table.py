from __future__ import annotations

import pytest

from core.errors import ModelError
from core.prediction.schema import InputField
from core.prediction.tables.typed_table import typed_table

FIELDS = [InputField("size", "number", "double", 0.0), InputField("city", "category", "string", "Lima")]
TABLE = b"size;city;price\n1,5;Lima;3\n2,5;Lugo;4\n"


def test_rows_have_the_types_of_the_model_and_answers_stand_beside_them() -> None:
    found = typed_table(TABLE, FIELDS, "price")
    assert found.rows.to_dict("list") == {"size": [1.5, 2.5], "city": ["Lima", "Lugo"]}
    assert found.answers is not None
    assert found.answers.tolist() == [3.0, 4.0]
    assert (found.total, found.unfit) == (2, 0)


def test_more_rows_than_somebody_can_wait_for_are_refused_before_they_are_read() -> None:
    assert len(typed_table(TABLE, FIELDS, most=2).rows) == 2
    with pytest.raises(ModelError, match="The table may have at most 1 rows here, but it has 2"):
        typed_table(TABLE, FIELDS, most=1)
