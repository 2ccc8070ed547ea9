"""Mandatory rules: findings that make a record one to inspect, whatever else there is to do.

A rule is a finding code, with the least strength it takes (``target.mandatory_codes``). The rule looks at the
finding, not at a person: a listed name that matches exactly is reason to open the parcel, not a verdict.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.target.options import TargetOptions

__all__ = ["mandatory_by_rule"]


def mandatory_by_rule(findings: pa.Table, options: TargetOptions) -> Mapping[int, list[str]]:
    """Return the rows that a rule makes mandatory, each with its grounds in words.

    Args:
        findings: columns row, code, strength.
        options: the rules.
    """
    codes, strengths = findings.column("code"), findings.column("strength")
    grounds: dict[int, list[str]] = {}
    for rule in options.mandatory:
        met = pc.and_(pc.equal(codes, rule.code), pc.greater_equal(strengths, rule.at_least))
        for row in np.unique(findings.column("row").filter(met).to_numpy()).tolist():
            words = grounds.setdefault(row, [])
            ground = f"mandatory: {rule.code}"
            if ground not in words:
                words.append(ground)
    return grounds
