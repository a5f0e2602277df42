"""Columns that give the answer away: from a single one of them nearly all answers can be told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.i18n import N_
from core.training.findings.exactly import by_straight_line, same_in_other_words
from core.training.findings.look import Column, Look
from core.training.findings.sentences import Finding, Name, Share, Word
from core.training.findings.single import parts

NEARLY_ALL = 0.98  # of the rows of each class are told right, one may be wrong; or of the spread that is explained
FEWEST, FEWEST_OF_CLASS = 30, 10  # rows
ROWS_AT_MOST, CLASSES_AT_MOST = 5_000, 20
FOLDS = 3
LEAVES = 64  # that tell classes, at most
SPEAKS_OF_ANSWERS = {
    "predicted", "prediction", "pred", "forecast", "predicción", "prediccion", "pronóstico", "pronostico", "predicho",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Tried:
    """Rows that are tried, their answers as numbers (of classes, or to be told), and how many rows each stands for."""

    rows: np.ndarray
    answers: np.ndarray
    stands_for: np.ndarray
    classes: np.ndarray


def about_giveaways(look: Look) -> Iterator[Finding]:
    """Yield the inputs that tell the answer nearly perfectly, and those whose names speak of it."""
    target = look.answer
    if target is None:
        return
    given_away = set()
    tried = _classes_tried(look, target) if look.kind == "classification" else _numbers_tried(look, target)
    if tried is not None:
        for column in look.inputs:
            found = (
                _gives_classes(target, column, tried) if len(tried.classes) else _gives_number(target, column, tried)
            )
            if found is not None:
                given_away.add(column.name)
                yield found
    if look.kind == "classification":
        for found in same_in_other_words(look, target, given_away):
            given_away.update(found.columns)
            yield found
    for column in look.inputs:
        if column.name not in given_away and _speaks_of(column.name, target.name):
            sentence = N_("The name of {column} speaks of the answer. Is it known before {target} is?")
            values = {"column": Name(column.name), "target": Name(target.name)}
            yield Finding("named_after", (column.name,), sentence, values, 57)


def _speaks_of(column: str, target: str) -> bool:
    own, asked = parts(column), parts(target)
    together = any(own[at : at + len(asked)] == asked for at in range(len(own)))
    named = together and len(own) > len(asked) and max(map(len, asked), default=0) >= 4
    return named or bool(set(own) & SPEAKS_OF_ANSWERS)


def _classes_tried(look: Look, target: Column) -> _Tried | None:
    """Take about as many rows of each class, so that always saying the most frequent one tells nothing."""
    codes, names = target.classes
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    usual = np.argsort(-counts, kind="stable")[:CLASSES_AT_MOST]
    usual = usual[counts[usual] >= FEWEST_OF_CLASS]
    if len(usual) < 2 or counts[usual].sum() < max(FEWEST, 0.5 * counts.sum()):
        return None
    random = np.random.default_rng(0)
    rows = [_some(np.flatnonzero(codes == code), ROWS_AT_MOST // len(usual), random) for code in usual]
    answers = np.repeat(np.arange(len(usual)), [len(some) for some in rows])
    stands_for = np.repeat(counts[usual] / [len(some) for some in rows], [len(some) for some in rows])
    order = random.permutation(len(answers))
    return _Tried(np.concatenate(rows)[order], answers[order], stands_for[order], np.asarray(names)[usual])


def _numbers_tried(look: Look, target: Column) -> _Tried | None:
    if target.holds != "number":
        return None
    known = np.flatnonzero(np.isfinite(target.whole))
    random = np.random.default_rng(0)
    rows = random.permutation(_some(known, ROWS_AT_MOST, random))
    answers = target.whole.to_numpy()[rows]
    with np.errstate(over="ignore", invalid="ignore"):
        spread = float(np.var(answers)) if len(rows) >= FEWEST else 0.0
    if not 0 < spread < np.inf:
        return None
    return _Tried(rows, answers, np.ones(len(rows)), np.array([]))


def _some(rows: np.ndarray, at_most: int, random: np.random.Generator) -> np.ndarray:
    return rows if len(rows) <= at_most else random.choice(rows, at_most, replace=False)


def _gives_classes(target: Column, column: Column, tried: _Tried) -> Finding | None:
    told = _told(column, tried)
    if told is None:
        return None
    told = told == tried.answers
    in_all = np.bincount(tried.answers, weights=tried.stands_for)
    most = int(np.argmax(in_all))
    sentence = N_(
        "{column} gives the answer away: from it alone, {share} of the rows can be told right "
        "(always answering {common}: {always}). Is it known before {target} is?"
    )
    values = {
        "column": Name(column.name), "share": Share(float(np.average(told, weights=tried.stands_for))),
        "common": Word(str(tried.classes[most])), "always": Share(float(in_all[most] / in_all.sum())),
        "target": Name(target.name),
    }  # fmt: skip
    return Finding("gives_away", (column.name,), sentence, values, 96, leave_out=True)


def _gives_number(target: Column, column: Column, tried: _Tried) -> Finding | None:
    told = _told(column, tried)
    if told is None and column.holds == "number":
        told = by_straight_line(column.whole.to_numpy()[tried.rows], tried.answers)
        told = None if told is None or _is_too_wrong(told, tried, np.ones(len(told), dtype=bool)) else told
    if told is None:
        return None
    missed = float(np.mean((told - tried.answers) ** 2) / np.var(tried.answers))
    sentence = N_(
        "{column} gives the answer away: it alone explains {share} of how {target} varies. "
        "Is it known before {target} is?"
    )
    values = {"column": Name(column.name), "share": Share(1 - missed), "target": Name(target.name)}
    return Finding("gives_away", (column.name,), sentence, values, 96, leave_out=True)


def _told(column: Column, tried: _Tried) -> np.ndarray | None:
    """Return what is told of each row from this column by the other folds' rows; None once too much of it is wrong."""
    values = column.whole.iloc[tried.rows]
    folds = np.arange(len(tried.rows)) % FOLDS
    told = np.empty(len(tried.rows), dtype=tried.answers.dtype)
    if column.holds == "word":
        codes = pd.factorize(values, use_na_sentinel=False)[0]
    else:
        codes = values.rank().to_numpy(dtype=float)  # a tree asks for their order only, and inf has one
    for fold in range(FOLDS):
        if column.holds == "word":
            told[folds == fold] = _usual(codes, tried, folds != fold)[codes[folds == fold]]
        elif _changes_too_often(codes[folds == fold], tried, folds == fold):
            return None
        else:
            told[folds == fold] = _by_tree(codes[:, None], tried, folds != fold, folds == fold)
        if _is_too_wrong(told[folds <= fold], tried, folds <= fold):
            return None
    return told


