"""The Compare and Experiments pages with 1,000 runs, every oddity mixed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.i18n import speaking
from core.store.connection import Store, open_store
from core.store.runs.directions import directions_of, say_direction
from tests.fixtures.actors import ANA
from tests.fixtures.many_runs import ALONE, EMPTY, MIXED, OTHERS, fill_with_oddities
from tests.fixtures.store_kinds import Stores
from tests.pages.reading import Dashboard, live_markdown, problems, shown, stands, turn_to
from tests.pages.test_strange_stores import DANGER, new_run

Start = Callable[[str], Dashboard]

CHARTS = {  # and a key of what each shows
    "parameter": "compare_x", "parameters": "compare_objective_accuracy_0", "importance": "compare_importance_numbers",
    "pair": "compare_heat_x", "pareto": "compare_pareto_x", "curves": "compare_smoothing", "mistakes": "compare_chart",
    "groups": "compare_chart",
}  # fmt: skip
DIRECTIONS = {"lower": {"accuracy": False}, "none": {"accuracy": None}, "higher": {"accuracy": True}, "guess": {}}
VALUES = ("last", "best", "min", "max")
PARAMS = ("learning rate", "model__max_depth", "kind", "a/b.c-d", "long", "seed")


@pytest.fixture(scope="module")
def odd(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """1,000 odd runs, for all tests here: only read them."""
    folder = tmp_path_factory.mktemp("odd")
    with stores.new(folder) as uri:
        yield fill_with_oddities(uri, folder / "files")


@pytest.fixture
def own_odd(stores: Stores, odd: Store, tmp_path: Path) -> Iterator[Store]:
    """A copy that the test may change."""
    with stores.copy(odd, tmp_path / "own") as uri:
        yield open_store(uri)


def number_of(store: Store, experiment: str) -> str:
    return str(store.client.get_experiment_by_name(experiment).experiment_id)


def well(session: AppTest) -> AppTest:
    """Expect no error, and nothing of a stranger's name that became markup."""
    stands(session)
    assert not problems(session), problems(session)
    assert not [(place, text) for place, text in live_markdown(session) if DANGER.search(text)]
    return session


def choose(session: AppTest, key: str, value: object) -> AppTest:
    session.get_by_key(key).set_value(value).run()
    return well(session)


def every_chart_stands(session: AppTest, lang: str) -> None:
    for links, (chart, key) in enumerate(CHARTS.items(), start=1):
        with speaking(lang):
            turn_to(session, chart=chart)
        well(session)
        assert key in session.session_state or f"{key}_link_{links}" in session.session_state, chart


def some_of_all(store: Store) -> list[str]:
    """Return runs of every experiment that has some."""
    return [i for name in (MIXED, OTHERS, ALONE) for i in ids_of(store, name)[:15]]


def ids_of(store: Store, experiment: str) -> list[str]:
    found = store.client.search_runs([number_of(store, experiment)], max_results=1000)
    return [run.info.run_id for run in found]


# Experiments


@pytest.mark.long
@pytest.mark.parametrize("lang", ["en", "es"])
def test_experiments_stands_with_a_thousand_odd_runs(app: Start, odd: Store, lang: str) -> None:
    dashboard = app(odd.uri)
    for experiment in (MIXED, OTHERS, ALONE, EMPTY):
        well(dashboard.open("experiments", lang=lang, experiment=number_of(odd, experiment)))


@pytest.mark.long
@pytest.mark.parametrize("column", ["params.kind", "params.long", "status", "name", "params.learning rate"])
def test_odd_runs_are_grouped_by_anything(app: Start, odd: Store, column: str) -> None:
    session = app(odd.uri).open("experiments", experiment=number_of(odd, MIXED), group=column)
    well(session)
    assert session.get_by_key("experiments_group").value in {column, None}


@pytest.mark.part(6)
@pytest.mark.parametrize("order", ["metrics.accuracy desc", "metrics.accuracy asc", "params.long asc", "name desc"])
def test_odd_runs_are_sorted_by_anything(app: Start, odd: Store, order: str) -> None:
    session = well(app(odd.uri).open("experiments", experiment=number_of(odd, MIXED), order=order))
    assert session.get_by_key("experiments_order").value == order


