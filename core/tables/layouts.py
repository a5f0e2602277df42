"""How a file of one's own is laid out: what is recognised of it, to be confirmed or changed by who brought it."""

from __future__ import annotations

import codecs
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from core.errors import DataError, ModelError
from core.i18n import N_
from core.tables.csv_records import Source, opened
from core.tables.dates import looks_like_date
from core.tables.dialects import (
    DELIMITERS,
    PARQUET,
    SAMPLE_BYTES,
    SEPARATOR_LINE,
    SPREADSHEETS,
    encoding_of,
    records_in,
    whole_encoding,
)
from core.tables.encodings import encoded_twice, likelier
from core.tables.heads_and_feet import another_table, are_units, are_years, comes_again, is_sum
from core.tables.limits import refuse_wide
from core.tables.notes import Note
from core.tables.quantities import without_unit
from core.tables.sheets import cell_text, oddities, sheet_records, sheets_in
from core.tables.signs import NUMBER

Kind = Literal["csv", "sheet", "parquet"]

USUAL = ("cp1252", "latin-1")  # where it is not UTF-8
ENCODINGS = ("utf-8", "cp1252", "latin-1", "utf-16", "utf-16-le", "utf-16-be", "cp850", "mac-roman")
MOST_LOOKED_AT = 2000  # records that tell the heading
MOST_WEIGHED = 300  # records that tell the separator
MOST_ABOVE = 30  # records that may stand above a heading
MOST_BELOW = 10  # records that may stand below the last row
MOST_NARROW = 2  # columns of a table whose rows may well have one value
TAIL_BYTES = 1 << 16
NEARLY = 0.95  # of the best separator's merit: another one that has as much could be meant too
TELLING = 20  # rows in which a word of a heading would have come again if it were a value
EMPTY = {"", "-", "n/a", "na", "nan", "null", "none"}


@dataclass(frozen=True)
class Layout:
    """How a file is laid out.

    ``above`` counts the lines before the heading (or before the first row, without a ``header``) and ``below`` those
    after the last row that are no rows. ``sheet`` is the one that is read of a spreadsheet.
    """

    kind: Kind
    encoding: str = "utf-8"
    delimiter: str = ","
    header: bool = True
    above: int = 0
    below: int = 0
    sheet: str = ""


@dataclass(frozen=True)
class Recognised:
    """A layout as it was found; ``notes`` say what was left out, ``questions`` which of its fields could be otherwise.

    ``separators`` are those by which the file may be read, the best first; ``sheets`` are a spreadsheet's.
    """

    layout: Layout
    notes: tuple[Note, ...] = ()
    questions: Mapping[str, Note] = field(default_factory=dict)
    separators: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()


def recognise_layout(source: Source, asked: Mapping[str, object] | None = None) -> Recognised:
    """Find out how a file is laid out; what is ``asked`` (fields of ``Layout``) is as somebody chose it.

    Raises:
        DataError: it is empty or no table.
        ModelError: it is no text that could be read.
    """
    chosen = dict(asked or {})
    with opened(source) as file:
        first = file.read(SAMPLE_BYTES)
    if not first.strip(b"\xef\xbb\xbf\xff\xfe\r\n\t \x00"):
        raise DataError(N_("The file must have rows, but it is empty."), N_("Choose another file."))
    if first.startswith(PARQUET):
        return Recognised(Layout("parquet"))
    if first.startswith(SPREADSHEETS):
        return _recognise_sheet(source, chosen)
    return _recognise_text(source, first, chosen)


