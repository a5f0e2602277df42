"""Stand-ins for datasets that cannot be had offline: same columns, plausible values, something to learn.

Everything is drawn from a fixed seed; no row comes from a real file. Each table is labelled as a stand-in
wherever it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd

BLANK_CHARGES = 11
CHURN_SHARE = 0.265

# Price level of a new car in thousands, and share of the market.
BRANDS = {
    "Toyota": (14.0, 0.15), "Honda": (13.3, 0.15), "Ford": (12.4, 0.12), "Chevrolet": (11.8, 0.12),
    "Nissan": (11.2, 0.10), "Mazda": (12.8, 0.08), "Hyundai": (10.9, 0.07), "Kia": (10.4, 0.07),
    "BMW": (25.5, 0.05), "Mercedes-Benz": (28.5, 0.05), "Audi": (26.5, 0.04),
}  # fmt: skip
# Price factor, share, weight in kg.
BODIES = {
    "Sedán": (1.0, 0.30, 1380), "SUV": (1.3, 0.25, 1650), "Hatchback": (0.86, 0.20, 1190),
    "Pickup": (1.2, 0.12, 1800), "Coupé": (1.15, 0.08, 1340), "Minivan": (0.95, 0.05, 1700),
}  # fmt: skip
# Price factor, share, litres per 100 km for each litre of engine.
FUELS = {"Gasolina": (1.0, 0.6, 4.4), "Diesel": (1.08, 0.25, 3.6), "Híbrido": (1.25, 0.1, 2.4),
         "Eléctrico": (1.45, 0.05, 0.0)}  # fmt: skip
COLOURS = ("Amarillo", "Azul", "Blanco", "Gris", "Negro", "Plata", "Rojo", "Verde")
REGIONS = ("Centro", "Este", "Norte", "Oeste", "Sur")
LAST_YEAR = 2024


def car_prices() -> pd.DataFrame:
    """Return 10,000 used cars; age, wear and brand multiply, which a straight line cannot follow."""
    return _car_prices().copy()


def telco_churn() -> pd.DataFrame:
    """Return 7,043 telephone customers, of whom 26.5 % leave; 11 new ones have no total charges yet."""
    return _telco_churn().copy()


def wine_quality() -> pd.DataFrame:
    """Return 1,599 red wines with whole marks from 3 to 8."""
    return _wine_quality().copy()


@cache
def _car_prices() -> pd.DataFrame:
    rows = 10_000
    rng = np.random.default_rng(20240501)
    brand = _draw(rng, {name: share for name, (_, share) in BRANDS.items()}, rows)
    body = _draw(rng, {name: share for name, (_, share, _) in BODIES.items()}, rows)
    fuel = _draw(rng, {name: share for name, (_, share, _) in FUELS.items()}, rows)
    gearbox = _draw(rng, {"Automática": 0.6, "Manual": 0.4}, rows)
    year = rng.integers(2010, LAST_YEAR + 1, rows)
    age = LAST_YEAR - year + 0.5
    mileage = np.clip(age * rng.gamma(6.0, 2700, rows), 1_000, 400_000).round(-2)
    engine = np.clip(rng.normal(2000, 480, rows), 1000, 4000).round()
    power = np.clip(engine * 0.055 + rng.normal(0, 14, rows), 60, 320).round()
    weight = (_look_up(body, {name: kg for name, (_, _, kg) in BODIES.items()}) + rng.normal(0, 90, rows)).round()
    per_litre = _look_up(fuel, {name: litres for name, (_, _, litres) in FUELS.items()})
    consumption = np.clip(per_litre * engine / 1000 + (weight - 1400) / 500 + rng.normal(0, 0.5, rows), 0, None)
    owners = 1 + np.minimum(rng.poisson(age / 8), 4)
    condition = rng.uniform(3, 10, rows)
    price = (
        1000 * _look_up(brand, {name: level for name, (level, _) in BRANDS.items()})
        * _look_up(body, {name: factor for name, (factor, _, _) in BODIES.items()})
        * _look_up(fuel, {name: factor for name, (factor, _, _) in FUELS.items()})
        * np.exp(-0.155 * age)
        * np.exp(-mileage / 520_000)
        * (0.62 + 0.06 * condition)
        * np.where(gearbox == "Automática", 1.06, 1.0)
        * (engine / 2000) ** 0.12
        * rng.lognormal(0, 0.08, rows)
    )  # fmt: skip
    return pd.DataFrame(
        {
            "marca": brand,
            "tipo_carroceria": body,
            "año": year,
            "kilometraje": mileage,
            "tipo_combustible": fuel,
            "transmision": gearbox,
            "cilindrada": engine,
            "potencia": power,
            "peso": weight,
            "consumo": consumption.round(2),
            "color": rng.choice(COLOURS, rows),
            "edad_propietarios": owners,
            "calificacion_estado": condition.round(2),
            "region_venta": rng.choice(REGIONS, rows),
            "precio": np.maximum(price.round(-2), 400.0),
        }
    )


@cache
def _telco_churn() -> pd.DataFrame:
    rows = 7043
    rng = np.random.default_rng(20240502)
    senior = rng.random(rows) < 0.16
    partner = rng.random(rows) < np.where(senior, 0.55, 0.47)
    dependents = rng.random(rows) < np.where(partner, 0.48, 0.13) * np.where(senior, 0.3, 1.0)
    loyal = rng.random(rows)
    tenure = np.clip(np.round(1 + 71 * rng.beta(0.75 + 0.6 * partner, 1.05, rows)), 1, 72)
    contract = np.select(
        [loyal + tenure / 72 > 1.32, loyal + tenure / 72 > 1.06], ["Two year", "One year"], "Month-to-month"
    )
    internet = _draw(rng, {"Fiber optic": 0.44, "DSL": 0.345, "No": 0.215}, rows)
    phone = (internet != "DSL") | (rng.random(rows) < 0.72)
    lines = phone & (rng.random(rows) < 0.25 + 0.35 * tenure / 72 + 0.1 * (internet == "Fiber optic"))
    online = internet != "No"
    careful = np.where(internet == "DSL", 0.12, 0.0) + 0.35 * tenure / 72
    security, backup, protection, support = (
        online & (rng.random(rows) < base + careful) for base in (0.16, 0.24, 0.24, 0.17)
    )
    television, films = (online & (rng.random(rows) < 0.33 + 0.32 * tenure / 72) for _ in range(2))
    paperless = rng.random(rows) < np.where(internet == "Fiber optic", 0.76, np.where(online, 0.56, 0.3))
    payment = np.where(
        rng.random(rows) < np.where(internet == "Fiber optic", 0.5, 0.22),
        "Electronic check",
        rng.choice(["Mailed check", "Bank transfer (automatic)", "Credit card (automatic)"], rows),
    )
    monthly = (
        np.select([internet == "Fiber optic", internet == "DSL"], [50.0, 25.0], 0.0)
        + 20.0 * phone + 5.0 * lines + 5.0 * (security * 1 + backup + protection + support)
        + 10.0 * (television * 1 + films) + rng.normal(0, 0.6, rows)
    )  # fmt: skip
    total = tenure * monthly * rng.normal(1, 0.03, rows)
    leaning = (
        np.select([contract == "Two year", contract == "One year"], [-1.9, -0.95], 0.0)
        + np.select([internet == "Fiber optic", internet == "No"], [1.05, -0.9], 0.0)
        - 0.036 * tenure + 0.45 * (payment == "Electronic check") + 0.35 * paperless + 0.3 * senior
        - 0.25 * dependents - 0.45 * security - 0.4 * support + 0.25 * (television * 1 + films) + 0.2 * lines
    )  # fmt: skip
    # Those most inclined to leave do, after some luck: their share is then the same whatever the seed.
    inclined = leaning + rng.logistic(0, 0.97, rows)
    leaves = inclined > np.quantile(inclined, 1 - CHURN_SHARE)
    new = rng.choice(np.flatnonzero((contract == "Two year") & ~leaves), BLANK_CHARGES, replace=False)
    tenure[new], total[new] = 0, np.nan
    letters = rng.choice(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), (rows, 5))
    return pd.DataFrame(
        {
            "customerID": [f"{i:04d}-{''.join(word)}" for i, word in zip(rng.permutation(rows), letters, strict=True)],
            "gender": rng.choice(["Female", "Male"], rows),
            "SeniorCitizen": senior.astype(int),
            "Partner": _yes_no(partner),
            "Dependents": _yes_no(dependents),
            "tenure": tenure.astype(int),
            "PhoneService": _yes_no(phone),
            "MultipleLines": np.where(phone, _yes_no(lines), "No phone service"),
            "InternetService": internet,
            **{
                name: np.where(online, _yes_no(has), "No internet service")
                for name, has in (
                    ("OnlineSecurity", security),
                    ("OnlineBackup", backup),
                    ("DeviceProtection", protection),
                    ("TechSupport", support),
                    ("StreamingTV", television),
                    ("StreamingMovies", films),
                )
            },
            "Contract": contract,
            "PaperlessBilling": _yes_no(paperless),
            "PaymentMethod": payment,
            "MonthlyCharges": monthly.round(2),
            "TotalCharges": total.round(2),
            "Churn": _yes_no(leaves),
        }
    )


@cache
def _wine_quality() -> pd.DataFrame:
    rows = 1599
    rng = np.random.default_rng(20240503)
    ripeness, freshness, care = rng.normal(size=(3, rows))
    alcohol = np.clip(10.4 + 1.0 * ripeness + 0.35 * rng.normal(size=rows), 8.4, 14.9)
    fixed = np.clip(8.3 + 1.5 * freshness + 0.8 * rng.normal(size=rows), 4.6, 15.9)
    volatile = np.clip(0.53 - 0.12 * care + 0.12 * rng.normal(size=rows), 0.12, 1.58)
    citric = np.clip(0.27 + 0.12 * freshness + 0.06 * care + 0.12 * rng.normal(size=rows), 0, 1)
    sugar = np.clip(rng.lognormal(0.82, 0.35, rows), 0.9, 15.5)
    chlorides = np.clip(rng.lognormal(-2.5, 0.32, rows), 0.012, 0.61)
    sulphates = np.clip(rng.lognormal(-0.45 + 0.1 * care, 0.19, rows), 0.33, 2.0)
    free = np.clip(rng.lognormal(2.58, 0.6, rows), 1, 72).round()
    total = np.clip(free * rng.lognormal(1.02, 0.35, rows), free + 5, 289).round()
    density = 0.99675 - 0.0009 * (alcohol - 10.4) + 0.0007 * (fixed - 8.3) + 0.0003 * (sugar - 2.5)
    mark = (
        5.64
        + 0.42 * np.tanh((alcohol - 10.6) / 0.8)
        - 1.3 * (volatile - 0.53)
        + 0.6 * np.tanh((sulphates - 0.62) / 0.15) * (alcohol > 9.8)
        - 0.35 * (total > 80)
        - 0.8 * np.clip(chlorides - 0.1, 0, 0.2)
        + 0.40 * rng.normal(size=rows)
    )
    return pd.DataFrame(
        {
            "fixed acidity": fixed.round(1),
            "volatile acidity": volatile.round(2),
            "citric acid": citric.round(2),
            "residual sugar": sugar.round(1),
            "chlorides": chlorides.round(3),
            "free sulfur dioxide": free,
            "total sulfur dioxide": total,
            "density": (density + 0.0004 * rng.normal(size=rows)).round(5),
            "pH": (3.31 - 0.09 * freshness + 0.1 * rng.normal(size=rows)).round(2),
            "sulphates": sulphates.round(2),
            "alcohol": alcohol.round(1),
            "quality": np.clip(mark.round(), 3, 8).astype(int),
        }
    )


def _draw(rng: np.random.Generator, shares: Mapping[str, float], rows: int) -> np.ndarray:
    weights = np.array(list(shares.values()))
    return rng.choice(list(shares), rows, p=weights / weights.sum())


def _look_up(words: np.ndarray, values: Mapping[str, float]) -> np.ndarray:
    return np.asarray(pd.Series(words).map(values), dtype=float)


def _yes_no(answers: np.ndarray) -> np.ndarray:
    return np.where(answers, "Yes", "No")
