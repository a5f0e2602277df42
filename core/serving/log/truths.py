"""True answers that come later: held against the log by the id of their request, and kept beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from core.access import Actor
from core.errors import DataError
from core.i18n import N_
from core.prediction.classes import NUMBER, class_word, same_class
from core.prediction.names import by_name, normal
from core.prediction.tables.tabular import read_rows
from core.serving.log.columns import CHANCE
from core.serving.log.entries import TrueAnswers
from core.serving.log.prediction_log import PredictionLog
from core.serving.log.reading import ROW, column_names, read_parts
from core.tables.csv_records import Source

MOST_NAMED = 5  # ids that are told


@dataclass(frozen=True)
class Told:
    """What became of true answers.

    ``unknown`` ids are of no request in the log, or of no such row of it; ``replaced`` rows had a true answer before.
    ``rowless`` ones are of requests of several rows, and say not of which. ``ambiguous`` ids were given by their
    programs to more than one request, so that it cannot be told which is meant.
    """

    noted: int = 0
    replaced: int = 0
    unknown: int = 0
    rowless: int = 0
    ambiguous: int = 0
    examples: tuple[str, ...] = ()


class Truths:
    """The true answers of a model that is asked: ``names`` are its words for classes 0, 1, …, where it has any."""

    def __init__(self, log: PredictionLog, model: str, names: Sequence[str] = ()) -> None:
        self._log, self._model, self._names = log, model, names

    def note(self, actor: Actor, request_id: str, row: int | None, value: Any) -> Told:
        """Keep what turned out to be true of a row; ``row`` counts from 0 and need not be said where there is one.

        Raises:
            PizarraError: this is not for this visitor to say.
            DataError: the value is no answer that the model gives, or it cannot be written.
        """
        actor.check("tell_truth")
        return self._note(pd.DataFrame({"request_id": [request_id], "row": [row], "truth": [value]}))

    def note_table(self, actor: Actor, table: pd.DataFrame | Source) -> Told:
        """Keep what turned out to be true, by a table with columns ``request_id``, ``truth`` and, if need be, ``row``.

        The table may be a file, CSV or Parquet.

        Raises:
            PizarraError: this is not for this visitor to say.
            DataError: a column is missing, a row is no number, or a value no answer that the model gives.
            ModelError: the file cannot be read.
        """
        actor.check("tell_truth")
        frame = table if isinstance(table, pd.DataFrame) else read_rows(table)
        given = by_name(["request_id", "row", "truth"], {name: frame[name] for name in frame})
        missing = [name for name in ("request_id", "truth") if name not in given]
        if missing:
            raise DataError(
                N_("A table of true answers must have the columns request_id and truth, but it lacks {names}."),
                N_("Name its columns so; row says which row of a request is meant, from 0, where it had several."),
                names=", ".join(missing),
            )
        return self._note(pd.DataFrame({"row": None, **given}))

    def _note(self, told: pd.DataFrame) -> Told:
        self._log.flush()  # what was asked a moment ago
        told = told.assign(request_id=told["request_id"].astype(str).str.strip(), row=_rows(told["row"]))
        told = told[told["truth"].notna()]
        asked, numeric, classes, seen = self._asked(told["request_id"])
        lengths = asked.groupby("request_id").size()
        again = told["request_id"].isin(asked.loc[asked.duplicated(ROW), "request_id"])
        told, ambiguous = told[~again], told.loc[again, "request_id"]
        rowless = told["row"].isna() & (told["request_id"].map(lengths).fillna(0) > 1)
        told = told.assign(row=told["row"].fillna(0).astype("int64"))
        known = pd.MultiIndex.from_frame(told[ROW]).isin(pd.MultiIndex.from_frame(asked[ROW])) & ~rowless
        unknown = told[~known & ~rowless]
        kept = told[known].drop_duplicates(ROW, keep="last")
        values = self._numbers(kept["truth"]) if numeric else self._in_words(kept["truth"], classes, seen)
        replaced = self._told_before(kept)
        if len(kept):
            entry = TrueAnswers(
                datetime.now(UTC), self._model, kept["request_id"].tolist(), kept["row"].tolist(), values
            )
            if not self._log.note_truth(entry):
                raise DataError(
                    N_("The true answers could not be written: the disk may be full."), N_("Send them again later.")
                )
        return Told(
            len(kept), replaced, len(unknown), int(rowless.sum()), len(ambiguous),
            tuple(pd.concat([unknown["request_id"], ambiguous]).unique()[:MOST_NAMED]),
        )  # fmt: skip

    def _asked(self, ids: pd.Series) -> tuple[pd.DataFrame, bool, list[str], list[str]]:
        """Return which rows of these requests were asked, and whether the model answers with numbers.

        Then come its classes where the log has chances of them, and the classes that it gave as answers.
        """
        folder = self._log.folder
        own = read_parts(folder, self._model, "asked", columns=[*ROW, "prediction"]).to_pandas()
        numeric = is_numeric_dtype(own["prediction"]) and own["prediction"].dtype != bool
        chances = [name for name in column_names(folder, self._model, "asked") if name.startswith(CHANCE)]
        classes = [name.removeprefix(CHANCE) for name in chances]
        seen = [] if numeric else own["prediction"].dropna().astype(str).unique().tolist()
        return own[own["request_id"].isin(set(ids))], numeric, classes, seen

    def _numbers(self, values: pd.Series) -> list[float]:
        numbers = pd.to_numeric(values, errors="coerce")
        if numbers.isna().any():
            raise DataError(
                N_("The model answers with numbers, so what is true must be numbers, but one is {value}."),
                N_("Correct it and send it again. Nothing was kept."),
                value=repr(values[numbers.isna()].tolist()[0]),
            )
        return list(numbers.astype("float64"))

    def _in_words(self, values: pd.Series, classes: Sequence[str], seen: Sequence[str]) -> list[str]:
        """Return classes in the words that the log has for them.

        Raises:
            DataError: one is no class of the model, or may be one that is called otherwise.
        """
        known = list(dict.fromkeys([*classes, *seen]))
        words = {value: self._word(value, known) for value in values.unique()}
        numbers = any(map(_is_number, known))
        strange = [
            word for word in words.values()
            if word not in known and (classes or _is_number(word) != numbers)
        ]  # fmt: skip
        if strange:
            raise DataError(
                N_("What is true must be one of the classes that the model gives, {classes}, but one is {value}."),
                N_("Write it as the model does, and send it again. Nothing was kept."),
                classes=", ".join(map(repr, known[:MOST_NAMED])),
                value=repr(strange[0]),
            )
        return list(values.map(words))

    def _word(self, value: Any, known: Sequence[str]) -> str:
        word = class_word(value)
        if word in known:
            return word
        number = int(word) if word.isdecimal() and len(word) < 10 else -1
        meant = [word, self._names[number]] if 0 <= number < len(self._names) else [word]
        return next((one for way in meant for one in known if same_class(one, way)), normal(word))

    def _told_before(self, kept: pd.DataFrame) -> int:
        before = read_parts(self._log.folder, self._model, "truth", columns=ROW)
        if not len(before):
            return 0
        return int(pd.MultiIndex.from_frame(kept[ROW]).isin(pd.MultiIndex.from_frame(before.to_pandas()[ROW])).sum())


def _rows(values: pd.Series) -> pd.Series:
    """Return which rows are meant, missing where that is not said.

    Raises:
        DataError: one is no whole number from 0 up.
    """
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    wrong = (values.notna() & numbers.isna()) | (numbers < 0) | (numbers % 1 > 0) | np.isinf(numbers)
    if wrong.any():
        raise DataError(
            N_("The rows of a request count from 0, but one is {value}."),
            N_("Correct it and send it again. Nothing was kept."),
            value=repr(values[wrong].tolist()[0]),
        )
    return numbers


def _is_number(word: str) -> bool:
    return NUMBER.fullmatch(normal(word)) is not None
