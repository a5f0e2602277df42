"""Where a version comes from and where it serves, as a graph for Graphviz; each box is a link."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.figures.style import Style
from core.text import shorten

LONGEST_LINE = 30  # characters in a box


@dataclass(frozen=True)
class Box:
    """Something a version depends on, or that depends on it: lines of text, and the address that it leads to.

    It stands under the box called ``below``, so that a phone can show what many arrows lead to.
    """

    name: str
    lines: tuple[str, ...]
    link: str = ""
    main: bool = False
    below: str = ""


def lineage(boxes: Sequence[Box], arrows: Iterable[tuple[str, str, str]], style: Style) -> str:
    """Return a graph in the DOT language, read from top to bottom; ``arrows`` are (from, to, what it says).

    >>> lineage([Box("a", ("hi",), "run?run=1")], [], Style()).splitlines()[-2]
    'a [label="hi" tooltip="hi" URL="run?run=1" target="_self"]'
    """
    font = f'fontname="sans-serif" fontsize="16" fontcolor="{style.ink}"'
    drawn = [
        'bgcolor="transparent" rankdir="TB" nodesep="0.4" ranksep="0.45"',
        f'node [shape="box" style="rounded" margin="0.2,0.12" color="{style.muted}" {font}]',
        f'edge [color="{style.muted}" {font}]',
    ]
    for box in boxes:
        label = "\\n".join(_text(shorten(line, LONGEST_LINE)) for line in box.lines if line)
        link = f' URL="{_text(box.link)}" target="_self"' if box.link else ""
        main = f' penwidth="3" color="{style.accent}"' if box.main else ""
        drawn.append(f'{box.name} [label="{label}" tooltip="{label}"{link}{main}]')
    drawn += [f'{box.below} -> {box.name} [style="invis"]' for box in boxes if box.below]
    drawn += [f'{start} -> {end} [label="{_text(words)}"]' for start, end, words in arrows]
    return "digraph {\n" + "\n".join(drawn) + "\n}"


def _text(text: str) -> str:
    """Return foreign text as it may stand in quotation marks in DOT, where backslashes and ampersands mean more."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;").replace("\n", " ")
