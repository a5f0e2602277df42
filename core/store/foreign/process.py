"""One process with one model, from the side of whoever asks: started, asked within a limit, ended."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread, Timer
from typing import IO, Any

import psutil

from core.errors import DataError, ModelError, ParameterError, PizarraError, StoreError
from core.i18n import N_
from core.settings import ROOT
from core.store.foreign.plain import FORK, Known, read_plain, receive, send

MODULE = "core.store.foreign.child"
START_SECONDS = 120
LIBRARIES = 512 << 20  # bytes that a process started anew has before its model; forked ones share them
WATCHED = 0.25  # seconds
ENDED_WITH_SERVER = -9  # an exit code: by signal 9
GONE = (OSError, ValueError, psutil.Error)
ERRORS = (PizarraError, StoreError, ParameterError, DataError, ModelError)


class EndedError(ModelError):
    """The process of a model ended while it was asked; it may answer other questions."""


class FailedError(Exception):
    """A model, or its loading, raised something that is no error of ours; the text is its words."""


class ModelProcess:
    """A process that makes one model and answers questions about it, one at a time."""

    def __init__(
        self, process: psutil.Process, asked: IO[bytes], answers: IO[bytes], end: Callable[[], int], most: int = 0
    ) -> None:
        """Take what was started; ``most`` is how many bytes of memory it may have, where no system sees to that."""
        self._process, self._asked, self._answers, self._end, self._most = process, asked, answers, end, most
        self._ending, self._talking = Lock(), Lock()
        self._code: int | None = None
        self._is_late = self._is_large = False

    @property
    def is_alive(self) -> bool:
        """Tell whether it can be asked."""
        try:
            return self._code is None and self._process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    @property
    def memory(self) -> int:
        """The bytes that would be free without it."""
        try:
            return int(self._process.memory_full_info().uss)
        except psutil.Error:
            return 0

    def ask(
        self, function: Callable[..., Any], arguments: Sequence[Any], seconds: float, known: Known = (), *,
        makes_model: bool = False,
    ) -> Any:  # fmt: skip
        """Return what ``function`` says there of the model, or have it make the model.

        What it says is plain data; of ours it may hold what is ``known`` (``core.store.foreign.plain``).

        Raises:
            FailedError: it raised an error.
            EndedError: the process ended.
            PizarraError: it did not answer in time, or what it raised.
        """
        question = pickle.dumps((function, tuple(arguments), makes_model), protocol=5)
        watch = Timer(seconds, self._stop)
        watch.daemon = True
        watch.start()
        answered = Event()
        if self._most:
            Thread(target=self._watch_memory, args=(answered,), name="memory", daemon=True).start()
        self._talking.acquire()
        try:
            send(self._asked, question)
            said = read_plain(receive(self._answers), (*ERRORS, *known))
            if not isinstance(said, dict):
                raise ValueError("no answer")
        except (OSError, EOFError) as error:
            self.end()
            raise self._why(seconds) from error
        except ValueError as error:
            self.end()
            raise unreadable() from error
        except BaseException:
            self.end()  # its answer would be taken for that to the next question
            raise
        finally:
            watch.cancel()
            answered.set()
            self._talking.release()
            self._close_if_ended()
        if isinstance(said.get("refused"), PizarraError):
            raise said["refused"]
        if "failed" in said:
            raise FailedError(str(said["failed"]))
        return said.get("said")

    def _stop(self) -> None:
        self._is_late = True
        self.end()

    def _watch_memory(self, answered: Event) -> None:
        while not answered.wait(WATCHED):
            if self.memory > self._most:
                self._is_large = True
                self.end()
                return

    def _why(self, seconds: float) -> PizarraError:
        if self._is_large:
            return ModelError(
                N_("The model must do with {memory} MB of memory, but it took more and was stopped."),
                N_("Ask about fewer rows, choose another version, or set PIZARRA_MODEL_MEMORY to more."),
                memory=self._most - LIBRARIES >> 20,
            )
        if self._is_late:
            return ModelError(
                N_("The model must answer within {seconds} seconds, but it did not and was stopped."),
                N_("Ask about fewer rows, choose another version, or set PIZARRA_MODEL_SECONDS to more."),
                seconds=round(seconds),
            )
        return EndedError(
            N_("The model ended the process that it was asked in (exit code {code})."),
            N_("Change the inputs, or choose another version."),
            code=self._code,
        )

    def end(self) -> None:
        """End it with all that it started, whatever it is doing."""
        with self._ending:
            if self._code is None:
                self._code = self._end()
        self._close_if_ended()

    def _close_if_ended(self) -> None:
        """Close the streams, but for what waits at them: it notices the end itself."""
        if self._code is not None and self._talking.acquire(blocking=False):
            for stream in (self._asked, self._answers):
                with suppress(OSError):
                    stream.close()
            self._talking.release()


class Forks:
    """Forks processes from a server that has imported what models need; the server starts with the first one."""

    def __init__(self, memory: int) -> None:
        self._memory, self._lock = memory, Lock()
        self._server: _Server | None = None

    def prepare(self) -> None:
        """Start the server, without waiting for it."""
        with self._lock, suppress(OSError):  # whoever asks for a process is told
            self._server = self._server or _Server.start(self._memory)

    def start(self) -> ModelProcess:
        """Return a new process.

        Raises:
            ModelError: there is none.
        """
        with self._lock:
            try:
                return self._start()
            except GONE:  # the server is, for example because memory ran out
                self._close()
                try:
                    return self._start()
                except GONE as error:
                    self._close()
                    raise _no_process() from error

    def _start(self) -> ModelProcess:
        if self._server is None:
            self._server = _Server.start(self._memory)
        server = self._server
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(server.control, [FORK], [theirs.fileno()])
            pid = int(server.control.recv(64))
            process = psutil.Process(pid)
        except BaseException:
            ours.close()
            raise

        def end() -> int:
            with suppress(OSError):
                ours.shutdown(socket.SHUT_RDWR)  # whoever waits for an answer need not
            with self._lock, ours:
                try:
                    server.control.send(str(pid).encode())
                    return int(server.control.recv(64))
                except (OSError, ValueError):
                    if self._server is server:
                        self._close()
                    return ENDED_WITH_SERVER

        return ModelProcess(process, ours.makefile("wb"), ours.makefile("rb"), end)

    def close(self) -> None:
        """End the server and all processes that it forked."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


