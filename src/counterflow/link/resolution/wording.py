"""An entity in words that a person can follow."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pyarrow as pa

from counterflow.matching.normalise import normalise

__all__ = ["in_words"]

_ALTERNATIVES = ("strangers", "namesakes", "neighbours")
_MOST_LINKS = 20


def in_words(members: pa.Table, why: pa.Table | None) -> str:
    """Return what an entity is and what holds it together, link by link."""
    rows = members.to_pylist()
    lowest = min(rows, key=lambda row: row["probability"])
    claim = f"{rows[0]['entity']} is a claim: {len(rows)} record(s) name one party."
    said = [f"{claim} The least sure of them is {lowest['record_id']} ({lowest['probability']:.2f}). A person decides."]
    if why is not None:
        said += _links(why)
    return "\n".join(said)


def _links(why: pa.Table) -> list[str]:
    rows = why.to_pylist()
    pairs = [
        list(of)
        for _, of in groupby(rows, key=lambda r: (r["record_id"], r["part"], r["other_record_id"], r["other_part"]))
    ]
    said = [_link(of) for of in pairs[:_MOST_LINKS]]
    if len(pairs) > _MOST_LINKS:
        said.append(f"… and {len(pairs) - _MOST_LINKS} more links; --format csv has them all.")
    return said


def _link(of: list[dict[str, Any]]) -> str:
    first = of[0]
    head = f"{first['record_id']} and {first['other_record_id']} ({first['probability']:.2f}):"
    parts = [_ground(row) for row in of if row["field"] != "prior"]
    sums = {other: sum(row[f"against_{other}"] or 0.0 for row in of) for other in _ALTERNATIVES}
    if all(row["against_strangers"] is None for row in of):
        return f"{head} {'; '.join(parts)}."
    total = ", ".join(f"{bits:+.1f} against {other}" for other, bits in sums.items())
    return f"{head} {'; '.join(parts)}. With what is known beforehand, {total} (bits)."


def _ground(row: dict[str, Any]) -> str:
    if row["against_strangers"] is None:
        return str(row["met"])
    bits = f"{row['against_strangers']:+.1f}"
    if row["field"] == "name" and row["here"] and row["there"]:
        return f"name: {row['met']} ({_word_by_word(row['here'], row['there'])}; {bits})"
    return f"{row['field']}: {row['met']} ({bits})"


def _word_by_word(here: str, there: str) -> str:
    """Return which word met which."""
    from counterflow.matching.name_alignment import align
    from counterflow.matching.name_arrays import rarity
    from counterflow.matching.name_score import Weights

    one, other = normalise(here).tokens, normalise(there).tokens
    if one == other:
        return " ".join(one)
    laid = align(one, rarity(one), other, rarity(other), Weights())
    words = []
    for pair in laid.pairs:
        sign = "=" if pair.how == "same" else "~"
        words.append(f"{pair.query or '–'} {sign if pair.query and pair.listed else '|'} {pair.listed or '–'}")
    return ", ".join(words)
