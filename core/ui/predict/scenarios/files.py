"""Scenarios to take along, to save among a run's files, and to load from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from core import words
from core.errors import PizarraError
from core.i18n import _, current_language, moment, ngettext, number, speaking
from core.prediction.scenarios.documents import Shelf, read_shelf, shelf_document
from core.prediction.scenarios.export import Handout, handout_page, handout_table
from core.prediction.scenarios.pinned import Evaluated, Scenario, now_utc
from core.process import cache, shared
from core.process.asked import AskedVersion
from core.qr import qr_picture
from core.spreadsheets import as_csv
from core.store.registry.promotion import LONGEST_NAME
from core.store.registry.registered_models import Version
from core.store.runs.documents import add_document, slug
from core.text import plain
from core.ui import afterwards, frame, pickers, session

FOLDER = "scenarios"  # among a run's files
MOST_SHELVES = 20  # of a run that are offered, the newest
MOST_VERSIONS = 30  # whose runs are looked through when asked
LOADED = "predict_shelf_loaded"  # what is said afterwards
LONGEST_TITLE = 60  # characters


@dataclass(frozen=True)
class Saved:
    """A shelf among the files of a version's run."""

    version: int
    path: str
    shelf: Shelf


def show_handout(
    model: str, evaluated: Sequence[Evaluated], titles: Mapping[str, str], addresses: Sequence[str]
) -> None:
    """Offer the scenarios as a table and as a page; both are made when somebody asks for them."""
    language, name = current_language(), f"{_('scenarios')}-{slug(model)}"
    handout = Handout(
        model, evaluated, titles, addresses, [None] * len(addresses), now_utc(), words.person(session.who(), "")
    )

    def table() -> bytes:
        with speaking(language):  # it is made outside the session
            return as_csv(handout_table(handout))

    def page() -> bytes:
        with speaking(language):
            return handout_page(with_codes(handout)).encode("utf-8", "replace")

    with st.container(horizontal=True, key="predict_shelf_downloads"):
        st.download_button(
            _("Download as CSV"),
            table,
            file_name=f"{name}.csv",
            mime="text/csv",
            key="predict_shelf_csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            _("Download as a page to print or send"),
            page,
            file_name=f"{name}.html",
            mime="text/html",
            key="predict_shelf_html",
            icon=":material/description:",
            on_click="ignore",
        )


def with_codes(handout: Handout) -> Handout:
    """Return a handout with the QR codes of its addresses; one without a host is none."""
    pictures = [qr_picture(each) if "://" in each else None for each in handout.addresses]
    return Handout(
        handout.model,
        handout.evaluated,
        handout.titles,
        handout.addresses,
        pictures,
        handout.made,
        handout.by,
    )


def show_saving(asked: AskedVersion, scenarios: Sequence[Scenario]) -> None:
    """Offer to keep the shelf among the files of the version's run, for everybody."""
    if not scenarios:
        return
    shown = st.expander(_("Save to the run"), icon=":material/save:", key="predict_shelf_saving", on_change="rerun")
    if not shown.open:
        return
    with shown:
        if not frame.allows("add_document", _("Only the presenter may add to the files of a run.")):
            return
        if not asked.version.run_id:
            st.markdown(
                _(
                    "{version} comes from no run, so there is nowhere to save with it. Choose a version that was made "
                    "by a run, or download the scenarios."
                ).format(version=f"**{asked.title}**")
            )
            return
        st.markdown(
            _("They are kept among the files of the run that made {version}; whoever asks it can load them.").format(
                version=f"**{asked.title}**"
            )
        )
        left, right = st.columns(2)
        with left:
            name = st.text_input(
                _("Name of the shelf"),
                value=_("Our scenarios"),
                max_chars=LONGEST_TITLE,
                key="predict_shelf_save_name",
            )
        with right:
            by = st.text_input(
                _("Your name"), value=words.person(session.who(), ""), max_chars=LONGEST_NAME, key="predict_shelf_by"
            )
        pressed = st.button(
            ngettext("Save {count} scenario", "Save {count} scenarios", len(scenarios)),
            type="primary",
            icon=":material/save:",
            key="predict_shelf_save",
        )
        if pressed and not by.strip():
            st.warning(_("Say your name, so that others know whose scenarios these are."))
        elif pressed:
            with frame.reporting():
                _save(asked.version, name.strip() or _("Our scenarios"), by, scenarios)


def _save(version: Version, name: str, by: str, scenarios: Sequence[Scenario]) -> None:
    session.introduce(by)
    now = now_utc()
    shelf = Shelf(name, version.model, session.who(), now, scenarios)
    document = shelf_document(shelf)
    with shared.writing():
        path = add_document(shared.store(), session.actor(), version.run_id, FOLDER, name, document, now)
    st.success(
        _("Saved as {path} among the files of the run.").format(path=plain(path)), icon=":material/check_circle:"
    )


