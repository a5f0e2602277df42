"""Offer to upload the results of a run that its store did not take, where they are kept on this computer."""

from __future__ import annotations

import streamlit as st

from core.errors import PizarraError
from core.i18n import _, moment
from core.process import shared
from core.settings import settings
from core.store.kept_results import MOST_BYTES, MOST_KEPT, kept_of
from core.store.runs.tables import UPLOADED_TAG, Run
from core.store.times import read_time, written_time
from core.store.uploading import upload_results
from core.text import plain
from core.ui import frame, session


def offer(run: Run) -> None:
    """Say what is kept of a run that ended early, and let whoever may upload it; nothing where nothing ever was."""
    kept = kept_of(settings().cache_dir, run.run_id)
    if kept is None or run.status not in {"FAILED", "KILLED"}:
        return
    if kept.let_go:
        frame.note(
            _(
                "Its results were kept on this computer and let go on {when}: the oldest go where there are more than "
                "{most} runs or {megabytes} MB."
            ).format(when=moment(kept.since), most=MOST_KEPT, megabytes=MOST_BYTES >> 20)
        )
        return
    with st.container(border=True, key=f"kept_{run.run_id}"):
        st.markdown(
            _("Its results have been kept on this computer since {when}: metrics, files and the model.").format(
                when=moment(kept.since)
            )
        )
        if not session.actor().may("upload_results"):
            frame.note(_("Only the presenter may upload them."))
            return
        if st.button(_("Upload its results"), key=f"kept_upload_{run.run_id}", icon=":material/upload:"):
            _upload(run)
        if refused := st.session_state.get(_refused(run)):  # a part that is shown anew each second would forget it
            st.error(refused, icon=":material/error:")


def _upload(run: Run) -> None:
    try:
        with st.spinner(_("Uploading…")), shared.writing([run.run_id]):
            upload_results(shared.store(), session.actor(), settings().cache_dir, run.run_id)
    except PizarraError as error:
        st.session_state[_refused(run)] = plain(str(error), 600)
        return
    st.session_state.pop(_refused(run), None)
    st.toast(_("{name} is complete now.").format(name=plain(run.title)), icon=":material/check_circle:")
    st.rerun()


def _refused(run: Run) -> str:
    return f"kept_refused_{run.run_id}"


def show_upload(run: Run) -> None:
    """Say of a run that its results came later, where they did."""
    when = read_time(written_time(run.tags.get(UPLOADED_TAG, "")))
    if run.status == "FINISHED" and when is not None:
        frame.note(
            _(
                "Its results came on {when}: its store had not taken them, and they were kept where it was trained."
            ).format(when=moment(when))
        )
