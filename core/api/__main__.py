"""Answer programs without the dashboard: python -m core.api [--port 8000] [--processes 2]."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import uvicorn

from core import logs
from core.errors import PizarraError
from core.i18n import _, speaking
from core.serving import meter_files
from core.settings import ROOT, hand_on_secrets, machine_language, settings
from core.systems import write_what_terminals_have

HOST, PORT = "127.0.0.1", 8000  # the workshops' own


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and answer until somebody ends it."""
    write_what_terminals_have()
    with speaking(machine_language()):
        parser = argparse.ArgumentParser(
            prog="python -m core.api", description=_("Answer programs over HTTP, without the dashboard.")
        )
        parser.add_argument("--host", default=HOST, help=_("the address on which it listens; 0.0.0.0 is all of them"))
        parser.add_argument("--port", type=int, default=PORT, help=_("where it listens"))
        parser.add_argument("--processes", type=int, default=1, help=_("how many answer on that port"))
        asked = parser.parse_args(arguments)
        try:
            folder = settings().cache_dir
        except PizarraError as error:
            print(error, file=sys.stderr)
            return 1
        logs.take_over()
        print(_("Programs ask at {address}; Ctrl-C ends it.").format(address=f"http://localhost:{asked.port}/docs"))
    if asked.processes > 1:
        meter_files.share(folder)  # before anything counts
        hand_on_secrets()
    uvicorn.run(
        "api_app:app", app_dir=str(ROOT), host=asked.host, port=asked.port, workers=asked.processes,
        access_log=False, log_level="warning", proxy_headers=False,
    )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
