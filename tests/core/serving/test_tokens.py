from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import PizarraError
from core.serving.__main__ import main
from core.serving.serving_file import NAME, ServingFile
from core.serving.tokens import LONGEST_NAME, LOOK_SECONDS, PREFIX, USED_SECONDS, Tokens
from core.settings import ROOT, settings
from core.store.connection import Store
from tests.fixtures.actors import ANA
from tests.fixtures.processes import until
from tests.fixtures.stores import FLOWERS


@pytest.fixture
def file(tmp_path: Path) -> Iterator[ServingFile]:
    opened = ServingFile(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def tokens(file: ServingFile) -> Tokens:
    return Tokens(file, required=False)


def test_who_shows_a_token_is_known_by_it(tokens: Tokens) -> None:
    secret, token = tokens.make(ANA, "  web   shop ")
    assert (token.name, token.by, token.models, token.used) == ("web shop", "Ana", frozenset(), None)
    assert secret.startswith(PREFIX)
    assert tokens.who(secret) == token
    assert tokens.who(secret + "x") is None
    assert tokens.who("") is None


def test_no_two_tokens_have_the_same_secret(tokens: Tokens) -> None:
    assert len({tokens.make(ANA, str(number))[0] for number in range(20)}) == 20


def test_nothing_on_the_disk_has_a_secret_in_it(tokens: Tokens, tmp_path: Path) -> None:
    secret, _token = tokens.make(ANA, "shop")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(b"shop" in path.read_bytes() for path in files)
    assert not any(secret.removeprefix(PREFIX).encode() in path.read_bytes() for path in files)


@pytest.mark.skipif(sys.platform == "win32", reason="files have no modes there")
def test_only_its_owner_reads_the_file(tokens: Tokens, tmp_path: Path) -> None:
    tokens.make(ANA, "shop")
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


def test_a_token_without_models_is_for_all_and_one_with_models_for_those(tokens: Tokens) -> None:
    everything, limited = tokens.make(ANA, "a")[1], tokens.make(ANA, "b", ["iris", "wine"])[1]
    assert everything.allows("iris")
    assert [limited.allows(model) for model in ("iris", "wine", "cars", "")] == [True, True, False, False]


def test_tokens_are_listed_with_the_newest_first(tokens: Tokens) -> None:
    made = [tokens.make(ANA, name)[1] for name in ("a", "b", "c")]
    assert tokens.all() == made[::-1]


def test_a_token_that_was_ended_lets_nobody_in_and_its_name_is_free(tokens: Tokens) -> None:
    secret, token = tokens.make(ANA, "shop")
    other, _token = tokens.make(ANA, "site")
    assert tokens.who(secret)
    tokens.end(ANA, token.number)
    assert tokens.who(secret) is None
    assert tokens.who(other)
    again, fresh = tokens.make(ANA, "shop")
    assert fresh.number != token.number
    assert (tokens.who(again), tokens.who(secret)) == (fresh, None)


def test_ending_a_token_that_is_not_there_is_said(tokens: Tokens) -> None:
    with pytest.raises(PizarraError, match="There is no such token any more"):
        tokens.end(ANA, 7)
    with pytest.raises(PizarraError, match="There is no token called 'shop'"):
        tokens.named("shop")


@pytest.mark.parametrize("name", ["", "  ", "a\x00b", "a‮b", "a" * (LONGEST_NAME + 1)])
def test_a_name_that_is_none_is_refused(tokens: Tokens, name: str) -> None:
    with pytest.raises(PizarraError, match=f"The name of a token has 1 to {LONGEST_NAME} characters"):
        tokens.make(ANA, name)
    assert tokens.all() == []


def test_two_tokens_cannot_share_a_name(tokens: Tokens) -> None:
    secret, token = tokens.make(ANA, "shop")
    with pytest.raises(PizarraError, match="there is one called 'Shop' already"):
        tokens.make(ANA, "Shop")
    assert tokens.who(secret) == token


@pytest.mark.parametrize("start", [True, False])
def test_whether_tokens_are_required_is_the_settings_until_the_presenter_says_so(
    file: ServingFile, start: bool
) -> None:
    tokens = Tokens(file, required=start)
    assert tokens.requires_tokens() is start
    tokens.require(ANA, on=not start)
    assert tokens.requires_tokens() is not start
    assert Tokens(file, required=start).requires_tokens() is not start


@pytest.mark.long
def test_what_one_process_changes_another_knows_without_being_told(tmp_path: Path, tokens: Tokens) -> None:
    code = f"""
import sys
from pathlib import Path
from core.serving.serving_file import ServingFile
from core.serving.tokens import Tokens
tokens = Tokens(ServingFile(Path({str(tmp_path)!r})), required=False)
for secret in sys.stdin:
    print(bool(tokens.who(secret.strip())), tokens.requires_tokens(), flush=True)
"""
    other = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with other:
        assert other.stdin
        assert other.stdout

        def says() -> str:
            other.stdin.write(f"{secret}\n")
            other.stdin.flush()
            return other.stdout.readline().strip()

        secret, token = tokens.make(ANA, "shop")
        assert until(lambda: says() == "True False", 20)
        tokens.require(ANA, on=True)
        assert until(lambda: says() == "True True", 20)
        tokens.end(ANA, token.number)
        assert until(lambda: says() == "False True", 20)
        other.stdin.close()
    assert LOOK_SECONDS < 2


def test_who_asks_often_costs_no_look_at_the_file(tokens: Tokens, file: ServingFile) -> None:
    secret, _token = tokens.make(ANA, "shop")
    assert tokens.who(secret)
    looks: list[str] = []
    file._reader.set_trace_callback(looks.append)
    for _ in range(1000):
        tokens.who(secret)
    assert len(looks) < 100


def test_when_a_token_was_used_is_noted_once_a_minute(file: ServingFile) -> None:
    clock = [1_000_000.0]
    tokens = Tokens(file, required=False, now=lambda: clock[0])
    secret, _token = tokens.make(ANA, "shop")

    def noted() -> datetime | None:
        return tokens.all()[0].used

    tokens.who(secret)
    assert until(noted, 20)
    for seconds in (1, USED_SECONDS - 1, USED_SECONDS):
        clock[0] = 1_000_000.0 + seconds
        tokens.who(secret)
        if seconds < USED_SECONDS:
            assert noted() == datetime.fromtimestamp(1_000_000, UTC)
    assert until(lambda: noted() == datetime.fromtimestamp(clock[0], UTC), 20)


def test_a_request_does_not_wait_for_a_program_that_keeps_the_file(tmp_path: Path, tokens: Tokens) -> None:
    secret, _token = tokens.make(ANA, "shop")
    with sqlite3.connect(tmp_path / NAME, isolation_level=None) as other:
        other.execute("begin immediate")
        assert tokens.who(secret)  # the note of it waits
        tokens._look_again()
        assert tokens.who(secret)
        other.execute("commit")
    other.close()
    assert until(lambda: tokens.all()[0].used, 20)


def test_a_file_that_cannot_be_read_lets_nobody_in(tokens: Tokens, file: ServingFile) -> None:
    secret, _token = tokens.make(ANA, "shop")
    file._reader.close()
    with pytest.raises(PizarraError, match="The file of what is served must be readable"):
        tokens.who(secret)


def test_processes_that_start_at_once_share_one_file(tmp_path: Path) -> None:
    code = f"from pathlib import Path; from core.serving.serving_file import *; ServingFile(Path({str(tmp_path)!r}))"
    together = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    assert [one.communicate()[1] for one in together] == [""] * 4


# The command line


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["tokens", *arguments])
    printed = capsys.readouterr()
    return code, printed.out.strip(), printed.err.strip()


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")


