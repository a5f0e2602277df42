"""Why a model gave an answer: how far each input moved it away from the typical one (SHAP values)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from core.errors import ModelError
from core.i18n import N_, _
from core.prediction.classes import class_word
from core.prediction.mixed_rows import CELLS_AT_ONCE, MixedScore, Prepared, in_parts, mixed, origins, prepared
from core.prediction.names import matches
from core.prediction.predict import Predictor

Method = Literal["trees", "permutation"]

REFERENCE_ROWS = 100
ASKED_ROWS = 6000  # for one explanation: a forest of 100 trees answers them in about 60 ms
FEWEST_PAIRS = 10  # reference rows that even a table of hundreds of columns is compared with
ROUNDING = 1e-5  # XGBoost and LightGBM calculate in 32 bits
NODES = 150_000  # of larger forests draws explain the answer sooner, and hardly less exactly
# What fitted models of trees have
FORESTS, BOOSTED = ("tree_", "estimators_"), ("get_booster", "booster_")


@dataclass(frozen=True)
class Explanation:
    """How far each input moved an answer away from the typical one.

    ``base`` is the mean answer to the reference rows, ``answer`` the one to this row: a number, or the probability of
    a class. ``contributions`` has one for each input, by name, largest size first; they and ``base`` add up to
    ``answer``. By ``trees`` they are calculated, by ``permutation`` estimated from fixed draws.
    """

    base: float
    answer: float
    contributions: pd.Series
    method: Method


@dataclass(frozen=True)
class Explainer:
    """What is worked out once for all rows that a model is asked about; made by ``explainer``."""

    predictor: Predictor
    reference: pd.DataFrame
    of: str
    trees: _Trees | None
    prepared: Prepared | None

    def explain(self, row: pd.DataFrame) -> Explanation:
        """Explain the answer to one typed row.

        Raises:
            ModelError: the model refuses it.
        """
        if self.trees is not None:
            answer = float(self.predictor.score(row, self.of)[0])
            values = self.trees.contributions(row, answer)
            if values is not None:
                return _explanation(self.trees.base, answer, row, values, "trees")
        table = pd.concat([row, self.reference[list(row.columns)]], ignore_index=True)
        varying = _varying(table)
        if not len(varying):
            answer = float(self.predictor.score(row, self.of)[0])
            return _explanation(answer, answer, row, np.zeros(row.shape[1]), "permutation")
        score = self.prepared.score(table, varying) if self.prepared else None
        return _permuted(score or self._score(table, varying), row, varying, len(self.reference))

    def _score(self, table: pd.DataFrame, varying: np.ndarray) -> MixedScore:
        def score(own: np.ndarray, sources: np.ndarray) -> np.ndarray:
            return self.predictor.score(mixed(table, varying, own, sources), self.of)

        return in_parts(score, table.shape[1])


def explainer(predictor: Predictor, reference: pd.DataFrame, of: str = "") -> Explainer:
    """Return what explains any of a model's answers; keep it, as reading a forest takes longer than explaining a row.

    ``reference`` are typed training rows. ``of`` is the class whose probability is explained, needed where the
    answers are classes.

    Raises:
        ModelError: there are no reference rows, or the model refuses them.
    """
    if of and len(predictor.classes) == 1:
        raise ModelError(
            N_("The model knows one class only, {name}, and always answers with it, so there is nothing to explain."),
            N_("Choose a version that learned from rows of several classes."),
            name=repr(of),
        )
    drawn = _drawn(reference)
    trees = _read_trees(predictor, drawn, of)
    return Explainer(predictor, drawn, of, trees, None if trees else prepared(predictor, drawn, of))


def explain(predictor: Predictor, row: pd.DataFrame, reference: pd.DataFrame, of: str = "") -> Explanation:
    """Explain a model's answer to one typed row; without ``of``, the probability of the class that it answers.

    Raises:
        ModelError: as ``explainer``.
    """
    if not of:
        answer = predictor.ask(row).first().answer
        of = answer if isinstance(answer, str) else ""
    return explainer(predictor, reference, of).explain(row)


def explain_difference(first: Explanation, second: Explanation) -> Explanation:
    """Explain why two models answer differently: what each input adds to the first's answer minus the second's.

    The models may want different inputs; one that a model does not know moves it by nothing. Shapley values of a
    difference are the difference of the Shapley values (Shapley, 1953), so each model is explained in its own way and
    its own columns. Explain both with the same reference rows where both know them.
    """
    theirs, same = second.contributions, matches(first.contributions.index, second.contributions.index)
    difference = {
        name: value - (theirs[same[name]] if name in same else 0.0) for name, value in first.contributions.items()
    }
    difference |= {name: -value for name, value in theirs.items() if name not in same.values()}
    method: Method = "trees" if first.method == second.method == "trees" else "permutation"
    return Explanation(
        first.base - second.base, first.answer - second.answer, _by_size(pd.Series(difference, dtype=float)), method
    )


def in_words(explanation: Explanation, show: Callable[[float], str], at_most: int = 3) -> str:
    """Say which inputs moved the answer most, and which way.

    ``show`` writes the size of a contribution; those that it writes like zero are left out. The names are foreign
    texts as they are: escape the result where it is shown as Markdown or HTML.
    """
    sizes = {name: show(abs(value)) for name, value in explanation.contributions.items() if np.isfinite(value)}
    moved = [name for name, size in sizes.items() if size != show(0.0)]
    if not moved:
        return _("Nothing moved it much: the answer is about the typical one.")
    alone = len(moved) == 1 or sizes[moved[0]] != sizes[moved[1]]
    sentences = []
    for place, name in enumerate(moved[:at_most]):
        if explanation.contributions[name] > 0:
            sentence = _("{name} pushed it up most (+{size}).") if alone and place == 0 else _(
                "{name} pushed it up (+{size}).")  # fmt: skip
        else:
            sentence = _("{name} pulled it down most (−{size}).") if alone and place == 0 else _(
                "{name} pulled it down (−{size}).")  # fmt: skip
        sentences.append(sentence.format(name=name, size=sizes[name]))
    return " ".join(sentences)


def _drawn(reference: pd.DataFrame) -> pd.DataFrame:
    """Return at most ``REFERENCE_ROWS`` rows, the same ones each time."""
    if reference.empty:
        raise ModelError(
            N_("An answer is explained by comparing it with training rows, but none were kept with this version."),
            N_("Choose a version that was trained here, or train it again here."),
        )
    return reference if len(reference) <= REFERENCE_ROWS else reference.sample(REFERENCE_ROWS, random_state=0)


def _explanation(base: float, answer: float, row: pd.DataFrame, values: np.ndarray, method: Method) -> Explanation:
    named = pd.Series(values, index=[str(name) for name in row.columns], dtype=float)
    return Explanation(base, answer, _by_size(named), method)


def _by_size(contributions: pd.Series) -> pd.Series:
    return contributions.sort_values(key=abs, ascending=False, kind="stable")


def _permuted(score: MixedScore, row: pd.DataFrame, varying: np.ndarray, references: int) -> Explanation:
    """Estimate Shapley values by turning reference rows into this row, one input after the other.

    Each reference row gets a random order of its own (Štrumbelj and Kononenko, 2014) and the same order backwards
    (Mitchell et al., 2022: antithetic). The changes of the score on the way add up to the difference of its ends, so
    that contributions and base add up to the answer, whatever the model. As the draws are fixed, contributions follow
    the inputs without jumping. SHAP's own permutation explainer took two to three times as long for about the same
    error, compiles for seconds when it is first asked, and sets the seed of all of NumPy.
    """
    pairs, count = _pairs(references, len(varying)), len(varying)
    turn = np.random.default_rng(0).random((len(pairs), count)).argsort(axis=1)  # when an input's turn comes
    own = [turn < step for step in range(count + 1)] + [turn >= count - step for step in range(1, count)]
    scores = score(np.concatenate(own), np.tile(pairs, 2 * count)).reshape(2 * count, len(pairs))
    forwards = np.diff(scores[: count + 1], axis=0)
    backwards = np.diff(np.vstack([scores[:1], scores[count + 1 :], scores[count : count + 1]]), axis=0)
    moved = (
        np.take_along_axis(forwards.T, turn, axis=1) + np.take_along_axis(backwards.T, count - 1 - turn, axis=1)
    ) / 2
    values = np.zeros(row.shape[1])
    values[varying] = moved.mean(axis=0)
    return _explanation(float(scores[0].mean()), float(scores[count].mean()), row, values, "permutation")


def _varying(table: pd.DataFrame) -> np.ndarray:
    """Return the places of the columns in which any other row differs from the first."""
    codes = [pd.factorize(table[name], use_na_sentinel=False)[0] for name in table]
    return np.flatnonzero([bool((code != code[0]).any()) for code in codes])


def _pairs(rows: int, columns: int) -> np.ndarray:
    """Return which reference rows (from 1) are turned into the row: all, as often as the budget allows, or fewer."""
    affordable = ASKED_ROWS // (2 * max(1, columns))
    if affordable < rows:
        return np.arange(1, min(rows, max(FEWEST_PAIRS, affordable)) + 1)
    return np.tile(np.arange(1, rows + 1), affordable // rows)


@dataclass(frozen=True)
class _Trees:
    """A model of trees that SHAP reads right.

    ``origins`` is the place of the input that each column the trees know comes from, -1 for none; ``place`` that of
    the class among the trees' answers; ``scale`` the size of the largest answer to the reference rows.
    """

    explainer: Any
    prepare: Callable[[pd.DataFrame], np.ndarray]
    origins: np.ndarray
    place: int | None
    base: float
    scale: float

    def contributions(self, row: pd.DataFrame, answer: float) -> np.ndarray | None:
        """Return each input's contribution, or None where they do not add up to the answer.

        Columns made of one input, such as those of its words, are added up.
        """
        try:
            values = np.asarray(self.explainer.shap_values(self.prepare(row), check_additivity=False))[0]
        except Exception:  # noqa: BLE001 - what SHAP cannot do in whatever way, draws can
            return None
        values = values if self.place is None else values[:, self.place]
        known = self.origins >= 0
        added = np.bincount(self.origins[known], weights=values[known], minlength=row.shape[1])
        return added if self.agrees(self.base + added.sum(), answer) else None

    def agrees(self, found: float, answer: float) -> bool:
        """Tell whether what was found is the answer, but for rounding."""
        return bool(abs(found - answer) <= ROUNDING * max(self.scale, abs(answer)))


def _read_trees(predictor: Predictor, reference: pd.DataFrame, of: str) -> _Trees | None:
    """Return what explains a model of trees, None where it is none, SHAP is missing or misreads it, or draws do better.

    They do where trees add up to something else than a probability, as boosted ones do: SHAP then shares a probability
    out in proportion, which with XGBoost was off Shapley values by about a fifth of the largest one.
    """
    steps = getattr(predictor.model, "steps", None)
    trees = steps[-1][1] if steps else predictor.model
    chances = hasattr(trees, "predict_proba")
    if predictor.output or not any(hasattr(trees, sign) for sign in (FORESTS if chances else FORESTS + BOOSTED)):
        return None
    scores = predictor.score(reference, of)
    try:
        # SHAP takes more than a second to import, and there is none for some computers
        import shap
    except ImportError:
        return None

    # SHAP would compare 64 bits of the reference rows where the trees compare 32
    kind = np.float64 if hasattr(trees, "booster_") else np.float32

    def prepare(rows: pd.DataFrame) -> np.ndarray:
        given = predictor.given(rows)
        made = predictor.model[:-1].transform(given) if steps and len(steps) > 1 else given
        if made.shape[0] * made.shape[-1] > CELLS_AT_ONCE:
            raise ValueError("too many columns for trees to be read by SHAP")
        return np.asarray(made.toarray() if hasattr(made, "toarray") else made, dtype=kind)

    try:
        inputs = prepare(reference)
        background = shap.maskers.Independent(inputs, max_samples=len(inputs))
        read = shap.TreeExplainer(trees, background, feature_perturbation="interventional", model_output="raw")
        if kind is np.float32:
            read.model.thresholds = _rounded_down(read.model.thresholds)
        if read.model.values.shape[0] * read.model.values.shape[1] > NODES:
            return None
        expected = np.atleast_1d(np.asarray(read.expected_value, dtype=float))
        place = [class_word(one, predictor.class_names) for one in trees.classes_].index(of) if chances else None
        places = origins(prepare, reference, inputs) if steps else np.arange(inputs.shape[1])
    except Exception:  # noqa: BLE001 - what SHAP cannot do in whatever way, draws can
        return None
    if places is None or len(expected) != (len(trees.classes_) if chances else 1):
        return None
    found = _Trees(read, prepare, places, place, float(scores.mean()), float(np.abs(scores).max()))
    return found if found.agrees(expected[place or 0], found.base) else None


def _rounded_down(thresholds: np.ndarray) -> np.ndarray:
    """Return thresholds that SHAP's C++ can hold: it rounds them to 32 bits, and half of them up, past a value.

    A value of 32 bits is below a threshold of 64 exactly where it is below the next one of 32 bits underneath.
    """
    rounded = thresholds.astype(np.float32)
    down = np.where(rounded > thresholds, np.nextafter(rounded, np.float32(-np.inf)), rounded)
    return np.asarray(down, dtype=thresholds.dtype)
