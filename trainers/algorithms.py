"""The algorithms: parameters under the library's own names, each with one plain sentence of help.

Libraries are imported when an estimator is built: a page that only lists tasks need not wait for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any

from core.i18n import N_
from core.training.specs import Choice, Flag, Integer, Parameter, Real, Value, with_defaults
from core.training.tasks import Algorithm, Kind

RANDOM_STATE = Integer(
    "random_state",
    N_("The starting point for chance. The same number always gives the same result."),
    42,
    low=0,
    high=999_999,
    label=N_("Starting point of chance"),
)
SCALE = Flag(
    "scale",
    N_("Bring all numbers to the same size first, so that large units do not drown small ones."),
    False,
    label=N_("Same size for all numbers"),
)
FIT_INTERCEPT = Flag(
    "fit_intercept",
    N_("Let the answer start from a base value instead of from zero."),
    True,
    label=N_("Begin from a base value"),
)
CLASS_WEIGHT = Choice(
    "class_weight",
    N_("Choose balanced to give rare classes as much say as frequent ones."),
    None,
    choices=(None, "balanced"),
    label=N_("Say of rare classes"),
)
LEARNING_RATE = Real(
    "learning_rate",
    N_("How much each new tree may correct. Small steps are safer but slower."),
    0.1,
    low=0.001,
    high=1.0,
    log=True,
    label=N_("Size of each step"),
    leading=True,
)
STOP_EARLY = Integer(
    "early_stopping_rounds",
    N_("Stop after so many trees without improvement on training rows set aside for that. None builds all trees."),
    None,
    low=1,
    high=200,
    optional=True,
    log=True,
    label=N_("Stop early after"),
    later=True,
)


def logistic_regression(**defaults: Value) -> Algorithm:
    """Declare logistic regression (classification)."""
    return _algorithm(
        "logistic_regression",
        N_("Logistic regression"),
        N_("Weighs each column and adds the weights up to a probability. Simple, fast and easy to explain."),
        "sklearn.linear_model.LogisticRegression",
        (
            Real("C", N_("How freely it may follow the data. Small values keep the answer simple."), 1.0,
                 low=0.0001, high=1000.0, log=True, label=N_("Freedom to follow the data"), leading=True),
            Choice("solver", N_("The way it searches for the best weights. All end up nearly alike."),
                   "lbfgs", choices=("lbfgs", "newton-cg", "newton-cholesky"), label=N_("Way of searching")),
            Integer("max_iter", N_("How many steps it may take while searching for the best weights."), 1000,
                    low=10, high=10_000, log=True, label=N_("Most steps of the search")),
            replace(CLASS_WEIGHT, leading=True),
            FIT_INTERCEPT,
            SCALE,
        ),
        defaults,
    )  # fmt: skip


def linear_regression(**defaults: Value) -> Algorithm:
    """Declare linear regression (regression)."""
    return _algorithm(
        "linear_regression",
        N_("Linear regression"),
        N_("Draws the straight line that comes closest to all examples. The simplest one to compare with."),
        "sklearn.linear_model.LinearRegression",
        (FIT_INTERCEPT, SCALE),
        defaults,
    )


def nearest_neighbours(kind: Kind, **defaults: Value) -> Algorithm:
    """Declare k nearest neighbours."""
    return _algorithm(
        "nearest_neighbours",
        N_("Nearest neighbours"),
        N_("Looks up the most similar known examples and answers what they say."),
        _of_kind("sklearn.neighbors.KNeighbors", kind),
        (
            Integer("n_neighbors", N_("How many similar examples it asks. Few see details, many smooth."),
                    5, low=1, high=100, log=True, label=N_("Neighbours asked"), leading=True),
            Choice("weights", N_("Choose distance to let closer examples count more than farther ones."),
                   "uniform", choices=("uniform", "distance"), label=N_("Say of each neighbour"), leading=True),
            SCALE,
        ),
        {"scale": True} | defaults,
    )  # fmt: skip


def random_forest(kind: Kind, **defaults: Value) -> Algorithm:
    """Declare a random forest."""
    return _algorithm(
        "random_forest",
        N_("Random forest"),
        N_("Asks many decision trees that each saw other examples, and takes their common answer."),
        _of_kind("sklearn.ensemble.RandomForest", kind),
        (
            Integer("n_estimators", N_("How many trees it asks. More are steadier but slower."), 100,
                    low=1, high=1000, log=True, label=N_("Number of trees"), leading=True),
            Integer("max_depth", N_("How many questions each tree may ask in a row. None lets it ask on."),
                    None, low=1, high=50, optional=True, label=N_("Depth of each tree"), leading=True),
            Integer("min_samples_split", N_("How many examples a group needs before a tree may divide it."),
                    2, low=2, high=100, log=True, label=N_("Examples needed to divide")),
            Integer("min_samples_leaf", N_("How many examples each final group keeps at the least."), 1,
                    low=1, high=100, log=True, label=N_("Examples in each final group"), leading=True),
            Choice("max_features", N_("How many columns a tree looks at for each question. None means all."),
                   "sqrt" if kind == "classification" else None, choices=("sqrt", "log2", None),
                   label=N_("Columns looked at for each question")),
            *((CLASS_WEIGHT,) if kind == "classification" else ()),
            RANDOM_STATE,
            SCALE,
        ),
        defaults,
    )  # fmt: skip


def hist_gradient_boosting(kind: Kind, **defaults: Value) -> Algorithm:
    """Declare scikit-learn's histogram gradient boosting."""
    return _algorithm(
        "hist_gradient_boosting",
        N_("Gradient boosting"),
        N_("Builds small trees one after the other, each correcting the mistakes of those before."),
        _of_kind("sklearn.ensemble.HistGradientBoosting", kind),
        (
            LEARNING_RATE,
            Integer("max_iter", N_("How many trees it builds one after the other."),
                    100, low=1, high=1000, log=True, label=N_("Number of trees"), leading=True),
            Integer("max_leaf_nodes", N_("Into how many groups each tree may divide. None sets no limit."),
                    31, low=2, high=255, optional=True, log=True, label=N_("Final groups of each tree"), leading=True),
            Real("l2_regularization", N_("How strongly large corrections are held back. Zero: not at all."),
                 0.0, low=0.0, high=100.0, label=N_("Hold on large corrections")),
            replace(STOP_EARLY, name="n_iter_no_change",
                    help=N_("Stop after so many trees without improvement on training rows set aside for that. None "
                            "leaves it to scikit-learn, which does so above 10,000 rows only.")),
            RANDOM_STATE,
            SCALE,
        ),
        defaults,
        build=_histogram,
    )  # fmt: skip


