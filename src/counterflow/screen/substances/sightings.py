"""Substances seen: in a file of seizures or laboratory results, and in the workspace's own findings and outcomes."""

from __future__ import annotations

from collections.abc import Sequence

from counterflow.core.errors import InputError, UnknownName
from counterflow.reference.registry import Registry
from counterflow.screen.substances.items import ItemReader
from counterflow.screen.substances.overview import Seen, find_substances
from counterflow.store.repository import Store

__all__ = ["seen_in_file", "seen_in_workspace"]

#: records whose goods text names a substance, and those of them in which an inspection confirmed something
_NAMED = """
SELECT substr(f.reference, 12) AS substance, count(DISTINCT (f.source, f.record_id)) AS named,
  count(DISTINCT CASE WHEN o.confirmation = 'confirmed' THEN (f.source, f.record_id) END) AS confirmed
FROM finding f LEFT JOIN (
  SELECT source, record_id, last(confirmation ORDER BY recorded_at) AS confirmation FROM outcome
  GROUP BY source, record_id
) o USING (source, record_id)
WHERE f."check" = 'substances' AND f.reference LIKE 'substances:%'
  AND f.code NOT IN ('substance-mentioned', 'cas-invalid', 'ambiguous-term', 'set-aside')
GROUP BY 1 ORDER BY 1
"""


def seen_in_workspace(store: Store, registry: Registry) -> list[Seen]:
    """Return the substances that screening found named on records, with how many of these records were confirmed."""
    rows = store.rows(_NAMED)
    return [
        Seen(
            registry.substances[str(row["substance"])].name,
            str(row["substance"]),
            _n(row["named"]),
            _n(row["confirmed"]),
        )
        for row in rows
        if row["substance"] in registry.substances
    ]


def _n(value: object) -> int:
    return int(str(value))


def seen_in_file(
    names: Sequence[str | None],
    counts: Sequence[str | None] | None,
    lines: Sequence[int],
    registry: Registry,
    file: str,
) -> list[Seen]:
    """Return the substances of a file of seizures or laboratory results; a name not known is kept as written.

    Args:
        names: name, id or CAS number of each row.
        counts: how often each was seen; once where None or empty.
        lines: line of each row in the file.
        registry: where names are looked up.
        file: name of the file.

    Raises:
        InputError: a count that is no whole number of 1 or more.
    """
    reader = ItemReader(registry)
    seen: list[Seen] = []
    for place, name in enumerate(names):
        if not name or not name.strip():
            continue
        count = _count(counts[place] if counts else None, file, lines[place])
        try:
            ids = find_substances(name, registry, reader)
        except UnknownName:
            ids = ("",)
        seen += [Seen(name.strip(), substance, count) for substance in ids]
    return seen


def _count(written: str | None, file: str, line: int) -> int:
    if written is None or not written.strip():
        return 1
    if not written.strip().isascii() or not written.strip().isdigit() or int(written) < 1:
        hint = "Give a whole number of 1 or more, or leave the column out."
        raise InputError(
            "This is no number of sightings.", hint=hint, file=file, line=line, column="count", value=written
        )
    return int(written)
