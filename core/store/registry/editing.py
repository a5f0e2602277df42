"""What people write about a version and its model: all of it is checked before any of it is saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode
from mlflow.utils import validation
from mlflow.utils.validation import _validate_model_version_tag

from core.access import Actor
from core.errors import ParameterError, Said, StoreError
from core.i18n import N_, translate
from core.store.connection import Store, answering
from core.store.refusals import advice_of, words_of
from core.store.registry.registered_models import RegisteredModel, Version, own_tags
from core.store.registry.stages import alias_of, no_version

LONGEST_DESCRIPTION = 5000  # characters; what MLflow's databases keep
# MLflow 3.18 calls them otherwise than 3.17
ALIAS_CHECKS: tuple[Callable[[str], None], ...] = tuple(
    getattr(validation, f"_validate_alias_{name}", None) or getattr(validation, f"_validate_model_alias_{name}")
    for name in ("name", "name_reserved")
)
KEPT_BY_PROGRAMS = ("mlflow.", "pizarra.")  # how the names of their tags begin


@dataclass(frozen=True)
class Written:
    """What people want to have written: the version's description, aliases and tags, and the model's description.

    ``aliases`` are without those that follow stages. ``tags`` are names with values, as they were written.
    """

    description: str
    about: str
    aliases: Sequence[str]
    tags: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class _Step:
    """One thing to save: a sentence with ``{name}`` says what it is."""

    says: str
    name: object
    save: Callable[[], object]

    @property
    def words(self) -> str:
        return translate(self.says).format(name=self.name)


def edit(store: Store, actor: Actor, model: RegisteredModel, version: Version, written: Written) -> None:
    """Save what differs from what ``model`` and ``version`` say, in which whoever wrote it saw how it was.

    An alias leaves another version for this one. Tags that are not written any more are taken away, but for those
    that programs keep for themselves.

    Raises:
        ParameterError: something cannot be saved; nothing was.
        StoreError: the version is gone, or the store refuses, which leaves what was saved before; the message says so.
        PizarraError: ``actor`` may not.
    """
    actor.check("edit")
    aliases = _checked_aliases(version, written.aliases)
    tags = _checked_tags(version, written.tags)
    for description in (written.description, written.about):
        _check_length(description)
    _check_it_is_there(store, version)
    _save([
        *_descriptions(store, model, version, written),
        *_aliases(store, version, aliases),
        *_tags(store, version, tags),
    ])  # fmt: skip


def _checked_aliases(version: Version, written: Sequence[str]) -> set[str]:
    aliases = {alias.strip().lstrip("@") for alias in written}
    for alias in sorted(aliases - set(version.aliases)):
        if alias in alias_of().values():
            raise ParameterError(
                N_("The alias {alias} follows a stage, so it cannot be given by hand. Nothing was saved."),
                N_("Move the version to that stage, or choose another alias."),
                alias=alias,
            )
        try:
            for check in ALIAS_CHECKS:
                check(alias)
        except MlflowException as error:
            raise _not_taken(
                N_("The alias {name} cannot be saved: {reason}. Nothing was saved."), alias, error
            ) from error
    return aliases


def _checked_tags(version: Version, written: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the tags by name; lines with neither name nor value are none."""
    now, tags = own_tags(version.tags), {}
    for name, value in ((name.strip(), value) for name, value in written if name.strip() or value.strip()):
        if not name or name.startswith(KEPT_BY_PROGRAMS):
            raise ParameterError(
                N_("A tag needs a name that does not begin with “mlflow.” or “pizarra.”, but one is called {name}. "
                   "Nothing was saved."),
                N_("Give it another name."),
                name=repr(name),
            )  # fmt: skip
        if name in tags:
            raise ParameterError(
                N_("Each tag needs a name of its own, but two are called {name}. Nothing was saved."),
                N_("Give one of them another name, or take it away."),
                name=repr(name),
            )
        tags[name] = value
        if now.get(name) == value:
            continue
        try:
            _validate_model_version_tag(name, value)
        except MlflowException as error:
            raise _not_taken(N_("The tag {name} cannot be saved: {reason}. Nothing was saved."), name, error) from error
    return tags


def _not_taken(message: str, name: str, error: MlflowException) -> ParameterError:
    return ParameterError(
        message,
        N_("Write it differently, then save again."),
        name=repr(name[:80]),
        reason=error.message[:300].rstrip("."),
    )


def _check_length(description: str) -> None:
    if len(description) > LONGEST_DESCRIPTION:
        raise ParameterError(
            N_("A description may have {longest} characters, but this one has {length}. Nothing was saved."),
            N_("Write it more briefly, then save again."),
            longest=LONGEST_DESCRIPTION,
            length=len(description),
        )


def _check_it_is_there(store: Store, version: Version) -> None:
    with answering(store.uri):
        try:
            store.client.get_model_version(version.model, str(version.number))
        except MlflowException as error:
            if error.error_code != ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
                raise
            raise no_version(version.model, version.number) from error


def _descriptions(store: Store, model: RegisteredModel, version: Version, written: Written) -> list[_Step]:
    client, steps = store.client, []
    if written.description != version.description:
        save = partial(client.update_model_version, version.model, str(version.number), written.description)
        steps.append(_Step(N_("the description of version {name}"), version.number, save))
    if written.about != model.description:
        save = partial(client.update_registered_model, model.name, written.about)
        steps.append(_Step(N_("the description of the model {name}"), model.name, save))
    return steps


def _aliases(store: Store, version: Version, aliases: set[str]) -> list[_Step]:
    client, number, before = store.client, str(version.number), set(version.aliases)
    given = {alias: partial(client.set_registered_model_alias, version.model, alias, number)
             for alias in sorted(aliases - before)}  # fmt: skip
    taken = {alias: partial(client.delete_registered_model_alias, version.model, alias)
             for alias in sorted(before - aliases - set(alias_of().values()))}  # fmt: skip
    return [_Step(N_("the alias {name}"), alias, save) for alias, save in (given | taken).items()]


def _tags(store: Store, version: Version, tags: dict[str, str]) -> list[_Step]:
    client, number, before = store.client, str(version.number), own_tags(version.tags)
    given = {name: partial(client.set_model_version_tag, version.model, number, name, value)
             for name, value in tags.items() if before.get(name) != value}  # fmt: skip
    taken = {name: partial(client.delete_model_version_tag, version.model, number, name)
             for name in before.keys() - tags.keys()}  # fmt: skip
    return [_Step(N_("the tag {name}"), name, save) for name, save in (given | taken).items()]


def _save(steps: Sequence[_Step]) -> None:
    for place, step in enumerate(steps):
        try:
            step.save()
        except (MlflowException, OSError) as error:
            raise StoreError(
                N_("The store refused {refused}: {reason}. Saved before: {saved}. Not saved: {rest}."),
                N_("What is saved stays. {advice}"),
                refused=step.words,
                reason=str(words_of(error)).rstrip("."),
                advice=Said(advice_of(error, N_("Check that you may change it, then save again."))),
                saved=", ".join(done.words for done in steps[:place]) or translate(N_("nothing")),
                rest=", ".join(left.words for left in steps[place:]),
            ) from error
