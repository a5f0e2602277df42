"""Find the messages marked for translation; ``babel.cfg`` hands every source file to ``extract``.

Babel's own reader misses calls inside f-strings before Python 3.12; the syntax tree has them in every version.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import BinaryIO

_FORMS = {"_": 1, "N_": 1, "translate": 1, "ngettext": 2, "translate_plural": 2}  # how many messages each takes

Found = tuple[int, str, tuple[str, ...], list[str]]


def extract(file: BinaryIO, _keywords: object, _tags: object, options: object = None) -> Iterator[Found]:
    """Yield (line, gettext function, message or singular and plural, comments) for each marked message.

    >>> from io import BytesIO
    >>> list(extract(BytesIO(b"f'**{_(\\"Next\\")}**'"), (), ()))
    [(1, 'gettext', ('Next',), [])]
    """
    calls = (n for n in ast.walk(ast.parse(file.read())) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name))
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        wanted = _FORMS.get(call.func.id, 0)  # type: ignore[attr-defined]
        forms = [a.value for a in call.args[:wanted] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if wanted and len(forms) == wanted and all(forms):
            yield call.lineno, ("gettext", "ngettext")[wanted - 1], tuple(forms), []
