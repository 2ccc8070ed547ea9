"""Severities from dated counts of harm: deaths and overdoses against how much there was, finer where the counts allow.

For each node of the keys substance, form, route, market (and the class above all of them):

    events  n ~ Poisson(rate · E)                 n: counts, weighed by outcome and age; E: doses, kg or records
    rate    ~ Gamma(k, k / rate of the parent)    so that the posterior is Gamma(k + n, k / parent + E)

the Gamma-Poisson model (Clayton and Kaldor 1987, Biometrics 43:671; Gelman et al. 2013, section 2.6), whose parent
drops the last key that the node names. k, how far a child follows its parent, comes from how much siblings differ
beyond chance (moments); k small means they differ. Weighted events count as n = (Σ w)² / Σ w² of them. Where exposure
is in doses or kilograms, a record's harm is the rate times how many of them a record holds, so that 5,000 doses of
powder weigh more than ten tablets. Points are relative to the class:

    points = points of the class · harm of a record of the node / harm of a mean record of the class
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import InputError
from counterflow.core.seeds import generator
from counterflow.target.severity.cells import OUTCOME_WEIGHTS, Cell, drawn, node_of
from counterflow.target.severity.in_force import KEYS, Points

__all__ = ["Derived", "Terms", "derive"]

Floats = npt.NDArray[np.float64]
Node = tuple[str, ...]
_CLASS: Node = ("",) * len(KEYS)
#: fewest effective events of a class from which its counts are asked at all
_FEWEST = 20.0
#: an interval this many times wider than its low end tells nothing: the coarser row speaks
_TOO_WIDE = 100.0
_TRUST_OF_SIZE = 10.0
_FEWEST_SIBLINGS = 3


@dataclass(frozen=True)
class Terms:
    """How severities are derived.

    Args:
        per: what harm is counted against: doses, kg or records.
        half_life_days: after so many days a count says half as much.
        weights: outcome to what one of it counts beside a death.
        draws: draws of the simulation.
        seed: its seed.
    """

    per: str = "doses"
    half_life_days: float = 365.0
    weights: Mapping[str, float] = field(default_factory=lambda: OUTCOME_WEIGHTS)
    draws: int = 2000
    seed: int = 1


@dataclass(frozen=True)
class Derived:
    """Derived severities, with what has to be said of them.

    Args:
        rows: finer rows, in order of class and key.
        counts_to: class to the last day that its counts speak of.
        said: what has to be known.
    """

    rows: tuple[Points, ...]
    counts_to: Mapping[str, dt.date]
    said: tuple[str, ...]


def derive(counts: Sequence[Cell], exposures: Sequence[Cell], classes: Mapping[str, float], terms: Terms) -> Derived:
    """Return the severities that counts support; a class of which they say too little keeps its own, and that is said.

    Args:
        counts: harm counts by outcome.
        exposures: exposure by unit.
        classes: harm class to its points.
        terms: how.
    """
    unknown = sorted({c.kind for c in counts} - set(terms.weights))
    if unknown:
        raise InputError("An outcome has no weight.", value=unknown[0], hint="Give --weight OUTCOME=NUMBER.")
    rows: list[Points] = []
    said: list[str] = []
    days: dict[str, dt.date] = {}
    for name in sorted({c.harm_class for c in counts}):
        mine = [c for c in counts if c.harm_class == name and terms.weights[c.kind] > 0]
        made, told = _of_class(name, mine, [e for e in exposures if e.harm_class == name], classes[name], terms)
        rows += made
        said += told
        if made:
            days[name] = max(c.ends for c in mine)
    if not counts:
        said.append("no counts are loaded: severities stay those of the classes, which are judgement")
    return Derived(tuple(rows), days, tuple(said))


def _of_class(
    name: str, counts: list[Cell], exposures: list[Cell], points: float, terms: Terms
) -> tuple[list[Points], list[str]]:
    amounts = [e for e in exposures if e.kind == terms.per]
    records = [e for e in exposures if e.kind == "records"]
    if not counts or not amounts:
        return [], [f"{name}: no exposure in {terms.per} to hold the counts against; the class's severity stands"]
    rng = generator(terms.seed, "severity", name)
    harm = _Rates(counts, amounts, terms, rng)
    if harm.events(_CLASS) < _FEWEST:
        return [], [
            f"{name}: too few events left after ageing ({harm.events(_CLASS):.1f}); the class's severity stands"
        ]
    size = None if terms.per == "records" else _Sizes(amounts, records, terms, rng)
    said = []
    if size is not None and not records:
        said.append(f"{name}: no exposure in records: points compare {terms.per}, not how many a record holds")
        size = None
    nodes = sorted(harm.nodes | (size.nodes if size else set()), key=lambda node: (_depth(node), node))
    rests_on: dict[Node, tuple[Node, bytes]] = {}
    mean = harm.rate(_CLASS) * (size.of(_CLASS) if size else 1.0)
    rows = []
    for node in nodes:
        rests_on[node] = (harm.used(node), _matching(exposures, node).tobytes())
        if node == _CLASS or rests_on[node] == rests_on[_parent(node)]:
            continue  # the same counts and amounts as the coarser row: it would say nothing of its own
        each = points * harm.rate(node) * (size.of(node) if size else 1.0) / mean
        low, value, high = (float(q) for q in np.quantile(each, [0.025, 0.5, 0.975]))
        if high > _TOO_WIDE * max(low, 1e-12):
            said.append(
                f"{name}, {_name(node)}: the counts say too little ({low:.3g} to {high:.3g}); left to the coarser"
            )
            continue
        rests = harm.words(node) + (f"; {size.words(node)}" if size else "")
        keys = dict(zip(KEYS, node, strict=True))
        rows.append(
            Points(
                name, keys["substance"], keys["form"], keys["route"], keys["market"], value, low, high, "derived", rests
            )
        )
    said.append(
        f"{name}: harm per {'record' if size or terms.per == 'records' else terms.per}, outcomes weighed by judgement"
    )
    return rows, said


class _Rates:
    """Harm per unit of exposure at each node that counts and exposure both speak of; elsewhere its parent's."""

    def __init__(self, counts: list[Cell], amounts: list[Cell], terms: Terms, rng: np.random.Generator) -> None:
        self._terms, self._rng = terms, rng
        self._counts, self._amounts = counts, amounts
        self._n = drawn(counts, terms.draws, rng) * np.array([c.aged for c in counts])[:, None]
        self._e = drawn(amounts, terms.draws, rng) * np.array([e.aged for e in amounts])[:, None]
        self._w = np.array([terms.weights[c.kind] for c in counts])
        self._rate: dict[Node, Floats] = {}
        both = _nodes(counts) & _nodes(amounts)
        self.nodes = {node for node in both if _matching(counts, node).any() and _matching(amounts, node).any()}
        self._trust = self._trusts()

    def rate(self, node: Node) -> Floats:
        """Return draws of the rate of a node, the nearest coarser one's where it has no counts of its own."""
        if node not in self.nodes and node != _CLASS:
            return self.rate(_parent(node))
        if node not in self._rate:
            events, weight, exposure = self._sums(node)
            if node == _CLASS:
                shape, scale = events + 0.5, exposure
            else:
                parent, trust = self.rate(_parent(node)), self._trust.get(_depth(node), 1.0)
                shape, scale = trust + events, trust * weight / np.maximum(parent, 1e-300) + exposure
            self._rate[node] = self._rng.standard_gamma(shape) / scale * weight
        return self._rate[node]

    def events(self, node: Node) -> float:
        """Return the mean number of effective events of a node."""
        return float(self._sums(node)[0].mean())

    def used(self, node: Node) -> Node:
        """Return the node whose counts speak for this one: itself, or the nearest coarser one that has some."""
        return node if node in self.nodes or node == _CLASS else self.used(_parent(node))

    def words(self, node: Node) -> str:
        """Return what a node's rate rests on."""
        used = self.used(node)
        per = self._terms.per.removesuffix("s")
        return f"harm per {per} of {_name(used)}: {self.events(used):.0f} effective events"

    def _sums(self, node: Node) -> tuple[Floats, Floats, Floats]:
        """Return effective events, what each weighs, and exposure, per draw."""
        here, there = _matching(self._counts, node), _matching(self._amounts, node)
        weighed = (self._w[here, None] * self._n[here]).sum(axis=0)
        squared = (self._w[here, None] ** 2 * self._n[here]).sum(axis=0)
        events = np.divide(weighed**2, squared, out=np.zeros_like(weighed), where=squared > 0)
        weight = np.divide(weighed, events, out=np.ones_like(weighed), where=events > 0)
        return events, weight, self._e[there].sum(axis=0)

    def _trusts(self) -> dict[int, float]:
        """Return, per depth, how far a node follows its parent: 1 / variance of siblings beyond chance, by moments."""
        trusts: dict[int, float] = {}
        for depth in range(1, len(KEYS) + 1):
            nodes = [node for node in self.nodes if _depth(node) == depth]
            over = expected = squares = 0.0
            for node in nodes:
                parent = _parent(node)
                while parent not in self.nodes and parent != _CLASS:
                    parent = _parent(parent)
                n, weight, e = (float(x.mean()) for x in self._sums(node))
                pn, pweight, pe = (float(x.mean()) for x in self._sums(parent))
                mu = e * pn * pweight / max(pe, 1e-300) / max(weight, 1e-300)
                over, expected, squares = over + (n - mu) ** 2, expected + mu, squares + mu * mu
            if len(nodes) >= _FEWEST_SIBLINGS and squares > 0:
                beyond = max((over - expected) / squares, 1e-3)
                trusts[depth] = float(np.clip(1.0 / beyond, 0.2, 100.0))
        return trusts


