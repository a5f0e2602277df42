"""Every page from the entry point: first view, empty, in both languages, one interaction, one error."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import SchedulerError
from core.i18n import speaking, translate
from core.process import shared
from core.settings import settings
from core.store.connection import Store
from core.store.registry.registered_models import find_model
from core.store.runs.tables import ALGORITHM_TAG
from core.store.runs.tracking import find_runs, get_run
from core.training import jobs, versions
from core.training.contests import PUBLIC_HALF, TEST_ROWS
from core.training.line import Line
from tests.fixtures.processes import until
from tests.fixtures.stores import FLOWERS, SUGAR
from tests.pages.reading import PAGES, READ_THE_STORE, Dashboard, problems, shown, stands, unescaped
from trainers import TASKS

Start = Callable[[str], Dashboard]

EMPTY = {
    "home": "This store has no runs",
    "data": "Which kind of iris is this flower?",
    "experiments": "No runs yet",
    "run": "No run is chosen",
    "compare": "Comparing needs at least 2 runs",
    "train": "Which kind of iris is this flower?",
    "sweep": "Which kind of iris is this flower?",
    "registry": "No model is registered yet",
    "predict": "There is no model to ask yet",
    "serve": "There is no model to serve yet",
    "join": "No class is open here",
    "ask": "No class is open here",
    "lesson": "This store lacks what the step looks at",
    "glossary": "overfitting = sobreajuste",
    "board": "No board is open",
}
TITLES = {page: "Pizarra" if page == "home" else page.capitalize() for page in PAGES}


FOLDED = {
    "compare": "4 runs", "data": "**Iris flowers**: Which kind of iris", "experiments": "**iris-classification**",
    "predict": f"**{FLOWERS}** · ● Production · version 2 · ◐ Staging · version 3", "registry": f"**{FLOWERS}**",
    "train": "**Iris flowers**: Which kind of iris",
}  # fmt: skip


def in_language(message: str, language: str) -> str:
    with speaking(language):
        return translate(message)


def run_called(store: Store, name: str) -> str:
    return find_runs(store, f"attributes.run_name = '{name}'").ids[0]


def links(session: AppTest) -> dict[str, str]:
    """Return the labels of the page's links with their address parameters."""
    return {link.value: link.proto.query_string for link in session.page_link}


@pytest.mark.part(20)
@pytest.mark.parametrize("page", PAGES)
def test_an_empty_store_gets_a_useful_page(app: Start, store_uri: str, page: str) -> None:
    session = app(store_uri).open(page)
    assert session.title[0].value == TITLES[page]
    assert EMPTY[page] in shown(session)
    assert not session.error
    assert session.page_link, "there is somewhere to go from here"


@pytest.mark.part(6)
@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_speaks_both_languages(app: Start, populated: Store, page: str, language: str) -> None:
    session = app(populated.uri).open(page, lang=language)
    assert session.title[0].value == in_language(TITLES[page], language)
    words = {"es": "Experimentos", "en": "Experiments"}
    assert f"4 {in_language('Registry', language)}" in shown(session)
    assert not session.error
    assert session.query_params["lang"] == language
    if page == "home":
        assert words[language] in shown(session)


@pytest.mark.part(24)
@pytest.mark.parametrize("page", PAGES)
def test_the_switch_changes_the_language_of_any_page(app: Start, store_uri: str, page: str) -> None:
    session = app(store_uri).open(page, lang="en")
    session.get_by_key("frame_language").set_value("es").run()
    stands(session)
    assert session.title[0].value == in_language(TITLES[page], "es")
    assert session.query_params["lang"] == "es"


def test_the_first_visit_follows_the_browser(app: Start, store_uri: str) -> None:
    session = app(store_uri).start()
    session.context = {"locale": "es-MX"}
    session.run()
    assert session.query_params["lang"] == "es"


