"""Make what compose.yaml needs once: python3 deploy/prepare.py pizarra.example [--path /pizarra] [--tls-port 443].

Passwords, a PIN and a certificate that vouches for itself go to ``deploy/secrets/``, the settings to ``.env``. What is
there already stays: put your own certificate and key in their place.
"""

from __future__ import annotations

import argparse
import secrets
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATABASE = "postgresql://mlflow:{password}@database:5432/mlflow"


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Read the command line and make what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="the name by which people open it, such as pizarra.example")
    parser.add_argument("--path", default="", help="below which path, such as /pizarra")
    parser.add_argument("--tls-port", type=int, default=443, help="where the proxy listens")
    asked = parser.parse_args(arguments)
    path = f"/{asked.path.strip('/')}" if asked.path.strip("/") else ""
    folder = root / "deploy" / "secrets"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # compose hands single files to its containers, whose users are others
    password = _kept(folder / "database_password", secrets.token_urlsafe(24))
    _kept(folder / "database_uri", DATABASE.format(password=password))
    _kept(folder / "store_user", "pizarra")
    _kept(folder / "store_password", secrets.token_urlsafe(24))
    pin = _kept(folder / "pin", f"{secrets.randbelow(10**6):06}")
    if not (folder / "certificate.pem").exists():
        _make_certificate(folder, asked.name)
    port = "" if asked.tls_port == 443 else f":{asked.tls_port}"
    settings = {
        "PIZARRA_NAME": asked.name,
        "PIZARRA_PATH": path,
        "PIZARRA_TLS_PORT": str(asked.tls_port),
        "PIZARRA_PUBLIC_URL": f"https://{asked.name}{port}{path}",
    }
    _kept(root / ".env", "".join(f"{name}={text}\n" for name, text in settings.items()))
    sys.stdout.write(f"Ready. The presenter's PIN is {pin}. Go on with: docker compose up --build --detach --wait\n")
    return 0


def _kept(path: Path, text: str) -> str:
    if not path.exists():
        path.write_text(text, encoding="utf-8")
        path.chmod(0o444)
    return path.read_text(encoding="utf-8").strip()


def _make_certificate(folder: Path, name: str) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365", "-subj", f"/CN={name}",
         "-addext", f"subjectAltName=DNS:{name}", "-keyout", "key.pem", "-out", "certificate.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
