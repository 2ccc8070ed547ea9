"""What is made of counts once a whole file is read: places summed to those they lie in, and a look for running sums."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.watch.series.csv_text import listed
from counterflow.watch.series.mapping import CountMapping
from counterflow.watch.series.reader import COUNTS, PLACES, table_for
from counterflow.watch.series.running_sums import WINDOWS, looks_rolling

__all__ = ["places_of", "rolling_words", "with_wholes"]

_SERIES = ("source", "place", "level", "measure", "subject", "definition", "as_of")
_CELL = ("source", "measure", "subject", "definition", "grain", "starts", "ends", "as_of")
_LOOKED_AT = 2_000


def rolling_words(counts: pa.Table, grain: str) -> str:
    """Return why counts are taken for sums over the last twelve months, or "" where they are not."""
    windows = WINDOWS.get(grain)
    if windows is None:
        return ""
    ordered = counts.select([*_SERIES, "starts", "count"]).sort_by(
        [(name, "ascending") for name in (*_SERIES, "starts")]
    )
    code = np.zeros(ordered.num_rows, np.int64)
    for name in _SERIES:
        coded = ordered.column(name).combine_chunks().dictionary_encode()
        _, code = np.unique(code * len(coded.dictionary) + np.asarray(coded.indices, np.int64), return_inverse=True)
    edges = np.flatnonzero(np.diff(code, prepend=-1))
    edges = edges[:: max(1, len(edges) // _LOOKED_AT)]
    values = np.asarray(ordered.column("count").to_numpy(), np.float64)
    ends = np.searchsorted(code, code[edges], side="right") if (np.diff(code) >= 0).all() else _ends(code, edges)
    width = int((ends - edges).max())
    grid = np.full((len(edges), width), np.nan)
    for row, (first, last) in enumerate(zip(edges.tolist(), ends.tolist(), strict=True)):
        grid[row, : last - first] = values[first:last]
    seen = looks_rolling(grid, windows)
    return (
        ""
        if seen is None
        else f"These look like sums over the last 12 months, not counts by {grain}: {seen.in_words()}."
    )


def _ends(
    code: np.ndarray[tuple[int, ...], np.dtype[np.int64]], edges: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Return where the run that begins at each edge ends."""
    every = np.append(np.flatnonzero(np.diff(code, prepend=-1)), len(code))
    return np.asarray(every[np.searchsorted(every, edges, side="right")])


def places_of(source: str, pairs: Iterable[tuple[str, str]]) -> tuple[pa.Table, list[str]]:
    """Return which place lies in which, as `Read.places` has it, and what is said of places that lie in several."""
    lies_in: dict[str, set[str]] = {}
    for place, within in pairs:
        if within:
            lies_in.setdefault(place, set()).add(within)
    rows = sorted((place, next(iter(wholes))) for place, wholes in lies_in.items() if len(wholes) == 1)
    several = sorted(place for place, wholes in lies_in.items() if len(wholes) > 1)
    said = (
        [f"{len(several)} places lie in several ({listed(several)}): no whole is the sum of them."] if several else []
    )
    columns = {"source": source, "place": [row[0] for row in rows], "within": [row[1] for row in rows]}
    return table_for(PLACES, len(rows), columns), said


def with_wholes(counts: pa.Table, within: pa.ChunkedArray, mapping: CountMapping) -> tuple[pa.Table, list[str]]:
    """Return counts with those of the places that theirs lie in, wherever each part of the period is known."""
    named = pc.not_equal(pc.cast(within, pa.string()), "")
    if not pc.any(named).as_py():
        return counts, []
    parts = counts.append_column("whole", within.cast(pa.string())).filter(named)
    places = parts.group_by(["source", "whole", "measure", "subject", "definition"]).aggregate(
        [("place", "count_distinct")])  # fmt: skip
    known = parts.filter(pc.and_(pc.is_valid(parts.column("count")), parts.column("looked_for")))
    summed = known.group_by([*_CELL, "whole"]).aggregate([("count", "sum"), ("place", "count_distinct")])
    both = summed.join(places, ["source", "whole", "measure", "subject", "definition"], right_suffix="_all")
    whole = both.filter(pc.equal(both.column("place_count_distinct"), both.column("place_count_distinct_all")))
    n = whole.num_rows
    columns = {name: whole.column(name) for name in _CELL}
    columns |= {"place": whole.column("whole"), "count": whole.column("count_sum"),
                "level": pa.repeat(mapping.within_level, n), "suppressed": pa.repeat(False, n),
                "looked_for": pa.repeat(True, n)}  # fmt: skip
    for name in ("complete", "predicted"):
        columns[name] = pa.nulls(n, pa.float64())
    above = pa.table({name: columns[name] for name in COUNTS.names}).cast(COUNTS)
    said = f"{n} counts of {len(whole.column('whole').unique())} places that others lie in are sums of their parts."
    return pa.concat_tables([counts, above.sort_by([(name, "ascending") for name in ("place", *_CELL)])]), [said]