def test_a_machine_without_a_dashboard_makes_lists_and_ends_tokens(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "list") == (0, "There are no tokens.", "")
    code, out, _err = run(capsys, "new", "shop")
    secret, said = out.splitlines()
    assert code == 0
    assert secret.startswith(PREFIX)
    assert "shown only here and only now" in said
    assert run(capsys, "list")[1].startswith("shop · all models · made ")
    assert run(capsys, "list")[1].endswith(" · never used")
    assert run(capsys, "end", "shop") == (0, "The token 'shop' has ended.", "")
    assert run(capsys, "end", "shop") == (
        1, "", "There is no token called 'shop'. Look at the list of tokens again.",
    )  # fmt: skip


def test_programs_read_the_command_line_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    made = json.loads(run(capsys, "new", "shop", "--json")[1])
    file = ServingFile(settings().cache_dir)
    tokens = Tokens(file, required=False)
    who = tokens.who(made["token"])
    assert who is not None
    assert who.name == "shop"
    assert until(lambda: tokens.all()[0].used, 20)
    file.close()
    listed = json.loads(run(capsys, "list", "--json")[1])
    assert [(one["name"], one["models"], one["by"]) for one in listed] == [("shop", [], made["by"])]
    assert listed[0]["used"]
    assert "token" not in listed[0]


def test_the_command_line_limits_a_token_to_models_that_there_are(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store.client.create_registered_model(FLOWERS)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    settings.cache_clear()
    assert json.loads(run(capsys, "new", "a", "--model", FLOWERS, "--json")[1])["models"] == [FLOWERS]
    code, _out, err = run(capsys, "new", "b", "--model", "iirs")
    assert code == 1
    assert err.startswith("There is no registered model called 'iirs'. Those that there are: ")
    assert json.loads(run(capsys, "list", "--json")[1])[0]["name"] == "a"


def test_the_command_line_speaks_the_machines_language(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "es_MX.UTF-8")
    assert run(capsys, "list") == (0, "No hay ningún token.", "")
