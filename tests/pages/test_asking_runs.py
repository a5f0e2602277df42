"""Predict asks a run's model that nobody registered, beside what is live of its task."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import mlflow
import pytest
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
from streamlit.testing.v1 import AppTest

from core.store.connection import Store
from core.store.registry.cutoffs import save_cutoff
from core.store.registry.registered_models import list_models
from core.store.writer import schedule_run
from tests.fixtures.actors import ANA, FIXTURE
from tests.fixtures.stores import FLOWERS, on_disk, register_in, train_run
from tests.fixtures.strangers import ANSWERS, ROWS, save_pickled
from tests.pages.reading import Dashboard, problems, shown, stands

Start = Callable[[str], Dashboard]


def run_called(store: Store, name: str) -> str:
    experiments = [one.experiment_id for one in store.client.search_experiments()]
    (found,) = [run for run in store.client.search_runs(experiments) if run.info.run_name == name]
    return str(found.info.run_id)


def links(session: AppTest, label: str) -> list[dict[str, list[str]]]:
    return [parse_qs(link.proto.query_string) for link in session.get("page_link") if link.proto.label == label]


def log_by_hand(store: Store, run_name: str, **names: LogisticRegression) -> str:
    """Log models as somebody does in a notebook: safe ones, the first one first."""
    mlflow.set_tracking_uri(store.uri)
    with mlflow.start_run(run_name=run_name) as run:
        for name, model in names.items():
            time.sleep(0.01)  # MLflow tells them apart by the millisecond
            mlflow.sklearn.log_model(
                model, name=name, serialization_format="skops", pip_requirements=["scikit-learn"],
                signature=infer_signature(ROWS, ANSWERS), input_example=ROWS[:1],
            )  # fmt: skip
    return str(run.info.run_id)


def fitted() -> LogisticRegression:
    return LogisticRegression().fit(ROWS, ANSWERS)


def test_a_run_is_asked_beside_what_is_live_of_its_task_and_nothing_is_registered(
    app: Start, own_populated: Store
) -> None:
    run_id = train_run(own_populated, "iris", "logistic_regression", "mine")
    before = [(model.name, len(model.versions)) for model in list_models(own_populated)]
    session = app(own_populated.uri).open("predict", run=run_id)
    assert not problems(session), problems(session)
    text = shown(session)
    assert "The model of the run **mine**" in text
    assert text.index("**This run** :small[mine]") < text.index("**● Production**") < text.index("**◐ Staging**")
    assert session.query_params["run"] == run_id
    assert not {"model", "version", "stage", "beside"} & set(session.query_params)
    assert [(model.name, len(model.versions)) for model in list_models(own_populated)] == before


@pytest.mark.long
@pytest.mark.parametrize("look", ["likely", "why", "vary", "flip"])
def test_all_looks_are_there_of_a_run_and_need_no_registry(app: Start, populated: Store, look: str) -> None:
    session = app(populated.uri).open("predict", run=run_called(populated, "neighbours"), look=look)
    assert not problems(session), problems(session)


@pytest.mark.long
def test_what_needs_a_version_is_not_offered_or_says_why(app: Start, own_populated: Store) -> None:
    line = train_run(own_populated, "breast_cancer", "logistic_regression", "in use")
    register_in(own_populated, line, "tumours", "Production")
    save_cutoff(own_populated, ANA, "tumours", 0.2)
    mine = train_run(own_populated, "breast_cancer", "nearest_neighbours", "mine")
    dashboard = app(own_populated.uri)
    session = dashboard.open("predict", run=mine, look="cutoff")
    assert not problems(session), problems(session)
    text = shown(session)
    assert "**50%** is only a try, which changes nothing. A cut-off is saved for a registered model" in text
    assert "predict_cutoff_save" not in {button.key for button in session.button}
    assert "A whole table is scored with a registered model" in text
    assert "The chosen cut-off counts: from 20% on" in text  # of the version beside it, and only there
    assert text.count("The chosen cut-off counts") == 1
    assert "Part of the page: “shelf” is not here" in shown(dashboard.open("predict", run=mine, look="shelf"))


@pytest.mark.long
def test_nothing_beside_it_is_in_the_address(app: Start, own_populated: Store) -> None:
    run_id = train_run(own_populated, "iris", "logistic_regression", "mine")
    session = app(own_populated.uri).open("predict", run=run_id)
    session.get_by_key("predict_run_beside").set_value("none").run()
    stands(session)
    assert (session.query_params["beside"], len(session.metric)) == ("none", 1)
    assert "They agree" not in shown(session)


@pytest.mark.long
def test_a_task_of_which_nothing_is_live_is_asked_alone(app: Start, own_populated: Store) -> None:
    run_id = train_run(own_populated, "wine", "logistic_regression", "mine")
    session = app(own_populated.uri).open("predict", run=run_id)
    assert not problems(session), problems(session)
    assert "● Production" not in shown(session)
    assert len(session.metric) == 1


@pytest.mark.long
def test_inputs_of_a_run_do_not_follow_to_another_model(app: Start, own_populated: Store) -> None:
    run_id = train_run(own_populated, "wine", "logistic_regression", "mine")
    session = app(own_populated.uri).open("predict", run=run_id, inputs='{"hue":1.7}')
    assert session.query_params["inputs"] == '{"hue":1.7}'
    for name in ("run", "inputs", "typical"):
        session.query_params.pop(name, None)
    session.query_params["model"] = FLOWERS
    session.run()
    stands(session)
    assert "inputs" not in session.query_params
    assert "does not ask for" not in shown(session)
    assert "● Production" in shown(session)


@pytest.mark.long
def test_the_run_page_and_the_result_card_lead_there(app: Start, own_populated: Store) -> None:
    run_id = train_run(own_populated, "iris", "logistic_regression", "mine")
    dashboard = app(own_populated.uri)
    for page, address in (("run", {"run": run_id}), ("train", {"task": "iris", "launched": run_id})):
        (link,) = links(dashboard.open(page, **address), "Ask it")
        assert link["run"] == [run_id], page
        assert not {"model", "version", "stage"} & set(link), page


def test_a_run_that_failed_is_not_offered(app: Start, populated: Store) -> None:
    failed = run_called(populated, "broken")
    dashboard = app(populated.uri)
    for page, address in (("run", {"run": failed}), ("train", {"task": "iris", "launched": failed})):
        assert not links(dashboard.open(page, **address), "Ask it"), page


@pytest.mark.long
def test_each_run_that_cannot_be_asked_says_why(app: Start, own_populated: Store) -> None:
    waiting = schedule_run(own_populated, FIXTURE, experiment="iris-classification", name="waits", tags={})
    deleted = train_run(own_populated, "iris", "logistic_regression", "gone")
    own_populated.client.delete_run(deleted)
    dashboard = app(own_populated.uri)
    for run_id, words in {
        waiting: "the run waits has not ended yet",
        deleted: "the run gone was deleted",
        run_called(own_populated, "broken"): "the run broken logged none",
        "f" * 32: "The store has no run",
    }.items():
        session = dashboard.open("predict", run=run_id)
        assert words in shown(session), words
        assert links(session, "Ask a registered model"), words
        assert not session.metric, words


@pytest.mark.part(2)
@pytest.mark.parametrize("status", ["PENDING", "FAILED"])
def test_a_model_that_was_not_logged_to_the_end_is_not_opened(app: Start, store: Store, status: str) -> None:
    run_id = store.client.create_run("0", run_name="half").info.run_id
    model = store.client.create_logged_model("0", name="begun", source_run_id=run_id)
    if status == "FAILED":
        store.client.finalize_logged_model(model.model_id, status)
    store.client.set_terminated(run_id)
    text = shown(app(store.uri).open("predict", run=run_id))
    assert f"that of the run half was not: MLflow says {status}." in text


@pytest.mark.long
def test_what_is_live_of_another_question_is_offered_beside_and_not_taken(app: Start, own_populated: Store) -> None:
    run_id = run_called(own_populated, "line")
    own_populated.client.delete_tag(run_id, "pizarra.task")
    session = app(own_populated.uri).open("predict", run=run_id)
    assert [one for one in session.get_by_key("predict_run_beside").options if FLOWERS in one]
    assert len(session.metric) == 1
    session.get_by_key("predict_run_beside").select_index(0).run()
    stands(session)
    assert session.query_params["beside"] == f"models:/{FLOWERS}"
    assert "**● Production**" in shown(session)


def test_a_store_without_registered_models_asks_a_run(app: Start, store: Store) -> None:
    session = app(store.uri).open("predict", run=log_by_hand(store, "by hand", flowers=fitted()))
    assert not problems(session), problems(session)
    assert [metric.value for metric in session.metric] == ["small"] or session.metric
    assert not links(session, "Ask a registered model")


@pytest.mark.long
def test_one_of_several_models_of_a_run_is_chosen(app: Start, store: Store) -> None:
    run_id = log_by_hand(store, "two of them", first=fitted(), second=fitted())
    dashboard = app(store.uri)
    session = dashboard.open("predict", run=run_id)
    choice = session.get_by_key("predict_logged")
    assert choice.options == ["second", "first"]
    assert "logged" not in session.query_params
    choice.select_index(1).run()
    stands(session)
    address = {name: session.query_params[name] for name in ("run", "logged")}
    assert dashboard.open("predict", **address).get_by_key("predict_logged").index == 1


@pytest.mark.long
def test_a_model_that_is_no_more_says_so(app: Start, own_populated: Store) -> None:
    run_id = train_run(own_populated, "iris", "logistic_regression", "mine")
    (model,) = own_populated.client.search_logged_models(
        [own_populated.client.get_run(run_id).info.experiment_id], filter_string=f"source_run_id = '{run_id}'"
    )
    for file in on_disk(own_populated, model.artifact_location).iterdir():
        file.unlink()
    session = app(own_populated.uri).open("predict", run=run_id)
    assert "The files of this model cannot be read" in shown(session)
    assert not [metric for metric in session.metric if "sure" in metric.label]


def pickled(store: Store, folder: Path) -> str:
    run_id = str(store.client.create_run("0", run_name="pickled").info.run_id)
    store.client.log_artifacts(run_id, str(save_pickled(folder, folder.with_name("wire"))), "model")
    store.client.set_terminated(run_id)
    return run_id


@pytest.mark.long
def test_a_model_that_would_run_code_waits_for_the_presenters_word(
    app: Start, own_populated: Store, tmp_path: Path
) -> None:
    run_id = pickled(own_populated, tmp_path / "model")
    session = app(own_populated.uri).open("predict", run=run_id)
    assert "This model comes from somewhere else" in shown(session) or ("Opening it runs code" in shown(session))
    assert not session.metric
    assert not (tmp_path / "wire").exists()
    session.get_by_key("predict_allow").click().run()
    stands(session)
    assert (tmp_path / "wire").exists()
    assert session.metric


def test_the_audience_may_not_say_that_code_may_run(room: Dashboard, own_populated: Store, tmp_path: Path) -> None:
    session = room.open("predict", run=pickled(own_populated, tmp_path / "model"))
    assert "predict_allow" not in {button.key for button in session.button}
    assert "Only the presenter may say that it may be opened." in shown(session)
    assert not session.metric
    assert not (tmp_path / "wire").exists()
