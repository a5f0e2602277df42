"""A table to try with: customers of a shop, written as a spreadsheet of the reader's language saves it."""

from __future__ import annotations

import numpy as np

from core.i18n import N_, current_language, translate

ROWS, SEED = 400, 7
COLUMNS = (
    N_("customer"), N_("city"), N_("age"), N_("visits"), N_("spent"), N_("first purchase"), N_("newsletter"),
    N_("buys again"),
)  # fmt: skip
TITLE = N_("Customers of a shop, made up to try with")


def example_table() -> tuple[str, bytes]:
    """Return a name and the content of a CSV with a title above its heading; the same rows in each language.

    Whoever comes often and gets the newsletter rather buys again. In Spanish it has decimal commas, semicolons and
    Windows' letters.
    """
    draw = np.random.default_rng(SEED)
    visits = draw.poisson(4, ROWS) + 1
    spent = np.round(visits * draw.gamma(4, 6, ROWS), 2)
    newsletter = draw.random(ROWS) < 0.4
    again = draw.random(ROWS) < 1 / (1 + np.exp(-(0.7 * (visits - 5) + 1.4 * newsletter - 0.6)))
    age = draw.integers(18, 80, ROWS)
    days = np.datetime64("2023-01-01") + draw.integers(0, 700, ROWS)
    cities = np.array(["Bogotá", "Córdoba", "Málaga", "Mérida"])[draw.integers(0, 4, ROWS)]
    spanish = current_language() == "es"
    yes, no = translate(N_("yes")), translate(N_("no"))
    lines = [
        [
            f"C{1000 + place}",
            cities[place],
            str(age[place]) if draw.random() > 0.03 else "",
            str(visits[place]),
            f"{spent[place]:.2f}".replace(".", "," if spanish else "."),
            days[place].astype(object).strftime("%d/%m/%Y" if spanish else "%Y-%m-%d"),
            yes if newsletter[place] else no,
            yes if again[place] else no,
        ]
        for place in range(ROWS)
    ]
    sign = ";" if spanish else ","
    text = "\n".join([translate(TITLE), "", sign.join(map(translate, COLUMNS)), *map(sign.join, lines), ""])
    return f"{translate(N_('customers'))}.csv", text.encode("cp1252" if spanish else "utf-8")
