"""What would flip it: the smallest changes of one or two inputs after which the model says what is asked for.

These are counterfactual explanations (Wachter, Mittelstadt and Russell 2018) found by looking at every change on a
grid, not by descent, so they hold for any model. They say what the model would answer, not what would happen in the
world.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from core.errors import ModelError
from core.i18n import N_
from core.prediction.names import by_name, matches, word_among
from core.prediction.predict import Prediction, Predictions, Predictor
from core.prediction.relations import Relation, broken
from core.prediction.schema import Answer, InputField, fit_values, input_frame, names_of
from core.prediction.variations import Variations, answer_now, can_vary, known_values, other_values, vary

SWITCH = 0.5  # what it costs to choose another category, where training rows do not say how rare it is
RARITY = 0.25  # how much less or more it costs to choose what all or hardly any training rows have
SECOND = 0.1  # what a second change costs beside its own, so that one change is preferred
FIRST_BATCH, LARGEST_BATCH = 1_000, 8_000  # rows
WIDEST, MOST_LISTED = 40, 1_000_000  # inputs whose pairs are listed, and pairs of them
TRIES = 3  # of a model whose answer to a row depends on the rows beside it


@dataclass(frozen=True)
class Goal:
    """What the model should say; exactly one of the three.

    The answer ``becomes`` a class (the empty text: any other class than now), or the number is ``at_least`` or
    ``at_most`` a value.
    """

    becomes: str | None = None
    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        if sum(wish is not None for wish in (self.becomes, self.at_least, self.at_most)) != 1:
            raise ValueError("a goal is exactly one of becomes, at_least and at_most")


@dataclass(frozen=True)
class Change:
    """One or two inputs with new values, what they were ``before``, and the model's answer after the change.

    ``cost`` is how large the change is: see ``suggest``.
    """

    inputs: Mapping[str, Answer]
    before: Mapping[str, Answer]
    answer: Prediction
    cost: float


@dataclass(frozen=True)
class Suggestions:
    """The smallest changes that reach a goal, smallest first, each of other inputs than the rest.

    ``searched`` is the number of rows that the model was asked. ``complete`` is False where the limit cut the search
    off, so that there may be a smaller change, or one where none was found. Where it is True and there are no changes,
    no change of one or two inputs on the grid reaches the goal. ``left_out`` counts the changes that would reach it
    but break what training rows keep together, by what they break.
    """

    changes: Sequence[Change]
    searched: int
    complete: bool
    left_out: Mapping[Relation, int] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class _Options:
    """What each input may become, flat: the place of the input, the number of its value (from 1 on), and the cost."""

    inputs: np.ndarray
    values: np.ndarray
    costs: np.ndarray

    def of(self, kept: np.ndarray) -> _Options:
        return _Options(self.inputs[kept], self.values[kept], self.costs[kept])


def suggest(
    predictor: Predictor,
    answers: Mapping[str, Answer],
    goal: Goal,
    *,
    locked: Collection[str] = (),
    reference: pd.DataFrame | None = None,
    kept: Sequence[Relation] = (),
    at_most: int = 3,
    limit: int = 40_000,
) -> Suggestions:
    """Return the smallest changes of one or two inputs that make the model say what ``goal`` wants.

    Inputs move within what training saw (``other_values``); ``locked`` ones, texts, dates and numbers whose range
    nobody kept stay as they are. Moving a number costs the mean of two shares: of the training range that it crosses,
    and of the training rows (``reference``) that it passes, as Ustun, Spangher and Liu (2019) measure recourse;
    without rows the first alone. Another category costs 1/4 where all training rows have it, 3/4 where hardly any
    has, 1/2 where that is unknown, and so does filling in what is empty. A second change costs 1/10 beside its own.
    Of two inputs neither change reaches the goal alone. A change that breaks what training rows have ``kept`` together
    counts as one that does not reach it; a second one may mend it.

    All single changes are asked first, then pairs from the cheapest on until nothing smaller is left. At most
    ``limit`` rows are asked. Where there are more pairs than that, one half of the rows are the cheapest pairs, the
    other half pairs of the inputs that alone bring the model nearest to the goal.

    Raises:
        ModelError: the model answers with numbers and the goal is a class, or the other way round; it does not know the
            class; the goal is already reached; an answer does not fit; the model refuses.
    """
    said = predictor.ask(input_frame(predictor.fields, answers))
    _check(goal, said)
    now = said.values[0]
    held = matches(names_of(predictor.fields), locked)
    fields = [field for field in predictor.fields if can_vary(field) and field.name not in held]
    variations, options = _options(predictor.fields, fields, answers, reference)
    singles = options.of(np.argsort(options.costs, kind="stable")[: max(0, limit - 1)])
    left_out = float(options.costs.min()) if len(singles.costs) < len(options.costs) else math.inf
    search = _Search(predictor, answers, variations, goal, now, kept)
    reached, nearness = search.ask(singles.inputs[:, None], singles.values[:, None])
    found = search.changes(singles.inputs[reached, None], singles.values[reached, None], singles.costs[reached])
    if len(singles.costs) == len(options.costs):
        gain = np.full(len(fields), -np.inf)
        np.maximum.at(gain, singles.inputs, nearness)
        pairs, left_out = _pairs(singles.of(~reached), np.argsort(-gain, kind="stable"), limit - 1 - len(reached))
        found += _search_pairs(search, pairs, found, at_most)
    changes = sorted(found, key=lambda change: change.cost)[:at_most]
    complete = math.isinf(left_out) or (len(changes) == at_most and changes[-1].cost <= left_out)
    return Suggestions(tuple(changes), 1 + search.searched, complete, search.left_out)


def _check(goal: Goal, said: Predictions) -> None:
    now = said.first().answer
    if goal.becomes is not None and not said.is_class:
        raise ModelError(
            N_("The model must answer with a class to change it, but it answers with a number: {answer}."),
            N_("Say which number it should reach."),
            answer=now,
        )
    if goal.becomes is None and said.is_class:
        raise ModelError(
            N_("The model must answer with a number to reach one, but it answers with a class: {answer}."),
            N_("Say which class it should become."),
            answer=now,
        )
    if goal.becomes and said.probabilities is not None and goal.becomes not in said.probabilities:
        raise ModelError(
            N_("The goal must be a class that the model knows, but it knows {classes}, not {goal}."),
            N_("Choose one of these classes."),
            classes=", ".join(map(str, said.probabilities)),
            goal=goal.becomes,
        )
    if _reached(goal, said, said.values[0])[0]:
        raise ModelError(
            N_("The goal must be something else than the answer now, but the model already says {answer}."),
            N_("Choose another goal."),
            answer=now,
        )


def _reached(goal: Goal, said: Predictions, now: float | str) -> np.ndarray:
    """Tell which answers are what is wanted."""
    if goal.becomes is not None:
        return np.asarray(said.values == goal.becomes if goal.becomes else said.values != now, dtype=bool)
    if goal.at_least is not None:
        return np.asarray(said.values >= goal.at_least, dtype=bool)
    return np.asarray(said.values <= goal.at_most, dtype=bool)


def _nearness(goal: Goal, said: Predictions, now: float | str) -> np.ndarray:
    """Return how near each answer is to what is wanted, larger is nearer; only their order counts."""
    if goal.becomes is None:
        return np.asarray(said.values if goal.at_least is not None else -said.values, dtype=float)
    wanted = goal.becomes or str(now)
    if said.probabilities is None or wanted not in said.probabilities:
        return _reached(goal, said, now).astype(float)
    chances = np.asarray(said.probabilities[wanted], dtype=float)
    return chances if goal.becomes else -chances


def _options(
    fields: Sequence[InputField],
    free: Sequence[InputField],
    answers: Mapping[str, Answer],
    reference: pd.DataFrame | None,
) -> tuple[Variations, _Options]:
    """Return what the ``free`` fields may become, and what that costs."""
    values, costs = {}, []
    for field in free:
        now, known = answer_now(field, answers), known_values(field, reference)
        values[field.name] = other_values(field, now, known)
        costs.append(change_costs(field, now, values[field.name], known))
    counts = [len(some) for some in costs]
    numbers = [np.arange(1, count + 1) for count in counts]
    empty: list[np.ndarray] = [np.array([], dtype=int)]
    flat = _Options(
        np.repeat(np.arange(len(free)), counts), np.concatenate(empty + numbers), np.concatenate([np.array([]), *costs])
    )
    return vary(fields, answers, values), flat


def change_costs(field: InputField, now: Answer, values: Sequence[Answer], known: pd.Series) -> np.ndarray:
    """Return how large each change from ``now`` to one of ``values`` is: about 0 to 1, as ``suggest`` says.

    ``known`` are the input's values in training rows, perhaps none.
    """
    if field.has_range and field.is_number and field.dtype != "boolean":
        if not isinstance(now, int | float) or field.low is None or field.high is None:
            return np.full(len(values), SWITCH)
        new = np.array(values, dtype=float)
        crossed = np.abs(new - now) / (field.high - field.low)
        if known.empty:
            return crossed
        ordered = np.sort(known.to_numpy(dtype=float))
        passed = np.abs(_rank(ordered, new) - _rank(ordered, np.array([float(now)])))
        return np.asarray((crossed + passed) / 2)
    if known.empty:
        return np.full(len(values), SWITCH)
    shares = known.map(lambda word: word_among(str(word), field.choices)).value_counts(normalize=True)
    fitting = fit_values(pd.Series(list(values), dtype=object), field)[0]
    return np.array([SWITCH + RARITY - 2 * RARITY * float(shares.get(str(value), 0.0)) for value in fitting])


def _rank(ordered: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the share of ordered values that is below each value; of those that are equal, half."""
    return (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / (2 * len(ordered))


@dataclass(frozen=True)
class _Pairs:
    """Pairs of single changes, cheapest first: both arrays of places have shape (pairs, 2)."""

    inputs: np.ndarray
    values: np.ndarray
    costs: np.ndarray


def _pairs(singles: _Options, order: np.ndarray, budget: int) -> tuple[_Pairs, float]:
    """Return at most ``budget`` pairs of single changes, and the least cost of one that is left out.

    ``order`` has the inputs' places, those that bring the model nearest to the goal first.
    """
    of_input = {int(place): np.flatnonzero(singles.inputs == place) for place in order}
    wide = [place for place in of_input if len(of_input[place])]
    paired = wide[:WIDEST]
    kept = {place: len(of_input[place]) for place in paired}
    while _count(kept.values()) > MOST_LISTED:  # the places are by cost, so that the cheapest stay
        kept = {place: min(count, max(kept.values()) // 2) for place, count in kept.items()}
    not_listed = [of_input[place][kept.get(place, 0) :] for place in wide]
    firsts, seconds = [], []
    for one, other in combinations(sorted(paired), 2):
        first, second = of_input[one][: kept[one]], of_input[other][: kept[other]]
        firsts.append(np.repeat(first, len(second)))
        seconds.append(np.tile(second, len(first)))
    none = np.array([], dtype=np.intp)
    first, second = np.concatenate([none, *firsts]), np.concatenate([none, *seconds])
    costs = singles.costs[first] + singles.costs[second] + SECOND
    by_cost = np.argsort(costs, kind="stable")
    first, second, costs = first[by_cost], second[by_cost], costs[by_cost]
    chosen = np.ones(len(costs), dtype=bool)
    if len(costs) > budget:
        cheapest = max(0, budget) // 2
        near = np.isin(singles.inputs, _nearest(paired, kept, budget - cheapest))
        chosen = near[first] & near[second]
        chosen[:cheapest] = True
    left_out = [costs[~chosen].min(initial=np.inf)]
    if len(singles.costs) and len(wide) > 1:
        left_out += [singles.costs[some].min() + singles.costs.min() + SECOND for some in not_listed if len(some)]
    first, second = first[chosen], second[chosen]
    return _Pairs(
        np.column_stack([singles.inputs[first], singles.inputs[second]]),
        np.column_stack([singles.values[first], singles.values[second]]),
        costs[chosen],
    ), float(min(left_out))


def _count(counts: Collection[int]) -> int:
    """Return the number of pairs of things of different kinds, from how many there are of each."""
    return (sum(counts) ** 2 - sum(count**2 for count in counts)) // 2


def _nearest(order: Sequence[int], counts: Mapping[int, int], budget: int) -> list[int]:
    """Return the first inputs of ``order`` whose pairs are together at most ``budget``."""
    fitting = [end for end in range(len(order) + 1) if _count([counts[place] for place in order[:end]]) <= budget]
    return list(order[: fitting[-1]]) if fitting else []


def _search_pairs(search: _Search, pairs: _Pairs, singles: Sequence[Change], at_most: int) -> list[Change]:
    """Return the cheapest pair of each two inputs that reaches the goal, until ``at_most`` changes are the smallest."""
    found: list[Change] = []
    width = len(search.variations.values)
    kinds = pairs.inputs @ np.array([width, 1])
    done = np.zeros(width * width, dtype=bool)
    start, size = 0, FIRST_BATCH
    while start < len(kinds):
        if sum(change.cost <= pairs.costs[start] for change in (*singles, *found)) >= at_most:
            break
        batch = np.arange(start, min(start + size, len(kinds)))
        start, size = start + size, min(2 * size, LARGEST_BATCH)
        batch = batch[~done[kinds[batch]]]
        if not len(batch):
            continue
        hits = batch[search.ask(pairs.inputs[batch], pairs.values[batch])[0]]
        if len(hits):
            found += search.changes(pairs.inputs[hits], pairs.values[hits], pairs.costs[hits])
            done[kinds[hits]] = True
    return found


@dataclass
class _Search:
    """A model that is asked about changed rows, and how many it was asked."""

    predictor: Predictor
    answers: Mapping[str, Answer]
    variations: Variations
    goal: Goal
    now: float | str
    kept: Sequence[Relation] = ()
    searched: int = 0
    left_out: Counter[Relation] = dataclasses.field(default_factory=Counter)

    def ask(self, inputs: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return which changed rows reach the goal and how near they come; both arguments are (rows, changes)."""
        count = len(inputs)
        codes = np.zeros((count, len(self.variations.values)), dtype=np.intp)
        np.put_along_axis(codes, inputs, values, axis=1)
        reached, nearness = np.zeros(count, dtype=bool), np.zeros(count)
        for places, rows in self.variations.frames(codes):
            said = self.predictor.ask(rows)
            reached[places] = self._keep_possible(rows, _reached(self.goal, said, self.now))
            nearness[places] = _nearness(self.goal, said, self.now)
        self.searched += count
        return reached, nearness

    def _keep_possible(self, rows: pd.DataFrame, reached: np.ndarray) -> np.ndarray:
        """Return which of the rows that reach the goal keep what belongs together; those that do not are counted."""
        if not self.kept or not reached.any():
            return reached
        breaks = broken(self.kept, self.predictor.fields, rows[reached], self.variations.now)
        self.left_out.update(self.kept[place] for place in breaks[breaks >= 0])
        possible = reached.copy()
        possible[reached] = breaks < 0
        return possible

    def changes(self, inputs: np.ndarray, values: np.ndarray, costs: np.ndarray) -> list[Change]:
        """Return the first change of each set of inputs that reaches the goal when it is asked alone, too."""
        kept = []
        for which in np.unique(inputs, axis=0):
            rows = np.flatnonzero((inputs == which).all(axis=1))[:TRIES]
            tried = (self._change(inputs[row], values[row], float(costs[row])) for row in rows)
            kept += [change for change in [next(filter(None, tried), None)] if change]
        return kept

    def _change(self, inputs: np.ndarray, values: np.ndarray, cost: float) -> Change | None:
        names = list(self.variations.values)
        new = {
            names[name]: self.variations.values[names[name]][value - 1]
            for name, value in zip(inputs, values, strict=True)
        }
        fields = self.predictor.fields
        before = {field.name: answer_now(field, self.answers) for field in fields if field.name in new}
        said = self.predictor.ask(input_frame(fields, by_name(names_of(fields), self.answers) | new))
        return Change(new, before, said.first(), cost) if _reached(self.goal, said, self.now)[0] else None
