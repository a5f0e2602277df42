"""Ask a model “what if” on a light page: its inputs as sliders, and what the live versions answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from core import words
from core.api.light.inputs import controls, read_inputs
from core.api.light.visit import Visit
from core.errors import ModelError, PizarraError, StoreError
from core.figures.cutoffs import cutoff_words
from core.i18n import _, amount, number, percent
from core.prediction.intervals import rounded
from core.prediction.oddities import ORDER, Verdict, in_words, oddities
from core.prediction.schema import Answer
from core.prediction.typicality import typicality
from core.process import cache, computed, run_models
from core.process.asked import (
    AskedModel,
    Given,
    answer,
    by_liveness,
    contradict,
    live,
    live_beside,
    opened,
    opened_run,
    points_apart,
    saved_cutoff,
)
from core.serving import people
from core.store.registry.registered_models import RegisteredModel, Version
from core.store.runs.run_models import RunModel

FIRST = 8  # inputs shown before the rest fold away
MOST_ODDITIES = 3


def ask(visit: Visit) -> Response:
    """Show a model's inputs and answers, or, of a page that is open, the answers alone."""
    models = [model for model in cache.models() if model.versions]
    if not models and not visit.asked.get("run"):
        return visit.show("nothing_to_ask.html")
    asked, problems, which = _of_run(visit.asked) if visit.asked.get("run") else _of_model(models, visit.asked)
    if not asked:
        return visit.show("what_if.html", models=models, problems=problems, controls=[], **which)
    fields = asked[0].fields
    now, wrong = read_inputs(fields, visit.asked)
    problems += [wrong] if wrong else []
    given = []
    for one in asked if wrong is None else ():  # nobody is told an answer to what nobody asked
        try:
            given.append(answer(one, now))
        except ModelError as error:
            problems.append(error)
    people.note(visit.word or visit.address or "", "light page", given, now)
    about: dict[str, Any] = {
        "given": [_said(one) for one in given],
        "agreement": _agreement(given),
        "typical": _typicality(asked[0], now),
        "problems": problems,
    }
    if visit.part:
        return visit.show("answers.html", **about)
    order = list(computed.influence(asked[0]).index)
    ordered = sorted(controls(fields, now), key=lambda one: _place(order, one.field.name))
    return visit.show("what_if.html", models=models, controls=ordered, first=FIRST, **which, **about)


