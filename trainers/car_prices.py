"""Car prices: what a used car sells for."""

from __future__ import annotations

from core.i18n import N_
from core.training.tasks import Dataset, Limit, Task
from trainers import stand_ins
from trainers.algorithms import (
    hist_gradient_boosting,
    linear_regression,
    nearest_neighbours,
    random_forest,
    xgboost,
)

TASK = Task(
    name="car_prices",
    title=N_("Used cars"),
    question=N_("What price will this used car sell for?"),
    kind="regression",
    dataset=Dataset(
        name="car_prices",
        title=N_("10,000 used cars and their prices"),
        credit="dpalacioj/data-projects-lab, automoviles_usados.csv, MIT License",
        filenames=("automoviles_usados.csv",),
        url="https://raw.githubusercontent.com/dpalacioj/data-projects-lab/"
        "28187b6f44c0bad5ad465133f0d917b3f75fe1fd/projects/prediccion-precios-automoviles/data/raw/"
        "automoviles_usados.csv",
        sha256="884f8ad952ec8e438a4e5e3c91035f386ded71c052746640a0966910e9ea0c47",
        stand_in=stand_ins.car_prices,
    ),
    target="precio",
    unit="USD",
    experiment="prediccion_precios_automoviles",
    algorithms=(
        linear_regression(scale=True),
        random_forest("regression", n_estimators=100, max_depth=20, min_samples_split=5, min_samples_leaf=2,
                      random_state=42, scale=True),
        nearest_neighbours("regression", weights="distance"),
        hist_gradient_boosting("regression"),
        xgboost("regression", learning_rate=0.1),
    ),
    limits=(Limit("año", N_("The year must be 2000 or later"), low=2000),),
    feature_help={
        "marca": N_("The maker of the car."),
        "tipo_carroceria": N_("The shape of the car."),
        "año": N_("The year the car was built."),
        "kilometraje": N_("How many kilometres the car has been driven."),
        "tipo_combustible": N_("What the car runs on."),
        "transmision": N_("Whether the gears change by themselves or by hand."),
        "cilindrada": N_("Size of the engine, in cubic centimetres."),
        "potencia": N_("Strength of the engine, in horsepower."),
        "peso": N_("Weight of the car, in kilograms."),
        "consumo": N_("Fuel the car needs, in litres per 100 kilometres."),
        "color": N_("The colour of the car."),
        "edad_propietarios": N_("How many owners the car has had."),
        "calificacion_estado": N_("A mark for the state the car is in, from 0 to 10."),
        "region_venta": N_("The part of the country where it is sold."),
    },
)  # fmt: skip
