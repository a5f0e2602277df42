"""The pages, the path through them, and links that carry what was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from core.i18n import N_, _
from core.settings import ROOT
from core.ui import address, root, session


@dataclass(frozen=True)
class PageEntry:
    """A page of the dashboard: its script in ``pages/``, its title, icon and section."""

    script: str
    title: str
    icon: str
    section: str

    @property
    def address(self) -> str:
        """The page's address below the root; empty for the first page."""
        name = self.file.stem
        return "" if name == "home" else name

    @property
    def file(self) -> Path:
        """Where its script is; Streamlit would look for a relative path beside its own script."""
        return ROOT / "pages" / self.script


START, EXPLORE, BUILD, DEPLOY, CLASS = N_("Start"), N_("Explore"), N_("Build"), N_("Deploy"), N_("Class")
PAGES = {
    "home": PageEntry("start/home.py", N_("Home"), ":material/home:", START),
    "data": PageEntry("explore/data.py", N_("Data"), ":material/table_view:", EXPLORE),
    "experiments": PageEntry("explore/experiments.py", N_("Experiments"), ":material/science:", EXPLORE),
    "run": PageEntry("explore/run.py", N_("Run"), ":material/receipt_long:", EXPLORE),
    "compare": PageEntry("explore/compare.py", N_("Compare"), ":material/balance:", EXPLORE),
    "train": PageEntry("build/train.py", N_("Train"), ":material/model_training:", BUILD),
    "sweep": PageEntry("build/sweep.py", N_("Sweep"), ":material/grid_view:", BUILD),
    "registry": PageEntry("deploy/registry.py", N_("Registry"), ":material/inventory_2:", DEPLOY),
    "predict": PageEntry("deploy/predict.py", N_("Predict"), ":material/tune:", DEPLOY),
    "serve": PageEntry("deploy/serve.py", N_("Serve"), ":material/api:", DEPLOY),
    "monitor": PageEntry("deploy/monitor.py", N_("Monitor"), ":material/monitor_heart:", DEPLOY),
    "schedules": PageEntry("deploy/schedules.py", N_("Schedules"), ":material/alarm:", DEPLOY),
    "join": PageEntry("classroom/join.py", N_("Join"), ":material/qr_code_2:", CLASS),
    "ask": PageEntry("classroom/ask.py", N_("Ask"), ":material/campaign:", CLASS),
    "board": PageEntry("classroom/board.py", N_("Board"), ":material/leaderboard:", CLASS),
    "lesson": PageEntry("classroom/lesson.py", N_("Lesson"), ":material/school:", CLASS),
    "glossary": PageEntry("classroom/glossary.py", N_("Glossary"), ":material/menu_book:", CLASS),
}
PATH = {
    "data": N_("Data"), "train": N_("Train"), "compare": N_("Compare"), "registry": N_("Registry"),
    "predict": N_("Predict"),
}  # fmt: skip


def sections() -> dict[str, list[st.Page]]:
    """Return the pages by section, titles in the reader's language."""
    grouped: dict[str, list[st.Page]] = {}
    for name, entry in PAGES.items():
        page = st.Page(
            entry.file,
            title=_(entry.title),
            icon=entry.icon,
            url_path=entry.address or None,
            default=name == "home",
        )
        grouped.setdefault(_(entry.section), []).append(page)
    return grouped


def link(name: str, label: str = "", **params: str) -> None:
    """Link to a page; it gets what is carried of what was chosen, and ``params``."""
    entry = PAGES[name]
    query = address.link_params(name, params)
    st.page_link(entry.file, label=label or _(entry.title), icon=entry.icon, query_params=query)


def go(name: str, **params: str) -> None:
    """Open a page now."""
    st.switch_page(PAGES[name].file, query_params=address.link_params(name, params))


def go_exactly(name: str, params: Mapping[str, str]) -> None:
    """Open a page now with these parameters and nothing else that was chosen here, but for the visitor's own."""
    st.switch_page(PAGES[name].file, query_params=dict(params) | address.of_visitor(name) | address.shared())


def root_address() -> str | None:
    """Return the dashboard's address as this visitor has it, None where the browser does not say."""
    here = (st.context.url or "").rstrip("/")
    below = root.below()
    if below and urlsplit(here).path.startswith(below):
        return f"{here.partition('://')[0]}://{urlsplit(here).netloc}{below}"
    for entry in PAGES.values():
        if entry.address and here.endswith(f"/{entry.address}"):
            return here.removesuffix(f"/{entry.address}")
    return here or None


def whole_address(name: str) -> str | None:
    """Return a page's address as other people may open it, None where the browser does not say under which it came."""
    here = root_address()
    return None if here is None else f"{here}/{PAGES[name].address}"


def show_path(current: str, *, alone: bool = False) -> None:
    """Show the one path through the dashboard with the current step marked; where it is ``alone``, a way off it too."""
    with st.container(horizontal=True, gap="xxsmall" if alone else "small", vertical_alignment="center", key="path"):
        if alone:
            _show_keys(current)
            _show_others(current)
        for step, (name, title) in enumerate(PATH.items(), start=1):
            entry = PAGES[name]
            words = f"{step} {_(title)}"
            st.page_link(
                entry.file,
                label=f"**:primary[▸ {words}]**" if name == current else words,
                query_params=address.link_params(name, {}),
            )


def _show_keys(current: str) -> None:
    """Let keys lead along the path; they are those that a presenter's remote sends."""
    steps = ["home", *PATH]
    place = steps.index(current) if current in steps else 0
    with st.container(key="keys", width="content"):
        if place and st.button(_("Back"), key="keys_back", shortcut="PageUp"):
            go(steps[place - 1])
        if place + 1 < len(steps) and st.button(_("Next"), key="keys_next", shortcut="PageDown"):
            go(steps[place + 1])


def _show_others(current: str) -> None:
    """Offer the pages that are not on the path, where nothing else leads to them."""
    with st.popover(":material/menu:", type="tertiary", key="menu"):
        with st.container(horizontal=True, vertical_alignment="center", key="text_size"):
            st.markdown(_("Size of the text"), width="content")
            for label, steps, key in (("A−", -1, "frame_smaller"), ("A+", 1, "frame_larger")):
                other = session.other_text_size(steps)
                st.button(label, key=key, disabled=other == session.text_size(), on_click=session.choose_text_size,
                          args=(other,))  # fmt: skip
        st.markdown(_("Keys, and a presenter's remote: **Page Down** is the next step, **Page Up** the one before."))
        st.markdown(f"**{_('Other pages')}**")
        for name, entry in PAGES.items():
            if name not in {*PATH, current}:
                link(name, _(entry.title))
