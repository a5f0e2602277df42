"""Write the trees of modules in these documents anew, from the modules' own first lines: ``make tree``.

A tree stands between ``<!-- tree: places -->`` and ``<!-- end of tree -->``. A place is a module, a folder with all
that is in it, or ``folder/*`` with the modules that lie directly in it. Nothing but Python is needed.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted((ROOT / "docs").rglob("*.md"))
WIDTH = 120
TREE = re.compile(r"(?<=<!-- tree: )(?P<places>[^>]+)(?P<between> -->\n).*?(?=<!-- end of tree -->)", re.DOTALL)


def first_line(path: Path) -> str:
    """Return the first line of a module's docstring, without its full stop."""
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) if path.exists() else None
    return (words or "").partition("\n")[0].removesuffix(".").replace("``", "")


def below(folder: Path, depth: int, deep: bool) -> Iterator[tuple[int, Path]]:
    """Yield what lies in a folder and how deep: its modules, then, if ``deep``, its folders with what is in them."""
    for path in sorted(folder.glob("*.py")):
        if path.name != "__init__.py":
            yield depth, path
    for path in sorted(folder.iterdir()):
        if deep and path.is_dir() and any(path.rglob("*.py")):
            yield depth, path
            yield from below(path, depth + 1, deep)


def entries(places: str) -> list[tuple[int, str, Path]]:
    """Return the lines of a tree: how deep, under which name, and what it is about."""
    found = []
    for place in places.split():
        path = ROOT / place.removesuffix("*")
        found.append((0, place.removesuffix("*").removesuffix("/"), path))
        if path.is_dir():
            found += [(depth, each.name, each) for depth, each in below(path, 1, deep=not place.endswith("*"))]
    return found


def tree(places: str) -> str:
    """Return the tree of these places, which are parted by blanks."""
    names, about = [], []
    for depth, name, path in entries(places):
        names.append("  " * depth + name + ("/" if path.is_dir() else ""))
        about.append(first_line(path / "__init__.py" if path.is_dir() else path))
    column = max(map(len, names)) + 2
    text = []
    for name, words in zip(names, about, strict=True):
        begin, *more = textwrap.wrap(words, WIDTH - column) or [""]
        text += [(name.ljust(column) + begin).rstrip(), *(" " * column + line for line in more)]
    return "```\n" + "\n".join(text) + "\n```\n"


def with_trees(text: str) -> str:
    """Return a document with its trees as they should be."""
    return TREE.sub(lambda found: f"{found['places']}{found['between']}{tree(found['places'])}", text)


def modules(text: str) -> list[Path]:
    """Return the modules that stand in a document's trees."""
    return [
        path for found in TREE.finditer(text) for _depth, _name, path in entries(found["places"]) if not path.is_dir()
    ]


def main() -> None:
    """Write all documents that differ."""
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        if with_trees(text) != text:
            path.write_text(with_trees(text), encoding="utf-8")


if __name__ == "__main__":
    main()