# Compare


@pytest.mark.long
@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("experiment", [MIXED, OTHERS])
def test_all_runs_of_an_experiment_are_compared(app: Start, odd: Store, experiment: str, lang: str) -> None:
    well(app(odd.uri).open("compare", lang=lang, experiment=number_of(odd, experiment), filter="all"))


@pytest.mark.part(2)
@pytest.mark.parametrize("lang", ["en", "es"])
def test_compare_begins_by_itself_among_odd_runs(app: Start, odd: Store, lang: str) -> None:
    dashboard = app(odd.uri)
    well(dashboard.open("compare", lang=lang))
    well(dashboard.open("compare", lang=lang, experiment=number_of(odd, MIXED)))


@pytest.mark.long
@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_chart_of_all_odd_runs_stands(app: Start, odd: Store, lang: str) -> None:
    asked = {"experiment": number_of(odd, MIXED), "filter": "all", "metric": "accuracy"}
    every_chart_stands(app(odd.uri).open("compare", lang=lang, **asked), lang)


@pytest.mark.long
@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_chart_of_runs_of_several_experiments_stands(app: Start, odd: Store, lang: str) -> None:
    asked = {"runs": ",".join(some_of_all(odd)), "metric": "accuracy"}
    every_chart_stands(app(odd.uri).open("compare", lang=lang, **asked), lang)


@pytest.mark.long
@pytest.mark.parametrize("metric", ["accuracy", "val loss/mean", "whatever", "constant", "rarely"])
def test_every_value_of_a_metric_stands(app: Start, odd: Store, metric: str) -> None:
    session = app(odd.uri).open("compare", runs=",".join(some_of_all(odd)), metric=metric)
    for value in VALUES:
        choose(session, "compare_value", value)


@pytest.mark.long
def test_every_value_of_all_odd_runs_stands(app: Start, odd: Store) -> None:
    session = app(odd.uri).open("compare", experiment=number_of(odd, MIXED), filter="all", metric="accuracy")
    for value in VALUES:
        choose(session, "compare_value", value)


@pytest.mark.long
@pytest.mark.parametrize("filtered", [True, False], ids=["all", "some of several experiments"])
def test_every_direction_stands_and_is_kept_with_the_experiment(app: Start, own_odd: Store, filtered: bool) -> None:
    asked = {"filter": "all"} if filtered else {"runs": ",".join(some_of_all(own_odd))}
    session = app(own_odd.uri).open("compare", experiment=number_of(own_odd, MIXED), metric="accuracy", **asked)
    now = "guess"
    for direction, said in DIRECTIONS.items():
        choose(session, f"compare_direction_accuracy_{now}", direction)
        assert directions_of(own_odd.client.get_experiment(number_of(own_odd, MIXED)).tags) == said
        now = direction


@pytest.mark.long
def test_any_parameter_goes_across(app: Start, odd: Store) -> None:
    session = app(odd.uri).open("compare", experiment=number_of(odd, MIXED), filter="all", metric="accuracy")
    for across in session.get_by_key("compare_x").options[:12]:
        choose(session, "compare_x", across)
    assert set(PARAMS) <= set(session.get_by_key("compare_x").options)


@pytest.mark.long
def test_experiments_that_disagree_on_a_direction_mark_nothing(app: Start, own_odd: Store) -> None:
    say_direction(own_odd, ANA, number_of(own_odd, MIXED), "accuracy", "higher")
    say_direction(own_odd, ANA, number_of(own_odd, OTHERS), "accuracy", "lower")
    runs = [*ids_of(own_odd, MIXED)[:5], *ids_of(own_odd, OTHERS)[:5]]
    session = well(app(own_odd.uri).open("compare", runs=",".join(runs), metric="accuracy"))
    assert "Which way is better?" in shown(session)
    choose(session, "compare_direction_accuracy_guess", "lower")
    for experiment in (MIXED, OTHERS):
        assert directions_of(own_odd.client.get_experiment(number_of(own_odd, experiment)).tags) == {"accuracy": False}
    assert "↓ lower is better" in shown(session)