def xgboost(kind: Kind, **defaults: Value) -> Algorithm:
    """Declare XGBoost."""
    return _algorithm(
        "xgboost",
        N_("XGBoost"),
        N_("A fast builder of small trees that correct each other, often the winner in contests."),
        "xgboost.XGBClassifier" if kind == "classification" else "xgboost.XGBRegressor",
        (
            Integer("n_estimators", N_("How many trees it builds one after the other."), 100,
                    low=1, high=1000, log=True, label=N_("Number of trees"), leading=True),
            Integer("max_depth", N_("How many questions each tree may ask in a row."), 6, low=1, high=20,
                    label=N_("Depth of each tree"), leading=True),
            LEARNING_RATE,
            Real("subsample", N_("The share of examples that each tree sees. 1 means all of them."), 1.0,
                 low=0.1, high=1.0, label=N_("Share of examples for each tree")),
            Real("colsample_bytree", N_("The share of columns that each tree sees. 1 means all of them."),
                 1.0, low=0.1, high=1.0, label=N_("Share of columns for each tree")),
            Real("reg_lambda", N_("How strongly large corrections are held back. Zero: not at all."),
                 1.0, low=0.0, high=100.0, label=N_("Hold on large corrections")),
            STOP_EARLY,
            RANDOM_STATE,
            SCALE,
        ),
        {"learning_rate": 0.3} | defaults,
        n_jobs=1,
    )  # fmt: skip


def _algorithm(
    name: str,
    title: str,
    summary: str,
    estimator: str,
    parameters: tuple[Parameter, ...],
    defaults: Mapping[str, Value],
    build: Callable[..., Any] | None = None,
    **fixed: Value,
) -> Algorithm:
    made = partial(build or _build, estimator, fixed)
    return Algorithm(name, title, summary, made, with_defaults(parameters, **defaults))


def _of_kind(estimator: str, kind: Kind) -> str:
    return estimator + ("Classifier" if kind == "classification" else "Regressor")


def _histogram(estimator: str, fixed: Mapping[str, Value], values: Mapping[str, Value]) -> Any:
    if values.get("n_iter_no_change") is None:
        return _build(estimator, fixed, {name: value for name, value in values.items() if name != "n_iter_no_change"})
    return _build(estimator, {**fixed, "early_stopping": True}, values)


def _build(estimator: str, fixed: Mapping[str, Value], values: Mapping[str, Value]) -> Any:
    module, _, name = estimator.rpartition(".")
    return getattr(import_module(module), name)(**values, **fixed)
