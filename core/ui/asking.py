"""Ask a model: choose a version, move its inputs, and see every live stage answer the same question."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import ModelError
from core.figures import probabilities
from core.figures.style import Style
from core.i18n import _, number, percent
from core.prediction.predict import Prediction, predictor
from core.prediction.schema import InputField, input_frame, starting_values
from core.store.models import ModelFiles
from core.store.registry import RegisteredModel, Version
from core.store.stages import Stage
from core.text import plain
from core.ui import cache, charts, forms, frame, pickers, session, words

INPUTS_HEIGHT = 430  # px; with the answers above it fits a phone
LIVE: tuple[Stage, ...] = ("Production", "Staging")


@dataclass(frozen=True)
class AskedVersion:
    """A version that is open and can be asked."""

    version: Version
    files: ModelFiles
    model: Any
    fields: Sequence[InputField]

    @property
    def class_names(self) -> list[str]:
        """Words for classes 0, 1, … where the run's profile has them."""
        target = (self.files.profile or {}).get("target", {})
        return [str(name["value"]) for name in target.get("classes", [])]

    @property
    def title(self) -> str:
        """The version in words."""
        return f"{words.stage(self.version.stage)} · {_('version {number}').format(number=self.version.number)}"


def choose_version(model: RegisteredModel) -> Version:
    """Choose a version by its stage or number; begins with Production."""
    by_number = {str(v.number): v for v in sorted(model.versions, key=_liveness)}
    stage = session.carried("stage")
    first = next((n for n, v in by_number.items() if v.stage == stage), next(iter(by_number)))
    chosen = pickers.choose(
        _("Stage or version"),
        list(by_number),
        key=f"predict_version_{model.name}",
        asked=st.query_params.get("version") or ("" if "stage" not in st.query_params else first),
        start=first,
        show=lambda n: f"{words.stage(by_number[n].stage)} · {_('version {number}').format(number=n)}",
    )
    version = by_number[chosen]
    session.keep_in_address(version=chosen, stage=version.stage if version.stage in LIVE else "")
    session.carry(version=chosen, stage=version.stage)
    return version


def _liveness(version: Version) -> tuple[int, int]:
    order: dict[Stage, int] = {"Production": 0, "Staging": 1, "None": 2, "Archived": 3}
    return order.get(version.stage, 4), -version.number


def allowed(version: Version) -> bool:
    """Ask a person before a model is opened that would run code of its own."""
    if not cache.model_files(version).runs_code or consented(version):
        return True
    st.warning(
        _("Opening it runs code that came with it on this computer. Open it only if you know who made it."),
        title=_("This model comes from somewhere else"),
        icon=":material/shield:",
    )
    if st.button(_("I know who made it: open it"), key="predict_allow", icon=":material/lock_open:"):
        consent(version)
        st.rerun()
    return False


def consented(version: Version) -> bool:
    """Say whether this visitor agreed to run code that came with a version."""
    return bool(st.session_state.get(_key_of_consent(version)))


def consent(version: Version) -> None:
    """Remember that this visitor agrees to run code that came with a version."""
    session.remember(_key_of_consent(version), True)


def _key_of_consent(version: Version) -> str:
    return f"predict_allowed_{cache.store_uri()}_{version.uri}_{version.source}"


def open_versions(model: RegisteredModel, chosen: Version) -> list[AskedVersion]:
    """Open the chosen version and, beside it, those that are in Production and Staging."""
    opened = [_open(chosen)]
    for stage in LIVE:
        other = next((v for v in model.in_stage(stage) if v.number != chosen.number), None)
        if other is None or other.stage == chosen.stage:
            continue
        try:
            if not cache.model_files(other).runs_code or consented(other):
                opened.append(_open(other))
            else:
                frame.note(_("{version} would run code of its own. Choose it above to be asked about that.").format(
                    version=words.stage(stage)))  # fmt: skip
        except ModelError as error:
            frame.note(f"{words.stage(stage)}: {plain(error.message, 400)}")
    return opened


def _open(version: Version) -> AskedVersion:
    with st.spinner(_("Opening the model…")):
        files, model, fields = cache.asked_model(version, allow_code=consented(version))
    return AskedVersion(version, files, model, fields)


