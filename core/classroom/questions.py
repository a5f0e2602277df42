"""Questions for a class: one at a time, answered from phones; what was answered shows once it is revealed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Literal

from core.access import Actor
from core.classroom.asked import Asked
from core.classroom.class_file import ClassFile
from core.classroom.members import Members
from core.errors import PizarraError
from core.i18n import N_

State = Literal["open", "closed", "revealed", "away"]

SHOWN_OF_OTHERS = 3  # answers that somebody sees who has answered


@dataclass(frozen=True)
class Question:
    """A question of this class; until it is revealed nobody gets what it keeps back."""

    number: int
    asked: Asked
    state: State

    @property
    def is_open(self) -> bool:
        """Tell whether it still takes answers."""
        return self.state == "open"

    @property
    def is_revealed(self) -> bool:
        """Tell whether answers and truth may be seen."""
        return self.state == "revealed"


@dataclass(frozen=True)
class Guess:
    """A number that somebody answered, by the name that others see, and how far it was from the truth."""

    name: str
    value: float
    away: float


@dataclass
class Questions:
    """The questions of the class that is now; threads may share it."""

    file: ClassFile

    def ask(self, actor: Actor, asked: Asked) -> Question:
        """Open a question; the one before goes away, unless it is still open.

        Raises:
            PizarraError: ``actor`` may not, or a question is open.
        """
        actor.check("lead")
        number = self._of_class
        opened = self.file.write_rows(
            "insert into questions (class, asked, state) select ?, ?, 'open'"
            " where not exists (select 1 from questions where class = ? and state = 'open')",
            (number, asked.as_json(), number),
        )
        now = self.now()
        if not opened or now is None:
            raise PizarraError(
                N_("One question is asked at a time, and one is open."), N_("Close that one, or put it away.")
            )
        return now

    def close(self, actor: Actor, number: int) -> Question:
        """Take no more answers to a question.

        Raises:
            PizarraError: ``actor`` may not, or it is not open.
        """
        actor.check("lead")
        return self._turn(number, "closed", "open")

    def reveal(self, actor: Actor, number: int) -> Question:
        """Show everybody what was answered and what is true; no answer is taken any more.

        Raises:
            PizarraError: ``actor`` may not, or it was revealed or put away before.
        """
        actor.check("lead")
        return self._turn(number, "revealed", "open", "closed")

    def put_away(self, actor: Actor, number: int) -> Question:
        """Have a question be there no more; its answers stay in the file.

        Raises:
            PizarraError: ``actor`` may not, or it was put away before.
        """
        actor.check("lead")
        return self._turn(number, "away", "open", "closed", "revealed")

    def now(self) -> Question | None:
        """Return the question that is open, closed or revealed; None where there is none.

        What it keeps back is left out of it until it is revealed.
        """
        found = self.file.rows(
            "select number, asked, state from questions where class = ? order by number desc limit 1", (self._of_class,)
        )
        if not found or found[0][2] == "away":
            return None
        return _shown(*found[0])

    def answer(self, member: int, number: int, text: str) -> str:
        """Take a member's answer, in the place of the one before, and return it as it is stored.

        A number may be written with either sign for decimals.

        Raises:
            PizarraError: the question takes no answers any more, this is none, or there is no such member.
        """
        stored = self._question(number).asked.stored(text)
        taken = self.file.write_rows(
            "insert into answers select ?, ?, ?"
            " where exists (select 1 from questions where number = ? and class = ? and state = 'open')"
            " and exists (select 1 from members where number = ? and class = ? and nickname != '')"
            " on conflict (question, member) do update set answer = excluded.answer",
            (number, member, stored, number, self._of_class, member, self._of_class),
        )
        if not taken:
            self._say_why_not(number)
        return stored

    def own(self, member: int, number: int) -> str:
        """Return what a member answered; empty where they have not."""
        found = self.file.rows("select answer from answers where question = ? and member = ?", (number, member))
        return str(found[0][0]) if found else ""

    def count(self, number: int) -> int:
        """Return how many have answered: all that anybody is told before it is revealed."""
        return int(self.file.rows("select count(*) from answers where question = ?", (number,))[0][0])

    def others(self, member: int, number: int) -> list[str]:
        """Return what up to three others answered, nobody named, to a member who has answered.

        Raises:
            PizarraError: they have not.
        """
        if not self.own(member, number):
            raise PizarraError(N_("What others said shows once you have answered."), N_("Answer first."))
        rows = self.file.rows("select member, answer from answers where question = ? and member != ?", (number, member))
        rows.sort(key=lambda row: blake2b(f"{number} {member} {row[0]}".encode()).digest())
        return [answer for _member, answer in rows[:SHOWN_OF_OTHERS]]

    def tally(self, number: int) -> dict[str, int]:
        """Return how many gave each answer, the most frequent first.

        Raises:
            PizarraError: the question has not been revealed.
        """
        self._revealed(number)
        rows = self.file.rows(
            "select answer, count(*) from answers where question = ? group by answer order by 2 desc, 1", (number,)
        )
        return dict(rows)

    def closest(self, number: int, most: int = 3) -> list[Guess]:
        """Return the numbers nearest to the truth, the nearest first; also all that are as near as the last of them.

        Raises:
            PizarraError: the question has not been revealed.
        """
        asked = self._revealed(number).asked
        if not (asked.is_number and asked.truth):
            return []
        answers = dict(self.file.rows("select member, answer from answers where question = ?", (number,)))
        names = {one.number: one.shown for one in Members(self.file).all()}
        truth = float(asked.truth)
        guesses = [
            Guess(names.get(member, f"#{member}"), float(text), abs(float(text) - truth))
            for member, text in answers.items()
        ]
        guesses.sort(key=lambda guess: (guess.away, guess.name))
        farthest = guesses[:most][-1].away if guesses else 0.0
        return [guess for guess in guesses if guess.away <= farthest]

    @property
    def _of_class(self) -> int:
        return Members(self.file).of_class

    def _turn(self, number: int, to: State, *before: State) -> Question:
        changed = self.file.write_rows(
            "update questions set state = ? where number = ? and class = ? and instr(?, state)",
            (to, number, self._of_class, " ".join(before)),
        )
        if not changed:
            raise PizarraError(
                N_("The question is not as it was: somebody else presses as well."), N_("Look at it again.")
            )
        return self._question(number)

    def _question(self, number: int) -> Question:
        found = self.file.rows(
            "select number, asked, state from questions where number = ? and class = ?", (number, self._of_class)
        )
        if not found:
            raise _gone()
        return _shown(*found[0])

    def _revealed(self, number: int) -> Question:
        question = self._question(number)
        if not question.is_revealed:
            raise PizarraError(
                N_("What was answered shows once the question is revealed."), N_("Wait until the presenter reveals it.")
            )
        return question

    def _say_why_not(self, number: int) -> None:
        question = self._question(number)
        if question.state == "away":
            raise _gone()
        if not question.is_open:
            raise PizarraError(N_("The question is closed: it takes no more answers."), N_("Look at the projector."))
        raise PizarraError(
            N_("Whoever answers in a class needs a nickname."), N_("Open “Join” and write one, then come back.")
        )


def _shown(number: int, asked: str, state: State) -> Question:
    """Return a question as everybody may have it."""
    whole = Asked.from_json(asked)
    return Question(number, whole if state == "revealed" else replace(whole, truth="", behind={}), state)


def _gone() -> PizarraError:
    return PizarraError(N_("This question is not there any more."), N_("Look at the projector."))
