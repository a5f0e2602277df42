"""Scenarios to take along: as a table for spreadsheets, and as one HTML page that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from core.i18n import _, current_language, moment, number, percent
from core.prediction.scenarios.pinned import SHARE, Evaluated, KeptAnswer, compare_table
from core.prediction.value_words import exact_words

if TYPE_CHECKING:
    from jinja2 import Template

# Characters that HTML cannot say at all, and those that turn the text around them
_UNSAYABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")

ANSWER_DIGITS = 6  # of a table; what a model says beyond them means nothing
INPUT_DIGITS = 15  # which a float holds of any number as it was written; those beyond are its own
LARGE_CODE = 3000  # characters of a picture; codes with more modules need more room to be read


@dataclass(frozen=True)
class Handout:
    """What is taken along: scenarios with their answers now, an address for each and the picture of its QR code.

    ``titles`` name the places that were asked or pinned, in the order in which they are shown; ``pictures`` are SVG
    elements made here, None where an address is too long for a code.
    """

    model: str
    evaluated: Sequence[Evaluated]
    titles: Mapping[str, str]
    addresses: Sequence[str]
    pictures: Sequence[str | None]
    made: datetime
    by: str = ""


def handout_table(handout: Handout) -> pd.DataFrame:
    """Return one row a scenario: its name, answers then and now, its inputs, and its address, which is exact."""
    inputs, _differing = compare_table([one.scenario for one in handout.evaluated])
    columns: list[tuple[str, list[Any]]] = [
        (_("Scenario"), [one.scenario.name for one in handout.evaluated]),
        (_("Pinned at"), [_iso(one.scenario.pinned) for one in handout.evaluated]),
        (_("Flipped"), ["⇄" if one.flips else "" for one in handout.evaluated]),
    ]
    for place, title in handout.titles.items():
        then = [one.scenario.answers.get(place) for one in handout.evaluated]
        now = [one.now.get(place) for one in handout.evaluated]
        columns += [
            (f"{title}: {_('answer when pinned')}", [_answered(one) for one in then]),
            (
                f"{title}: {_('probability when pinned')}",
                [_chance(one) for one in then],
            ),
            (f"{title}: {_('version when pinned')}", [one and str(one.version) for one in then]),
            (f"{title}: {_('answer now')}", [_answered(one) for one in now]),
            (f"{title}: {_('probability now')}", [_chance(one) for one in now]),
            (f"{title}: {_('version now')}", [one and str(one.version) for one in now]),
        ]
    columns += [(str(name), [_digits(value, INPUT_DIGITS) for value in inputs[name]]) for name in inputs]
    columns.append((_("Link"), list(handout.addresses)))
    # Inputs may be called like our own columns
    table = pd.DataFrame({place: pd.Series(values, dtype=object) for place, (_name, values) in enumerate(columns)})
    return table.set_axis([name for name, _values in columns], axis="columns")


def _answered(kept: KeptAnswer | None) -> Any:
    return kept and _digits(kept.answer, ANSWER_DIGITS)


def _chance(kept: KeptAnswer | None) -> Any:
    return kept and _digits(kept.probability, ANSWER_DIGITS)


def _digits(value: Any, digits: int) -> Any:
    """Return a number with so many significant digits; whole ones, and all else, as they are.

    >>> _digits(0.1 + 0.2, 15), _digits(36.94500732421875, 6), _digits(20261126093000.0, 6), _digits("No", 6)
    (0.3, 36.945, 20261126093000.0, 'No')
    """
    return value if not isinstance(value, float) or value.is_integer() else float(f"{value:.{digits}g}")


def handout_page(handout: Handout) -> str:
    """Return one HTML page in the reader's language that needs no other file and no network; it can be printed."""
    made = _("Made on {when}").format(when=moment(handout.made))
    if handout.by:
        made = _("Made on {when} by {name}").format(when=moment(handout.made), name=handout.by)
    inputs, differing = compare_table([one.scenario for one in handout.evaluated])
    return _template().render(
        language=current_language(),
        title=_("Scenarios of {model}").format(model=handout.model),
        made=made,
        summary=flipped_words(handout.evaluated),
        rule=rule_words(),
        cards=[_card(handout, place) for place in range(len(handout.evaluated))],
        flipped=_("flipped"),
        link=_("Open it in the dashboard"),
        caption=_("Inputs, those that differ first"),
        heading=_("Input"),
        rows=[
            {"name": name, "values": [exact_words(value) for value in inputs[name]], "differs": place < differing}
            for place, name in enumerate(inputs)
        ],
    )


def flipped_words(evaluated: Sequence[Evaluated]) -> str:
    """Say how many scenarios have flipped."""
    flipped, count = sum(bool(one.flips) for one in evaluated), len(evaluated)
    if count == 1:
        return _("⇄ The scenario flipped since it was pinned.") if flipped else _("The scenario has not flipped.")
    if not flipped:
        return _("None of {count} scenarios flipped since they were pinned.").format(count=number(count, 0))
    return _("⇄ {flipped} of {count} scenarios flipped since they were pinned.").format(
        flipped=number(flipped, 0), count=number(count, 0)
    )


def rule_words() -> str:
    """Say what a flip is."""
    return _(
        "⇄ marks an answer that has flipped: another class, or a number more than {share} away from the pinned one."
    ).format(share=percent(SHARE, 0))


@cache
def _template() -> Template:
    """Return the page without its contents; what is put into it is text, unless it is marked as markup of ours."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        finalize=_sayable,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja")


def _sayable(value: object) -> object:
    return value if hasattr(value, "__html__") else _UNSAYABLE.sub("\N{REPLACEMENT CHARACTER}", str(value))


def _card(handout: Handout, which: int) -> dict[str, Any]:
    from markupsafe import Markup

    one, address, picture = handout.evaluated[which], handout.addresses[which], handout.pictures[which]
    pinned = one.scenario.pinned
    return {
        "name": one.scenario.name,
        "flipped": bool(one.flips),
        "pinned": "" if pinned is None else _("Pinned on {when}").format(when=moment(pinned)),
        "answers": [
            _answer(one, place, title)
            for place, title in handout.titles.items()
            if place in one.now or place in one.problems or place in one.scenario.answers
        ],
        "picture": Markup(picture or ""),  # noqa: S704 - drawn here
        "is_large": picture is not None and len(picture) > LARGE_CODE,
        "address": address if address.startswith(("http://", "https://")) else "",
    }


def _answer(one: Evaluated, place: str, title: str) -> dict[str, Any]:
    then, now = one.scenario.answers.get(place), one.now.get(place)
    return {
        "title": title,
        "now": None if now is None else now.words,
        "problem": one.problems[place].message if place in one.problems else "",
        "then": "" if then is None else _then(then),
        "flipped": place in one.flips,
        "same": then and now and now.words == then.words,
    }


def _then(then: KeptAnswer) -> str:
    return _("when pinned: {answer}, version {number}").format(answer=then.words, number=then.version)


def _iso(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()
