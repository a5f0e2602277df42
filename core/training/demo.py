"""The demo: real runs and model versions declared as data; loading it twice adds nothing.

A new SQLite store gets it packed, within seconds; any other has it trained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from core.access import Actor
from core.i18n import DEFAULT_LANGUAGE, speaking
from core.settings import Settings
from core.store.connection import Store, open_store
from core.store.registry import promotion, registered_models
from core.store.registry.stages import GATES_TAG, Stage
from core.store.runs.tables import DEMO_TAG, Runs
from core.store.runs.tracking import find_runs
from core.store.states import exchange, pack
from core.store.writer import writing
from core.training.batches import Batch
from core.training.execution import Job
from core.training.jobs import Jobs
from core.training.launching import schedule
from core.training.specs import Value
from core.training.tasks import Task

PROGRAM = Actor("Pizarra", "presenter")  # does what belongs to the demo, once somebody who may has asked for it
ALIVE = {"SCHEDULED", "RUNNING", "FINISHED"}
_loading = Lock()


@dataclass(frozen=True)
class DemoRun:
    """A run of the demo; ``key`` names it for ever."""

    key: str
    name: str
    task: Task
    algorithm: str
    params: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class DemoVersion:
    """A model version of the demo, made from the run called ``run``; listed in the order they are registered."""

    model: str
    run: str
    stage: Stage
    description: str


@dataclass(frozen=True)
class Demo:
    """Runs, the versions registered from them, and the gates of their models; ``pack`` is a file with all of it."""

    runs: Sequence[DemoRun]
    versions: Sequence[DemoVersion]
    gates: Mapping[str, Sequence[str]] = field(default_factory=dict)
    pack: Path = Path()


@dataclass(frozen=True)
class DemoState:
    """How far the demo is: run ids by key, and how many of them finished."""

    run_ids: Mapping[str, str]
    finished: int
    total: int
    registered: bool

    @property
    def loaded(self) -> bool:
        """Tell whether all of it is there."""
        return self.finished == self.total and self.registered

    @property
    def loading(self) -> bool:
        """Tell whether some of it is under way."""
        return len(self.run_ids) > self.finished or (self.finished == self.total and not self.registered)


def demo_state(store: Store, demo: Demo) -> DemoState:
    """Look at what the store has of the demo; failed, stopped and deleted runs do not count."""
    found = _demo_runs(store)
    keys = {run.key for run in demo.runs}
    alive = {key: run_id for key, (run_id, status) in found.items() if key in keys and status in ALIVE}
    finished = sum(found[key][1] == "FINISHED" for key in alive)
    return DemoState(alive, finished, len(demo.runs), not _missing_versions(store, demo))


def pack_demo(actor: Actor, demo: Demo, settings: Settings) -> None:
    """Train the demo in this process, on data that everybody may have, and pack it into its file.

    Raises:
        PizarraError: ``actor`` may not.
    """
    actor.check("change_store")
    from core.training.fit import train  # scikit-learn is slow to import

    with TemporaryDirectory() as folder, speaking(DEFAULT_LANGUAGE):
        store = open_store(f"sqlite:///{folder}/mlflow.db")
        given = replace(settings, data_dir=Path(folder), cache_dir=Path(folder), downloads=False)
        for job in schedule_demo(store, PROGRAM, demo):
            with writing(store, job.run_id) as run:
                run.write(train(job.task, job.algorithm, job.params, settings=given, report=run.progress))
        register_demo(store, PROGRAM, demo)
        pack.write_pack(store, actor, demo.pack)


def unpack_demo(store: Store, actor: Actor, demo: Demo) -> bool:
    """Bring the packed demo into a SQLite store that nobody has used yet; False where it has to be trained.

    Raises:
        StoreError: the store does not take it.
        PizarraError: ``actor`` may not load the demo.
    """
    actor.check("load_demo")
    with _loading:
        return exchange.load(store, actor, demo.pack)


def load_demo(store: Store, actor: Actor, demo: Demo, jobs: Jobs) -> Batch:
    """Train what is missing of the demo; its versions are registered when all runs have ended.

    Raises:
        TrainingError: there is no cluster to train on.
        PizarraError: ``actor`` may not load the demo.
    """
    actor.check("load_demo")
    jobs.start()
    scheduled = schedule_demo(store, actor, demo)
    return jobs.submit_all(PROGRAM, scheduled, then=lambda: register_demo(store, actor, demo))


def schedule_demo(store: Store, actor: Actor, demo: Demo) -> list[Job]:
    """Schedule the demo's runs that are missing and return their jobs.

    Raises:
        PizarraError: ``actor`` may not load the demo.
    """
    actor.check("load_demo")
    with _loading:  # two visitors may press the button together
        present = demo_state(store, demo).run_ids
        return [
            schedule(store, PROGRAM, run.task, run.algorithm, run.params, name=run.name, tags={DEMO_TAG: run.key})
            for run in demo.runs
            if run.key not in present
        ]


def register_demo(store: Store, actor: Actor, demo: Demo) -> None:
    """Register the demo's missing versions whose runs finished, and put them into their stages.

    Raises:
        PizarraError: ``actor`` may not load the demo.
    """
    actor.check("load_demo")
    with _loading:
        runs = {key: run_id for key, (run_id, status) in _demo_runs(store).items() if status == "FINISHED"}
        missing = _missing_versions(store, demo)
        for version in missing:
            if version.run not in runs:
                continue
            number = registered_models.register(
                store, PROGRAM, runs[version.run], version.model,
                tags={DEMO_TAG: _version_key(version)}, description=version.description,
            )  # fmt: skip
            if version.stage != "None":
                asked = promotion.Move(version.model, number, version.stage, version.description)
                promotion.move(store, PROGRAM, asked)
        registered = {model.name: model for model in registered_models.list_models(store)} if missing else {}
        for name, rules in demo.gates.items():
            if name in registered and GATES_TAG not in registered[name].tags:
                promotion.change_gates(store, PROGRAM, name, rules)


def _demo_runs(store: Store) -> dict[str, tuple[str, str]]:
    """Return (run id, status) by key; of several runs with one key, one that is alive, else the newest."""
    runs: Runs = find_runs(store, f"tags.`{DEMO_TAG}` LIKE '%'")
    found: dict[str, tuple[str, str]] = {}
    keys = runs.tags[DEMO_TAG] if len(runs) else []
    for run_id, key, status in zip(runs.ids, keys, runs.info["status"], strict=True):
        if key not in found or (status in ALIVE and found[key][1] not in ALIVE):
            found[key] = (run_id, status)
    return found


def _missing_versions(store: Store, demo: Demo) -> list[DemoVersion]:
    present = {
        version.tags.get(DEMO_TAG) for model in registered_models.list_models(store) for version in model.versions
    }
    return [version for version in demo.versions if _version_key(version) not in present]


def _version_key(version: DemoVersion) -> str:
    return f"{version.model}:{version.run}"
