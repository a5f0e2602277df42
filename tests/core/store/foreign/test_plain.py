from __future__ import annotations

import io
import json
import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.errors import ModelError, StoreError
from core.store.foreign.plain import LENGTH, read_plain, receive, send, write_plain
from tests.fixtures.foreigners import Known


def there_and_back(value: Any, *known: type) -> Any:
    return read_plain(write_plain(value), known)


@pytest.mark.parametrize(
    "value",
    [None, True, 3, 2**70, 0.1, float("inf"), "año\n", [], [1, "a", None], (1, (2,)), {"a": {"b": 1}}, {1: "one"},
     {"values": 1, "numbers": 2, "made": 3}],
)  # fmt: skip
def test_plain_values_come_out_as_they_went_in(value: Any) -> None:
    assert there_and_back(value) == value


@pytest.mark.parametrize(
    "values",
    [np.arange(6.0).reshape(2, 3), np.array([1, -2], dtype="int8"), np.array([True, False]), np.array([]),
     np.array(["2026-01-01"], dtype="datetime64[s]"), np.arange(4)[::2], np.array([np.nan, np.inf])],
)  # fmt: skip
def test_arrays_keep_their_type_and_shape(values: np.ndarray) -> None:
    found = there_and_back(values)
    assert (found.dtype, found.shape) == (values.dtype, values.shape)
    np.testing.assert_array_equal(found, values)
    assert found.flags.writeable


def test_words_are_an_array_of_objects() -> None:
    found = there_and_back(np.array(["a", None, 3, 0.5], dtype=object))
    assert (found.dtype, found.tolist()) == (np.dtype(object), ["a", None, 3, 0.5])
    assert there_and_back(np.array(["ñ", "b"])).tolist() == ["ñ", "b"]


def test_numbers_of_numpy_are_numbers() -> None:
    assert there_and_back([np.int64(3), np.float32(0.5), np.bool_(True), np.str_("a")]) == [3, 0.5, True, "a"]


def test_a_table_keeps_the_order_the_names_and_the_types_of_its_columns() -> None:
    table = pd.DataFrame({"b": [1, 2], "a": [0.5, np.nan], 3: [True, False]})
    found = there_and_back(table.set_axis([5, 7]))
    pd.testing.assert_frame_equal(found, table, check_column_type=False)


def test_two_columns_of_one_name_are_two() -> None:
    found = there_and_back(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    assert (list(found), found.iloc[0].tolist()) == (["a", "a"], [1, 2])


def test_columns_of_pandas_come_out_as_arrays() -> None:
    for column in (pd.Series([1, 2], index=[7, 8]), pd.Index([1, 2]), pd.array([1, 2])):
        assert there_and_back(column).tolist() == [1, 2]
    assert there_and_back(pd.Series(["a", "b"], dtype="category")).tolist() == ["a", "b"]


def test_a_dataclass_is_made_only_where_it_is_known() -> None:
    made = Known("chalk", ("white",))
    assert there_and_back({"it": made}, Known) == {"it": made}
    with pytest.raises(ValueError, match="no plain data"):
        there_and_back(made)


def test_an_error_keeps_its_sentences_and_its_kind_where_that_is_known() -> None:
    error = StoreError("It is {number} too {what}.", "Choose.", number=3, what=ValueError("big"))
    for known, kind in (((StoreError,), StoreError), ((), ModelError)):
        found = there_and_back(error, *known)
        assert (type(found), str(found)) == (kind, "It is 3 too big. Choose.")


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", [lambda: None], 1j, np.array([1j]), Known])
def test_anything_else_is_refused_where_it_is_written(value: Any) -> None:
    with pytest.raises(TypeError, match="is no plain data"):
        write_plain(value)


def said(body: Any, *buffers: bytes) -> bytes:
    return b"".join(LENGTH.pack(len(part)) + part for part in (json.dumps(body).encode(), *buffers))


@dataclass
class Trap:
    sprung = False

    def __reduce__(self) -> Any:
        return (setattr, (Trap, "sprung", True))


@pytest.mark.parametrize(
    "message",
    [
        b"", b"{}", pickle.dumps(Trap()), said({"made": "Trap", "of": {}}), said({"made": "ModelError", "of": {}}),
        said({"numbers": 0, "type": "|O", "shape": [1]}, b"12345678"),
        said({"numbers": 0, "type": "<f8", "shape": [1 << 40]}, b"12345678"),
        said({"numbers": 3, "type": "<f8", "shape": [1]}, b"12345678"), said({"numbers": 0}), said({"what": 1}),
        said({"values": [1, 2], "shape": [3]}), said({"table": [["a", 1]]}), said({"map": [[[], 1]]}),
        said({"error": "ModelError", "message": "{a:>99999999999}", "hint": "", "words": {"a": 1}}),
        said({"error": "ModelError", "message": "{a.__class__}", "hint": "", "words": {"a": 1}}),
        said({"error": "ModelError", "message": "{0}", "hint": "", "words": {}}),
        said({"error": "ModelError", "message": "{", "hint": "", "words": {}}),
        said({"error": "ModelError", "message": "a", "hint": "", "words": {"a": [1]}}),
        said({"error": "Known", "message": "a", "hint": "", "words": {}}),
        LENGTH.pack(1 << 50) + b"{}", LENGTH.pack(100_000) + b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_answer_cannot_be_read_and_runs_nothing(message: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - in many words
        read_plain(message, (ModelError, Known))
    assert not Trap.sprung


def test_messages_come_out_one_by_one_and_an_end_is_no_message() -> None:
    stream = io.BytesIO()
    send(stream, b"one")
    send(stream, b"")
    stream.seek(0)
    assert (receive(stream), receive(stream)) == (b"one", b"")
    for rest in (b"", b"123", LENGTH.pack(5) + b"1234", LENGTH.pack(1 << 60)):
        with pytest.raises(EOFError):
            receive(io.BytesIO(rest))
