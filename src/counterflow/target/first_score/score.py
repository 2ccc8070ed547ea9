"""The first score: what harm an inspection can be expected to find, from findings and from past outcomes.

For each harm class c::

    p_c  = 1 - (1 - past_c) * product over findings of class c of (1 - w_code * strength)
    harm = sum over c of severity_c * p_c

The combination is a noisy-or (Pearl 1988, "Probabilistic Reasoning in Intelligent Systems", chapter 4).
`past_c` comes from `history`. `w_code` starts as the class's a-priori weight in the options and moves to what
inspections of records with that code confirmed, as a beta-binomial mean that trusts the a-priori weight like
`weight_trust` inspections. One code counts once on a record, at its greatest strength.

What stays out (`docs/methods/targeting.md`): an unadjudicated fuzzy match of a name is shown to people and is no
feature, whatever its strength; nothing is read from a party's name, address or country. The score is a ranking from
stated judgement and past outcomes: it is not calibrated and is nowhere called a probability of guilt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import ConfigError, nearest
from counterflow.target.choice.cells import Ints
from counterflow.target.choice.draw import Floats
from counterflow.target.first_score.history import History
from counterflow.target.options import TargetOptions

__all__ = ["CodeRecord", "Scores", "one_or_more", "score", "scored_findings", "top_parts"]

#: code to (inspected records that had it, those confirmed in its class, mean strength)
CodeRecord = Mapping[str, tuple[int, int, float]]


@dataclass(frozen=True)
class Scores:
    """Scores of records, and what they are made of.

    Args:
        probability: harm class to the chance, per record, that an inspection which misses nothing finds it.
        severity: harm class to its severity points, one for all or one per record.
        parts: findings that count, one per record and code: row, code, harm_class, probability, harm (severity points
            alone).
        history: the past that entered.
        rank_by: what records are put in order by, where that is not the expected harm.
    """

    probability: Mapping[str, Floats]
    severity: Mapping[str, float | Floats]
    parts: pa.Table
    history: History
    rank_by: Floats | None = None

    @cached_property
    def by_class(self) -> dict[str, Floats]:
        """Harm class to the share of `harm` it brings, per record."""
        return {name: np.asarray(self.severity[name] * p) for name, p in self.probability.items()}

    @cached_property
    def harm(self) -> Floats:
        """Expected harm of each record in severity points, were the inspection to miss nothing."""
        total = np.zeros(len(next(iter(self.probability.values()))))
        for part in self.by_class.values():
            total += part
        return total

    def leading(self, rows: Ints) -> npt.NDArray[np.object_]:
        """Return for each of `rows` the harm class that brings most of its expected harm."""
        names = np.array(list(self.probability), object)
        parts = np.stack([self.by_class[name][rows] for name in names])
        return np.asarray(names[np.argmax(parts, axis=0)], object)


def scored_findings(findings: pa.Table, options: TargetOptions) -> pa.Table:
    """Return the findings that may enter a score: no fuzzy match of a party, nothing kept out by the options.

    Args:
        findings: columns row, code, kind, strength, harm_class.
        options: severities, and the codes kept out.

    Raises:
        ConfigError: a finding's harm class has no severity.
    """
    classes = [c for c in pc.unique(findings.column("harm_class")).to_pylist() if c]
    for name in classes:
        if name not in options.severity:
            close = nearest(name, options.severity, 1)
            raise ConfigError(
                f"Findings of harm class {name!r} have no severity.",
                hint=f"Write it under [target.severity]{f', or mend it to {close[0]!r}' if close else ''}.",
            )
    fuzzy_party = pc.and_(
        pc.equal(findings.column("harm_class"), "party"),
        pc.not_equal(findings.column("kind"), "deterministic"),
    )
    kept_out = pc.is_in(findings.column("code"), value_set=pa.array(options.unscored_codes, pa.string()))
    unknown = pc.is_null(findings.column("harm_class"))
    return findings.filter(pc.invert(pc.or_(pc.or_(fuzzy_party, kept_out), unknown)))


def score(findings: pa.Table, history: History, record_of_code: CodeRecord, options: TargetOptions) -> Scores:
    """Return the scores of records.

    Args:
        findings: findings on them (see `scored_findings`), `row` being the record's place.
        history: past rates of the records.
        record_of_code: what inspections of records with each code confirmed so far.
        options: severities and weights.
    """
    parts = _parts(scored_findings(findings, options), record_of_code, options)
    probability = {name: one_or_more(parts, name, history.rates[name]) for name in options.severity}
    return Scores(probability, options.severity, parts, history)


def one_or_more(parts: pa.Table, harm_class: str, without: Floats) -> Floats:
    """Return the chance that a record's findings of a class, or what is known without them, are borne out.

    Args:
        parts: see `Scores.parts`.
        harm_class: the class.
        without: chance without any finding, per record.
    """
    mine = parts.filter(pc.equal(parts.column("harm_class"), harm_class))
    row, p = mine.column("row").to_numpy(), mine.column("probability").to_numpy()
    left = np.exp(np.bincount(row, np.log1p(-p), minlength=len(without))[: len(without)])
    return np.asarray(1.0 - (1.0 - without) * left, np.float64)


def _parts(findings: pa.Table, record_of_code: CodeRecord, options: TargetOptions) -> pa.Table:
    """Return one row per record and code: row, code, harm_class, probability, harm."""
    grouped = findings.group_by(["row", "code", "harm_class"]).aggregate([("strength", "max")])
    grouped = grouped.sort_by([("row", "ascending"), ("code", "ascending"), ("harm_class", "ascending")])
    pairs = grouped.group_by(["code", "harm_class"]).aggregate([]).to_pylist()
    weights = {
        (p["code"], p["harm_class"]): finding_weight(p["code"], p["harm_class"], record_of_code, options) for p in pairs
    }
    codes, classes = grouped.column("code").to_pylist(), grouped.column("harm_class").to_pylist()
    weight = np.array([weights[pair] for pair in zip(codes, classes, strict=True)], float)
    severity = np.array([options.severity[name] for name in classes], float)
    probability = np.minimum(weight * grouped.column("strength_max").to_numpy(), 0.99)
    return pa.table(
        {
            "row": grouped.column("row"),
            "code": grouped.column("code"),
            "harm_class": grouped.column("harm_class"),
            "probability": pa.array(probability, pa.float64()),
            "harm": pa.array(probability * severity, pa.float64()),
        }
    )


def finding_weight(code: str, harm_class: str, record_of_code: CodeRecord, options: TargetOptions) -> float:
    """Return the chance per 1.0 of strength that a finding of this code is borne out."""
    prior = options.finding_weights.get(harm_class, 0.1)
    inspected, confirmed, strength = record_of_code.get(code, (0, 0, 1.0))
    rate = (options.weight_trust * prior * strength + confirmed) / (options.weight_trust + inspected)
    return min(rate / max(strength, 1e-3), 0.99)


def top_parts(parts: pa.Table, most: int = 3) -> pa.Table:
    """Return the codes that bring each record most harm: row, code, place (from 0), strongest first.

    Args:
        parts: see `Scores.parts`; of the records asked for.
        most: how many a record.
    """
    ordered = parts.sort_by([("row", "ascending"), ("harm", "descending"), ("code", "ascending")])
    rows = ordered.column("row").to_numpy()
    place = np.arange(len(rows)) - np.searchsorted(rows, rows, side="left")
    kept = pa.array(place < most)
    return pa.table({"row": ordered.column("row"), "code": ordered.column("code"), "place": pa.array(place)}).filter(
        kept
    )
