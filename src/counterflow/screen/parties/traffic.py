"""Thresholds from a user's own clean traffic: as many false alerts as there are people to review them.

A user gives names that are, as far as anybody knows, not listed, and says how many false alerts in 1,000 parties are
bearable; each kind of party gets the lowest score that keeps to it. The score is an order statistic of the traffic's
own best scores. The share of further names of the same traffic above the (k+1)-th highest of n is distributed as
Beta(k+1, n-k), whatever the scores look like (Wilks 1941, Annals of Mathematical Statistics 12(1), section 2; David
and Nagaraja, Order Statistics, 3rd ed. 2003, section 2.5): its mean, (k+1)/(n+1), is the stated rate, and its quantiles
are the exact interval. With fewer than five names above it the interval says next to nothing; then no threshold is
set, and how many names it takes is said.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.errors import InputError, UsageError
from counterflow.core.tables.parties import PARTY_THRESHOLD
from counterflow.matching.normalise import VERSION as NORMALISER
from counterflow.screen.parties.kinds import KINDS, ORGANISATION, PERSON, VESSEL
from counterflow.screen.parties.thresholds import LOWEST, Threshold
from counterflow.screen.parties.versions import lists_in_words, score_version

if TYPE_CHECKING:
    from counterflow.screen.parties.lookup import PartyLookup
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["Calibration", "calibrate", "names_needed", "rate_of", "set_threshold", "stored_parties"]

Floats = npt.NDArray[np.float64]

_KINDS = (PERSON, ORGANISATION, VESSEL)
_HIGHEST = 0.9999
_FEWEST_ABOVE = 5
_LEVEL = 0.95
_SHOWN = 5
_CURVE = tuple(step / 100 for step in range(10, 100, 5))
_STEP = 1e-4  # scores are printed to 4 decimals, and compared as printed


def names_needed(per_1000: float) -> int:
    """Return how many clean names it takes to set a threshold at this rate.

    >>> names_needed(10), names_needed(1)
    (499, 4999)
    """
    return math.ceil(_FEWEST_ABOVE * 1000 / per_1000) - 1


def set_threshold(kind: int, scores: Sequence[float] | Floats, per_1000: float) -> Threshold:
    """Return the lowest score that at most `per_1000` in 1,000 further names like these are expected to reach.

    Args:
        kind: kind of party the names are of.
        scores: for each clean name its best score against the lists; 0 where nothing was met.
        per_1000: false alerts asked for at most.

    Raises:
        InputError: too few names for this rate; says how many it takes.
    """
    best = np.sort(np.round(np.asarray(scores, dtype=np.float64), 4))[::-1]
    needed = names_needed(per_1000)
    if len(best) < needed:
        raise InputError(
            f"{len(best)} {KINDS[kind]} names cannot say where {per_1000:g} in 1,000 alert: it takes {needed}.",
            hint=f"Give more names, or ask for {_FEWEST_ABOVE * 1000 / (len(best) + 1):.1f} in 1,000 or more."
            if len(best) >= _FEWEST_ABOVE
            else "Give more names.",
        )
    above = math.floor(per_1000 / 1000 * (len(best) + 1) + 1e-9) - 1
    score = round(min(max(float(best[above]) + _STEP, LOWEST), _HIGHEST), 4)
    alerts = int((best >= score).sum())
    if alerts > above:
        raise InputError(
            f"{alerts} of {len(best)} {KINDS[kind]} names score as high as can be: more than {per_1000:g} in 1,000.",
            hint="They are listed names: take them out of the clean traffic.",
        )
    low, high = _interval(alerts, len(best))
    curve = tuple((at, round(1000 * float((best >= at).mean()), 3)) for at in _CURVE)
    expected = 1000 * (alerts + 1) / (len(best) + 1)
    return Threshold(kind, score, round(expected, 3), low, high, len(best), alerts, curve)


def _interval(alerts: int, names: int) -> tuple[float, float]:
    """Return the ends of the central interval of Beta(alerts + 1, names - alerts), per 1,000."""
    from scipy.special import betaincinv

    tail = (1 - _LEVEL) / 2
    low, high = (float(betaincinv(alerts + 1, names - alerts, p)) for p in (tail, 1 - tail))
    return round(1000 * low, 3), round(1000 * high, 3)


@dataclass(frozen=True)
class Calibration:
    """Thresholds that were set together.

    Args:
        number: id.
        found: the thresholds.
        missing: for each kind that got none, why.
        highest: the names that score highest, as (kind, name, score).
    """

    number: str
    found: Sequence[Threshold]
    missing: Sequence[str]
    highest: Sequence[tuple[int, str, float]]

    def said(self) -> list[str]:
        """Return it in words, line by line."""
        shown = "; ".join(f"{name} ({score:.4f})" for _, name, score in self.highest)
        return [
            *(f"{self.number}, {threshold.in_words()}." for threshold in self.found),
            *self.missing,
            f"Highest among them: {shown}. If one is truly listed, take it out and set them again.",
        ]

    def as_rows(self) -> list[dict[str, Any]]:
        """Return one row for each kind."""
        columns = ("score", "per_1000", "low", "high", "names", "alerts")
        return [
            {"threshold": self.number, "kind": KINDS[t.kind]} | {name: getattr(t, name) for name in columns}
            for t in self.found
        ]


def rate_of(per_1000: float | None, reviews_per_day: float | None, parties_per_day: float | None) -> float:
    """Return the false alerts that are bearable in 1,000 parties, as asked or from what can be reviewed in a day.

    Raises:
        UsageError: neither is given, or both, or half of it; or the rate is not above 0 and below 1,000.

    >>> rate_of(None, 25, 10_000)
    2.5
    """
    of_a_day = reviews_per_day is not None and parties_per_day is not None
    halves = (reviews_per_day is None) != (parties_per_day is None)
    if halves or (per_1000 is not None) == of_a_day:
        raise UsageError(
            "Say how many false alerts are bearable.",
            hint="Give --per-1000 N, or --reviews-per-day N with --parties-per-day M.",
        )
    rate = per_1000 if per_1000 is not None else 1000 * (reviews_per_day or 0) / max(parties_per_day or 0, 1e-9)
    if not 0 < rate < 1000:
        raise UsageError(f"A rate lies above 0 and below 1,000 in 1,000, not at {rate:g}.", hint="Give another one.")
    return rate


def stored_parties(store: Store) -> pa.Table:
    """Return the distinct names of parties in the workspace: the user's own traffic."""
    return store.query("SELECT DISTINCT name FROM party WHERE name IS NOT NULL ORDER BY name")


