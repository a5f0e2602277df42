"""Many at once: upload a table, read how it fits, have it scored in a worker, and take the result along."""

from __future__ import annotations

import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.comparison.evidence import chance_of, measured
from core.errors import PizarraError
from core.i18n import _, ngettext, number
from core.prediction.tables.batch import RESULT, Scored, score_file
from core.prediction.tables.dialects import recognise
from core.prediction.tables.matching import Matching, match_columns
from core.process import shared
from core.process.asked import AskedModel, AskedVersion
from core.settings import settings
from core.tables.dialects import Dialect
from core.text import plain
from core.training.long_tasks import LongTask
from core.ui import frame, session, tables, uploader, uploads
from core.ui.predict.scoring import folder, keeping, report

ENDINGS = ["csv", "txt", "tsv", "parquet", "xlsx", "xls", "ods"]  # spreadsheets are told what to do
FORGOTTEN_SECONDS = 24 * 3600  # after which files of a dashboard that was killed are removed
MOST_METRICS = 6
AT_ONCE = 2  # versions that score a file
UPLOAD = "predict_many_upload"  # in the session


@dataclass(frozen=True)
class _Work:
    """A file that is being scored, or was: with which version, and by which task."""

    title: str
    task: LongTask[Scored]


@dataclass(eq=False)
class _Upload:
    """An uploaded file in a folder of its own, which goes when the session forgets it."""

    file_id: str
    folder: Path
    path: Path
    reports: dict[tuple[str, ...], tuple[Dialect, Matching, pd.DataFrame]] = field(default_factory=dict)
    works: list[_Work] = field(default_factory=list)
    scored: list[tuple[str, Scored]] = field(default_factory=list)
    unfit: list[str] = field(default_factory=list)  # versions that were not asked
    problems: list[tuple[str, PizarraError]] = field(default_factory=list)

    def __post_init__(self) -> None:
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def write(self, file: UploadedFile) -> None:
        """Have the file on disk, for whoever reads it."""
        if not self.path.exists():
            self.path.write_bytes(file.getbuffer())


@frame.live(None)
def show_scoring(found: Sequence[AskedModel]) -> None:
    """Offer to score a whole file with the first open version and the one beside it, and show what came of it."""
    st.subheader(_("Many at once"), anchor=False)
    asked = [one for one in found if isinstance(one, AskedVersion)]
    if len(asked) < len(found):
        frame.note(_("A whole table is scored with a registered model, as its result names the version that answered."))
        _forget_upload()
        return
    st.markdown(_("Upload a table: every row gets the model's answer."))
    if not frame.allows("score", _("Only the presenter may upload a table.")):
        _forget_upload()
        return
    label = _("A table as CSV or Parquet, up to {size} MB").format(size=number(uploads.largest()))
    file = uploader.choose_file(label, ENDINGS, "predict_many_file")
    if file is None:
        _forget_upload()
    else:
        with frame.reporting():
            _show_upload(asked, file, _received(file))
    if session.actor().may("score_folder"):
        with st.expander(_("More than one computer can hold"), icon=":material/folder_open:"):
            folder.show_folder(asked[0])


# One file


def _received(file: UploadedFile) -> _Upload:
    """Return the uploaded file of this session; another one takes the place of the one before."""
    held: _Upload | None = st.session_state.get(UPLOAD)
    if held is not None and held.file_id == file.file_id:
        return held
    _forget_upload()
    session.actor().check("score")  # before anything is put on the disk for it
    uploads = (settings().cache_dir / "uploads").resolve()
    uploads.mkdir(parents=True, exist_ok=True)
    _remove_forgotten(uploads)
    place = Path(tempfile.mkdtemp(dir=uploads))
    place.chmod(0o755)  # the workers may be somebody else
    upload = _Upload(file.file_id, place, place / f"upload{Path(file.name).suffix.lower()}")
    st.session_state[UPLOAD] = upload
    return upload


def _forget_upload() -> None:
    held: _Upload | None = st.session_state.pop(UPLOAD, None)
    if held is not None:
        for work in held.works:
            work.task.cancel()
        shutil.rmtree(held.folder, ignore_errors=True)