@dataclass(frozen=True)
class _Server:
    process: subprocess.Popen[bytes]
    control: socket.socket

    @classmethod
    def start(cls, memory: int) -> _Server:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(START_SECONDS)
        with theirs:
            return cls(_python("--forks", "--memory", str(memory), stdin=theirs), ours)

    def close(self) -> None:
        self.control.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Spawns:
    """Starts each process anew, where forking is not safe; we see ourselves to it that none has too much memory."""

    def __init__(self, memory: int) -> None:
        self._most = LIBRARIES + (memory << 20)

    def start(self) -> ModelProcess:
        """Return a new process.

        Raises:
            ModelError: there is none.
        """
        try:
            process = _python(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except OSError as error:
            raise _no_process() from error
        assert process.stdin is not None  # noqa: S101 - pipes were asked for
        assert process.stdout is not None  # noqa: S101

        def end() -> int:
            _kill_with_all(process.pid)
            return process.wait()

        return ModelProcess(psutil.Process(process.pid), process.stdin, process.stdout, end, self._most)

    def prepare(self) -> None:
        """Nothing can be done ahead."""

    def close(self) -> None:
        """Nothing is shared by them."""


def _kill_with_all(pid: int) -> None:
    """Kill a process with all that it started, on any system."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in [process, *process.children(recursive=True)]:
            with suppress(psutil.Error):
                one.kill()


def unreadable() -> ModelError:
    """Return what is said where a process answers what is no answer: its model may write anything."""
    return ModelError(N_("The model gave an answer that cannot be read."), N_("Choose another version."))


def _python(*arguments: str, **streams: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", MODULE, "--directory", os.getcwd(), *arguments]
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, **streams)  # noqa: S603 - our own module


def _no_process() -> ModelError:
    return ModelError(
        N_("This model runs code of its own and needs a process of its own, but none can be started."),
        N_("Look at the terminal of the dashboard for the reason, then try again."),
    )
