"""A quotation mark that nobody closes loses no rows: the file is refused, with the row in which it stands."""

from __future__ import annotations

import pytest

from core.errors import ModelError
from core.tables.layouts import recognise_layout
from core.tables.own import OwnTable, read_own

HEADING = "nombre;edad;sueldo;compró\n"
ROWS = "".join(f"Ana {place};{20 + place};{1000 + place},5;{('sí', 'no')[place % 2]}\n" for place in range(30))


def read(text: str) -> OwnTable:
    content = text.encode()
    return read_own(content, recognise_layout(content).layout)


@pytest.mark.parametrize(
    ("opened", "lines"),
    [
        ([10], 19),  # to the end of the file
        ([10, 20], 10),  # two of them are one quotation
        ([10, 11], 1),
    ],
)
def test_rows_inside_a_cell_are_not_lost(opened: list[int], lines: int) -> None:
    text = ROWS
    for place in opened:
        text = text.replace(f"Ana {place};", f'"Ana {place};')
    with pytest.raises(ModelError, match=rf"in row 12 takes the lines after it into one cell \({lines} in all\)"):
        read(HEADING + text)


@pytest.mark.parametrize(
    "text",
    [
        HEADING + ROWS.replace("Ana 3;", '"Ana\n3";'),
        HEADING + ROWS.replace("Ana 3;", 'An"a 3;'),
        HEADING + ROWS + '"Nota: hecho\npor Ana"\n',
        "id,dónde,tipo\n" + "".join(f'{place},"Calle 1, Centro\nCDMX, Mx",{"ab"[place % 2]}\n' for place in range(30)),
        "tipo,dónde\n" + "".join(f'{"ab"[place % 2]},"Calle {place}, Centro\nCDMX"\n' for place in range(30)),
    ],
)  # fmt: skip
def test_lines_of_a_text_are_no_rows(text: str) -> None:
    assert len(read(text).frame) == 30
