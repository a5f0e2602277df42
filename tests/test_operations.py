"""Every command of docs/operations.md is run, as it stands there; the Spanish page has the same ones."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from core.settings import ROOT
from core.store.connection import Store
from tests.fixtures.dashboards import free_port
from tests.fixtures.databases import new_database
from tests.fixtures.postgres import postgresql
from tests.fixtures.stores import database

PAGES = {"en": ROOT / "docs" / "operations.md", "es": ROOT / "docs" / "operations.es.md"}
KEPT = re.compile(r"-m trainers (backup|restore) ")


def blocks(page: Path, mark: str = "") -> list[str]:
    """Return the blocks of commands, those with a ``mark`` or those without."""
    found = re.findall(r"^```bash ?(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [block for said, block in found if said == mark]


def clone(folder: Path) -> Path:
    """Return a clone of this project as it stands, with what is installed here."""
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv" if (ROOT / ".venv").exists() else sys.prefix)
    for lock in folder.glob("*.lock"):
        os.utime(lock, (0, 0))  # nothing is to be installed
    return folder


def carry_out(script: str, folder: Path, **more: str) -> str:
    """Run a script until all that it began has ended, and return what was said."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MLFLOW_", "PIZARRA_"))}
    process = subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, env={**own, "LC_ALL": "C.UTF-8", **more},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=840)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
    assert process.returncode == 0, said
    return said


def test_both_languages_have_the_same_commands_and_parts() -> None:
    english, spanish = (page.read_text(encoding="utf-8") for page in PAGES.values())
    for pattern in (r"^```bash ?\w*\n.*?^```$", r"^#+ "):
        found = [re.findall(pattern, text, re.MULTILINE | re.DOTALL) for text in (english, spanish)]
        assert found[0] == found[1]
    assert english.count("\n|") == spanish.count("\n|")
    assert len(blocks(PAGES["en"])) == 8


def test_the_map_of_clouds_has_the_same_parts_and_sources_in_both_languages() -> None:
    english, spanish = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("clouds.md", "clouds.es.md"))
    assert re.findall(r"^#+ ", english, re.MULTILINE) == re.findall(r"^#+ ", spanish, re.MULTILINE)
    assert re.findall(r"https://[^)\s]+", english) == re.findall(r"https://[^)\s]+", spanish)
    assert english.count("|") == spanish.count("|")


def test_every_other_command_that_the_page_names_stands_in_a_block() -> None:
    text = PAGES["en"].read_text(encoding="utf-8")
    run = "".join(blocks(PAGES["en"]))
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert [said for said in re.findall(r"`(\.venv/bin/[^`]+)`", prose) if said not in run] == []


@pytest.mark.long
def test_backup_check_and_restore_do_what_the_page_says(own_populated: Store, tmp_path: Path) -> None:
    home = database(own_populated).parent
    for name in ("core", "trainers", "locale", ".venv"):
        (home / name).symlink_to(ROOT / name)
    lines = [line for block in blocks(PAGES["en"]) for line in block.splitlines() if KEPT.search(line)]
    wanted = [line for line in lines if "upgrade" not in line]
    assert len(wanted) == 4
    said = carry_out("\n".join(wanted), home, MLFLOW_TRACKING_URI=own_populated.uri)
    assert "The backup is made: monday.tar.gz" in said
    assert "is whole: every byte is as it was packed" in said
    assert said.count("is back.") == 2
    assert (home / "look" / "mlflow.db").is_file()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_every_command_runs_in_a_fresh_clone_in_the_order_of_the_page(tmp_path: Path) -> None:
    folder, page, api = clone(tmp_path / "clone"), str(free_port()), str(free_port())
    script = "\n".join(blocks(PAGES["en"])).replace("8501", page).replace("8000", api)
    said = carry_out(script, folder)
    assert "The backup is made: before-upgrade.tar.gz" in said
    assert "cashier" in said
    assert "pizarra" in said  # the metrics


@pytest.mark.long
@pytest.mark.timeout(900)
def test_postgresql_comes_back_as_the_page_says(tmp_path: Path) -> None:
    folder = clone(tmp_path / "clone")
    with postgresql() as server:
        new_database(server, "postgresql+psycopg", "mlflow")
        user, _, place = server.partition("@")
        host, _, port = place.partition(":")
        programs = {"PGHOST": host, "PGPORT": port, "PGUSER": user}
        script = "\n".join(
            ["MLFLOW_TRACKING_URI=postgresql+psycopg:///mlflow make demo", *blocks(PAGES["en"], "postgresql")]
        )
        said = carry_out(script, folder, **programs)
    assert "10 versions" in said
    assert "is back." in said
