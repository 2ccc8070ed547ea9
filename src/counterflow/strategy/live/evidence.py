"""Evidence on parameters of supply, and what it leaves of their priors.

Normal prior and normal evidence on the parameter's own scale (log, logit or as it is; Gelman et al., Bayesian Data
Analysis, 3rd edition 2013, section 2.5). A site is not the nation: the variance between sites, declared in
`reference/strategy/live_links.csv`, is added to that of the evidence, so that no count of one place, however large,
ties the parameter tighter than that (as in a meta-analytic predictive prior: Neuenschwander et al., Clinical Trials 7
(2010) 5-18).
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import InputError, UnknownName
from counterflow.reference.csv_files import read_rows
from counterflow.strategy.model.parameters import Parameter, parameters

__all__ = ["Evidence", "Link", "Updated", "applied", "links", "read_evidence", "updated", "updates"]

Floats = npt.NDArray[np.float64]
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Link:
    """How a kind of evidence bears on a parameter.

    Args:
        name: kind of evidence.
        parameter: which parameter.
        apart: standard deviation between sites on the parameter's scale.
        words: what is measured.
        why: why it may not hold for the nation.
    """

    name: str
    parameter: str
    apart: float
    words: str
    why: str


@cache
def links() -> dict[str, Link]:
    """Return the kinds of evidence there are."""
    rows = read_rows("strategy", "live_links.csv")
    return {r["link"]: Link(r["link"], r["parameter"], float(r["apart"]), r["words"], r["why"]) for r in rows}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One measured value.

    Args:
        link: kind of evidence, a name of `links()`.
        value: what was measured, in the parameter's unit.
        low: lower end of its interval.
        high: upper end.
        level: nominal coverage of that interval.
        source: whose data.
        as_of: last day of the data.
        words: what it is, in words.
        synthetic: whether the data are of a training world.
    """

    link: str
    value: float
    low: float
    high: float
    level: float
    source: str
    as_of: dt.date
    words: str
    synthetic: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, the date as ISO text."""
        return asdict(self) | {"as_of": self.as_of.isoformat()}


@dataclass(frozen=True, slots=True)
class Updated:
    """A parameter before and after.

    Args:
        parameter: which.
        evidence: what moved it, in order.
        before: low, median, high of the prior (95 %).
        after: the same once the evidence is in.
        centre: mean on the parameter's scale, after.
        spread: standard deviation on that scale, after.
    """

    parameter: Parameter
    evidence: tuple[Evidence, ...]
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    centre: float
    spread: float


def updates(evidence: Iterable[Evidence]) -> tuple[Updated, ...]:
    """Return each parameter that the evidence bears on, in the order of the registry.

    Raises:
        UnknownName: evidence of a kind that bears on nothing.
    """
    by_name: dict[str, list[Evidence]] = {}
    for each in evidence:
        if each.link not in links():
            raise UnknownName("kind of evidence", each.link, links())
        by_name.setdefault(links()[each.link].parameter, []).append(each)
    held = parameters()
    return tuple(_updated(row, tuple(by_name[row.name])) for row in held.rows if row.name in by_name)


def _updated(row: Parameter, evidence: tuple[Evidence, ...]) -> Updated:
    forth, back = _scale(row)
    centre, variance = forth(row.value), ((forth(row.high) - forth(row.low)) / (2 * _Z)) ** 2
    for each in evidence:
        seen, error = _seen(row, each)
        weight = 1 / variance + 1 / error
        centre, variance = (centre / variance + seen / error) / weight, 1 / weight
    spread = math.sqrt(variance)
    after = tuple(_within(row, back(centre + z * spread)) for z in (-_Z, 0.0, _Z))
    return Updated(row, evidence, (row.low, row.value, row.high), after, centre, spread)  # type: ignore[arg-type]


def _seen(row: Parameter, each: Evidence) -> tuple[float, float]:
    """Return the evidence on the parameter's scale, and its variance with that between sites."""
    forth, _ = _scale(row)
    z = _quantile(each.level)
    low, high = (forth(_inside(row, end)) for end in (each.low, each.high))
    own = ((high - low) / (2 * z)) ** 2
    return forth(_inside(row, each.value)), own + links()[each.link].apart ** 2