def test_a_direction_that_cannot_be_kept_is_said(app: Start, store: Store) -> None:
    metric = "m" * 240
    runs = [new_run(store, name, **{metric: score}) for name, score in [("a", 0.5), ("b", 0.75)]]
    session = app(store.uri).open("compare", runs=",".join(runs))
    session.get_by_key(f"compare_direction_{metric}_guess").set_value("lower").run()
    stands(session)
    assert any("240" in problem for problem in problems(session))


def test_a_parameter_called_like_the_metric_is_narrowed_apart_from_it(app: Start, store: Store) -> None:
    runs = [new_run(store, "x" * number, depth=number / 10) for number in range(1, 6)]  # the parameter is 1 to 5
    session = app(store.uri).open("compare", runs=",".join(runs), metric="depth")
    turn_to(session, chart="parameters")
    well(session)
    assert [slider.options[0] for slider in session.select_slider if slider.key] == ["1", "0.1"]


@pytest.mark.long
@pytest.mark.parametrize("lang", ["en", "es"])
def test_an_address_shows_another_visitor_the_same(app: Start, odd: Store, lang: str) -> None:
    runs = ids_of(odd, MIXED)[:20]
    dashboard = app(odd.uri)
    mine = well(dashboard.open("compare", lang=lang, runs=",".join(runs), metric="accuracy"))
    with speaking(lang):
        turn_to(mine, picked=",".join(runs[3:5]), chart="curves")
        choose(mine, "compare_value", "max")
    asked = {name: "".join(value) for name, value in mine.query_params.items() if name != "lang"}
    assert asked["picked"] == ",".join(runs[3:5])
    theirs = well(dashboard.open("compare", lang=lang, **asked))
    assert "2 runs are picked" in shown(theirs) or "2 ejecuciones resaltadas" in shown(theirs)
    for key in ("compare_chart", "compare_value", "compare_metric", "compare_runs"):
        assert theirs.session_state[key] == mine.session_state[key], key


@pytest.mark.long
def test_what_is_compared_is_copied_as_link_table_and_code(app: Start, odd: Store) -> None:
    runs = ids_of(odd, MIXED)[:5]
    session = well(app(odd.uri).open("compare", runs=",".join(runs), metric="accuracy", value="best"))
    link, markdown, code = (block.value for block in session.code)
    assert "value=best" in link
    assert all(run_id in link for run_id in runs)
    assert len(markdown.splitlines()) == 2 + len(runs)
    assert all(run_id in code for run_id in runs)


@pytest.mark.long
def test_what_is_picked_no_more_leaves_the_address(app: Start, odd: Store) -> None:
    runs = ids_of(odd, MIXED)[:20]
    session = well(
        app(odd.uri).open("compare", runs=",".join(runs), picked=",".join(runs[:2]), value="none", chart="?")
    )
    assert "2 runs are picked" in shown(session)
    assert session.get_by_key("compare_value").value == "last"
    session.get_by_key("compare_clear").click().run()
    assert "picked" not in session.query_params
    assert "are picked" not in shown(session)


@pytest.mark.long
def test_the_open_chart_stays_open_in_another_language(app: Start, odd: Store) -> None:
    session = well(app(odd.uri).open("compare", runs=",".join(ids_of(odd, MIXED)[:20]), chart="pareto"))
    session.query_params["lang"] = "es"
    well(session.run())
    assert session.session_state["compare_chart"] == "Dos métricas"


def test_runs_with_long_names_that_differ_in_the_middle_stay_apart(app: Start, store: Store) -> None:
    runs = [new_run(store, f"{'a' * 100}{place}{'z' * 100}", accuracy=place / 10) for place in range(4)]
    session = well(app(store.uri).open("compare", runs=",".join(runs[:3]), metric="accuracy"))
    titles = session.get_by_key("compare_runs").options
    assert len(set(titles)) == len(titles)
    choose(session, "compare_metric", "accuracy")  # sends what is chosen back, as a browser does
    assert session.get_by_key("compare_runs").value == runs[:3]


