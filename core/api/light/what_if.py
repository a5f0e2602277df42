"""Ask a model “what if” on a light page: its inputs as sliders, and what the live versions answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from core import words
from core.api.light.visit import Visit, page
from core.errors import ModelError, PizarraError, StoreError
from core.foreign_json import read_json
from core.i18n import _, amount, number, percent
from core.prediction.given import read_cells
from core.prediction.intervals import rounded
from core.prediction.names import by_name
from core.prediction.oddities import ORDER, Verdict, in_words, oddities
from core.prediction.schema import Answer, InputField, names_of, starting_values
from core.prediction.steps import decimals_of
from core.prediction.typicality import typicality
from core.process import cache, computed
from core.process.asked import AskedVersion, Given, answer, by_liveness, contradict, live_beside, opened, points_apart
from core.store.registry.registered_models import RegisteredModel

FIRST = 8  # inputs shown before the rest fold away
MOST_ODDITIES = 3


@dataclass(frozen=True)
class Control:
    """One input as the page shows it; ``low`` and ``high`` are the ends of its slider, None where it has none."""

    place: int
    field: InputField
    value: Answer
    low: float | None
    high: float | None
    decimals: int

    @property
    def text(self) -> str:
        """The value as a control of the browser holds it."""
        text = "" if self.value is None else str(self.value)
        return text.lower() if self.field.kind == "boolean" else text

    @property
    def shown(self) -> str:
        """The value as people read it."""
        value = self.value
        return number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value or "–")

    @property
    def choices(self) -> Sequence[str]:
        """What can be chosen, with the value that is."""
        known = ("true", "false") if self.field.kind == "boolean" else self.field.choices
        return known if not self.text or self.text in known else (*known, self.text)


@page
def ask(visit: Visit) -> Response:
    """Show a model's inputs and answers, or, of a page that is open, the answers alone."""
    models = [model for model in cache.models() if model.versions]
    if not models:
        return visit.show("nothing_to_ask.html")
    wanted = visit.asked.get("model", "")
    model = next((one for one in models if one.name == wanted), models[0])
    gone = wanted if wanted and model.name != wanted else ""
    asked, problems = _open(model)
    if not asked:
        return visit.show(
            "what_if.html", models=models, model=model, gone=gone, problems=problems, controls=[], given=[]
        )
    fields = asked[0].fields
    now, wrong = _values(fields, visit.asked)
    problems += [wrong] if wrong else []
    given = []
    for one in asked:
        try:
            given.append(answer(one, now))
        except ModelError as error:
            problems.append(error)
    about: dict[str, Any] = {
        "given": [_said(one) for one in given],
        "agreement": _agreement(given),
        "typical": _typicality(asked[0], now),
        "problems": problems,
    }
    if visit.part:
        return visit.show("answers.html", **about)
    order = list(computed.influence(asked[0]).index)
    controls = sorted(_controls(fields, now), key=lambda one: _place(order, one.field.name))
    return visit.show("what_if.html", models=models, model=model, gone=gone, controls=controls, first=FIRST, **about)


def _place(order: Sequence[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


def _open(model: RegisteredModel) -> tuple[list[AskedVersion], list[PizarraError]]:
    """Open what is live of a model, without that its newest version; return too why something is not open."""
    chosen = by_liveness(model)[0]
    found: list[AskedVersion] = []
    problems: list[PizarraError] = []
    for version in (chosen, *live_beside(model, chosen)):
        try:
            found.append(replace(opened(model, version), cutoff=cache.cutoff(model.name)))
        except (ModelError, StoreError) as error:
            problems.append(error)
            if version is chosen:
                return [], problems
    return found, problems


def _values(fields: Sequence[InputField], asked: Mapping[str, str]) -> tuple[dict[str, Answer], PizarraError | None]:
    """Return the inputs that an address names, typical ones for the rest, and what could not be read of it."""
    start = starting_values(fields)
    row: dict[str, object] = _of_the_whole(fields, asked.get("inputs", ""))
    for place, field in enumerate(fields):
        text = asked.get(f"v{place}")
        if field.optional and asked.get(f"n{place}"):
            row[field.name] = None
        elif text is not None:
            row[field.name] = _cell(field, text)
    try:
        return start | read_cells(row, fields), None
    except ModelError as error:
        return start, error


def _of_the_whole(fields: Sequence[InputField], inputs: str) -> dict[str, object]:
    """Return the inputs that an address of the whole dashboard's page names, as JSON; of one that is none, none."""
    try:
        read = read_json(inputs or "{}")
    except ValueError:
        return {}
    return by_name(names_of(fields), read) if isinstance(read, dict) else {}


def _cell(field: InputField, text: str) -> object:
    """Return what a control sends: its numbers have a point in every language, and a slider's are round."""
    if not field.is_number:
        return None if field.optional and not text else text
    try:
        value = float(text)
    except ValueError:
        return text
    if field.has_range and value != field.start:
        value = round(value, decimals_of(field))
    return int(value) if field.kind == "integer" and value.is_integer() else value


def _controls(fields: Sequence[InputField], now: Mapping[str, Answer]) -> list[Control]:
    made = []
    for place, field in enumerate(fields):
        value = now[field.name]
        low = high = None
        if field.has_range:
            here = value if isinstance(value, int | float) else field.low or 0
            low, high = min(field.low or 0, here), max(field.high or 0, here)
        made.append(Control(place, field, value, low, high, decimals_of(field) if field.has_range else 0))
    return made


def _said(said: Given) -> dict[str, object]:
    """Return what a card says of one version's answer."""
    prediction, unit, asked = said.prediction, said.asked.unit, said.asked
    sure = "" if prediction.confidence is None else _("{chance} sure").format(chance=percent(prediction.confidence))
    outputs = prediction.outputs or {asked.answer_title: prediction.answer}
    notes = []
    if said.interval is not None:
        low, high = (amount(rounded(end, said.interval), unit) for end in (said.interval.low, said.interval.high))
        share, rows = percent(said.interval.coverage, 0), number(said.interval.rows)
        words_of_it = _("{low} – {high} for {share} of such cases, by its errors on {rows} test rows")
        notes.append(words_of_it.format(low=low, high=high, share=share, rows=rows))
    if asked.cutoff is not None and len(prediction.probabilities or {}) == 2:
        notes.append(
            _("The chosen cut-off counts: from {cutoff} on it says {positive}.").format(
                cutoff=percent(asked.cutoff), positive=asked.positive(prediction)
            )
        )
    return {
        "title": asked.title,
        "answers": [(name, _shown(value, unit)) for name, value in outputs.items()],
        "sure": sure,
        "notes": notes,
    }


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


def _typicality(asked: AskedVersion, now: Mapping[str, Answer]) -> tuple[Verdict | None, str, list[str]]:
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
