"""Uploaded files, which Streamlit keeps in memory: how much one visit and all together may have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime import exists, get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from core.errors import PizarraError
from core.i18n import N_
from core.settings import settings

MB = 1024 * 1024
AROUND = 10_000  # bytes that any file takes beside its own, an empty one too

_coming: Counter[str] = Counter()  # bytes of each session's uploads under way, which Streamlit does not have yet
_refused: dict[str, PizarraError] = {}  # why a session's last upload was refused


def largest() -> int:
    """Return how many MB one file may have."""
    return min(int(st.get_option("server.maxUploadSize")), settings().uploads_each, settings().uploads)


def refusal(session_id: str) -> PizarraError | None:
    """Return why a session's last upload was refused; None where it was not."""
    return _refused.get(session_id)


@contextmanager
def taking(session_id: str, announced: int) -> Iterator[Callable[[int], None]]:
    """Take in an upload of so many bytes; what is yielded is told of every piece that came.

    All of it goes on in the thread that serves requests, and nothing of it waits.

    Raises:
        PizarraError: whose session it is may not, or there is no room for it; pieces raise it too, as they may be more
            than was announced.
    """
    if not exists() or not get_instance().is_active_session(session_id):  # which Streamlit refuses
        yield lambda _count: None
        return
    _refused.pop(session_id, None)
    from core.ui import session  # with all that pages need: whoever uploads has one open

    try:
        session.actor_of(session_id).check("upload")
    except PizarraError as why:
        raise _refuse(session_id, why) from None
    _make_room(session_id, announced)
    came = 0

    def take(count: int) -> None:
        nonlocal came
        _make_room(session_id, count)
        came += count
        _coming[session_id] += count

    try:
        yield take
    finally:
        _coming[session_id] -= came
        if not _coming[session_id]:
            del _coming[session_id]


def _make_room(session_id: str, count: int) -> None:
    """Let go what nobody looks at any more, where there is no room for so many bytes more.

    Raises:
        PizarraError: there is still no room.
    """
    files = get_instance().uploaded_file_mgr
    if not isinstance(files, MemoryUploadedFileManager):
        return
    limits = settings()
    if (size := _kept(files, session_id) + count) > limits.uploads_each * MB:
        raise _refuse(session_id, PizarraError(
            N_("What you upload may have {limit} MB in all, but with this file it would have {size} MB."),
            N_("Remove the file that you uploaded before, or choose a smaller one, then upload it again."),
            limit=limits.uploads_each,
            size=_megabytes(size),
        ))  # fmt: skip
    if _all_kept(files) + count <= limits.uploads * MB:
        return
    for gone in [one for one in list(files.file_storage) if get_instance().get_client(one) is None]:  # oldest first
        files.remove_session_files(gone)
        if _all_kept(files) + count <= limits.uploads * MB:
            return
    raise _refuse(session_id, PizarraError(
        N_("What all visitors upload may have {limit} MB in all, but with this file it would have {size} MB."),
        N_("Try again when others have removed their files or closed their pages, or choose a smaller file."),
        limit=limits.uploads,
        size=_megabytes(_all_kept(files) + count),
    ))  # fmt: skip


def _kept(files: MemoryUploadedFileManager, session_id: str) -> int:
    kept = list(files.file_storage.get(session_id, {}).values())
    return sum(len(file.data) + AROUND for file in kept) + _coming[session_id]


def _all_kept(files: MemoryUploadedFileManager) -> int:
    return sum(_kept(files, session_id) for session_id in {*files.file_storage, *_coming})


def _megabytes(size: int) -> int:
    return -(-size // MB)  # whole ones, rounded up: never the limit itself


def _refuse(session_id: str, why: PizarraError) -> PizarraError:
    """Have the session's page say why."""
    for gone in [one for one in _refused if not get_instance().is_active_session(one)]:
        del _refused[gone]
    _refused[session_id] = why
    if opened := get_instance().get_app_session(session_id):
        opened.request_rerun(opened._client_state)  # the page it is on, with its address, as it is
    return why
