"""JSON of others."""

from __future__ import annotations

import pytest

from core.foreign_json import read_json


def test_json_is_read() -> None:
    assert read_json('{"a": [1, null]}') == {"a": [1, None]}
    assert read_json(b"[true]") == [True]
    assert read_json('{"a": 1, "a": 2}', pairs=len) == 2


@pytest.mark.parametrize(
    "text",
    ["", "{", b"\xff", "[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000, "9" * 5000],
    ids=["empty", "cut off", "no text", "lists", "objects", "closed lists", "a number without end"],
)
def test_what_cannot_be_read_is_one_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(text)
