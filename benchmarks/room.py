"""A room full of phones on the light pages: how long actions take while a hundred act, a vote is open, some train.

``python -m benchmarks.room --phones 100 --seconds 300`` plays one room; server, clients and workers share this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import psutil

from benchmarks.stores import BENCH
from core import settings as _first  # noqa: F401 - it turns off the libraries' usage reports
from core.classroom.asked import Asked
from core.classroom.class_file import ClassFile
from core.classroom.presenters import Presenters
from core.classroom.questions import Questions
from core.store.connection import Store, open_store
from core.training.demo import unpack_demo
from tests.fixtures.dashboards import Dashboard, free_port
from tests.fixtures.websites import visit
from trainers.demo import DEMO

PIN, PRESENTER = "open sesame", "p" * 32
EVERY, NEWS_EVERY, LAUNCH_EVERY = 3.0, 4.0, 10.0  # seconds
MODELS = ("iris-classifier", "churn-predictor", "car-prices")
MOVED = 2  # controls that stand elsewhere than at the start
CHOICES = ("one", "two", "three")
BARS = {"what-if": 0.5, "look": 0.5, "launch": 0.5, "vote": 0.2, "presenter": 1.0}  # seconds, of 95 in 100


@dataclass
class Phone:
    """A phone in the room, on one connection that is kept."""

    port: int
    number: int
    cookie: str = ""
    answer: str = ""

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, path: str, form: Mapping[str, str] | None = None) -> tuple[int, str, str]:
        """Ask for a page, or send a form to it; return the status, where it leads and the body."""
        body = urlencode(form).encode() if form is not None else b""
        host = f"127.0.0.1:{self.port}"
        lines = [
            f"{'POST' if form is not None else 'GET'} {path} HTTP/1.1", f"Host: {host}", "Accept: text/html",
            f"X-Forwarded-For: 10.0.{self.number // 250}.{self.number % 250}",
            *([f"Cookie: pizarra_browser={self.cookie}"] if self.cookie else []),
            *([f"Origin: http://{host}"] if form is not None else []),
            f"Content-Length: {len(body)}", "", "",
        ]  # fmt: skip
        self._writer.write("\r\n".join(lines).encode() + body)
        await self._writer.drain()
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        length = int(re.search(r"content-length: (\d+)", head, re.IGNORECASE)[1])  # type: ignore[index]
        text = (await self._reader.readexactly(length)).decode()
        if found := re.search(r"pizarra_browser=([\w-]+)", head):
            self.cookie = found[1]
        leads = re.search(r"location: (\S+)", head, re.IGNORECASE)
        return int(head.split()[1]), leads[1] if leads else "", text


@dataclass
class Room:
    """What happened in a room: seconds by kind of action, errors, and the runs that were launched.

    ``controls`` are the values that the controls of a model's page can take, by model and name.
    """

    taken: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    launched: list[str] = field(default_factory=list)
    memory: int = 0
    controls: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    async def time(self, kind: str, phone: Phone, path: str, form: Mapping[str, str] | None = None) -> tuple[str, str]:
        """Ask and note how long it took; return where it leads and the body."""
        begun = time.perf_counter()
        status, leads, text = await phone.ask(path, form)
        self.taken.setdefault(kind, []).append(time.perf_counter() - begun)
        if status >= 400:
            self.errors.append(f"{status} {path} {re.sub('<[^>]+>', ' ', text)[-200:]}")
        return leads, text


def controls_of(page: str) -> dict[str, list[str]]:
    """Return the values that the sliders and lists of a page can take, by their names; a slider in a hundred steps."""
    found = {}
    for tag in re.findall(r"<input type=.range.[^>]+>", page):
        said = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        low, high, decimals = float(said["min"]), float(said["max"]), int(said["data-decimals"])
        found[said["name"]] = [f"{low + (high - low) * step / 100:.{decimals}f}" for step in range(101)]
    for name, options in re.findall(r'<select id="(v\d+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        found[name] = re.findall(r'<option value="([^"]*)"', options)
    return found


async def act(room: Room, phone: Phone, drawn: random.Random, question: int) -> None:
    """Do what a student does: mostly move a slider, now and then vote or look at how far training is."""
    chance = drawn.random()
    if chance < 0.15:
        phone.answer = drawn.choice(CHOICES)
        await room.time("vote", phone, "/c/answer", {"question": str(question), "answer": phone.answer})
    elif chance < 0.3:
        await room.time("look", phone, "/c/question?part=question")
    elif chance < 0.4:
        await room.time("look", phone, "/c/train?task=churn")
    else:
        model = drawn.choice(MODELS)
        moved = dict(drawn.choice(list(room.controls[model].items())) for _ in range(MOVED))
        values = {name: drawn.choice(values) for name, values in moved.items()}
        await room.time("what-if", phone, f"/c/predict?{urlencode({'model': model, 'part': 'answers', **values})}")


async def play_phone(room: Room, phone: Phone, question: int, until: float) -> None:
    """Join, then act every few seconds and ask for news, until the time is up."""
    drawn = random.Random(phone.number)  # noqa: S311 - the same room each time
    await phone.open()
    await asyncio.sleep(drawn.uniform(0, EVERY))
    await phone.ask("/c/")
    await room.time("join", phone, "/c/join", {"nickname": f"Pupil {phone.number}"})
    news = time.monotonic() + drawn.uniform(0, NEWS_EVERY)
    while time.monotonic() < until:
        begun = time.monotonic()
        await act(room, phone, drawn, question)
        if time.monotonic() > news:
            await room.time("news", phone, "/c/news")
            news = time.monotonic() + NEWS_EVERY
        await asyncio.sleep(max(0.0, EVERY * drawn.uniform(0.8, 1.2) - (time.monotonic() - begun)))


async def launch(room: Room, phones: Sequence[Phone], until: float) -> None:
    """Have somebody launch a run every few seconds, on a connection of its own."""
    place = 0
    while time.monotonic() + LAUNCH_EVERY < until:
        await asyncio.sleep(LAUNCH_EVERY)
        whose = phones[place % len(phones)]
        phone = Phone(whose.port, whose.number, whose.cookie)
        await phone.open()
        form = {"task": "iris", "algorithm": "nearest_neighbours", "n_neighbors": str(1 + place % 30)}
        leads, _text = await room.time("launch", phone, "/c/train", form)
        room.launched.append(leads.rpartition("launched=")[2])
        place += 1


def present(room: Room, port: int, until: float) -> None:
    """Look at the presenter's own page of the whole dashboard now and then."""
    host = f"127.0.0.1:{port}"
    with visit(port, host, f"http://{host}", Cookie=f"pizarra_browser={PRESENTER}") as page:
        if page is None:
            raise RuntimeError("the presenter could not come in")
        page.visit()
        while time.monotonic() < until:
            begun = time.perf_counter()
            page.visit()
            room.taken.setdefault("presenter", []).append(time.perf_counter() - begun)
            time.sleep(5)


