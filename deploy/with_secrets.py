"""Start a program that takes secrets from its environment alone: python deploy/with_secrets.py mlflow server.

Where NAME_FILE names a file of one of these, it hands that file's text on as NAME.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "MLFLOW_BACKEND_STORE_URI", "MLFLOW_FLASK_SERVER_SECRET_KEY")


def with_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which secrets stand that were in files.

    >>> with_secrets({"PATH": "/bin"})
    {'PATH': '/bin'}
    """
    told, found = dict(environment), {name: environment.get(f"{name}_FILE", "") for name in SECRETS}
    for name, path in found.items():
        if path:
            told[name] = Path(path).read_text(encoding="utf-8").strip()
            del told[f"{name}_FILE"]
    return told


if __name__ == "__main__":
    os.execvpe(sys.argv[1], sys.argv[1:], with_secrets(os.environ))  # noqa: S606 - what the command line says
