"""Hand-over from the watch to the law: what is seen emerging, where it is controlled, and where no control was found.

The registry says how far it covers each law; a place without an entry is never said to be without control.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from counterflow.core.errors import UnknownName
from counterflow.reference.registry import Registry
from counterflow.screen.substances.items import ItemReader
from counterflow.screen.substances.law import RANK, default_jurisdictions
from counterflow.screen.substances.overview import Seen, find_substances, matrix
from counterflow.store.repository import Store

__all__ = ["SCHEMA", "emerging_gaps", "seen_in_counts"]

_WORDS = (
    "subject", "substance", "name", "evidence", "alarm", "since", "place", "source", "controlled_in",
    "controlled_since", "listed_precursor_in", "not_found_in", "gap", "sure", "law", "next_step",
)  # fmt: skip

#: columns of a row
SCHEMA = pa.schema([*((name, pa.string()) for name in _WORDS), ("found", pa.int64())])

_LISTED = RANK["listed_precursor"]
#: what laboratories and seizures found, by the newest word on each count
_SEEN = """
SELECT subject, sum(count) AS count FROM (
  SELECT source, place, measure, subject, definition, grain, starts, arg_max(count, (as_of, first_seen)) AS count
  FROM series_count WHERE measure IN ('lab-reports', 'seizures') AND looked_for AND subject <> 'all' GROUP BY ALL
) WHERE count > 0 GROUP BY subject ORDER BY subject
"""


def seen_in_counts(store: Store, registry: Registry) -> list[Seen]:
    """Return the substances that stored counts of laboratories and seizures name, for `substances gaps`.

    A name that the registry does not know is kept as the source wrote it.
    """
    reader = ItemReader(registry)
    seen = []
    for row in store.rows(_SEEN):
        name, count = str(row["subject"]), int(float(str(row["count"])))
        seen += [Seen(name, one, count, count) for one in _substances(name, registry, reader) or ("",)]
    return seen


def emerging_gaps(
    rows: Sequence[Mapping[str, Any]],
    registry: Registry,
    day: dt.date,
    *,
    origin: str | None = None,
    places: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Return for each subject that is new, growing or spreading where it is controlled and where nothing was found.

    Args:
        rows: as `watch.emergence.events.emerging` gives them.
        registry: the law held here.
        day: day whose law is asked.
        origin: place that it comes from: a gap there is told first.
        places: codes of the places compared; every place whose own law is held here where empty.
    """
    compared = tuple(dict.fromkeys([*([origin] if origin else []), *(places or default_jurisdictions(registry))]))
    reader = ItemReader(registry)
    told = []
    for row in _strongest(rows):
        named = _substances(str(row["subject"]), registry, reader) or ("",)
        told += [_gap(row, substance, registry, day, origin, compared) for substance in named]
    first = {True: 0, False: 1}
    return sorted(
        told, key=lambda r: (first[r["gap"] != "no"], r["alarm"] != "yes", -(r["found"] or 0), str(r["subject"]))
    )


def _strongest(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the first row of each subject and source, which is its strongest; what began to be looked for is none."""
    kept: dict[tuple[object, object], Mapping[str, Any]] = {}
    for row in rows:
        if row["evidence"] not in ("looking-began", "quiet"):
            kept.setdefault((row["subject"], row["source"]), row)
    return list(kept.values())


def _substances(name: str, registry: Registry, reader: ItemReader) -> tuple[str, ...]:
    try:
        return find_substances(name, registry, reader)
    except UnknownName:
        return ()


def _gap(
    row: Mapping[str, Any], substance: str, registry: Registry, day: dt.date, origin: str | None, places: Sequence[str]
) -> dict[str, Any]:
    head = {name: row.get(name) for name in ("subject", "evidence", "alarm", "since", "place", "source", "found")}
    if not substance:
        return head | {
            "substance": "", "name": "", "controlled_in": "", "controlled_since": "", "listed_precursor_in": "",
            "not_found_in": " ".join(places), "gap": "not in this registry",
            "sure": "the name is not in this registry; that is not “not controlled”", "law": "",
            "next_step": "identify it (structure, CAS number), then `substances check`",
        }  # fmt: skip
    cells = matrix([substance], registry, day, places)
    controlled = [cell for cell in cells if RANK[cell["verdict"]] > _LISTED]
    listed = [cell for cell in cells if RANK[cell["verdict"]] == _LISTED]
    silent = [cell["jurisdiction"] for cell in cells if RANK[cell["verdict"]] < _LISTED]
    recalled = [cell for cell in (*controlled, *listed) if cell["read"] != "text"]
    at_origin = origin is not None and origin in silent
    gap = f"not found in the law of {origin}" if at_origin else "not found in some places" if silent else "no"
    return head | {
        "substance": substance, "name": registry.substances[substance].name,
        "controlled_in": " ".join(dict.fromkeys(cell["jurisdiction"] for cell in controlled)),
        "controlled_since": "; ".join(f"{c['jurisdiction']} {c['since']}" for c in controlled if c["since"]),
        "listed_precursor_in": " ".join(dict.fromkeys(cell["jurisdiction"] for cell in listed)),
        "not_found_in": " ".join(dict.fromkeys(silent)), "gap": gap,
        "sure": "read in the law's text" if not recalled else "some entries or dates recalled: check before use",
        "law": " | ".join(dict.fromkeys(cell["coverage"] for cell in cells if cell["jurisdiction"] in silent))[:600],
        "next_step": _next(gap, substance, origin),
    }  # fmt: skip


def _next(gap: str, substance: str, origin: str | None) -> str:
    if gap == "no":
        return "held as controlled or listed in every place compared"
    return (
        f"`substances matrix {substance}`: read the law of the places not found, class rules too"
        + (f"; then raise it with {origin}" if origin else "")
        + "; what a list adds comes in by `substances update`"
    )
