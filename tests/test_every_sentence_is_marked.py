"""Whatever a page shows in words goes through the translation; this reads the source and finds what does not."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

ROOT = Path(__file__).parents[1]
FILES = sorted([*ROOT.glob("core/ui/**/*.py"), *ROOT.glob("pages/**/*.py")])

MARKS = {"_", "N_", "ngettext", "translate", "translate_plural"}
PASSING_TEXT_ON = {"plain", "shorten", "str"}  # functions of ours whose result is their argument, more or less
# Parameters of Streamlit's elements that are read by people
TEXTS = {
    "label", "body", "text", "title", "caption", "captions", "placeholder", "help", "alt", "tabs", "page_title",
    "x_label", "y_label", "delta_description", "show_spinner",
}  # fmt: skip
NO_SENTENCES = {"code", "html", "json", "latex", "mermaid_chart"}  # whose text is another language
NAME = "Pizarra"  # the same in every language
# Our own functions that show some of their arguments, by position
SHOWING = {
    "frame.title": (0, 1),
    "frame.note": (0,),
    "frame.empty": (0, 2),
    "frame.next_step": (1,),
    "navigation.link": (1,),
    "pickers.pick": (1,),
}
DIRECTIVES = re.compile(r":material/[\w{}]+:|:(?:[a-z]+|\{\})(?:-badge|-background)?\[")
WORD = re.compile(r"[^\W\d_]{3,}")
LETTER = re.compile(r"[^\W\d_]")


def _elements() -> dict[str, dict[int, str]]:
    """Return, from Streamlit's own signatures, each element's parameters that people read, by their positions."""
    found = {}
    for prefix, module in (("st", st), ("st.column_config", st.column_config)):
        for name in dir(module):
            element = getattr(module, name)
            if not name.startswith("_") and callable(element) and not inspect.isclass(element):
                texts = {
                    place: parameter.name
                    for place, parameter in enumerate(inspect.signature(element).parameters.values())
                    if parameter.name in TEXTS and not (parameter.name == "body" and name in NO_SENTENCES)
                }
                found[f"{prefix}.{name}"] = texts
    return found | {"st.write": dict.fromkeys(range(10), "")}


ELEMENTS = _elements()


def unmarked(source: str) -> list[tuple[int, str]]:
    """Return line and text of what ``source`` shows without a mark for translation."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return sorted({found for call in calls for shown in _shown(call) for found in _untranslated(shown)})


def _shown(call: ast.Call) -> Iterator[ast.expr]:
    name = ast.unparse(call.func).replace("st.sidebar.", "st.")
    places = SHOWING.get(name, ELEMENTS.get(name, ()))
    yield from (call.args[place] for place in places if place < len(call.args))
    texts = TEXTS - {"body"} if name.removeprefix("st.") in NO_SENTENCES else TEXTS
    yield from (keyword.value for keyword in call.keywords if keyword.arg in texts)