def _recognise_text(source: Source, first: bytes, chosen: Mapping[str, object]) -> Recognised:
    encoding = str(chosen.get("encoding") or whole_encoding(source, encoding_of(first)))
    try:
        sample = codecs.getincrementaldecoder(encoding)().decode(first).removeprefix("\ufeff")
    except LookupError as error:
        raise DataError(
            N_("{encoding} is no encoding that is known here."),
            N_("Choose one of {names}."),
            encoding=repr(encoding),
            names=", ".join(ENCODINGS),
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(
            N_("The file must be text in {encoding}, but a part of it cannot be read so."),
            N_("Choose another encoding."),
            encoding=encoding.upper(),
        ) from error
    asked: dict[str, Note] = {}
    if encoding in USUAL and "encoding" not in chosen and (other := likelier(first, encoding)):
        as_usual = {"encoding": other[0].upper(), "word": other[1], "usual": encoding.upper(), "instead": other[2]}
        asked["encoding"] = Note(
            N_("It is not UTF-8. As {encoding} it has words like «{word}», as {usual} like «{instead}»."), as_usual
        )
        encoding = other[0]
        sample = codecs.getincrementaldecoder(encoding)().decode(first)
    notes = [Note(N_("It is not UTF-8 and is read as {encoding}."), {"encoding": encoding.upper()})] * (
        encoding in USUAL and "encoding" not in chosen
    )
    if twice := encoded_twice(sample):
        notes.append(
            Note(N_("Words like «{word}» were written in a wrong encoding before; they stay so."), {"word": twice})
        )
    told = SEPARATOR_LINE.match(sample)
    if told:
        notes.append(Note(N_("Its first line only tells spreadsheets the separator and is left out.")))
    offered = [told[1]] if told and told[1] in DELIMITERS else list(DELIMITERS)
    if "delimiter" in chosen:
        offered = [str(chosen["delimiter"])]

    is_long = len(first) == SAMPLE_BYTES

    def records_below(sign: str, most: int | None) -> list[tuple[int, list[str]]]:
        """Return the first records with their lines' numbers, without the one that tells the separator."""
        records = records_in(sample, sign, is_long, most and most + bool(told))
        return [(line, cells) for line, cells in records.items() if not (told and line == 1)][:most]

    try:
        merits = {sign: _merit([cells for _line, cells in records_below(sign, MOST_WEIGHED)], sign) for sign in offered}
        ranked = sorted(offered, key=lambda sign: -merits[sign])
        best = ranked[0]
        records = records_below(best, MOST_LOOKED_AT if is_long else None)
    except ModelError:  # by another separator than its own, a very wide row is one very long cell
        heads = sample.splitlines()[:MOST_ABOVE]
        refuse_wide(max(line.count(sign) + 1 for line in heads for sign in offered), or_more=True)
        raise
    last = _last_records(source, encoding, best) if is_long else records
    layout, more, questions = _rows_of(records[:MOST_LOOKED_AT], last[-MOST_BELOW:], chosen)
    alike = tuple(sign for sign in ranked if merits[sign] and merits[sign] >= NEARLY * merits[best])
    if len(alike) > 1:
        questions = {"delimiter": Note(N_("More than one separator would make a table of it."))} | questions
    questions = asked | questions
    if told:
        layout = replace(layout, above=max(layout.above, 1))
    return Recognised(replace(layout, kind="csv", encoding=encoding, delimiter=best), (*notes, *more), questions, alike)


def _recognise_sheet(source: Source, chosen: Mapping[str, object]) -> Recognised:
    sheets = sheets_in(source)
    sheet = str(chosen.get("sheet") or sheets[0])
    records = [(line, [cell_text(cell) for cell in cells]) for line, cells in sheet_records(source, sheet)]
    layout, notes, questions = _rows_of(records[:MOST_LOOKED_AT], records[-MOST_BELOW:], chosen)
    notes += oddities(source, sheet)
    if len(sheets) > 1 and "sheet" not in chosen:
        first = Note(N_("It has {count} sheets; this is the first one."), {"count": len(sheets)})
        questions = {"sheet": first} | questions
    return Recognised(replace(layout, kind="sheet", sheet=sheet), tuple(notes), questions, sheets=sheets)


def _last_records(source: Source, encoding: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Return the last records of a long file; their numbers, which are not known, count backwards from -1."""
    if encoding == "utf-16":  # only its mark at the beginning tells which of two it is
        return []
    with opened(source) as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(size - TAIL_BYTES, 0) // 4 * 4)
        text = file.read().decode(encoding, "replace")
    records = list(records_in(text.partition("\n")[2], delimiter, False).values())
    return [(place - len(records), cells) for place, cells in enumerate(records)]


def _merit(records: Sequence[Sequence[str]], delimiter: str) -> float:
    """Tell how much a table the records are: equally wide, and of cells that are one value each."""
    width, count = Counter(map(len, records)).most_common(1)[0] if records else (1, 0)
    if width < 2:
        return 0.0
    others = [sign for sign in DELIMITERS if sign not in {delimiter, ","}]
    cells = [cell.strip() for record in records if len(record) == width for cell in record]
    clean = {cell: _cleanness(cell, others) for cell in set(cells)}
    return (count / len(records)) * sum(clean[cell] for cell in cells) / len(cells)


def _cleanness(cell: str, others: Sequence[str]) -> float:
    if any(sign in cell for sign in others):
        return 0.1
    if not cell:
        return 0.6
    return 1.0 if _is_value(cell) else 0.9


# Which of the records are rows


def _rows_of(
    records: Sequence[tuple[int, Sequence[str]]],
    last: Sequence[tuple[int, Sequence[str]]],
    chosen: Mapping[str, object],
) -> tuple[Layout, list[Note], dict[str, Note]]:
    """Find the heading, what stands above it and what below the last row; with notes and questions.

    ``records`` are the first ones by their number, ``last`` those at the end.
    """
    if not records:
        raise _no_rows()
    later = records[len(records) // 2 :]  # titles are above
    width = Counter(len(cells) for _line, cells in [*later, *records]).most_common(1)[0][0]
    start = next((place for place, (_line, cells) in enumerate(records[:MOST_ABOVE]) if _is_full(cells, width)), 0)
    if "above" in chosen:
        above = int(str(chosen["above"]))
        start = next((place for place, (line, _cells) in enumerate(records) if line > above), len(records))
    kept = records[start:]
    if not kept:
        raise _no_rows()
    notes: list[Note] = []
    questions: dict[str, Note] = {}
    above = int(str(chosen["above"])) if "above" in chosen else (kept[0][0] - 1 if start else 0)
    header, sure = _has_heading([cells for _line, cells in kept])
    if "header" in chosen:
        header, sure = bool(chosen["header"]), True
    if start and "above" not in chosen:
        said = {"text": " · ".join(filter(None, (_shown(cells) for _line, cells in records[:start])))[:200]}
        if not header:
            questions["above"] = Note(N_("What stands above may be rows and is left out: {text}"), said)
        else:
            notes.append(Note(N_("What stands above the heading is left out: {text}"), said))
    if not sure:
        questions["header"] = Note(N_("Its first line may be a heading or a row: {text}"), {"text": _shown(kept[0][1])})
    if header and "header" not in chosen:
        if are_units([cells for _line, cells in kept]):
            below_it = {"text": _shown(kept[1][1])}
            questions["header"] = Note(
                N_("The line below the names may hold units or more names and is read as a row: {text}"),
                below_it,
            )
        if comes_again([cells for _line, cells in kept]):
            notes.append(Note(N_("The line of names comes again further down; there it is read as a row.")))
    above_it = [cell for cell in records[start - 1][1] if cell.strip()] if start else []
    if not header and len(above_it) > 1 and not {"above", "header"} & set(chosen):
        raise DataError(
            N_("The rows must have as many values as the line of names above them, but that has {names} and they have "
               "{values}: {text}"),
            N_("If decimals are written with commas, save the file with semicolons between the columns; else say "
               "where its heading is."),
            names=len(above_it),
            values=width,
            text=_shown(kept[0][1]),
        )  # fmt: skip
    if not header and "header" not in chosen:
        notes.append(Note(N_("It has no heading: its columns have numbers for names.")))
    below = _footers([cells for line, cells in last if line < 0 or line > kept[0][0] + header], width)
    other = another_table(kept) if header and len(records) < MOST_LOOKED_AT else 0
    if other > len(below):
        below = [cells for _line, cells in kept[-other:]]
    if "below" in chosen:
        below = [[]] * int(str(chosen["below"]))
    elif below:
        said = {"text": " · ".join(" ".join(filter(None, map(str.strip, cells))) for cells in below)[:200]}
        if other or any(len(cells) == width for cells in below):
            questions["below"] = Note(N_("What stands at the end may be no row and is left out: {text}"), said)
        else:
            notes.append(Note(N_("What stands below the last row is left out: {text}"), said))
    return Layout("csv", header=header, above=above, below=len(below)), notes, questions


def _is_full(cells: Sequence[str], width: int) -> bool:
    """Tell whether a record may be the heading or a row: as wide as the others, and not a title in one cell of it."""
    filled = sum(bool(cell.strip()) for cell in cells)
    return len(cells) == width and (filled > max(1, width // 2) or (width == 1 and filled == 1))


def _has_heading(records: Sequence[Sequence[str]]) -> tuple[bool, bool]:
    """Tell whether the first record is a heading, and whether that is sure."""
    first = [cell.strip() for cell in records[0]]
    body = [record for record in records[1:] if len(record) == len(first)]
    if not body:
        return True, True
    if are_years(first, body) or comes_again(records):
        return True, False
    if any(NUMBER.fullmatch(cell) for cell in first) and len({*first}) < len(first):
        return False, True
    names = rows = 0
    words_only = True
    for place, name in enumerate(first):
        every = Counter(record[place].strip() for record in body)
        cells = {cell: count for cell, count in every.items() if cell.casefold() not in EMPTY}  # few differ
        filled = sum(cells.values())
        if not filled or not name:
            continue
        if name in cells:
            rows += 1
            continue
        if sum(count for cell, count in cells.items() if _is_value(cell)) / filled > 0.5:
            words_only = False
            names, rows = names + (not _is_value(name)), rows + _is_value(name)
        elif filled >= TELLING and len(cells) < filled / 2:
            names += 1
    if names and rows:
        return names > rows, False
    if not names and not rows:
        return words_only, False
    return names > 0, True


def _is_value(cell: str) -> bool:
    return bool(NUMBER.fullmatch(cell) or NUMBER.fullmatch(without_unit(cell)[0])) or looks_like_date(cell)


def _footers(records: Sequence[Sequence[str]], width: int) -> list[Sequence[str]]:
    """Return what may stand below the last row: notes in one cell, and sums."""
    found: list[Sequence[str]] = []
    for cells in reversed(records):
        filled = [cell.strip() for cell in cells if cell.strip()]
        is_note = len(filled) == 1 and (len(cells) < width or (width > MOST_NARROW and not _is_value(filled[0])))
        if not filled or is_note or is_sum(cells, records[: len(records) - len(found) - 1]):
            found.append(cells)
        else:
            break
    return found[::-1] if len(found) < len(records) else []


def _shown(cells: Sequence[str]) -> str:
    return " ".join(" | ".join(cell.strip() for cell in cells if cell.strip()).split())[:120]


def _no_rows() -> DataError:
    return DataError(N_("The file must have rows below its heading, but it has none."), N_("Choose another file."))
