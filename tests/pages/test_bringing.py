"""Bring a table of one's own on the Data page, and train on it like on any other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import settings
from core.store.connection import open_store
from core.store.runs.tracking import find_runs
from core.tables.own import OwnTable, read_own
from core.training.tables.kept import kept_tables
from core.ui.data import brought
from tests.fixtures.processes import until
from tests.pages.reading import Dashboard, problems, shown, stands

Start = Callable[[str], Dashboard]
BOOKS = Path(__file__).parents[1] / "core/tables/books"
UNCLEAR = "".join(f"{place};{place % 9 + 1}.{place * 7 % 900 + 100};{'xy'[place % 2]}\n" for place in range(40))


def upload(page: AppTest, name: str, content: bytes) -> None:
    page.get_by_key("data_own_file_0").set_value((name, content, "text/csv")).run()
    stands(page)


def press(page: AppTest, key: str) -> None:
    page.get_by_key(key).click().run()
    stands(page)


def is_disabled(page: AppTest, key: str) -> bool:
    return bool(page.get_by_key(key).disabled)


@pytest.mark.long
def test_the_example_becomes_a_task_with_one_press_more(app: Start, store_uri: str) -> None:
    page = app(store_uri).open("data", lang="es")
    press(page, "data_own_example")
    said = shown(page)
    assert "No está en UTF-8 y se lee como CP1252." in said
    assert "Se deja fuera lo que está encima del encabezado: Clientes de una tienda" in said
    assert "400 filas y 8 columnas" in said
    assert page.get_by_key("data_own_target").value == "vuelve a comprar"
    press(page, "data_own_keep")
    (kept,) = kept_tables(settings().cache_dir).tasks
    assert kept.left_out == ("cliente", "primera compra")
    assert kept.ordered_by == "primera compra"
    assert page.query_params["task"] == [kept.name] or page.query_params["task"] == kept.name
    assert "vuelve a comprar: ¿sí o no?" in shown(page)
    assert "Una tabla propia, traída como clientes.csv." in shown(page)


def test_a_table_of_a_million_columns_is_refused_in_words(app: Start, store_uri: str) -> None:
    page = app(store_uri).open("data")
    upload(page, "wide.csv", ("\n".join([",".join(["1.5"] * 1_000_000)] * 4)).encode())
    assert "A table may have 2000 columns, but this has more." in shown(page)


@pytest.mark.long
def test_by_what_rows_are_divided_is_proposed_and_can_be_changed(app: Start, store_uri: str) -> None:
    dashboard = app(store_uri)
    page = dashboard.open("data")
    press(page, "data_own_example")
    way = "data_own_way_buys again"
    assert page.get_by_key(way).value == "time"
    assert "Proposed: **first purchase** holds dates: the later rows are tested on" in shown(page)
    page.get_by_key(way).set_value("groups").run()
    stands(page)
    assert "Not as proposed: **first purchase** holds dates" in shown(page)
    page.get_by_key("data_own_by_groups_buys again").set_value("newsletter").run()
    stands(page)
    assert "rows with the same newsletter together" in shown(page)
    page.get_by_key(way).set_value("time").run()
    page.get_by_key("data_own_by_time_buys again").set_value("age").run()
    stands(page)
    assert "must hold a date or a number in every row" in shown(page)
    assert is_disabled(page, "data_own_keep")
    page.get_by_key(way).set_value("groups").run()
    stands(page)
    assert page.get_by_key("data_own_by_groups_buys again").value == "city"  # and not who is different in each row
    page.get_by_key("data_own_by_groups_buys again").set_value("newsletter").run()
    press(page, "data_own_keep")
    (kept,) = kept_tables(settings().cache_dir).tasks
    assert (kept.groups, kept.ordered_by) == ("newsletter", "")
    assert "newsletter" in kept.left_out
    assert "Rows with the same **newsletter** are either learned from or tested on" in shown(page)
    train = dashboard.open("train", task=kept.name)
    assert "rows with the same **newsletter** are never on both sides" in shown(train)


@pytest.mark.long
def test_a_spreadsheets_sheet_is_asked_for_before_it_is_kept(app: Start, store_uri: str) -> None:
    page = app(store_uri).open("data")
    upload(page, "ventas.xlsx", (BOOKS / "ventas.xlsx").read_bytes())
    assert "It has 2 sheets; this is the first one." in shown(page)
    assert is_disabled(page, "data_own_keep")
    press(page, "data_own_confirm_sheet")
    press(page, "data_own_confirm_below")
    assert not is_disabled(page, "data_own_keep")
    page.get_by_key("data_own_sheet").set_value("Otra").run()
    stands(page)
    assert "4 rows and 3 columns" in shown(page)


def test_numbers_that_read_in_two_ways_are_asked_for(app: Start, store_uri: str) -> None:
    page = app(store_uri).open("data")
    upload(page, "a.csv", f"id;a;b\n{UNCLEAR}".encode())
    assert "may have decimals or thousands" in shown(page)
    assert is_disabled(page, "data_own_keep")
    press(page, "data_own_say_0_decimal_,")
    assert "may have decimals or thousands" not in shown(page)
    press(page, "data_own_keep")
    assert len(kept_tables(settings().cache_dir).tasks) == 1


@pytest.mark.part(5)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file must have rows, but it is empty."),
        (b"PK\x03\x04 and no archive", "cannot be read as one"),
        (b"a;b\n1;2\n3;4;5\n6;7\n", "row 3 has another number"),
        (b"a,b\n1,5,2,5\n2,5,3,5\n3,5,4,5\n", "that has 2 and they have 4"),
        (b"a;b\n" + b"1;2\n" * 3, "has the same value in every row"),
    ],
)
def test_what_cannot_be_a_table_or_learned_is_said_and_nothing_else_goes(
    app: Start, store_uri: str, content: bytes, said: str
) -> None:
    page = app(store_uri).open("data")
    upload(page, "a.csv", content)
    assert said in shown(page)
    assert "150" in [metric.value for metric in page.metric]


@pytest.mark.long
def test_a_kept_table_is_trained_renamed_and_deleted_with_what_depends_on_it(app: Start, store_uri: str) -> None:
    dashboard = app(store_uri)
    page = dashboard.open("data")
    press(page, "data_own_example")
    press(page, "data_own_keep")
    (kept,) = kept_tables(settings().cache_dir).tasks
    train = dashboard.open("train", task=kept.name, effort="quick")
    train.get_by_key(f"train_also_{kept.name}_logistic_regression").set_value(["nearest_neighbours"]).run()
    assert train.get_by_key("train_launch").label == "Train 2 algorithms"
    press(train, "train_launch")

    def ended() -> bool:
        runs = find_runs(open_store(store_uri), f"tags.`pizarra.task` = '{kept.name}'")
        return len(runs) == 3 and set(runs.info["status"]) == {"FINISHED"}

    assert until(ended, 60)
    page = dashboard.open("data", task=kept.name)
    page.get_by_key(f"data_title_{kept.name}").set_value("Clientes 2024")
    press(page, "data_kept_renamed")
    assert kept_tables(settings().cache_dir).tasks[0].title == "Clientes 2024"
    press(page, "data_kept_delete")
    assert "3 runs learned from it. They stay" in shown(page)
    press(page, "data_kept_yes")
    assert not kept_tables(settings().cache_dir).tasks
    assert "Which kind of iris is this flower?" in shown(page)


def test_the_audience_brings_no_tables(app: Start, store_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIZARRA_PIN", "246810")
    settings.cache_clear()
    page = app(store_uri).open("data")
    assert "Only the presenter may bring a table." in shown(page)
    assert not [button for button in page.button if button.key == "data_own_example"]


TABLE = b"a;b\n" + b"1;x\n2;y\n" * 30


@pytest.mark.long
def test_a_table_that_takes_long_is_read_beside_the_page(
    app: Start, store_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, reads = Event(), []

    def slowly(*arguments: Any, report: Callable[[int], None], **named: Any) -> OwnTable:
        report(1_200_000)
        go_on.wait(30)
        reads.append(1)
        return read_own(*arguments, **named)

    monkeypatch.setattr(brought, "PATIENCE", 0.0)
    monkeypatch.setattr(brought, "read_own", slowly)
    dashboard = app(store_uri)
    page = dashboard.open("data", lang="es")
    upload(page, "ventas.csv", TABLE)
    assert until(lambda: "Se lee ventas.csv: 1.200.000 filas hasta ahora…" in shown(page.run()), 10)
    assert "60 filas y 2 columnas" not in shown(page)
    stands(page)
    other = dashboard.open("home")  # which does not wait
    assert other.title
    page.switch_page(dashboard.script("train")).run()
    stands(page)
    go_on.set()
    page.switch_page(dashboard.script("data")).run()
    assert until(lambda: "60 filas y 2 columnas" in shown(page.run()), 10)
    stands(page)
    assert len(reads) == 1
    press(page, "data_own_forget")
    assert "60 filas y 2 columnas" not in shown(page)
    assert brought.BROUGHT not in page.session_state


def test_a_broken_table_is_read_once_however_often_its_page_is_shown(
    app: Start, store_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []

    def counted(*arguments: Any, **named: Any) -> OwnTable:
        reads.append(1)
        return read_own(*arguments, **named)

    monkeypatch.setattr(brought, "read_own", counted)
    page = app(store_uri).open("data")
    upload(page, "a.csv", b"a;b\n1;2\n3;4;5\n6;7\n")
    for _again in range(2):
        page.run()
        stands(page)
        assert "row 3 has another number" in "\n".join(problems(page))
    assert len(reads) == 1
