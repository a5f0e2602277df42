"""Results of the parts of one table as one result again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.access import Actor
from core.errors import ModelError
from core.foreign_json import read_json
from core.i18n import N_
from core.prediction.tables.results import SCORED_BY
from core.systems import put_in_place
from core.tables.dialects import cannot_be_read

ROWS_AT_ONCE = 50_000


def join_results(actor: Actor, parts: Sequence[Path], out: Path) -> int:
    """Write the results of parts, in their order, as one Parquet file, and return how many rows it has.

    Raises:
        ModelError: one is no result, or another version has scored it than the first.
        PizarraError: ``actor`` may not write files here.
    """
    actor.check("score_folder")
    if out.suffix != ".parquet" or not out.absolute().parent.is_dir() or out.resolve() in map(Path.resolve, parts):
        raise ModelError(
            N_("Parts are joined in a Parquet file of its own, in a folder that is there, but it is to be {file}."),
            N_("Choose another one with --out."),
            file=repr(str(out)),
        )
    unfinished = out.with_name(f"{out.name}.part")
    try:
        schemas = [pq.read_schema(path) for path in parts]
        sources = [_source(schema, path) for schema, path in zip(schemas, parts, strict=True)]
        for source, path in zip(sources, parts, strict=True):
            if source != sources[0]:
                raise ModelError(
                    N_("All parts must be scored by one version, but {name} was not by that of the first."),
                    N_("Score it again."),
                    name=repr(path.name),
                )
        whole, rows = pa.unify_schemas(schemas), 0
        with pq.ParquetWriter(unfinished, whole.with_metadata(schemas[0].metadata)) as writer:
            for path in parts:
                with pq.ParquetFile(path) as file:
                    for batch in file.iter_batches(ROWS_AT_ONCE):
                        writer.write_table(pa.Table.from_batches([batch]).cast(whole))
                        rows += len(batch)
    except (pa.ArrowException, OSError) as error:
        unfinished.unlink(missing_ok=True)
        raise cannot_be_read(error) from error
    put_in_place(unfinished, out)
    return rows


def _source(schema: Any, path: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = read_json((schema.metadata or {})[SCORED_BY])
        return {name: value for name, value in told.items() if name != "at"}
    except (KeyError, ValueError, AttributeError) as error:
        raise ModelError(
            N_("Only results of scoring are joined, but {name} does not say what scored it."),
            N_("Score the table again, and do not save its result with another program."),
            name=repr(path.name),
        ) from error