@pytest.mark.long
def test_an_axis_of_numbers_that_read_alike_narrows_nothing_by_itself(app: Start, store: Store) -> None:
    scores = [0.50001, 0.50002, 0.7, 0.90001, 0.90002]
    runs = [new_run(store, f"run {place}", accuracy=score) for place, score in enumerate(scores)]
    session = app(store.uri).open("compare", runs=",".join(runs), metric="accuracy", chart="parameters")
    axis = session.get_by_key("compare_objective_accuracy_0")
    assert axis.options == ["0.5", "0.7", "0.9"]
    choose(session, "compare_metric", "accuracy")
    assert "picked" not in session.query_params
    session.get_by_key("compare_objective_accuracy_0").set_value(("0.7", "0.9")).run()
    assert session.query_params["picked"] == ",".join(runs[2:])


@pytest.mark.long
@pytest.mark.parametrize(("lang", "words"), [("en", "**Too close to call: "), ("es", "**Demasiado igualado para ")])
def test_the_conclusion_comes_first_and_bold(app: Start, populated: Store, lang: str, words: str) -> None:
    flowers = number_of(populated, "iris-classification")
    session = well(app(populated.uri).open("compare", lang=lang, experiment=flowers, metric="test_accuracy"))
    (verdict,) = session.info
    assert verdict.value.startswith(words)
    changes = session.get_by_key("compare_changes")
    assert "algorithm" in changes.markdown[0].value


def test_on_the_projector_one_line_says_what_is_chosen_and_opens(app: Start, populated: Store) -> None:
    flowers = number_of(populated, "iris-classification")
    session = app(populated.uri).open("compare", experiment=flowers, metric="test_accuracy", projector="1")
    assert "**4 runs** of *iris-classification* · metric **test_accuracy**" in shown(well(session))
    assert session.get_by_key("compare_choices_fold").label == "Change"
    session.get_by_key("compare_choices_fold").click().run()
    assert well(session).get_by_key("compare_choices_fold").label == "Fold"


def test_on_the_projector_choices_stay_in_sight_while_another_is_asked_for(app: Start, odd: Store) -> None:
    session = app(odd.uri).open("compare", experiment=number_of(odd, ALONE), projector="1")
    assert "1 is chosen" in shown(well(session))
    assert "Change" not in [button.label for button in session.button]


@pytest.mark.part(2)
@pytest.mark.parametrize(("metric", "shown_beside"), [("test_accuracy", True), ("train_accuracy", False)])
def test_how_far_each_run_is_behind_stands_beside_the_bars_where_it_is_known(
    app: Start, populated: Store, metric: str, shown_beside: bool
) -> None:
    flowers = number_of(populated, "iris-classification")
    session = well(app(populated.uri).open("compare", experiment=flowers, metric=metric))
    assert session.get_by_key("compare_bars_numbers").label == "The numbers of this chart"
    assert ("compare_behind_numbers" in [expander.key for expander in session.expander]) == shown_beside


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", ("for no group is its test_accuracy worse for certain", "groups by all columns were looked at")),
     ("es", ("en ningún grupo es su test_accuracy peor con seguridad", "grupos por todas las columnas"))],
)  # fmt: skip
def test_for_whom_runs_are_right_is_told_of_groups_that_are_chosen(
    app: Start, populated: Store, lang: str, said: tuple[str, ...]
) -> None:
    asked = {"experiment": number_of(populated, "iris-classification"), "metric": "test_accuracy", "chart": "groups"}
    session = well(app(populated.uri).open("compare", lang=lang, **asked))
    assert all(words in shown(session) for words in said)
    with speaking(lang):
        choose(session, "compare_groups_column_test_accuracy", "petal width (cm)")
        choose(session, "compare_groups_also_test_accuracy_petal width (cm)", "petal length (cm)")
        choose(session, "compare_groups_metric", "test_f1")
    assert "compare_groups_chart_numbers" in [expander.key for expander in session.expander]


def test_runs_without_stored_test_rows_say_so_instead_of_groups(app: Start, odd: Store) -> None:
    runs = ",".join(ids_of(odd, MIXED)[:4])
    assert "to their test rows can be read" in shown(well(app(odd.uri).open("compare", runs=runs, chart="groups")))