def show_saved(asked: Sequence[AskedVersion], add: Callable[[Sequence[Scenario]], tuple[int, int]]) -> None:
    """Offer the shelves that people saved with the runs of these versions; ``add`` puts scenarios on the shelf here."""
    versions = [one.version for one in asked]
    others = _others(versions)
    more = bool(others) and st.session_state.get("predict_shelf_others", False)
    saved, problems = _saved([*versions, *others] if more else versions)
    if saved:
        _offer(saved, add)
    for problem in problems[:3]:
        frame.note(plain(str(problem), 400))
    if len(problems) > 3:
        frame.note(ngettext("{count} more cannot be read.", "{count} more cannot be read.", len(problems) - 3))
    if others:
        st.checkbox(_("Also look for scenarios saved with other versions"), key="predict_shelf_others")
        if more and not saved:
            frame.note(_("Nothing was saved with them."))


def _offer(saved: Sequence[Saved], add: Callable[[Sequence[Scenario]], tuple[int, int]]) -> None:
    by_path = {f"{one.version} {one.path}": one for one in saved}
    with st.container(border=True, horizontal=True, vertical_alignment="bottom", key="predict_shelf_saved"):
        chosen = by_path[
            pickers.choose_here(
                _("Saved scenarios"),
                list(by_path),
                key="predict_shelf_load_which",
                show=lambda path: _title(by_path[path]) if path in by_path else path,
            )
        ]
        count = len(chosen.shelf.scenarios)
        st.button(
            _("{load} saved by {name}").format(
                load=ngettext("Load {count} scenario", "Load {count} scenarios", count),
                name=plain(words.person(chosen.shelf.by), LONGEST_TITLE),
            ),
            icon=":material/unarchive:",
            disabled=not count,
            key="predict_shelf_load",
            on_click=_load,
            args=(chosen.shelf, add),
        )
    lost = []
    if chosen.shelf.skipped:
        lost.append(
            ngettext(
                "{count} scenario in this file cannot be read.",
                "{count} scenarios in this file cannot be read.",
                chosen.shelf.skipped,
            )
        )
    if chosen.shelf.damaged:
        lost.append(
            ngettext(
                "{count} of its pinned answers cannot be read.",
                "{count} of its pinned answers cannot be read.",
                chosen.shelf.damaged,
            )
        )
    if lost:
        frame.note(" ".join(lost))


def _title(saved: Saved) -> str:
    shelf = saved.shelf
    parts = [
        shelf.name or saved.path,
        words.person(shelf.by, ""),
        "" if shelf.saved is None else moment(shelf.saved),
        words.version(saved.version),
    ]
    return " · ".join(filter(None, parts))


def _load(shelf: Shelf, add: Callable[[Sequence[Scenario]], tuple[int, int]]) -> None:
    added, without_room = add(shelf.scenarios)
    there = len(shelf.scenarios) - added - without_room
    said = [ngettext("{count} scenario was loaded.", "{count} scenarios were loaded.", added)]
    if there:
        said.append(ngettext("{count} was here already.", "{count} were here already.", there))
    if without_room:
        said.append(ngettext("There was no room for {count}.", "There was no room for {count}.", without_room))
    afterwards.say(LOADED, " ".join(said))


def _others(versions: Sequence[Version]) -> list[Version]:
    """Return the other versions of the model that were made by runs, newest first."""
    asked = {version.run_id for version in versions}
    model = next((model for model in cache.models() if model.name == versions[0].model), None)
    found = [] if model is None else [v for v in model.versions if v.run_id and v.run_id not in asked]
    return found[:MOST_VERSIONS]


def _saved(versions: Sequence[Version]) -> tuple[list[Saved], list[PizarraError]]:
    """Return the shelves saved with the runs of these versions, newest first, and why others cannot be read."""
    saved: list[Saved] = []
    problems: list[PizarraError] = []
    by_run = {version.run_id: version for version in reversed(versions) if version.run_id}
    for version in by_run.values():
        for one in _of_run(version):
            if isinstance(one, Saved):
                saved.append(one)
            else:
                problems.append(one)
    return sorted(saved, key=lambda one: one.path, reverse=True), problems


def _of_run(version: Version) -> Iterator[Saved | PizarraError]:
    try:
        paths = cache.added_documents(version.run_id, FOLDER)
    except PizarraError as problem:
        yield problem
        return
    for path in paths[:MOST_SHELVES]:
        try:
            yield Saved(version.number, path, read_shelf(cache.added_document(version.run_id, path)))
        except PizarraError as problem:
            yield problem
    if len(paths) > MOST_SHELVES:
        frame.note(
            _("Of {count} saved shelves of version {version} the newest {most} are offered.").format(
                count=number(len(paths), 0), version=version.number, most=number(MOST_SHELVES, 0)
            )
        )
