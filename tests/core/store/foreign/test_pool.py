"""Models in processes of their own: what they leave there, how they end, and that they come again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import psutil
import pytest

from core.errors import ModelError
from core.serving.sizes import size_of
from core.settings import ROOT
from core.store.foreign.pool import ForeignModel, Pool, where_it_is
from core.store.foreign.process import EndedError
from core.systems import FORKS
from tests.fixtures import foreigners as do
from tests.fixtures.processes import has_ended, started, until

pytestmark = pytest.mark.timeout(240)
MANY_SECONDS = 200.0
linux = pytest.mark.skipif(not FORKS, reason="elsewhere processes start anew: forking is not safe there")
WAYS = [pytest.param(True, id="forked", marks=linux), pytest.param(False, id="started anew")]


@pytest.fixture(scope="module", params=WAYS)
def pool(request: pytest.FixtureRequest) -> Iterator[Pool]:
    made = Pool(3, 8000, MANY_SECONDS, forks=request.param)
    yield made
    made.close()


@pytest.fixture
def forked() -> Iterator[Callable[..., Pool]]:
    made: list[Pool] = []

    def make(processes: int = 3, memory: int = 8000, seconds: float = MANY_SECONDS) -> Pool:
        made.append(Pool(processes, memory, seconds))
        return made[-1]

    yield make
    for one in made:
        one.close()


def rude(pool: Pool, name: str = "one") -> ForeignModel:
    return ForeignModel(name, do.Rude, (name,), pool)


@pytest.mark.long
def test_each_model_finds_what_it_left_itself_and_nothing_stays_here(pool: Pool) -> None:
    before = (dict(os.environ), os.getcwd(), list(sys.path), set(sys.modules), list(warnings.filters))
    drawn = random.getstate(), np.random.get_state()[1].tolist()
    for name in ("one", "two", "one"):
        assert rude(pool, name).run(do.left) == [name, name, f"/left/{name}", True, "/"]
    assert before == (dict(os.environ), os.getcwd(), list(sys.path), set(sys.modules), list(warnings.filters))
    assert drawn == (random.getstate(), np.random.get_state()[1].tolist())


@pytest.mark.long
def test_a_model_stays_warm(pool: Pool) -> None:
    model = ForeignModel("warm", do.Rude, (), pool)
    assert [model.run(do.count) for _ in range(3)] == [1, 2, 3]


@pytest.mark.long
def test_a_models_memory_is_that_of_its_process(pool: Pool) -> None:
    model = ForeignModel("grown", do.Rude, (), pool)
    assert (model.memory, size_of(model)) == (0, None)
    model.run(do.grow, 50)
    assert size_of(model) == pytest.approx(model.memory, rel=0.2)
    assert model.memory > 50_000_000


@pytest.mark.long
def test_one_that_ends_its_process_is_said_and_the_next_question_is_answered(pool: Pool) -> None:
    model = rude(pool)
    model.run(do.count)
    with pytest.raises(
        EndedError, match=r"ended the process that it was asked in \(exit code -9\)\. Change the inputs"
    ):
        model.run(do.crash)
    assert model.run(do.count) == 1


@pytest.mark.part(2)
def test_one_that_ended_while_nobody_asked_is_there_when_somebody_does(pool: Pool) -> None:
    model = rude(pool)
    process = psutil.Process(model.run(do.pid))
    model.run(do.crash_soon)
    assert until(lambda: has_ended(process), 30)
    assert model.run(do.count) == 1


@pytest.mark.long
def test_errors_are_said_in_words_and_the_process_goes_on(pool: Pool) -> None:
    model = rude(pool)
    process = model.run(do.pid)
    with pytest.raises(ModelError, match="could not answer: RuntimeError: the chalk broke"):
        model.run(do.fail)
    with pytest.raises(ModelError, match="could not answer: SilentError"):
        model.run(do.fail_without_words)
    with pytest.raises(ModelError, match="could not answer: SystemExit: the model wants to go"):
        model.run(do.leave)
    with pytest.raises(ModelError, match="could not answer: TypeError: object is no plain data"):
        model.run(do.say_something_else)
    with pytest.raises(ModelError, match=r"There must be 2 at most, but there are 3\. Ask for fewer\."):
        model.run(do.refuse, 3)
    assert model.run(do.pid) == process


@pytest.mark.long
def test_what_is_known_comes_back_and_what_is_not_is_no_answer(pool: Pool) -> None:
    model = rude(pool)
    assert model.run(do.make_known, known=(do.Known,)) == do.Known("chalk", ("white", "yellow"))
    with pytest.raises(ModelError, match=r"gave an answer that cannot be read\. Choose another version"):
        model.run(do.make_known)
    assert model.run(do.count) == 1  # anew: who knows what the first one would say next


def test_what_a_model_prints_is_no_answer(pool: Pool) -> None:
    assert rude(pool).run(do.shout) == "heard"


@pytest.mark.long
def test_one_that_cannot_be_made_says_why(pool: Pool) -> None:
    model = ForeignModel("bad", do.fail, (None,), pool)
    for _ in range(2):
        with pytest.raises(
            ModelError, match=r"could not be opened: RuntimeError: the chalk broke It may need libraries"
        ):
            model.run(do.pid)


@pytest.mark.long
def test_what_models_import_may_be_called_as_ours_is(pool: Pool, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("code")
    (folder / "core.py").write_text("whose = 'theirs'")
    model = ForeignModel("namesake", do.bring, (str(folder),), pool)
    assert [model.run(do.import_core), model.run(do.import_core)] == ["theirs", "theirs"]
    assert rude(pool).run(do.import_core) == "ours"
    assert model.run(do.make_known, known=(do.Known,)).name == "chalk"


@pytest.mark.long
def test_two_are_asked_at_once_and_one_after_the_other(pool: Pool) -> None:
    model = ForeignModel("counted", do.Rude, (), pool)
    with ThreadPoolExecutor(8) as people:
        counts = list(people.map(lambda _: model.run(do.count), range(24)))
        names = list(people.map(lambda n: rude(pool, f"{n % 5}").run(do.left)[0], range(20)))
    assert sorted(counts) == list(range(1, 25))
    assert names == [str(n % 5) for n in range(20)]


def test_a_model_that_is_here_is_asked_here() -> None:
    assert where_it_is(do.Rude, do.pid) == os.getpid()


@pytest.mark.long
def test_one_that_does_not_answer_is_stopped_and_the_next_question_is_answered(forked: Callable[..., Pool]) -> None:
    pool = forked(seconds=MANY_SECONDS)
    model = rude(pool)
    process = psutil.Process(model.run(do.pid))
    pool._seconds = 0.5
    for question in (do.sleep, do.spin):
        with pytest.raises(
            ModelError, match=r"must answer within 0 seconds, but it did not and was stopped\. Ask about"
        ):
            model.run(question)
        pool._seconds = MANY_SECONDS
        assert model.run(do.count) == 1
        pool._seconds = 0.5
    assert has_ended(process)


@pytest.mark.long
def test_who_waits_too_long_for_others_is_told(forked: Callable[..., Pool]) -> None:
    pool = forked(processes=1)
    model = rude(pool)
    model.run(do.count)
    with pool._taken(model):
        pool._seconds = 0.1
        with pytest.raises(ModelError, match=r"Too many questions wait for this model\. Ask again"):
            rude(pool, "another").run(do.count)
        pool._seconds = MANY_SECONDS
    assert model.run(do.count) == 2


@pytest.mark.long
def test_many_rows_are_given_more_time(forked: Callable[..., Pool]) -> None:
    pool = forked()
    model = rude(pool)
    model.run(do.count)
    pool._seconds = -1
    assert model.run(do.count, rows=100_000) == 2


@pytest.mark.long
def test_the_one_that_was_asked_longest_ago_makes_room(forked: Callable[..., Pool]) -> None:
    pool = forked(processes=2)
    first, second, third = (rude(pool, name) for name in "abc")
    assert [first.run(do.count), second.run(do.count), first.run(do.count)] == [1, 1, 2]
    process = psutil.Process(second.run(do.pid))
    first.run(do.count)
    assert third.run(do.count) == 1
    assert has_ended(process)
    assert first.run(do.count) == 4
    assert second.run(do.count) == 1


@pytest.mark.long
def test_together_they_have_no_more_memory_than_they_may(forked: Callable[..., Pool]) -> None:
    pool = forked(processes=3, memory=400)
    small, large = rude(pool, "small"), rude(pool, "large")
    process = psutil.Process(small.run(do.pid))
    large.run(do.count)
    assert not has_ended(process)
    small.run(do.grow, 250)
    large.run(do.grow, 250)  # measured at most once a second
    assert until(lambda: bool(large.run(do.count)) and has_ended(process), 30)
    assert large.run(do.count) > 1


@pytest.mark.long
@linux
def test_one_that_wants_more_memory_than_all_may_have_is_refused_it(forked: Callable[..., Pool]) -> None:
    model = rude(forked(memory=300))
    with pytest.raises(ModelError, match=r"could not answer: .*MemoryError"):
        model.run(do.grow, 1000)
    assert model.run(do.count) == 1


@pytest.mark.long
@linux
def test_copies_of_one_process_draw_apart(forked: Callable[..., Pool]) -> None:
    pool = forked()
    one, two = (ForeignModel(name, do.nothing, (), pool).run(do.draw) for name in "ab")
    assert not {*one} & {*two}


@pytest.mark.long
@linux
def test_a_server_that_was_killed_is_started_again(forked: Callable[..., Pool]) -> None:
    pool = forked()
    first, second = rude(pool, "a"), rude(pool, "b")
    process = psutil.Process(first.run(do.pid))
    server = process.parent()
    server.kill()
    assert until(lambda: has_ended(process), 30)  # with what was forked from it
    assert second.run(do.count) == 1
    assert first.run(do.count) == 1


@pytest.mark.long
def test_closing_ends_all_processes(forked: Callable[..., Pool]) -> None:
    before = psutil.Process().children(recursive=True)
    pool = forked()
    for name in "ab":
        rude(pool, name).run(do.count)
    ours = [one for one in psutil.Process().children(recursive=True) if one not in before]
    assert len(ours) >= 2
    pool.close()
    assert until(lambda: all(map(has_ended, ours)), 30)


DASHBOARD = """
import sys
from threading import Thread
from core.store.foreign.pool import ForeignModel, Pool
from core.serving.sizes import size_of
from tests.fixtures import foreigners as do
pool = Pool(3, 8000, 600, forks=sys.argv[1] == "True")
models = [ForeignModel(name, do.nothing, (), pool) for name in "ab"]
print(*(model.run(do.pid) for model in models), flush=True)
Thread(target=models[0].run, args=(do.spin,)).start()
"""


@pytest.mark.long
@pytest.mark.parametrize("forks", WAYS)
@pytest.mark.parametrize("how", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.long)])
def test_they_end_with_the_dashboard_however_it_ends(forks: bool, how: int) -> None:
    command: list[Any] = [sys.executable, "-c", DASHBOARD, str(forks)]
    with started(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as dashboard:
        assert dashboard.stdout is not None
        processes = [psutil.Process(int(pid)) for pid in dashboard.stdout.readline().split()]
        assert len(processes) == 2
        processes += psutil.Process(dashboard.pid).children(recursive=True)
        dashboard.send_signal(how)
    assert until(lambda: all(map(has_ended, processes)), 30)
