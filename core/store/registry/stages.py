"""Where the versions of a model stand: stages, the aliases that follow them, and the tags that remember both.

Some servers no longer have stages. There the champion alias says which version is in Production, and a tag says the
other stages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Literal, cast

from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException, RestException
from mlflow.protos.databricks_pb2 import (
    BAD_REQUEST,
    INTERNAL_ERROR,
    PERMISSION_DENIED,
    RESOURCE_DOES_NOT_EXIST,
    TEMPORARILY_UNAVAILABLE,
    UNAUTHENTICATED,
    ErrorCode,
)

from core.errors import StoreError
from core.foreign_json import read_json
from core.i18n import N_
from core.settings import settings
from core.store.connection import Store, accepting, answering, pages
from core.store.patience import may_pass, patiently

Stage = Literal["None", "Staging", "Production", "Archived"]
STAGES: tuple[Stage, ...] = ("None", "Staging", "Production", "Archived")
USED: frozenset[Stage] = frozenset({"Staging", "Production"})  # a version there answers whoever asks
STAGE_TAG = "pizarra.stage"  # the stage, for servers without stages and for programs that read tags
GATES_TAG = "pizarra.gates"  # of the model: its rules, a line each
READY = "READY"  # MLflow's word for a version whose registration ended well
MOVED_TAG = "pizarra.moved"  # JSON: who moved the version last from here, when, and to which stage

_NOBODY = "pizarra asks whether this server has stages"
_SAYS_NOTHING = {ErrorCode.Name(code) for code in (TEMPORARILY_UNAVAILABLE, UNAUTHENTICATED, INTERNAL_ERROR)}
_HAS_THEM, _MAY_NOT = ErrorCode.Name(RESOURCE_DOES_NOT_EXIST), ErrorCode.Name(PERMISSION_DENIED)
# Seconds for which a step waits for a store that is away: a third of what others have for us (timeline.PATIENCE)
PATIENCE = 10.0


@dataclass(frozen=True)
class Standing:
    """Where a model's versions stand, by number; ``aliases`` and ``tags`` are those that we keep, no others.

    ``gates`` is the text of the model's rules, ``unready`` are the versions whose registration failed or goes on.
    """

    stages: Mapping[int, Stage]
    aliases: Mapping[str, int] = field(default_factory=dict)
    tags: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    gates: str = ""
    unready: frozenset[int] = frozenset()

    def in_stage(self, stage: Stage) -> list[int]:
        """Return the versions in ``stage``, newest first."""
        return sorted((number for number, there in self.stages.items() if there == stage), reverse=True)


def alias_of() -> dict[Stage, str]:
    """Return the alias that follows each stage: ``models:/x@champion`` is what ``models:/x/Production`` is."""
    chosen = settings()
    return {"Production": chosen.champion_alias, "Staging": chosen.challenger_alias}


def following(stages: Mapping[int, Stage]) -> dict[str, int]:
    """Return where the aliases belong: at the newest version of their stage, which is what MLflow takes for it."""
    aliases = {}
    for stage, alias in alias_of().items():
        if there := Standing(stages).in_stage(stage):
            aliases[alias] = there[0]
    return aliases


@cache
def has_stages(store: Store) -> bool:
    """Say whether the store still has stages, by asking it to move a version that does not exist.

    Raises:
        StoreError: the store does not answer.
    """
    with answering(store.uri):
        try:
            _transition_one(store, _NOBODY, 1, "None")
        except MlflowException as error:
            if error.error_code in _SAYS_NOTHING or may_pass(error):
                raise
            if error.error_code == _MAY_NOT:  # a server that guards a call has it, and says so in a few words
                return True
            # A server that does not know the call says so in a web page, which MLflow reads as "does not exist" too
            understood = isinstance(error, RestException) or not store.uri.startswith("http")
            return understood and error.error_code == _HAS_THEM
    return True


def stage_of(version: ModelVersion, aliases: Mapping[str, int], *, staged: bool) -> Stage:
    """Return a version's stage; without stages (``staged``), what its aliases and its tag say."""
    if staged:
        stage = version.current_stage
    else:
        here = [stage for stage, alias in alias_of().items() if aliases.get(alias) == int(version.version)]
        tagged = version.tags.get(STAGE_TAG, "None")
        # The alias says who is champion: one that only the tag still calls so has been replaced
        stage = here[0] if here else "Archived" if tagged == "Production" else tagged
    return cast(Stage, stage) if stage in STAGES else "None"


