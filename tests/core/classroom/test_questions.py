"""Questions for a class: no answer is lost, none is seen before its time."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.classroom.asked import Asked
from core.classroom.class_file import ClassFile
from core.classroom.members import Members
from core.classroom.questions import Questions
from core.errors import PizarraError
from core.i18n import readings
from core.settings import ROOT
from tests.fixtures.actors import ANA, LUZ
from tests.fixtures.processes import started

LEAVES = Asked(
    "class",
    choices=(("Yes", {"es": "Sí", "en": "Yes"}), ("No", {})),
    subject={"model": "churn", "row": {"tenure": 3}},
    truth="Yes",
    behind={"model_says": "No", "sure": 0.8},
)
PRICE = Asked("number", subject={"unit": "USD"}, truth="18500.0")
ANSWERING = """
import sys
from pathlib import Path
from core.classroom.class_file import ClassFile
from core.classroom.members import Members
from core.classroom.questions import Questions
file = ClassFile(Path(sys.argv[1]))
for number in range(10_000):
    Questions(file).answer(Members(file).join(f"word {number}", f"Pupil {number}").number, 1, "Yes")
    print(number, flush=True)
    if number == 40:
        sys.stdin.read()
"""


@pytest.fixture
def questions(file: ClassFile) -> Questions:
    return Questions(file)


@pytest.fixture
def pupils(file: ClassFile) -> list[int]:
    members = Members(file)
    return [members.join(f"word {number}", f"Pupil {number}").number for number in range(6)]


def test_a_question_comes_back_as_it_was_asked_once_it_is_revealed(questions: Questions, file: ClassFile) -> None:
    assert questions.now() is None
    opened = questions.ask(ANA, LEAVES)
    assert Questions(file).now() == opened  # also after a restart
    questions.reveal(ANA, opened.number)
    revealed = questions.now()
    assert revealed is not None
    assert revealed.asked == LEAVES


def test_truth_and_what_goes_with_it_are_nobodys_until_it_is_revealed(questions: Questions) -> None:
    opened = questions.ask(ANA, LEAVES)
    closed = questions.close(ANA, opened.number)
    for question in (opened, closed, questions.now()):
        assert question is not None
        assert (question.asked.truth, question.asked.behind) == ("", {})
        assert question.asked.subject == LEAVES.subject
    revealed = questions.reveal(ANA, opened.number)
    assert (revealed.asked.truth, revealed.asked.behind) == ("Yes", LEAVES.behind)


def test_before_it_is_revealed_all_that_is_told_is_how_many_have_answered(
    questions: Questions, pupils: list[int]
) -> None:
    number = questions.ask(ANA, PRICE).number
    for pupil in pupils[:4]:
        questions.answer(pupil, number, "17000")
    for step in (lambda: None, lambda: questions.close(ANA, number)):
        step()
        assert questions.count(number) == 4
        for ask in (questions.tally, questions.closest):
            with pytest.raises(PizarraError, match="shows once the question is revealed"):
                ask(number)
    questions.reveal(ANA, number)
    assert questions.tally(number) == {"17000.0": 4}


def test_an_answer_may_change_until_the_question_is_closed(questions: Questions, pupils: list[int]) -> None:
    number = questions.ask(ANA, LEAVES).number
    assert questions.own(pupils[0], number) == ""
    questions.answer(pupils[0], number, "No")
    questions.answer(pupils[0], number, "Yes")
    assert (questions.own(pupils[0], number), questions.count(number)) == ("Yes", 1)
    questions.close(ANA, number)
    for pupil in pupils[:2]:
        with pytest.raises(PizarraError, match="closed: it takes no more answers"):
            questions.answer(pupil, number, "No")
    assert (questions.own(pupils[0], number), questions.count(number)) == ("Yes", 1)


@pytest.mark.parametrize("member", [0, 99, -1])
def test_only_who_has_joined_may_answer(questions: Questions, pupils: list[int], member: int) -> None:
    number = questions.ask(ANA, LEAVES).number
    with pytest.raises(PizarraError, match="needs a nickname"):
        questions.answer(member, number, "Yes")
    assert questions.count(number) == 0


def test_who_was_removed_may_not_answer(questions: Questions, file: ClassFile, pupils: list[int]) -> None:
    number = questions.ask(ANA, LEAVES).number
    Members(file).remove(ANA, pupils[0])
    with pytest.raises(PizarraError, match="needs a nickname"):
        questions.answer(pupils[0], number, "Yes")


@pytest.mark.parametrize("text", ["", "Maybe", "Sí", "yes", "Yes\0", "x" * 10_000])
def test_what_is_none_of_the_choices_is_no_answer(questions: Questions, pupils: list[int], text: str) -> None:
    number = questions.ask(ANA, LEAVES).number
    with pytest.raises(PizarraError, match="not one of the answers"):
        questions.answer(pupils[0], number, text)
    assert questions.count(number) == 0


@pytest.mark.part(2)
@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("18500", "18500.0"), ("18.500,50", "18500.5"), ("18,500.50", "18500.5"), (" $ 18 500 ", "18500.0"),
        ("2,5", "2.5"), ("2.5", "2.5"), ("-3", "-3.0"), ("−3", "-3.0"), ("0.125", "0.125"), (".5", "0.5"),
        ("1.000.000", "1000000.0"), ("1234.567", "1234.567"),
    ],
)  # fmt: skip
def test_a_number_is_read_whichever_sign_it_has_for_decimals(
    questions: Questions, pupils: list[int], text: str, stored: str
) -> None:
    number = questions.ask(ANA, PRICE).number
    assert questions.answer(pupils[0], number, text) == stored == questions.own(pupils[0], number)


@pytest.mark.parametrize("text", ["18.500", "18,500", "-1.500"])
def test_a_number_that_reads_in_two_ways_is_not_guessed(questions: Questions, pupils: list[int], text: str) -> None:
    number = questions.ask(ANA, PRICE).number
    with pytest.raises(PizarraError, match=r"in two ways: (18500 or 18\.5|-1500 or -1\.5)\."):
        questions.answer(pupils[0], number, text)


@pytest.mark.parametrize("text", ["", "many", "1e5", "nan", "inf", "1.2.3", "1,2,3", "--5", "5-", "٣", "1.", "9" * 400])
def test_what_is_no_number_is_told_so_or_is_a_finite_one(text: str) -> None:
    assert readings(text) in {(), (1.0,)}


def test_others_answers_show_to_who_has_answered_three_at_most(questions: Questions, pupils: list[int]) -> None:
    number = questions.ask(ANA, LEAVES).number
    for pupil in pupils[1:]:
        questions.answer(pupil, number, "No")
    with pytest.raises(PizarraError, match="once you have answered"):
        questions.others(pupils[0], number)
    questions.answer(pupils[0], number, "Yes")
    assert questions.others(pupils[0], number) == ["No"] * 3
    assert questions.others(pupils[0], number) == questions.others(pupils[0], number)


def test_one_question_is_asked_at_a_time(questions: Questions) -> None:
    first = questions.ask(ANA, LEAVES)
    with pytest.raises(PizarraError, match="One question is asked at a time"):
        questions.ask(ANA, PRICE)
    questions.close(ANA, first.number)
    second = questions.ask(ANA, PRICE)
    assert questions.now() == second
    questions.put_away(ANA, second.number)
    assert questions.now() is None


def test_what_was_put_away_takes_no_answer_and_shows_nothing(questions: Questions, pupils: list[int]) -> None:
    number = questions.ask(ANA, LEAVES).number
    questions.put_away(ANA, number)
    with pytest.raises(PizarraError, match="not there any more"):
        questions.answer(pupils[0], number, "Yes")
    with pytest.raises(PizarraError, match="once the question is revealed"):
        questions.tally(number)
    for change in (questions.close, questions.reveal, questions.put_away):
        with pytest.raises(PizarraError, match="not as it was"):
            change(ANA, number)
    with pytest.raises(PizarraError, match="not there any more"):
        questions.answer(pupils[0], 99, "Yes")


def test_another_class_has_questions_of_its_own(questions: Questions, file: ClassFile, pupils: list[int]) -> None:
    number = questions.ask(ANA, LEAVES).number
    Members(file).begin_anew(ANA)
    assert questions.now() is None
    with pytest.raises(PizarraError, match="not there any more"):
        questions.answer(pupils[0], number, "Yes")
    assert questions.ask(ANA, PRICE).number != number


def test_the_closest_guess_wins_and_equals_win_together(
    questions: Questions, file: ClassFile, pupils: list[int]
) -> None:
    number = questions.ask(ANA, PRICE).number
    for pupil, text in zip(pupils, ["18000", "19000", "30000", "18500,5", "1", "2"], strict=True):
        questions.answer(pupil, number, text)
    Members(file).hide(ANA, pupils[3], hidden=True)
    questions.reveal(ANA, number)
    found = [(guess.name, guess.away) for guess in questions.closest(number, 2)]
    assert found == [(f"#{pupils[3]}", 0.5), ("Pupil 0", 500.0), ("Pupil 1", 500.0)]


def test_a_question_without_a_number_has_no_closest_guess(questions: Questions) -> None:
    number = questions.ask(ANA, LEAVES).number
    questions.reveal(ANA, number)
    assert questions.closest(number) == []
    assert questions.tally(number) == {}


def test_the_audience_asks_nothing_and_reveals_nothing(questions: Questions) -> None:
    opened = questions.ask(ANA, LEAVES)
    deeds = (questions.close, questions.reveal, questions.put_away)
    for deed in deeds:
        with pytest.raises(PizarraError, match="Only the presenter"):
            deed(LUZ, opened.number)
    with pytest.raises(PizarraError, match="Only the presenter"):
        questions.ask(LUZ, PRICE)
    assert questions.now() == opened


def test_of_a_hundred_answers_at_once_none_is_lost(questions: Questions, file: ClassFile) -> None:
    members = Members(file)
    pupils = [members.join(f"word {number}", f"Pupil {number}").number for number in range(100)]
    number = questions.ask(ANA, LEAVES).number
    with ThreadPoolExecutor(100) as pool:
        list(pool.map(lambda pupil: questions.answer(pupil, number, "Yes" if pupil % 4 else "No"), pupils))
    assert questions.count(number) == 100
    questions.reveal(ANA, number)
    assert questions.tally(number) == {"Yes": 75, "No": 25}


def test_of_many_who_open_a_question_at_once_one_does(questions: Questions) -> None:
    def ask(_number: int) -> bool:
        try:
            return bool(questions.ask(ANA, LEAVES))
        except PizarraError:
            return False

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(ask, range(20))) == 1


def test_a_dashboard_that_is_killed_forgets_no_answer_that_it_took(tmp_path: Path) -> None:
    file = ClassFile(tmp_path)
    Questions(file).ask(ANA, LEAVES)
    file.close()
    with started(
        [sys.executable, "-c", ANSWERING, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        while process.stdout.readline().strip() != b"40":
            pass
        process.send_signal(signal.SIGKILL)
    file = ClassFile(tmp_path)
    questions = Questions(file)
    assert questions.count(1) == 41
    now = questions.now()
    assert now is not None
    assert now.is_open
    file.close()
