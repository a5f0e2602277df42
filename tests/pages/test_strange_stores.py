"""Stores that other programs wrote: each oddity is made by its own test, and every page still stands."""

from __future__ import annotations

import math
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from mlflow.entities import Dataset, DatasetInput
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.settings import settings
from core.store.connection import Store, open_store
from core.store.registry.stages import MOVED_TAG
from core.store.runs.artifacts import MOST_BYTES, MOST_PICTURE_BYTES
from core.store.runs.tables import MODELS_TAG
from core.store.runs.tracking import find_runs, list_experiments, list_runs
from core.training.tables.kept import kept_tables
from core.ui import session as visitors_session
from core.ui.run.run_view import MOST_PICTURES
from tests.fixtures.actors import ANA, LUZ
from tests.fixtures.draws import is_long
from tests.fixtures.foreign_stores import ODDITIES
from tests.fixtures.store_kinds import Stores
from tests.fixtures.stores import (
    FLOWERS,
    add,
    ask,
    change,
    folder_of,
    make_version,
    model_folder,
    old_database,
    run_folder,
)
from tests.fixtures.strangers import ROWS, a_line, register_folder, save_pickled, save_pyfunc, save_skops
from tests.pages.reading import (
    PAGES,
    READ_THE_STORE,
    Dashboard,
    everything_on,
    live_markdown,
    problems,
    shown,
    stands,
    unescaped,
)

Start = Callable[[str], Dashboard]

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](http://evil.example/x.png)",
    ":material/delete:",
    "http://evil.example",
    "www.evil.example",
    "me@evil.example",
    "$x^2$",
    "**bold**",
    ":red[red]",
    "# heading",
    "`code`",
    "~~gone~~",
    '<a href="http://evil.example">x</a>',
]
# What must not be left of a hostile name once escapes are taken out of what may become markdown
DANGER = re.compile(
    r"<img|<a |\]\(|!\[|:material/delete|https?://|www\.evil|\w@evil|\$x|\*\*bold|:red\[|^# heading|`code|~~gone"
)
RESERVED_NAMES = re.compile(r"[/:]")  # MLflow has no registered models of such names


def new_run(store: Store, name: str = "a run", experiment: str = "0", **metrics: float) -> str:
    run_id = str(store.client.create_run(experiment, run_name=name).info.run_id)
    store.client.log_param(run_id, "depth", str(len(name)))
    for metric, value in metrics.items():
        store.client.log_metric(run_id, metric, value)
    store.client.set_terminated(run_id)
    return run_id


def every_page_stands(dashboard: Dashboard, **address: str) -> dict[str, AppTest]:
    """Open every page that reads the store, in one language after the other; where there is time, all but Data."""
    sessions = {}
    for number, page in enumerate(sorted(PAGES.keys() - {"data"}) if is_long() else READ_THE_STORE):
        here = {name: text for name, text in address.items() if (page, name) != ("predict", "run")}  # it left no model
        sessions[page] = dashboard.open(page, lang=("es", "en")[number % 2], **here)
        may_say_why = page == "serve" and "version" in address  # one that does not answer programs
        assert may_say_why or not problems(sessions[page]), (page, problems(sessions[page]))
    return sessions


@pytest.mark.not_served(reason="its files are on no disk of this computer")
@pytest.mark.part(18)
@pytest.mark.parametrize("name", ODDITIES)
def test_every_page_says_what_is_true_of_a_store_of_others(app: Start, store: Store, tmp_path: Path, name: str) -> None:
    oddity = ODDITIES[name]
    address = oddity.make(store, tmp_path)
    dashboard = app(store.uri)
    for page in PAGES.keys() - {"data"}:
        session = dashboard.open(page, **address)
        assert page in {"predict", "serve", "monitor"} or not problems(session), (page, problems(session))
        text = everything_on(session)
        assert not [said for said in oddity.says.get(page, ()) if said not in text], (page, text)
        assert not [said for said in oddity.never.get(page, ()) if said in text], (page, text)


def test_the_largest_numbers_of_a_run_are_its_objective_and_its_kin(app: Start, store: Store) -> None:
    address = ODDITIES["models that are no files"].make(store, Path())
    session = app(store.uri).open("run", **address)
    assert [metric.label for metric in session.metric][:1] == ["val_auc"]
    assert "train_auc" not in [metric.label for metric in session.metric]


