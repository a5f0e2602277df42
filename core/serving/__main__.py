"""Tokens for a machine without a dashboard: python -m core.serving tokens new NAME [--model M]… | list | end NAME."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from core.access import machine_user
from core.errors import PizarraError
from core.i18n import N_, _, moment, speaking
from core.serving.serving_file import ServingFile
from core.serving.tokens import Token, Tokens
from core.settings import machine_language, settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and do what it says; return how that ended."""
    with speaking(machine_language()):
        asked = _parser().parse_args(arguments)
        try:
            file = ServingFile(settings().cache_dir)
            try:
                said, lines = _done(Tokens(file, required=settings().api_tokens), asked)
            finally:
                file.close()
        except PizarraError as error:
            print(error, file=sys.stderr)
            return 1
        print(json.dumps(said, ensure_ascii=False) if asked.json else "\n".join(lines))
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.serving", description=_("What programs may ask of models."))
    things = parser.add_subparsers(required=True, metavar="tokens")
    tokens = things.add_parser("tokens", help=_("by which programs show who asks"))
    deeds = tokens.add_subparsers(dest="deed", required=True)
    new = deeds.add_parser("new", help=_("make a token, and show it once"))
    new.add_argument("name", help=_("the program that will ask with it"))
    new.add_argument(
        "--model", action="append", default=[], metavar="MODEL",
        help=_("a model that it may ask, several times if need be; without it all of them"),
    )  # fmt: skip
    listed = deeds.add_parser("list", help=_("show which tokens there are"))
    end = deeds.add_parser("end", help=_("end a token: nobody is let in with it any more"))
    end.add_argument("name", help=_("the token's name"))
    for one in (new, listed, end):
        one.add_argument("--json", action="store_true", help=_("print JSON"))
    return parser


def _done(tokens: Tokens, asked: argparse.Namespace) -> tuple[Any, Sequence[str]]:
    """Do it, and return what came of it as data and in words."""
    actor = machine_user()
    if asked.deed == "new":
        _check_models(asked.model)
        secret, token = tokens.make(actor, asked.name, asked.model)
        return _data(token) | {"token": secret}, (
            secret,
            _("It is shown only here and only now. Programs send it as “Authorization: Bearer {start}…”.").format(
                start=secret[:12]
            ),
        )
    if asked.deed == "end":
        token = tokens.named(asked.name)
        tokens.end(actor, token.number)
        return _data(token), (_("The token {name} has ended.").format(name=repr(token.name)),)
    known = tokens.all()
    return [_data(token) for token in known], [_line(token) for token in known] or [_("There are no tokens.")]


def _check_models(names: Sequence[str]) -> None:
    """Refuse a model that is not there: a token for it would open nothing."""
    if not names:
        return
    from core.store.connection import open_store  # here and not above: it imports MLflow, and few need it
    from core.store.registry.registered_models import list_models

    there = {model.name for model in list_models(open_store(settings().tracking_uri))}
    for name in names:
        if name not in there:
            raise PizarraError(
                N_("There is no registered model called {name}."),
                N_("Those that there are: {names}."),
                name=repr(name),
                names=", ".join(sorted(there)) or "–",
            )


def _data(token: Token) -> dict[str, Any]:
    return {
        "name": token.name,
        "models": sorted(token.models),
        "made": token.made.isoformat(),
        "by": token.by,
        "used": token.used.isoformat() if token.used else None,
    }


def _line(token: Token) -> str:
    models = ", ".join(sorted(token.models)) or _("all models")
    made = _("made {when} by {who}").format(when=moment(token.made), who=token.by or "–")
    used = _("used {when}").format(when=moment(token.used)) if token.used else _("never used")
    return " · ".join((token.name, models, made, used))


if __name__ == "__main__":
    sys.exit(main())