def _quantile(level: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + level / 2)


def _scale(row: Parameter) -> tuple[Callable[[float], float], Callable[[float], float]]:
    if row.scale == "log":
        return math.log, math.exp
    if row.scale == "logit":
        return lambda x: math.log(x / (1 - x)), lambda y: 1 / (1 + math.exp(-y))
    return float, float


def _inside(row: Parameter, value: float) -> float:
    """Return the value where the scale can hold it: a share of exactly 0 or 1 has no log-odds."""
    if row.scale == "log":
        return max(value, row.low * 1e-2)
    return min(max(value, 1e-4), 1 - 1e-4) if row.scale == "logit" else value


def _within(row: Parameter, value: float) -> float:
    return min(max(value, row.low), row.high) if row.scale == "uniform" else value


def applied(found: Sequence[Updated]) -> Callable[[Floats], Floats]:
    """Return what turns drawn parameter vectors into those that the evidence leaves.

    A draw keeps its rank within the parameter, so that runs with and without the evidence share all other luck.
    """

    def turn(values: Floats) -> Floats:
        out = values.copy()
        for each in found:
            place = parameters().place(each.parameter.name)
            out[:, place] = _column(each, values[:, place])
        return out

    return turn


def _column(each: Updated, column: Floats) -> Floats:
    row = each.parameter
    if row.scale == "log":
        line = np.log(column)
    elif row.scale == "logit":
        line = np.log(column / (1 - column))
    else:
        line = column
    forth, _ = _scale(row)
    centre, low, high = forth(row.value), forth(row.low), forth(row.high)
    score = np.where(line < centre, (line - centre) / (centre - low), (line - centre) / (high - centre)) * _Z
    moved = each.centre + each.spread * score
    if row.scale == "log":
        return np.asarray(np.exp(moved))
    if row.scale == "logit":
        return np.asarray(1 / (1 + np.exp(-moved)))
    return np.asarray(np.clip(moved, row.low, row.high) if row.scale == "uniform" else moved)


def updated(found: Sequence[Updated]) -> list[dict[str, Any]]:
    """Return prior, evidence and updated prior side by side, a row for each piece of evidence."""
    return [
        {
            "parameter": each.parameter.name, "unit": each.parameter.unit, "prior": each.before[1],
            "prior_low": each.before[0], "prior_high": each.before[2], "evidence": piece.value,
            "evidence_low": piece.low, "evidence_high": piece.high, "updated": each.after[1],
            "updated_low": each.after[0], "updated_high": each.after[2], "words": piece.words,
            "holds_for_all": f"not surely: {links()[piece.link].why}", "source": piece.source,
            "as_of": piece.as_of.isoformat(), "synthetic": piece.synthetic,
        }
        for each in found
        for piece in each.evidence
    ]  # fmt: skip


def read_evidence(path: Path) -> tuple[Evidence, ...]:
    """Read evidence that `strategy live --format json` wrote: an object whose `evidence` is a list.

    Raises:
        InputError: it is not that, or an entry does not hold together.
    """
    try:
        tree = json.loads(path.read_text("utf-8"))
        entries = tree["evidence"]
        found = tuple(_entry(path, place, entry) for place, entry in enumerate(entries, 1))
    except OSError as error:
        raise InputError(f"It cannot be read: {error.strerror}.", file=path, hint="Check the path.") from error
    except (ValueError, KeyError, TypeError) as error:
        hint = "Write it with `counterflow strategy live --format json --out FILE`."
        raise InputError("It holds no evidence of this program.", file=path, hint=hint) from error
    return found


def _entry(path: Path, place: int, entry: dict[str, Any]) -> Evidence:
    value, low, high, level = (float(entry[name]) for name in ("value", "low", "high", "level"))
    link, source, words = (str(entry[name]) for name in ("link", "source", "words"))
    as_of = dt.date.fromisoformat(entry["as_of"])
    found = Evidence(link, value, low, high, level, source, as_of, words, bool(entry["synthetic"]))
    if not (found.low <= found.value <= found.high and 0 < found.level < 1):
        raise InputError(
            f"Evidence {place} does not hold together.", file=path, column=found.link,
            hint="low <= value <= high, and a level between 0 and 1.",
        )  # fmt: skip
    return found
