"""Monitor: what a model was asked, or a table, against what it learned from."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from core.process import shared
from core.serving import logged, meters
from core.serving.log.entries import Entry
from core.serving.log.truths import Truths
from core.settings import settings
from core.store.connection import Store
from core.store.record import EVALUATION_TABLE
from core.store.registry.registered_models import find_model
from core.tables.own import OwnTable
from core.training.datasets import table_of
from core.training.tables.kept import keep_table
from core.training.tables.targets import target
from tests.fixtures.actors import ANA
from tests.fixtures.stores import FLOWERS, SUGAR, make_versions, on_disk
from tests.pages.reading import Dashboard, problems, shown, stands
from trainers import TASKS

Start = Callable[[str], Dashboard]


def flowers(grown: float = 0.0, rows: int = 60) -> pd.DataFrame:
    table = table_of(TASKS["iris"], settings()).features.sample(rows, random_state=0)
    return table.assign(**{"petal length (cm)": table["petal length (cm)"] + grown})


def ask(model: str, version: int, rows: pd.DataFrame, origin: str = "api", ago: timedelta = timedelta()) -> None:
    """Have rows in the log, answered as if it were by the model."""
    log = logged.prediction_log()
    log.note(Entry("r" + origin + str(ago.days), datetime.now(UTC) - ago, model, version, rows.values.tolist(),
                   ["setosa"] * len(rows), list(rows), origin=origin,
                   chances={"setosa": [1.0] * len(rows), "versicolor": [0.0] * len(rows),
                            "virginica": [0.0] * len(rows)}))  # fmt: skip
    assert log.flush()


def version_in_production(store: Store) -> int:
    return next(int(one.version) for one in store.client.search_model_versions(f"name = '{FLOWERS}'")
                if one.current_stage == "Production")  # fmt: skip


def test_without_a_model_it_says_where_to_get_one(app: Start, store: Store) -> None:
    session = app(store.uri).open("monitor")
    assert "There is no model to monitor yet" in shown(session)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Nobody has asked this version"), ("es", "Nadie ha preguntado a esta versión")]
)
def test_a_version_that_nobody_asked_says_so(app: Start, own_populated: Store, language: str, said: str) -> None:
    session = app(own_populated.uri).open("monitor", lang=language, model=SUGAR)
    assert said in shown(session)


def test_rows_of_another_kind_are_said_with_what_changed(app: Start, own_populated: Store) -> None:
    dashboard = app(own_populated.uri)
    ask(FLOWERS, version_in_production(own_populated), flowers(2.0))
    session = dashboard.open("monitor", model=FLOWERS)
    assert "What it is asked has changed more than by chance: 1 of 4 inputs." in shown(session)
    assert "petal length (cm): higher: half is below" in shown(session)
    assert "Of checks like this with nothing changed, at most 7% find something." in shown(session)
    assert "only true answers show that" in shown(session)
    spanish = dashboard.open("monitor", lang="es", model=FLOWERS)
    assert "Lo que se le pregunta ha cambiado más que por azar: 1 de 4 entradas." in shown(spanish)


def test_rows_like_those_it_learned_from_have_not_changed_though_the_answers_have(
    app: Start, own_populated: Store
) -> None:
    dashboard = app(own_populated.uri)
    ask(FLOWERS, version_in_production(own_populated), flowers())
    session = dashboard.open("monitor", model=FLOWERS, look="answers")
    assert "The answers have changed more than by chance, though no single input has." in shown(session)
    assert "“setosa” for 100% of the rows" in shown(session)


def test_the_window_and_whose_rows_count_can_be_chosen(app: Start, own_populated: Store) -> None:
    dashboard, number = app(own_populated.uri), version_in_production(own_populated)
    ask(FLOWERS, number, flowers(2.0, 50), ago=timedelta(days=20))
    ask(FLOWERS, number, flowers(0.0, 40), origin="predict page")
    rows = {
        chosen: next(one.value for one in dashboard.open("monitor", model=FLOWERS, **address).metric)
        for chosen, address in {
            "all": {}, "day": {"rows": "day"}, "programs": {"who": "programs"}, "people": {"who": "people"},
        }.items()
    }  # fmt: skip
    assert rows == {"all": "90", "day": "40", "programs": "50", "people": "40"}
    before = dashboard.open("monitor", model=FLOWERS, rows="month", against="before")
    stands(before)
    assert "Nothing can be said: it takes 30 rows, but there are 90, and 0 to hold them against." in shown(before)


def test_a_few_rows_say_nothing(app: Start, own_populated: Store) -> None:
    dashboard = app(own_populated.uri)
    ask(FLOWERS, version_in_production(own_populated), flowers(2.0, 10))
    assert "Nothing can be said: it takes 30 rows, but there are 10" in shown(dashboard.open("monitor", model=FLOWERS))


def test_columns_that_the_log_masks_are_named_and_no_change(
    app: Start, own_populated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIZARRA_LOG_MASK", "petal length (cm)")
    dashboard = app(own_populated.uri)
    ask(FLOWERS, version_in_production(own_populated), flowers(2.0))
    session = dashboard.open("monitor", model=FLOWERS)
    assert "Nothing is known of these inputs: petal length (cm)." in shown(session)
    assert "Never seen rows" not in [one.label for one in session.metric]
    assert "What it is asked has changed" not in shown(session)


@pytest.mark.part(2)
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_model_whose_files_are_gone_is_said(app: Start, store: Store, language: str) -> None:
    make_versions(store, "broken", 1)
    session = app(store.uri).open("monitor", lang=language, model="broken")
    stands(session)
    assert len(session.error) == 1


def tell(model: str, request: str, truths: list[str]) -> None:
    truth = Truths(logged.prediction_log(), model, ("setosa", "versicolor", "virginica"))
    table = pd.DataFrame({"request_id": request, "row": range(len(truths)), "truth": truths})
    assert truth.note_table(ANA, table).noted == len(truths)


def test_without_true_answers_it_is_estimated_with_its_limit(app: Start, own_populated: Store) -> None:
    dashboard = app(own_populated.uri)
    ask(FLOWERS, version_in_production(own_populated), flowers())
    session = dashboard.open("monitor", model=FLOWERS, look="right")
    stands(session)
    assert "No row has a true answer, so this is estimated." in shown(session)
    spanish = dashboard.open("monitor", lang="es", model=FLOWERS, look="right")
    assert "Ninguna fila tiene una respuesta verdadera, así que esto se estima." in shown(spanish)


def test_true_answers_say_whether_it_is_worse(app: Start, own_populated: Store) -> None:
    dashboard = app(own_populated.uri)
    ask(FLOWERS, version_in_production(own_populated), flowers())
    tell(FLOWERS, "rapi0", ["virginica"] * 60)
    session = dashboard.open("monitor", model=FLOWERS, look="right")
    stands(session)
    assert "Worse than on the test rows for certain" in shown(session)


def test_without_true_answers_nobody_knows_for_whom_it_is_right(app: Start, own_populated: Store) -> None:
    dashboard = app(own_populated.uri)
    ask(FLOWERS, version_in_production(own_populated), flowers())
    session = dashboard.open("monitor", model=FLOWERS, look="groups")
    stands(session)
    assert "No row has a true answer that tells for whom the model is right." in shown(session)


def test_for_whom_it_is_right_is_said_of_rows_with_a_true_answer(app: Start, own_populated: Store) -> None:
    dashboard = app(own_populated.uri)
    ask(FLOWERS, version_in_production(own_populated), flowers())
    tell(FLOWERS, "rapi0", table_of(TASKS["iris"], settings()).target.loc[flowers().index].tolist())
    session = dashboard.open("monitor", model=FLOWERS, look="groups")
    stands(session)
    assert "is worse for certain for" in shown(session)  # it said setosa to all


def test_test_rows_are_called_so_where_no_training_rows_are_stored(app: Start, own_populated: Store) -> None:
    number = version_in_production(own_populated)
    run_id = own_populated.client.get_model_version(FLOWERS, str(number)).run_id
    shutil.rmtree(on_disk(own_populated, own_populated.client.get_run(run_id).info.artifact_uri) / "profile")
    dashboard = app(own_populated.uri)
    ask(FLOWERS, number, flowers())
    assert "Its run stored no training rows" in shown(dashboard.open("monitor", model=FLOWERS))


@pytest.mark.parametrize("look", ["inputs", "answers", "right", "groups"])
def test_a_model_of_numbers_is_monitored_too(app: Start, own_populated: Store, look: str) -> None:
    dashboard, number = app(own_populated.uri), max(
        int(one.version) for one in own_populated.client.search_model_versions(f"name = '{SUGAR}'")
    )  # fmt: skip
    table = table_of(TASKS["diabetes"], settings())
    log = logged.prediction_log()
    log.note(Entry("sugar", datetime.now(UTC), SUGAR, number, table.features[:80].values.tolist(),
                   (table.target[:80] + 60).tolist(), list(table.features)))  # fmt: skip
    truth = Truths(log, SUGAR)
    told = pd.DataFrame({"request_id": "sugar", "row": range(80), "truth": table.target[:80].to_numpy()})
    assert truth.note_table(ANA, told).noted == 80
    session = dashboard.open("monitor", model=SUGAR, version=str(number), look=look)
    stands(session)
    said = {
        "inputs": "The answers have changed more than by chance, though no single input has.",
        "answers": "Its answers have changed: half is below",
        "right": "on the test rows",
        "groups": "For no group by age is rmse worse for certain than for all other rows.",
    }
    assert said[look] in shown(session)


@pytest.mark.part(2)
def test_the_world_can_be_broken_and_the_alarm_stands_beside_what_really_happens(
    app: Start, own_populated: Store
) -> None:
    session = app(own_populated.uri).open("monitor", model=FLOWERS, rows="broken", shift="scaled")
    stands(session)
    assert "petal length (cm) is 30% higher in every row." in shown(session)
    rung = {one.label: one.value for one in session.metric}["The monitor says"]
    assert rung == "Alarm"
    session.slider("monitor_amount_scaled").set_value(0).run()
    assert "Nothing is changed yet." in shown(session)
    assert "No alarm, and the answers are as good as before." in shown(session)
    session.selectbox("monitor_shift").set_value("The same inputs come to mean something else").run()
    session.slider("monitor_amount_turned").set_value(60).run()
    assert "No alarm, though the answers are worse." in shown(session)


@pytest.mark.part(2)
@pytest.mark.parametrize(("language", "said"), [("en", "are off by"), ("es", "se desvían")])
def test_answers_in_numbers_are_broken_too(app: Start, own_populated: Store, language: str, said: str) -> None:
    session = app(own_populated.uri).open("monitor", lang=language, model=SUGAR, rows="broken", shift="missing")
    stands(session)
    assert said in shown(session)


@pytest.mark.part(2)
def test_a_version_without_test_rows_has_nothing_to_break(app: Start, own_populated: Store) -> None:
    run_id = own_populated.client.get_model_version(FLOWERS, str(version_in_production(own_populated))).run_id
    artifacts = on_disk(own_populated, own_populated.client.get_run(run_id).info.artifact_uri)
    (artifacts / EVALUATION_TABLE).unlink()
    session = app(own_populated.uri).open("monitor", model=FLOWERS, rows="broken")
    assert "stored no test rows**, so there is nothing to change" in shown(session)


@pytest.mark.part(2)
def test_what_is_in_staging_is_asked_about_the_same_rows_for_each_group(app: Start, own_populated: Store) -> None:
    dashboard = app(own_populated.uri)
    ask(FLOWERS, version_in_production(own_populated), flowers())
    tell(FLOWERS, "rapi0", table_of(TASKS["iris"], settings()).target.loc[flowers().index].tolist())
    session = dashboard.open("monitor", model=FLOWERS, look="groups")
    assert "better for certain for" not in shown(session)
    session.toggle("monitor_beside").set_value(True).run()
    stands(session)
    said = next(line for line in shown(session).splitlines() if "better for certain for" in line)
    assert "Staging · version 3 is better for certain for" in said  # in the log Production said setosa to all
    assert "all rows" in said
    assert "for no group worse for certain" in said


def test_traffic_is_counted_by_the_hour_with_times_and_by_whom(app: Start, own_populated: Store) -> None:
    meters._requests.clear()  # other tests of this process may have asked, and failed
    meters._series.cache_clear()
    dashboard, number = app(own_populated.uri), version_in_production(own_populated)
    ask(FLOWERS, number, flowers(rows=40))
    ask(FLOWERS, number, flowers(rows=30), origin="predict page")
    session = dashboard.open("monitor", model=FLOWERS, look="traffic")
    stands(session)
    assert next(one.value for one in session.metric if one.label == "Requests") == "2"
    assert "None of the requests of programs that reached this version" in shown(session)
    programs = dashboard.open("monitor", model=FLOWERS, look="traffic", who="programs")
    assert next(one.value for one in programs.metric if one.label == "Requests") == "1"


def test_all_models_in_production_are_seen_at_a_glance(app: Start, own_populated: Store) -> None:
    dashboard = app(own_populated.uri)
    ask(FLOWERS, version_in_production(own_populated), flowers(2.0))
    session = dashboard.open("monitor", model=SUGAR)
    session.session_state["monitor_overview"] = True
    session.run()
    stands(session)
    table = session.dataframe[0].value
    assert table["Model"].tolist() == [SUGAR, FLOWERS]
    assert table["What it says of the last 200"].tolist() == [
        "Nobody has asked it.", "What it is asked has changed more than by chance: 1 of 4 inputs.",
    ]  # fmt: skip


def shrunk_and_told(rows: int = 80) -> None:
    """Have a version asked about flowers with shorter petals, and the truth told of all of them."""
    table = table_of(TASKS["iris"], settings())
    some = table.features.sample(rows, random_state=1) + np.random.default_rng(1).normal(0, 0.05, (rows, 4))
    some["petal length (cm)"] /= 2
    ask(FLOWERS, 2, some)
    truths = Truths(logged.prediction_log(), FLOWERS)
    for place, index in enumerate(some.index):
        truths.note(ANA, "rapi0", place, table.target.loc[index])
    assert logged.prediction_log().flush()


def test_the_version_is_trained_anew_compared_and_put_in_staging(
    app: Start, own_populated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    dashboard = app(own_populated.uri)
    shrunk_and_told()
    session = dashboard.open("monitor", model=FLOWERS, look="anew")
    assert "It learns from 120 old rows and" in shown(session)
    jobs = shared.jobs()
    monkeypatch.setattr(jobs, "start", lambda: None)
    monkeypatch.setattr(jobs, "submit", lambda _actor, job: job.carry_out())
    monkeypatch.setattr(jobs.workers, "answer", lambda function, *arguments: function(*arguments))
    session.button(key="monitor_anew").click().run()
    assert "Better on the new rows" in shown(session)
    assert "On the rows of before (30 rows, the test rows of then): accuracy" in shown(session)
    spanish = dashboard.open("monitor", lang="es", model=FLOWERS, look="anew")
    assert "Mejor en las filas nuevas" in shown(spanish)
    session.button(key="monitor_anew_staging").click().run()
    assert [one.number for one in find_model(own_populated, FLOWERS).versions] == [4, 3, 2, 1]
    assert "Trained anew from version 2" in shown(session)  # in the dialog that asks whether it is to be moved
    assert "Better on the new rows" in shown(session)


def test_rows_without_true_answers_say_that_there_is_nothing_to_learn_from(app: Start, own_populated: Store) -> None:
    dashboard = app(own_populated.uri)
    ask(FLOWERS, version_in_production(own_populated), flowers(2.0))
    session = dashboard.open("monitor", model=FLOWERS, look="anew")
    assert "takes 40 new rows with true answers" in shown(session)


@pytest.mark.part(2)
def test_what_is_asked_can_be_held_against_a_table_of_ones_own(app: Start, own_populated: Store) -> None:
    dashboard = app(own_populated.uri)
    ask(FLOWERS, version_in_production(own_populated), flowers(2.0))
    session = dashboard.open("monitor", model=FLOWERS, against="other")
    stands(session)
    assert "What it is asked has changed" not in shown(session)  # while there is no table
    alike = flowers(2.0).to_csv(index=False).encode()
    session.file_uploader[0].set_value(("grown.csv", alike, "text/csv")).run()
    stands(session)
    assert "No change beyond chance in 60 rows." in shown(session) or "no single input has" in shown(session)


@pytest.mark.parametrize(
    ("language", "same", "held"),
    [
        (
            "en",
            "Both are the same table, so nothing can have changed.",
            "They are held against 60 rows of **old",
        ),
        ("es", "Las dos son la misma tabla, así que nada puede haber cambiado.", "Se comparan con 60 filas de"),
    ],
)
def test_a_table_is_held_against_another_one_and_neither_is_let_go(
    app: Start, own_populated: Store, language: str, same: str, held: str
) -> None:
    session = app(own_populated.uri).open("monitor", lang=language, model=FLOWERS, rows="table", against="other")
    old = flowers().to_csv(index=False).encode()
    session.get_by_key("monitor_file").set_value(("new.csv", flowers(2.0).to_csv(index=False).encode(), "text/csv"))
    session.run()
    session.get_by_key("monitor_reference").set_value(("old.csv", old, "text/csv")).run()
    stands(session)
    assert held in shown(session)
    assert "1" in {one.value.split(" / ")[0] for one in session.metric if "/" in one.value}
    session.run()  # neither file went meanwhile
    assert held in shown(session)
    assert len(session.session_state["upload_shown"]) == 2
    session.get_by_key("monitor_file").set_value(("again.csv", old, "text/csv")).run()
    assert same in shown(session)
    assert len(session.session_state["upload_shown"]) == 2


def test_what_a_table_to_hold_rows_against_lacks_is_said_and_is_no_change(app: Start, own_populated: Store) -> None:
    session = app(own_populated.uri).open("monitor", model=FLOWERS, rows="table", against="other")
    session.get_by_key("monitor_file").set_value(("new.csv", flowers().to_csv(index=False).encode(), "text/csv"))
    session.run()
    less = flowers().drop(columns="petal width (cm)").to_csv(index=False).encode()
    session.get_by_key("monitor_reference").set_value(("less.csv", less, "text/csv")).run()
    stands(session)
    assert "It has no column for these inputs: petal width (cm)." in shown(session)
    assert "Nothing is known of these inputs: petal width (cm)." in shown(session)
    session.get_by_key("monitor_reference").set_value(("cars.csv", b"price,doors\n1,2\n", "text/csv")).run()
    assert (
        "The table to hold rows against, 'cars.csv', cannot be used: The columns must be called"
        in (problems(session)[0])
    )


def test_a_table_is_held_against_one_that_is_kept_here(app: Start, own_populated: Store) -> None:
    dashboard = app(own_populated.uri)
    labelled = flowers(2.0).assign(kind=["a", "b"] * 30)
    kept = keep_table(
        ANA, settings().cache_dir, OwnTable(labelled, ()), target(labelled, "kind"), title="Tall flowers", file="f.csv"
    )
    session = dashboard.open("monitor", model=FLOWERS, rows="table", against="other")
    session.get_by_key("monitor_file").set_value(("new.csv", flowers(2.0).to_csv(index=False).encode(), "text/csv"))
    session.get_by_key("monitor_reference_kept").set_value(kept.name).run()
    stands(session)
    assert "They are held against 60 rows of **Tall flowers**." in shown(session)
    assert "has changed more than by chance: " not in shown(session)