def _remove_forgotten(uploads: Path) -> None:
    for forgotten in uploads.iterdir():
        if forgotten.is_dir() and time.time() - forgotten.stat().st_mtime > FORGOTTEN_SECONDS:
            shutil.rmtree(forgotten, ignore_errors=True)


def _show_upload(versions: Sequence[AskedVersion], file: UploadedFile, upload: _Upload) -> None:
    if upload.works:
        _follow(upload)
        return
    asked, beside = versions[0], versions[1:AT_ONCE]
    target = asked.target
    dialect, matching, first = _report(asked, file, upload, target)
    if not asked.target and matching.extra:
        nothing = _("none of them")
        chosen = st.selectbox(
            _("Column with the right answers, if there is one"),
            [nothing, *matching.extra],
            key="predict_many_answers",
        )
        if chosen != nothing:
            target = chosen
            dialect, matching, first = _report(asked, file, upload, target)
    decimals: Mapping[str, str] | None = None
    if matching.two_ways and (decimals := report.ask_how_read(matching.two_ways)):
        dialect, matching, first = _report(asked, file, upload, target, decimals)
    report.show_report(dialect, matching)
    with st.expander(_("The first rows as they are read"), icon=":material/table_chart:"):
        st.dataframe(first, hide_index=True, placeholder="–", alt=_("The first rows of the file"))
    words = ngettext("Score {count} row", "Score {count} rows", dialect.rows)
    if st.button(
        words, key="predict_many_score", type="primary", icon=":material/playlist_play:",
        disabled=not matching.is_complete,
    ):  # fmt: skip
        upload.scored, upload.problems = [], []
        with st.spinner(_("Finding a worker…")):
            upload.write(file)
            upload.works.append(_begin(asked, upload, dialect, matching))
            upload.unfit = [
                folder.titled(one) for one in beside if not _begin_beside(one, file, upload, target, decimals)
            ]
        st.rerun()
    is_one = len(upload.scored) + len(upload.problems) + len(upload.unfit) < 2
    for title, problem in upload.problems:
        if not is_one:
            st.markdown(f"**{title}**")
        frame.show_error(problem)
    for title in upload.unfit:
        frame.note(_("{title} was not asked: the file does not fit it.").format(title=title))
    if upload.scored:
        _show_scored(upload.scored, file.name, is_one=is_one)


def _begin_beside(
    asked: AskedVersion, file: UploadedFile, upload: _Upload, target: str, decimals: Mapping[str, str] | None
) -> bool:
    """Have the version beside it score the file too; tell whether the file fits it."""
    try:
        dialect, matching, _first = _report(asked, file, upload, target, decimals)
    except PizarraError:
        return False
    if not matching.is_complete:
        return False
    upload.works.append(_begin(asked, upload, dialect, matching, f"{RESULT}-{asked.version.number}"))
    return True


def _begin(asked: AskedVersion, upload: _Upload, dialect: Dialect, matching: Matching, name: str = RESULT) -> _Work:
    task = shared.jobs().workers.begin(
        score_file, session.actor(), folder.scoring_by(asked), upload.path, dialect, matching, upload.folder,
        measured, chance_of, name=name,
    )  # fmt: skip
    return _Work(folder.titled(asked), task)


def _report(
    asked: AskedVersion, file: UploadedFile, upload: _Upload, target: str, decimals: Mapping[str, str] | None = None
) -> tuple[Dialect, Matching, pd.DataFrame]:
    key = (f"{asked.version.uri} {asked.version.source}", target, *(decimals or {}), *(decimals or {}).values())
    if key not in upload.reports:
        with st.spinner(_("Looking at the file…")):
            upload.write(file)
            dialect = recognise(upload.path, asked.fields, target)
            upload.reports[key] = (dialect, *match_columns(upload.path, dialect, asked.fields, target, decimals))
    return upload.reports[key]


@frame.live(1.0)
def _follow(upload: _Upload) -> None:
    """Show how far it is; once it is done the page shows the result."""
    if not upload.works:
        st.rerun()
    if all(work.task.is_done for work in upload.works):
        for work in upload.works:
            try:
                upload.scored.append((work.title, work.task.result()))
            except PizarraError as problem:
                upload.problems.append((work.title, problem))
        _end(upload)
    work = next(work for work in upload.works if not work.task.is_done)
    told = work.task.progress()
    if told is None or not told.of:
        st.progress(0.0, text=_("Waiting for a worker, which then opens the model…"))
    else:
        st.progress(
            told.fraction,
            text=_("{title}: {done} of {of} rows").format(
                title=work.title, done=number(told.done, 0), of=number(told.of, 0)
            ),
        )
    if st.button(_("Stop"), key="predict_many_stop", icon=":material/stop_circle:"):
        for each in upload.works:
            each.task.cancel()
        _end(upload)


