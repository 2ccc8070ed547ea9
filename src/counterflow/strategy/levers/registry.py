"""The register of levers: what each is, how far it can be pulled, what it costs, and who says that it does anything.

Lines of `reference/strategy/levers.csv` and `lever_effects.csv`. Each lever counts from zero, "as things are now":
strength 0 changes nothing. What a lever changes is strength x effect; an effect with doubt is a parameter of the
model (`parameters_levers.csv`), so that it is drawn, and its doubt taken apart, like every other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from counterflow.core.errors import UnknownName
from counterflow.reference.csv_files import read_rows

__all__ = ["PUBLISHED", "Cost", "Effect", "Lever", "lever", "levers"]

Side = Literal["supply", "demand and harm"]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a lever does at one point of the model: amount = factor x g(strength) x effect / base.

    Args:
        mechanism: the point, as `layout.MECHANISMS` names it.
        form: g: "linear", the strength itself; "log2", -log2(1 - strength), the exponent with which a doubled number
            of people in recovery lowers relapse by the strength.
        factor: sign and scale.
        parameter: name of the effect's parameter, or "" where the change is the definition of the lever.
        base: parameter that holds today's share, which a share added is relative to; "" where there is none.
    """

    mechanism: str
    form: str
    factor: float
    parameter: str
    base: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What a lever costs a year.

    Args:
        basis: "change" (dollars per unit of the change of `driver`), "share" (dollars per unit of strength x `driver`),
            "fixed" (dollars at strength 1), "fixed_per_kg" (dollars per kilogram of the fall of `driver`),
            "through_treatment" (no more than the treatment it leads to) or "none" (no public cost found).
        driver: a variable of the model, or "".
        value: dollars of `year`; None without a public cost.
        low: lower end.
        high: upper end.
        year: year of the prices.
        source: who says so, or that nobody was found.
    """

    basis: str
    driver: str
    value: float | None
    low: float | None
    high: float | None
    year: int | None
    source: str

    @property
    def words(self) -> str:
        """What it costs, for people."""
        if self.basis == "through_treatment":
            return "paid as treatment"
        if self.value is None:
            return "no public cost found"
        per = {
            "change": f"per unit more of {self.driver}", "share": f"per unit of {self.driver} reached",
            "fixed": "a year at strength 1", "fixed_per_kg": "per kg less consumed",
        }[self.basis]  # fmt: skip
        return f"${self.value:,.0f} ({self.low:,.0f} to {self.high:,.0f}) {per}, prices of {self.year}"


@dataclass(frozen=True, slots=True)
class Lever:
    """Something a policy can pull.

    Args:
        name: its name.
        side: "supply", or "demand and harm".
        words: what pulling it means.
        unit: unit of its strength.
        least: smallest strength, 0: as things are.
        most: largest strength, its ceiling.
        usual: a strength to begin with.
        earliest: first year that it could have started.
        ramp_years: usual time from start to full strength.
        published: whether it is a policy of the published comparison (a change of a rate, not a programme).
        cost: what it costs.
        grade: grade of the evidence, A to D.
        source: the evidence.
        note: what else must be known.
        effects: what it changes.
    """

    name: str
    side: Side
    words: str
    unit: str
    least: float
    most: float
    usual: float
    earliest: int
    ramp_years: float
    published: bool
    cost: Cost
    grade: str
    source: str
    note: str
    effects: tuple[Effect, ...]

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """Where it acts."""
        return tuple(effect.mechanism for effect in self.effects)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters that its effects hang on."""
        return tuple(dict.fromkeys(name for each in self.effects for name in (each.parameter, each.base) if name))


def _number(text: str) -> float | None:
    return float(text) if text else None


def _cost(row: dict[str, str]) -> Cost:
    year = int(row["price_year"]) if row["price_year"] else None
    return Cost(
        row["cost_basis"], row["cost_driver"], _number(row["cost"]), _number(row["cost_low"]),
        _number(row["cost_high"]), year, row["cost_source"],
    )  # fmt: skip


def _effects() -> dict[str, tuple[Effect, ...]]:
    held: dict[str, tuple[Effect, ...]] = {}
    for row in read_rows("strategy", "lever_effects.csv"):
        effect = Effect(row["mechanism"], row["form"], float(row["factor"]), row["parameter"], row["base"])
        held[row["lever"]] = (*held.get(row["lever"], ()), effect)
    return held


@cache
def levers() -> tuple[Lever, ...]:
    """Return every lever, supply first, the published policies last."""
    effects = _effects()
    return tuple(
        Lever(
            row["name"], "supply" if row["side"] == "supply" else "demand and harm", row["words"], row["unit"],
            float(row["least"]), float(row["most"]), float(row["usual"]), int(row["earliest"]),
            float(row["ramp_years"]), row["published"] == "1", _cost(row), row["grade"], row["source"], row["note"],
            effects[row["name"]],
        )
        for row in read_rows("strategy", "levers.csv")
    )  # fmt: skip


#: the policies of the published comparison (Lim et al. 2022), in its order, before strengths
PUBLISHED = (
    "Bup Prov Capacity", "Bup Providers", "Developing OUD", "Diverted Rx Init", "Fent OD Risk", "Heroin Init",
    "Nx Kits", "Own Rx Init", "Package", "Package (Alternate)", "Peer Recovery", "People with Rx", "Return to OUD",
)  # fmt: skip


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


@cache
def _by_name() -> dict[str, Lever]:
    return {_folded(each.name): each for each in levers()}


def lever(name: str) -> Lever:
    """Return one lever; case, blanks, hyphens and underscores do not matter.

    Raises:
        UnknownName: there is none of this name; the nearest are told.

    >>> lever("nx-kits").name, lever("Naloxone Kits").name
    ('Nx Kits', 'naloxone_kits')
    """
    found = _by_name().get(_folded(name))
    if found is None:
        raise UnknownName("lever", name, (each.name for each in levers()))
    return found
