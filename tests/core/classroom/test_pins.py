"""The presenter's PIN, and who tries to guess it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import pytest

from core.classroom.pins import (
    FREE,
    HERE,
    LONGEST_WAIT,
    MINUTE,
    MOST_IN_ALL,
    Attempts,
    hashed,
    is_hash,
    matches,
    new_pin,
)
from core.errors import PizarraError

WRONG = "This is not the PIN."


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> Attempts:
    return Attempts(clock)


def fail(attempts: Attempts, address: str) -> str:
    """Be wrong once, and return what is said."""
    try:
        with attempts.one(address):
            raise PizarraError(WRONG, "")
    except PizarraError as error:
        return error.message


def succeed(attempts: Attempts, address: str) -> bool:
    """Try the right PIN, and tell whether it was let through."""
    try:
        with attempts.one(address):
            return True
    except PizarraError:
        return False


def test_a_pin_of_ours_has_six_digits_and_is_not_the_one_before() -> None:
    made = {new_pin() for _each in range(50)}
    assert all(len(pin) == 6 and pin.isdecimal() for pin in made)
    assert len(made) > 40


def test_a_hash_says_nothing_of_its_pin_and_is_another_each_time() -> None:
    first, second = hashed("1234"), hashed("1234")
    assert first != second
    assert "1234" not in first
    assert is_hash(first)
    assert matches("1234", first)
    assert matches("1234", second)


@pytest.mark.part(4)
@pytest.mark.parametrize("pin", ["", "1235", "12344", "123", "１２３４", "1234\x00", "\ud800", "9" * 10_000])
def test_another_pin_does_not_match(pin: str) -> None:
    assert not matches(pin, hashed("1234"))


@pytest.mark.parametrize("kept", ["", "1234", "scrypt$a$b", "scrypt$$", "$$"])
def test_nothing_matches_what_is_no_hash(kept: str) -> None:
    assert not matches("1234", kept)


def test_the_first_wrong_pins_cost_no_time_and_each_after_them_twice_as_much(attempts: Attempts, clock: Clock) -> None:
    assert [fail(attempts, "192.168.1.20") for _each in range(FREE + 1)] == [WRONG] * (FREE + 1)
    for seconds in (2, 4, 8, 16):
        clock.now += seconds - 0.1
        assert "one has to wait" in fail(attempts, "192.168.1.20")
        clock.now += 0.2
        assert fail(attempts, "192.168.1.20") == WRONG


def test_nobody_waits_longer_than_a_quarter_of_an_hour(attempts: Attempts, clock: Clock) -> None:
    for _each in range(200):
        fail(attempts, "192.168.1.20")
        clock.now += LONGEST_WAIT
    assert fail(attempts, "192.168.1.20") == WRONG


def test_the_right_pin_is_refused_too_as_long_as_one_has_to_wait(attempts: Attempts, clock: Clock) -> None:
    for _each in range(FREE + 1):
        fail(attempts, "192.168.1.20")
    assert not succeed(attempts, "192.168.1.20")
    clock.now += 2.1
    assert succeed(attempts, "192.168.1.20")
    assert [fail(attempts, "192.168.1.20") for _each in range(FREE + 1)] == [WRONG] * (FREE + 1)  # it begins anew


@pytest.mark.parametrize("address", ["10.0.{}.1", "2001:db8:0:{}::1"])
def test_all_other_computers_together_have_so_many_in_a_minute(attempts: Attempts, clock: Clock, address: str) -> None:
    said = [fail(attempts, address.format(number)) for number in range(MOST_IN_ALL + 5)]
    assert said[:MOST_IN_ALL] == [WRONG] * MOST_IN_ALL
    assert all("one has to wait" in words for words in said[MOST_IN_ALL:])
    clock.now += MINUTE + 1
    assert succeed(attempts, address.format(1000))


def test_a_computer_with_many_addresses_is_one(attempts: Attempts) -> None:
    said = [fail(attempts, f"2001:db8::{number}") for number in range(FREE + 2)]
    assert "one has to wait" in said[-1]
    assert "one has to wait" in fail(attempts, "2001:db8::ffff:1")


def test_who_sits_here_waits_for_nobody_elses_guesses(attempts: Attempts) -> None:
    for number in range(MOST_IN_ALL + 1):
        fail(attempts, f"10.0.0.{number}")
    assert not succeed(attempts, "10.0.1.1")
    assert succeed(attempts, HERE)


def test_many_at_once_are_tried_one_after_the_other(attempts: Attempts) -> None:
    said: list[str] = []
    together: list[Callable[[], None]] = [lambda: said.append(fail(attempts, "192.168.1.20"))] * 40
    threads = [Thread(target=one) for one in together]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said.count(WRONG) == FREE + 1