def last_move(tags: Mapping[str, str]) -> Mapping[str, str]:
    """Return what a version's tag remembers of its last move from here: ``by``, ``at`` and ``to``; may be empty."""
    try:
        read = read_json(tags.get(MOVED_TAG, "{}"))
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in read.items()} if isinstance(read, dict) else {}


def remembered_stage(tags: Mapping[str, str]) -> Stage:
    """Return the stage that a version was in after its last move from here."""
    return cast(Stage, last_move(tags).get("to", "None"))


def read_standing(store: Store, model: str) -> Standing:
    """Return where a model's versions stand now.

    Raises:
        StoreError: the store does not answer, or has no such model.
    """
    staged = has_stages(store)
    with answering(store.uri):
        try:
            registered = store.client.get_registered_model(model)
        except MlflowException as error:
            if error.error_code != ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
                raise
            raise no_model(model) from error
        if registered.name != model:  # MariaDB and MySQL take names for the same that differ in capitals or accents
            raise no_model(model)
        versions = model_versions(store, model)
    every = {alias: int(number) for alias, number in registered.aliases.items()}
    return Standing(
        {int(version.version): stage_of(version, every, staged=staged) for version in versions},
        {alias: every[alias] for alias in alias_of().values() if alias in every},
        {int(v.version): {tag: v.tags[tag] for tag in (STAGE_TAG, MOVED_TAG) if tag in v.tags} for v in versions},
        registered.tags.get(GATES_TAG, ""),
        frozenset(int(version.version) for version in versions if not is_ready(version)),
    )


def is_ready(version: ModelVersion) -> bool:
    """Say whether a version's registration ended well; until then, or where it failed, nobody can use its files."""
    return str(version.status) == READY


class UnknownModelError(StoreError):
    """The store has no such registered model, or the model no such version."""


def no_model(name: str) -> StoreError:
    """Return the error that there is no such model."""
    return UnknownModelError(
        N_("There is no registered model {name}."), N_("Choose one on the Registry page."), name=repr(name)
    )


def no_version(model: str, number: int) -> StoreError:
    """Return the error that a model has no such version."""
    return UnknownModelError(
        N_("Model {model} has no version {number}."),
        N_("Choose one of its versions on the Registry page."),
        model=model,
        number=number,
    )


def write_standing(store: Store, model: str, now: Standing, target: Standing) -> None:
    """Bring the versions in ``target`` from ``now`` to where it says; never are two in Production meanwhile.

    Stages of versions that ``target`` does not name stay. Its aliases are all of ours: others are taken away.

    Raises:
        StoreError: ``target`` has two versions in Production, or the store refuses.
    """
    entering = check_one_production(now.stages, {**now.stages, **target.stages})
    staged = has_stages(store)
    with accepting():
        if staged:
            _transition(store, model, now, target, entering)
        _tag(store, model, now, target, sorted(target.stages, key=lambda number: number not in entering))
        _point(store, model, now.aliases, target.aliases)


def check_one_production(now: Mapping[int, Stage], after: Mapping[int, Stage]) -> list[int]:
    """Return the versions that enter Production on the way from ``now`` to ``after``: one or none.

    Raises:
        StoreError: another one would be in Production beside it.
    """
    production = Standing(after).in_stage("Production")
    entering = [number for number in production if now.get(number) != "Production"]
    if entering and len(production) > 1:
        raise StoreError(
            N_("Only one version of a model may be in Production, but versions {versions} would be."),
            N_("Say where the others go, or keep one of them."),
            versions=", ".join(map(str, sorted(production))),
        )
    return entering