def test_a_run_of_training_rows_alone_shows_them(app: Start, store: Store) -> None:
    session = app(store.uri).open("run", run=new_run(store, "one", train_accuracy=0.5))
    assert [metric.label for metric in session.metric] == ["train_accuracy"]
    assert "has no metrics" not in shown(session)


def test_a_commands_code_is_pasted_as_it_is(app: Start, tmp_path: Path) -> None:
    (tmp_path / "mlruns" / "0").mkdir(parents=True)
    for code in app(str(tmp_path / "mlruns")).open("home").code:
        assert code.value.isascii()


# Runs


def test_missing_metrics(app: Start, store: Store) -> None:
    runs = [new_run(store, "none"), new_run(store, "one", accuracy=0.5), new_run(store, "other", loss=0.1)]
    every_page_stands(app(store.uri), run=runs[0], runs=",".join(runs))


@pytest.mark.not_served(reason="a server does not say which of its files are damaged")
def test_a_damaged_part_of_a_runs_files_leaves_the_others(app: Start, store: Store) -> None:
    run_id = new_run(store, "damaged", accuracy=0.5)
    store.client.log_text(run_id, "x", "plots/well.txt")
    folder = run_folder(store, run_id)
    (folder / "lost.png").symlink_to("nowhere")
    Path(os.fsdecode(bytes(folder) + b"/bad\xff.png")).write_bytes(b"x")
    session = app(store.uri).open("run", run=run_id)
    assert problems(session)[:1] == ["The file lost.png of this run cannot be read."]
    assert "1 of its folders or files cannot be read: bad?.png" in [unescaped(one.value) for one in session.warning]
    assert "No picture was found among its files." in shown(session)  # whether lost.png is one, nobody knows
    assert session.selectbox(key="run_file").options == ["lost.png", "plots/well.txt"]
    assert [metric.label for metric in session.metric] == ["accuracy"]


@pytest.mark.long
def test_pictures_and_files_are_shown_as_far_as_a_page_can(app: Start, store: Store) -> None:
    run_id = new_run(store, "album", accuracy=0.5)
    for number in range(MOST_PICTURES + 3):
        store.client.log_image(run_id, Image.new("RGB", (2, 2)), artifact_file=f"{number:02}.png")
    folder = run_folder(store, run_id)
    for name, size in (("00.png", MOST_PICTURE_BYTES + 1), ("weights.bin", MOST_BYTES + 1)):
        with (folder / name).open("wb") as file:
            file.truncate(size)
    session = app(store.uri).open("run", run=run_id)
    assert not problems(session)
    assert len(session.get("image")) == MOST_PICTURES - 1
    said = shown(session)
    assert "This picture is damaged, or too large to be shown. It stands under Files." in said
    assert f"The first {MOST_PICTURES} files that may be pictures; more of them are under Files." in said
    assert session.get_by_key("run_download")
    session.selectbox(key="run_file").set_value("weights.bin").run()
    assert "This file has more than 200 MB." in shown(session)
    with pytest.raises(KeyError):
        session.get_by_key("run_download")


@pytest.mark.long
def test_tags_nested_without_end_are_shown_as_they_are(app: Start, store: Store) -> None:
    deep = "[" * 4000
    runs = [new_run(store, "", accuracy=0.5), new_run(store, "other", accuracy=0.7)]
    for run_id in runs:
        store.client.set_tag(run_id, MODELS_TAG, deep)
        store.client.log_inputs(run_id, [DatasetInput(Dataset("rows", "1a2b", "http", deep, deep, deep))])
    store.client.create_registered_model("deep")
    store.client.create_model_version("deep", "file:///nowhere", runs[0])
    store.client.set_model_version_tag("deep", "1", MOVED_TAG, deep)
    dashboard = app(store.uri)
    for page in PAGES.keys() - {"data", "predict", "serve", "monitor"}:  # these open the model, which has no files
        session = dashboard.open(page, run=runs[0], runs=",".join(runs), model="deep")
        assert not problems(session), (page, problems(session))


def test_no_metrics_at_all(app: Start, store: Store) -> None:
    runs = [new_run(store, "none"), new_run(store, "none either")]
    sessions = every_page_stands(app(store.uri), run=runs[0], runs=",".join(runs))
    assert "Ninguna" in shown(sessions["compare"]) or "None of these runs has a metric" in shown(sessions["compare"])


