"""Doses for account, by the conversion of supply signals: a seizure, a target or a claim in doses, with bounds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from counterflow.account.doses import Mass, claim_of, precursor_bound, published_purity, read_mass
from counterflow.core.errors import InputError, UnknownName
from counterflow.core.estimate import Estimate
from counterflow.watch.supply.doses import Purity, dose_range, dose_ranges, doses

__all__ = ["AskDoses", "doses_of"]

#: purities of very different lots, which a published mean of a market evens out
_AVERAGED = "a published mean stands for many lots; one lot may hold anything from a trace to almost pure"


@dataclass(frozen=True, slots=True)
class AskDoses:
    """What is asked.

    Args:
        amount: as people write it: 10000 lb, 80000 tablets.
        substance: the registry's id, or a class of precursors with `precursor`.
        as_of: last day of what was weighed.
        source: who weighed.
        form: powder, tablet …; "" where not known.
        purity: mean, low and high as shares; None where nobody measured.
        published: take the purity that was published for the market.
        purity_source: who measured the purity.
        gross: whether wrapping was weighed, too.
        precursor: the substance is a class of precursors, and the bound of its product is asked.
        claimed: doses that somebody said it is; None where nobody did.
        seed: seed of the draws.
    """

    amount: str
    substance: str
    as_of: dt.date
    source: str = "as given"
    form: str = ""
    purity: tuple[float, float, float] | None = None
    published: bool = False
    purity_source: str = "as given"
    gross: bool = False
    precursor: bool = False
    claimed: float | None = None
    seed: int = 1


def doses_of(ask: AskDoses) -> dict[str, Any]:
    """Return doses with their bounds, what they rest on, and what to know; plain data for JSON.

    Raises:
        InputError: the amount or the purity is unclear, or no dose of the substance is known.
    """
    mass = read_mass(ask.amount)
    told: dict[str, Any] = {"substance": ask.substance, "amount": mass.words, "kg": mass.kg, "tablets": mass.tablets}
    if ask.precursor:
        return told | _of_precursor(ask, mass)
    known = dose_range(ask.substance, ask.form)
    if known is None:
        raise UnknownName("dose of", ask.substance, {row.substance for row in dose_ranges()})
    limits = [f"a dose is one customary use, {known.low_mg:g} to {known.high_mg:g} mg; it is no lethal dose"]
    if mass.kg is None:
        return told | _of_tablets(ask, mass.tablets or 0.0, limits)
    purity = _purity(ask)
    if ask.published:
        limits.append(_AVERAGED)
    made = doses(
        mass.kg, ask.substance, as_of=ask.as_of, source=ask.source, form=ask.form, purity=purity, gross=ask.gross,
        seed=ask.seed,
    )  # fmt: skip
    if made is None:
        raise InputError("No doses can be told.", value=ask.amount)
    told |= {"doses": made.as_dict(), "purity": purity and [purity.mean, purity.low, purity.high], "limits": limits}
    if ask.claimed is not None:
        told["claim"] = claim_of(ask.claimed, mass.kg, made.low, made.high)
    return told


def _purity(ask: AskDoses) -> Purity | None:
    if ask.published:
        taken = published_purity(ask.substance)
        return Purity(taken.mean, taken.low, taken.high, taken.source)
    if ask.purity is None:
        return None
    mean, low, high = ask.purity
    if not 0 < low <= mean <= high <= 1:
        raise InputError(
            f"A purity is a share with its interval, not {mean:g} ({low:g} to {high:g}).", column="purity", value=mean,
            hint="0 < low <= purity <= high <= 1: write 0.15 for 15 %.",
        )  # fmt: skip
    return Purity(mean, low, high, ask.purity_source)


def _of_tablets(ask: AskDoses, count: float, limits: list[str]) -> dict[str, Any]:
    """Return tablets as doses: each is sold and taken as one."""
    made = Estimate(
        value=count, low=count, high=count, level=0.95, method="a tablet is its own dose", source=ask.source,
        as_of=ask.as_of, unit="tablets",
    )  # fmt: skip
    told: dict[str, Any] = {
        "doses": made.as_dict(),
        "purity": None,
        "limits": [*limits, "tablets were counted, not weighed"],
    }
    if ask.claimed is not None:
        told["claim"] = {"claimed": ask.claimed, "inside": ask.claimed == count, "words": f"{count:,.0f} were counted"}
    return told


def _of_precursor(ask: AskDoses, mass: Mass) -> dict[str, Any]:
    """Return the most doses that a mass of precursors could become; there is no lower end but none."""
    bound = precursor_bound(ask.substance)
    if mass.kg is None:
        raise InputError("A precursor is weighed, not counted.", value=ask.amount, hint="Give kg or lb.")
    all_of_it = Purity(0.999, 0.998, 1.0, "bound")
    most = doses(
        mass.kg * bound.most, bound.product, as_of=ask.as_of, source=ask.source, purity=all_of_it, gross=ask.gross,
        seed=ask.seed,
    )  # fmt: skip
    if most is None:
        raise InputError("No doses can be told.", value=ask.amount)
    why = f"at most {most.high:.3g}; how much of a precursor becomes a drug is not known, and none of it may"
    made = replace(most, value=None, low=0.0, informative=False, why_not=why, source=f"{most.source}; {bound.source}")
    told: dict[str, Any] = {"product": bound.product, "doses": made.as_dict(), "purity": None, "limits": [bound.words]}
    if ask.claimed is not None:
        told["claim"] = claim_of(ask.claimed, mass.kg, 0.0, made.high)
    return told