async def watch(room: Room, dashboard: Dashboard, until: float) -> None:
    """Note the most memory that the dashboard's own process held."""
    process = psutil.Process(dashboard.process.pid)
    while time.monotonic() < until:
        room.memory = max(room.memory, process.memory_info().rss)
        await asyncio.sleep(1)


async def play(dashboard: Dashboard, phones: int, seconds: float, question: int) -> tuple[Room, list[Phone]]:
    """Play a room and return what happened."""
    room, people = Room(), [Phone(dashboard.port, number) for number in range(phones)]
    first = Phone(dashboard.port, 999)
    await first.open()
    for model in MODELS:  # what is read once for all is not what is measured
        room.controls[model] = controls_of((await first.ask(f"/c/predict?model={model}"))[2])
    until = time.monotonic() + seconds
    await asyncio.gather(
        *(play_phone(room, phone, question, until) for phone in people),
        launch(room, people, until),
        watch(room, dashboard, until),
        asyncio.to_thread(present, room, dashboard.port, until),
    )
    return room, people


def bench_room(phones: int = 100, seconds: float = 300.0) -> None:
    """Print how long the actions of a room take, and whether anything was lost."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = open_store(f"sqlite:///{folder / 'mlflow.db'}")
        unpack_demo(store, BENCH, DEMO)
        file = ClassFile(folder / "cache")
        Presenters(file, PIN).show(PIN, PRESENTER, "")
        asked = Asked("words", {"en": "Which one?"}, tuple((one, {}) for one in CHOICES), truth="one")
        question = Questions(file).ask(BENCH, asked).number
        dashboard = Dashboard(folder, free_port(), workers=1, pin=PIN)
        try:
            room, people = asyncio.run(play(dashboard, phones, seconds, question))
            votes_lost = sum(bool(phone.answer) for phone in people) - Questions(file).count(question)
            runs_lost = len(set(room.launched) - runs_of(store))
        finally:
            dashboard.stop()
            file.close()
    print(f"{phones} phones for {seconds:.0f} s\n")
    report(room)
    lost = f"lost votes: {votes_lost}, lost runs: {runs_lost} of {len(room.launched)}"
    print(f"\nErrors: {len(room.errors)}, {lost}, memory of the dashboard: {room.memory / 2**20:.0f} MiB.")
    for error in room.errors[:5]:
        print(error)


def runs_of(store: Store) -> set[str]:
    """Return the ids of all runs of a store."""
    experiments = [one.experiment_id for one in store.client.search_experiments()]
    return {run.info.run_id for run in store.client.search_runs(experiments, max_results=5000)}


def report(room: Room) -> None:
    """Print the seconds of each kind of action."""
    print("| Action | How many | Middle | 95 of 100 | Slowest | Bar of the 95 |")
    print("|---|---|---|---|---|---|")
    for kind, taken in sorted(room.taken.items()):
        ordered = sorted(taken)
        told = (median(taken), ordered[ceil(0.95 * len(ordered)) - 1], ordered[-1])
        bar = f"{BARS[kind] * 1000:.0f} ms" if kind in BARS else ""
        print(f"| {kind} | {len(taken)} | {' | '.join(f'{one * 1000:.0f} ms' for one in told)} | {bar} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=300.0)
    given = parser.parse_args()
    bench_room(given.phones, given.seconds)
