"""What is kept of each answer to a program: an entry of the log, and what Staging would have said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from core.prediction.classes import class_word, words_of
from core.prediction.schema import typed_frame
from core.process import cache
from core.serving import meters
from core.serving.log.entries import Entry
from core.serving.logged import prediction_log, shadow
from core.serving.served import Served, serving
from core.serving.shadow import Second
from core.store.registry.registered_models import Version
from core.store.registry.stages import USED

API = "api"


def note(
    served: Served,
    request_id: str,
    rows: Mapping[str, Sequence[Any]],
    answers: Sequence[Any],
    *,
    chances: Mapping[str, Sequence[float]] | None = None,
    milliseconds: float | None = None,
    origin: str = API,
    by_cutoff: bool = True,
) -> None:
    """Keep what a version answered to rows, given by their columns; ``answers`` are numbers or words, one a row.

    ``by_cutoff`` says that they follow the cut-off that people chose; Staging is then asked in the same way. Of what
    Production answered it is asked once the answer has gone out. It takes some microseconds and raises nothing.
    """
    version = served.version
    meters.rows_answered(served.model.name, str(version.number), len(answers))
    if not rows or not answers or any(len(values) != len(answers) for values in rows.values()):
        return  # a forecast gives several answers a row
    entry = Entry(
        request_id,
        datetime.now(UTC),
        served.model.name,
        version.number,
        rows,
        answers,
        stage=version.stage if version.stage in USED else "",
        origin=origin,
        chances=chances,
        milliseconds=milliseconds,
    )
    second = _second(served, rows, by_cutoff=by_cutoff)
    if second is None:
        prediction_log(served.store).note(entry)
    else:
        shadow(served.store).note(entry, second)


def in_words(served: Served, answers: Sequence[Any]) -> list[Any]:
    """Return a model's own answers as the log has them: a class by its word, a number as it is; nothing of others."""
    predictor = served.asked.predictor
    if predictor.task not in {"classification", "clusters", "outliers"} and all(map(_is_number, answers)):
        return [float(one) for one in answers]
    if predictor.task == "classification" and all(map(_is_number, answers)):  # a frequent case, and much faster
        return [class_word(one, predictor.class_names) for one in answers]
    return list(words_of(np.asarray(answers, dtype=object), predictor.class_names, predictor.task))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _second(served: Served, rows: Mapping[str, Sequence[Any]], *, by_cutoff: bool) -> Second | None:
    """Return how the version in Staging is asked, where Production answered and there is one."""
    other = next((one for one in served.model.in_stage("Staging")[:1] if one.ready), None)
    if served.version.stage != "Production" or other is None:
        return None
    asking = partial(_ask, served, str(other.number), rows, by_cutoff=by_cutoff)
    return Second(other.number, asking, partial(_tested, served.version, other))


def _ask(served: Served, number: str, rows: Mapping[str, Sequence[Any]], *, by_cutoff: bool) -> Sequence[Any]:
    other = serving().find(served.model.name, number)
    if other.store != served.store:
        raise ValueError("Another store is open by now.")
    asked = other.asked if by_cutoff else replace(other.asked, cutoff=None)
    return list(asked.predictor.ask(typed_frame(asked.fields, pd.DataFrame(dict(rows)))).values)


def _tested(version: Version, other: Version) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    return cache.test_rows(version), cache.test_rows(other)
