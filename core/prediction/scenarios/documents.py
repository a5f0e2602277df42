"""Shelves of scenarios as JSON documents, and back from whatever people or programs made of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from core.errors import ModelError
from core.i18n import N_, parse_moment
from core.prediction.scenarios.pinned import KeptAnswer, Scenario
from core.prediction.schema import Answer
from core.store.registry.stages import STAGES, Stage

KIND, FORMAT = "scenarios", 1
NO_NUMBERS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}  # which JSON has no words for
FIRST_YEAR, LAST_YEAR = 1970, 9000  # others cannot be shown in every time zone


@dataclass(frozen=True)
class Shelf:
    """Scenarios that somebody saved together, of one registered model.

    ``skipped`` counts scenarios that could not be read, ``damaged`` pinned answers of the others.
    """

    name: str
    model: str
    by: str
    saved: datetime | None
    scenarios: Sequence[Scenario]
    skipped: int = 0
    damaged: int = 0


def shelf_document(shelf: Shelf) -> dict[str, Any]:
    """Return a shelf as JSON: texts, numbers, lists and mappings only.

    Schema::

        {"pizarra": "scenarios", "format": 1, "name", "model", "by", "saved": ISO 8601,
         "scenarios": [{"name", "inputs": {name: value}, "pinned": ISO 8601 or null,
                        "answers": {place: {"stage", "version", "answer", "probability"}}}]}

    Numbers that JSON cannot say are ``{"number": "nan" | "inf" | "-inf"}``.
    """
    return {
        "pizarra": KIND,
        "format": FORMAT,
        "name": shelf.name,
        "model": shelf.model,
        "by": shelf.by,
        "saved": _moment_text(shelf.saved),
        "scenarios": [_scenario_document(scenario) for scenario in shelf.scenarios],
    }


def read_shelf(document: object) -> Shelf:
    """Return the shelf in a JSON document; scenarios that cannot be read are counted, the others are kept.

    Raises:
        ModelError: it has no list of scenarios, or belongs to a later format.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("scenarios"), list):
        raise ModelError(
            N_("A file of scenarios must have a list called “scenarios”, but this one has none."),
            N_("Choose another file, or save the scenarios anew."),
        )
    version = document.get("format", FORMAT)
    if isinstance(version, int) and version > FORMAT:
        raise ModelError(
            N_("A later version of this dashboard saved these scenarios: format {found}, this one reads {known}."),
            N_("Update this dashboard, then try again."),
            found=version,
            known=FORMAT,
        )
    scenarios, skipped, damaged = [], 0, 0
    for entry in document["scenarios"]:
        try:
            scenario, lost = _scenario(entry)
        except (TypeError, ValueError, OverflowError):  # somebody wrote it by hand
            skipped += 1
            continue
        scenarios.append(scenario)
        damaged += lost
    texts = {key: _text(document.get(key)) for key in ("name", "model", "by")}
    return Shelf(**texts, saved=_moment(document.get("saved")), scenarios=scenarios, skipped=skipped, damaged=damaged)


def _scenario_document(scenario: Scenario) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "inputs": {name: _packed(value) for name, value in scenario.inputs.items()},
        "answers": {
            place: {
                "stage": kept.stage,
                "version": kept.version,
                "answer": _packed(kept.answer),
                "probability": _packed(kept.probability),
            }
            for place, kept in scenario.answers.items()
        },
        "pinned": _moment_text(scenario.pinned),
    }


def _scenario(entry: Any) -> tuple[Scenario, int]:
    """Return a scenario and how many of its answers cannot be read."""
    if not isinstance(entry, Mapping) or not isinstance(entry.get("inputs"), Mapping) or not entry["inputs"]:
        raise TypeError("a scenario must have inputs")
    inputs = {_text(name): _unpacked(value) for name, value in entry["inputs"].items()}
    said = entry.get("answers", {})
    answers, damaged = {}, 0
    for place, kept in said.items() if isinstance(said, Mapping) else ():
        try:
            answers[_text(place)] = _answer(kept)
        except (KeyError, TypeError, ValueError, OverflowError):
            damaged += 1
    return Scenario(_text(entry.get("name")), inputs, answers, _moment(entry.get("pinned"))), (
        damaged if isinstance(said, Mapping) else 1
    )


def _answer(kept: Any) -> KeptAnswer:
    answer = _unpacked(kept["answer"])
    if answer is None or isinstance(answer, bool) or kept["stage"] not in STAGES:
        raise ValueError("an answer is a number or a word of a version in a stage")
    probability = _unpacked(kept.get("probability"))
    if probability is not None and (isinstance(probability, bool | str) or not 0 <= probability <= 1):
        raise ValueError("a probability is between 0 and 1")
    return KeptAnswer(
        cast(Stage, kept["stage"]),
        int(kept["version"]),
        answer if isinstance(answer, str) else float(answer),
        None if probability is None else float(probability),
    )


def _packed(value: Answer) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": repr(value)}
    return value


def _unpacked(value: Any) -> Answer:
    if isinstance(value, Mapping):
        if set(value) != {"number"} or value["number"] not in NO_NUMBERS:
            raise ValueError("an input is a number, a word, yes or no, or nothing")
        return NO_NUMBERS[value["number"]]
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    raise TypeError("an input is a number, a word, yes or no, or nothing")


def _text(value: Any) -> str:
    """Return a text that can be sent anywhere: JSON can say halves of signs, which UTF-8 cannot."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def _moment_text(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat()


def _moment(value: Any) -> datetime | None:
    read = parse_moment(value) if isinstance(value, str) else None
    if read is None or not FIRST_YEAR < read.year < LAST_YEAR:
        return None
    return read.astimezone(UTC)