def _place(order: Sequence[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


_Open = tuple[list[AskedModel], list[PizarraError], dict[str, Any]]  # what is open, what is not, and what is said of it


def _of_model(models: Sequence[RegisteredModel], asked: Mapping[str, str]) -> _Open:
    wanted = asked.get("model", "")
    model = next((one for one in models if one.name == wanted), models[0])
    chosen, other = _chosen(model, asked)
    gone = wanted if wanted and model.name != wanted else ""
    which = {"run": "", "model": model.name, "gone": gone, "other": other, "of": {"model": model.name}}
    return *_open(model, chosen, live_beside(model, chosen)), which


def _of_run(asked: Mapping[str, str]) -> _Open:
    """Open a run's model, which need not be registered, beside what is live of its task."""
    run = cache.run(asked["run"])
    found = run_models.models_to_ask(run)
    logged, other = asked.get("logged", ""), ""
    left = next((one for one in found if one.key == logged), found[0])
    if logged not in {"", left.key}:
        other = _("The model that the address names is not here. Another one answers.")
    model = run_models.usual_beside(run)
    of = {"run": run.run_id} | ({"logged": left.key} if left is not found[0] else {})
    which = {"run": left.run, "gone": "", "other": other, "of": of}
    return *_open(model, left, live(model) if model else []), which


def _chosen(model: RegisteredModel, asked: Mapping[str, str]) -> tuple[Version, str]:
    """Return the version that an address names, else what is live or newest; and what is said where it is another."""
    number_of_it, stage = asked.get("version", ""), asked.get("stage", "")
    known = by_liveness(model)
    fitting = [one for one in known if (str(one.number) == number_of_it if number_of_it else stage in {"", one.stage})]
    if fitting:
        return fitting[0], ""
    return known[0], _("The version that the address names is not here. Another one answers.")


def _open(
    model: RegisteredModel | None, chosen: Version | RunModel, beside: Sequence[Version]
) -> tuple[list[AskedModel], list[PizarraError]]:
    """Open what is chosen and what is live beside it; return too why something is not open."""
    found: list[AskedModel] = []
    problems: list[PizarraError] = []
    for version in (chosen, *beside):
        try:
            one = opened(model, version) if isinstance(version, Version) else opened_run(version)
            found.append(replace(one, cutoff=saved_cutoff(one)))
        except (ModelError, StoreError) as error:
            problems.append(error)
            if version is chosen:
                return [], problems
    return found, problems


def _said(said: Given) -> dict[str, object]:
    """Return what a card says of one version's answer."""
    prediction, unit, asked = said.prediction, said.asked.unit, said.asked
    if prediction.outputs:
        chances = {name: prediction.chances.get(name, {}).get(str(value)) for name, value in prediction.outputs.items()}
        answers = [(name, _shown(value, unit), _sure(chances[name])) for name, value in prediction.outputs.items()]
        return {"title": asked.title, "answers": answers, "notes": []}
    notes = []
    if said.interval is not None:
        low, high = (amount(rounded(end, said.interval), unit) for end in (said.interval.low, said.interval.high))
        share, rows = percent(said.interval.coverage, 0), number(said.interval.rows)
        words_of_it = _("{low} – {high} for {share} of such cases, by its errors on {rows} test rows")
        notes.append(words_of_it.format(low=low, high=high, share=share, rows=rows))
    if asked.cutoff is not None and len(prediction.probabilities or {}) == 2:
        notes.append(
            _("The chosen cut-off counts: from {cutoff} on it says {positive}.").format(
                cutoff=cutoff_words(asked.cutoff), positive=asked.positive(prediction)
            )
        )
    answer_of_it = (asked.answer_title, _shown(prediction.answer, unit), _sure(prediction.confidence))
    return {"title": asked.title, "answers": [answer_of_it], "notes": notes}


def _sure(chance: float | None) -> str:
    return "" if chance is None else _("{chance} sure").format(chance=percent(chance))


def _shown(value: float | str, unit: str) -> str:
    return amount(value, unit) if isinstance(value, float) else words.found(value)


def _agreement(given: Sequence[Given]) -> tuple[bool, str]:
    """Return whether the first two versions agree, and the words; none where there is nothing to agree about."""
    if len(given) < 2 or any(said.prediction.outputs for said in given[:2]):
        return True, ""
    first, second = given[:2]
    one, other = (_shown(said.prediction.answer, said.asked.unit) for said in (first, second))
    says = _("{first} says {one}, {second} says {other}.").format(
        first=first.asked.title, one=one, second=second.asked.title, other=other
    )
    numbers = [said.prediction.answer for said in (first, second) if isinstance(said.prediction.answer, float)]
    if len(numbers) == 1:
        return False, f"{_('They cannot be compared')}: {says}"
    if contradict(first, second):
        return False, f"{_('They disagree')}: {says}"
    if numbers:
        apart = amount(abs(numbers[0] - numbers[1]), first.asked.unit)
        return True, _("They are {difference} apart.").format(difference=apart)
    points = points_apart(given)
    if points is None:
        return True, _("They agree.")
    return True, _("They agree; their chances are {points} points apart.").format(points=number(points, 1))


def _typicality(asked: AskedModel, now: Mapping[str, Answer]) -> tuple[Verdict | None, str, list[str]]:
    """Return how typical the inputs are, its badge, and the values that are odd; no verdict where nobody can tell."""
    reference = computed.typical(asked)
    if reference is not None:
        found = typicality(reference, now)
        verdict, odd = found.verdict, found.oddities
    else:
        odd = oddities(asked.fields, now)
        if not odd:
            return None, _("How typical these inputs are cannot be told: no training rows came with this model."), []
        verdict = max((one.alone for one in odd), key=ORDER.index)
    return verdict, _(words.TYPICALITY[verdict]), [in_words(one) for one in odd[:MOST_ODDITIES]]
