"""At whose burden a rule would be: of each group's records the share it hits, against the share of all others.

Groups are origin and departure of goods, lane, sender and office. These are counts of what the rule does to stored
records, not estimates. A high share is no verdict: a rule on one lane hits that lane. It is there to be seen before the
rule acts, and to be answered for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.target.features.lines import Lines
from counterflow.target.rules.keys import column_of

__all__ = ["GROUPS", "burden_of"]

Bools = npt.NDArray[np.bool_]

GROUPS = ("origin", "departure", "lane", "sender", "office")
#: rows shown of each grouping: those with most hits
_SHOWN = 12


def burden_of(lines: Lines, met: Bools, groups: tuple[str, ...] = GROUPS) -> list[dict[str, Any]]:
    """Return rows of by, name, records, hits, share, share_of_others, times; most hits first within each grouping.

    A record with lines of several origins stands in each of them, once. `times` is empty where no other record is hit.
    """
    total, all_hits = lines.records, int(met.sum())
    rows: list[dict[str, Any]] = []
    for by in groups:
        names, records, hit = _counts(lines, met, by)
        order = np.lexsort((names, -records, -hit))[:_SHOWN]
        shown = [i for i in order if hit[i] or len(names) <= _SHOWN]
        rows += [_row(by, str(names[i]), int(records[i]), int(hit[i]), total, all_hits) for i in shown]
    return rows


def _row(by: str, name: str, records: int, hit: int, total: int, all_hits: int) -> dict[str, Any]:
    share = hit / records
    others = (all_hits - hit) / (total - records) if total > records else None
    times = round(share / others, 2) if others else None
    return {
        "by": by, "name": name or "not said", "records": records, "hits": hit, "share": round(share, 6),
        "share_of_others": None if others is None else round(others, 6), "times": times,
    }  # fmt: skip


def _counts(
    lines: Lines, met: Bools, by: str
) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return values, records and hits of a grouping; a record counts once for each value its lines have."""
    coded = pc.fill_null(column_of(lines.table, by), "").dictionary_encode()
    names = np.array(coded.dictionary.to_pylist(), str)
    pairs = pa.table({"row": lines.row, "code": coded.indices}).group_by(["row", "code"]).aggregate([])
    row, code = pairs.column("row").to_numpy(), pairs.column("code").to_numpy()
    records = np.bincount(code, minlength=len(names))
    hit = np.bincount(code, met[row], minlength=len(names)).astype(np.int64)
    return names, records, hit
