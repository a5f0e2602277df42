"""Customer churn: which customers of a telephone company will leave."""

from __future__ import annotations

from core.i18n import N_
from core.training.tasks import Dataset, Task
from trainers import stand_ins
from trainers.algorithms import (
    hist_gradient_boosting,
    logistic_regression,
    nearest_neighbours,
    random_forest,
    xgboost,
)

TASK = Task(
    name="telco_churn",
    title=N_("Customers who leave"),
    question=N_("Will this customer leave the telephone company?"),
    kind="classification",
    dataset=Dataset(
        name="telco_churn",
        title=N_("7043 customers of a telephone company"),
        credit="IBM, Telco Customer Churn sample data, Apache License 2.0",
        filenames=("WA_Fn-UseC_-Telco-Customer-Churn.csv", "Telco-Customer-Churn.csv"),
        url="https://raw.githubusercontent.com/IBM/telco-customer-churn-on-icp4d/"
        "d5371f5d83a446ad5673cbcca3b814b926491f8a/data/Telco-Customer-Churn.csv",
        sha256="16320c9c1ec72448db59aa0a26a0b95401046bef5d02fd3aeb906448e3055e91",
        stand_in=stand_ins.telco_churn,
        identifiers=("customerID",),
    ),
    target="Churn",
    class_names=("No", "Yes"),
    experiment="customer_churn_prediction",
    algorithms=(
        logistic_regression(scale=True),
        random_forest("classification", max_depth=10),
        nearest_neighbours("classification", n_neighbors=25),
        hist_gradient_boosting("classification", learning_rate=0.05),
        xgboost("classification", max_depth=4, learning_rate=0.1),
    ),
    feature_help={
        "gender": N_("Whether the customer is a woman or a man."),
        "SeniorCitizen": N_("1 when the customer is 65 or older, else 0."),
        "Partner": N_("Whether the customer lives with a partner."),
        "Dependents": N_("Whether the customer lives with children or others to care for."),
        "tenure": N_("For how many months the customer has been with the company."),
        "PhoneService": N_("Whether the customer has a telephone line."),
        "MultipleLines": N_("Whether the customer has more than one telephone line."),
        "InternetService": N_("How the customer gets internet: by telephone wire (DSL), glass fibre or not at all."),
        "OnlineSecurity": N_("Whether the customer pays for protection on the internet."),
        "OnlineBackup": N_("Whether the customer pays for safe copies of files."),
        "DeviceProtection": N_("Whether the customer pays for insurance of devices."),
        "TechSupport": N_("Whether the customer pays for technical help."),
        "StreamingTV": N_("Whether the customer watches television over the internet."),
        "StreamingMovies": N_("Whether the customer watches films over the internet."),
        "Contract": N_("For how long the customer has signed up."),
        "PaperlessBilling": N_("Whether bills come by e-mail instead of on paper."),
        "PaymentMethod": N_("How the customer pays."),
        "MonthlyCharges": N_("What the customer pays each month, in dollars."),
        "TotalCharges": N_("What the customer has paid so far, in dollars."),
    },
)
