"""Places of a board in words and as a table: ties are marked, and who rose or fell is told by an arrow and a word."""

from __future__ import annotations

from collections.abc import Sequence

from core.i18n import _, number
from core.process.board_view import Line
from core.text import plain

NOTHING = "–"
UNBROKEN = "\u00a0"  # a space at which no line breaks


def table(lines: Sequence[Line], *, is_revealed: bool) -> str:
    """Return lines of a board as a table in markdown; whoever looks finds their own marked.

    Before the reveal test stands beside train, so that learning by heart shows.
    """
    if is_revealed:
        heads = [_("Place"), _("Nickname"), _("Hidden half"), _("Public half"), _("By the digits")]
        rows = [[one.place_words, _name(one), _value(one.hidden), _value(one.value), moved(one)] for one in lines]
    else:
        heads = [_("Place"), _("Nickname"), _("Test"), _("Training"), _("Tries")]
        rows = [
            [one.place_words, _name(one), _value(one.value), _value(one.train), number(one.tries, 0)] for one in lines
        ]
    ruled = [":---", ":---", "---:", "---:", ":---" if is_revealed else "---:"]
    return "\n".join(
        f"| {' | '.join(f'**{cell}**' if mine and cell != NOTHING else cell for cell in row)} |"
        for row, mine in [
            (heads, False),
            (ruled, False),
            *((row, line.mine) for row, line in zip(rows, lines, strict=True)),
        ]
    )


def moved(line: Line) -> str:
    """Say how a line moved at the reveal, by the digits; on one line of a table."""
    return (line.moved or _("not known")).replace(" ", UNBROKEN)


def score_words(line: Line, metric: str) -> str:
    """Say the scores of one's best run, and how it moved once that is known."""
    said = [
        _("{metric}: **{value}** on test rows, {train} on the rows it learned from").format(
            metric=plain(metric), value=number(line.value), train=_value(line.train)
        )
    ]
    if line.hidden is not None:
        said += [_("hidden half **{value}**").format(value=number(line.hidden)), f"**{moved(line)}**"]
    return " · ".join(said)


def _name(line: Line) -> str:
    name = plain(line.name) or NOTHING
    return f"➤ {name}" if line.mine else name


def _value(value: float | None) -> str:
    return NOTHING if value is None else number(value)
