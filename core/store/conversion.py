"""Turn a folder of MLflow's files into a database, also where ``mlflow migrate-filestore`` stops: on a mended copy."""

from __future__ import annotations

import io
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, redirect_stdout
from pathlib import Path

import yaml  # type: ignore[import-untyped]
from mlflow.store.fs2db import migrate

from core.access import Actor
from core.errors import StoreError
from core.i18n import N_

ABOUT, FILES = "meta.yaml", "artifacts"  # what MLflow calls the description of a thing, and its files' folder


def convert(folder: Path, database: Path, actor: Actor) -> tuple[int, int]:
    """Write the records of ``folder`` into the new SQLite file ``database``; the folder is only read.

    Returns how many experiments got another name, as it was taken, and how many doubled lines of metrics were left
    out. What was deleted stays deleted. Files of runs are not copied: the database points at the same places.

    Raises:
        StoreError: the folder has no records, the file is there already, or MLflow cannot read the records.
        PizarraError: ``actor`` may not.
    """
    actor.check("change_store")
    if database.exists():
        raise StoreError(
            N_("The new database must not exist yet, but {database} does."), N_("Choose another name."),
            database=database,
        )  # fmt: skip
    records = folder / "mlruns" if (folder / "mlruns").is_dir() else folder  # as MLflow's own command looks for them
    if not records.is_dir():
        raise StoreError(N_("There is no folder {folder}."), N_("Check how it is written."), folder=folder)
    with tempfile.TemporaryDirectory() as place:
        copy, unfinished = Path(place) / "mlruns", Path(place) / "mlflow.db"
        shutil.copytree(records, copy, ignore=_files)
        try:
            renamed, doubled = _rename_doubles(copy), sum(map(_drop_doubles, _metric_files(copy)))
            with redirect_stdout(io.StringIO()):  # its report names the copy, which is gone at the end
                migrate(copy, f"sqlite:///{unfinished}", progress=False)
        except Exception as error:  # whatever reading broken files raises
            raise StoreError(
                N_("MLflow could not convert the records of {folder}: {reason}"),
                N_("Nothing was written. Look for broken files there, then try again."),
                folder=folder,
                reason=str(error)[:300],
            ) from error
        with closing(sqlite3.connect(unfinished)) as source, closing(sqlite3.connect(database)) as target:
            source.backup(target)
    return renamed, doubled


def _files(folder: str, names: list[str]) -> list[str]:
    """Say what of a folder is not copied: the files of a run or a model, which lie beside its description."""
    return [FILES] if ABOUT in names and (Path(folder) / FILES).is_dir() else []


def _rename_doubles(records: Path) -> int:
    """Give experiments a name of their own, deleted ones last: the database knows each name only once."""
    taken: set[str] = set()
    renamed = 0
    for about in [*sorted(records.glob(f"*/{ABOUT}")), *sorted(records.glob(f".trash/*/{ABOUT}"))]:
        said = yaml.safe_load(about.read_text(encoding="utf-8")) or {}
        if not about.parent.name.isdigit() or "name" not in said:
            continue
        name = str(said["name"])
        if name in taken:
            name = f"{name} ({about.parent.name})"
            about.write_text(yaml.safe_dump({**said, "name": name}, allow_unicode=True), encoding="utf-8")
            renamed += 1
        taken.add(name)
    return renamed


def _metric_files(records: Path) -> Iterator[Path]:
    for metrics in records.rglob("metrics"):
        of_model = metrics.parent.parent.name == "models"  # its lines also say which run and data they are of
        if metrics.is_dir() and (metrics.parent / ABOUT).is_file() and not of_model:
            yield from (path for path in metrics.rglob("*") if path.is_file())


def _drop_doubles(metric: Path) -> int:
    """Keep the first of a metric's lines that say the same time, value and step; return how many were left out."""
    lines = [line for line in metric.read_text(encoding="utf-8").splitlines() if line.strip()]
    kept = {_measured(line): line for line in reversed(lines)}
    if len(kept) < len(lines):
        metric.write_text("".join(f"{line}\n" for line in reversed(kept.values())), encoding="utf-8")
    return len(lines) - len(kept)


def _measured(line: str) -> tuple[int, str, int]:
    time, value, *rest = line.split(" ")  # the step, then the data that it was measured on
    return int(time), repr(float(value)), int(rest[0]) if rest else 0
