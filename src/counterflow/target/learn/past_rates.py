"""What stands in for a learned model while there is nothing, or too little, to learn from.

For each class its shrunken past rate by the key that tells most (the key whose values differ most beyond chance, see
`features.state`), and the findings of the class, together as a noisy-or (Pearl 1988, chapter 4)::

    p_c = 1 - (1 - rate_c) * product over findings of class c of (1 - weight_c * strength)

Classes never found so far have their a-priori base rate, so findings and exploration alone speak for them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.target.features.lines import Lines
from counterflow.target.features.spec import key_name
from counterflow.target.features.state import State
from counterflow.target.options import BASE_RATES, FINDING_WEIGHTS, UNSCORED_CODES

__all__ = ["finding_chance", "rate_column"]

Floats = npt.NDArray[np.float64]


def rate_column(state: State, harm_class: str) -> str | None:
    """Return the feature that holds the past rate by the key that tells most of a class; None without keys."""
    keys, classes = state.layout.spec.keys, state.layout.classes
    if not keys or harm_class not in classes:
        return None
    trust = state.trust()[:, classes.index(harm_class)]
    # Among equals the finer key: it leans on the coarser ones.
    best = min(range(len(keys)), key=lambda i: (trust[i], -len(keys[i]), i))
    return f"rate:{key_name(keys[best])}:{harm_class}"


def finding_chance(lines: Lines, harm_class: str) -> Floats:
    """Return for each record the chance of a find that its findings of this class give by themselves.

    A likeness of names that nobody judged is no finding here, whatever its strength.
    """
    findings = lines.findings
    mine = pc.equal(findings.column("harm_class"), harm_class)
    mine = pc.and_(mine, pc.invert(pc.is_in(findings.column("code"), value_set=pa.array(UNSCORED_CODES, pa.string()))))
    if harm_class == "party":
        mine = pc.and_(mine, pc.equal(findings.column("kind"), "deterministic"))
    kept = findings.filter(pc.fill_null(mine, fill_value=False))
    grouped = kept.group_by(["row", "code"]).aggregate([("strength", "max")])
    weight = FINDING_WEIGHTS.get(harm_class, 0.1)
    borne_out = np.minimum(weight * grouped.column("strength_max").to_numpy().astype(np.float64), 0.99)
    row = grouped.column("row").to_numpy().astype(np.int64)
    return np.asarray(-np.expm1(np.bincount(row, np.log1p(-borne_out), minlength=lines.records)), np.float64)


def base_rate(harm_class: str) -> float:
    """Return the a-priori rate of a class."""
    return BASE_RATES.get(harm_class, 1e-4)


def finding_classes(lines: Lines) -> Sequence[str]:
    """Return the classes of the findings on these records."""
    return sorted(c for c in pc.unique(lines.findings.column("harm_class")).to_pylist() if c)