@pytest.mark.part(3)
@pytest.mark.parametrize("page", PAGES)
def test_a_projector_shows_every_page_too(app: Start, populated: Store, page: str) -> None:
    session = app(populated.uri).open(page, projector="1")
    assert session.get_by_key("frame_projector").value is True
    assert any("font-size" in html.value for html in session.html)
    assert not session.error


def test_the_text_of_the_projector_is_as_large_as_chosen_on_every_page(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("data", projector="1")
    assert session.get_by_key("frame_smaller").disabled
    for _press in range(3):
        session.get_by_key("frame_larger").click().run()
    assert session.get_by_key("frame_larger").disabled
    assert session.query_params["text"] == "150"
    assert "font-size: 36px" in shown(session)
    session.switch_page(Dashboard.script("compare")).run()
    stands(session)
    assert session.query_params["text"] == "150"


@pytest.mark.parametrize(
    ("asked", "held"), [("115", "115"), ("100", ""), ("9999", "150"), ("-1", ""), ("nan", ""), ("1" * 9, "")]
)
def test_a_size_in_the_address_is_one_of_those_there_are(app: Start, populated: Store, asked: str, held: str) -> None:
    session = app(populated.uri).open("home", projector="1", text=asked)
    assert "".join(session.query_params.get("text", "")) == held


def test_keys_lead_to_the_next_step_with_what_was_chosen(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("registry", projector="1", model=SUGAR)
    session.get_by_key("keys_next").click().run()
    stands(session)
    assert session.query_params["model"] == SUGAR
    assert not [button for button in session.button if button.key == "keys_next"]
    assert session.get_by_key("keys_back").proto.shortcut == "pageup"


@pytest.mark.part(6)
@pytest.mark.parametrize("page", FOLDED)
def test_on_the_projector_what_is_chosen_is_one_line_that_opens(app: Start, populated: Store, page: str) -> None:
    of_flowers = {"compare": run_called(populated, "line"), "experiments": run_called(populated, "line")}
    here = of_flowers.get(page) and populated.client.get_run(of_flowers[page]).info.experiment_id
    asked = {"experiment": here} if here else {"model": FLOWERS} if page in {"predict", "registry"} else {}
    session = app(populated.uri).open(page, projector="1", **asked)
    assert FOLDED[page] in shown(session)
    session.get_by_key(f"{page}_choices_fold").click().run()
    stands(session)
    assert session.get_by_key(f"{page}_choices_fold").label == "Fold"


@pytest.mark.part(2)
@pytest.mark.parametrize("page", READ_THE_STORE)
def test_a_store_that_does_not_answer_is_said_on_every_page(app: Start, page: str) -> None:
    session = app("http://127.0.0.1:9").open(page)
    assert "The MLflow store http://127.0.0.1:9 does not answer." in shown(session)
    assert "Check that it is running" in shown(session)


def test_the_data_page_needs_no_store(app: Start) -> None:
    session = app("http://127.0.0.1:9").open("data")
    assert not session.error


# Home


def test_home_counts_what_is_there_and_shows_production(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("home")
    assert {metric.label: metric.value for metric in session.metric} == {
        "Experiments": "2", "Runs": "5", "Models": "2", "In Production": "2",
    }  # fmt: skip
    assert any(FLOWERS in address and "stage=Production" in address for address in links(session).values())
    assert session.button(key="home_load_demo")


# Data


def test_data_follows_the_chosen_task_and_column(app: Start, store_uri: str) -> None:
    session = app(store_uri).open("data", task="diabetes")
    assert session.metric[0].value == "442"
    session.get_by_key("data_column").set_value("bmi").run()
    stands(session)
    session.get_by_key("data_task").set_value("wine").run()
    stands(session)
    assert session.metric[0].value == "178"
    assert session.query_params["task"] == "wine"
    assert "task=wine" in links(session)["Train a model on this data"]


@pytest.mark.part(3)
@pytest.mark.parametrize("task", ["telco_churn", "car_prices", "wine_quality"])
def test_made_up_data_is_never_passed_off_as_real(app: Start, store_uri: str, task: str) -> None:
    session = app(store_uri).open("data", task=task)
    assert any("Made-up data" in warning.value for warning in session.warning)


@pytest.mark.long
@pytest.mark.parametrize(
    ("page", "key", "choice"),
    [("data", "data_task", "wine"), ("train", "train_task", "diabetes"), ("registry", "registry_model", SUGAR),
     ("predict", "predict_model", SUGAR), ("experiments", "experiments_experiment", "0")],
)  # fmt: skip
def test_the_first_choice_on_a_page_counts(app: Start, populated: Store, page: str, key: str, choice: str) -> None:
    session = app(populated.uri).open(page)
    other = next(option for option in (choice, FLOWERS, "1") if option != session.get_by_key(key).value)
    session.get_by_key(key).set_value(other).run()
    stands(session)
    assert session.get_by_key(key).value == other
    assert other in session.query_params.values()


@pytest.mark.part(5)
@pytest.mark.parametrize(
    ("page", "key", "address"),
    [("registry", "registry_model", {"model": FLOWERS}), ("predict", "predict_model", {"model": FLOWERS}),
     ("data", "data_task", {"task": "wine"}),
     ("registry", f"registry_version_{FLOWERS}", {"model": FLOWERS, "version": "1"}),
     ("predict", f"predict_version_{FLOWERS}", {"model": FLOWERS, "version": "1"})],
)  # fmt: skip
def test_a_choice_by_the_address_is_told_to_its_list_in_every_run(
    app: Start, populated: Store, page: str, key: str, address: dict[str, str]
) -> None:
    """A browser that misses the first of two runs must not answer with the first option."""
    session = app(populated.uri).open(page, **address)
    for _run in range(2):
        box = session.get_by_key(key)
        assert box.value == list(address.values())[-1]
        assert box.index > 0
        assert box.proto.set_value
        session.run()
        stands(session)


def test_a_task_that_is_not_there_gives_the_first_and_is_said(app: Start, store_uri: str) -> None:
    session = app(store_uri).open("data", task="no such task")
    assert session.query_params["task"] == "iris"
    assert "Task: “no such task” is not here. What you see is “Iris" in shown(session)


# Experiments


def test_experiments_lists_runs_and_searches_them(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("experiments")
    session.get_by_key("experiments_experiment").set_value(
        populated.client.get_experiment_by_name("iris-classification").experiment_id
    ).run()
    stands(session)
    assert "4 runs" in shown(session)
    session.get_by_key("experiments_search").set_value("forest").run()
    stands(session)
    assert "1 run." in shown(session)
    session.get_by_key("experiments_search").set_value("no such thing").run()
    stands(session)
    assert "None of the 4 runs fits" in shown(session)


def test_experiments_sorts_by_the_best_metric(app: Start, populated: Store) -> None:
    experiment = populated.client.get_experiment_by_name("iris-classification").experiment_id
    session = app(populated.uri).open("experiments", experiment=experiment)
    assert "Best test_accuracy first" in session.get_by_key("experiments_order").options
    session.get_by_key("experiments_order").set_value("metrics.test_accuracy desc").run()
    stands(session)
    names = list(session.dataframe[-1].value["Name"])
    assert len(names) == 4
    assert names[-1] == "broken"


def test_an_experiment_without_runs_says_so(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("experiments", experiment="0")
    assert "This experiment has no runs" in shown(session)


def test_runs_in_the_address_are_ticked_and_can_be_compared(app: Start, populated: Store) -> None:
    experiment = populated.client.get_experiment_by_name("iris-classification").experiment_id
    chosen = [run_called(populated, "line"), run_called(populated, "forest")]
    session = app(populated.uri).open("experiments", experiment=experiment, runs=",".join(chosen))
    button = session.get_by_key("experiments_compare")
    assert not button.disabled
    assert button.label == "Compare 2 runs"


# Run


def test_a_run_shows_its_metrics_pictures_data_and_versions(app: Start, populated: Store) -> None:
    run_id = run_called(populated, "line")
    session = app(populated.uri).open("run", run=run_id)
    page = shown(session)
    assert session.header[0].value == "line"
    assert "Real data that comes with scikit-learn" in page
    assert FLOWERS in page
    assert "plots/confusion_matrix.png" in page
    assert any("version=2" in address for address in links(session).values())
    session.get_by_key("run_curve").set_value("train_f1").run()
    stands(session)
    session.get_by_key("run_file").set_value("profile/features.json").run()
    stands(session)


def test_a_failed_run_says_why(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("run", run=run_called(populated, "broken"))
    assert problems(session) == ["This run ended early", "The chalk broke."]
    assert "This run has no metrics" in shown(session)


def test_a_run_is_chosen_from_the_newest(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("run")
    session.get_by_key("run_run").set_value(run_called(populated, "forest")).run()
    stands(session)
    assert session.query_params["run"] == run_called(populated, "forest")
    assert session.header[0].value == "forest"


def test_on_the_projector_another_run_is_one_press_away(app: Start, populated: Store) -> None:
    run_id = run_called(populated, "forest")
    session = app(populated.uri).open("run", run=run_id, projector="1")
    assert "**forest** · ✓ Finished" in shown(session)
    assert "forest" not in {header.value for header in session.header}  # the line that stands for the choice says it
    assert session.get_by_key("run_choices_fold").label == "Change"
    picked = session.get_by_key("run_run")
    assert sorted(picked.options) == ["broken", "forest", "line", "neighbours"]
    picked.set_value(run_called(populated, "line")).run()
    stands(session)
    assert "**line** · ✓ Finished" in shown(session)
    assert session.query_params["run"] == run_called(populated, "line")
    assert not [box for box in app(populated.uri).open("run", run=run_id).selectbox if box.key == "run_run"]


def test_a_run_that_is_not_there_is_said(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("run", run="nowhere")
    assert "The store has no run nowhere." in shown(session)
    assert "Choose a run on the Experiments page" in shown(session)


# Compare


@pytest.mark.long
def test_compare_marks_the_best_and_leads_to_its_promotion(app: Start, populated: Store) -> None:
    chosen = [run_called(populated, name) for name in ("line", "forest", "neighbours")]
    session = app(populated.uri).open("compare", runs=",".join(chosen))
    assert session.get_by_key("compare_runs").value == chosen
    assert any("★" in cell for table in session.dataframe for cell in table.value.astype(str).to_numpy().ravel())
    assert session.query_params["runs"] == ",".join(chosen)
    session.get_by_key("compare_metric").set_value("test_f1").run()
    stands(session)
    assert session.query_params["metric"] == "test_f1"
    session.get_by_key("compare_only_differences").set_value(False).run()
    stands(session)
    assert any(label.startswith("Promote ") and "run=" in address for label, address in links(session).items())


def test_compare_begins_with_the_best_of_the_last_experiment(app: Start, populated: Store) -> None:
    experiment = populated.client.get_experiment_by_name("iris-classification").experiment_id
    session = app(populated.uri).open("compare", experiment=experiment)
    assert len(session.get_by_key("compare_runs").value) >= 3


def test_an_emptied_choice_of_runs_can_be_filled_anew(app: Start, populated: Store) -> None:
    line, forest = run_called(populated, "line"), run_called(populated, "forest")
    session = app(populated.uri).open("compare")
    session.get_by_key("compare_runs").set_value([]).run()
    stands(session)
    assert "but 0 is chosen" in shown(session)
    session.get_by_key("compare_runs").set_value([line]).run()
    assert session.get_by_key("compare_runs").value == [line]
    session.get_by_key("compare_runs").set_value([line, forest]).run()
    stands(session)
    assert session.query_params["runs"] == f"{line},{forest}"


def test_one_run_is_too_few_to_compare(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("compare", runs=run_called(populated, "line"))
    assert "Comparing needs at least 2 runs, but 1 is chosen" in shown(session).replace("*", "")


def test_runs_that_are_gone_are_counted(app: Start, populated: Store) -> None:
    chosen = [run_called(populated, "line"), run_called(populated, "forest"), "gone", "gone too"]
    session = app(populated.uri).open("compare", runs=",".join(chosen))
    assert "2 of the chosen runs are not in this store" in shown(session)
    assert session.get_by_key("compare_runs").value == chosen[:2]


# Train


def test_train_shows_each_tasks_algorithms_with_their_help(app: Start, store_uri: str) -> None:
    session = app(store_uri).open("train", task="iris")
    session.get_by_key("train_algorithm_iris").set_value("random_forest").run()
    stands(session)
    assert session.get_by_key("train_iris_random_forest_n_estimators").value == 100
    assert "How many trees it asks" in shown(session)
    session.get_by_key("train_task").set_value("diabetes").run()
    stands(session)
    assert session.query_params["task"] == "diabetes"


def test_a_run_in_the_address_that_is_not_there_is_said_on_the_board(app: Start, store_uri: str) -> None:
    session = app(store_uri).open("train", launched="nowhere")
    assert "The store has no run nowhere." in shown(session)


def test_a_trained_run_has_its_result_card(app: Start, populated: Store) -> None:
    run_id = run_called(populated, "line")
    session = app(populated.uri).open("train", launched=run_id)
    assert session.success[0].proto.title == "line is ready"
    assert f"run={run_id}" in links(session)["See everything about this run"]
    assert f"runs={run_id}%2C" in links(session)["Compare it with the others"]


@pytest.mark.part(2)
@pytest.mark.parametrize("page", ["train", "run"])
def test_a_run_of_ours_says_how_it_is_launched_without_the_page(app: Start, populated: Store, page: str) -> None:
    run_id = run_called(populated, "line")
    session = app(populated.uri).open(page, launched=run_id, run=run_id)
    folded = session.get_by_key(f"train_recipe_{run_id}")
    assert folded.label == ("What did this button do?" if page == "train" else "How to launch it without this page")
    assert not session.code
    session.session_state[f"train_recipe_{run_id}"] = True
    session.run()
    stands(session)
    line, python = session.code
    assert line.value.startswith("python -m trainers run iris --algorithm logistic_regression ")
    assert line.value.endswith(" --experiment=iris-classification --name=line")
    assert "estimator = LogisticRegression(" in python.value


def test_a_try_in_a_contest_has_no_command_that_measures_on_the_hidden_half(app: Start, own_populated: Store) -> None:
    run_id = run_called(own_populated, "line")
    own_populated.client.log_param(run_id, TEST_ROWS, PUBLIC_HALF)
    session = app(own_populated.uri).open("train", launched=run_id)
    session.session_state[f"train_recipe_{run_id}"] = True
    session.run()
    assert "This run is a try in a contest" in shown(session)
    assert not session.code


def test_a_run_that_is_not_ours_has_none(app: Start, own_populated: Store) -> None:
    run_id = run_called(own_populated, "line")
    own_populated.client.set_tag(run_id, ALGORITHM_TAG, "magic")
    session = app(own_populated.uri).open("run", run=run_id)
    assert not [one for one in session.expander if "without this page" in one.label]


def test_the_form_leads_with_words_and_what_matters_most_and_folds_the_rest(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("train", task="iris", algorithm="random_forest", lang="es")
    fields = [field.label for field in session.number_input]
    assert [unescaped(label) for label in fields[:2]] == [
        "**Número de árboles** :gray[n_estimators]", "**Profundidad de cada árbol** :gray[max_depth]"
    ]  # fmt: skip
    more, said = session.expander
    assert more.label == "Más: 5 ajustes"
    assert said.label == "Nota y etiquetas"
    assert not more.proto.expanded
    assert "min_samples_split" in str(more)


@pytest.mark.long
def test_algorithm_and_parameters_are_in_the_address_and_stay_for_who_comes_back(
    app: Start, own_populated: Store
) -> None:
    session = app(own_populated.uri).open("train", task="iris")
    session.get_by_key("train_algorithm_iris").set_value("random_forest").run()
    session.get_by_key("train_iris_random_forest_max_depth").set_value(3)
    session.get_by_key("train_launch").click().run()
    stands(session)
    assert (session.query_params["algorithm"], session.query_params["params"]) == ("random_forest", "max_depth=3")
    session.query_params.clear()
    session.switch_page(Dashboard.script("compare")).run()
    session.query_params.clear()
    session.switch_page(Dashboard.script("train")).run()
    stands(session)
    assert session.get_by_key("train_iris_random_forest_max_depth").value == 3
    session.get_by_key("train_algorithm_iris").set_value("nearest_neighbours").run()
    assert "params" not in session.query_params


def test_settings_of_the_first_algorithm_are_taken_where_the_address_names_it(app: Start, populated: Store) -> None:
    first = TASKS["iris"].algorithms[0].name
    session = app(populated.uri).open("train", task="iris", algorithm=first, params="C=0.5")
    stands(session)
    assert session.get_by_key(f"train_iris_{first}_C").value == 0.5


@pytest.mark.parametrize("asked", ["max_depth=deep", "depth=3", "max_depth", ",,", "max_depth=3,max_depth=900"])
def test_settings_in_the_address_that_cannot_be_are_said(app: Start, populated: Store, asked: str) -> None:
    session = app(populated.uri).open("train", task="iris", algorithm="random_forest", params=asked)
    assert "The settings in the address are not used." in shown(session)
    assert session.get_by_key("train_iris_random_forest_max_depth").value is None


def test_the_last_results_stay_each_with_its_distance_to_the_best(app: Start, populated: Store) -> None:
    line, forest, sugar = (run_called(populated, name) for name in ("line", "forest", "sugar line"))
    session = app(populated.uri).open("train", launched=",".join([forest, line, sugar]))
    page = shown(session)
    assert len(re.findall(r"Place \d of 3 of this task on test_accuracy", page)) == 2
    assert "Place 1 of 1 of this task on test_r2, with nothing to compare it with." in page
    assert f"runs={forest}%2C{line}" in links(session)["Compare these"]
    assert sugar not in links(session)["Compare these"]


def test_a_result_that_is_gone_hides_no_other(app: Start, populated: Store) -> None:
    line = run_called(populated, "line")
    session = app(populated.uri).open("train", launched=f"nowhere,{line},{line}")
    assert "The store has no run nowhere." in shown(session)
    assert session.query_params["launched"] == line
    assert " of 3 of this task on test_accuracy" in shown(session)


def test_a_run_that_ended_early_has_its_reason_on_the_board(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("train", launched=run_called(populated, "broken"))
    assert problems(session) == ["The run broken ended early", "The chalk broke."]


def test_what_is_more_than_may_be_asked_is_said_and_nothing_is_launched(
    app: Start, store: Store, cluster: jobs.Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = app(store.uri).open("train", task="iris", algorithm="random_forest", params="n_estimators=100000")
    assert "A run that takes longer than 30 minutes is ended, so that others get their turn." in shown(session)
    assert "More are steadier but slower. (1–1000)" in shown(session)
    assert "n_estimators must be a whole number from 1 to 1000, but it is 100000." in shown(session)
    assert session.get_by_key("train_iris_random_forest_n_estimators").value == 100
    monkeypatch.setattr(cluster, "_line", Line(0, 9))
    session.get_by_key("train_launch").click().run()
    stands(session)
    assert "A visitor may have 0 runs that wait or are being trained, and you have as many." in shown(session)
    monkeypatch.setattr(cluster, "_line", Line(9, 0))
    session.get_by_key("train_launch").click().run()
    stands(session)
    assert "All visitors together may have 0 runs" in shown(session)
    assert len(find_runs(store, "")) == 0
    stands(app(store.uri).open("experiments"))


def test_a_run_that_may_take_too_long_is_said_to(app: Start, populated: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.process.durations.seconds", lambda *_about: 3600.0)
    session = app(populated.uri).open("train", task="iris")
    assert "A run is ended after 30 minutes here, and by those of the past this one would take longer." in shown(
        session
    )


@pytest.mark.long
def test_a_scheduler_that_does_not_answer_is_said_and_the_run_ends_failed(
    app: Start, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody_there = jobs.Jobs(replace(settings(), dask_scheduler="tcp://127.0.0.1:9"))
    monkeypatch.setattr(shared, "jobs", lambda: nobody_there)
    monkeypatch.setattr("core.training.workers.SCHEDULER_SECONDS", 1)
    session = app(store.uri).open("train")
    session.get_by_key("train_launch").click().run()
    stands(session)
    assert "PIZARRA_DASK_SCHEDULER" in shown(session)
    assert set(find_runs(store, "").info["status"]) <= {"FAILED"}


def test_a_scheduler_with_other_code_is_said_and_the_presenter_may_train_here(
    app: Start, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = jobs.Jobs(replace(settings(), dask_scheduler="tcp://there:8786"))
    monkeypatch.setattr(shared, "jobs", lambda: elsewhere)
    monkeypatch.setattr(elsewhere, "start_soon", lambda: None)
    monkeypatch.setenv("PIZARRA_DASK_SCHEDULER", "tcp://there:8786")
    start = app(store.uri)
    settings.cache_clear()
    session = start.open("train")
    assert "Runs are trained at the Dask scheduler tcp://there:8786." in shown(session)
    with pytest.raises(SchedulerError) as told:
        versions._refuse_others("tcp://there:8786", [{"Python": "3.9"}])
    elsewhere.workers._trouble = told.value
    session = start.open("train", lang="es")
    assert "Python 3.9 ≠ 3." in shown(session)
    session.get_by_key("train_here").click().run()
    assert elsewhere.workers.given == ""
    assert "Hasta el próximo arranque, las ejecuciones se entrenan en este equipo y no en tcp" in shown(session)


# Registry


def test_registry_has_a_column_a_stage_with_its_cards(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("registry", model=FLOWERS)
    assert [column for column in ("○", "◐", "●", "▢") if any(column in head.value for head in session.subheader)]
    for number in (1, 2, 3):
        assert session.container(key=f"registry_card_{number}")
    assert f"model={FLOWERS}" in links(session)["Ask this model"]


@pytest.mark.long
def test_a_promotion_asks_once_with_the_evidence(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("registry", model=FLOWERS)
    session.get_by_key("registry_Production_3").click().run()
    stands(session)
    page = shown(session)
    assert "Move version 3 to ● Production?" in page
    assert "Version 3 against version 2, which is in Production" in page
    assert "Both were asked about the same 30 rows just now" in page
    assert session.get_by_key("registry_others_to").value == "Archived"
    assert find_model(populated, FLOWERS).version(3).stage == "Staging"


def test_a_runs_model_is_registered_as_a_new_version(app: Start, own_populated: Store) -> None:
    run_id = run_called(own_populated, "sugar line")
    own_populated.client.delete_registered_model(SUGAR)
    session = app(own_populated.uri).open("registry", run=run_id)
    assert session.get_by_key("registry_register_button").disabled
    session.get_by_key("registry_name").set_value(FLOWERS).run()
    session.get_by_key("registry_register_button").click().run()
    stands(session)
    assert find_model(own_populated, FLOWERS).version(4).run_id == run_id
    assert session.query_params["model"] == FLOWERS
    assert "run" not in session.query_params


def test_a_run_is_registered_with_the_model_of_its_task_unless_another_is_chosen(
    app: Start, own_populated: Store
) -> None:
    run_id = run_called(own_populated, "sugar line")
    version = find_model(own_populated, SUGAR).versions[0]
    again = own_populated.client.create_run(own_populated.client.get_run(run_id).info.experiment_id, run_name="again")
    own_populated.client.set_tag(again.info.run_id, "pizarra.task", "diabetes")
    own_populated.client.set_terminated(again.info.run_id)
    session = app(own_populated.uri).open("registry", run=again.info.run_id)
    assert session.get_by_key("registry_name").value == version.model
    assert not session.get_by_key("registry_register_button").disabled
    assert "answers another question" not in shown(session)
    session.get_by_key("registry_name").set_value(FLOWERS).run()
    assert f"The versions of “{FLOWERS}” learned *iris*, but this run learned *diabetes*" in shown(session)


def test_what_is_predicted_follows_the_task_that_was_trained(app: Start, populated: Store) -> None:
    for task, model, said in [("diabetes", SUGAR, False), ("iris", FLOWERS, False), ("wine", None, True)]:
        session = app(populated.uri).open("train", task=task)
        session.query_params.clear()
        session.switch_page(Dashboard.script("predict")).run()
        stands(session)
        assert model is None or session.query_params["model"] == model
        assert ("No registered model says that it learned wine." in shown(session)) == said


@pytest.mark.long
def test_launching_lets_go_of_a_model_of_another_task(app: Start, own_populated: Store) -> None:
    session = app(own_populated.uri).open("predict", model=FLOWERS)
    session.query_params.clear()
    session.query_params["task"] = "diabetes"
    session.switch_page(Dashboard.script("train")).run()
    assert f"model={FLOWERS}" in str(links(session))
    assert "Run 0 comes along: the baseline, which always answers with the mean." in shown(session)
    session.get_by_key("train_launch").click().run()
    stands(session)
    run_id = session.query_params["launched"]
    assert len(find_runs(own_populated, "tags.`pizarra.algorithm` = 'baseline'")) == 1
    assert until(lambda: run_id not in shared.jobs().active(), 240)  # others of this process may be before it
    assert get_run(own_populated, run_id).params["effort"] == "fair"  # as the page began
    assert "Run 0 comes along" not in shown(session.run())
    assert session.session_state["launched_here"] == [run_id]
    session.query_params.clear()
    session.switch_page(Dashboard.script("predict")).run()
    assert session.query_params["model"] == SUGAR


def test_the_effort_of_the_address_is_chosen_and_said_with_how_long_it_may_take(app: Start, populated: Store) -> None:
    assert "By those trained here before, that takes about" in shown(app(populated.uri).open("train", task="iris"))
    session = app(populated.uri).open("train", task="wine", effort="thorough")
    assert "As fair, three times over" in shown(session)
    assert "How long that takes is not known: none was trained on this machine yet." in shown(session)
    other = app(populated.uri).open("train", task="iris", effort="heroic")
    assert "“heroic” is not here. What you see is “Fair”." in unescaped(shown(other))


def test_a_registered_run_says_where_it_is(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("registry", run=run_called(populated, "line"))
    assert "It is registered already: iris-classifier version 2" in shown(session)


def test_a_run_to_register_that_is_not_there_is_said(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("registry", run="nowhere")
    assert "The store has no run nowhere." in shown(session)


def test_a_run_without_model_is_said(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("registry", run=run_called(populated, "broken"))
    session.get_by_key("registry_name").set_value(FLOWERS).run()
    session.get_by_key("registry_register_button").click().run()
    stands(session)
    assert "Registering needs a run with a model, but run broken logged none" in shown(session)