def _untranslated(node: ast.expr) -> Iterator[tuple[int, str]]:
    match node:
        case ast.Constant(value=str(text)):
            if LETTER.search(DIRECTIVES.sub("", text)) and text != NAME:
                yield node.lineno, text
        case ast.JoinedStr(values=parts):
            text = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)
            if WORD.search(DIRECTIVES.sub("", text)):
                yield node.lineno, text
            for part in parts:
                if isinstance(part, ast.FormattedValue):
                    yield from _untranslated(part.value)
        case ast.Call(func=ast.Name(id=name)) if name in MARKS:
            return
        case ast.Call(func=ast.Name(id=name), args=[text, *_]) if name in PASSING_TEXT_ON:
            yield from _untranslated(text)
        case ast.Call(func=ast.Attribute(value=text, attr="format" | "join"), args=args, keywords=keywords):
            for part in (text, *args, *(keyword.value for keyword in keywords)):
                yield from _untranslated(part)
        case ast.IfExp(body=first, orelse=second) | ast.BinOp(left=first, right=second):
            yield from _untranslated(first)
            yield from _untranslated(second)
        case ast.BoolOp(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
            for part in parts:
                yield from _untranslated(part)
        case ast.ListComp(elt=part) | ast.GeneratorExp(elt=part):
            yield from _untranslated(part)


def test_there_is_something_to_read() -> None:
    assert len(FILES) > 10


@pytest.mark.parametrize(
    ("element", "texts"),
    [
        ("title", {0: "body", 2: "help"}),
        ("tabs", {0: "tabs"}),
        ("date_input", {0: "label", 5: "help"}),
        ("file_uploader", {0: "label", 4: "help"}),
        ("menu_button", {0: "label", 3: "help"}),
        ("dialog", {0: "title"}),
    ],
)
def test_streamlit_says_which_parameters_people_read(element: str, texts: dict[int, str]) -> None:
    assert ELEMENTS[f"st.{element}"] == texts


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_sentence_is_marked(file: Path) -> None:
    assert not unmarked(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('st.title("Train")', "Train"),
        ('st.markdown(f"**{name}** is ready")', "**{}** is ready"),
        ('st.markdown(f":red[{amount} worse]")', ":red[{} worse]"),
        ('st.tabs([_("Data"), "Files"])', "Files"),
        ('st.button(_("Stop") if running else "Start")', "Start"),
        ('st.info("No " + what)', "No "),
        ('st.markdown(_("Trained in {time}.").format(time=duration or "no time"))', "no time"),
        ('st.metric(plain(name or "Answer"), 1)', "Answer"),
        ('st.text_input(_("Name"), placeholder="for example iris")', "for example iris"),
        ('st.success(words, title=f"{name} is ready")', "{} is ready"),
        ("st.markdown(f\"**{'Next'}**\")", "Next"),
        ('st.markdown(" · ".join(["one", two]))', "one"),
        ('st.progress(0.5, text="Loading")', "Loading"),
        ('frame.empty(_("Nothing."), "train", "Train a model")', "Train a model"),
        ('charts.show(figure, key="x", alt="Each point is a run")', "Each point is a run"),
        ('@st.dialog("Sure?")\ndef ask(): ...', "Sure?"),
        ('st.date_input("Started from", value=None)', "Started from"),
        ('st.file_uploader(label="A table")', "A table"),
        ('st.menu_button("More", options)', "More"),
        ('st.button(_("Go"), "go", "Starts it")', "Starts it"),
        ('st.progress(0.5, "Loading")', "Loading"),
        ('st.radio(_("Look"), looks, captions=[_("far"), "near"])', "near"),
        ('st.metric(_("Errors"), 3, delta_description="since yesterday")', "since yesterday"),
        ('st.sidebar.caption("Below")', "Below"),
        ('st.column_config.TextColumn("Name")', "Name"),
        ('@st.cache_data(show_spinner="Reading")\ndef read(): ...', "Reading"),
        ('st.write(_("One"), "and two")', "and two"),
    ],
)
def test_a_sentence_without_a_mark_is_found(source: str, text: str) -> None:
    assert [found for _line, found in unmarked(source)] == [text]


@pytest.mark.parametrize(
    "source",
    [
        'st.title(_("Train"))',
        "st.markdown(f\"**{_('Next')}** · :material/check: :small[{words}] :{color}-badge[{stage}] {size} px\")",
        'st.markdown(ngettext("{count} run", "{count} runs", n) + ". " + _("Tick them."))',
        'st.button(_("Stop"), key="train_stop", icon=":material/stop:", type="primary")',
        'st.metric(plain(tags.get("name", "")), number(value), border=True)',
        'frame.empty(_("Nothing."), "train", _("Train a model"))',
        'st.caption("★ · –")',
        "st.markdown(explanation)",
        'other.title("not on the screen")',
        'st.code("import mlflow", language="python")',
        'st.html(body="<br>")',
        "@st.cache_data(show_spinner=False)\ndef read(): ...",
    ],
)
def test_what_is_marked_or_not_a_sentence_passes(source: str) -> None:
    assert not unmarked(source)


def test_a_find_says_its_line() -> None:
    assert unmarked('import streamlit as st\n\nst.title("Train")') == [(3, "Train")]
