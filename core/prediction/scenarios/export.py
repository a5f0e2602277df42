"""Scenarios to take along: as a table for spreadsheets, and as one HTML page that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

import pandas as pd

from core.i18n import _, current_language, moment, number, percent
from core.prediction.scenarios.pinned import SHARE, Evaluated, KeptAnswer, compare_table
from core.prediction.value_words import exact_words

# Characters that HTML cannot say at all, and those that turn the text around them
_UNSAYABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")

_STYLE = """\
:root { color-scheme: light dark; --paper: #fbf7ee; --card: #fffdf7; --ink: #1c1b18; --quiet: #5a5648;
  --line: #8a8370; --accent: #0b5d5a; --flip: #8f3d00; --band: #f0e9d8; }
@media (prefers-color-scheme: dark) { :root { --paper: #16231f; --card: #1c2c27; --ink: #f6f4ec; --quiet: #c3cbc3;
  --line: #7e9289; --accent: #ffd866; --flip: #ffb27a; --band: #20322c; } }
@media print { :root { color-scheme: light; --paper: #fff; --card: #fff; --ink: #000; --quiet: #333; --line: #777;
  --accent: #000; --flip: #000; --band: #eee; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 70rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 .2rem; }
p { margin: .3rem 0; }
a { color: var(--accent); }
.quiet { color: var(--quiet); font-size: .9rem; }
.summary { border-left: .35rem solid var(--accent); padding: .3rem .8rem; margin: 1rem 0; background: var(--band); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1rem;
  margin-top: 1rem; }
article { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .9rem;
  break-inside: avoid; }
article.flipped { border: 3px double var(--flip); }
dl { margin: .6rem 0; }
dt { color: var(--quiet); font-size: .9rem; }
dd { margin: 0 0 .5rem; font-size: 1.15rem; font-weight: 650; }
dd small { display: block; font-size: .9rem; font-weight: 400; }
.flip { color: var(--flip); font-weight: 700; }
.code svg { display: block; width: 11rem; height: auto; background: #fff; margin: .5rem 0 .3rem; }
.code.large svg { width: min(100%, 22rem); }
.scroll { overflow-x: auto; margin-top: 1rem; }
table { border-collapse: collapse; }
caption { text-align: left; font-size: 1.25rem; font-weight: 700; padding: .5rem 0; }
th, td { border: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top;
  overflow-wrap: normal; min-width: 6rem; max-width: 18rem; }
thead th { background: var(--band); }
tbody th { background: var(--paper); font-weight: 600; position: sticky; left: 0; max-width: 9rem;
  overflow-wrap: anywhere; }
@media (min-width: 40rem) { tbody th { min-width: 14rem; max-width: 20rem; } }
tr.same td, tr.same th { color: var(--quiet); font-weight: 400; }
@media print { body { padding: 0; max-width: none; font-size: 10pt; } .scroll { overflow: visible; }
  tbody th { position: static; } tr { break-inside: avoid; } }
"""
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
    """Return one row a scenario: its name, answers then and now, its inputs as they are, and its address."""
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
            (f"{title}: {_('answer when pinned')}", [one and one.answer for one in then]),
            (f"{title}: {_('probability when pinned')}", [one and one.probability for one in then]),
            (f"{title}: {_('version when pinned')}", [one and str(one.version) for one in then]),
            (f"{title}: {_('answer now')}", [one and one.answer for one in now]),
            (f"{title}: {_('probability now')}", [one and one.probability for one in now]),
            (f"{title}: {_('version now')}", [one and str(one.version) for one in now]),
        ]
    columns += [(str(name), inputs[name].tolist()) for name in inputs]
    columns.append((_("Link"), list(handout.addresses)))
    # Inputs may be called like our own columns
    table = pd.DataFrame({place: pd.Series(values, dtype=object) for place, (_name, values) in enumerate(columns)})
    return table.set_axis([name for name, _values in columns], axis="columns")


def handout_page(handout: Handout) -> str:
    """Return one HTML page in the reader's language that needs no other file and no network; it can be printed."""
    title = _("Scenarios of {model}").format(model=handout.model)
    made = _("Made on {when}").format(when=moment(handout.made))
    if handout.by:
        made = _("Made on {when} by {name}").format(when=moment(handout.made), name=handout.by)
    cards = "\n".join(_card(handout, place) for place in range(len(handout.evaluated)))
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{current_language()}">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>{_text(title)}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            "<header>",
            f"<h1>{_foreign(title)}</h1>",
            f'<p class="quiet">{_foreign(made)}</p>',
            f'<p class="summary">{_text(flipped_words(handout.evaluated))}</p>',
            f'<p class="quiet">{_text(rule_words())}</p>',
            "</header>",
            "<main>",
            f'<div class="cards">\n{cards}\n</div>',
            _table(handout),
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
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


def _card(handout: Handout, which: int) -> str:
    one, address, picture = handout.evaluated[which], handout.addresses[which], handout.pictures[which]
    lines = [
        '<article class="flipped">' if one.flips else "<article>",
        f"<h2>{_foreign(one.scenario.name)}</h2>",
    ]
    if one.scenario.pinned is not None:
        lines.append(f'<p class="quiet">{_text(_("Pinned on {when}").format(when=moment(one.scenario.pinned)))}</p>')
    lines.append("<dl>")
    for place, title in handout.titles.items():
        if place in one.now or place in one.problems or place in one.scenario.answers:
            lines.append(f"<dt>{_foreign(title)}</dt><dd>{_answers(one, place)}</dd>")
    lines.append("</dl>")
    if picture is not None:
        lines.append(f'<div class="{"code large" if len(picture) > LARGE_CODE else "code"}">{picture}</div>')
    if address.startswith(("http://", "https://")):
        lines.append(f'<p><a href="{_text(address)}" rel="noreferrer">{_text(_("Open it in the dashboard"))}</a></p>')
    lines.append("</article>")
    return "\n".join(lines)


def _answers(one: Evaluated, place: str) -> str:
    then, now = one.scenario.answers.get(place), one.now.get(place)
    said = "–" if now is None else _foreign(now.words)
    if place in one.problems:
        said += f"<small>{_foreign(one.problems[place].message)}</small>"
    if then is not None:
        said += _was(one, place, then, now)
    return said


def _was(one: Evaluated, place: str, then: KeptAnswer, now: KeptAnswer | None) -> str:
    was = _("when pinned: {answer}, version {number}").format(answer=then.words, number=then.version)
    if place in one.flips:
        return f'<small class="flip">⇄ {_text(_("flipped"))} · {_foreign(was)}</small>'
    same = now is not None and (now.answer, now.probability) == (then.answer, then.probability)
    return f"<small>{'= ' if same else ''}{_foreign(was)}</small>"


def _table(handout: Handout) -> str:
    inputs, differing = compare_table([one.scenario for one in handout.evaluated])
    head = "".join(f'<th scope="col">{_foreign(one.scenario.name)}</th>' for one in handout.evaluated)
    rows = [f'<tr><th scope="col">{_text(_("Input"))}</th>{head}</tr>']
    body = []
    for place, name in enumerate(inputs):
        cells = "".join(f"<td>{_foreign(exact_words(value))}</td>" for value in inputs[name])
        kind = "" if place < differing else ' class="same"'
        body.append(f'<tr{kind}><th scope="row">{_foreign(name)}</th>{cells}</tr>')
    caption = _("Inputs, those that differ first")
    return (
        f'<div class="scroll"><table><caption>{_text(caption)}</caption>\n<thead>{"".join(rows)}</thead>\n'
        f"<tbody>\n{chr(10).join(body)}\n</tbody></table></div>"
    )


def _text(value: object) -> str:
    """Return what anybody wrote as text of HTML, also within quotes."""
    return escape(_UNSAYABLE.sub("\N{REPLACEMENT CHARACTER}", str(value)), quote=True)


def _foreign(value: object) -> str:
    """Return what other people wrote, kept to itself whichever way it runs."""
    return f"<bdi>{_text(value)}</bdi>"


def _iso(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()
