"""Put models into the registry, say what they are, and take them out again."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core import words
from core.comparison.differences import listed
from core.errors import ParameterError
from core.i18n import N_, _, ngettext
from core.process import cache, model_tasks, shared
from core.store.registry import editing, promotion, registered_models
from core.store.registry.editing import LONGEST_DESCRIPTION, Written
from core.store.registry.registered_models import RegisteredModel, Version
from core.store.registry.stages import alias_of
from core.store.runs.tables import TASK_TAG
from core.text import plain
from core.ui import address, afterwards, frame, pickers, session

DONE = "registry_edited"


def report() -> None:
    """Say what was registered or written just now."""
    afterwards.show(DONE)


def offer_registration(run_id: str) -> None:
    """Offer to register a run's model when the address brings one."""
    if not run_id:
        return
    run = cache.run(run_id)
    models = cache.models()
    existing = registered_models.versions_of_run(models, run_id)
    with st.container(border=True, key="registry_register"):
        st.markdown(f"**{_('Register the model of {run}').format(run=plain(run.called or run_id))}**")
        if existing:
            st.markdown(_("It is registered already: {versions}.").format(versions=_named(existing)))
            return
        if not frame.allows("register", _("Only the presenter may register a run’s model.")):
            return
        names = [model.name for model in models]
        task = run.tags.get(TASK_TAG, "")
        of_task = [model.name for model in model_tasks.models_of(models, task)]
        name = st.selectbox(
            _("Name of the model: choose one to add a version, or write a new one"),
            names,
            index=names.index(of_task[0]) if of_task else None,
            accept_new_options=True,
            key="registry_name",
            placeholder=_("for example iris-classifier"),
        )
        chosen = next((model for model in models if model.name == name), None)
        if chosen and task and name not in of_task and (others := sorted(model_tasks.tasks_of(chosen))):
            text = _(
                "The versions of “{model}” learned {tasks}, but this run learned {task}: it answers another question."
            )
            tasks = listed([_of(other) for other in others])
            st.warning(
                text.format(model=plain(chosen.name, 60), task=_of(task), tasks=tasks), icon=":material/swap_horiz:"
            )
        if st.button(
            _("Register"),
            type="primary",
            disabled=not name,
            key="registry_register_button",
            icon=":material/add:",
        ):
            _register(run_id, (name or "").strip())


def _of(task: str) -> str:
    return f"*{plain(task.replace('_', ' '), 60)}*"


def _register(run_id: str, name: str) -> None:
    with shared.writing():
        number = registered_models.register(shared.store(), session.actor(), run_id, name)
    address.choose("model", name)
    address.choose("run", "")
    afterwards.say(DONE, _("Registered as {model}, version {version}.").format(model=plain(name), version=number))
    st.rerun()


def _named(versions: Sequence[Version]) -> str:
    return ", ".join(f"{plain(v.model)} {words.version(v.number)} ({words.stage(v.stage)})" for v in versions)


def choose_version(model: RegisteredModel) -> Version:
    """Choose a version of a model to look at; the one in the address, else the newest."""
    by_number = {str(version.number): version for version in model.versions}
    chosen = pickers.choose(
        "version",
        _("Version"),
        list(by_number),
        key=f"registry_version_{model.name}",
        show=lambda n: " · ".join(
            filter(None, (words.version_title(n), words.stage(by_number[n].stage), words.registration(by_number[n])))
        ),
        width=320,
    )
    return by_number[chosen]