def _end(upload: _Upload) -> NoReturn:
    upload.works = []
    upload.path.unlink(missing_ok=True)
    st.rerun()


def _show_scored(results: Sequence[tuple[str, Scored]], name: str, *, is_one: bool) -> None:
    """Show what came of the file: what the first version answers and, beside it, how the other one does."""
    (_title, scored), *others = results
    with st.container(border=True, key="predict_many_result"):
        for column, (title, one) in zip(st.columns(len(results), gap="medium"), results, strict=True):
            with column:
                if not is_one or one.metrics:
                    st.markdown(f"**{title}**")
                _show_counts(one)
                _show_metrics(one)
                report.show_unknown(one.unknown, one.rows)
                report.show_lacking(one.lacking, one.rows)
        if any(one.intervals for _title, one in results):
            frame.note(_("Below each metric: where its value on all such rows likely lies (95 %)."))
        if scored.blank:
            frame.note(ngettext("{count} blank line was left out.", "{count} blank lines were left out.", scored.blank))
        _offer(results, Path(name).stem, is_one=is_one)
        st.dataframe(
            tables.localized(report.first_rows(scored, others)), hide_index=True, placeholder="–",
            key="predict_many_first", alt=_("The first rows of the result"),
        )  # fmt: skip
    keeping.offer({title: one.results["parquet"] for title, one in results})


def _show_counts(scored: Scored) -> None:
    with st.container(horizontal=True):
        st.metric(_("rows answered"), number(scored.answered, 0), width="content")
        st.metric(_("rows with errors"), number(scored.rows - scored.answered, 0), width="content")


def _show_metrics(scored: Scored) -> None:
    metrics = dict(list(scored.metrics.items())[:MOST_METRICS])
    with st.container(horizontal=True):
        for metric, value in metrics.items():
            report.show_metric(metric, value, scored.intervals.get(metric))
    if without := [metric for metric in metrics if metric not in scored.intervals]:
        frame.note(_("How far chance moves {metrics} on these rows is not known.").format(
            metrics=plain(", ".join(without))))  # fmt: skip
    if scored.undefined:
        frame.note(_("Of {metrics} these rows say nothing: their right answers are all the same, or none is of the "
                     "class that it is about.").format(metrics=plain(", ".join(scored.undefined))))  # fmt: skip
    if scored.compared:
        frame.note(ngettext("The metrics are of {count} row whose right answer is known.",
                            "The metrics are of {count} rows whose right answer is known.",
                            scored.compared))  # fmt: skip
    if scored.not_compared is not None:
        st.warning(
            plain(str(scored.not_compared), 500), title=_("The right answers were not counted"),
            icon=":material/info:",
        )  # fmt: skip


def _offer(results: Sequence[tuple[str, Scored]], stem: str, *, is_one: bool) -> None:
    for place, (title, scored) in enumerate(results):
        more, key = (f"-{place + 1}", f"_{place + 1}") if place else ("", "")
        with st.container(horizontal=True, vertical_alignment="center"):
            if not is_one:
                st.markdown(title, width="content")
            _download(_("Result as CSV"), scored.results["csv"], f"{stem}-scored{more}.csv", "text/csv", f"csv{key}")
            _download(_("Result as Parquet"), scored.results["parquet"], f"{stem}-scored{more}.parquet",
                      "application/vnd.apache.parquet", f"parquet{key}")  # fmt: skip
            if scored.rows > scored.answered:
                _download(_("Errors as CSV"), scored.errors, f"{stem}-errors{more}.csv", "text/csv", f"errors{key}")


def _download(words: str, path: Path, name: str, mime: str, key: str) -> None:
    read: Callable[[], bytes] = path.read_bytes  # only once it is pressed: a result may be large
    st.download_button(words, read, file_name=name, mime=mime, key=f"predict_many_{key}", icon=":material/download:")
