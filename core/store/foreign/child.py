"""The process that a model is asked in, and the server that such processes are forked from; both end with their input.

As the main module it takes questions from standard input and answers on standard output. With ``--forks``, on Linux,
standard input is a socket instead: each connection that comes through it gets a process of its own, forked from this
one, which has imported what models need and no model. So a version is there at once, shares that memory, and still
finds what it would find in a new process.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import io
import logging
import os
import pickle
import random
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from queue import SimpleQueue
from threading import Thread
from types import ModuleType
from typing import IO, Any

import numpy as np

from core import logs
from core.errors import PizarraError
from core.settings import ROOT
from core.store.foreign.plain import FORK, receive, send, write_plain

logger = logging.getLogger(__name__)

# skops looks for NumPy's functions in all modules there are, so it comes first, when they are few
PRELOADED = ("skops.io", "mlflow.pyfunc", "mlflow.sklearn", "core.prediction.intervals", "core.prediction.open_version")
OURS = "core"
MOST_WORDS = 300
GONE = b""
WITH_PARENT = 1  # Linux's PR_SET_PDEATHSIG: the signal that a process gets when the one it was forked from ends


def main() -> None:
    """Answer questions, or fork processes that do, until standard input closes."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--directory", default=".", help="working directory of the models")
    parser.add_argument("--forks", action="store_true", help="standard input is a socket of connections")
    parser.add_argument("--memory", type=int, default=0, help="MB that a forked process may have, 0: as it likes")
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the dashboard decides when we end
    asked, answers = os.dup(0), os.dup(1)
    _lead(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what a model prints is no answer
    logs.take_over()
    if arguments.forks:  # a process with a model of its own imports what that needs
        preload()
    os.chdir(arguments.directory)
    if str(ROOT) in sys.path:  # a model's own modules come first, whatever ours are called
        sys.path.remove(str(ROOT))
    sys.path.append(str(ROOT))
    if arguments.forks:
        os.close(answers)
        fork_for(socket.socket(fileno=asked), arguments.memory)
    else:
        with open(asked, "rb") as questions, open(answers, "wb") as said:
            answer_questions(questions, said)


def preload() -> None:
    """Import what models need, once for all that are forked."""
    for module in PRELOADED:
        try:
            import_module(module)
        except ImportError:  # models that need it say so, and others are asked none the less
            logger.exception("%s cannot be imported", module)
    gc.freeze()  # what all share is left alone, and stays shared


def fork_for(control: socket.socket, memory: int) -> None:
    """Fork a process for each connection that is sent here, and end those that are named; all when ``control`` ends."""
    children: set[int] = set()
    while True:
        try:
            message, connections, *_rest = socket.recv_fds(control, 64, 1)
        except OSError:
            message, connections = GONE, []
        if message == GONE:
            for pid in children:
                _end(pid)
            os._exit(0)
        if message == FORK:
            pid = os.fork()
            if pid == 0:
                control.close()
                _become_a_model(connections[0], memory)
            os.close(connections[0])
            children.add(pid)
            control.send(str(pid).encode())
        else:
            pid = int(message)
            children.discard(pid)
            control.send(str(_end(pid)).encode())


def _end(pid: int) -> int:
    """End a forked process with all that it started, and return its exit code: below zero the signal that ended it."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _become_a_model(connection: int, memory: int) -> None:
    """Answer the questions of one connection, in a process that was just forked."""
    try:
        os.setsid()
        ctypes.CDLL(None).prctl(WITH_PARENT, signal.SIGKILL)
        if memory:
            _limit(memory)
        random.seed()
        np.random.seed()
        stream = socket.socket(fileno=connection)
        answer_questions(stream.makefile("rb"), stream.makefile("wb"))
    finally:
        os._exit(1)


def _limit(megabytes: int) -> None:
    """Refuse this process more memory than it has now and so much beside it."""
    import resource  # here and not above: there is none on Windows

    with open("/proc/self/statm", encoding="ascii") as file:
        now = int(file.read().split()[5]) * resource.getpagesize()
    limit = now + (megabytes << 20)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def answer_questions(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until nobody asks any more: a question is a function, its arguments, and whether it makes the model.

    Any other function gets the model before its arguments.
    """
    questions: SimpleQueue[bytes] = SimpleQueue()

    def listen() -> None:
        """A process that nobody can ask any more ends, whatever its model is doing."""
        with suppress(EOFError, OSError):
            while True:
                questions.put(receive(asked))
        os._exit(0)

    Thread(target=listen, name="questions", daemon=True).start()
    hidden = _take(OURS)

    class Question(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            """A model may have brought modules that are called as ours are."""
            if module in sys.modules and module.partition(".")[0] != OURS:
                return super().find_class(module, name)
            if module in hidden and "." not in name:
                return getattr(hidden[module], name)
            with _in_place(hidden):
                return super().find_class(module, name)

    model: Any = None
    while True:
        try:
            function, arguments, makes_model = Question(io.BytesIO(questions.get())).load()
            if makes_model:
                model, said = function(*arguments), None
            else:
                said = function(model, *arguments)
            answer = write_plain({"said": said})
        except PizarraError as error:
            answer = write_plain({"refused": error})
        except BaseException as error:  # noqa: BLE001 - a stranger's model may fail in any way, sys.exit too
            answer = write_plain({"failed": _words(error)})
        send(answers, answer)


def _words(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"[:MOST_WORDS]
    except Exception:  # noqa: BLE001 - nor need its error have words
        return type(error).__name__


@contextmanager
def _in_place(hidden: dict[str, ModuleType]) -> Iterator[None]:
    """Have our own modules under their names, for what we send; a model may have brought modules called like them."""
    theirs = _take(OURS)
    sys.modules.update(hidden)
    try:
        yield
    finally:
        hidden.update(_take(OURS))
        sys.modules.update(theirs)


def _take(package: str) -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name == package or name.startswith(f"{package}.")]
    return {name: sys.modules.pop(name) for name in names}


def _lead(source: int, target: int) -> None:
    os.dup2(source, target)
    os.close(source)


if __name__ == "__main__":
    main()
