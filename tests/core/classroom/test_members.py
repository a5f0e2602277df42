"""Who has come to a class, and who still is in it after the dashboard has started again."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.classroom.boards import Boards
from core.classroom.class_file import NAME, ClassFile
from core.classroom.guidance import Guidance
from core.classroom.members import FORGOTTEN_HOURS, MOST, MOST_EACH, MOST_NAMES, Member, Members
from core.errors import PizarraError
from core.settings import ROOT
from tests.fixtures.actors import ANA
from tests.fixtures.processes import started

JOINING = """
import sys
from pathlib import Path
from core.classroom.class_file import ClassFile
from core.classroom.members import Members
members = Members(ClassFile(Path(sys.argv[1])))
for number in range(10_000):
    members.join(f"word {number}", f"Pupil {number}")
    print(number, flush=True)
    if number == 40:
        sys.stdin.read()
"""


@pytest.fixture
def members(file: ClassFile) -> Members:
    return Members(file)


def names(members: Members) -> list[str]:
    return [member.nickname for member in members.all()]


def test_who_joins_is_known_again_by_the_browsers_word(members: Members, file: ClassFile) -> None:
    joined = members.join("one", " Lucía  3B ")
    assert joined.nickname == "Lucía 3B"
    assert members.member("one") == joined
    assert members.member("two") is None
    assert members.member("") is None
    assert Members(file).member("one") == joined  # also when the dashboard has started again


@pytest.mark.parametrize("name", ["Lucía", "LUCIA", "Luc1a", "Lu.cía"])
def test_a_nickname_that_is_taken_is_told_so_and_the_first_keeps_it(members: Members, name: str) -> None:
    members.join("one", "Lucía")
    with pytest.raises(PizarraError, match="Somebody in this class has or had this nickname, or one that reads alike"):
        members.join("two", name)
    assert names(members) == ["Lucía"]


def test_who_is_in_may_be_called_otherwise_and_every_name_stays_theirs(members: Members) -> None:
    first = members.join("one", "Lucía")
    assert members.join("one", "Luz").number == first.number
    assert members.join("one", "LUZ").nickname == "LUZ"  # which reads alike only with one's own
    with pytest.raises(PizarraError, match="has or had this nickname"):
        members.join("two", "Lucía")
    assert members.join("one", "Lucía").nickname == "Lucía"
    assert members.names(first.number) == {"Lucía", "LUZ", f"#{first.number}"}


def test_nobody_keeps_more_than_a_few_names_from_others(members: Members) -> None:
    for number in range(MOST_NAMES):
        members.join("one", f"Pupil {number}")
    with pytest.raises(PizarraError, match=rf"may have {MOST_NAMES} nicknames in a class"):
        members.join("one", "One more")
    assert members.join("one", "Pupil 0").nickname == "Pupil 0"
    assert members.join("two", "One more").nickname == "One more"


def test_a_nickname_that_was_removed_is_nobodys_any_more(members: Members) -> None:
    members.remove(ANA, members.join("one", "Rude").number)
    for word in ("one", "two"):
        with pytest.raises(PizarraError, match="has or had this nickname"):
            members.join(word, "rude")


def test_the_name_of_whoever_presents_is_nobody_elses(members: Members) -> None:
    members.introduce_presenter("Rosa Díaz")
    with pytest.raises(PizarraError, match="reads as if you were the presenter"):
        members.join("one", "rosa diaz")


def test_a_browser_that_keeps_no_word_is_told_so(members: Members) -> None:
    with pytest.raises(PizarraError, match="keeps no cookies"):
        members.join("", "Lucía")


def test_who_is_hidden_is_a_number_to_others(members: Members) -> None:
    joined = members.join("one", "Lucía")
    assert members.hide(ANA, joined.number, hidden=True).shown == f"#{joined.number}"
    member = members.member("one")
    assert member is not None
    assert (member.nickname, member.shown) == ("Lucía", f"#{joined.number}")
    assert members.hide(ANA, joined.number, hidden=False).shown == "Lucía"


def test_who_is_removed_is_asked_for_another_nickname(members: Members) -> None:
    joined = members.join("one", "Lucía")
    assert members.remove(ANA, joined.number) == Member(joined.number, "", joined.joined)
    assert members.member("one") is None
    assert members.all() == []
    assert members.join("one", "Luz").number == joined.number


def test_somebody_who_is_not_there_cannot_be_hidden(members: Members) -> None:
    with pytest.raises(PizarraError, match="not in the class any more"):
        members.hide(ANA, 7, hidden=True)


def test_one_computer_brings_in_only_so_many(members: Members) -> None:
    for number in range(MOST_EACH):
        members.join(f"word {number}", f"Pupil {number}", "192.168.1.20")
    with pytest.raises(PizarraError, match="no room for another nickname from this computer"):
        members.join("one more", "Lucía", "192.168.1.20")
    members.join("word 0", "Lucía", "192.168.1.20")  # who is in may still be called otherwise
    members.join("of another", "Luz", "192.168.1.21")
    for number in range(MOST_EACH + 1):
        members.join(f"behind a proxy {number}", f"Child {number}")  # where computers cannot be told apart


@pytest.mark.long
def test_a_class_has_only_so_many(members: Members) -> None:
    for number in range(MOST):
        members.join(f"word {number}", f"Pupil {number}")
    with pytest.raises(PizarraError, match="no room"):
        members.join("one more", "Lucía")


def test_a_class_that_begins_anew_has_nobody_and_the_one_before_is_kept(members: Members, file: ClassFile) -> None:
    before = members.join("one", "Lucía")
    members.begin_anew(ANA)
    assert members.all() == []
    assert members.member("one") is None
    assert members.join("two", "Lucía").number != before.number
    assert file.rows("select count(*) from members") == [(2,)]


def test_a_class_begins_anew_only_when_no_board_is_open_and_then_follows_nobody(
    members: Members, file: ClassFile
) -> None:
    Guidance(file).turn(ANA, "ana", "follow", on=True)
    boards = Boards(file)
    board = boards.open(ANA, "iris", "test_accuracy", each=1, total=0)
    with pytest.raises(PizarraError, match="when no board is open"):
        members.begin_anew(ANA)
    assert Guidance(file).guided().follow
    boards.end(ANA, board.number, {})
    members.begin_anew(ANA)
    assert not Guidance(file).guided().follow


def test_after_half_a_day_whoever_comes_is_of_another_class(file: ClassFile) -> None:
    now = [1_000_000.0]
    members = Members(file, lambda: now[0])
    assert not members.is_forgotten()
    members.join("one", "Lucía")
    now[0] += FORGOTTEN_HOURS * 3600 - 1
    assert not members.is_forgotten()
    now[0] += 2
    assert members.is_forgotten()


@pytest.mark.long
def test_a_hundred_who_join_at_once_are_all_in(members: Members) -> None:
    with ThreadPoolExecutor(100) as pool:
        list(pool.map(lambda number: members.join(f"word {number}", f"Pupil {number}"), range(100)))
    assert len(members.all()) == 100


def test_of_a_hundred_who_want_one_nickname_at_once_one_has_it(members: Members) -> None:
    def join(number: int) -> bool:
        try:
            return bool(members.join(f"word {number}", "Lucía"))
        except PizarraError:
            return False

    with ThreadPoolExecutor(100) as pool:
        assert sum(pool.map(join, range(100))) == 1
    assert names(members) == ["Lucía"]


def test_a_dashboard_that_is_killed_forgets_nobody_who_was_let_in(tmp_path: Path) -> None:
    with started(
        [sys.executable, "-c", JOINING, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        while process.stdout.readline().strip() != b"40":
            pass
        process.send_signal(signal.SIGKILL)
    file = ClassFile(tmp_path)
    assert len(Members(file).all()) == 41
    file.close()


def test_the_file_does_not_say_by_which_word_somebody_is_known(members: Members, tmp_path: Path) -> None:
    members.join("a browsers word", "Lucía", "192.168.1.20")
    members.file.rows("pragma wal_checkpoint(truncate)")
    kept = (tmp_path / NAME).read_bytes()
    assert "Lucía".encode() in kept
    assert b"a browsers word" not in kept
    assert b"192.168.1.20" not in kept
