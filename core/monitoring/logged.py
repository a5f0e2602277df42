"""Rows of the prediction log as a model takes them, with what it answered and what turned out to be true."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import ModelError
from core.prediction.answers import Predictions
from core.prediction.schema import InputField, fit_values, typed_frame
from core.serving.log.columns import CHANCE
from core.serving.log.entries import in_utc
from core.serving.log.reading import inputs_of, read_log


@dataclass(frozen=True)
class LoggedRows:
    """Rows that were asked, the oldest first; inputs that the log masks are not among them.

    ``unfit`` rows have values that no longer fit the model's types, and are left out.
    """

    rows: pd.DataFrame
    said: Predictions
    at: pd.Series
    truths: pd.Series
    unfit: int = 0

    @property
    def newest(self) -> datetime | None:
        """When the last one was asked."""
        return self.at.iloc[-1].to_pydatetime() if len(self.at) else None

    def last(self, count: int) -> tuple[LoggedRows, LoggedRows]:
        """Return the last rows, and as many before them."""
        begin = max(len(self.rows) - count, 0)
        return self._part(slice(begin, None)), self._part(slice(max(begin - count, 0), begin))

    def since(self, moment: datetime) -> tuple[LoggedRows, LoggedRows]:
        """Return the rows since a moment, and those before it."""
        begin = int((self.at < in_utc(moment)).sum())
        return self._part(slice(begin, None)), self._part(slice(0, begin))

    def _part(self, places: slice) -> LoggedRows:
        chances = self.said.probabilities
        return LoggedRows(
            self.rows.iloc[places].reset_index(drop=True),
            Predictions(
                self.said.values[places],
                None if chances is None else chances.iloc[places].reset_index(drop=True),
            ),
            self.at.iloc[places].reset_index(drop=True),
            self.truths.iloc[places].reset_index(drop=True),
            self.unfit,
        )


def logged_rows(
    folder: Path,
    model: str,
    version: int,
    fields: Sequence[InputField],
    since: datetime,
    *,
    origins: Collection[str] = (),
    masked: Collection[str] = (),
    classes: Sequence[str] = (),
) -> LoggedRows:
    """Return what a version was asked since then, by all ways or by these ``origins``."""
    log = read_log(folder, model, since, version=version)
    if origins:
        log = log[log["origin"].isin(list(origins))].reset_index(drop=True)
    return rows_of(log, fields, masked=masked, classes=classes)


def rows_of(
    log: pd.DataFrame, fields: Sequence[InputField], *, masked: Collection[str] = (), classes: Sequence[str] = ()
) -> LoggedRows:
    """Return rows that were read of the log (``read_log``) as a version with these ``fields`` takes them."""
    rows, good = _typed(inputs_of(log), fields)
    log = log[good].reset_index(drop=True)
    shown = rows[[one.name for one in fields if one.name not in masked]]
    return LoggedRows(shown, _said(log, classes), log["at"], log["truth"], int((~good).sum()))


def _typed(inputs: pd.DataFrame, fields: Sequence[InputField]) -> tuple[pd.DataFrame, np.ndarray]:
    """Return rows as the model takes them, and which of them fit; nearly always all do, as it answered them."""
    nothing = pd.Series([None] * len(inputs), index=inputs.index, dtype=object)
    given = pd.DataFrame({one.name: inputs.get(one.name, nothing) for one in fields})
    everything = np.ones(len(given), dtype=bool)
    try:
        return typed_frame(fields, given), everything
    except ModelError:
        columns = {}
        for one in fields:
            columns[one.name], bad = fit_values(given[one.name], one)
            everything &= ~bad.to_numpy(dtype=bool) | given[one.name].isna().to_numpy()
        return pd.DataFrame(columns)[everything].reset_index(drop=True), everything


def _said(log: pd.DataFrame, classes: Sequence[str]) -> Predictions:
    columns = [name for name in log if str(name).startswith(CHANCE)]
    named = {str(name).removeprefix(CHANCE): log[name].to_numpy(dtype=float) for name in columns}
    order = list(classes) if set(classes) == set(named) else list(named)
    chances = pd.DataFrame({name: named[name] for name in order}) if named else None
    values = log["prediction"]
    if pd.api.types.is_numeric_dtype(values) and not classes:
        return Predictions(values.to_numpy(dtype=float))
    return Predictions(values.astype(object).to_numpy(), chances)
