"""Keep the answers of a file that was scored, so that programs look them up by the ids of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from core import words
from core.i18n import _, moment, ngettext
from core.prediction.tables.identified import scored_by
from core.process import cache, shared
from core.process.asked import LIVE
from core.serving.precomputed.batches import Batch
from core.serving.precomputed.here import precomputed
from core.serving.precomputed.keeping import keep, place_of
from core.serving.precomputed.lookups import kept_at
from core.store.registry.registered_models import RegisteredModel, Version
from core.text import plain
from core.ui import afterwards, frame, navigation, pickers, session

SAID = "predict_kept_said"
ANSWERS, COLUMN, WHICH = "predict_keep_answers", "predict_keep_column", "predict_keep_which"


def offer(results: Mapping[str, Path]) -> None:
    """Offer to keep the answers of one of these results, which are by the titles of the versions that made them."""
    if not session.actor().may("precompute"):
        return
    with st.expander(_("Keep for look-up"), icon=":material/key:", key="predict_keep"):
        st.markdown(_(
            "Programs look an answer up by the id of its row then, without waiting for the model: a customer's number, "
            "say. Ids count exactly as they stand in the table: 007 is not 7."
        ))  # fmt: skip
        title = next(iter(results))
        if len(results) > 1:
            title = pickers.choose_here(_("Whose answers"), list(results), key=ANSWERS)
        _offer_one(results[title])


def _offer_one(result: Path) -> None:
    found, columns = scored_by(result)
    model = next((one for one in cache.models() if one.name == found.source.model), None)
    version = next((one for one in model.versions if one.number == found.source.number), None) if model else None
    if model is None or version is None:
        frame.note(_("The version that made these answers is no longer registered."))
        return
    if not columns:
        frame.note(_("The table has no column of texts or whole numbers, which ids are."))
        return
    which_column, which_name = st.columns(2)
    with which_column:
        column = st.selectbox(_("Look up by"), columns, None, key=COLUMN, placeholder=_("nothing: they are not kept"))
    with which_name:
        which = pickers.choose_here(
            _("Programs ask for"), _names(model, version), key=WHICH,
            show=lambda name: words.stage(version.stage) if name in LIVE else words.version(version.number),
        )  # fmt: skip
    if column is None:
        afterwards.show(SAID)
        return
    before = kept_at(precomputed(), shared.store_uri(), model.name, which)
    are_kept = before is not None and (before.at, before.column) == (found.at, column)
    frame.note(_("These answers are kept there.") if are_kept else _replaced_words(before))
    if st.button(_("Keep these answers"), key="predict_keep_do", icon=":material/key:", disabled=are_kept):
        with st.spinner(_("Keeping the answers…")):
            place = place_of(shared.store_uri(), model.name, which)
            kept = keep(session.actor(), precomputed(), place, version, [result], column)
        afterwards.say(SAID, _kept_words(kept))
        st.rerun()
    afterwards.show(SAID)
    asked = {"stage": which} if which in LIVE else {"stage": "", "version": which}
    if before is not None:
        navigation.link("serve", _("How programs look them up"), model=model.name, look="kept", **asked)


def _names(model: RegisteredModel, version: Version) -> list[str]:
    """Return what programs may call a version: its stage, where that means it, and its number."""
    holds = version.stage in LIVE and model.in_stage(version.stage)[0].number == version.number
    return [*([version.stage] if holds else []), str(version.number)]


def _replaced_words(before: Batch | None) -> str:
    if before is None:
        return _("No answers are kept there yet.")
    return _("They take the place of {answers} of version {version}, looked up by {column}, made {when}.").format(
        answers=ngettext("{count} answer", "{count} answers", before.rows), version=before.version,
        column=plain(before.column), when=moment(before.at),
    )  # fmt: skip


def _kept_words(kept: Batch) -> str:
    answers = ngettext("{count} answer", "{count} answers", kept.answered)
    said = _("Kept, and looked up by {column} now: {answers}.").format(column=plain(kept.column), answers=answers)
    if kept.rows == kept.answered:
        return said
    more = ngettext("{count} row has none: whoever asks for it is told why.",
                    "{count} rows have none: whoever asks for one is told why.", kept.rows - kept.answered)  # fmt: skip
    return f"{said} {more}"