def _changes_too_often(ranks: np.ndarray, tried: _Tried, rows: np.ndarray) -> bool:
    """Tell whether no tree at all could tell enough of some rows right, so that none need be grown.

    What a tree tells changes once less than it has leaves along the ranks, and once more where they are missing; the
    answers change no more often than that and twice for each of them that is told wrong.
    """
    if not len(tried.classes):
        return False
    answers = tried.answers[rows][np.argsort(ranks, kind="stable")]
    wrong = (np.count_nonzero(np.diff(answers)) - LEAVES) / 2
    return bool(wrong > _most_wrong(tried).sum())


def _most_wrong(tried: _Tried) -> np.ndarray:
    """Return how many rows of each class may be told wrong."""
    return np.asarray(np.maximum(1, (1 - NEARLY_ALL) * np.bincount(tried.answers)))


def _is_too_wrong(told: np.ndarray, tried: _Tried, rows: np.ndarray) -> bool:
    """Tell whether what is told of some of the rows is so wrong that all others, told right, would not mend it."""
    answers = tried.answers[rows]
    if not len(tried.classes):
        missed = float(((told - answers) ** 2).sum() / len(tried.answers) / np.var(tried.answers))
        return not missed <= 1 - NEARLY_ALL
    wrong = np.bincount(answers, weights=told != answers, minlength=len(tried.classes))
    return bool((wrong > _most_wrong(tried)).any())


def _by_tree(ranks: np.ndarray, tried: _Tried, learned: np.ndarray, asked: np.ndarray) -> np.ndarray:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor  # slow to import

    tree = (
        DecisionTreeClassifier(max_leaf_nodes=LEAVES, min_samples_leaf=2, random_state=0)
        if len(tried.classes)
        else DecisionTreeRegressor(max_leaf_nodes=400, min_samples_leaf=2, random_state=0)
    )
    tree.fit(ranks[learned], tried.answers[learned])
    return np.asarray(tree.predict(ranks[asked]))


def _usual(codes: np.ndarray, tried: _Tried, rows: np.ndarray) -> np.ndarray:
    """Return the most frequent class, or the mean, of the rows with each word; that of all for words without any."""
    words = int(codes.max()) + 1
    if not len(tried.classes):
        counts = np.bincount(codes[rows], minlength=words)
        sums = np.bincount(codes[rows], weights=tried.answers[rows], minlength=words)
        return np.where(counts > 0, sums / np.maximum(counts, 1), tried.answers[rows].mean())
    table = np.zeros((words, len(tried.classes)), dtype=int)
    np.add.at(table, (codes[rows], tried.answers[rows]), 1)
    overall = int(np.argmax(table.sum(axis=0)))
    return np.where(table.sum(axis=1) > 0, table.argmax(axis=1), overall)
