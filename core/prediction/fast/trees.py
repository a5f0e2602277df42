"""Trees asked about few rows: the same leaves, added up in the same order, without what the library does around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.prediction.fast.preparing import CannotSayError, UnsupportedError

BY_ONE = 4  # rows up to which NumPy walks through all trees at once faster than a library does tree by tree
MOST_NODES = 400_000  # of which NumPy's copy takes 16 MB; larger forests are asked tree by tree
LOOK_EVERY = 4  # steps after which it is seen whether all leaves are reached


@dataclass(frozen=True)
class Walk:
    """The nodes of all trees, one tree behind the other, through which NumPy walks at once.

    Node by node: the ``feature`` that it asks about, its ``threshold``, whether a gap goes left (``gaps_left``) and its
    two ``children``: left and right of node n are at 2n and 2n + 1, a leaf's are itself. ``roots`` are in the order of
    the trees; ``depth`` steps reach each leaf.
    """

    feature: np.ndarray
    threshold: np.ndarray
    gaps_left: np.ndarray
    children: np.ndarray
    roots: np.ndarray
    depth: int

    def leaves(self, row: np.ndarray) -> np.ndarray:
        """Return the leaf that one row of float64 reaches in each tree, by its place among all nodes."""
        nodes, gaps = self.roots, np.isnan(row)
        has_gaps = bool(gaps.any())
        for step in range(1, self.depth + 1):
            feature = self.feature.take(nodes)
            goes_left = row.take(feature) <= self.threshold.take(nodes)
            if has_gaps:
                goes_left |= gaps.take(feature) & self.gaps_left.take(nodes)
            before, nodes = nodes, self.children.take(2 * nodes + ~goes_left)
            if not step % LOOK_EVERY and np.array_equal(before, nodes):
                break
        return nodes


def _walk(
    features: Sequence[np.ndarray],
    thresholds: Sequence[np.ndarray],
    gaps_left: Sequence[np.ndarray],
    sides: Sequence[tuple[np.ndarray, np.ndarray]],
    leaves: Sequence[np.ndarray],
    depth: int,
) -> Walk:
    """Put trees one behind the other; their places of children count from each tree's own root."""
    sizes = [len(one) for one in leaves]
    roots = np.cumsum([0, *sizes[:-1]])
    is_leaf, own, offsets = np.concatenate(leaves), np.arange(sum(sizes)), np.repeat(roots, sizes)
    children = [np.concatenate([both[side] for both in sides]).astype(np.intp) + offsets for side in (0, 1)]
    return Walk(
        np.where(is_leaf, 0, np.concatenate(features)).astype(np.intp),
        np.where(is_leaf, 0.0, np.concatenate(thresholds)),
        np.concatenate(gaps_left).astype(bool),
        np.column_stack([np.where(is_leaf, own, side) for side in children]).ravel(),
        roots.astype(np.intp),
        depth,
    )


def _added(values: np.ndarray, start: np.ndarray | float) -> np.ndarray:
    """Return the sum over trees, one after the other, where NumPy's own sum would add in pairs."""
    every = np.empty((len(values) + 1, *values.shape[1:]))
    every[0] = start
    every[1:] = values
    said: np.ndarray = np.add.accumulate(every)[-1]
    return said


@dataclass(frozen=True)
class Forest:
    """The fitted trees of scikit-learn's forests, or a single one; what they say of a row is averaged.

    ``values`` has what each node says, of shape (nodes, classes), where there is a ``walk``.
    """

    trees: Sequence[Any]
    walk: Walk | None = None
    values: np.ndarray | None = None

    def __call__(self, matrix: np.ndarray) -> np.ndarray:
        """Return what the trees say on average, of shape (rows, classes), or (rows, 1) of numbers.

        Raises:
            CannotSayError: a value is missing, or too large for the trees.
        """
        with np.errstate(over="ignore"):
            rows = matrix.astype(np.float32, order="C")
        if not np.isfinite(rows).all():
            raise CannotSayError("a value is missing, or too large")
        if self.walk is not None and self.values is not None and len(rows) <= BY_ONE:
            leaves = [self.walk.leaves(row) for row in rows.astype(np.float64)]
            said = np.stack([_added(self.values.take(those, axis=0), 0.0) for those in leaves])
        else:
            said = np.zeros((len(rows), self.trees[0].value.shape[2]))
            for tree in self.trees:
                said += tree.predict(rows)
        said /= len(self.trees)
        return said


def forest(estimator: Any) -> Forest:
    """Return the trees of a fitted forest, or of a tree, of one output.

    Raises:
        UnsupportedError: it has several outputs.
    """
    if estimator.n_outputs_ != 1:
        raise UnsupportedError("several answers")
    trees = [one.tree_ for one in getattr(estimator, "estimators_", [estimator])]
    if sum(tree.node_count for tree in trees) > MOST_NODES:
        return Forest(trees)
    walk = _walk(
        [tree.feature for tree in trees],
        [tree.threshold for tree in trees],
        [tree.missing_go_to_left for tree in trees],
        [(tree.children_left, tree.children_right) for tree in trees],
        [tree.children_left == -1 for tree in trees],
        max(tree.max_depth for tree in trees),
    )
    return Forest(trees, walk, np.concatenate([tree.value[:, 0, :] for tree in trees]))


@dataclass(frozen=True)
class Boosted:
    """The trees of scikit-learn's histogram gradient boosting: of each round one a class, or one alone.

    ``values`` has what each node adds to the ``baseline``.
    """

    walk: Walk
    values: np.ndarray
    baseline: np.ndarray

    def __call__(self, matrix: np.ndarray) -> np.ndarray:
        """Return the sums of leaves, of shape (rows, classes), or (rows, 1) of numbers and of two classes."""
        said = np.empty((len(matrix), self.baseline.size), order="F")
        for at, row in enumerate(np.ascontiguousarray(matrix)):
            values = self.values.take(self.walk.leaves(row))
            said[at] = _added(values.reshape(-1, self.baseline.size), self.baseline)
        return said


def boosted(estimator: Any) -> Boosted:
    """Return the trees of fitted histogram gradient boosting.

    Raises:
        UnsupportedError: some of them ask about categories.
    """
    trees = [tree.nodes for together in estimator._predictors for tree in together]
    if estimator._preprocessor is not None or any(nodes["is_categorical"].any() for nodes in trees):
        raise UnsupportedError("categories")
    walk = _walk(
        [nodes["feature_idx"] for nodes in trees],
        [nodes["num_threshold"] for nodes in trees],
        [nodes["missing_go_to_left"] for nodes in trees],
        [(nodes["left"], nodes["right"]) for nodes in trees],
        [nodes["is_leaf"].astype(bool) for nodes in trees],
        max(int(nodes["depth"].max()) for nodes in trees),
    )
    baseline = np.ravel(estimator._baseline_prediction) + 0.0  # the library adds it to zeros
    return Boosted(walk, np.concatenate([nodes["value"] for nodes in trees]), baseline)
