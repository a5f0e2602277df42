"""Schedules without a page: python -m core.schedules list | add NAME KIND | runs | run | stop | start | remove NAME."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from core.access import machine_user
from core.errors import PizarraError
from core.i18n import N_, _, local_zone, moment, speaking
from core.schedules.schedules import ATTEMPTS, Run, Schedule, Schedules
from core.schedules.schedules_file import SchedulesFile
from core.schedules.wording import outcome_words, read, shown, when_words
from core.settings import machine_language, settings
from core.systems import write_what_terminals_have

Said = tuple[Any, Sequence[str]]  # what came of a command, as data and in words


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and do what it says; return how that ended."""
    write_what_terminals_have()
    with speaking(machine_language()):
        asked = _parser().parse_args(arguments)
        try:
            file = SchedulesFile(settings().cache_dir)
            try:
                said, lines = _DEEDS[asked.deed](Schedules(file, settings().tracking_uri), asked)
            finally:
                file.close()
        except PizarraError as error:
            print(error, file=sys.stderr)
            return 1
        print(json.dumps(said, ensure_ascii=False) if asked.json else "\n".join(lines))
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core.schedules", description=_("What is done by itself, and when.")
    )
    deeds = parser.add_subparsers(dest="deed", required=True)
    deeds.add_parser("list", help=_("show what is done by itself, and when next"))
    add = deeds.add_parser("add", help=_("have something done by itself; a dashboard that runs does it"))
    add.add_argument("name", help=_("what it is called"))
    add.add_argument("kind", help=_("what it does, such as score"))
    add.add_argument("given", nargs="*", metavar="NAME=VALUE", help=_("such as model=wine/Production path=/data/new"))
    add.add_argument("--when", required=True, help=_("“every day at 02:30”, “every Monday at 06:00” or a line of cron"))
    zone = _("the time zone; by default this computer's ({zone})").format(zone=local_zone())
    add.add_argument("--zone", default=local_zone(), help=zone)
    add.add_argument("--attempts", type=int, default=ATTEMPTS, help=_("how often it is begun where its program dies"))
    for deed, words in (
        ("runs", _("show what came of one")),
        ("run", _("have one carried out at once, by a dashboard that runs")),
        ("stop", _("turn one off, and stop it where it is under way")),
        ("start", _("turn one on again")),
        ("remove", _("end one, and forget its runs")),
    ):
        deeds.add_parser(deed, help=words).add_argument("name", help=_("what it is called"))
    for one in deeds.choices.values():
        one.add_argument("--json", action="store_true", help=_("print JSON"))
    return parser


def _list(schedules: Schedules, _asked: argparse.Namespace) -> Said:
    known = [(one, schedules.runs(one.number, 1)) for one in schedules.all()]
    lines = [_line(one, runs) for one, runs in known]
    return [_data(one, runs) for one, runs in known], lines or [_("Nothing is done by itself.")]


def _add(schedules: Schedules, asked: argparse.Namespace) -> Said:
    # By name, as it is above us; and here, as it imports MLflow
    given = import_module("core.process.scheduled").checked(asked.kind, _given(asked.given))
    when = read(asked.when, asked.zone)
    made = schedules.make(machine_user(), asked.name, asked.kind, given, when, attempts=asked.attempts)
    return _data(made, []), [_line(made, [])]


def _given(words: Sequence[str]) -> Mapping[str, str]:
    for word in words:
        if "=" not in word:
            raise PizarraError(
                N_("What a schedule is given is written as NAME=VALUE, but this was: {word}."),
                N_("Write for example path=/data/new."),
                word=repr(word),
            )
    return {name: value for name, _equals, value in (word.partition("=") for word in words)}


def _runs(schedules: Schedules, asked: argparse.Namespace) -> Said:
    runs = schedules.runs(schedules.named(asked.name).number)
    return [_run_data(run) for run in runs], [_run_line(run) for run in runs] or [_("It has not been carried out yet.")]


def _run(schedules: Schedules, asked: argparse.Namespace) -> Said:
    one = schedules.named(asked.name)
    schedules.ask(machine_user(), one.number)
    return _again(schedules, one, _("{name} is begun within a second, where a dashboard runs."))


def _stop(schedules: Schedules, asked: argparse.Namespace) -> Said:
    one, actor = schedules.named(asked.name), machine_user()
    schedules.turn(actor, one.number, on=False)
    for run in schedules.runs(one.number, 1):
        if run.ended is None:
            schedules.stop_run(actor, run.number)
    return _again(schedules, one, _("{name} is turned off."))


def _start(schedules: Schedules, asked: argparse.Namespace) -> Said:
    one = schedules.named(asked.name)
    schedules.turn(machine_user(), one.number, on=True)
    return _again(schedules, one, _("{name} is turned on."))


def _remove(schedules: Schedules, asked: argparse.Namespace) -> Said:
    one = schedules.named(asked.name)
    schedules.remove(machine_user(), one.number)
    return _data(one, []), [_("{name} is no more.").format(name=repr(one.name))]


def _again(schedules: Schedules, one: Schedule, words: str) -> Said:
    found = schedules.named(one.name)
    return _data(found, schedules.runs(found.number, 1)), [words.format(name=repr(found.name))]


def _data(one: Schedule, runs: Sequence[Run]) -> dict[str, Any]:
    coming = one.next(datetime.now(UTC))
    return {
        "name": one.name,
        "kind": one.kind,
        "given": dict(one.arguments),
        "cron": one.when.cron,
        "zone": one.when.zone,
        "on": one.is_on,
        "by": one.by,
        "next": coming.isoformat() if coming else None,
        "last": _run_data(runs[0]) if runs else None,
    }


def _run_data(run: Run) -> dict[str, Any]:
    return {
        "planned": run.planned.isoformat(),
        "started": run.started.isoformat(),
        "ended": run.ended.isoformat() if run.ended else None,
        "outcome": run.outcome,
        "attempt": run.attempt,
        "missed": run.missed,
        "late": run.is_late,
        "words": run.words,
    }


def _line(one: Schedule, runs: Sequence[Run]) -> str:
    given = ", ".join(f"{name}={value}" for name, value in one.arguments.items())
    now = datetime.now(UTC)
    coming = one.next(now)
    following = _("next {when}").format(when=when_words(one.when.zone, coming)) if coming else _("turned off")
    last = _run_line(runs[0]) if runs else _("not carried out yet")
    return " · ".join((one.name, f"{one.kind} {given}".strip(), shown(one.when, now), following, last))


def _run_line(run: Run) -> str:
    return " · ".join(filter(None, (moment(run.planned), outcome_words(run), run.words)))


_DEEDS: Mapping[str, Callable[[Schedules, argparse.Namespace], Said]] = {
    "list": _list, "add": _add, "runs": _runs, "run": _run, "stop": _stop, "start": _start, "remove": _remove,
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
