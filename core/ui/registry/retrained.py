"""What speaks for a version that was trained anew: it and the one before, on new rows and on those of before."""

from __future__ import annotations

import streamlit as st

from core.errors import StoreError
from core.i18n import _, ngettext, number
from core.process import cache
from core.retraining.comparison import DOCUMENT, comparison_of
from core.retraining.launching import retraining_of
from core.retraining.sentences import comparison_words
from core.store.registry.registered_models import Version
from core.text import plain
from core.ui import frame


def show(version: Version) -> None:
    """Show the comparison that came with a version's run; nothing where it was not trained anew."""
    try:
        told = retraining_of(cache.run(version.run_id).tags) if version.run_id else None
    except StoreError:  # its run is gone, which the other evidence says
        return
    if told is None:
        return
    with st.container(border=True, key="registry_retrained"):
        from_where = _("**Trained anew from version {version}**, with {rows}.").format(
            version=number(told.version, 0), rows=ngettext("{count} new row", "{count} new rows", told.new)
        )
        st.markdown(from_where)
        try:
            found = comparison_of(cache.added_document(version.run_id, DOCUMENT))
        except StoreError as error:
            frame.show_error(error)
            return
        first, *others = comparison_words(found)
        st.markdown(f"**{plain(first, 600)}**")
        for words in others:
            frame.note(plain(words, 600))
