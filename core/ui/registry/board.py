"""The board of the Registry page: a column a stage, a card a version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import pandas as pd
import streamlit as st

from core import words
from core.comparison.columns import telling_metrics
from core.comparison.direction import better_end
from core.i18n import _, ago, moment, ngettext, number, parse_moment
from core.process import cache, shared
from core.store.registry.registered_models import RegisteredModel, Version, mentions
from core.store.registry.stages import STAGES, USED, Stage, alias_of
from core.store.runs.tables import Runs, run_labels, titles
from core.text import plain
from core.ui import address, frame, navigation, pickers, session
from core.ui.registry import promotion_dialog
from core.ui.registry.version_files import files_known

ALL = "/"  # no model may have a slash in its name
ASK, LOOK = "ask", "look"  # what else can be done with a version
CARD_METRICS = 3
CARDS, MORE_CARDS = 5, 20
MOST_ALIASES = 3  # that have a column of their own
FILES_PATIENCE = 0.5  # seconds; a store that answers quickly spares the page from being shown twice
NEXT_STAGE: Mapping[Stage, Stage] = {
    "None": "Staging", "Staging": "Production", "Production": "Archived", "Archived": "Staging",
}  # fmt: skip


@dataclass(frozen=True)
class Lane:
    """A column of the board; ``key`` tells it from the others in every language, ``title`` is markdown."""

    key: str
    title: str
    meaning: str
    versions: Sequence[Version]


@dataclass(frozen=True)
class Board:
    """The models on the board, which versions of them are shown, and what is known of their runs."""

    models: Sequence[RegisteredModel]
    shown: Sequence[Version]
    runs: Runs
    titles: pd.Series  # names of runs as readers see them
    reading: bool  # not all runs have been read yet

    @property
    def one(self) -> RegisteredModel | None:
        """The model, where only one is shown."""
        return self.models[0] if len(self.models) == 1 else None


def choose(models: Sequence[RegisteredModel]) -> Board:
    """Choose one model or all, and search in them."""
    by_name = {model.name: model for model in models}
    with_versions = [model.name for model in models if model.versions]
    left, right = st.columns(2)
    with left:
        options = [*by_name, ALL] if len(by_name) > 1 else list(by_name)
        chosen = pickers.choose(
            "model",
            _("Model"),
            options,
            key="registry_model",
            show=lambda name: _("All {count} models").format(count=number(len(by_name), 0)) if name == ALL else name,
            start=with_versions[0] if with_versions else "",
        )
    with right:
        pickers.typed("registry_search", address.value("search"))
        text = st.text_input(
            _("Search"),
            key="registry_search",
            on_change=lambda: address.choose("search", st.session_state["registry_search"].strip()),
            placeholder=_("version, run, algorithm, words…"),
            icon=":material/search:",
        )
    if chosen == ALL:
        address.carry(model="")
    here = list(models) if chosen == ALL else [by_name[chosen]]
    versions = sorted((v for model in here for v in model.versions), key=lambda v: v.created, reverse=True)
    mirror = shared.mirror().state()
    runs = cache.known_runs([version.run_id for version in versions if version.run_id])
    called = titles(runs)
    names = runs.info["name"] + " " + called + " " + runs.info["algorithm"] + " " + runs.info["task"]
    found = [v for v in versions if mentions(v, text, str(names.get(v.run_id, "")))]
    return Board(here, found, runs, called, mirror.reading)


def summary(board: Board) -> str:
    """Say in one line which models are on the board, and what they are searched for."""
    model = board.one
    named = f"**{plain(model.name, 40)}**" if model else _("**All {count} models**").format(count=len(board.models))
    searched = plain(address.value("search"), 40)
    return f"{named} · {_('Search')}: {searched}" if searched else named


def show(board: Board) -> None:
    """Show the board."""
    with st.container(key="registry_found"):
        if len(board.shown) < sum(len(model.versions) for model in board.models):
            frame.note(
                ngettext("{count} version fits the search.", "{count} versions fit the search.", len(board.shown))
            )
    production = {model.name: next(iter(model.in_stage("Production")), None) for model in board.models}
    lanes = _lanes(board)
    explained = any(_is_compared(board, version, production[version.model]) for version in board.shown)
    if explained and not session.projector():
        _explain_changes()
    gone = _gone_files([version for lane in lanes for version in lane.versions[: _limit(lane.key)]])
    for column, lane in zip(st.columns(len(lanes)), lanes, strict=True):
        with column:
            _show_lane(board, lane, production, gone)
    if explained and session.projector():  # the board comes first
        _explain_changes()


def _explain_changes() -> None:
    frame.note(
        _(
            "▲ ▼: how far a logged number is from that of the version in Production. How much of that is "
            "chance is not known here; moving a version weighs it, where test rows were stored."
        )
    )


def _lanes(board: Board) -> list[Lane]:
    """Return the columns of the board: the stages or, where nobody uses these, the aliases that versions go by."""
    if not _by_alias(board):
        return [
            Lane(
                stage, f":{words.STAGE_COLORS[stage]}[{words.stage(stage)}]", _(words.STAGE_MEANINGS[stage]),
                [version for version in board.shown if version.stage == stage],
            )
            for stage in STAGES
        ]  # fmt: skip
    frame.note(_("These versions go by aliases and none has a stage, so each column is an alias."))
    ours, often = list(alias_of().values()), Counter(alias for version in board.shown for alias in version.aliases)
    names = sorted(often, key=lambda alias: (alias not in ours, -often[alias], alias))[:MOST_ALIASES]
    lane_of = {version.uri: next((name for name in names if name in version.aliases), "") for version in board.shown}
    titles = {**{name: (f"@{plain(name, 30)}", _("The version that goes by this alias")) for name in names},
              "": (_("Others"), _("Versions without one of these aliases"))}  # fmt: skip
    return [
        Lane(f"alias_{name}", title, meaning, [v for v in board.shown if lane_of[v.uri] == name])
        for name, (title, meaning) in titles.items()
    ]


def _by_alias(board: Board) -> bool:
    versions = [version for model in board.models for version in model.versions]
    return any(version.aliases for version in versions) and all(version.stage == "None" for version in versions)


def _show_lane(board: Board, lane: Lane, production: Mapping[str, Version | None], gone: set[str]) -> None:
    versions = lane.versions
    st.subheader(f"{lane.title} :small[{number(len(versions), 0)}]", anchor=False)
    frame.note(lane.meaning)
    for version in versions[: _limit(lane.key)]:
        with st.container(border=True, gap="xsmall", key=f"registry_card_{_key(board, version)}"):
            _show_card(board, version, production[version.model], gone)
    if not versions:
        st.markdown(f"*{_('empty')}*")
    rest = len(versions) - _limit(lane.key)
    if rest > 0:
        st.button(
            ngettext("Show {count} older", "Show {count} older", min(rest, MORE_CARDS)),
            key=f"registry_more_{lane.key}",
            on_click=_show_more,
            args=(lane.key,),
            width="stretch",
        )
        frame.note(ngettext("{count} older one is folded away.", "{count} older ones are folded away.", rest))


def _limit(lane: str) -> int:
    return int(st.session_state.get(f"registry_limit_{lane}", CARDS))


def _show_more(lane: str) -> None:
    session.remember(f"registry_limit_{lane}", _limit(lane) + MORE_CARDS)


def _key(board: Board, version: Version) -> str:
    place = next(place for place, model in enumerate(board.models) if model.name == version.model)
    return str(version.number) if board.one else f"{place}_{version.number}"


def _show_card(board: Board, version: Version, current: Version | None, gone: set[str]) -> None:
    if not board.one:
        st.markdown(f"**{plain(version.model, 40)}**")
    aliases = " ".join(f":gray-badge[@{plain(alias, 30)}]" for alias in version.aliases)
    st.markdown(f"**{words.version_title(version.number)}** {aliases}")
    _show_run(board, version, current)
    if not version.ready:
        why = f": {version.status_message}" if version.status_message else ""
        st.markdown(f":red[{plain(words.registration(version) + why, 300)}]")
        frame.note(_("Nobody can use it, so it cannot be moved to Staging or Production."))
    elif version.uri in gone:
        frame.note(_("✗ The files of its model cannot be reached from here."))
    if version.description:
        frame.note(plain(_(version.description), 300))
    if version.moved:
        frame.note(
            _("moved by {name}, {moment}").format(
                name=plain(words.person(version.moved["by"]), 40), moment=moment(parse_moment(version.moved["at"]))
            )
        )
    _show_moves(board, version)


def _show_run(board: Board, version: Version, current: Version | None) -> None:
    runs = board.runs
    if version.run_id not in runs.info.index:
        frame.note(ago(version.created))
        if not version.run_id:
            frame.note(_("It does not say which run it came from."))
        elif board.reading:
            frame.note(_("Its run has not been read yet."))
        else:
            frame.note(_("✗ The run it came from was deleted or is gone."))
        return
    info = runs.info.loc[version.run_id]
    facts = [words.algorithm(str(info["algorithm"] or "")), str(info["task"] or "").replace("_", " ")]
    frame.note(plain(" · ".join(filter(None, (*facts, ago(version.created)))), 120))
    values = runs.metrics.loc[version.run_id].dropna()
    compared = current is not None and _is_compared(board, version, current)
    theirs = runs.metrics.loc[current.run_id] if compared and current is not None else {}
    lines = []
    for name in telling_metrics(values.to_dict(), runs.directions)[:CARD_METRICS]:
        mine, other = float(values[name]), float(theirs.get(name, float("nan")))
        change = words.change(mine, other, better_end(str(name), runs.directions)) if other == other else ""
        lines.append(f"{plain(str(name).removeprefix('test_'))} **{number(mine)}** {change}".rstrip())
    st.markdown("  \n".join(lines))
    # Choosing one run from all tables costs more than the rest of a card, and a run with a name is called by it
    name = str(board.titles[version.run_id]) or run_labels(runs.select([version.run_id]))[version.run_id]
    navigation.link("run", plain(name, 40), run=version.run_id)


def _is_compared(board: Board, version: Version, current: Version | None) -> bool:
    known = board.runs.info.index
    return current is not None and current.number != version.number and {version.run_id, current.run_id} <= set(known)


def _show_moves(board: Board, version: Version) -> None:
    key = _key(board, version)
    ways = [stage for stage in STAGES if stage != version.stage and (version.ready or stage not in USED)]
    if not session.actor().may("move"):
        ways = [stage for stage in ways if stage in USED]  # for which there is something to see
    if not ways:
        _show_menu(version, key, ways)
        return
    first = NEXT_STAGE[version.stage] if NEXT_STAGE[version.stage] in ways else ways[0]
    if st.button(promotion_dialog.label(first), key=f"registry_{first}_{key}", width="stretch"):
        promotion_dialog.ask(version, first)
    _show_menu(version, key, [stage for stage in ways if stage != first])


def _show_menu(version: Version, key: str, others: Sequence[Stage]) -> None:
    chosen = st.menu_button(
        _("More"), [*others, ASK, LOOK], format_func=_menu_label, key=f"registry_other_{key}", width="stretch"
    )
    if chosen in STAGES:
        promotion_dialog.ask(version, chosen)
    elif chosen == ASK:
        navigation.go("predict", model=version.model, version=str(version.number), stage="")
    elif chosen == LOOK:
        navigation.go("registry", model=version.model, version=str(version.number))


def _menu_label(entry: str) -> str:
    if entry == ASK:
        return f":material/tune: {_('Ask it')}"
    if entry == LOOK:
        return f":material/search: {_('Origin, description, aliases…')}"
    return promotion_dialog.label(cast(Stage, entry))


def _gone_files(shown: Sequence[Version]) -> set[str]:
    """Return the addresses of shown versions whose files are gone; they are looked for while the page is read."""
    known = files_known(shown, FILES_PATIENCE)
    with st.container(key="registry_files"):  # there also when nothing waits: what follows stays where it is
        if len(known) < len(shown):
            _wait_for_files(shown)
    return {uri for uri, there in known.items() if not there}


@frame.live(1.0)
def _wait_for_files(shown: Sequence[Version]) -> None:
    if len(files_known(shown)) == len(shown):
        st.rerun()