class _Sizes:
    """How many doses or kilograms a record holds at each node; few records lean on the parent."""

    def __init__(self, amounts: list[Cell], records: list[Cell], terms: Terms, rng: np.random.Generator) -> None:
        self._amounts, self._records, self._terms = amounts, records, terms
        self._a = drawn(amounts, terms.draws, rng)
        self._r = drawn(records, terms.draws, rng)
        both = _nodes(amounts) & _nodes(records)
        self.nodes = {node for node in both if _matching(amounts, node).any() and _matching(records, node).any()}

    def of(self, node: Node) -> Floats:
        """Return draws of the amount in a record: on the log scale, weighed between a node's own and its parent's."""
        if node not in self.nodes and node != _CLASS:
            return self.of(_parent(node))
        amount = self._a[_matching(self._amounts, node)].sum(axis=0)
        records = self._r[_matching(self._records, node)].sum(axis=0)
        own = np.log(np.maximum(amount, 1e-300) / np.maximum(records, 1e-300))
        if node == _CLASS:
            return np.asarray(np.exp(own))
        part = records / (records + _TRUST_OF_SIZE)
        return np.asarray(np.exp(part * own + (1 - part) * np.log(self.of(_parent(node)))))

    def words(self, node: Node) -> str:
        """Return what a record's content rests on."""
        used = node
        while used not in self.nodes and used != _CLASS:
            used = _parent(used)
        records = float(self._r[_matching(self._records, used)].sum(axis=0).mean())
        return f"{self._terms.per} in a record of {_name(used)}: {records:.0f} records"


def _matching(cells: Sequence[Cell], node: Node) -> npt.NDArray[np.bool_]:
    return np.array([all(v in ("", k) for v, k in zip(node, c.key, strict=True)) for c in cells], bool)


def _nodes(cells: Sequence[Cell]) -> set[Node]:
    """Return every node that some cell speaks of: its substance with any of its further keys."""
    found: set[Node] = {_CLASS}
    for cell in cells:
        further = [key for key, value in zip(KEYS, cell.key, strict=True) if value and key != "substance"]
        if not cell.key[0]:
            continue
        for count in range(len(further) + 1):
            found |= {node_of(cell, frozenset({"substance", *chosen})) for chosen in combinations(further, count)}
    return found


def _parent(node: Node) -> Node:
    last = max(place for place, value in enumerate(node) if value)
    return (*node[:last], "", *node[last + 1 :])


def _depth(node: Node) -> int:
    return sum(bool(value) for value in node)


def _name(node: Node) -> str:
    return " ".join(value for value in node if value) or "the whole class"
