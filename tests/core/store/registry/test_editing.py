"""What people write about a version: all of it is checked before any of it is saved."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core.errors import ParameterError, StoreError
from core.i18n import speaking
from core.store.connection import Store
from core.store.registry.editing import Written, edit
from core.store.registry.registered_models import find_model, own_tags
from tests.fixtures.actors import ANA
from tests.fixtures.stores import FLOWERS, add, change, refusing_changes

pytestmark = pytest.mark.on_every_store  # what a database refuses midway is said


def aliases(store: Store) -> dict[str, int]:
    return {name: int(number) for name, number in store.client.get_registered_model(FLOWERS).aliases.items()}


def write(
    store: Store,
    number: int,
    description: str | None = None,
    about: str | None = None,
    aliases: Sequence[str] | None = None,
    tags: Sequence[tuple[str, str]] | None = None,
) -> None:
    """Write what is given about a version; the rest stays as somebody who opens the page finds it."""
    model = find_model(store, FLOWERS)
    version = model.version(number)
    written = Written(
        version.description if description is None else description,
        model.description if about is None else about,
        version.aliases if aliases is None else aliases,
        list(own_tags(version.tags).items()) if tags is None else tags,
    )
    edit(store, ANA, model, version, written)


def test_what_people_write_about_versions_and_models_is_kept(own_populated: Store) -> None:
    write(own_populated, 2, "Good. Ñandú.", "Flowers.", tags=[("colour", "red"), ("size", "L"), ("", " ")])
    write(own_populated, 2, tags=[(" size ", "XL")])
    model = find_model(own_populated, FLOWERS)
    version = model.version(2)
    assert (model.description, version.description, own_tags(version.tags)) == (
        "Flowers.",
        "Good. Ñandú.",
        {"size": "XL"},
    )
    assert "pizarra.stage" in version.tags  # what programs keep for themselves stays


def test_aliases_are_given_and_taken_but_not_those_that_follow_stages(own_populated: Store) -> None:
    write(own_populated, 1, aliases=["best", " @old"])
    write(own_populated, 2, aliases=["champion", "best"])
    assert aliases(own_populated) == {"champion": 2, "challenger": 3, "best": 2, "old": 1}
    write(own_populated, 2, aliases=[])
    assert aliases(own_populated) == {"champion": 2, "challenger": 3, "old": 1}


@pytest.mark.part(24)
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"aliases": ["fine", "champion"]},
            r"alias champion follows a stage.*Nothing was saved\. Move the version",
        ),
        ({"aliases": ["fine", "two words"]}, r"The alias 'two words' cannot be saved: .*Nothing was saved\. Write it"),
        ({"aliases": ["fine", "latest"]}, "The alias 'latest' cannot be saved: .*reserved"),
        ({"aliases": ["fine", "v7"]}, "The alias 'v7' cannot be saved: .*reserved"),
        ({"aliases": ["fine", " @ "]}, "The alias '' cannot be saved: .*empty"),
        ({"aliases": ["a" * 300]}, "The alias 'a+' cannot be saved: .*exceeds the maximum length"),
        ({"tags": [("fine", "1"), ("pizarra.stage", "x")]}, "one is called 'pizarra.stage'"),
        ({"tags": [(" mlflow.user", "x")]}, "one is called 'mlflow.user'"),
        ({"tags": [("", "lost")]}, "A tag needs a name"),
        ({"tags": [("size", "L"), ("size ", "XL")]}, "Each tag needs a name of its own, but two are called 'size'"),
        ({"tags": [("a\nb", "x")]}, "The tag 'a.+b' cannot be saved"),
        ({"tags": [("n" * 300, "x")]}, "The tag 'n+' cannot be saved: .*exceeds the maximum length"),
        ({"tags": [("long", "x" * 200_000)]}, "The tag 'long' cannot be saved: .*exceeds the maximum length"),
        ({"about": "x" * 5001}, "may have 5000 characters, but this one has 5001"),
    ],
    ids=str,
)
def test_what_cannot_be_saved_keeps_all_of_it_from_being_saved(
    own_populated: Store, wrong: dict[str, list[str]], said: str
) -> None:
    write(own_populated, 1, aliases=["old"], tags=[("size", "M")])
    before = find_model(own_populated, FLOWERS)
    with pytest.raises(ParameterError, match=f"(?s){said}"):
        write(own_populated, 1, **({"description": "Good.", "about": "Flowers.", "tags": []} | wrong))  # type: ignore[arg-type]
    assert find_model(own_populated, FLOWERS) == before


@pytest.mark.long
def test_what_other_programs_named_strangely_does_not_keep_people_from_writing(own_populated: Store) -> None:
    own_populated.client.set_model_version_tag(FLOWERS, "1", "size", "M")
    change(own_populated, """update model_version_tags set "key" = 'a:b' where "key" = 'size'""")
    alias = {"alias": "two words", "version": 1, "name": FLOWERS, "workspace": "default"}
    add(own_populated, {"registered_model_aliases": [alias]})
    write(own_populated, 1, "Good.")
    assert find_model(own_populated, FLOWERS).version(1).description == "Good."
    assert aliases(own_populated)["two words"] == 1


def test_a_version_that_is_gone_is_said_and_nothing_is_saved(own_populated: Store) -> None:
    model = find_model(own_populated, FLOWERS)
    own_populated.client.delete_model_version(FLOWERS, "1")
    with pytest.raises(StoreError, match=f"Model {FLOWERS} has no version 1"):
        edit(own_populated, ANA, model, model.version(1), Written("Good.", "Flowers.", ["old"], []))
    assert find_model(own_populated, FLOWERS).description == model.description


@pytest.mark.not_served(reason="it may keep the database's own words to itself")
def test_where_the_store_refuses_midway_the_error_says_what_was_saved(own_populated: Store) -> None:
    write(own_populated, 1, tags=[("size", "M")])
    refusing = refusing_changes(own_populated, "insert", "model_version_tags")
    with refusing, pytest.raises(StoreError) as refused:
        write(own_populated, 1, "Good.", "Flowers.", ["best"], [("colour", "red"), ("zest", "1")])
    assert "The store refused the tag colour: " in refused.value.message
    assert "The chalk broke" in refused.value.message
    assert refused.value.message.endswith(
        f"Saved before: the description of version 1, the description of the model {FLOWERS}, the alias best. "
        "Not saved: the tag colour, the tag zest, the tag size."
    )
    model = find_model(own_populated, FLOWERS)
    assert (model.description, model.version(1).description, model.aliases["best"]) == ("Flowers.", "Good.", 1)
    assert own_tags(model.version(1).tags) == {"size": "M"}


def test_where_the_store_refuses_at_once_nothing_was_saved_and_the_reader_is_told_so(own_populated: Store) -> None:
    before = find_model(own_populated, FLOWERS)
    refusing = refusing_changes(own_populated, "update", "model_versions")
    refused = pytest.raises(StoreError, match=r"Guardado antes: nada\. Sin guardar: la descripción")
    with refusing, speaking("es"), refused:
        write(own_populated, 1, "Good.", aliases=["best"])
    assert find_model(own_populated, FLOWERS) == before


def test_saving_again_after_a_refusal_saves_the_rest(own_populated: Store) -> None:
    refusing = refusing_changes(own_populated, "insert", "registered_model_aliases")
    with refusing, pytest.raises(StoreError, match="The store refused the alias best"):
        write(own_populated, 1, "Good.", aliases=["best"])
    write(own_populated, 1, "Good.", aliases=["best"])
    assert aliases(own_populated)["best"] == 1
