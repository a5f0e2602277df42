"""Open pages as a visitor would, and read everything that is on them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from core.i18n import speaking, translate
from core.settings import ROOT

PAGES = {
    "home": "start/home", "data": "explore/data", "experiments": "explore/experiments", "run": "explore/run",
    "compare": "explore/compare", "train": "build/train",
    "registry": "deploy/registry", "predict": "deploy/predict", "serve": "deploy/serve", "monitor": "deploy/monitor",
    "schedules": "deploy/schedules",
    "join": "classroom/join", "ask": "classroom/ask", "board": "classroom/board", "lesson": "classroom/lesson",
    "glossary": "classroom/glossary", "sweep": "build/sweep",
}  # fmt: skip
READ_THE_STORE = sorted(PAGES.keys() - {"ask", "board", "data", "glossary", "join"})
PIN = "open sesame"  # of the presenter, where a class is open
UNFORESEEN = "Something went wrong that we did not foresee"

# What Streamlit shows as it is, or not at all; every other string of any element may become markdown
NEVER_MARKDOWN = {
    "Selectbox": {"options", "raw_value"},
    "MultiSelect": {"options", "raw_values"},
    "TextInput": {"default", "value", "placeholder"},
    "TextArea": {"default", "value", "placeholder"},
    "GraphVizChart": {"spec", "element_id"},
    "PlotlyChart": {"spec", "config", "url"},
    "Arrow": {"alt", "element_id"},
    "Html": {"body"},
    "PageLink": {"page", "page_script_hash", "query_string"},
    "DownloadButton": {"url", "mime", "file_name"},
    "Image": {"url", "alt", "markup"},
    "Code": {"code_text"},
}
ADDRESSES = {"id", "key", "form_id", "page_script_hash", "query_string", "url", "alt"}


@dataclass(frozen=True)
class Dashboard:
    """Opens pages, each in a session of its own."""

    start: Callable[[], AppTest]

    @staticmethod
    def script(page: str) -> str:
        """Return where a page's script is."""
        return str(ROOT / f"pages/{PAGES[page]}.py")

    def open(self, page: str, *, lang: str = "en", **address: str) -> AppTest:
        """Open a page by its name with parameters in its address; it must not fail."""
        session = self.start()
        session.query_params["lang"] = lang
        for name, value in address.items():
            session.query_params[name] = value
        if page != "home":
            session.switch_page(self.script(page))
        session.run()
        stands(session)
        return session


def turn_to(session: AppTest, **part: str) -> None:
    """Turn to a part of the page, by its name in the address: the test runner cannot press tabs."""
    session.query_params.update(part)
    session.run()
    stands(session)


def stands(session: AppTest) -> None:
    """Assert that the page neither failed nor met anything unforeseen."""
    assert not session.exception, [error.value for error in session.exception]
    with speaking("es"):
        unforeseen = {UNFORESEEN, translate(UNFORESEEN)}
    assert not unforeseen & set(problems(session)), "see the log of logger 'pizarra'"


def problems(session: AppTest) -> list[str]:
    """Return the titles and texts of all errors on the page."""
    return [unescaped(text) for error in session.error for text in (error.proto.title, error.value) if text]


def shown(session: AppTest) -> str:
    """Return all that is on the page as one text, without the signs that keep markdown away."""
    return unescaped("\n".join(text for _place, text in _strings(session)))


def everything_on(session: AppTest) -> str:
    """Return all texts on a page, those in its tables too."""
    tables = [str(cell) for table in session.dataframe for cell in table.value.astype(str).to_numpy().ravel()]
    return "\n".join([shown(session), *tables])


def said(session: AppTest) -> list[str]:
    """Return all that is on the page, place by place, but not what things are called inside."""
    return [
        f"{place}: {unescaped(text)}"
        for place, text in _strings(session)
        if text and place.rpartition(".")[2] not in ADDRESSES | {"element_id", "deferred_file_id", "uuid"}
    ]


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text).replace("\u2060", "")


def live_markdown(session: AppTest) -> Iterator[tuple[str, str]]:
    """Return where and what could become markdown: all strings but those shown as they are, each escape a dot."""
    for place, text in _strings(session):
        kind, _dot, name = place.rpartition(".")
        if name in ADDRESSES or name in NEVER_MARKDOWN.get(kind, ()):
            continue
        yield place, re.sub(r"\\.", "·", text)


def _strings(session: AppTest) -> Iterator[tuple[str, str]]:
    for proto in _protos(session._tree):
        yield from _strings_of(proto)


def _protos(node: Any) -> Iterator[Message]:
    if isinstance(getattr(node, "proto", None), Message):
        yield node.proto
    if isinstance(node, Block):
        for child in node.children.values():
            yield from _protos(child)


def _strings_of(message: Message) -> Iterator[tuple[str, str]]:
    for field, value in message.ListFields():
        for entry in value if field.is_repeated else [value]:
            if isinstance(entry, Message):
                yield from _strings_of(entry)
            elif isinstance(entry, str):
                yield f"{message.DESCRIPTOR.name}.{field.name}", entry