def test_a_run_that_was_launched_here_is_marked_and_has_its_place_said(app: Start, populated: Store) -> None:
    flowers = number_of(populated, "iris-classification")
    mine = populated.client.search_runs([flowers], "run_name = 'line'")[0].info.run_id
    session = app(populated.uri).open("compare", experiment=flowers, metric="test_accuracy")
    session.session_state["launched_here"] = [mine]
    well(session.run())
    assert "➤ **line: place " in shown(session)
    assert "➤ yours: line" in str([list(table.value.columns) for table in session.dataframe])


def test_a_name_that_trained_a_run_finds_it_again(app: Start, own_populated: Store) -> None:
    flowers = number_of(own_populated, "iris-classification")
    mine = own_populated.client.search_runs([flowers], "run_name = 'line'")[0].info.run_id
    own_populated.client.set_tag(mine, "pizarra.student", "Lucía 3B")
    dashboard = app(own_populated.uri)
    session = dashboard.open("compare", experiment=flowers, metric="test_accuracy")
    assert "➤" not in shown(session)
    session.session_state["who"] = "lucía 3b"
    assert "➤ **line: place " in shown(well(session.run()))


def test_all_runs_of_an_experiment_are_one_press_away_while_some_are_not_chosen(app: Start, populated: Store) -> None:
    flowers = number_of(populated, "iris-classification")
    some = ids_of(populated, "iris-classification")[:3]
    session = well(app(populated.uri).open("compare", experiment=flowers, runs=",".join(some)))
    session.get_by_key("compare_all").click().run()
    assert well(session).query_params["filter"] == "all"
    every = ",".join(ids_of(populated, "iris-classification"))
    session = well(app(populated.uri).open("compare", experiment=flowers, runs=every))
    assert "compare_all" not in [button.key for button in session.button]


def test_an_empty_experiment_asks_for_runs(app: Start, odd: Store) -> None:
    dashboard = app(odd.uri)
    for asked in ({}, {"filter": "all"}):
        session = well(dashboard.open("compare", experiment=number_of(odd, EMPTY), **asked))
        assert "Comparing needs at least 2 runs" in shown(session)


def test_an_experiment_of_one_run_asks_for_another(app: Start, odd: Store) -> None:
    dashboard = app(odd.uri)
    for asked in ({}, {"filter": "all"}):
        session = well(dashboard.open("compare", experiment=number_of(odd, ALONE), **asked))
        assert "1 is chosen" in shown(session)


@pytest.mark.long
def test_hundreds_of_runs_in_the_address_are_compared(app: Start, odd: Store) -> None:
    runs = ids_of(odd, MIXED)[:300]
    session = well(app(odd.uri).open("compare", runs=",".join(runs)))
    assert "300 runs are chosen" in shown(session).replace("*", "")


def test_runs_that_are_gone_are_counted_among_many(app: Start, own_odd: Store) -> None:
    runs = ids_of(own_odd, MIXED)[:50]
    for run_id in runs[:3]:
        own_odd.client.delete_run(run_id)
    session = well(app(own_odd.uri).open("compare", runs=",".join([*runs, "never", "x" * 32])))
    assert "5 of the chosen runs are not in this store" in shown(session)
    assert "47 runs are chosen" in shown(session).replace("*", "")


def test_only_runs_that_are_gone_begin_with_the_best(app: Start, odd: Store) -> None:
    session = well(app(odd.uri).open("compare", runs="never,ever", experiment=number_of(odd, MIXED)))
    assert "2 of the chosen runs are not in this store" in shown(session)
    assert len(session.get_by_key("compare_runs").value) > 1


def test_a_filter_of_the_address_that_cannot_be_read_is_said_on_compare(app: Start, odd: Store) -> None:
    session = app(odd.uri).open("compare", experiment=number_of(odd, MIXED), filter="metrics.accuracy >")
    assert problems(session)


def test_a_filter_that_fits_nothing_asks_for_runs(app: Start, odd: Store) -> None:
    session = well(
        app(odd.uri).open(
            "compare", experiment=number_of(odd, MIXED), filter="metrics.accuracy < -1 AND metrics.accuracy > 1"
        )
    )
    assert "Comparing needs at least 2 runs" in shown(session)
