"""Offer to upload a file: a page has one at a time unless it says otherwise; why there is no room for more is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.i18n import _
from core.ui import frame, uploads

# Streamlit says these in English only; how much may be uploaded the label says
_WORDS = """<style>
.st-key-{key} [data-testid=stFileUploaderDropzoneInstructions] {{ display: none !important; }}
.st-key-{key} [data-testid=stFileUploaderDropzone] button p {{ font-size: 0 !important; }}
.st-key-{key} [data-testid=stFileUploaderDropzone] button p::after {{ content: {words}; font-size: 1rem; }}
</style>"""
SHOWN = "upload_shown"  # in the session: the files that its page has, by the keys of their uploaders
IN_USE = "upload_in_use"  # in the session: a file that stays while its visitor is on other pages


def keep(file_id: str) -> None:
    """Have a file stay until another one is uploaded or it is let go, also where its visitor turns to another page."""
    st.session_state[IN_USE] = file_id


def is_kept(file_id: str) -> bool:
    """Tell whether a file is still here: another page may have taken in another one."""
    return st.session_state.get(IN_USE) == file_id and file_id in st.session_state.get(SHOWN, {}).values()


def choose_file(
    label: str,
    endings: Sequence[str],
    key: str,
    on_change: Callable[[], None] | None = None,
    *,
    beside: Sequence[str] = (),
) -> UploadedFile | None:
    """Offer to upload a file and return it; the one before it is let go, also where another page had it.

    The files of the uploaders ``beside`` it, by their keys, stay.
    """
    if not frame.allows("upload", _("Only the presenter may upload files.")):
        return None
    file = st.file_uploader(label, type=endings, key=key, max_upload_size=uploads.largest(), on_change=on_change)
    st.html(_WORDS.format(key=key, words=json.dumps(_("Choose a file"), ensure_ascii=False)))
    context = get_script_run_ctx()
    if context is None:
        return file
    before: dict[str, str] = st.session_state.get(SHOWN, {})
    now = {name: file_id for name, file_id in before.items() if name in beside}
    if file is not None:
        now[key] = file.file_id
    else:
        now |= {name: one for name, one in before.items() if one == st.session_state.get(IN_USE)}
    if isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        for gone in {*before.values()} - {*now.values()}:
            context.uploaded_file_mgr.remove_file(context.session_id, gone)
    st.session_state[SHOWN] = now
    if refused := uploads.refusal(context.session_id):
        frame.show_error(refused)
    return file
