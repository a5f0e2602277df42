"""What speaks for and against a version: metrics with their noise, and the rows on which the answers change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import pandas as pd
import streamlit as st

from core import words
from core.comparison.columns import telling_metrics
from core.comparison.differences import listed
from core.comparison.evidence import (
    CHALLENGER,
    CURRENT,
    Flips,
    MetricPair,
    Weighed,
    logged_metrics,
)
from core.comparison.noise import Difference
from core.comparison.slice_leads import SliceLead
from core.errors import ModelError, StoreError, TrainingError
from core.i18n import _, moment, ngettext, number
from core.prediction.duel import Rows
from core.prediction.open_version import ToOpen
from core.prediction.tables.tabular import read_rows
from core.process import cache
from core.process.asked import consented
from core.serving import logged
from core.store.record import ANSWER, ROW
from core.store.registry.events import LOGGED
from core.store.registry.registered_models import Version
from core.text import plain, unique_names
from core.ui import frame, navigation, tables, uploader
from core.ui.predict import version_choice
from core.ui.registry import slices

MOST_METRICS, MOST_LINKS = 6, 8


@dataclass(frozen=True)
class Evidence:
    """The metrics of a version and of what is in Production, on the same rows where that was possible.

    ``flips`` are the rows on which their answers differ, None where the two could not be asked. ``judged_on`` is the
    run whose stored test rows they were asked about, or ``LOGGED``. ``slices`` says for which groups of rows the
    version is better or worse; ``answers`` is what it says of the rows that judge it, None where nobody knows.
    """

    mine: Mapping[str, float]
    theirs: Mapping[str, float]
    directions: Mapping[str, bool | None] = field(default_factory=dict)
    flips: Flips | None = None
    judged_on: str = LOGGED
    slices: tuple[SliceLead, ...] = ()
    answers: pd.DataFrame | None = None


def show(version: Version, current: Version | None, rows: Rows | None) -> tuple[Evidence, Evidence]:
    """Show a version's metrics beside those of what is in Production; return what was shown and what judges it.

    Only what is stored judges: ``rows`` that somebody brings along are shown, and no gate passes by them.
    """
    logged = _logged(version, current)
    if current is None:
        st.markdown(_("Nothing is in Production, so there is nothing to compare it with."))
        _show_logged(logged)
        return logged, logged
    st.markdown(
        _("Version {number} against version {current}, which is in Production:").format(
            number=version.number, current=current.number
        )
    )
    may_be_asked = _may_be_asked(version, current)
    brought = None
    if rows is not None and may_be_asked:
        brought = _ask(rows, version, current, logged.directions)
        if brought is not None:
            _show_weighed(brought)
        frame.note(_("Rows of your own inform you. Gates are judged on what is stored with the runs:"))
    judging = _judging(version, current, logged, may_be_asked=may_be_asked)
    if brought is None:
        return judging, judging
    return replace(judging, flips=brought.flips, slices=brought.slices), judging


def _judging(version: Version, current: Version, logged: Evidence, *, may_be_asked: bool) -> Evidence:
    """Show and return what both say of stored test rows, or else what their runs logged."""
    stored, weighed = _ask_about_stored_rows(version, current, logged.directions) if may_be_asked else (LOGGED, None)
    if weighed is None:
        pairs = logged_metrics(logged.mine, logged.theirs, logged.directions)
        if not pairs:
            _say_why_not(_why_no_pairs(version, current, logged))
            return logged
        _show_pairs(pairs, logged.directions)
        note = _("These are the numbers that the runs logged; how much of a difference is chance is not known.")
        frame.note(_("Both versions are of one run, so its numbers are those of both.") if _one_run(version, current)
                   else note)  # fmt: skip
        return logged
    _show_weighed(weighed)
    mine, theirs = {**logged.mine, **weighed.mine}, {**logged.theirs, **weighed.theirs}
    return Evidence(mine, theirs, logged.directions, weighed.flips, stored, weighed.slices, weighed.answers)


def _one_run(version: Version, current: Version) -> bool:
    return bool(version.run_id) and version.run_id == current.run_id


def _why_no_pairs(version: Version, current: Version, logged: Evidence) -> str:
    """Say why nothing that was logged of two versions can be put side by side."""
    silent = [one for one, metrics in ((version, logged.mine), (current, logged.theirs)) if not metrics]
    if silent and _one_run(version, current):
        return _("Both versions are of one run, and no metric of it is known: it logged none, or is gone.")
    if silent:
        return _("No metric is known of {versions}: nothing was logged, or the run is gone.").format(
            versions=listed([words.version(one.number) for one in silent])
        )
    if logged.mine.keys() & logged.theirs.keys():
        return _("No metric that both versions have has a value for both that can be compared.")
    return _("The two versions have no metric in common, so they cannot be compared.")


def _logged(version: Version, current: Version | None) -> Evidence:
    runs, _missing = cache.some_runs([v.run_id for v in (version, current) if v is not None and v.run_id])
    mine, theirs = (
        {} if v is None or v.run_id not in runs.info.index else runs.metrics.loc[v.run_id].dropna().to_dict()
        for v in (version, current)
    )
    return Evidence(mine, theirs, runs.directions, answers=cache.test_rows(version))


def _show_weighed(weighed: Weighed) -> None:
    if weighed.pairs:
        _show_pairs(weighed.pairs, {pair.metric: pair.better for pair in weighed.pairs})
    else:
        frame.note(_("Their answers to these rows give no metric."))
    asked = ngettext(
        "Both were asked about the same {count} row just now.", "Both were asked about the same {count} rows just now.",
        weighed.flips.rows,
    )  # fmt: skip
    frame.note(asked)
    slices.show_losing(weighed)


def _show_logged(logged: Evidence) -> None:
    names = telling_metrics(logged.mine, logged.directions)[:MOST_METRICS]
    st.markdown("  \n".join(f"{plain(name)} **{number(logged.mine[name])}**" for name in names))
    if not names:
        frame.note(_("No metric of it is known: its run logged none, or is gone."))


def rows_of_your_own() -> Rows | None:
    """Offer to judge versions by an uploaded table, and return it."""
    with st.popover(_("Judge them by rows of your own"), icon=":material/upload:", key="registry_own_rows"):
        label = _("A CSV or Parquet file with the right answers")
        file = uploader.choose_file(label, ["csv", "txt", "tsv", "parquet"], "registry_rows")
        if file is None:
            return None
        table = read_rows(file.getvalue())
        columns = list(map(str, table.columns))
        last = len(columns) - 1
        answer = st.selectbox(_("Column with the right answers"), columns, index=last, key="registry_answer")
        return Rows("", table.set_axis(columns, axis="columns"), answer)


def _ask_about_stored_rows(
    version: Version, current: Version, directions: Mapping[str, bool | None]
) -> tuple[str, Weighed | None]:
    """Return the run whose stored test rows both were asked about, and what they say of them."""
    for run_id in (one.run_id for one in (version, current) if one.run_id):
        try:
            return run_id, _ask(Rows(run_id), version, current, directions)
        except StoreError:
            continue  # this run stored no test rows
    _say_why_not(_("No test rows that their runs stored can be read. Rows of your own show how they differ."))
    return LOGGED, None


def _may_be_asked(version: Version, current: Version) -> bool:
    """Say whether both can be opened and may run their code; where not, say why."""
    try:
        allowed = [consented(one) or not cache.model_files(one).runs_code for one in (version, current)]
    except ModelError:
        unread = [words.version(one.number) for one in (version, current) if not _readable(one)]
        why = _("The files of {versions} cannot be read here, so only what the runs logged is left.")
        _say_why_not(why.format(versions=listed(unread)))
        return False
    if not all(allowed):
        _ask_for_trust([one for one, may in zip((version, current), allowed, strict=True) if not may])
    return all(allowed)


def _readable(version: Version) -> bool:
    try:
        cache.model_files(version)
    except ModelError:
        return False
    return True


def _ask(rows: Rows, version: Version, current: Version, directions: Mapping[str, bool | None]) -> Weighed | None:
    """Return what both versions say of the same rows, None where that cannot be had, which is then said.

    Raises:
        StoreError: the run stored no test rows.
    """
    cutoff = cache.cutoff(version.model)
    mine, theirs = (ToOpen(one.uri, one.run_id, allow_code=consented(one), cutoff=cutoff) for one in (version, current))
    try:
        with st.spinner(_("Asking both about the same rows…")):
            found = cache.duel((mine, theirs), rows, _fingerprint(rows), directions)
    except (ModelError, TrainingError) as error:
        frame.show_error(error)
        return None
    for problem, one in zip(found.problems, (version, current), strict=True):
        if problem is not None:
            _say_why_not(f"{words.version_title(one.number)}: {plain(problem, 500)}")
    return found.weighed


def _fingerprint(rows: Rows) -> str:
    """Return what tells these rows, their columns and which of them has the answers from all others."""
    if rows.table is None:
        return rows.run_id
    values = pd.util.hash_pandas_object(rows.table).to_numpy().tobytes()
    return sha256(repr([rows.answer, *rows.table.columns]).encode() + values).hexdigest()


def _say_why_not(why: str) -> None:
    st.warning(why, icon=":material/info:")


def _ask_for_trust(versions: Sequence[Version]) -> None:
    st.warning(
        _("Asking it runs code that came with it on this computer. Do so only if you know who made it."),
        title=_("Version {numbers} comes from somewhere else").format(
            numbers=", ".join(str(version.number) for version in versions)
        ),
        icon=":material/shield:",
    )
    if frame.allows("run_code", _("Only the presenter may say that it may be asked.")) and st.button(
        _("I know who made it: ask it"), key="registry_allow", icon=":material/lock_open:"
    ):
        for version in versions:
            version_choice.consent(version)
        st.rerun(scope="fragment")


def _show_pairs(pairs: Sequence[MetricPair], directions: Mapping[str, bool | None]) -> None:
    by_name = {pair.metric: pair for pair in pairs}
    telling = telling_metrics({name: pair.mine for name, pair in by_name.items()}, directions)
    lines = [
        f"{plain(pair.metric)}: **{number(pair.mine)}** ← {number(pair.theirs)} · "
        f"{words.change(pair.mine, pair.theirs, pair.better, pair.difference.outcome)} · {_verdict(pair)}"
        for pair in (by_name[name] for name in telling[:MOST_METRICS])
    ]
    st.markdown("  \n".join(lines))


def _verdict(pair: MetricPair) -> str:
    found: Difference = pair.difference
    if found.outcome == "better":
        # Without a direction nobody knows which of the two is better, only that they differ
        better = _("really better on these rows") if found.gap > 0 else _("really worse on these rows")
        word = better if pair.better is not None else _("really different on these rows")
    elif found.outcome == "close":
        word = _("too close to call")
    elif found.outcome == "identical":
        word = _("no different")
    else:
        return _("chance not known")
    half = (found.high - found.low) / 2
    return f"{word} (±{number(half)})" if found.outcome != "identical" else word


def show_change(found: Evidence) -> None:
    """Show on how many rows the answers change, large."""
    if found.flips is None:
        return
    changed, rows = number(len(found.flips.table), 0), number(found.flips.rows, 0)
    st.metric(_("rows change answer"), _("{changed} of {rows}").format(changed=changed, rows=rows), border=True)


def show_asked(version: Version, current: Version) -> None:
    """Say how often they disagreed on what was really asked, where it is known what both answer to it."""
    found = logged.asked_of_both(version.model, current.number, version.number)
    if not found.rows:
        return
    words_of_it = _(
        "Really asked since {since}: {rows}. Versions {number} and {current} disagreed on {differ} of them."
    )
    st.markdown(
        words_of_it.format(
            since=moment(found.since),
            rows=f"**{ngettext('{count} row', '{count} rows', found.rows)}**",
            number=version.number,
            current=current.number,
            differ=f"**{number(found.differ, 0)}**",
        )
    )


def show_rows(found: Evidence, version: Version, current: Version) -> None:
    """Show the rows on which the answers change, each one press away from asking both about it."""
    if found.flips is None:
        return
    table = found.flips.table
    if not len(table):
        st.markdown(_("For these rows it makes no difference which of the two is used."))
        return
    st.markdown(_how_they_change(found.flips, version))
    with st.expander(_("The rows that change answer: press one to ask both about it"), icon=":material/tune:"):
        for place in table.index[:MOST_LINKS]:
            _link(table.loc[place], version, current)
        if len(table) > MOST_LINKS:
            frame.note(_("The others are in the table below."))
    with st.expander(_("All of these rows as a table"), icon=":material/table_chart:"):
        headings = {
            ROW: _("Row"), ANSWER: _("Right answer"),
            CURRENT: words.version_title(current.number),
            CHALLENGER: words.version_title(version.number),
        }  # fmt: skip
        names = unique_names([*headings.values(), *table.columns[len(headings) :]])
        shown = table.set_axis(names, axis="columns")
        tables.show(shown, key="registry_flips", alt=_("Rows, one a line"), download="rows")


def _how_they_change(found: Flips, version: Version) -> str:
    if found.typical is not None:
        return _(
            "Half of the answers change by more than {typical}. "
            "Version {number} is nearer to the truth on {closer} rows."
        ).format(typical=f"**{number(found.typical)}**", number=version.number, closer=f"**{number(found.closer, 0)}**")
    wrong = len(found.table) - found.mended - found.broken
    parts = [
        _("{count} become right").format(count=f"**{number(found.mended, 0)}**"),
        _("{count} become wrong").format(count=f"**{number(found.broken, 0)}**"),
        _("{count} are wrong in another way").format(count=f"**{number(wrong, 0)}**") if wrong else "",
    ]
    return ", ".join(filter(None, parts)) + "."


def _link(row: pd.Series, version: Version, current: Version) -> None:
    values = {str(name): None if pd.isna(value) else value for name, value in row.iloc[4:].items()}
    sentence = _("Row {row}: right is {answer} · version {current} says {old} · version {number} says {new}").format(
        row=plain(row[ROW], 20),
        answer=_said(row[ANSWER]),
        current=current.number,
        old=_said(row[CURRENT]),
        number=version.number,
        new=f"**{_said(row[CHALLENGER])}**",
    )
    navigation.link(
        "predict",
        sentence,
        model=version.model,
        version=str(version.number),
        stage="",
        inputs=json.dumps(values, ensure_ascii=False, default=_as_json, separators=(",", ":")),
    )


def _as_json(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)


def _said(value: object) -> str:
    return number(value) if isinstance(value, float) else plain(value, 40)
