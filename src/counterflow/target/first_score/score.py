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

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import ConfigError, nearest
from counterflow.target.choice.cells import Ints
from counterflow.target.choice.draw import Floats
from counterflow.target.first_score.history import History
from counterflow.target.options import TargetOptions

__all__ = ["CodeRecord", "Scores", "score", "scored_findings"]

#: code to (inspected records that had it, those confirmed in its class, mean strength)
CodeRecord = Mapping[str, tuple[int, int, float]]


@dataclass(frozen=True)
class Scores:
    """Scores of records, and what they are made of.

    Args:
        harm: expected harm of each record in severity points, were the inspection to miss nothing.
        by_class: harm class to the share of `harm` it brings, per record.
        parts: findings that count, one per record and code: row, code, harm_class, harm (severity points
            alone).
        history: the past that entered.
    """

    harm: Floats
    by_class: dict[str, Floats]
    parts: pa.Table
    history: History

    def leading(self, rows: Ints) -> npt.NDArray[np.object_]:
        """Return for each of `rows` the harm class that brings most of its expected harm."""
        names = np.array(list(self.by_class), object)
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


def score(
    rows: int, findings: pa.Table, history: History, record_of_code: CodeRecord, options: TargetOptions
) -> Scores:
    """Return the scores of `rows` records.

    Args:
        rows: number of records.
        findings: findings on them (see `scored_findings`), `row` being the record's place.
        history: past rates of the same records.
        record_of_code: what inspections of records with each code confirmed so far.
        options: severities and weights.
    """
    parts = _parts(scored_findings(findings, options), record_of_code, options)
    harm, by_class = np.zeros(rows), {}
    part_row, part_p = parts.column("row").to_numpy(), parts.column("probability").to_numpy()
    part_class = np.asarray(parts.column("harm_class").to_pylist(), dtype=object)
    for name, severity in options.severity.items():
        missed = 1.0 - history.rates[name]
        mine = part_class == name
        missed *= np.exp(np.bincount(part_row[mine], np.log1p(-part_p[mine]), minlength=rows)[:rows])
        by_class[name] = severity * (1.0 - missed)
        harm += by_class[name]
    return Scores(harm, by_class, parts, history)


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
