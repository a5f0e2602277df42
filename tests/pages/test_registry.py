"""The registry's page: the board, promotion with its evidence, undo, timeline, gates, and what goes wrong."""

from __future__ import annotations

import re
import shutil
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.access import Actor, stored_name
from core.errors import PizarraError
from core.serving import logged
from core.store.connection import Store
from core.store.record import EVALUATION_TABLE, PREDICTION
from core.store.registry import promotion, timeline
from core.store.registry.promotion import Move
from core.store.registry.registered_models import find_model, list_models, set_gates
from core.store.registry.stages import GATES_TAG, Stage
from core.store.registry.timeline import read_all
from core.store.runs.artifacts import read_table
from core.ui import session as visitors_session
from tests.fixtures.actors import ANA, BEA, NOBODY
from tests.fixtures.entries import entry
from tests.fixtures.stores import FLOWERS, SUGAR, change, make_versions, model_folder
from tests.fixtures.strangers import register_folder, save_pickled
from tests.pages.reading import Dashboard, problems, shown, stands, turn_to

Start = Callable[[str], Dashboard]
HARD = ["accuracy > 0.9999", "description not empty"]


def stages(store: Store, model: str = FLOWERS) -> dict[int, Stage]:
    return {version.number: version.stage for version in find_model(store, model).versions}


def press(session: AppTest, key: str) -> None:
    session.get_by_key(key).click().run()
    stands(session)


def fill(session: AppTest, **values: str) -> None:
    for name, value in values.items():
        session.get_by_key(f"registry_{name}").set_value(value)
    session.run()
    stands(session)


def keys(session: AppTest, begin: str) -> set[str]:
    return {widget.key for widget in session.button if widget.key and widget.key.startswith(begin)}


def by_another_program(store: Store, number: int, stage: Stage, model: str = FLOWERS) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        store.client.transition_model_version_stage(model, str(number), stage)


# The board


def test_a_card_says_how_its_numbers_differ_from_production(app: Start, populated: Store) -> None:
    page = shown(app(populated.uri).open("registry", model=FLOWERS))
    assert "Random forest · iris" in page
    assert "@champion" in page
    assert "moved by fixture" in page
    assert any(word in page for word in ("higher]", "lower]", "the same]"))


def test_a_card_calls_no_logged_difference_better_or_worse(app: Start, populated: Store) -> None:
    page = shown(app(populated.uri).open("registry", model=FLOWERS))
    assert "chance is not known here" in page
    assert not re.search(r":(red|green)\[(≈ )?[▲▼]", page)


