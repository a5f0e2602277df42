"""Offer to upload a file: a visit has one at a time, and is told why there is no room for another."""

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
SHOWN = "upload_shown"  # in the session: the file that its page has
IN_USE = "upload_in_use"  # in the session: a file that stays while its visitor is on other pages


def keep(file_id: str) -> None:
    """Have a file stay until another one is uploaded or it is let go, also where its visitor turns to another page."""
    st.session_state[IN_USE] = file_id


def is_kept(file_id: str) -> bool:
    """Tell whether a file is still here: another page may have taken in another one."""
    return st.session_state.get(IN_USE) == file_id == st.session_state.get(SHOWN)


def choose_file(
    label: str, endings: Sequence[str], key: str, on_change: Callable[[], None] | None = None
) -> UploadedFile | None:
    """Offer to upload a file and return it; the one before it is let go, also where another page had it."""
    if not frame.allows("upload", _("Only the presenter may upload files.")):
        return None
    file = st.file_uploader(label, type=endings, key=key, max_upload_size=uploads.largest(), on_change=on_change)
    st.html(_WORDS.format(key=key, words=json.dumps(_("Choose a file"), ensure_ascii=False)))
    context = get_script_run_ctx()
    if context is None:
        return file
    before, now = st.session_state.get(SHOWN), file.file_id if file is not None else None
    if now is None and before is not None and before == st.session_state.get(IN_USE):
        now = before
    if before not in {None, now} and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, before)
    st.session_state[SHOWN] = now
    if refused := uploads.refusal(context.session_id):
        frame.show_error(refused)
    return file
