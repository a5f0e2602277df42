"""Make a question of a model and a real test row: what is true of it, or which input alone would flip the answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.classroom.asked import Asked
from core.errors import PizarraError
from core.foreign_json import read_json
from core.i18n import N_
from core.prediction import reference
from core.prediction.counterfactuals import Change, Goal, suggest
from core.prediction.departures import departures, mark_of
from core.prediction.intervals import residual_interval
from core.prediction.open_version import OpenVersion, open_version
from core.prediction.predict import Prediction
from core.prediction.relations import relations
from core.prediction.schema import Answer, input_frame, starting_values
from core.prediction.variations import can_vary
from core.process import cache, model_tasks, shared
from core.store.consent import agreed
from core.store.record import ANSWER, PROBABILITY
from core.store.registry.registered_models import RegisteredModel, Version
from core.store.registry.stages import Stage
from core.ui import address

RowKind = Literal["class", "number", "flip"]

LOOKED_AT = 12  # models
MOST_CLASSES = 8  # each a button
COVERAGE = 0.9
TRIES = 12  # test rows that are looked at for one that a single input flips
MOVED, BESIDE = 8, 4  # inputs that are tried, and how many that flip nothing stand beside the one that does
ORDER: tuple[Stage, ...] = ("Production", "Staging", "None", "Archived")


@dataclass(frozen=True)
class Source:
    """A version whose run kept its test rows."""

    model: RegisteredModel
    version: Version
    tested: pd.DataFrame


def source(kind: RowKind, page: str) -> Source | None:
    """Return a version of which a question can be made, that of the page first; None where there is none.

    Of a model that would run code of its own nobody is asked before the presenter agreed to it.
    """
    return next((one for one in _sources(page) if _fits(one, kind) and _may_be_opened(one.version)), None)


def ask(kind: RowKind, of: Source, page: str) -> Asked:
    """Return the question about one of the version's test rows, drawn by chance.

    Raises:
        PizarraError: the version cannot be opened, or no row makes such a question.
    """
    allow_code = agreed(shared.store_uri(), of.version)
    files, loaded = cache.asked_model(of.version, allow_code=allow_code)
    unit = of.version.tags.get("unit") or of.model.tags.get("unit", "")
    opened = open_version(files, loaded, cutoff=cache.cutoff(of.model.name), unit=unit)
    rows, chance = reference.training_rows(files, opened.fields), np.random.default_rng()
    order = list(reference.influence(opened.predictor, rows).index) if rows is not None else []
    if kind == "flip":
        return _flip(of, opened, rows, order or [field.name for field in opened.fields], page, chance)
    known = of.tested[of.tested[ANSWER].notna()]
    case = reference.pick_case(known, opened.fields, chance)
    if case is None:
        raise _no_row()
    said = _said(opened, case.inputs)
    behind = {"row": case.row, "address": _address(of, opened, case.inputs), **_sureness(said)}
    if isinstance(said.answer, float) and (found := residual_interval(of.tested, said.answer, COVERAGE)):
        behind["interval"] = [found.low, found.high, found.coverage, found.rows]
    classes = [] if kind == "number" else sorted(known[ANSWER].astype(str).unique())
    return Asked(
        kind,
        choices=tuple((name, {}) for name in classes),
        subject=_subject(of, opened, case.inputs, order),
        truth=repr(case.answer) if isinstance(case.answer, float) else case.answer,
        behind=behind,
    )


def _sources(page: str) -> Iterator[Source]:
    models = [model for model in cache.models() if model.versions]
    of_task = {model.name for model in model_tasks.models_of(models, address.carried("task"))}
    shown = address.value("model") or address.carried("model")
    models.sort(key=lambda model: (model.name != shown, model.name not in of_task))
    for model in models[:LOOKED_AT]:
        number = address.value("version") if page == "predict" and model.name == shown else ""
        for version in sorted(model.versions, key=lambda one: (str(one.number) != number, *_liveness(one)))[:3]:
            tested = cache.test_rows(version)
            if tested is not None and len(tested):
                yield Source(model, version, tested)


def _liveness(version: Version) -> tuple[int, int]:
    return (ORDER.index(version.stage) if version.stage in ORDER else len(ORDER), -version.number)


def _fits(one: Source, kind: RowKind) -> bool:
    chances = any(str(name).startswith(PROBABILITY) for name in one.tested)
    answers = one.tested[ANSWER]
    if pd.api.types.is_numeric_dtype(answers) and not pd.api.types.is_bool_dtype(answers):  # yes or no are classes
        return kind == "number" and not chances
    return kind != "number" and 2 <= one.tested[ANSWER].nunique() <= MOST_CLASSES


def _may_be_opened(version: Version) -> bool:
    try:
        return not cache.model_files(version).runs_code or agreed(shared.store_uri(), version)
    except PizarraError:  # its files are gone
        return False


def _said(opened: OpenVersion, inputs: Mapping[str, Answer]) -> Prediction:
    return opened.predictor.ask(input_frame(opened.fields, inputs)).first()


def _sureness(said: Prediction) -> dict[str, object]:
    return {"model_says": said.answer, "chances": dict(said.probabilities or {})}


def _subject(of: Source, opened: OpenVersion, inputs: Mapping[str, Answer], order: Sequence[str]) -> dict[str, object]:
    places = {name: place for place, name in enumerate(order)}
    return {
        "model": of.model.name,
        "version": of.version.number,
        "target": opened.target,
        "task": str((opened.files.profile or {}).get("task", "")),
        "unit": opened.unit,
        "row": dict(sorted(inputs.items(), key=lambda one: places.get(one[0], len(places)))),
    }


def _address(of: Source, opened: OpenVersion, inputs: Mapping[str, Answer]) -> dict[str, str]:
    moved = departures(opened.fields, inputs)
    text = json.dumps(moved, ensure_ascii=False, separators=(",", ":"), allow_nan=False) if moved else ""
    mark = mark_of(opened.fields) if text else ""
    return {"model": of.model.name, "version": str(of.version.number), "inputs": text, "typical": mark}


def _flip(
    of: Source,
    opened: OpenVersion,
    rows: pd.DataFrame | None,
    order: Sequence[str],
    page: str,
    chance: np.random.Generator,
) -> Asked:
    """Look for a case that one input alone flips while others do not: what is on screen first, then test rows."""
    kept = relations(opened.fields, rows)
    movable = [field.name for field in opened.fields if can_vary(field)]
    tried = [name for name in order if name in movable][:MOVED]
    for inputs in _cases(of, opened, page, chance):
        said = _said(opened, inputs)
        changes: dict[str, Change] = {}
        for name in tried:
            others = [one for one in movable if one != name]
            found = suggest(
                opened.predictor, inputs, Goal(becomes=""), locked=others, reference=rows, kept=kept, at_most=1
            )
            if found.changes:
                changes[name] = found.changes[0]
        stays = [name for name in tried if name not in changes][:BESIDE]
        if changes and len(stays) > 1:
            right = min(changes, key=lambda name: changes[name].cost)
            change = changes[right]
            behind = {
                "address": _address(of, opened, {**inputs, **change.inputs}),
                "before": change.before[right],
                "after": change.inputs[right],
                **_sureness(change.answer),
            }
            about = _subject(of, opened, inputs, order) | {"model_says": str(said.answer), "sure": said.confidence}
            return Asked("flip", {}, tuple((name, {}) for name in sorted([right, *stays])), about, right, behind)
    raise PizarraError(
        N_("Which input flips an answer can be asked where one does alone and others do not: no case was found."),
        N_("Move the inputs in Predict to a case that the model is less sure of, then ask again."),
    )


def _cases(of: Source, opened: OpenVersion, page: str, chance: np.random.Generator) -> Iterator[dict[str, Answer]]:
    if page == "predict" and address.value("model") == of.model.name:
        try:
            given = read_json(address.value("inputs") or "{}")
        except ValueError:
            given = {}
        yield dict(starting_values(opened.fields, given if isinstance(given, dict) else {}))
    for _try in range(TRIES):
        case = reference.pick_case(of.tested, opened.fields, chance)
        if case is not None:
            yield case.inputs


def _no_row() -> PizarraError:
    return PizarraError(N_("A real case needs a test row with a known answer, and there is none."), "")
