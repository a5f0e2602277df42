"""What a reset takes away: what is in a store and not in its pack, by name."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from core.store.connection import Store, read_only_uri, sqlite_path
from core.store.runs.tables import STUDENT_TAG, TIMELINE_EXPERIMENT
from core.store.states import files, pack, rows

_EXPERIMENTS = "select experiment_id, name from experiments where lifecycle_stage = 'active' order by name"
_RUNS = (
    "select runs.run_uuid, coalesce(runs.name, ''), experiments.name, coalesce(tags.value, ''), runs.lifecycle_stage"
    " from runs join experiments using (experiment_id)"
    " left join tags on tags.run_uuid = runs.run_uuid and tags.key = ? order by runs.start_time desc"
)
_VERSIONS = "select name, version, coalesce(run_id, '') from model_versions order by name, version"


@dataclass(frozen=True)
class GoingRun:
    """A run that goes; ``student`` is empty where nobody gave a name."""

    name: str
    experiment: str
    student: str


@dataclass(frozen=True)
class Going:
    """What goes with a reset.

    ``files`` counts those added to the pack's own runs, ``deleted`` the runs that were deleted but could be restored.
    ``changed`` says that rows of the pack's own differ or others were added.
    """

    experiments: tuple[str, ...]
    runs: tuple[GoingRun, ...]
    versions: tuple[tuple[str, int], ...]
    deleted: int
    files: int
    changed: bool

    @property
    def nothing(self) -> bool:
        """Tell whether the store is as it was packed, as far as rows and names of files tell."""
        return not self.changed and not self.files


def what_goes(store: Store, file: Path) -> Going:
    """Return what is in a SQLite store and not in its pack."""
    path = sqlite_path(store.uri) or Path()
    with (
        closing(sqlite3.connect(read_only_uri(path), uri=True)) as live,
        closing(pack.packed_rows(file, path, live)) as packed,
    ):
        known = {run_id for run_id, *_rest in packed.execute(_RUNS, (STUDENT_TAG,))}
        found = [
            (GoingRun(name, experiment, student), stage == "active")
            for run_id, name, experiment, student, stage in live.execute(_RUNS, (STUDENT_TAG,))
            if run_id not in known and experiment != TIMELINE_EXPERIMENT
        ]
        experiments = set(packed.execute(_EXPERIMENTS))
        versions = set(packed.execute(_VERSIONS))
        home = path.resolve().parent
        ours = files.owned(packed, home)
        return Going(
            experiments=tuple(str(one[1]) for one in live.execute(_EXPERIMENTS) if one not in experiments),
            runs=tuple(run for run, active in found if active),
            versions=tuple((str(name), int(number)) for name, number, run_id in live.execute(_VERSIONS)
                           if (name, number, run_id) not in versions),
            deleted=sum(not active for _run, active in found),
            files=len(files.files_below(home, ours) - pack.packed_files(file)),
            changed=not rows.are_same(live, packed),
        )  # fmt: skip
