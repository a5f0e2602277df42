"""Answers that were made before: where programs look them up by an id, and how; or that none are kept."""

from __future__ import annotations

import streamlit as st

from core.i18n import _, moment, ngettext
from core.process import shared
from core.serving.addresses import path_to_row
from core.serving.here import tokens
from core.serving.precomputed.here import precomputed
from core.serving.precomputed.lookups import Kept, kept_for
from core.serving.snippets import SNIPPETS, Call
from core.text import plain
from core.ui import address, frame, navigation, session
from core.ui.serve.choice import Asked


def show(asked: Asked, whole_address: str) -> None:
    """Show the address of a look-up for what is asked, a call to copy, and what is kept."""
    kept = kept_for(precomputed(), shared.store_uri(), asked.model, asked.which)
    if kept is None:
        st.markdown(
            _("**No answers are kept for it**, so a look-up says 404 whatever the id. Score a table on Predict, or "
              "have a schedule do it, and keep the answers by a column of ids.")
        )  # fmt: skip
        _lead(asked)
        return
    st.markdown(_kept_words(kept))
    if kept.why_stale:
        st.warning(
            _("They are still given, with “stale” and why. Make them again."), title=plain(kept.why_stale, 300),
            icon=":material/history:",
        )  # fmt: skip
    # An id may be somebody's number: it is shown to who may keep answers, and nobody else
    row_id = kept.an_id if session.actor().may("precompute") else None
    root = whole_address.removesuffix(asked.path)
    whole = f"{root}{path_to_row(asked.model.name, asked.which, row_id or _('ID'))}"
    st.code(whole, language=None, wrap_lines=True)
    frame.note(
        _("It is asked with **GET**. {id} is the id of a row, as it stands in column {column}; in an address it is "
          "percent-encoded. Whatever has no answer is 404, with why.")
        .format(id=f"`{row_id or _('ID')}`", column=f"**{plain(kept.batch.column)}**")
    )  # fmt: skip
    chosen = st.segmented_control(
        _("Written for"), list(SNIPPETS), default=next(iter(SNIPPETS)), required=True,
        key=address.unsaid("serve_kept_for"), format_func=lambda name: SNIPPETS[name].title,
        label_visibility="collapsed",
    )  # fmt: skip
    place = _("YOUR_TOKEN") if tokens().requires_tokens() else ""
    if place:
        frame.note(_("Write your token in place of {place}.").format(place=f"`{place}`"))
    st.code(SNIPPETS[str(chosen)].write(Call(whole, token=place)), language=None, wrap_lines=True)
    _lead(asked)


def _kept_words(kept: Kept) -> str:
    batch = kept.batch
    said = _("**Kept: {answers}** of version {version}, looked up by {column}, made {when}.").format(
        answers=ngettext("{count} answer", "{count} answers", batch.answered), version=batch.version,
        column=plain(batch.column), when=moment(batch.at),
    )  # fmt: skip
    if batch.rows == batch.answered:
        return said
    return f"{said} {ngettext('{count} row has none.', '{count} rows have none.', batch.rows - batch.answered)}"


def _lead(asked: Asked) -> None:
    """Lead to where answers are made, whoever may make them."""
    if not frame.allows("precompute", _("Only the presenter may keep answers for look-up.")):
        return
    with st.container(horizontal=True):
        navigation.link("predict", _("Score a table now"), model=asked.model.name)
        navigation.link("schedules", _("Have a schedule do it"))
