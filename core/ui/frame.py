"""The frame around every page: theme of the room, language, path, errors in the reader's words."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache as once
from pathlib import Path
from typing import Literal, NoReturn, ParamSpec

import streamlit as st

from core.access import Action
from core.errors import PizarraError
from core.i18n import LANGUAGES, _, clock, current_language, speaking
from core.process import shared, turns, visitors
from core.store.connection import OldSchemaError, copy_store
from core.text import plain
from core.ui import address, lesson_bar, navigation, pickers, session, warming

Arguments = ParamSpec("Arguments")
logger = logging.getLogger("pizarra")

ICON = Path(__file__).parent / "icon.png"  # a Material icon would be fetched from an outside server
SIDEBAR_WIDTH = 230  # px
# Streamlit writes on its accent in white, which on chalk yellow nobody can read. The CSV of its tables is made
# in the browser, with cells that spreadsheets run; ours, below tables, has none. Its lists of several give their box
# more room while somebody types there: the × of a chip takes the focus, so slid away between press and release, and
# the click was lost. What a move came to, and the button that decides about one, stay in sight. So do the answers at
# the lower end of a phone's screen, while their part of the page is on it, and the form there scrolls with the page.
OUR_CSS = """<style>
[data-testid="stElementToolbarButton"]:has(button[aria-label^="Download as CSV"]) { display: none !important; }
@media (prefers-color-scheme: dark) {
    button[kind^="primary"]:enabled, [data-tag] { color: #16231F !important; }
}
.st-key-predict_inputs [data-testid=stSliderTickBar] { display: none !important; }  /* our own ends stand below */
[data-testid=stMultiSelect] input { min-width: 3rem !important; }
div:has(> [role=dialog] .st-key-registry_deciding) { overflow: clip !important; }  /* else that is what it sticks to */
div:has(> .st-key-registry_deciding) { position: sticky !important; bottom: -2.1rem; z-index: 99; }
div:has(> .st-key-registry_reports .st-key-registry_report) { position: sticky !important; top: 3.75rem; z-index: 99; }
.st-key-train_result { scroll-margin-top: 4rem; }  /* of the header */
.st-key-registry_deciding, .st-key-registry_report { background: #FBF7EE; padding: 0.4rem 0; }
@media (prefers-color-scheme: dark) { .st-key-registry_deciding, .st-key-registry_report { background: #16231F; } }
@media (min-width: 641px) { div:has(> .st-key-in_sight), .st-key-in_sight { display: none !important; } }
.st-key-board_places :is(th, td) { padding: 0.3rem 0.7rem !important; }
@media (max-width: 640px) {
    .st-key-board_places :is(th, td) { padding: 0.3rem !important; font-size: 0.9rem !important; }
    div:has(> .st-key-in_sight) { position: sticky !important; bottom: 0; z-index: 99; }
    .st-key-in_sight { background: #F0E9D8; border-top: 2px solid #0B5D5A; padding: 0.4rem 0.75rem; }
    div:has(> .st-key-predict_inputs), .st-key-predict_inputs { height: auto !important; overflow: visible !important; }
}
@media (max-width: 640px) and (prefers-color-scheme: dark) {
    .st-key-in_sight { background: #20322C; border-color: #FFD866; }
}
</style>"""
# The theme's own sizes cannot be changed while running. What it makes smaller than the rest is as large here; of the
# buttons that only keys press nothing is seen until one of them has the focus.
PROJECTOR_CSS = """<style>
html {{ font-size: {pixels}px !important; filter: contrast(1.25); }}
header {{ display: none !important; }}
small, p, li, kbd, [data-testid=stFileUploader] span {{ font-size: max(1em, 1rem) !important; }}
span[style*="font-size: 0.875"], .stMarkdownBadge, .stMarkdownBadge * {{ font-size: 1rem !important; }}
input, textarea {{ font-size: 1rem !important; }}
kbd {{ color: inherit !important; opacity: 1 !important; }}
::placeholder {{ color: inherit !important; opacity: 0.8 !important; }}
[data-testid=stMainBlockContainer] {{ padding-left: 1.5rem !important; padding-right: 1.5rem !important; }}
.st-key-keys:not(:focus-within) {{ position: absolute; width: 1px; height: 1px; clip-path: inset(50%); }}
</style>"""
PROJECTOR_TEXT = 24  # px, at least


class _PageEnds(Exception):  # noqa: N818 - nothing went wrong
    """A page has said all it has to say."""


def begin() -> None:
    """Set up the page before anything is shown."""
    session.begin()
    st.set_page_config(page_title="Pizarra", page_icon=ICON, layout="wide", initial_sidebar_state=SIDEBAR_WIDTH)
    st.html(OUR_CSS)
    if session.projector():
        st.html(PROJECTOR_CSS.format(pixels=round(PROJECTOR_TEXT * session.text_size() / 100)))


def navigate() -> st.Page:
    """Offer the pages by section and return the chosen one; a projector shows none of it."""
    return st.navigation(navigation.sections(), position="hidden" if session.projector() else "sidebar", expanded=True)


def name_of(page: st.Page) -> str:
    """Return a page's name."""
    return page.url_path or "home"


@contextmanager
def around(page: st.Page, show_more: Callable[[str], None] = lambda _page: None) -> Iterator[None]:
    """Show what every page has, then the page; an error ends the page with words, never with a traceback.

    ``show_more`` shows more beside the switches; it gets the page's name.
    """
    current = name_of(page)
    address.begin(current)
    _show_switches(current, show_more)
    with reporting():
        lesson_bar.show(current)
    place, complete = st.container(key="frame_missing"), False
    try:
        with reporting():
            yield
        complete = True
    finally:
        for sentence in address.missing() if complete else ():
            place.warning(sentence, icon=":material/link_off:")
        if since := shared.replaced():
            words = _("Another file lies in the place of the store’s since {time}. What is shown is from that file.")
            place.warning(words.format(time=clock(since)), icon=":material/swap_horiz:")
        address.end(write=complete)
        _settle(current)
        warming.note_page()


@once
def _settle(page: str) -> None:
    """After the first visit to a page, keep what it loaded out of the collections to come.

    Looking through all that MLflow and the others load takes a quarter of a second each time, in which no visitor is
    served. Nor is it worth that once: what a first visit leaves behind is small, and may stay.
    """
    gc.freeze()


@contextmanager
def reporting() -> Iterator[None]:
    """Show an error in the reader's words and go on."""
    try:
        yield
    except _PageEnds:
        pass
    except OldSchemaError as error:
        show_error(error)
        _offer_copy()
    except PizarraError as error:
        show_error(error)
    except Exception:  # the last resort of the whole dashboard: the log gets the traceback
        logger.exception("A page failed")
        st.error(
            _("Nothing was lost. The details are in the log of the program. Reload the page to go on."),
            title=_("Something went wrong that we did not foresee"),
            icon=":material/error:",
        )


def stop() -> NoReturn:
    """End the page here. After Streamlit's own stop nothing could be written to the address any more."""
    raise _PageEnds


def show_error(error: PizarraError) -> None:
    """Show what must hold, what we got and what to do; commands as they are, as sentences hold invisible signs."""
    st.error(plain(error.hint, 1000), title=plain(error.message, 1000), icon=":material/error:")
    for command in error.commands:
        st.code(command, language=None, wrap_lines=True)


def title(words: str, question: str) -> None:
    """Say what the page is and the one question it answers; on the projector in one line, as the answer matters."""
    if not session.projector():
        st.title(words, anchor=False)
        st.markdown(question)
        return
    with st.container(horizontal=True, vertical_alignment="center", key="frame_title"):
        st.title(words, anchor=False, width="content")
        st.markdown(question, width="content")


def note(words: str) -> None:
    """Say something small; unlike Streamlit's captions it keeps the text's full contrast."""
    st.markdown(f":small[{words}]")


def allows(action: Action, words: str) -> bool:
    """Tell whether the visitor may do something; where they may not, ``words`` say who may."""
    if session.actor().may(action):
        return True
    note(f":material/lock: {words}")
    return False


def empty(words: str, next_page: str = "", label: str = "") -> None:
    """Say why there is nothing yet and what to press."""
    with st.container(border=True):
        st.markdown(words)
        if next_page:
            navigation.link(next_page, label)


def need_class() -> None:
    """End the page here where no class is open."""
    if not visitors.ways().is_asked_for:
        empty(
            _("**No class is open here.** The first page says how to open this dashboard to the phones in the room."),
            "home",
            _("See how to open it"),
        )
        stop()


def next_step(name: str, label: str, **params: str) -> None:
    """End a page with the next step, carrying along what was chosen."""
    st.space("small")
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{_('Next')}**", width="content")
        navigation.link(name, label, **params)


def live(seconds: float | None) -> Callable[[Callable[Arguments, None]], Callable[Arguments, None]]:
    """Show a part of a page anew every few seconds, errors reported like the page's own; with None by itself only.

    What is pressed inside it shows that part anew, not the page.
    """

    def decorate(show: Callable[Arguments, None]) -> Callable[Arguments, None]:
        @st.fragment(run_every=seconds)
        def shown(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
            with turns.in_turn(), speaking(current_language()):
                with reporting():
                    show(*args, **kwargs)
                address.end_part()

        return shown

    return decorate


def one_of(parts: Mapping[str, tuple[str, Callable[[], None]]], *, key: str, name: str) -> None:
    """Show one part of a page at a time, a tab each; the others are not even made. ``parts`` have titles.

    The address says which part, as ``name``; where it is silent it is the first.
    """
    titles = {part: title for part, (title, _show) in parts.items()}
    first, asked = next(iter(parts)), address.value(name)
    chosen = asked if asked in parts else first
    address.keep(name, "" if chosen == first else chosen)
    if asked and asked != chosen:
        address.say_missing(name, pickers.not_there(_("Part of the page"), asked, titles[chosen]))
    pickers.control(key, titles[chosen])
    tabs = st.tabs(list(titles.values()), key=key, on_change=_open_part, args=(name, key, titles, first))
    for tab, (part, (_title, show)) in zip(tabs, parts.items(), strict=True):
        if part == chosen:
            with tab:
                show()


def _open_part(name: str, key: str, titles: Mapping[str, str], first: str) -> None:
    opened = next((part for part, title in titles.items() if title == st.session_state[key]), first)
    address.choose(name, "" if opened == first else opened)


def _show_switches(current: str, show_more: Callable[[str], None]) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="top"):
        navigation.show_path(current, alone=session.projector())
        gap: Literal["xsmall", "small"] = "xsmall" if session.projector() else "small"
        with st.container(horizontal=True, width="content", gap=gap, vertical_alignment="center", key="switches"):
            with reporting():
                show_more(current)
            st.segmented_control(
                _("Language"),
                list(LANGUAGES),
                default=current_language(),
                format_func=str.upper,
                required=True,
                key="frame_language",
                label_visibility="collapsed",
                on_change=lambda: session.choose_language(st.session_state["frame_language"]),
            )
            st.toggle(
                _("Projector"),
                value=session.projector(),
                key="frame_projector",
                on_change=lambda: session.choose_projector(st.session_state["frame_projector"]),
            )


def _offer_copy() -> None:
    if not allows("change_store", _("Only the presenter may have everybody work on a copy.")):
        return
    if st.button(_("Work on a copy"), key="frame_copy_store", icon=":material/content_copy:", type="primary"):
        actor = session.actor()
        with st.spinner(_("Copying and bringing the copy up to date…")):
            shared.use_store(copy_store(shared.store_uri(), actor), actor)
        st.rerun()
