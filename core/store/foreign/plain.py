"""Plain data between two processes: what a model's process says is read without running anything that it chose.

Questions are pickled, as they are ours. Answers are JSON and bytes of numbers: whoever reads them makes only what it
names itself, so that a model cannot bring code into the process that asked it.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from string import Formatter
from typing import IO, Any, cast

import numpy as np
import pandas as pd

from core.errors import ModelError, PizarraError

MOST_BYTES = 1 << 30  # of one message: 50,000 rows with 2,000 classes are 800 MB
LENGTH = struct.Struct("!Q")
FORK = b"fork"  # asks the server of processes for one more
NUMBERS = re.compile(r"[<>|=][biuf]\d{1,2}|[<>][mM]8\[\w{1,10}\]")  # NumPy's types that are bytes and nothing else

Known = Sequence[type]  # dataclasses of plain data and kinds of PizarraError that an answer may hold


def send(stream: IO[bytes], message: bytes) -> None:
    """Write a message with its length before it."""
    stream.write(LENGTH.pack(len(message)))
    stream.write(message)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes:
    """Wait for a message and return it.

    Raises:
        EOFError: the other side is gone, or what it sends is no message.
    """
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size or LENGTH.unpack(head)[0] > MOST_BYTES:
        raise EOFError
    message = stream.read(LENGTH.unpack(head)[0])
    if len(message) < LENGTH.unpack(head)[0]:
        raise EOFError
    return message


def write_plain(value: Any) -> bytes:
    """Return plain data as bytes: scalars, lists, tuples, dicts, arrays, columns, tables and dataclasses of these.

    Columns come out as arrays. An index is left out: the rows of an answer are in the order of those asked about.

    Raises:
        TypeError: it is something else, or holds it.
    """
    buffers: list[bytes] = []
    body = json.dumps(_plain(value, buffers)).encode()
    return b"".join([*(LENGTH.pack(len(part)) + part for part in (body, *buffers))])


def read_plain(message: bytes, known: Known = ()) -> Any:
    """Return what ``write_plain`` wrote; dataclasses are made only where they are ``known``.

    Raises:
        ValueError: it cannot be read.
    """
    try:
        body, *buffers = _parts(message)
        return _made(json.loads(body), buffers, {kind.__name__: kind for kind in known})
    except (KeyError, IndexError, TypeError, AttributeError, RecursionError, struct.error) as error:
        raise ValueError(f"no plain data: {type(error).__name__}") from error


def _parts(message: bytes) -> list[bytes]:
    parts, start = [], 0
    while start < len(message):
        (length,) = LENGTH.unpack_from(message, start)
        start += LENGTH.size
        if start + length > len(message):
            raise ValueError("no plain data: it is cut off")
        parts.append(message[start : start + length])
        start += length
    return parts


def _plain(value: Any, buffers: list[bytes]) -> Any:
    if isinstance(value, np.generic) and value.dtype.kind not in "mM":
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, pd.DataFrame):
        return {"table": [[_plain(name, buffers), _array(value.iloc[:, n], buffers)] for n, name in enumerate(value)]}
    if isinstance(value, np.ndarray | np.generic | pd.Series | pd.Index | pd.api.extensions.ExtensionArray):
        return _array(value, buffers)
    if isinstance(value, list):
        return [_plain(one, buffers) for one in value]
    if isinstance(value, tuple):
        return {"tuple": [_plain(one, buffers) for one in value]}
    if isinstance(value, Mapping):
        return {"map": [[_plain(key, buffers), _plain(one, buffers)] for key, one in value.items()]}
    if isinstance(value, PizarraError):
        _rebuild, (kind, message, hint, values, *_commands) = cast("tuple[Any, Any]", value.__reduce__())
        words = {name: _plain(one, []) if isinstance(one, bool | int | float | str) else str(one)
                 for name, one in values.items()}  # fmt: skip
        return {"error": kind.__name__, "message": message, "hint": hint, "words": words}
    if is_dataclass(value) and not isinstance(value, type):
        named = {field.name: _plain(getattr(value, field.name), buffers) for field in fields(value) if field.init}
        return {"made": type(value).__name__, "of": named}
    raise TypeError(f"{type(value).__name__} is no plain data")


def _array(value: Any, buffers: list[bytes]) -> Any:
    values = np.asarray(value)
    if values.dtype.kind in "biufmM" and NUMBERS.fullmatch(values.dtype.str):
        buffers.append(np.ascontiguousarray(values).tobytes())
        return {"numbers": len(buffers) - 1, "type": values.dtype.str, "shape": list(values.shape)}
    words = [one if type(one) is str else _plain(one, buffers) for one in values.ravel().tolist()]
    return {"values": words, "shape": list(values.shape)}


def _made(value: Any, buffers: Sequence[bytes], known: Mapping[str, type]) -> Any:
    if isinstance(value, list):
        return [_made(one, buffers, known) for one in value]
    if not isinstance(value, dict):
        return value
    if "numbers" in value:
        if not NUMBERS.fullmatch(value["type"]):
            raise ValueError("no plain data: an array of another type")
        return np.frombuffer(buffers[value["numbers"]], np.dtype(value["type"])).reshape(value["shape"]).copy()
    if "values" in value:
        made = np.empty(len(value["values"]), dtype=object)
        made[:] = [_made(one, buffers, known) if isinstance(one, list | dict) else one for one in value["values"]]
        return made.reshape(value["shape"])
    if "table" in value:
        columns = [_made(column, buffers, known) for _name, column in value["table"]]
        table = pd.DataFrame({n: pd.Series(column, dtype=column.dtype) for n, column in enumerate(columns)})
        return table.set_axis([_made(name, buffers, known) for name, _column in value["table"]], axis="columns")
    if "tuple" in value:
        return tuple(_made(one, buffers, known) for one in value["tuple"])
    if "map" in value:
        return {_made(key, buffers, known): _made(one, buffers, known) for key, one in value["map"]}
    if "error" in value:
        return _error(value, known)
    kind, named = known[value["made"]], {name: _made(one, buffers, known) for name, one in value["of"].items()}
    if not is_dataclass(kind):
        raise ValueError("no plain data: no dataclass")
    return kind(**named)


def _error(value: Mapping[str, Any], known: Mapping[str, type]) -> PizarraError:
    """Make an error, of its kind where that is known; its sentences have plain places for values, and no formats."""
    kind, message, hint, values = known.get(value["error"], ModelError), value["message"], value["hint"], value["words"]
    if not issubclass(kind, PizarraError):
        raise ValueError("no plain data: no error")
    places = [place for text in (message, hint) for _text, *place in Formatter().parse(text) if place[0] is not None]
    if any(name not in values or form or conversion for name, form, conversion in places):
        raise ValueError("no plain data: a sentence with places for nothing")
    if not all(isinstance(one, bool | int | float | str) for one in values.values()):
        raise ValueError("no plain data: values that are none")
    return kind(message, hint, **values)
