"""Filters answered on the tables answer as MLflow's own store does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from core.store.connection import Store, open_store
from core.store.runs.filters import (
    RANGE,
    TEXT,
    Condition,
    FilterError,
    check,
    filter_text,
    matching,
    mentioning,
    mlflow_reads,
    parse_filter,
)
from core.store.runs.tables import LARGEST, Runs
from core.store.runs.tracking import list_experiments, list_runs
from tests.fixtures.store_kinds import Stores

NO_ESCAPE = pytest.mark.sqlite_only(reason="other databases let a backslash take its meaning from the sign after it")
START = 1_700_000_000_000


@pytest.fixture(scope="module")
def many(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Runs that differ in all that a filter can ask for."""
    with stores.new(tmp_path_factory.mktemp("filters")) as uri:
        yield varied(open_store(uri))


def varied(store: Store) -> Store:
    experiment = store.client.create_experiment("filters")
    for number, (name, depth, accuracy, owner, status) in enumerate(
        [
            ("forest", "3", 0.9, "Ana", "FINISHED"),
            ("Forest two", "10", 0.5, "O'Hara", "FAILED"),
            ("line", None, float("nan"), 'the "best"', "FINISHED"),
            ("50% line_x", "", float("inf"), None, "KILLED"),
            ("still", "it's", None, "ana", None),
        ]
    ):
        run_id = store.client.create_run(experiment, start_time=START + number, run_name=name).info.run_id
        if depth is not None:
            store.client.log_param(run_id, "max depth", depth)
        if accuracy is not None:
            store.client.log_metric(run_id, "accuracy", accuracy)
        if owner is not None:
            store.client.set_tag(run_id, "owner", owner)
        if status:
            store.client.set_terminated(run_id, status, end_time=START + 60_000 + number)
    return store


def runs_of(store: Store) -> Runs:
    return list_runs(store, [experiment.experiment_id for experiment in list_experiments(store)])


@pytest.mark.part(10)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "status = 'FINISHED'",
        "attributes.status != 'FINISHED'",
        "status LIKE 'F%'",
        "params.`max depth` = '3'",
        "params.`max depth` = ''",
        "params.`max depth` != '3'",
        "params.`max depth` LIKE '%0'",
        "params.`max depth` IS NULL",
        "params.`max depth` IS NOT NULL",
        'params.`max depth` = "it\'s"',
        "params.nothing = '3'",
        "params.nothing is null",
        "metrics.accuracy > 0.5",
        "metrics.accuracy >= 0.5",
        "metrics.accuracy < 0.9",
        "metrics.accuracy <= 0.9",
        "metrics.accuracy = 0.9",
        "metrics.accuracy > 1e5",
        "metrics.accuracy > -1",
        "metrics.nothing < 3",
        "tags.owner = 'Ana'",
        "tags.owner LIKE 'ana'",
        "tags.owner ILIKE 'ana'",
        "tags.owner LIKE '%a%'",
        "tags.owner IS NULL",
        "tags.owner != 'Ana' and metrics.accuracy > 0",
        "run_name LIKE 'f%'",
        "run_name ILIKE 'FOREST%'",
        "`run name` = 'line'",
        "run_name LIKE '%line_x'",
        pytest.param("run_name LIKE '%\\%%'", marks=NO_ESCAPE),
        "run_name != 'line'",
        f"start_time > {START}",
        f"created <= {START + 1}",
        f"end_time >= {START + 60_001}",
        f"end_time != {START + 60_001}",
        f"start_time < {'9' * 18}",
        "run_name LIKE '%a%e%'",
        "run_name ILIKE '%O_E%'",
        "run_id != 'nobody'",
        "run_id IN ('nobody', 'none')",
        "run_id NOT IN ('nobody')",
    ],
)
def test_the_tables_answer_as_the_store_does(many: Store, text: str) -> None:
    experiments = [experiment.experiment_id for experiment in list_experiments(many)]
    asked = many.client.search_runs(experiments, text, order_by=["start_time DESC"])
    assert matching(runs_of(many), parse_filter(text)) == [run.info.run_id for run in asked]
    assert parse_filter(filter_text(parse_filter(text))) == parse_filter(text)


def names(store: Store, text: str) -> list[str]:
    runs = runs_of(store)
    return list(runs.info.loc[matching(runs, parse_filter(text)), "name"])


def test_lists_are_for_parameters_tags_and_statuses_too(many: Store) -> None:
    assert names(many, "params.`max depth` IN ('3', \"it's\")") == ["still", "forest"]
    assert names(many, "params.`max depth` NOT IN ('3', '10')") == ["still", "50% line_x"]
    assert names(many, "tags.owner IN ('Ana')") == ["forest"]
    assert names(many, "status IN ('KILLED', 'FAILED')") == ["50% line_x", "Forest two"]