def edit(model: RegisteredModel, version: Version) -> None:
    """Edit what is written about a version and its model."""
    if not frame.allows("edit", _("Only the presenter may change what is written about versions and models.")):
        _show_written(model, version)
        return
    key = f"{model.name}_{version.number}"
    description = st.text_area(
        _("Description of version {number}").format(number=version.number),
        value=version.description, key=f"registry_description_{key}", max_chars=LONGEST_DESCRIPTION,
    )  # fmt: skip
    following = sorted(set(version.aliases) & set(alias_of().values()))
    others = [alias for alias in version.aliases if alias not in following]
    aliases = st.multiselect(
        _("Aliases of version {number}").format(number=version.number),
        others, default=others, accept_new_options=True, select_all=False, key=f"registry_aliases_{key}",
        placeholder=_("write one and press Enter"),
    )  # fmt: skip
    if following:
        frame.note(
            _("{aliases} follows the stage and cannot be given by hand.").format(
                aliases=", ".join(f"**@{plain(alias)}**" for alias in following)
            )
        )
    st.markdown(_("Tags of version {number}").format(number=version.number))
    tags = st.data_editor(
        pd.DataFrame(registered_models.own_tags(version.tags).items(), columns=["name", "value"], dtype="str"),
        column_config={"name": _("Name"), "value": _("Value")},
        num_rows="dynamic", hide_index=True, key=f"registry_tags_{key}",
    )  # fmt: skip
    about = st.text_area(
        _("Description of the model {model}").format(model=plain(model.name, 60)),
        value=model.description, key=f"registry_about_{model.name}", max_chars=LONGEST_DESCRIPTION,
    )  # fmt: skip
    if st.button(_("Save"), type="primary", icon=":material/save:", key="registry_save"):
        written = Written(
            description, about, aliases, list(tags.fillna("").astype(str).itertuples(index=False, name=None))
        )
        with shared.writing():
            editing.edit(shared.store(), session.actor(), model, version, written)
        afterwards.say(DONE, _("Saved what was written about version {number}.").format(number=version.number))
        st.rerun()


def _show_written(model: RegisteredModel, version: Version) -> None:
    written = {
        _("Description of version {number}").format(number=version.number): plain(version.description, 1000),
        _("Aliases of version {number}").format(number=version.number): ", ".join(map(plain, version.aliases)),
        _("Tags of version {number}").format(number=version.number): ", ".join(
            f"{plain(name)} = {plain(value)}" for name, value in registered_models.own_tags(version.tags).items()
        ),
        _("Description of the model {model}").format(model=plain(model.name, 60)): plain(model.description, 1000),
    }
    for title, words_of_it in written.items():
        st.markdown(f"**{title}**  \n{words_of_it or '–'}")


def delete(model: RegisteredModel, version: Version) -> None:
    """Delete a version or the model, for good: what is lost is listed, and its name has to be typed."""
    if not frame.allows("delete_versions", _("Only the presenter may delete versions and models.")):
        return
    whole = _("the model {model} with all of its versions").format(model=plain(model.name, 60))
    one = words.version(version.number)
    what = st.radio(_("What to delete"), [one, whole], key="registry_delete_what", horizontal=True)
    going = list(model.versions) if what == whole else [version]
    with st.container(border=True, key="registry_delete_losses"):
        st.markdown(f"**{_('This cannot be undone. What would be lost:')}**")
        _show_losses(going)
    expected = model.name if what == whole else f"{model.name}/{version.number}"
    typed = st.text_input(_("To delete it, write {name}").format(name=plain(expected)), key="registry_delete_typed")
    why = st.text_input(_("Reason"), key="registry_delete_why", max_chars=promotion.LONGEST_REASON)
    if st.button(
        _("Delete {what} for good").format(what=what), icon=":material/remove_circle:", key="registry_delete_button"
    ):
        if typed.strip() != expected:
            raise ParameterError(
                N_("To delete it you must write {expected}, but you wrote {typed}. Nothing was deleted."),
                N_("Write it exactly so, then press again."),
                expected=expected,
                typed=repr(typed),
            )
        with shared.writing():
            if what == whole:
                promotion.delete_model(shared.store(), session.actor(), model.name, why)
            else:
                promotion.delete_version(shared.store(), session.actor(), model.name, version.number, why)
        address.choose("model" if what == whole else "version", "")
        afterwards.say(DONE, _("Deleted: {what}.").format(what=what))
        st.rerun()


def _show_losses(going: Sequence[Version]) -> None:
    live = [version for version in going if version.stage in {"Production", "Staging"}]
    lines = [
        ngettext(
            "{count} version, with its description and tags", "{count} versions, with their descriptions and tags",
            len(going),
        )
    ]  # fmt: skip
    lines += [
        _("version {number} is in {stage}: whoever asks for that stage gets no answer from it any more").format(
            number=version.number, stage=words.stage(version.stage)
        )
        for version in live
    ]
    aliases = [f"@{plain(alias)}" for version in going for alias in version.aliases]
    if aliases:
        lines.append(_("the aliases {aliases}").format(aliases=", ".join(aliases)))
    st.markdown("\n".join(f"- {line}" for line in lines))
    frame.note(_("The runs, their files and the timeline stay."))
