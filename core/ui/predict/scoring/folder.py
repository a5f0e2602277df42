"""More than one computer can hold: a folder of Parquet files, scored file by file by all workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import streamlit as st

from core.errors import PizarraError
from core.i18n import _, current_language, number
from core.prediction.open_version import ToOpen
from core.prediction.tables.batch import Scored, Scoring, parquet_files, score_part
from core.process import cache, shared
from core.process.asked import AskedVersion, consented
from core.text import plain
from core.training.long_tasks import LongTask
from core.ui import frame, session

MOST_PARTS, FOLDER = 200, "predict_many_parts"  # the latter in the session


def scoring_by(asked: AskedVersion) -> Scoring:
    """Return how a worker is to score with an open version, by the cut-off that people chose for its model."""
    version = asked.version
    to_open = ToOpen(version.uri, version.run_id, allow_code=consented(version), cutoff=cache.cutoff(version.model))
    return Scoring(shared.store_uri(), to_open, version.model, version.number, version.stage, current_language())


def titled(asked: AskedVersion) -> str:
    """Return which version scores, in words."""
    return _("{model}, version {number}").format(model=plain(asked.version.model), number=asked.version.number)


@dataclass(eq=False)
class _Parts:
    """The files of a folder that are being scored, or were."""

    title: str
    tasks: Mapping[str, LongTask[Scored]]
    scored: dict[str, Scored] = field(default_factory=dict)
    problems: dict[str, PizarraError] = field(default_factory=dict)

    @property
    def are_done(self) -> bool:
        return len(self.scored) + len(self.problems) == len(self.tasks)

    def collect(self) -> None:
        """Take what has ended."""
        for name, task in self.tasks.items():
            if name not in self.scored and name not in self.problems and task.is_done:
                try:
                    self.scored[name] = task.result()
                except PizarraError as problem:
                    self.problems[name] = problem


def show_folder(asked: AskedVersion) -> None:
    """Offer to score a folder that all workers can read, and show what came of it."""
    st.markdown(
        _("The next free worker scores the next Parquet file of a folder; the results are put into a folder below it.")
    )
    folder = st.text_input(_("Folder of Parquet files"), key="predict_many_folder").strip()
    parts: _Parts | None = st.session_state.get(FOLDER)
    if parts is not None and not parts.are_done:
        _follow_parts(parts)
        return
    if st.button(_("Score this folder"), key="predict_many_folder_score", disabled=not folder):
        with st.spinner(_("Looking at the folder…")):
            jobs, actor, scoring = shared.jobs(), session.actor(), scoring_by(asked)
            found = jobs.workers.answer(parquet_files, actor, Path(folder))
            tasks = {path.name: jobs.workers.begin(score_part, actor, scoring, path) for path in found}
        session.remember(FOLDER, _Parts(titled(asked), tasks))
        st.rerun()
    if parts is not None:
        _show_parts(parts)


@frame.live(1.0)
def _follow_parts(parts: _Parts) -> None:
    parts.collect()
    if parts.are_done:
        st.rerun()
    done, of = len(parts.scored) + len(parts.problems), len(parts.tasks)
    st.progress(done / of, text=_("{title}: {done} of {of} files").format(title=parts.title, done=done, of=of))
    if st.button(_("Stop"), key="predict_many_folder_stop", icon=":material/stop_circle:"):
        for task in parts.tasks.values():
            task.cancel()


def _show_parts(parts: _Parts) -> None:
    rows = sum(one.rows for one in parts.scored.values())
    answered = sum(one.answered for one in parts.scored.values())
    with st.container(horizontal=True):
        st.metric(_("rows answered"), number(answered, 0), width="content")
        st.metric(_("rows with errors"), number(rows - answered, 0), width="content")
        st.metric(_("files with errors"), number(len(parts.problems), 0), width="content")
    if parts.scored:
        place = next(iter(parts.scored.values())).errors.parent
        st.markdown(_("The results are in {folder}.").format(folder=plain(place, 400)))
    listed = [
        (name, parts.scored[name].answered, parts.scored[name].rows - parts.scored[name].answered, "")
        if name in parts.scored
        else (name, 0, 0, str(parts.problems[name]))
        for name in list(parts.tasks)[:MOST_PARTS]
    ]
    st.dataframe(
        pd.DataFrame(listed, columns=[_("File"), _("Answered"), _("With errors"), _("Why not")]),
        hide_index=True,
        key="predict_many_parts_table",
        alt=_("Files, one a line"),
    )
