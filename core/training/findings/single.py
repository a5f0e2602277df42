"""What a column says by itself: nothing, which row it is, the same nearly everywhere, or too many different words."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from core.i18n import N_
from core.training.findings.look import Column, Look, mostly_numbers
from core.training.findings.sentences import Finding, Name, Rows, Share, Word

FEWEST = 10  # rows, all different, from which an identifier is told
DENSE_FEWEST, DENSE = 20, 0.9  # rows, and the part of a range of whole numbers that they fill
NEARLY_ALL = 0.95
LONG_TEXT, SPACES = 40, 3  # mean letters and spaces of a text that is more than a name
MANY_WORDS, ROWS_A_WORD = 50, 20
HEAP = 0.9

_PARTS = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-záéíóúñ])(?=[A-ZÁÉÍÓÚÑ])")
IDENTIFIER_NAMES = {
    "id", "ids", "uuid", "guid", "dni", "nif", "cuit", "rut", "curp", "folio", "index", "índice", "cédula",
    "cedula", "matrícula", "matricula", "expediente", "identificador", "identifier", "teléfono", "telefono",
    "phone", "celular", "móvil", "movil", "whatsapp", "ruc", "cuil", "nit", "nie", "nss", "rfc", "cpf", "cnpj",
    "legajo", "pasaporte", "passport",
}  # fmt: skip
PERSONS = {
    "cliente", "clienta", "paciente", "alumno", "alumna", "empleado", "empleada", "usuario", "usuaria", "socio",
    "socia", "customer", "patient", "employee", "user", "subject",
}  # fmt: skip
TIME_NAMES = {"year", "date", "time", "month", "día", "dia", "año", "anio", "ano", "fecha", "mes", "hora", "day"}


def about_columns(look: Look) -> Iterator[Finding]:
    """Yield what each column but the target is by itself; those to leave out say no more after this."""
    for name in sorted(look.identifiers & look.columns.keys()):
        yield _identifier(look, name)
    for column in look.asked:
        found = None if column.name == look.target or not look.rows else _about(look, column)
        if found is not None:
            if found.code in {"empty", "constant", "identifier", "text", "groups"}:
                look.left_out.add(column.name)
            yield found


def _identifier(look: Look, name: str) -> Finding:
    code, sentence = "known_identifier", N_("{column} only names the rows and is left out.")
    if name == look.division.groups:
        code = "divides"
        sentence = N_("Rows with the same {column} are either learned from or tested on, never both; it is left out.")
    elif name == look.division.ordered_by:
        code = "divides"
        sentence = N_("The later rows by {column} are tested on, those before are learned from; it is left out itself.")
    return Finding(code, (name,), sentence, {"column": Name(name)}, 8, leave_out=True)


def parts(name: str) -> list[str]:
    """Return the words in a column's name.

    >>> parts("customerID"), parts("fecha_de_baja2")
    (['customer', 'id'], ['fecha', 'de', 'baja'])
    """
    return [part.lower() for part in _PARTS.findall(_HUMP.sub(" ", name))]


def _about(look: Look, column: Column) -> Finding | None:
    named, about = {"column": Name(column.name)}, (column.name,)
    known = look.rows - column.missing
    if not known:
        return Finding("empty", about, N_("{column} is empty."), named, 72, leave_out=True)
    if look.rows < 2:
        return None
    if column.different <= 1 and column.whole.nunique() == 1:
        return _constant(column, known)
    if found := _names_rows(column, known):
        return found
    if found := _many_words(column, known):
        return found
    return _heap(look, column)


def _constant(column: Column, known: int) -> Finding:
    value = Word(column.whole.dropna().iloc[0] if column.holds != "date" else str(column.raw.dropna().iloc[0]))
    values = {"column": Name(column.name), "value": value}
    if known == len(column.whole):
        sentence = N_("{column} is {value} in every row, so it tells nothing.")
        return Finding("constant", (column.name,), sentence, values, 70, leave_out=True)
    sentence = N_("{column} is {value} wherever it is filled in ({rows}); only its gaps can tell something.")
    return Finding("one_value", (column.name,), sentence, values | {"rows": Rows(known)}, 28)


def _names_rows(column: Column, known: int) -> Finding | None:
    """Find what is different in every row; numbers that are so by measuring finely are none."""
    sample = column.sample.dropna()
    if known < FEWEST or column.different < NEARLY_ALL * len(sample) or column.holds == "date":
        return _groups(column, known)
    named, about = {"column": Name(column.name)}, (column.name,)
    if column.holds == "word":
        return _different_words(column, known)
    if not _are_whole(sample.to_numpy()):
        return None
    whole = column.whole.dropna().to_numpy()
    if not _are_whole(whole) or len(np.unique(whole)) < len(whole):
        return None
    steps, low, high = np.diff(whole), float(whole.min()), float(whole.max())
    in_order = bool((steps > 0).all() or (steps < 0).all())
    dense = known >= DENSE_FEWEST and known / (high - low + 1) >= DENSE
    if set(parts(column.name)) & TIME_NAMES or not (in_order or dense or _is_named_so(column)):
        return None
    sentence = N_(
        "{column} has another whole number in every row, from {low} to {high}: "
        "it says which row it is and not what is in it."
    )
    return Finding("identifier", about, sentence, named | {"low": low, "high": high}, 74, leave_out=True)


def _are_whole(numbers: np.ndarray) -> bool:
    return bool(np.isfinite(numbers).all() and (numbers % 1 == 0).all())


def _different_words(column: Column, known: int) -> Finding | None:
    different = int(column.whole.nunique())
    named, about = {"column": Name(column.name)}, (column.name,)
    if different < NEARLY_ALL * known or (different < known and mostly_numbers(column)):
        return None
    some = column.sample.dropna().head(1000)
    if some.str.len().mean() >= LONG_TEXT and some.str.count(" ").mean() >= SPACES:
        sentence = N_("{column} holds long texts, nearly all of them different. A model here takes each for a word.")
        return Finding("text", about, sentence, named, 68, leave_out=True)
    if different == known:
        sentence = N_("{column} is different in every row: it says which row it is and not what is in it.")
        return Finding("identifier", about, sentence, named, 74, leave_out=True)
    sentence = N_("{column} is different in nearly every row ({count} different words in {rows}).")
    return Finding("identifier", about, sentence, named | {"count": different, "rows": Rows(known)}, 72, leave_out=True)


def _is_named_so(column: Column) -> bool:
    return bool(set(parts(column.name)) & IDENTIFIER_NAMES)


def _groups(column: Column, known: int) -> Finding | None:
    """Find names of persons or things that have several rows each."""
    is_named_so = _is_named_so(column) or {*parts(column.name)} <= PERSONS
    if column.holds == "date" or not is_named_so or column.different <= DENSE_FEWEST:
        return None
    whole = column.whole.dropna()
    if column.holds == "number" and not _are_whole(whole.to_numpy()):
        return None
    different = int(whole.nunique())
    if not 1.0 < known / different < known / DENSE_FEWEST:
        return None
    sentence = N_(
        "{column} seems to name things that several rows share: {count} different ones in {rows}. "
        "Divided by chance, rows of one may be learned from and tested on."
    )
    values = {"column": Name(column.name), "count": different, "rows": Rows(known)}
    return Finding("groups", (column.name,), sentence, values, 58, leave_out=True)


def _many_words(column: Column, known: int) -> Finding | None:
    if column.holds != "word" or column.different < MANY_WORDS or mostly_numbers(column):
        return None
    counts = column.whole.value_counts()
    if known / len(counts) >= ROWS_A_WORD:
        return None
    once = int((counts == 1).sum())
    sentence = N_("{column} has {count} different words in {rows}, {once} of them only once: few rows to learn each.")
    values = {"column": Name(column.name), "count": len(counts), "rows": Rows(known), "once": once}
    return Finding("many_words", (column.name,), sentence, values, 42, leave_out=known / len(counts) < 2)


def _heap(look: Look, column: Column) -> Finding | None:
    rows = len(column.sample)
    if column.holds == "date" or rows - column.different + 1 < HEAP * rows:  # each value is there once at least
        return None
    counts = column.sample.value_counts()
    if not len(counts) or counts.iloc[0] < HEAP * rows:
        return None
    value = counts.index[0]
    share = float((column.whole == value).sum() / look.rows)
    if not HEAP <= share < 1:
        return None
    sentence = N_("In {share} of the rows {column} is {value}.")
    values = {"share": Share(share), "column": Name(column.name), "value": Word(value)}
    return Finding("heap", (column.name,), sentence, values, 26)