def test_all_models_are_on_one_board(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("registry", model="/")
    page = shown(session)
    assert session.get_by_key("registry_model").value == "/"
    assert "All 2 models" in page
    assert f"**{FLOWERS}**" in page
    assert f"**{SUGAR}**" in page
    assert "Timeline" not in page  # which is one model's


def test_a_search_in_the_address_finds_versions_of_all_models(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("registry", model="/", search="linear")
    assert "1 version fits the search" in shown(session)
    assert f"**{FLOWERS}**" not in shown(session)
    session.get_by_key("registry_search").set_value("").run()
    assert f"**{FLOWERS}**" in shown(session)
    assert "search" not in session.query_params


@pytest.mark.long
def test_hundreds_of_versions_show_the_newest_and_fold_the_rest(app: Start, store: Store) -> None:
    make_versions(store, "many", 500)
    session = app(store.uri).open("registry", model="many")
    assert len(keys(session, "registry_Staging_")) == 5
    assert "495 older ones are folded away" in shown(session)
    press(session, "registry_more_None")
    assert len(keys(session, "registry_Staging_")) == 25
    session.get_by_key("registry_search").set_value("v77").run()
    assert keys(session, "registry_Staging_") == {"registry_Staging_77"}


def test_a_version_whose_files_are_gone_says_so(app: Start, own_populated: Store) -> None:
    shutil.rmtree(model_folder(own_populated, FLOWERS, 3))
    session = app(own_populated.uri).open("registry", model=FLOWERS)
    deadline = time.monotonic() + 20
    while "The files of its model cannot be reached" not in shown(session) and time.monotonic() < deadline:
        session.run()
    assert shown(session).count("The files of its model cannot be reached") == 1


@pytest.mark.long
def test_the_menu_of_a_version_moves_it_asks_it_and_looks_at_it(app: Start, populated: Store) -> None:
    dashboard = app(populated.uri)
    session = dashboard.open("registry", model=FLOWERS)
    menu = session.menu_button(key="registry_other_1")
    assert [words.split()[0] for words in menu.options] == ["○", "●", ":material/tune:", ":material/search:"]
    menu.click("Production").run()
    stands(session)
    assert "Version 1 against version 2, which is in Production" in shown(session)
    session = dashboard.open("registry", model="/")
    session.menu_button(key="registry_other_1_2").click("look").run()
    stands(session)
    assert (session.query_params["model"], session.query_params["version"]) == (FLOWERS, "2")
    session.menu_button(key="registry_other_1").click("ask").run()
    stands(session)
    assert session.title[0].value == "Predict"
    assert session.get_by_key(f"predict_version_{FLOWERS}").value == "1"


# Promotion


def test_a_promotion_with_its_evidence_and_its_undo(app: Start, own_populated: Store) -> None:
    session = app(own_populated.uri).open("registry", model=FLOWERS)
    press(session, "registry_Production_3")
    page = shown(session)
    assert "of 30" in page  # rows change answer
    assert "too close to call" in page or "no different" in page
    assert "It loses for certain in no group of rows" in page
    for line in page.splitlines():
        if "too close to call" in line or "no different" in line or "chance not known" in line:
            assert not re.search(r":(red|green)\[", line), line
    press(session, "registry_confirm")
    assert "A change needs a name, but none was written" in page or "A change needs a name" in problems(session)[0]
    fill(session, by="Ana", why="")
    press(session, "registry_confirm")
    assert "needs a reason" in problems(session)[0]
    assert stages(own_populated) == {1: "Archived", 2: "Production", 3: "Staging"}
    fill(session, why="It sees more.", others_to="Staging")
    press(session, "registry_confirm")
    assert stages(own_populated) == {1: "Archived", 2: "Staging", 3: "Production"}
    assert find_model(own_populated, FLOWERS).aliases == {"champion": 3, "challenger": 2}
    assert "version 3: ◐ Staging → ● Production" in shown(session)
    assert "“It sees more.”" in shown(session)
    press(session, "registry_undo")
    assert stages(own_populated) == {1: "Archived", 2: "Production", 3: "Staging"}
    assert [(e.kind, e.by) for e in read_all(own_populated, FLOWERS)[:2]] == [("undo", "Ana"), ("move", "Ana")]


@pytest.mark.long
@pytest.mark.parametrize(
    ("language", "said"),
    [("en", r"Really asked since .*: \*\*3 rows\*\*. Versions 3 and 2 disagreed on \*\*1\*\* of them"),
     ("es", r"Preguntas reales desde el .*: \*\*3 filas\*\*. Las versiones 3 y 2 discreparon en \*\*1\*\* de ellas")],
)  # fmt: skip
def test_a_promotion_says_how_often_both_disagreed_on_what_was_really_asked(
    app: Start, own_populated: Store, language: str, said: str
) -> None:
    dashboard = app(own_populated.uri)
    rows = [[5.0, "red"]] * 3
    log = logged.prediction_log()
    log.note(entry(*rows, model=FLOWERS, version=2, shadow_version=3, shadow_answers=["setosa"] * 3,
                   shadow_differs=[False, True, False]))  # fmt: skip
    log.note(entry(*rows, model=FLOWERS, version=2, shadow_version=1, shadow_answers=["setosa"] * 3,
                   shadow_differs=[True] * 3))  # fmt: skip
    assert log.flush()
    session = dashboard.open("registry", model=FLOWERS, lang=language)
    press(session, "registry_Production_3")
    assert re.search(said, shown(session))


@pytest.mark.long
def test_a_promotion_says_nothing_of_what_nobody_asked(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("registry", model=FLOWERS)
    press(session, "registry_Production_3")
    assert "Really asked" not in shown(session)


def test_a_failed_gate_blocks_production_until_the_presenter_says_why_not(app: Start, own_populated: Store) -> None:
    set_gates(own_populated, ANA, FLOWERS, HARD)
    session = app(own_populated.uri).open("registry", model=FLOWERS)
    press(session, "registry_Production_3")
    page = shown(session)
    assert all(f"{what} (required" in page for what in ("Your name", "Reason"))  # said before anything is pressed
    assert "2 of 2 gates failed" in page
    assert ":red[✗ failed] · accuracy > 0.9999 · **" in page
    fill(session, by="Ana", why="It sees more.")
    press(session, "registry_confirm")
    assert "Version 3 must pass every gate of its model, but it fails 2 of 2." in problems(session)[0]
    assert stages(own_populated)[3] == "Staging"
    fill(session, why="To show what happens then.", override=True)
    press(session, "registry_confirm")
    assert stages(own_populated)[3] == "Production"
    page = shown(session)
    assert "Let pass all the same: “To show what happens then.”" in page
    assert "✗ failed: accuracy > 0.9999" in page


@pytest.mark.long
def test_no_gate_passes_by_rows_that_somebody_brings_along(app: Start, own_populated: Store) -> None:
    set_gates(own_populated, ANA, FLOWERS, ["accuracy > 0.9999"])
    run_id = find_model(own_populated, FLOWERS).version(3).run_id
    stored = read_table(own_populated, run_id, EVALUATION_TABLE)
    rows = stored[[name for name in stored if name.startswith(("sepal", "petal"))]]
    flattering = rows.assign(answer=stored[PREDICTION]).to_csv(index=False).encode()
    session = app(own_populated.uri).open("registry", model=FLOWERS)
    press(session, "registry_Production_3")
    session.get_by_key("registry_rows").set_value(("rows.csv", flattering, "text/csv")).run()
    stands(session)
    page = shown(session)
    assert "test_accuracy: **1** ←" in page  # these rows are shown
    assert "Rows of your own inform you. Gates are judged on what is stored with the runs:" in page
    assert ":red[✗ failed] · accuracy > 0.9999 · **" in page
    assert "Judged on the stored test rows of run “" in page
    fill(session, by="Ana", why="All of them are right.")
    press(session, "registry_confirm")
    assert "Version 3 must pass every gate of its model, but it fails 1 of 1." in problems(session)[0]
    assert stages(own_populated)[3] == "Staging"
    fill(session, override=True)
    press(session, "registry_confirm")
    assert read_all(own_populated, FLOWERS)[0].judged_on == run_id
    assert "Judged on the stored test rows of run “" in shown(session)


@pytest.mark.long
def test_a_gate_of_groups_is_judged_on_the_stored_test_rows(app: Start, own_populated: Store) -> None:
    set_gates(own_populated, ANA, FLOWERS, ["accuracy of no group of petal width (cm) below 1.01"])
    session = app(own_populated.uri).open("registry", model=FLOWERS)
    press(session, "registry_Production_3")
    page = shown(session)
    assert re.search(
        r"✗ failed\] · accuracy of no group of petal width \(cm\) below 1.01 · \*\*.* counted on 1\d rows", page
    )
    assert "2 groups judged" in page
    assert "Judged on the stored test rows" in page


@pytest.mark.long  # what is told here tests/core/store/registry finds every time
def test_a_version_may_be_tried_with_failed_gates(app: Start, own_populated: Store) -> None:
    set_gates(own_populated, ANA, FLOWERS, HARD)
    session = app(own_populated.uri).open("registry", model=FLOWERS)
    press(session, "registry_Staging_1")
    assert "It may be tried in Staging all the same" in shown(session)
    fill(session, by="Ana")
    press(session, "registry_confirm")
    assert stages(own_populated)[1] == "Staging"


@pytest.mark.long
def test_only_the_presenter_sees_the_way_around_a_gate(
    app: Start, own_populated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitors_session, "ip_address", lambda: "192.168.1.20")
    set_gates(own_populated, ANA, FLOWERS, HARD)
    dashboard = app(own_populated.uri)
    assert "Only the presenter may delete" in shown(dashboard.open("registry", model=FLOWERS, look="delete"))
    session = dashboard.open("registry", model=FLOWERS, look="gates")
    assert "Only the presenter may change the gates" in shown(session)
    press(session, "registry_Production_3")
    assert "● Evidence for Production" in [button.label for button in session.button]
    assert "Only the presenter may move versions" in shown(session)
    assert not [widget for widget in session.checkbox if widget.key == "registry_override"]
    assert "registry_confirm" not in {button.key for button in session.button}


def test_only_the_presenter_lets_a_version_be_asked_that_runs_code(
    app: Start, own_populated: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = register_folder(own_populated, FLOWERS, save_pickled(tmp_path / "model"))
    promotion.move(own_populated, ANA, Move(FLOWERS, number, "Staging"))
    dashboard = app(own_populated.uri)
    monkeypatch.setattr(visitors_session, "ip_address", lambda: "192.168.1.20")
    session = dashboard.open("registry", model=FLOWERS)
    press(session, f"registry_Production_{number}")
    assert "Only the presenter may say that it may be asked" in shown(session)
    assert "registry_allow" not in {button.key for button in session.button}


@pytest.mark.long  # what is told here tests/core/store/registry finds every time
def test_who_decides_on_what_is_no_longer_so_is_told(app: Start, own_populated: Store) -> None:
    session = app(own_populated.uri).open("registry", model=FLOWERS)
    press(session, "registry_Production_3")
    fill(session, by="Ana", why="Because.")
    promotion.move(own_populated, BEA, Move(FLOWERS, 1, "Production", "I was quicker."))
    press(session, "registry_confirm")
    assert stages(own_populated) == {1: "Production", 2: "Archived", 3: "Staging"}
    assert "while you were deciding. Nothing was moved." in problems(session)[0]
    assert "Version 3 against version 1, which is in Production" in shown(session)
    press(session, "registry_confirm")
    assert stages(own_populated) == {1: "Archived", 2: "Archived", 3: "Production"}


@pytest.mark.long
def test_nothing_in_production_leaves_nothing_to_compare_with(app: Start, own_populated: Store) -> None:
    promotion.move(own_populated, ANA, Move(FLOWERS, 2, "Archived"))
    session = app(own_populated.uri).open("registry", model=FLOWERS)
    press(session, "registry_Production_3")
    assert "Nothing is in Production, so" in shown(session)
    fill(session, by="Ana", why="The first.")
    press(session, "registry_confirm")
    assert stages(own_populated)[3] == "Production"


def test_taking_the_last_one_out_of_production_says_what_that_means(app: Start, own_populated: Store) -> None:
    session = app(own_populated.uri).open("registry", model=FLOWERS)
    press(session, "registry_Archived_2")
    assert "Nothing will be in Production then" in shown(session)


# What other programs left


@pytest.mark.long
def test_two_in_production_are_said_and_settled(app: Start, own_populated: Store) -> None:
    by_another_program(own_populated, 1, "Production")
    session = app(own_populated.uri).open("registry", model=FLOWERS)
    assert f"Another program left 2 versions of {FLOWERS} in Production at once: 2, 1" in shown(session)
    assert "outside Pizarra" in shown(session)
    session.get_by_key("registry_keep_0").set_value(1).run()
    press(session, "registry_settle_button_0")
    assert stages(own_populated) == {1: "Production", 2: "Archived", 3: "Staging"}
    assert find_model(own_populated, FLOWERS).aliases["champion"] == 1
    assert "Another program left" not in shown(session)


@pytest.mark.long
def test_an_alias_that_was_moved_is_said_and_put_right(app: Start, own_populated: Store) -> None:
    own_populated.client.set_registered_model_alias(FLOWERS, "champion", "1")
    session = app(own_populated.uri).open("registry", model=FLOWERS)
    assert "it is at version 1 and belongs at version 2" in shown(session)
    press(session, "registry_settle_button_0")
    assert find_model(own_populated, FLOWERS).aliases["champion"] == 2


# The timeline


@pytest.mark.long
def test_the_timeline_can_be_taken_back_and_goes_on(app: Start, own_populated: Store) -> None:
    for _ in range(12):
        promotion.move(own_populated, ANA, Move(FLOWERS, 1, "Staging", "Once more."))
        promotion.move(own_populated, BEA, Move(FLOWERS, 1, "Archived"))
    session = app(own_populated.uri).open("registry", model=FLOWERS)
    assert shown(session).count("“Once more.”") == 10
    press(session, "registry_timeline_more")
    assert shown(session).count("“Once more.”") == 12
    press(session, "registry_take_back_27")
    assert stages(own_populated)[1] == "Staging"
    assert "entry 27 was taken back" in shown(session)
    assert read_all(own_populated, FLOWERS)[0].by == ""  # what stands for nobody's name is not stored
    assert "**somebody** · " in shown(session)


@pytest.mark.long
def test_names_that_nobody_typed_are_in_the_readers_language(app: Start, own_populated: Store) -> None:
    promotion.undo(own_populated, NOBODY, FLOWERS, 3)
    promotion.change_gates(own_populated, NOBODY, FLOWERS, HARD)
    promotion.move(own_populated, Actor(stored_name("La clase"), "presenter"), Move(FLOWERS, 1, "Staging"))
    dashboard = app(own_populated.uri)
    words = {"es": ("alguien", "quien presenta", "La clase"), "en": ("somebody", "the presenter", "The class")}
    for language, names in words.items():
        page = shown(dashboard.open("registry", model=FLOWERS, lang=language))
        assert [name for name in names if f"**{name}** · " not in page] == []
        assert names[2] in page.split("pizarra")[0] or f"por {names[2]}" in page or f"by {names[2]}" in page


@pytest.mark.long
def test_years_of_history_fill_the_page_from_older_runs(
    app: Start, own_populated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "ENTRIES_A_RUN", 3)
    for _ in range(4):
        promotion.move(own_populated, ANA, Move(FLOWERS, 1, "Staging", "Once more."))
        promotion.move(own_populated, BEA, Move(FLOWERS, 1, "Archived"))
    page = shown(app(own_populated.uri).open("registry", model=FLOWERS))
    assert page.count("“Once more.”") == 4
    assert page.count("“To have one there.”") == 3


@pytest.mark.long  # what is told here tests/core/store/registry finds every time
def test_what_was_begun_and_not_finished_is_said(
    app: Start, own_populated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise PizarraError("The chalk broke.")

    with monkeypatch.context() as patch:
        patch.setattr(promotion, "write_standing", refuse)
        with pytest.raises(PizarraError, match="The chalk broke"):
            promotion.move(own_populated, ANA, Move(FLOWERS, 1, "Staging"))
    session = app(own_populated.uri).open("registry", model=FLOWERS)
    assert "This change was begun and not finished" in shown(session)


# Gates, words, deletion


def test_one_part_is_made_at_a_time_and_the_address_says_which(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("registry", model=FLOWERS, look="gates", lang="es")
    assert "registry_timeline_csv" not in {button.key for button in session.get("download_button")}
    assert session.session_state["registry_look_closer"] == "Condiciones"
    turn_to(session, look="timeline")
    assert "look" not in session.query_params
    session.get_by_key("frame_language").set_value("en").run()
    stands(session)
    assert session.session_state["registry_look_closer"] == "Timeline"


@pytest.mark.long
def test_gates_are_put_together_and_taken_away(app: Start, own_populated: Store) -> None:
    session = app(own_populated.uri).open("registry", model=FLOWERS, look="gates")
    assert "There are no gates" in shown(session)
    session.get_by_key("registry_gate_metric").set_value("test_f1").run()
    press(session, "registry_gate_add")
    session.get_by_key("registry_gate_kind").set_value("not_worse").run()
    press(session, "registry_gate_add")
    session.get_by_key("registry_gate_kind").set_value("signature").run()
    press(session, "registry_gate_add")
    session.get_by_key("registry_gate_kind").set_value("no_group").run()
    session.get_by_key("registry_gate_column").set_value("petal width (cm)").run()
    press(session, "registry_gate_add")
    kept = find_model(own_populated, FLOWERS).tags[GATES_TAG].splitlines()
    assert re.fullmatch(r"test_\w+ of no group of petal width \(cm\) below 0.5", kept[3])
    assert kept[0] == "test_f1 > 0.85"
    assert kept[1].endswith("not worse than Production by more than 0.01")
    assert kept[2] == "signature unchanged"
    press(session, "registry_gate_drop_0")
    assert find_model(own_populated, FLOWERS).tags[GATES_TAG].splitlines() == kept[1:]
    turn_to(session, look="timeline")
    assert "the gates are now: " in shown(session)
    assert read_all(own_populated, FLOWERS)[0].kind == "gates"


def test_words_about_a_version_are_written(app: Start, own_populated: Store) -> None:
    session = app(own_populated.uri).open("registry", model=FLOWERS, version="2", look="words")
    fill(session, **{f"description_{FLOWERS}_2": "Good.", f"about_{FLOWERS}": "Flowers."})
    press(session, "registry_save")
    model = find_model(own_populated, FLOWERS)
    assert (model.version(2).description, model.description) == ("Good.", "Flowers.")
    assert "Saved what was written about version 2" in shown(session)


@pytest.mark.long
def test_words_that_cannot_be_saved_leave_all_as_it_was(app: Start, own_populated: Store) -> None:
    before = find_model(own_populated, FLOWERS)
    session = app(own_populated.uri).open("registry", model=FLOWERS, version="2", look="words")
    fill(session, **{f"description_{FLOWERS}_2": "Good."})
    session.get_by_key(f"registry_aliases_{FLOWERS}_2").set_value(["challenger"])
    press(session, "registry_save")
    assert "The alias challenger follows a stage" in problems(session)[0]
    assert find_model(own_populated, FLOWERS) == before


@pytest.mark.long
def test_a_version_is_deleted_only_by_its_name(app: Start, own_populated: Store) -> None:
    session = app(own_populated.uri).open("registry", model=FLOWERS, version="2", look="delete")
    assert "version 2 is in ● Production: whoever asks for that stage gets no answer" in shown(session)
    assert "the aliases @champion" in shown(session)
    fill(session, delete_typed="iris")
    press(session, "registry_delete_button")
    assert (
        "To delete it you must write iris-classifier/2, but you wrote 'iris'. Nothing was deleted"
        in problems(session)[0]
    )
    assert set(stages(own_populated)) == {1, 2, 3}
    fill(session, delete_typed="iris-classifier/2", delete_why="Trained on its own test rows.")
    press(session, "registry_delete_button")
    assert set(stages(own_populated)) == {1, 3}
    turn_to(session, look="timeline")
    assert "deleted for good: version 2" in shown(session)


def test_a_model_is_deleted_with_its_versions_and_its_timeline_stays(app: Start, own_populated: Store) -> None:
    session = app(own_populated.uri).open("registry", model=FLOWERS, look="delete")
    session.get_by_key("registry_delete_what").set_value(session.get_by_key("registry_delete_what").options[1]).run()
    assert "3 versions, with their descriptions and tags" in shown(session)
    fill(session, delete_typed=FLOWERS)
    press(session, "registry_delete_button")
    assert [model.name for model in list_models(own_populated)] == [SUGAR]
    last = read_all(own_populated, FLOWERS)[0]
    assert (last.kind, last.deleted) == ("delete", (1, 2, 3))


def test_the_picture_of_its_origin_links_run_data_and_uses(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("registry", model=FLOWERS, version="2", look="origin")
    version = find_model(populated, FLOWERS).version(2)
    (graph,) = session.get("graphviz_chart")
    for part in (f"run?run={version.run_id}", "data?task=iris", "predict?model=iris-classifier", "@champion", "digest"):
        assert part in graph.proto.spec, part


def test_a_trials_sweep_is_in_the_picture_and_a_run_that_is_gone_too(app: Start, own_populated: Store) -> None:
    version = find_model(own_populated, FLOWERS).version(2)
    sweep = own_populated.client.create_run("0", run_name="my sweep").info.run_id
    own_populated.client.set_tag(version.run_id, "mlflow.parentRunId", sweep)
    (graph,) = app(own_populated.uri).open("registry", model=FLOWERS, version="2", look="origin").get("graphviz_chart")
    assert "my sweep" in graph.proto.spec
    assert f"run?run={sweep}" in graph.proto.spec
    change(own_populated, "update model_versions set run_id = 'gone'")
    (graph,) = app(own_populated.uri).open("registry", model=FLOWERS, version="2", look="origin").get("graphviz_chart")
    assert "It is gone." in graph.proto.spec
