"""Send a message to the address that the settings name: JSON by POST, with a secret header where there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import PizarraError
from core.i18n import N_
from core.schedules.told import Told

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 10.0
HINT = N_("Look at what receives it, and at PIZARRA_WEBHOOK and PIZARRA_WEBHOOK_HEADER. It is tried again.")


@dataclass(frozen=True)
class Webhook:
    """Where messages go; neither the address, which may have a key in it, nor the header is ever shown or logged."""

    address: str = field(repr=False)
    header: str = field(default="", repr=False)  # ``Name: value``

    @property
    def headers(self) -> dict[str, str]:
        """The header, by its name."""
        name, _colon, value = self.header.partition(":")
        return {name.strip(): value.strip()} if name.strip() else {}


class UndeliveredError(PizarraError):
    """A message did not come through; ``told`` says why, for whoever reads it later."""

    def __init__(self, told: Told) -> None:
        super().__init__(told.message, HINT, commands=(), **told.values)
        self.told = told


def send(webhook: Webhook, message: Mapping[str, Any]) -> None:
    """Send a message; whoever receives it says by a status of 200 to 299 that they have it.

    Nothing is followed to another address, which might get the secret, and no name of a ``.netrc`` is sent.

    Raises:
        UndeliveredError: it did not come through; what is said of it has neither address nor header.
    """
    import requests  # some 0.1 s, and most dashboards have no webhook

    try:
        answer = requests.post(
            webhook.address, json=dict(message), headers=webhook.headers, auth=lambda request: request,
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS), allow_redirects=False, stream=True,
        )  # fmt: skip
        answer.close()
    except (requests.RequestException, ValueError) as error:  # ValueError: of an address that is none
        raise UndeliveredError(
            Told(N_("What receives alerts could not be reached: {reason}."), {"reason": type(error).__name__})
        ) from None  # the error has the address in it
    if not 200 <= answer.status_code < 300:
        raise UndeliveredError(
            Told(
                N_("What receives alerts must answer with a status from 200 to 299, but answered {status}."),
                {"status": str(answer.status_code)},
            )
        )
