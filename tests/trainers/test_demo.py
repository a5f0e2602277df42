"""The packed demo tells the story that is declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.comparison.columns import ordered
from core.i18n import speaking
from core.settings import settings
from core.store.connection import Store
from core.store.models import describe_model, load_model
from core.store.registry.registered_models import find_model, list_models
from core.store.registry.stages import GATES_TAG
from core.store.registry.timeline import read_all
from core.store.runs.filters import mentioning
from core.store.runs.lifecycle import deleted_runs
from core.store.runs.tables import (
    ALGORITHM_TAG,
    DEMO_TAG,
    ORIGIN_TAG,
    OWNER_TAG,
    ROUND_TRAINING,
    ROUND_VALIDATION,
    TASK_TAG,
    run_labels,
)  # fmt: skip
from core.store.runs.tracking import find_runs, get_run, list_experiments, list_runs
from core.store.states import pack
from core.training.demo import DemoRun, demo_state
from core.training.fit import train
from core.training.specs import complete
from tests.fixtures.actors import ANA
from tests.fixtures.draws import is_long
from tests.fixtures.stores import change
from trainers.demo import DEMO

FORGOTTEN = "make pack was forgotten after a change of the demo, of what runs log, or after an upgrade"
LARGEST = 4_800_000  # bytes: a clone should stay small


def test_the_pack_fits_what_is_installed() -> None:
    assert pack.made_with(DEMO.pack) == pack.installed(), FORGOTTEN
    assert DEMO.pack.stat().st_size < LARGEST


@pytest.mark.long
def test_the_packed_runs_are_those_that_are_declared(demo: Store) -> None:
    found = demo_state(demo, DEMO)
    assert found.loaded
    runs = {key: get_run(demo, run_id) for key, run_id in found.run_ids.items()}
    assert len(find_runs(demo, "")) == len(DEMO.runs)
    for declared in DEMO.runs:
        run, task = runs[declared.key], declared.task
        params = complete(task.algorithm(declared.algorithm).parameters, declared.params)
        told = {name: value for name, value in run.params.items() if name in params}
        assert (run.name, run.status) == (declared.name, "FINISHED"), FORGOTTEN
        assert (run.tags[TASK_TAG], run.tags[ALGORITHM_TAG]) == (task.name, declared.algorithm), FORGOTTEN
        assert told == {name: str(value) for name, value in params.items()}, FORGOTTEN
        assert demo.client.get_experiment(run.experiment_id).name == task.experiment


@pytest.mark.long
def test_the_packed_versions_stages_and_gates_are_those_that_are_declared(demo: Store) -> None:
    runs = demo_state(demo, DEMO).run_ids
    told = [
        (v.tags[DEMO_TAG].partition(":")[0], v.run_id, v.stage, v.description)
        for name in dict.fromkeys(version.model for version in DEMO.versions)
        for v in sorted(find_model(demo, name).versions, key=lambda version: version.number)
    ]
    assert told == [(v.model, runs[v.run], v.stage, v.description) for v in DEMO.versions], FORGOTTEN
    gates = {model.name: tuple(model.tags[GATES_TAG].splitlines()) for model in list_models(demo)}
    assert gates == DEMO.gates, FORGOTTEN
    assert all(read_all(demo, name)[0].kind == "gates" for name in gates)


@pytest.mark.long
def test_the_runs_are_called_in_the_readers_language_wherever_they_are_named(demo: Store) -> None:
    ids = demo_state(demo, DEMO).run_ids
    by_heart, renamed, foreign = ids["churn-by-heart"], ids["churn-line"], ids["wine-line"]
    change(demo, f"update runs set name = 'My own' where run_uuid = '{renamed}'")
    change(demo, f"delete from tags where key = '{DEMO_TAG}' and run_uuid = '{foreign}'")
    runs = list_runs(demo, [experiment.experiment_id for experiment in list_experiments(demo)])
    with speaking("en"):
        assert run_labels(runs)[by_heart] == get_run(demo, by_heart).title == "forest · by heart"
    with speaking("es"):
        labels = run_labels(runs)
        assert labels[by_heart] == get_run(demo, by_heart).title == "bosque · de memoria"
        assert labels[renamed] == get_run(demo, renamed).title == "My own"
        assert labels[foreign] == get_run(demo, foreign).title == "linear"  # another program's, whatever it means by it
        assert by_heart in mentioning(runs, "de memoria")
        in_order = [labels[run_id] for run_id in ordered(runs, "name", descending=False)]
        assert in_order.index("bosque · de memoria") < in_order.index(
            "gradient boosting · " + ids["churn-boosting"][:6]
        )
        assert by_heart in mentioning(runs, "by heart")
        demo.client.delete_run(by_heart)
        experiment = get_run(demo, by_heart).experiment_id
        assert deleted_runs(demo, [experiment]).loc[by_heart, "name"] == "bosque · de memoria"


@pytest.mark.long
@pytest.mark.parametrize("key", ["iris-forest-shallow", "churn-line", "cars-boosting", "wine-line"])
def test_a_packed_run_says_what_training_it_now_says(demo: Store, key: str, tmp_path: Path) -> None:
    declared: DemoRun = next(run for run in DEMO.runs if run.key == key)
    now = train(declared.task, declared.algorithm, declared.params, settings=settings(), report=lambda stage: None)
    packed = get_run(demo, demo_state(demo, DEMO).run_ids[key])
    scores = {name: value for name, value in packed.metrics.items() if name not in (ROUND_TRAINING, ROUND_VALIDATION)}
    assert scores == pytest.approx(now.metrics, rel=1e-9), FORGOTTEN
    assert packed.params == {name: str(value) for name, value in now.params.items()}, FORGOTTEN
    assert {name: packed.tags[name] for name in now.tags} == now.tags, FORGOTTEN


@pytest.mark.long
def test_no_packed_run_learned_from_rows_that_are_not_ours_to_give(demo: Store) -> None:
    origins = {run.task.name: set() for run in DEMO.runs}
    for run_id in demo_state(demo, DEMO).run_ids.values():
        run = get_run(demo, run_id)
        origins[run.tags[TASK_TAG]].add(run.tags[ORIGIN_TAG])
        assert OWNER_TAG not in run.tags
    assert origins.pop("iris") == {"bundled"}
    assert set().union(*origins.values()) == {"stand-in"}


def test_every_packed_model_opens_unasked(demo: Store) -> None:
    for model in list_models(demo):
        for version in model.versions if is_long() else model.versions[:1]:
            files = describe_model(demo, version.uri, version.run_id)
            assert load_model(files, allow_code=False) is not None


@pytest.mark.long
def test_a_demo_that_lost_a_run_is_not_complete(demo: Store) -> None:
    run_id = demo_state(demo, DEMO).run_ids["wine-line"]
    change(demo, f"update runs set lifecycle_stage = 'deleted' where run_uuid = '{run_id}'")
    assert not demo_state(demo, DEMO).loaded


@pytest.mark.long
def test_who_made_the_demo_is_the_program(demo: Store) -> None:
    assert {event.by for event in read_all(demo, "churn-predictor")} == {"Pizarra"}
    assert ANA.name not in {event.by for event in read_all(demo, "car-prices")}