@pytest.mark.long
def test_nan_and_infinite_metrics(app: Start, store: Store) -> None:
    runs = [
        new_run(store, "one", accuracy=math.nan, loss=math.inf, gap=0.1),
        new_run(store, "two", accuracy=math.inf, loss=-math.inf, gap=math.nan),
        new_run(store, "three", accuracy=0.5, loss=0.25, gap=math.nan),
    ]
    for run_id in runs:
        for step, value in enumerate([math.nan, math.inf, 0.5, -math.inf]):
            store.client.log_metric(run_id, "accuracy", value, step=step)
    dashboard = app(store.uri)
    every_page_stands(dashboard, run=runs[0], runs=",".join(runs), metric="accuracy")
    for metric in ("loss", "gap"):
        dashboard.open("compare", runs=",".join(runs), metric=metric)
    page = shown(dashboard.open("run", run=runs[1]))
    assert "∞" in page


@pytest.mark.long
def test_thousands_of_tags(app: Start, store: Store) -> None:
    runs = [new_run(store, "tagged"), new_run(store, "also tagged")]
    add(store, {"tags": [{"key": f"tag {number}", "value": "x" * 50, "run_uuid": runs[0]} for number in range(4000)]})
    sessions = every_page_stands(app(store.uri), run=runs[0], runs=",".join(runs))
    assert "500" in shown(sessions["run"])


@pytest.mark.long
def test_names_with_spaces_none_names_and_duplicate_names(app: Start, store: Store) -> None:
    experiment = store.client.create_experiment("my very own experiment ñ")
    named = [new_run(store, "the  best run", experiment, accuracy=0.5) for _ in range(2)]
    nameless = [new_run(store, "x", experiment, accuracy=0.25) for _ in range(2)]
    for run_id in nameless:
        change(store, f"update runs set name = null where run_uuid = '{run_id}'",
               f"delete from tags where run_uuid = '{run_id}'")  # fmt: skip
    runs = ",".join([*named, *nameless])
    dashboard = app(store.uri)
    dashboard.open("run", run=named[0])
    sessions = every_page_stands(dashboard, run=nameless[0], runs=runs, experiment=experiment)
    names = list(sessions["experiments"].dataframe[-1].value.iloc[:, 0])
    assert len(set(names)) == 4


@pytest.mark.long
def test_parameters_with_long_values_spaces_and_underscores(app: Start, store: Store) -> None:
    runs = [new_run(store, name, accuracy=score) for name, score in [("a", 0.5), ("b", 0.75), ("c", 0.25)]]
    for number, run_id in enumerate(runs):
        for name, value in {
            "learning rate": str(number), "model__max_depth": str(number * 2), "long": f"{number}" * 350,
            "a/b": "x", "-": "",
        }.items():  # fmt: skip
            store.client.log_param(run_id, name, value)
    every_page_stands(app(store.uri), run=runs[0], runs=",".join(runs))
    session = app(store.uri).open("compare", runs=",".join(runs), metric="accuracy")
    for across in session.get_by_key("compare_x").options:
        session.get_by_key("compare_x").set_value(across).run()
        stands(session)


@pytest.mark.long
def test_a_metric_and_a_parameter_of_one_name(app: Start, store: Store) -> None:
    runs = [new_run(store, "a", depth=1.0), new_run(store, "bb", depth=2.0)]
    every_page_stands(app(store.uri), run=runs[0], runs=",".join(runs))


def test_runs_running_for_years(app: Start, store: Store) -> None:
    runs = [str(store.client.create_run("0", start_time=1_262_304_000_000 + n).info.run_id) for n in range(2)]
    every_page_stands(app(store.uri), run=runs[0], runs=",".join(runs))
    assert {store.client.get_run(run_id).info.status for run_id in runs} == {"RUNNING"}


@pytest.mark.long
def test_a_run_that_ended_without_saying_when(app: Start, store: Store) -> None:
    runs = [new_run(store, "a", accuracy=0.5), new_run(store, "b", accuracy=0.25)]
    change(store, "update runs set start_time = 0, end_time = null")
    every_page_stands(app(store.uri), run=runs[0], runs=",".join(runs))


