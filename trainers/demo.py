"""The demo's story: one model that learned by heart, one that is best, one tie, and a candidate that disagrees."""

from pathlib import Path

from core.i18n import N_
from core.training.demo import Demo, DemoRun, DemoVersion
from trainers import TASKS

IRIS, CHURN, CARS, WINE = (TASKS[name] for name in ("iris", "telco_churn", "car_prices", "wine_quality"))

DEMO = Demo(
    pack=Path(__file__).with_name("demo.tar.xz"),
    runs=(
        DemoRun("iris-line", N_("logistic · C=1"), IRIS, "logistic_regression"),
        DemoRun("iris-line-strict", N_("logistic · C=0.01"), IRIS, "logistic_regression", {"C": 0.01}),
        DemoRun("iris-forest", N_("forest · 100 trees"), IRIS, "random_forest"),
        DemoRun("iris-forest-shallow", N_("forest · depth 3"), IRIS, "random_forest",
                {"n_estimators": 50, "max_depth": 3}),
        DemoRun("iris-neighbours", N_("neighbours · 5"), IRIS, "nearest_neighbours", {"n_neighbors": 5}),
        DemoRun("churn-line", N_("logistic"), CHURN, "logistic_regression"),
        DemoRun("churn-by-heart", N_("forest · by heart"), CHURN, "random_forest",
                {"n_estimators": 60, "max_depth": None, "min_samples_leaf": 1, "min_samples_split": 2}),
        DemoRun("churn-forest", N_("forest · depth 8"), CHURN, "random_forest", {"n_estimators": 60, "max_depth": 8}),
        DemoRun("churn-boosting", "gradient boosting", CHURN, "hist_gradient_boosting"),
        DemoRun("churn-xgboost", N_("xgboost · depth 3"), CHURN, "xgboost", {"max_depth": 3}),
        DemoRun("cars-line", N_("linear"), CARS, "linear_regression"),
        DemoRun("cars-forest-shallow", N_("forest · depth 6"), CARS, "random_forest",
                {"n_estimators": 30, "max_depth": 6}),
        DemoRun("cars-forest", N_("forest · depth 20"), CARS, "random_forest", {"n_estimators": 40}),
        DemoRun("cars-boosting", "gradient boosting", CARS, "hist_gradient_boosting"),
        DemoRun("cars-xgboost", "xgboost", CARS, "xgboost"),
        DemoRun("wine-line", N_("linear"), WINE, "linear_regression"),
        DemoRun("wine-neighbours", N_("neighbours · 15"), WINE, "nearest_neighbours", {"n_neighbors": 15}),
        DemoRun("wine-forest", N_("forest · 100 trees"), WINE, "random_forest"),
        DemoRun("wine-boosting", "gradient boosting", WINE, "hist_gradient_boosting"),
        DemoRun("wine-xgboost", "xgboost", WINE, "xgboost"),
    ),
    versions=(
        DemoVersion("iris-classifier", "iris-forest", "Archived", N_("First try.")),
        DemoVersion("iris-classifier", "iris-line", "Production", N_("As good as the shallow forest, and simpler.")),
        DemoVersion("iris-classifier", "iris-forest-shallow", "Staging", N_("Ties with Production.")),
        DemoVersion("churn-predictor", "churn-by-heart", "Archived",
                    N_("Perfect on the rows it learned from, worse on new ones: it learned by heart.")),
        DemoVersion("churn-predictor", "churn-line", "Production", N_("Simple and steady.")),
        DemoVersion("churn-predictor", "churn-xgboost", "Staging", N_("A candidate: does it see more?")),
        DemoVersion("churn-predictor", "churn-forest", "None", N_("Registered, not yet tried.")),
        DemoVersion("car-prices", "cars-line", "Archived", N_("A straight line misses a lot.")),
        DemoVersion("car-prices", "cars-forest-shallow", "Production", N_("Good enough to start with.")),
        DemoVersion("car-prices", "cars-boosting", "Staging", N_("Much smaller errors. Ready to be promoted?")),
    ),
    gates={
        "iris-classifier": ("accuracy >= 0.9", "signature unchanged"),
        # The workshop's own gate, which no honest model of these data passes
        "churn-predictor": ("f1 > 0.85", "accuracy not worse than Production by more than 0.01", "signature unchanged",
                            "passed through Staging"),
        "car-prices": ("rmse not worse than Production by more than 0", "passed through Staging",
                       "description not empty"),
    },
)  # fmt: skip
