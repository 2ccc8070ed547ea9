"""Mandatory rules: findings that make a record one to inspect, whatever else there is to do.

A rule is a finding code, with the least strength it takes (``target.mandatory_codes``). The rule looks at the
finding, not at a person: a listed name that matches exactly is reason to open the parcel, not a verdict.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.target.options import TargetOptions

__all__ = ["GROUNDS", "mandatory_by_rule"]


#: grounds: one row a record and ground
GROUNDS = pa.schema([("row", pa.int64()), ("words", pa.string())])


def mandatory_by_rule(findings: pa.Table, options: TargetOptions) -> pa.Table:
    """Return the rows that a rule makes mandatory, each with its grounds in words (`GROUNDS`).

    Args:
        findings: columns row, code, strength.
        options: the rules.
    """
    codes, strengths = findings.column("code"), findings.column("strength")
    grounds = [GROUNDS.empty_table()]
    for code in dict.fromkeys(rule.code for rule in options.mandatory):
        least = min(rule.at_least for rule in options.mandatory if rule.code == code)
        met = pc.and_(pc.equal(codes, code), pc.greater_equal(strengths, least))
        rows = np.unique(findings.column("row").filter(met).to_numpy())
        words = pa.array([f"mandatory: {code}"], pa.string()).take(pa.array(np.zeros(len(rows), np.int64)))
        grounds.append(pa.table([pa.array(rows, pa.int64()), words], schema=GROUNDS))
    return pa.concat_tables(grounds)
