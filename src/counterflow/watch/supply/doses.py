"""How many doses a seized mass is: mass × purity ÷ dose, by draws over all that is not known.

A dose is what one person uses once, and it differs by a factor of ten or more between people: there is no such thing as
the number of doses, and a "lethal dose" is no unit. The answer is a range; where purity is not known the range is wide,
and beyond a hundredfold it is not informative.

    doses = mass · m · purity · b / dose

    m     error of the scale and of what was weighed with the drug (wrapping, water): normal, 5 %, one-sided where the
          source weighs gross
    b     part of a salt that is base, where it is not known which of both a purity or a mass means: uniform
    purity  as measured (a beta law with the mean and interval of the signal), else uniform on the log scale over what
          the table of doses holds possible
    dose  log-normal about the customary one, 95 % of it inside the table's range

The draws follow JCGM 101:2008 (Monte Carlo propagation of distributions); ranges and their sources: `doses.csv`.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from counterflow.core.estimate import Estimate
from counterflow.core.seeds import generator

__all__ = ["METHOD", "DoseRange", "Purity", "dose_range", "dose_ranges", "doses", "drawn_doses"]

Floats = npt.NDArray[np.float64]
METHOD = "mass x purity / dose by draws (JCGM 101:2008); ranges of one customary use, by substance"
_Z = 1.959963984540054
_SCALE_ERROR = 0.05
#: an interval this many times wider than its low end tells nothing
_TOO_WIDE = 100.0
_DRAWS = 4000
_NUMBERS = ("low_mg", "typical_mg", "high_mg", "base_part", "purity_low", "purity_high")


@dataclass(frozen=True)
class DoseRange:
    """What people use at once of one substance, and what its market holds.

    Args:
        substance: the registry's id.
        form: form it is of; "" for any other.
        basis: pure (milligrams of the base) | gross (as it is sold; purity does not enter).
        low_mg: 95 % of uses lie above it.
        typical_mg: customary use.
        high_mg: 95 % of uses lie below it.
        base_part: mass of base in one of its common salt.
        purity_low: least purity met on the market, where nobody measured.
        purity_high: highest.
        source: citation.
        read: text at hand, or recalled.
    """

    substance: str
    form: str
    basis: str
    low_mg: float
    typical_mg: float
    high_mg: float
    base_part: float
    purity_low: float
    purity_high: float
    source: str
    read: str


@dataclass(frozen=True)
class Purity:
    """A measured purity, as a share: mean with its 95 % interval."""

    mean: float
    low: float
    high: float
    source: str = ""


@cache
def dose_ranges() -> tuple[DoseRange, ...]:
    """Return the table of doses."""
    text = resources.files("counterflow.watch.supply").joinpath("doses.csv").read_text("utf-8")
    return tuple(_row(row) for row in csv.DictReader(text.splitlines()))


def _row(row: dict[str, str]) -> DoseRange:
    low, typical, high, base, least, most = (float(row[name]) for name in _NUMBERS)
    return DoseRange(
        row["substance"], row["form"], row["basis"], low, typical, high, base, least, most, row["source"], row["read"]
    )  # fmt: skip


def dose_range(substance: str, form: str = "") -> DoseRange | None:
    """Return the row for a substance and form, the row for any form where that one is not there; None without either.

    >>> dose_range("fentanyl", "tablet").typical_mg, dose_range("fentanyl", "powder").form, dose_range("khat")
    (2.4, '', None)
    """
    rows = {row.form: row for row in dose_ranges() if row.substance == substance}
    return rows.get(form) or rows.get("")


def doses(
    mass_kg: float,
    substance: str,
    *,
    as_of: dt.date,
    source: str,
    form: str = "",
    purity: Purity | None = None,
    gross: bool = False,
    seed: int = 1,
) -> Estimate | None:
    """Return how many doses a mass is, with a 95 % interval; None where no dose of this substance is known.

    Args:
        mass_kg: what was weighed.
        substance: the registry's id.
        as_of: last day of what was weighed.
        source: who weighed.
        form: powder, tablet …; "" where not known.
        purity: as measured; None where nobody measured.
        gross: True where wrapping was weighed, too.
        seed: seed of the draws.
    """
    known = dose_range(substance, form)
    if known is None or not mass_kg > 0:
        return None
    made = drawn_doses([mass_kg], known, purity=purity, gross=gross, seed=seed)
    low, value, high = (float(q) for q in np.quantile(made, [0.025, 0.5, 0.975]))
    wide = high > _TOO_WIDE * low
    why = "" if purity is not None or known.basis == "gross" else "nobody measured the purity"
    not_told = f"{why or 'the range of doses is too wide'}: {low:.3g} to {high:.3g} is no answer"
    whence = f"{source}; dose: {known.source} ({known.read})" + (f"; purity: {purity.source}" if purity else "")
    unit = f"doses of {known.low_mg:g} to {known.high_mg:g} mg"
    return Estimate(
        value=None if wide else value, low=low, high=high, level=0.95, method=METHOD, source=whence, as_of=as_of,
        unit=unit, informative=not wide, why_not=not_told if wide else "",
    )  # fmt: skip


def drawn_doses(
    masses_kg: Sequence[float], known: DoseRange, *, purity: Purity | None, gross: bool = False, seed: int = 1
) -> Floats:
    """Return draws of the doses in the sum of these masses: purity, salt and dose are the same for all of them."""
    rng = generator(seed, "supply", "doses", known.substance, known.form)
    error = 1 + _SCALE_ERROR * rng.standard_normal(_DRAWS)
    mass_mg = sum(masses_kg) * 1e6 * np.clip(error if not gross else 1 - np.abs(error - 1) * 2, 0.5, 1.5)
    dose = _between(rng.standard_normal(_DRAWS), known.low_mg, known.typical_mg, known.high_mg)
    if known.basis == "gross":
        return np.asarray(mass_mg / dose)
    base = rng.uniform(known.base_part, 1.0, _DRAWS)
    return np.asarray(mass_mg * _purity(purity, known, rng) * base / dose)


def _between(z: Floats, low: float, middle: float, high: float) -> Floats:
    """Return a two-piece log-normal about its middle, with 95 % inside."""
    below, above = math.log(middle / low) / _Z, math.log(high / middle) / _Z
    return np.asarray(middle * np.exp(z * np.where(z < 0, below, above)))


def _purity(purity: Purity | None, known: DoseRange, rng: np.random.Generator) -> Floats:
    """Return draws of the purity: a beta law by its moments where it was measured."""
    if purity is None:
        return np.asarray(np.exp(rng.uniform(math.log(known.purity_low), math.log(known.purity_high), _DRAWS)))
    mean = min(max(purity.mean, 1e-4), 1 - 1e-4)
    deviation = max((purity.high - purity.low) / (2 * _Z), 1e-4)
    size = mean * (1 - mean) / min(deviation**2, 0.9 * mean * (1 - mean)) - 1
    return np.asarray(rng.beta(mean * size, (1 - mean) * size, _DRAWS))