def test_deleted_runs_are_not_listed_but_open_by_their_address(app: Start, store: Store) -> None:
    kept, deleted = new_run(store, "kept", accuracy=0.5), new_run(store, "deleted", accuracy=0.75)
    store.client.delete_run(deleted)
    sessions = every_page_stands(app(store.uri), run=deleted, runs=f"{kept},{deleted}")
    assert sessions["run"].header[0].value == "deleted"
    assert sessions["run"].warning
    assert sessions["home"].metric[1].value == "1"


@pytest.mark.long
def test_children_below_children_and_loops_of_parents(app: Start, store: Store) -> None:
    runs = [new_run(store, name, accuracy=0.5) for name in ("parent", "child", "grandchild", "loop a", "loop b")]
    parents = {runs[1]: runs[0], runs[2]: runs[1], runs[3]: runs[4], runs[4]: runs[3]}
    for child, parent in parents.items():
        store.client.set_tag(child, "mlflow.parentRunId", parent)
    sessions = every_page_stands(app(store.uri), run=runs[1], runs=",".join(runs))
    names = list(sessions["experiments"].dataframe[-1].value.iloc[:, 0])
    assert {"parent", "↳ child", "↳ ↳ grandchild"} <= set(names)
    assert len(names) == 5


def test_artifacts_of_another_machine(app: Start, own_populated: Store) -> None:
    change(own_populated, "update runs set artifact_uri = 'file:///C:/Users/An%20Other/mlruns/1'")
    run_id = find_runs(own_populated, "attributes.run_name = 'line'").ids[0]
    dashboard = app(own_populated.uri)
    session = dashboard.open("run", run=run_id)
    assert session.header[0].value == "line"
    assert dashboard.open("predict", model=FLOWERS).metric


def test_artifacts_in_a_place_that_cannot_be_reached(app: Start, own_populated: Store) -> None:
    change(own_populated, "update runs set artifact_uri = 's3://nobody/nothing'")
    run_id = find_runs(own_populated, "attributes.run_name = 'line'").ids[0]
    session = app(own_populated.uri).open("run", run=run_id)
    assert "not open to Pizarra" in shown(session)
    assert session.header[0].value == "line"


# Models


def test_models_without_versions(app: Start, store: Store) -> None:
    store.client.create_registered_model("promised")
    sessions = every_page_stands(app(store.uri), model="promised")
    assert "no versions" in shown(app(store.uri).open("registry", model="promised"))
    assert sessions["predict"].page_link


@pytest.mark.long
def test_versions_whose_run_is_gone(app: Start, own_populated: Store) -> None:
    change(own_populated, "update model_versions set run_id = 'gone'")
    sessions = every_page_stands(app(own_populated.uri), model=FLOWERS)
    assert "The run it came from was deleted or is gone" in shown(
        app(own_populated.uri).open("registry", model=FLOWERS)
    )
    assert sessions["predict"].metric


@pytest.mark.long
def test_promoting_a_version_whose_run_is_gone_says_that_nothing_can_be_compared(
    app: Start, own_populated: Store
) -> None:
    change(own_populated, "update model_versions set run_id = 'gone'")
    session = app(own_populated.uri).open("registry", model=FLOWERS)
    session.get_by_key("registry_Production_3").click().run()
    stands(session)
    assert "No test rows that their runs stored can be read" in shown(session)
    assert "Both versions are of one run, and no metric of it is known" in shown(session)


@pytest.mark.long
def test_two_versions_of_one_run_without_metrics_are_said_to_be_that(app: Start, store: Store, tmp_path: Path) -> None:
    run_id = str(store.client.create_run("0").info.run_id)
    store.client.create_registered_model("twins")
    for number in ("one", "two"):
        make_version(store, "twins", save_skops(tmp_path / number).as_uri(), run_id)
    change(store, "update model_versions set current_stage = 'Production' where version = 1")
    session = app(store.uri).open("registry", model="twins")
    session.get_by_key("registry_Staging_2").click().run()
    stands(session)
    assert "Both versions are of one run, and no metric of it is known" in shown(session)
    assert "no metric in common" not in shown(session)


def test_where_the_files_of_both_versions_are_gone_both_are_named(app: Start, own_populated: Store) -> None:
    for kept in (entry for entry in folder_of(own_populated).iterdir() if entry.is_dir()):
        shutil.rmtree(kept)
    session = app(own_populated.uri).open("registry", model=FLOWERS)
    session.get_by_key("registry_Production_3").click().run()
    stands(session)
    assert "The files of version 3 and version 2 cannot be read here" in shown(session)
    assert "one of the two" not in shown(session)