def check_ready(model: str, now: Standing, targets: Mapping[int, Stage]) -> None:
    """Check that no version enters a stage in which it is used before its registration ended well.

    Raises:
        StoreError: one would.
    """
    used = [n for n, stage in targets.items() if stage in USED and now.stages.get(n) != stage]
    if waiting := sorted(now.unready.intersection(used)):
        raise StoreError(
            N_("A version can be used only once its registration has ended well, but that of version {version} of "
               "{model} failed or goes on."),
            N_("Choose another version, or register its model again."),
            version=waiting[0],
            model=model,
        )  # fmt: skip


def _transition(store: Store, model: str, now: Standing, target: Standing, entering: Sequence[int]) -> None:
    stages = dict(now.stages)
    for number in entering:
        _step(_enter_production, store, model, number)
        stages = {n: "Archived" if s == "Production" else s for n, s in stages.items()} | {number: "Production"}
    for number, stage in target.stages.items():
        if stages.get(number) != stage:
            _step(_transition_one, store, model, number, stage)


def _enter_production(store: Store, model: str, number: int) -> None:
    """Move a version to Production, and what was there to Archived."""
    try:
        # One request: MLflow archives what was in Production in the same transaction
        _transition_one(store, model, number, "Production", archive_existing=True)
    except RestException as error:
        if error.error_code != ErrorCode.Name(BAD_REQUEST):
            raise
        # MLflow 3.17's server compares the number with the text that came to it, which PostgreSQL refuses through
        # psycopg 3. Nothing was changed then. First out, then in: never are two there
        for version in model_versions(store, model):
            if version.current_stage == "Production" and int(version.version) != number:
                _transition_one(store, model, int(version.version), "Archived")
        _transition_one(store, model, number, "Production")


def _transition_one(store: Store, model: str, number: int, stage: Stage, *, archive_existing: bool = False) -> None:
    # Below MlflowClient's own, which warns that stages are deprecated: silencing a warning changes the whole process,
    # and many threads move versions at once. It would also ask for the model first, and so not say what a server has.
    registry = store.client._get_registry_client()
    registry.transition_model_version_stage(model, number, stage, archive_existing_versions=archive_existing)


def _step(do: Callable[..., object], *given: object, **more: object) -> None:
    """Do a part of a change, which may be repeated, where its answer was lost too."""
    patiently(partial(do, *given, **more), PATIENCE)


def _taking_away(do: Callable[..., object], *given: object) -> None:
    """Take something away that may have gone when the answer to that was lost."""
    try:
        _step(do, *given)
    except MlflowException as error:
        if error.error_code != _HAS_THEM:
            raise


def _tag(store: Store, model: str, now: Standing, target: Standing, order: Sequence[int]) -> None:
    for number in order:
        before, after = now.tags.get(number, {}), target.tags.get(number, {})
        for tag in (STAGE_TAG, MOVED_TAG):
            if tag in after and before.get(tag) != after[tag]:
                _step(store.client.set_model_version_tag, model, str(number), tag, after[tag])
            elif tag in before and tag not in after:
                _taking_away(store.client.delete_model_version_tag, model, str(number), tag)


def _point(store: Store, model: str, now: Mapping[str, int], target: Mapping[str, int]) -> None:
    for alias in alias_of().values():
        if alias in target and now.get(alias) != target[alias]:
            _step(store.client.set_registered_model_alias, model, alias, str(target[alias]))
        elif alias in now and alias not in target:
            _taking_away(store.client.delete_registered_model_alias, model, alias)


def model_versions(store: Store, model: str) -> list[ModelVersion]:
    """Return all versions of one model."""
    named = f'name = "{model}"' if '"' not in model else ""  # MLflow's filters know no escape for quotes
    found = pages(store.client.search_model_versions, filter_string=named, max_results=1000)
    return [version for version in found if version.name == model]
