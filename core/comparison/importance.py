"""Which parameters a metric depends on most, over any runs: no sweep needed. Pure functions over ``Runs``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy  # imports its parts when they are first used

from core.comparison.differences import FEWEST_FOR_ASSOCIATION, as_numbers, finite_metric, important_params
from core.comparison.direction import higher_is_better
from core.comparison.interactions import Dependence, dependence
from core.i18n import _, ngettext, number
from core.store.runs.tables import Runs
from core.text import shorten

FEWEST_RUNS = 8
MOST_RUNS = 1000  # 12 parameters of 1,000 runs take about a second
MOST_PARAMS = 12
MOST_CATEGORIES = 20  # the rest counts as one; each category is a column for the forest
DEEPEST = 6  # deeper trees fit chance: noise gets a share
SURE, SURE_TOGETHER = 0.025, 0.015  # of all words on parameters one by one, and on what else is clear
COLUMNS = ["param", "importance", "effect"]


@dataclass(frozen=True)
class Importances:
    """How much of a metric's differences each parameter goes along with, most first.

    ``table`` has ``param``, ``importance`` (shares that make 1 together) and ``effect`` (in words); it is empty
    where these runs can't tell, and ``note`` says what is needed. Names and values from the store are in it as they
    are: escape them where they are shown as Markdown or HTML.
    """

    table: pd.DataFrame
    runs_used: int
    runs_left_out: int
    note: str


def importances(runs: Runs, metric: str, at_most: int = MOST_PARAMS) -> Importances:
    """Estimate how much ``metric`` depends on each parameter that differs, by Optuna's random forest.

    Runs without a finite value are left out, and of more than 1,000 runs the same 1,000 are drawn each time. A
    missing parameter counts as a value of its own.
    """
    target = finite_metric(runs, metric)
    without_value = len(runs) - len(target)
    if len(target) < FEWEST_RUNS:
        return _too_little(
            runs,
            _("At least {fewest} runs with a value for {metric} are needed to weigh parameters; there are {count}."),
            fewest=number(FEWEST_RUNS, 0),
            metric=shorten(metric),
            count=number(len(target), 0),
        )
    if target.nunique() < 2:
        sentence = _("All runs have the same {metric}, so no parameter can be weighed. Runs that differ are needed.")
        return _too_little(runs, sentence, metric=shorten(metric))
    drawn = target if len(target) <= MOST_RUNS else target.sample(MOST_RUNS, random_state=0).sort_index()
    if drawn.nunique() < 2:  # the one run that differs was not drawn
        drawn = pd.concat([drawn.iloc[1:], target[target != drawn.iloc[0]].iloc[:1]])
    drawn = drawn / drawn.abs().max()  # a run that diverged may have a value whose square no float holds
    used = runs.select(drawn.index)
    differing = important_params(used, metric, at_most=len(used.params.columns))
    names = [name for name in differing if not _nearly_unique(used.params[name])][:at_most]
    if not names:
        sentence = _("No parameter differs between these runs in a way that repeats, so none can be weighed.")
        return _too_little(runs, sentence)
    columns = {name: _values(used.params[name]) for name in names}
    shares = _shares(columns, drawn)
    better = higher_is_better(metric, runs.directions)
    found = dependence(columns, drawn, SURE_TOGETHER)
    alone = {name: _effect(used.params[name], drawn, better, metric, SURE / len(names)) for name in names}
    effects = {name: alone[name] or _effect_beside(name, found) for name in names}
    table = pd.DataFrame(
        [(name, shares[name], effects[name] or _("no clear direction")) for name in names], columns=COLUMNS
    ).sort_values(["importance", "param"], ascending=[False, True], ignore_index=True)
    sentences = [
        _("Importance says how much of the differences in {metric} a parameter goes along with; all the shares make "
          "one whole. Going along is no proof of being the cause.").format(metric=shorten(metric))
    ]  # fmt: skip
    if any(not alone[name] and name not in found.alone and found.partner(name) for name in names):
        sentences.append(
            _("What is clear only together shows in the chart of two parameters, not in one parameter by itself.")
        )
    if not any(effects.values()):
        sentences.append(_("No parameter stands out clearly from chance here: read the order with care."))
    if without_value:
        sentences.append(
            ngettext("{count} run has no value for it.", "{count} runs have no value for it.", without_value)
        )
    if len(drawn) < len(target):
        sentences.append(
            _("To answer quickly, {used} of {all} runs were drawn at random, the same ones each time.").format(
                used=number(len(drawn), 0), all=number(len(target), 0)
            )
        )
    if left_out := len(differing) - len(names):
        sentences.append(
            ngettext(
                "{count} more parameter differs but isn't weighed: it goes along least, or it is a text that hardly "
                "repeats.",
                "{count} more parameters differ but aren't weighed: they go along least, or are texts that hardly "
                "repeat.",
                left_out,
            )
        )
    return Importances(table, len(drawn), len(runs) - len(drawn), " ".join(sentences))


def _too_little(runs: Runs, sentence: str, **values: str) -> Importances:
    return Importances(pd.DataFrame(columns=COLUMNS), 0, len(runs), sentence.format(**values))


def _nearly_unique(values: pd.Series) -> bool:
    """Say whether a parameter is a text that differs in most runs, such as a path: it would explain anything."""
    return as_numbers(values) is None and 2 * values.nunique() > values.notna().sum()


def _values(values: pd.Series) -> pd.Series:
    """Return ranks (float) for numbers and category numbers (int) for the rest; missing is a value of its own."""
    numbers = as_numbers(values)
    if numbers is not None:
        # Trees only compare, so ranks do, however large the numbers; one cut parts what is missing from the rest
        return numbers.rank(method="dense").fillna(0.0)
    common = values.value_counts().index[:MOST_CATEGORIES]
    groups = values.where(values.isna() | values.isin(common), MOST_CATEGORIES)
    return pd.Series(pd.factorize(groups, use_na_sentinel=False)[0], index=values.index).astype(int)


def _shares(columns: dict[str, pd.Series], target: pd.Series) -> dict[str, float]:
    """Return each column's share of the target's differences.

    Mean decrease in impurity: of Optuna's evaluators, fANOVA takes half a minute over 1,000 runs, and PED-ANOVA
    looks at the best tenth only, which is one run of ten.
    """
    # Optuna takes a while to import, and most visitors never ask for importances
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    distributions: dict[str, optuna.distributions.BaseDistribution] = {
        name: optuna.distributions.CategoricalDistribution(sorted(values.unique().tolist()))
        if values.dtype == int
        else optuna.distributions.FloatDistribution(float(values.min()), float(values.max()))
        for name, values in columns.items()
    }
    rows = zip(*(values.tolist() for values in columns.values()), strict=True)
    study = optuna.create_study()
    study.add_trials(
        optuna.trial.create_trial(params=dict(zip(columns, row, strict=True)), distributions=distributions, value=value)
        for row, value in zip(rows, target.tolist(), strict=True)
    )
    evaluator = optuna.importance.MeanDecreaseImpurityImportanceEvaluator(max_depth=DEEPEST, seed=0)
    found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {name: float(share) for name, share in found.items()}


def _effect(values: pd.Series, target: pd.Series, better: bool | None, metric: str, sure: float) -> str:
    """Say in words which values go with a better metric; empty where chance may look the same.

    ``sure`` is the largest probability of chance that counts as clear; it shrinks with the number of parameters,
    because among a dozen one often looks clear by chance.
    """
    numbers = as_numbers(values)
    if numbers is None or numbers.nunique() < 2:
        return _effect_of_categories(values, target, better, metric, sure)
    known = numbers.notna()
    x, y = numbers[known], target[known]
    if len(x) < FEWEST_FOR_ASSOCIATION or y.nunique() < 2:
        return ""
    found = scipy.stats.spearmanr(x, y)
    if found.pvalue < sure:
        return _slope(bool(found.statistic > 0), better, metric)
    thirds = pd.qcut(x.rank(), 3, labels=False, duplicates="drop")
    middle_is_best = thirds.nunique() == 3 and _best_group(thirds, y, better, sure) == 1
    if not middle_is_best:
        return ""
    sentence = (
        _("middle values go with higher {metric}") if better is None else _("middle values go with better {metric}")
    )
    return sentence.format(metric=shorten(metric))


def _effect_beside(param: str, found: Dependence) -> str:
    """Say what is clear of a parameter that goes along in no direction; empty where chance may look the same."""
    if param in found.alone:
        return _("clear, but in no single direction")
    partner = found.partner(param)
    return "" if partner is None else _("clear only together with {other}").format(other=shorten(partner))


def _slope(upwards: bool, better: bool | None, metric: str) -> str:
    if better is None:
        sentence = _("higher goes with higher {metric}") if upwards else _("higher goes with lower {metric}")
    else:
        sentence = _("higher goes with better {metric}") if upwards == better else _("lower goes with better {metric}")
    return sentence.format(metric=shorten(metric))


def _effect_of_categories(values: pd.Series, target: pd.Series, better: bool | None, metric: str, sure: float) -> str:
    groups = pd.Series(pd.factorize(values, use_na_sentinel=False)[0], index=values.index)
    best = _best_group(groups, target, better, sure)
    if best is None:
        return ""
    value = values[groups == best].iloc[0]
    if pd.isna(value):
        sentence = _("highest {metric} where it isn't set") if better is None else _("best where it isn't set")
    else:
        sentence = _("highest {metric} with {value}") if better is None else _("best with {value}")
    return sentence.format(metric=shorten(metric), value=shorten(str(value)))


def _best_group(groups: pd.Series, target: pd.Series, better: bool | None, sure: float) -> int | None:
    """Return the group with the best mean, or None where chance may make such differences, or it has one run only."""
    parts: Sequence[np.ndarray] = [part.to_numpy() for _group, part in target.groupby(groups)]
    if len(parts) < 2 or target.nunique() < 2 or not scipy.stats.kruskal(*parts).pvalue < sure:
        return None
    means = target.groupby(groups).mean()
    best = int(means.idxmin() if better is False else means.idxmax())
    return best if (groups == best).sum() > 1 else None