def test_versions_whose_files_are_gone(app: Start, own_populated: Store) -> None:
    for kept in (entry for entry in folder_of(own_populated).iterdir() if entry.is_dir()):
        shutil.rmtree(kept)
    dashboard = app(own_populated.uri)
    for page in sorted(PAGES.keys() - {"monitor", "predict", "serve"}):
        assert not dashboard.open(page, model=FLOWERS).error, page
    session = dashboard.open("predict", model=FLOWERS)
    assert "The files of this model cannot be read" in shown(session)
    assert "Choose another version" in shown(session)


def test_a_live_version_whose_files_are_gone_does_not_hide_the_other(app: Start, own_populated: Store) -> None:
    shutil.rmtree(model_folder(own_populated, FLOWERS, 3))
    session = app(own_populated.uri).open("predict", model=FLOWERS, version="2")
    assert session.metric
    assert "◐ Staging · version 3" in problems(session)
    assert "The files of this model cannot be read" in shown(session)


def test_a_chosen_version_whose_files_are_gone_leaves_the_one_beside_it(app: Start, own_populated: Store) -> None:
    shutil.rmtree(model_folder(own_populated, FLOWERS, 2))
    session = app(own_populated.uri).open("predict", model=FLOWERS, version="2")
    assert "The files of this model cannot be read" in shown(session)
    assert len(session.metric) == 1


@pytest.mark.long
def test_several_versions_in_production(app: Start, own_populated: Store) -> None:
    change(own_populated, "update model_versions set current_stage = 'Production'")
    sessions = every_page_stands(app(own_populated.uri), model=FLOWERS)
    assert sessions["registry"].warning


@pytest.mark.long
@pytest.mark.parametrize(
    ("status", "said"),
    [("FAILED_REGISTRATION", "✗ registration failed: no space left"), ("PENDING_REGISTRATION", "… being registered")],
)
def test_versions_that_were_never_registered_are_marked_and_cannot_be_promoted(
    app: Start, own_populated: Store, status: str, said: str
) -> None:
    change(
        own_populated,
        f"update model_versions set status = '{status}', status_message = 'no space left' where version = 3",
    )
    dashboard = app(own_populated.uri)
    every_page_stands(dashboard, model=FLOWERS, version="3")
    session = dashboard.open("registry", model=FLOWERS, version="3")
    assert said in shown(session)
    assert "it cannot be moved to Staging or Production" in shown(session)
    keys = {button.key for button in session.button}
    assert "registry_Production_3" not in keys
    assert "registry_Staging_1" in keys


def test_a_model_without_signature_or_example(app: Start, store: Store, tmp_path: Path) -> None:
    model = a_line().__class__().fit(ROWS.to_numpy(), [0, 0, 1, 1])
    register_folder(store, "silent", save_skops(tmp_path / "model", model))
    session = app(store.uri).open("predict", model="silent")
    assert not session.error
    assert [field.label for field in session.number_input] == ["1", "2"]
    assert "does not say what its inputs are called" in shown(session)


def test_a_model_without_signature_that_remembers_its_columns(app: Start, store: Store, tmp_path: Path) -> None:
    register_folder(store, "remembers", save_skops(tmp_path / "model"))
    session = app(store.uri).open("predict", model="remembers")
    assert not session.error
    assert session.metric[0].value in {"small", "large"}
    assert [field.label for field in session.number_input] == ["length", "width of it"]


def test_a_model_with_only_an_example(app: Start, store: Store, tmp_path: Path) -> None:
    register_folder(store, "example", save_skops(tmp_path / "model", input_example=ROWS), run_name="theirs")
    session = app(store.uri).open("predict", model="example")
    assert not session.error
    assert session.number_input[0].value == 1.0
    assert "logged by another program" in shown(session)


@pytest.mark.long
def test_a_pickled_model_asks_first_and_answers_only_then(app: Start, store: Store, tmp_path: Path) -> None:
    wire = tmp_path / "code-was-run"
    register_folder(store, "pickled", save_pickled(tmp_path / "model", wire))
    wire.unlink(missing_ok=True)
    session = app(store.uri).open("predict", model="pickled")
    assert "Open it only if you know who made it" in shown(session)
    assert not session.metric
    assert not wire.exists()
    session.get_by_key("predict_allow").click().run()
    stands(session)
    assert session.metric[0].value in {"small", "large"}
    assert wire.exists()


