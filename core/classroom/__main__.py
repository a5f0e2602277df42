"""Open the dashboard to the room: python -m core.classroom [--port 8501] makes a PIN, shows it, and starts it."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from getpass import getpass

from core.access import machine_user
from core.classroom.class_file import ClassFile
from core.classroom.listening import for_phones, invitations
from core.classroom.members import Members
from core.classroom.pins import hashed, new_pin
from core.classroom.presenters import go_on
from core.errors import PizarraError
from core.i18n import _, speaking
from core.qr import qr_terminal
from core.settings import ROOT, environment_of_class, machine_language, settings
from core.systems import IS_WINDOWS, write_what_terminals_have

PORT = 8501


def invitation(pin: str, found: Sequence[str]) -> str:
    """Return what the terminal shows: addresses, the QR code of the first, and the PIN; empty, it is not ours."""
    lines = []
    if found:
        lines += ["", qr_terminal(found[0]), _("Phones open {address}").format(address=found[0])]
        lines += [_("or {address}").format(address=address) for address in found[1:]]
    else:
        lines.append(_("This computer is on no network, so only its own browser can open the dashboard."))
    if pin:
        lines.append(_("PIN of the presenter: {pin} (shown only here and only now)").format(pin=pin))
    else:
        lines.append(_("The presenter shows the PIN of PIZARRA_PIN, or signs in."))
    return "\n".join([*lines, _("Ctrl-C ends it."), ""])


def start(port: int, pin: str) -> int:
    """Start the dashboard for all computers of the network, and return how it ended; ``pin`` is a hash."""
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port)]
    command += ["--server.address", "0.0.0.0"]  # noqa: S104 - that the room can open it is what was asked for
    environment = environment_of_class(pin)
    if not IS_WINDOWS:
        os.chdir(ROOT)
        os.execve(sys.executable, command, environment)  # noqa: S606 - whoever ends this ends the dashboard
    process = subprocess.Popen(command, cwd=ROOT, env=environment)  # noqa: S603 - our own Python and our own script
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the terminal told the dashboard as well, which ends in good order
            continue


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, show the invitation and start the dashboard."""
    with speaking(machine_language()):
        parser = argparse.ArgumentParser(
            prog="python -m core.classroom", description=_("Open the dashboard to the phones in the room.")
        )
        parser.add_argument("--hash", action="store_true", help=_("ask for a PIN, and print its hash for PIZARRA_PIN"))
        parser.add_argument("--port", type=int, default=PORT, help=_("where it listens"))
        asked = parser.parse_args(arguments)
        if asked.hash:
            print(hashed(getpass("PIN: ")))
            return 0
        try:
            own = settings().pin or settings().presenters
            pin = "" if own else new_pin()
            kept = hashed(pin) if pin else ""
            if kept:
                file = ClassFile(settings().cache_dir)
                go_on(file, kept)
                members = Members(file)
                if members.is_forgotten():
                    try:
                        members.begin_anew(machine_user())
                    except PizarraError as error:  # a board is open: the class goes on as it was
                        print(error, file=sys.stderr)
                file.close()
        except PizarraError as error:
            print(error, file=sys.stderr)
            return 1
        write_what_terminals_have()  # not every one has the signs of a QR code
        found = invitations(f"http://localhost:{asked.port}", settings().public_url)
        print(invitation(pin, [for_phones(address) for address in found]), flush=True)
        return start(asked.port, kept or settings().pin)


if __name__ == "__main__":
    sys.exit(main())
