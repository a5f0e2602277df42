"""Upload results that were kept on this computer: their run is FINISHED then, as if its store had taken them before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import mlflow
from mlflow.utils.time import get_current_time_millis

from core.access import Actor
from core.errors import StoreError
from core.i18n import N_
from core.store.connection import Store, accepting
from core.store.kept_results import FOLDER, forget_kept, kept_of, read_kept
from core.store.owner import is_gone, owner
from core.store.runs.tables import FAILURE_TAG, UPLOADED_TAG
from core.store.runs.tracking import get_run
from core.store.sending import Results, send

UPLOADING = ".uploading"
_uploading = Lock()  # MLflow logs models into the process-wide store


def upload_results(store: Store, actor: Actor, cache_dir: Path, run_id: str) -> bool:
    """Upload what is kept of a run, and keep it no more once the store has all of it.

    The run ended when it was measured, and says no longer why it failed. False where nothing is kept of a run that has
    finished, as somebody was quicker.

    Raises:
        StoreError: nothing is kept of the run, it is not in this store or was deleted, or the store refuses.
        PizarraError: ``actor`` may not.
    """
    actor.check("upload_results")
    with _alone(cache_dir, run_id):
        run = get_run(store, run_id)
        kept = kept_of(cache_dir, run_id)
        if kept is None or kept.let_go:
            if run.status == "FINISHED":
                return False
            raise StoreError(
                N_("The results of this run must be kept on this computer, but they are not."),
                N_("Upload them where it was trained, or launch it again."),
            )
        if run.deleted:
            raise StoreError(
                N_("Results can be uploaded into a run that is there, but this one was deleted."),
                N_("Restore it on the Experiments page, then upload them again."),
            )
        results = _read(cache_dir, run_id)
        with accepting(
            N_("The store did not take the results: {reason}"), N_("They are still kept. {advice}"),
            N_("Try again later."),
        ):  # fmt: skip
            _send(store, run_id, results)
        _confirm(store, run_id, results)
        forget_kept(cache_dir, run_id)
    return True


def _send(store: Store, run_id: str, results: Results) -> None:
    client = store.client
    if client.get_run(run_id).info.status != "FINISHED":
        mlflow.set_tracking_uri(store.uri)
        send(store, run_id, results, patient=False, again=True)
        client.set_tag(run_id, UPLOADED_TAG, str(get_current_time_millis()))
        client.set_terminated(run_id, "FINISHED", end_time=results.measured)
    if FAILURE_TAG in client.get_run(run_id).data.tags:
        client.delete_tag(run_id, FAILURE_TAG)


def _confirm(store: Store, run_id: str, results: Results) -> None:
    run = get_run(store, run_id)
    if run.status != "FINISHED" or not set(results.metrics) <= set(run.metrics):
        raise StoreError(
            N_("The store took the results and does not show them yet."), N_("They are still kept. Try again later.")
        )


def _read(cache_dir: Path, run_id: str) -> Results:
    try:
        return read_kept(cache_dir, run_id)
    except (OSError, ValueError) as error:
        raise StoreError(
            N_("The results that were kept must be whole, but they cannot be read: {reason}."),
            N_("Launch the run again."),
            reason=str(error).rstrip(".")[:300],
        ) from error


@contextmanager
def _alone(cache_dir: Path, run_id: str) -> Iterator[None]:
    """Let nobody else upload the same results at the same time, in this process or in another one.

    Raises:
        StoreError: another program does.
    """
    note = cache_dir / FOLDER / f"{run_id}{UPLOADING}"
    with _uploading:
        try:
            if note.parent.is_dir():
                if note.exists() and (by := note.read_text(encoding="utf-8")) != owner() and (not by or is_gone(by)):
                    note.unlink(missing_ok=True)
                with os.fdopen(os.open(note, os.O_CREAT | os.O_EXCL | os.O_WRONLY), "w", encoding="utf-8") as file:
                    file.write(owner())
        except FileExistsError as error:
            raise StoreError(
                N_("The results of this run are being uploaded by another program."), N_("Wait until it has ended.")
            ) from error
        try:
            yield
        finally:
            note.unlink(missing_ok=True)
