"""The command line's upload: results that were kept on this computer go to the store that had not taken them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from core.access import machine_user
from core.errors import PizarraError, StoreError
from core.i18n import N_, moment, ngettext, number, translate
from core.settings import settings

if TYPE_CHECKING:  # MLflow is slow to import
    from core.store.kept_results import Kept


def add_upload(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    words = translate(N_("upload results that were kept here when their store did not take them"))
    upload = commands.add_parser("upload", help=words, description=words)
    upload.set_defaults(command=upload_all)
    upload.add_argument("runs", metavar="RUN", nargs="*", help=translate(N_("these alone, by the ids of their runs")))
    upload.add_argument("--list", action="store_true", help=translate(N_("only say what is kept")))


def upload_all(arguments: argparse.Namespace) -> None:
    """Upload what is kept, one after the other, and say what became of each.

    Raises:
        StoreError: some could not be uploaded; they are still kept.
    """
    from core.store.connection import open_store
    from core.store.kept_results import kept_results
    from core.store.uploading import upload_results

    cache_dir = settings().cache_dir
    found = kept_results(cache_dir)
    kept = [one for one in found if not one.let_go and (not arguments.runs or one.run_id in arguments.runs)]
    _say(kept, len([one for one in found if one.let_go]))
    if arguments.list or not kept:
        return
    store, failed = open_store(settings().tracking_uri), 0
    for one in kept:
        try:
            upload_results(store, machine_user(), cache_dir, one.run_id)
        except PizarraError as error:
            failed += 1
            print(f"{one.run_id}: {error}")
        else:
            print(translate(N_("Run {run_id} is complete.")).format(run_id=one.run_id))
    if failed:
        raise StoreError(
            N_("All results must come into the store, but {failed} of {total} did not. They are still kept."),
            N_("Look at what is said above, then try again."),
            failed=failed,
            total=len(kept),
        )


def _say(kept: list[Kept], gone: int) -> None:
    print(
        ngettext("The results of {count} run are kept here.", "The results of {count} runs are kept here.", len(kept))
        if kept
        else translate(N_("No results are kept here."))
    )
    for one in kept:
        print(f"  {one.run_id}  {moment(one.since)}  {number(one.size / 1e6)} MB")
    if gone:
        print(
            ngettext(
                "The results of {count} older run were let go, as only so much is kept.",
                "The results of {count} older runs were let go, as only so much is kept.",
                gone,
            )
        )