def show_inputs(asked: AskedVersion) -> dict[str, Any]:
    """Show the form and return the answers; typical values or a real case start it."""
    key = f"predict_in_{asked.version.model}"
    st.subheader(_("Move something"), anchor=False)
    with st.container(horizontal=True, key="predict_starts"):
        typical = st.button(_("Typical values"), key="predict_typical", icon=":material/restart_alt:")
        sample = asked.files.sample
        real = sample is not None and st.button(_("A real case"), key="predict_real", icon=":material/casino:")
    start = starting_values(asked.fields)
    if real and sample is not None:
        start = starting_values(asked.fields, sample.sample(1).iloc[0].to_dict())
    asked_for = _inputs_in_address()
    if asked_for is not None:
        start = starting_values(asked.fields, asked_for)
    if typical or real or asked_for is not None:
        forms.forget_inputs(asked.fields, key)
    if asked.files.profile is None:
        frame.note(_("This model was logged by another program: the ranges seen in training are not known."))
    with st.container(height=INPUTS_HEIGHT, key="predict_inputs"):  # scrolls by itself: the answers stay in sight
        return forms.input_controls(asked.fields, start, key=key)


def _inputs_in_address() -> dict[str, Any] | None:
    """Return the inputs that a newly opened address brings, once."""
    given = st.query_params.get("inputs", "")
    session.keep_in_address(inputs="")
    if not given:
        return None
    try:
        read = json.loads(given)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        st.warning(_("The inputs in the address cannot be read, so these are typical ones."))
        return None
    return {str(name): value for name, value in read.items()}


def show_answers(asked: Sequence[AskedVersion], answers: dict[str, Any], style: Style) -> None:
    """Show what each version answers to the same inputs, and whether they disagree."""
    predictions: list[tuple[AskedVersion, Prediction]] = []
    for place, one in zip(st.columns(len(asked)), asked, strict=True):
        with place, st.container(border=True, height="stretch"):
            st.markdown(f"**{one.title}**")
            try:
                prediction = predictor(one.files, one.model, one.fields).ask(input_frame(one.fields, answers)).first()
            except ModelError as error:
                frame.show_error(error)
                continue
            predictions.append((one, prediction))
            _show_answer(one, prediction)
    _show_disagreement(predictions)
    chances = {one.title: p.probabilities for one, p in predictions if p.probabilities}
    if chances:
        charts.show(
            probabilities.class_probabilities(chances, style),
            key="predict_probabilities",
            alt=_("How likely each class is"),
            table=lambda: probabilities.class_probabilities_data(chances),
        )


def _show_answer(asked: AskedVersion, prediction: Prediction) -> None:
    target = (asked.files.profile or {}).get("target", {}).get("name", _("Answer"))
    answer = prediction.answer
    st.metric(plain(target, 60), number(answer) if isinstance(answer, float) else plain(answer, 60))
    if prediction.confidence is not None:
        st.markdown(_("{chance} sure").format(chance=percent(prediction.confidence)))


def _show_disagreement(predictions: Sequence[tuple[AskedVersion, Prediction]]) -> None:
    if len(predictions) < 2:
        return
    (first, one), (second, other) = predictions[:2]
    if isinstance(one.answer, float) and isinstance(other.answer, float):
        st.markdown(_("They are **{difference}** apart.").format(difference=number(abs(one.answer - other.answer))))
    elif one.answer != other.answer:
        st.warning(
            _("{first} says {one}, {second} says {other}.").format(
                first=first.title, one=plain(one.answer), second=second.title, other=plain(other.answer)
            ),
            title=_("They disagree"),
            icon=":material/compare_arrows:",
        )
    else:
        st.markdown(_("They agree."))


def show_facts(asked: AskedVersion) -> None:
    """Show what is known about the model's inputs."""
    with st.expander(_("What this model wants to know"), icon=":material/info:"):
        st.dataframe(
            pd.DataFrame(
                [(f.name, f.dtype, number(f.low), number(f.high), ", ".join(f.choices[:20])) for f in asked.fields],
                columns=[_("Input"), _("Type"), _("Smallest"), _("Largest"), _("Choices")],
            ),
            hide_index=True,
            alt=_("Inputs, one a row"),
        )
