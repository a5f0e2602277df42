"""The command line's backup and restore: all of a store and of Pizarra's own files in one file, and back."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from core.access import machine_user
from core.i18n import N_, ngettext, number, translate
from core.settings import settings

if TYPE_CHECKING:  # MLflow is slow to import
    from core.backup.manifest import Manifest
    from core.backup.restoring import Restored

COUNTED = {
    "experiments": N_("experiments"), "runs": N_("runs"), "registered_models": N_("models"),
    "model_versions": N_("versions"), "logged_models": N_("logged models"),
}  # fmt: skip


def add_backup(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands to the command line."""
    words = translate(N_("keep all of the store and of Pizarra's own files in one file; it may be in use meanwhile"))
    backup = commands.add_parser("backup", help=words, description=words)
    backup.set_defaults(command=make_backup)
    backup.add_argument("file", metavar="FILE", type=Path, help=translate(N_("the new file, such as monday.tar.gz")))
    words = translate(N_("bring back what a backup holds, to where the settings say"))
    restore = commands.add_parser("restore", help=words, description=words)
    restore.set_defaults(command=restore_backup)
    restore.add_argument("file", metavar="FILE", type=Path, help=translate(N_("a backup")))
    restore.add_argument(
        "--check", action="store_true", help=translate(N_("only read all of it and say what it holds"))
    )
    restore.add_argument(
        "--replace", action="store_true", help=translate(N_("set aside what is there, in a folder beside it"))
    )
    restore.add_argument(
        "--files", metavar="FOLDER", type=Path, help=translate(N_("where files go whose rows are on a server"))
    )
    for command in (backup, restore):
        command.add_argument("--own", action="store_true", help=translate(N_("only Pizarra's own files, no store")))
        command.add_argument("--json", action="store_true", help=translate(N_("print one JSON object at the end")))


def make_backup(arguments: argparse.Namespace) -> None:
    """Make a backup and say what is in it and what is not."""
    from core.backup.making import back_up

    chosen = settings()
    made = back_up(chosen.tracking_uri, machine_user(), arguments.file, chosen.cache_dir, own_only=arguments.own)
    if arguments.json:
        print(json.dumps(_object(made, arguments.file)))
        return
    words = translate(N_("The backup is made: {file}, {size} MB."))
    print(words.format(file=arguments.file, size=number(arguments.file.stat().st_size / 1e6)))
    _say(made)


def restore_backup(arguments: argparse.Namespace) -> None:
    """Bring a backup back, or only read it, and say what it holds."""
    from core.backup.restoring import check, restore

    if arguments.check:
        manifest = check(arguments.file)
        if arguments.json:
            print(json.dumps(_object(manifest, arguments.file)))
            return
        print(translate(N_("The backup of {when} is whole: every byte is as it was packed.")).format(
            when=manifest.about.made))  # fmt: skip
        _say(manifest)
        return
    chosen = settings()
    came = restore(
        arguments.file, chosen.tracking_uri, machine_user(), chosen.cache_dir,
        replace=arguments.replace, files=arguments.files, own_only=arguments.own,
    )  # fmt: skip
    if arguments.json:
        print(json.dumps(_object(came.manifest, arguments.file) | {"aside": list(map(str, came.aside))}))
        return
    print(translate(N_("The backup of {when} is back.")).format(when=came.manifest.about.made))
    _say(came.manifest)
    _say_what_is_next(came)


def _object(manifest: Manifest, file: Path) -> dict[str, object]:
    return asdict(manifest.about) | {
        "file": str(file),
        "files": len(manifest.members),
        "bytes": manifest.size,
        "whole": manifest.is_whole,
        "left_out": [asdict(one) for one in manifest.left_out],
    }


def _say(manifest: Manifest) -> None:
    counts = ", ".join(
        f"{count} {translate(COUNTED[name])}" for name, count in manifest.about.counts.items() if name in COUNTED
    )
    if counts:
        print(f"  {manifest.about.uri}: {counts}")
    words = ngettext("{count} file", "{count} files", len(manifest.members))
    print(f"  {words}, {number(manifest.size / 1e6)} MB")
    for one in manifest.left_out:
        print(translate(N_("Not in it: {what} ({count}). {why}")).format(
            what=one.what, count=one.count, why=translate(one.why)))  # fmt: skip


def _say_what_is_next(came: Restored) -> None:
    for folder in came.aside:
        print(translate(N_("What was there lies in {folder}: remove it when nobody needs it any more.")).format(
            folder=folder))  # fmt: skip
    print(translate(N_("Start Pizarra.")))
