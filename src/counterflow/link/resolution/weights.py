"""How probable it is that two records name one party: the model of Fellegi and Sunter, learnt without labels.

A pair of records that came up for comparison is one of four things:

* **same**: one party;
* **strangers**: two parties that share what they share by chance;
* **namesakes**: two parties whose names are alike for a reason: relatives, firms of one group, a name in fashion;
* **neighbours**: two parties at one address or telephone: a family, an office block, a forwarder.

Under each, each comparison falls into its bands with certain probabilities, independently of the others (Fellegi and
Sunter 1969, JASA 64, section 3); more than two classes, because pairs of relatives look neither like one party nor like
strangers (Larsen and Rubin 2001, JASA 96, 32-41). The probability of *same* follows by Bayes' rule:

    P = 1 / (1 + exp(-against strangers) + exp(-against namesakes) + exp(-against neighbours))

where each term is the prior of the class pair plus the sum of the logarithms of the ratios of the fields. Since fields
are not quite independent, these odds are then read as they were borne out on labelled records (`defaults.BORNE_OUT`).

For *same*, *namesakes* and *neighbours* the probabilities of bands are tables. For *strangers* they are counted against
all pairs of records, not against those that were picked for being alike: a value that n of N records hold is shared by
chance with probability n / N; a name or address that shares r nats of rarity with probability k(band) exp(-beta r).

Tables, k and the sizes of the classes are learnt by expectation and maximisation (Dempster, Laird and Rubin 1977,
JRSS B 39; for linkage Winkler 1988, ASA Proceedings, 667-671, and 2000, Census Bureau RR2000/05), over the pairs of all
blocking passes together, so that each field is also judged on pairs that other fields brought up. The shipped defaults
are the start and a prior (Dirichlet and gamma) worth as many pairs as there are distinct records: without labels
nothing else tells relatives from one party that writes itself in two ways.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from counterflow.link.resolution.compare import BANDS, BY_NATS, COMPARED, NAME_EDGES, PLACE_EDGES, Vectors
from counterflow.link.resolution.defaults import BETA, BORNE_OUT, CHANCE, LIKELY, SHARES, STRANGERS_K

__all__ = ["AGAINST", "DEFAULTS", "Weights", "combined", "factors", "learn", "prior", "probability", "version"]

Floats = npt.NDArray[np.float64]

#: what a pair may be, if not one party
AGAINST = ("strangers", "namesakes", "neighbours")
_TABLED = ("same", "namesakes", "neighbours")
MOST_PAIRS = 400_000  # pairs the weights are learnt on; more change nothing that matters
ROUNDS = 20
_ENOUGH = 1e-3  # change of the number of links, relative, at which learning ends
_PORTION = 500_000  # pairs whose probabilities are computed at a time
_RARE = 6.0  # nats from which blocking finds nearly all pairs that share so much
_LEAST_CHANCE = 1e-9
CROWD = 5.0  # records at an ordinary address
_PRIOR_K = 20.0  # pairs that the default k of a band is worth


@dataclass(frozen=True)
class Weights:
    """The numbers behind every probability.

    Args:
        tables: class to comparison to the probability of each band.
        shares: class to pairs of that class for each distinct record.
        k: of names and places, the factor of chance agreement in each band that rarity tells.
    """

    tables: dict[str, dict[str, tuple[float, ...]]]
    shares: dict[str, float]
    k: dict[str, tuple[float, ...]]

    def as_json(self) -> str:
        """Return the numbers, for the table of runs."""
        return json.dumps(_rounded({"tables": self.tables, "shares": self.shares, "k": self.k}), sort_keys=True)


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _rounded(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [_rounded(part) for part in value]
    return round(float(value), 8) if isinstance(value, float) else value


DEFAULTS = Weights(LIKELY, SHARES, STRANGERS_K)


@cache
def version() -> str:
    """Return the version of comparison and defaults: it changes with either."""
    said = repr((BANDS, NAME_EDGES, PLACE_EDGES, DEFAULTS, BETA, BORNE_OUT, CHANCE, ROUNDS))
    return f"1-{hashlib.sha256(said.encode()).hexdigest()[:8]}"


def factors(vectors: Vectors, weights: Weights, forms: int) -> dict[str, Floats]:
    """Return, against each other class, the logarithm of the ratio of each comparison: pairs by `COMPARED`.

    0 where a field says nothing. Natural logarithms.
    """
    same = _tabled(vectors, weights, "same")
    against = {other: same - _tabled(vectors, weights, other) for other in AGAINST[1:]}
    chance = np.stack([_chance(vectors, weights, what, forms) for what in COMPARED], axis=1)
    return {"strangers": same - np.log(chance)} | against


def _tabled(vectors: Vectors, weights: Weights, name: str) -> Floats:
    out = np.zeros(vectors.bands.shape)
    for at, what in enumerate(COMPARED):
        out[:, at] = np.append(np.log(weights.tables[name][what]), 0.0)[vectors.bands[:, at]]
    if name == "neighbours":
        # Where fifty records stand at one address, each has ten times the neighbours of one where five do.
        at, (_, last) = COMPARED.index("place"), BY_NATS["place"]
        near = (vectors.bands[:, at] > last - 3) & (vectors.bands[:, at] <= last)
        out[near, at] += np.log(np.clip(vectors.shared[near, at] / CROWD, 0.2, 100.0) ** 0.75)
    return out


def _chance(vectors: Vectors, weights: Weights, what: str, forms: int) -> Floats:
    """Return how often two strangers fall in the band of each pair; 1 where the field says nothing."""
    at, band = COMPARED.index(what), vectors.band(what)
    table = np.append(CHANCE[what], 1.0)[band]
    held = np.clip((vectors.shared[:, at] - (what != "place")) / max(forms, 1), _LEAST_CHANCE, 1.0)
    table = np.where(table < 0, held, table)  # what the value itself tells
    if what in BY_NATS:
        first, last = BY_NATS[what]
        told = (band >= first) & (band <= last)
        k = np.array(weights.k[what])[np.clip(band - first, 0, last - first)]
        nats = vectors.nats[:, list(BY_NATS).index(what)]
        table = np.where(told, np.clip(k * np.exp(-BETA[what] * nats), _LEAST_CHANCE / max(forms, 1), 1.0), table)
    return table


def prior(weights: Weights, forms: int) -> dict[str, float]:
    """Return, against each other class, the logarithm of how much more pairs of one party there are."""
    pairs = max(forms - 1, 1) / 2.0
    share = {name: min(count / pairs, 0.3) for name, count in weights.shares.items()}
    strangers = 1.0 - sum(share.values())
    against = {"strangers": strangers} | share
    return {other: float(np.log(share["same"]) - np.log(against[other])) for other in AGAINST}


def _responsibilities(vectors: Vectors, weights: Weights, forms: int) -> dict[str, Floats]:
    """Return the probability of each class for each pair; they add up to 1."""
    logs = {name: _tabled(vectors, weights, name).sum(axis=1) for name in _TABLED}
    logs["strangers"] = np.zeros(len(vectors))
    for what in COMPARED:
        logs["strangers"] += np.log(_chance(vectors, weights, what, forms))
    before = prior(weights, forms)
    for other in AGAINST:
        logs[other] = logs[other] - before[other]
    most = np.max(list(logs.values()), axis=0)
    parts = {name: np.exp(log - most) for name, log in logs.items()}
    total = np.sum(list(parts.values()), axis=0)
    return {name: part / total for name, part in parts.items()}


def probability(vectors: Vectors, weights: Weights, forms: int) -> Floats:
    """Return the probability that each pair is one party."""
    before = prior(weights, forms)
    found = np.empty(len(vectors))
    for first in range(0, len(vectors), _PORTION):
        some = np.arange(first, min(first + _PORTION, len(vectors)))
        logs = factors(vectors.take(some), weights, forms)
        found[some] = combined({other: log.sum(axis=1) + before[other] for other, log in logs.items()})
    return found


def combined(against: dict[str, Floats]) -> Floats:
    """Return the probability from the log odds against each other class, as borne out (`defaults.BORNE_OUT`).

    >>> one = {"strangers": np.array([5.0]), "namesakes": np.array([4.0]), "neighbours": np.array([9.0])}
    >>> [round(float(p), 3) for p in combined(one)]
    [0.977]
    """
    stacked = np.stack([-np.clip(log, -60.0, 60.0) for log in against.values()])
    odds = -np.logaddexp.reduce(stacked, axis=0)
    said, found = np.array(BORNE_OUT).T
    odds = np.where((odds > said[0]) & (odds < said[-1]), np.interp(odds, said, found), odds)
    answer: Floats = 1.0 / (1.0 + np.exp(-odds))
    return answer


def learn(vectors: Vectors, sizes: dict[str, Floats], forms: int, start: Weights = DEFAULTS) -> Weights:
    """Return the weights of these pairs, learnt without labels.

    Args:
        vectors: pairs of all blocking passes.
        sizes: rarity, in nats, of the name (the address) of each form that has one, under ``name`` and ``place``.
        forms: how many distinct records there are.
        start: where to begin, and the prior.
    """
    step = max(-(-len(vectors) // MOST_PAIRS), 1)
    some = vectors.take(np.arange(0, len(vectors), step)) if step > 1 else vectors
    weights = start
    for _ in range(ROUNDS if len(some) else 0):
        parts = _responsibilities(some, weights, forms)
        tables = {name: _table(some, step * parts[name], start.tables[name], forms) for name in _TABLED}
        shares = {name: (step * float(parts[name].sum()) / max(forms, 1) + start.shares[name]) / 2 for name in _TABLED}
        k = {what: _fitted(some, step * parts["strangers"], what, sizes[what], forms, start) for what in BY_NATS}
        last, weights = weights.shares["same"], Weights(tables, shares, k)
        if abs(weights.shares["same"] / last - 1.0) < _ENOUGH:
            break
    return weights


def _table(
    vectors: Vectors, worth: Floats, start: dict[str, tuple[float, ...]], forms: int
) -> dict[str, tuple[float, ...]]:
    found = {}
    for at, what in enumerate(COMPARED):
        band = vectors.bands[:, at]
        said = band >= 0
        met = np.bincount(band[said], weights=worth[said], minlength=len(BANDS[what]))
        counted = met + max(float(forms), 100.0) * np.array(start[what])
        found[what] = tuple((counted / counted.sum()).tolist())
    return found


def _fitted(vectors: Vectors, apart: Floats, what: str, nats: Floats, forms: int, start: Weights) -> tuple[float, ...]:
    """Fit k of each band: pairs of strangers found over pairs expected at k = 1, where blocking finds them all."""
    first, last = BY_NATS[what]
    band, shared = vectors.band(what), vectors.nats[:, list(BY_NATS).index(what)]
    rare = shared >= _RARE
    possible = float(np.exp(-BETA[what] * nats[nats >= _RARE]).sum()) * max(forms - 1, 0) / 2.0
    k = []
    for number, default in zip(range(first, last + 1), start.k[what], strict=True):
        found = float(apart[rare & (band == number)].sum())
        # the lowest band is met by chance in more ways than blocking looks for: its default stands
        k.append(default if number == first else (found + _PRIOR_K * default) / (possible + _PRIOR_K))
    return tuple(k)