def test_a_metric_that_is_not_a_number_is_in_no_range(many: Store) -> None:
    assert "line" not in names(many, "metrics.accuracy != 5")
    assert names(many, "metrics.accuracy > 1") == ["50% line_x"]


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("status = 'A'", False),
        ("run_id IN ('a')", False),
        ("params.x IN ('a')", True),
        ("status IN ('a')", True),
        ("tags.x = ('it\\x27s')", True),
        ("metrics.x > 3", False),
    ],
)
def test_what_mlflow_would_not_read_is_known(text: str, ours: bool) -> None:
    assert parse_filter(text)
    assert mlflow_reads(text) is not ours


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "cannot be read"),
        ("status = 'A' OR status = 'B'", "cannot be read"),
        ("colour.x = 'a'", "begins with metrics, params, tags or attributes, but this one with colour"),
        ("colour = 'a'", "Runs have no attribute colour"),
        ("params.depth = 3", "depth is compared with text, but this is not in quotes: 3"),
        ("metrics.f1 > 'high'", "f1 is compared with a number, but this is not one: 'high'"),
        ("metrics.f1 LIKE 3", "f1 cannot be compared with LIKE"),
        ("start_time = 'today'", "start_time is compared with a number"),
        ("params.x == 'a'", "x cannot be compared with =="),
        ("params.x = ('a', 'b')", "Use IN"),
        ("params.x IN 'a'", "IN ('3', '4')"),
        ("params.x IN (3)", "not in quotes"),
        ("params.x IN (", "cannot be read"),
        ("metrics.x IS NULL", "cannot be read"),
        ("status = 'a'; status = 'b'", "cannot be read"),
        (";" * 2000, "cannot be read"),
        ("(" * 2000, "cannot be read"),
        ("status = 'A' AND " * 200, "must have at most 2000 signs, but this one has 3399"),
    ],
)
def test_a_filter_that_cannot_be_read_says_why(text: str, said: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text)
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["artifact_uri LIKE 'a%'", "user_id = 'me'", "datasets.name = 'iris'"])
def test_what_the_tables_do_not_hold_is_said(many: Store, text: str) -> None:
    with pytest.raises(FilterError, match="cannot be filtered"):
        matching(runs_of(many), parse_filter(text))
    with pytest.raises(FilterError):
        check(parse_filter(text))


@pytest.mark.part(2)
@pytest.mark.timeout(60)
@pytest.mark.parametrize("pattern", ["%a" * 40 + "b", "%A_" * 600 + "b"])
@pytest.mark.parametrize("operator", ["LIKE", "ILIKE"])
def test_a_pattern_that_has_countless_ways_to_fit_is_answered(store: Store, pattern: str, operator: str) -> None:
    store.client.create_run("0", run_name="a" * 250)
    runs = runs_of(store)
    assert matching(runs, parse_filter(f"attributes.run_name {operator} '{pattern}'")) == []


@pytest.mark.parametrize("number", ["1e999999999", "9" * 1900, "-1e999999999", "1e-999999999"])
@pytest.mark.parametrize("name", ["metrics.accuracy", "attributes.start_time"])
def test_a_number_beyond_all_numbers_is_answered(many: Store, name: str, number: str) -> None:
    found = matching(runs_of(many), parse_filter(f"{name} > {number}"))
    everything = {"metrics.accuracy": 3, "attributes.start_time": 5}[name]
    assert len(found) == (everything if number.startswith("-") or "e-" in number else 0)


def test_a_text_may_hold_semicolons() -> None:
    (condition,) = parse_filter('tags.note = "it\'s; fine"')
    assert condition.value == "it's; fine"


TEXTS = some.text(max_size=12) | some.text(alphabet="'\"`\\ab(),;-%", max_size=8)
NAMES = TEXTS.filter(bool)
OF_TEXT = some.one_of(
    some.tuples(some.sampled_from([o for o in TEXT if "IN" not in o]), TEXTS),
    some.tuples(some.sampled_from(["IN", "NOT IN"]), some.lists(TEXTS, min_size=1, max_size=3).map(tuple)),
)
NUMBERS = some.floats(allow_nan=False).filter(lambda number: abs(number) != LARGEST)  # which stands for infinity
CONDITIONS = some.one_of(
    some.builds(lambda name, test: Condition("parameter", name, *test), NAMES, OF_TEXT),
    some.builds(lambda name, test: Condition("tag", name, *test), NAMES, OF_TEXT),
    some.builds(lambda kind, name: Condition(kind, name, "IS NULL"), some.sampled_from(["tag", "parameter"]), NAMES),
    some.builds(lambda test: Condition("attribute", "run_name", *test), OF_TEXT),
    some.builds(Condition, some.just("metric"), NAMES, some.sampled_from(RANGE), NUMBERS),
    some.builds(
        Condition, some.just("attribute"), some.just("start_time"), some.sampled_from(RANGE), some.integers(0, 10**14)
    ),
)


@pytest.mark.long
@given(some.lists(CONDITIONS, max_size=3).map(tuple))
@settings(deadline=None)
def test_any_condition_can_be_written_and_read_again(conditions: tuple[Condition, ...]) -> None:
    assert parse_filter(filter_text(conditions)) == conditions


@given(NAMES.filter(lambda name: "`" not in name), some.text(alphabet="ab'%é ", max_size=8))
@settings(deadline=None)
def test_names_and_values_of_every_day_are_written_as_mlflow_reads_them(name: str, value: str) -> None:
    assert mlflow_reads(filter_text([Condition("parameter", name, "=", value)]))


def test_words_are_looked_for_in_names_algorithms_and_parameters(many: Store) -> None:
    runs = runs_of(many)

    def found(wanted: str) -> list[str]:
        return list(runs.info.loc[mentioning(runs, wanted), "name"])

    assert found("FOREST") == ["Forest two", "forest"]
    assert found("it's") == ["still"]
    assert found("max dep") == ["still", "50% line_x", "Forest two", "forest"]
    assert found("  ") == list(runs.info["name"])
    assert found("nowhere") == []


def test_a_backslash_at_the_end_of_a_text_does_not_keep_it_open() -> None:
    conditions = (Condition("tag", "folder", "=", "C:\\"), Condition("tag", "owner", "=", "it's Ana's"))
    text = filter_text(conditions)
    assert "'C:\\'" not in text
    assert parse_filter(text) == conditions