@pytest.mark.long
def test_only_the_presenter_says_that_a_model_may_run_code_and_says_it_for_all(
    app: Start, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = tmp_path / "code-was-run"
    register_folder(store, "pickled", save_pickled(tmp_path / "model", wire))
    wire.unlink(missing_ok=True)
    dashboard = app(store.uri)
    page = dashboard.open("predict", model="pickled")  # of somebody who was the presenter when it was shown
    monkeypatch.setattr(visitors_session, "actor", lambda: LUZ)
    seen = dashboard.open("predict", model="pickled")
    assert "Only the presenter may say that it may be opened" in shown(seen)
    assert "predict_allow" not in keys(seen)
    page.get_by_key("predict_allow").click().run()
    assert not page.metric
    assert not wire.exists()
    monkeypatch.setattr(visitors_session, "actor", lambda: ANA)
    dashboard.open("predict", model="pickled").get_by_key("predict_allow").click().run()
    monkeypatch.setattr(visitors_session, "actor", lambda: LUZ)
    assert dashboard.open("predict", model="pickled").metric


@pytest.mark.long
@pytest.mark.parametrize("language", ["es", "en"])
def test_the_audience_sees_who_may_have_all_work_on_a_copy(
    app: Start, antique: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    path = Path(shutil.copy(antique, tmp_path / "old.db"))
    dashboard = app(f"sqlite:///{path}")
    page = dashboard.open("experiments", lang=language)
    monkeypatch.setattr(visitors_session, "actor", lambda: LUZ)
    seen = dashboard.open("experiments", lang=language)
    assert {"en": "Only the presenter may have everybody", "es": "Solo quien presenta puede"}[language] in shown(seen)
    assert "frame_copy_store" not in keys(seen)
    page.get_by_key("frame_copy_store").click().run()
    assert [one.name for one in tmp_path.iterdir()] == ["old.db"]


def keys(session: AppTest) -> set[str | None]:
    return {button.key for button in session.button}


def test_a_yes_to_one_version_is_not_a_yes_to_the_next(app: Start, store: Store, tmp_path: Path) -> None:
    register_folder(store, "pickled", save_pickled(tmp_path / "one"))
    register_folder(store, "pickled", save_pickled(tmp_path / "two"))
    session = app(store.uri).open("predict", model="pickled", version="1")
    session.get_by_key("predict_allow").click().run()
    assert session.metric
    session.get_by_key("predict_version_pickled").set_value("2").run()
    stands(session)
    assert not session.metric


@pytest.mark.long
def test_a_model_that_raises_says_so_and_the_inputs_stay(app: Start, store: Store, tmp_path: Path) -> None:
    def refuse(rows: object) -> None:
        raise RuntimeError("<b>I refuse</b>")

    register_folder(store, "angry", save_pyfunc(tmp_path / "model", refuse))
    session = app(store.uri).open("predict", model="angry")
    session.get_by_key("predict_allow").click().run()
    stands(session)
    assert "could not answer: RuntimeError: <b>I refuse</b>" in shown(session)
    assert session.number_input


# Stores


@pytest.mark.part(12)
@pytest.mark.parametrize("page", READ_THE_STORE)
def test_an_old_schema_offers_a_copy_on_every_page_and_changes_nothing(
    app: Start, tmp_path_factory: pytest.TempPathFactory, antique: Path, tmp_path: Path, page: str
) -> None:
    path = Path(shutil.copy(antique, tmp_path / "old.db"))
    before = path.read_bytes()
    session = app(f"sqlite:///{path}").open(page)
    assert "was written by another version of MLflow" in shown(session)
    assert session.get_by_key("frame_copy_store")
    assert [code.value for code in session.code] == [f"mlflow db upgrade sqlite:///{path}"]
    assert path.read_bytes() == before


@pytest.fixture(scope="module")
def antique(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("antique") / "old.db"
    old_database(path)
    return path


@pytest.mark.long
def test_the_copy_of_an_old_store_is_worked_on_and_the_original_is_kept(
    app: Start, antique: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(antique, tmp_path / "old.db"))
    before = path.read_bytes()
    dashboard = app(f"sqlite:///{path}")
    session = dashboard.open("experiments")
    session.get_by_key("frame_copy_store").click().run()
    stands(session)
    assert not session.error
    every_page_stands(dashboard, run="old-run")
    assert "an old run" in shown(dashboard.open("run", run="old-run"))
    assert path.read_bytes() == before
    assert len(list(tmp_path.glob("old-pizarra-*.db"))) == 1


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_file_store_says_how_to_convert_it(app: Start, tmp_path: Path, language: str) -> None:
    (tmp_path / "mlruns" / "0").mkdir(parents=True)
    session = app(str(tmp_path / "mlruns")).open("home", lang=language)
    assert [code.value for code in session.code] == [
        f"mlflow migrate-filestore --source {tmp_path / 'mlruns'} --target sqlite:///mlflow.db",
        f"python -m trainers convert {tmp_path / 'mlruns'} mlflow.db",
        "export MLFLOW_TRACKING_URI=sqlite:///mlflow.db",
    ]
    assert list((tmp_path / "mlruns").iterdir()) == [tmp_path / "mlruns" / "0"]


def test_a_file_that_is_no_database_is_said(app: Start, tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("Dear reader,\n" * 100)
    session = app(f"sqlite:///{tmp_path / 'letter.db'}").open("home")
    assert "must be an MLflow database" in shown(session)


# Hostile names


@pytest.fixture(scope="module")
def hostile(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store where everything that can have a name has a hostile one."""
    folder = tmp_path_factory.mktemp("hostile")
    with stores.new(folder) as uri:
        yield named_hostilely(open_store(uri), folder)


def named_hostilely(store: Store, folder: Path) -> Store:
    everything = " ".join(HOSTILE)[:250]  # as long as the name of a run may be
    experiment = store.client.create_experiment("all of them", artifact_location=(folder / "files").as_uri())
    for number, name in enumerate([*HOSTILE, everything]):
        store.client.create_experiment(name, artifact_location=(folder / "files").as_uri())
        run_id = str(store.client.create_run(experiment, run_name=name).info.run_id)
        for tag in ("note", "pizarra.task", "pizarra.algorithm", "pizarra.data_origin", "pizarra.data_source",
                    "pizarra.student", "pizarra.failure", "mlflow.note.content"):  # fmt: skip
            store.client.set_tag(run_id, tag, name)
        store.client.log_param(run_id, "depth", str(number))
        store.client.log_param(run_id, "said", name)
        store.client.log_metric(run_id, "accuracy", number / 100)
        store.client.log_text(run_id, "hello", "a[b](c) **d**.txt")
        store.client.set_terminated(run_id, "FAILED" if number % 2 else "FINISHED")
        if not RESERVED_NAMES.search(name):
            store.client.create_registered_model(name, description=name)
            folder_of_model = save_skops(folder / f"model {number}", input_example=ROWS)
            make_version(store, name, folder_of_model.as_uri(), run_id, description=name)
            with_stage = f"update model_versions set current_stage = 'Production' where run_id = '{run_id}'"
            change(store, with_stage)
    # MLflow refuses such names for parameters, metrics and tags; other programs may not
    first = [row["run_uuid"] for row in ask(store, "select run_uuid from runs order by start_time limit 4")]
    for table, kind in (("params", "depth"), ("latest_metrics", "accuracy"), ("metrics", "accuracy")):
        for run_id in first:
            change(
                store,
                f"""update {table} set "key" = :all where "key" = '{kind}' and run_uuid = '{run_id}'""",
                all=everything,
            )
    return store


def nothing_is_live(session: AppTest) -> None:
    found = {(place, text) for place, text in live_markdown(session) if DANGER.search(text)}
    assert not found
    for chart in session.get("plotly_chart"):
        assert "<img" not in chart.proto.spec
        assert "<a href" not in chart.proto.spec.replace('\\"', '"')


@pytest.mark.long
@pytest.mark.parametrize("page", PAGES)
def test_hostile_names_are_shown_as_text_on_every_page(app: Start, hostile: Store, page: str) -> None:
    nothing_is_live(app(hostile.uri).open(page))


@pytest.mark.part(26)
@pytest.mark.parametrize("number", range(len(HOSTILE) + 1))
def test_a_run_with_a_hostile_name_is_shown_as_text(app: Start, hostile: Store, number: int) -> None:
    runs = list_runs(hostile, [e.experiment_id for e in list_experiments(hostile)])
    run_id = runs.ids[number]
    dashboard = app(hostile.uri)
    nothing_is_live(dashboard.open("run", run=run_id))
    nothing_is_live(dashboard.open("registry", run=run_id))
    nothing_is_live(dashboard.open("train", launched=run_id))


@pytest.mark.long
def test_runs_with_hostile_names_are_compared_as_text(app: Start, hostile: Store) -> None:
    runs = list_runs(hostile, [e.experiment_id for e in list_experiments(hostile)])
    dashboard = app(hostile.uri)
    for chosen in (runs.ids[:8], runs.ids[-8:]):
        session = dashboard.open("compare", runs=",".join(chosen))
        nothing_is_live(session)
        last = session.get_by_key("compare_metric").options[-1]
        session.get_by_key("compare_metric").set_value(last).run()
        stands(session)
        nothing_is_live(session)


@pytest.mark.part(6)
@pytest.mark.parametrize(
    ("page", "look"),
    [*(("registry", part) for part in ("timeline", "gates", "origin", "words", "delete")), ("predict", "")],
)
def test_models_with_hostile_names_are_shown_as_text(app: Start, hostile: Store, page: str, look: str) -> None:
    dashboard = app(hostile.uri)
    names = [name for name in HOSTILE if not RESERVED_NAMES.search(name)]
    assert len(names) > 5
    for name in names:
        session = dashboard.open(page, model=name, look=look)
        assert session.query_params["model"] == name
        nothing_is_live(session)


@pytest.mark.part(16)
@pytest.mark.parametrize("page", PAGES)
def test_a_hostile_address_is_shown_as_text(app: Start, populated: Store, page: str) -> None:
    dashboard = app(populated.uri)
    taken = ("runs", "experiment", "metric", "model", "version", "stage", "task", "launched", "projector")
    nothing_is_live(dashboard.open(page, **dict.fromkeys(taken, " ".join(HOSTILE))))
    nothing_is_live(dashboard.open(page, run=" ".join(HOSTILE)))


def test_what_is_not_escaped_would_be_noticed() -> None:
    show = "st.markdown(name); st.button(name); st.error('x', title=name); st.metric(name, name)"
    session = AppTest.from_string(f"import streamlit as st\nfor name in {HOSTILE!r}: {show}").run()
    found = [text for _place, text in live_markdown(session) if DANGER.search(text)]
    assert {name: found.count(name) for name in HOSTILE} == dict.fromkeys(HOSTILE, 5)


def test_hostile_columns_and_categories_of_a_model_are_shown_as_text(app: Start, store: Store, tmp_path: Path) -> None:
    rows = ROWS.set_axis(["<img src=x onerror=alert(1)>", "[click](javascript:alert(1))"], axis="columns")
    model = a_line().__class__().fit(rows, ["**bold**", "**bold**", "![x](http://evil.example/x.png)", ":red[red]"])
    register_folder(store, "columns", save_skops(tmp_path / "model", model, input_example=rows))
    session = app(store.uri).open("predict", model="columns")
    assert session.metric
    nothing_is_live(session)


@pytest.mark.long
def test_a_table_of_ones_own_is_shown_as_text_before_and_after_it_is_kept(app: Start, store_uri: str) -> None:
    rows = [[word, str(place), HOSTILE[place % 3], HOSTILE[place % 2]] for place, word in enumerate(HOSTILE * 4)]
    table = pd.DataFrame(rows, columns=[HOSTILE[0], HOSTILE[1], HOSTILE[8], f"{HOSTILE[0]} {HOSTILE[7]}"])
    dashboard = app(store_uri)
    session = dashboard.open("data")
    content = table.to_csv(index=False, sep=";").encode()
    session.get_by_key("data_own_file_0").set_value((f"{HOSTILE[1]}.csv", content, "text/csv")).run()
    nothing_is_live(session)
    session.get_by_key("data_own_confirm_header").click().run()
    session.get_by_key("data_own_keep").click().run()
    stands(session)
    nothing_is_live(session)
    (kept,) = kept_tables(settings().cache_dir).tasks
    for page in ("data", "train", "board", "home"):
        nothing_is_live(dashboard.open(page, task=kept.name))
    for column in table.columns[:3]:
        nothing_is_live(dashboard.open("data", task=kept.name, column=column))