def calibrate(
    workspace: Workspace, lookup: PartyLookup, traffic: pa.Table, per_1000: float, person: str
) -> Calibration:
    """Set thresholds on clean traffic, store them and seal them in the ledger.

    Args:
        workspace: where they go.
        lookup: the lists they are set against.
        traffic: columns name or query and, where known, schema; a name counts once. Names of no stated kind count as
            organisations where a word says so, else as people.
        per_1000: false alerts that can be reviewed, per 1,000 parties.
        person: who sets them.

    Raises:
        InputError: no kind has names enough, or nobody is said to set them.
    """
    if not person.strip():
        raise InputError("A threshold is set by somebody.", hint="Say who, with --by.", column="by")
    best = lookup.best_scores(traffic)
    found, missing = [], []
    for kind in _KINDS:
        scores = best.scores[best.kinds == kind]
        try:
            if len(scores):
                found.append(set_threshold(kind, scores, per_1000))
        except InputError as error:
            missing.append(str(error))
    if not found:
        said = " ".join(missing) or "The traffic holds no name that names anybody."
        raise InputError(said, hint=f"{per_1000:g} in 1,000 takes {names_needed(per_1000)} names of a kind.")
    digest = hashlib.sha256("\n".join(sorted(best.words)).encode()).hexdigest()
    order = np.argsort(-best.scores, kind="stable")[:_SHOWN].tolist()
    highest = [(int(best.kinds[i]), best.names[i], float(best.scores[i])) for i in order]
    return Calibration(_keep(workspace, lookup.versions, found, per_1000, digest, person), found, missing, highest)


def _keep(
    workspace: Workspace, lists: Mapping[str, str], found: Sequence[Threshold], asked: float, digest: str, person: str
) -> str:
    from counterflow.store.ledger import decimal_text

    made_at, basis = workspace.clock(), lists_in_words(lists)
    said = repr((basis, NORMALISER, score_version(), digest, asked, made_at.isoformat()))
    number = f"T-{hashlib.sha256(said.encode()).hexdigest()[:12]}"
    shared = {
        "threshold": number, "asked_per_1000": asked, "level": _LEVEL, "lists": basis, "normaliser": NORMALISER,
        "score_version": score_version(), "traffic_sha256": digest, "made_at": made_at, "person": person,
    }  # fmt: skip
    rows = [
        shared
        | {"kind": KINDS[t.kind], "score": t.score, "per_1000": t.per_1000, "low": t.low, "high": t.high}
        | {"names": t.names, "alerts": t.alerts, "curve": json.dumps(t.curve)}
        for t in found
    ]
    body = {
        "threshold": number, "lists": basis, "normaliser": NORMALISER, "score_version": score_version(),
        "asked_per_1000": decimal_text(asked), "traffic_sha256": digest,
        "kinds": {KINDS[t.kind]: {"score": decimal_text(t.score), "names": t.names, "alerts": t.alerts} for t in found},
    }  # fmt: skip
    with workspace.store.transaction():
        workspace.store.append("party_threshold", pa.Table.from_pylist(rows, schema=PARTY_THRESHOLD))
        workspace.ledger.append("party-threshold", body)
    return number
