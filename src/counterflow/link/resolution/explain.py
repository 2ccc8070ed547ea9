"""Why records stand in one entity: the strongest links that hold it together, field by field.

Of all pairs within an entity, those are shown that a tree of the strongest links needs (Kruskal 1956, Proc. AMS 7): one
less than there are distinct records. Each field has its weight in bits (log2) against each of what the pair could be
instead; the weights of a pair add up to its odds, as `docs/methods/resolution.md` says, and so can be checked by hand.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree

from counterflow.link.resolution.compare import BANDS, COMPARED, Vectors, compare
from counterflow.link.resolution.resolve import Resolved
from counterflow.link.resolution.texts import side_by_side, text_column
from counterflow.link.resolution.weights import AGAINST, factors, prior

__all__ = ["grounds"]

Ints = npt.NDArray[np.int64]

#: what each comparison shows of a record
_SHOWN = {"place": ("address", "city", "postcode", "country")}


def grounds(records: pa.Table, found: Resolved) -> pa.Table:
    """Return why each entity holds together.

    Returns:
        Columns row and other (records, by their place), field, met, here, there, against_strangers,
        against_namesakes, against_neighbours, probability.
    """
    first = _first_record(found)
    left, right, chance, decided = _tree(found)
    rows, others = first[left], first[right]
    a, b = found.form_of_node[left], found.form_of_node[right]
    vectors = compare(found.forms, a, b)
    shown = {what: _text_of(records, what) for what in COMPARED}
    parts = [_priors(found, rows, others, chance)]
    logs = factors(vectors, found.weights, len(found.forms))
    parts += [_field(vectors, logs, what, shown[what], rows, others, chance) for what in COMPARED]
    parts.append(_said(rows[decided], others[decided], "decision", "a person called them the same", chance[decided]))
    parts.append(_copies(found, first, shown["name"]))
    return pa.concat_tables(parts)


def _first_record(found: Resolved) -> Ints:
    """Return the first record of each node; -1 for one that no record stands for."""
    first = np.full(len(found.form_of_node), -1, np.int64)
    rows = np.flatnonzero(found.node >= 0)
    nodes, place = np.unique(found.node[rows], return_index=True)
    first[nodes] = rows[place]
    return first


def _tree(found: Resolved) -> tuple[Ints, Ints, npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return the links of a tree of strongest links within each entity, and which of them a person made."""
    links, total = found.links, len(found.form_of_node)
    cluster = np.full(total, -1, np.int64)
    rows = np.flatnonzero(found.node >= 0)
    cluster[found.node[rows]] = found.cluster[rows]
    inside = (cluster[links.left] == cluster[links.right]) & (cluster[links.left] >= 0) & ~links.apart
    rows = np.flatnonzero(inside)
    # A person's word comes before any comparison of the same pair; no two entries of the matrix may be one pair.
    rows = rows[np.lexsort((~links.together[rows], links.right[rows], links.left[rows]))]
    fresh = np.ones(len(rows), np.bool_)
    fresh[1:] = (np.diff(links.left[rows]) != 0) | (np.diff(links.right[rows]) != 0)
    rows = rows[fresh]
    # a length falls with probability, and is never 0: that would be no link
    length = np.where(links.together[rows], 1e-6, 1.001 - links.probability[rows])
    graph = coo_matrix((length, (links.left[rows], links.right[rows])), shape=(total, total)).tocsr()
    tree = minimum_spanning_tree(graph).tocoo()
    keys = links.left[rows].astype(np.int64) * total + links.right[rows]
    wanted = tree.row.astype(np.int64) * total + tree.col
    order = np.argsort(keys)
    at = rows[order[np.searchsorted(keys, wanted, sorter=order)]]
    at = at[np.lexsort((links.right[at], links.left[at]))]
    return links.left[at].astype(np.int64), links.right[at].astype(np.int64), links.probability[at], links.together[at]


def _text_of(records: pa.Table, what: str) -> pa.Array:
    return side_by_side([text_column(records, column) for column in _SHOWN.get(what, (what,))], ", ")


def _priors(found: Resolved, rows: Ints, others: Ints, chance: npt.NDArray[np.float64]) -> pa.Table:
    before = prior(found.weights, len(found.forms))
    bits = {other: np.full(len(rows), before[other] / math.log(2)) for other in AGAINST}
    return _said(rows, others, "prior", "before any comparison", chance, bits)


def _field(
    vectors: Vectors, logs: dict[str, npt.NDArray[np.float64]], what: str, texts: pa.Array, rows: Ints, others: Ints,
    chance: npt.NDArray[np.float64],
) -> pa.Table:  # fmt: skip
    band = vectors.band(what)
    said = np.flatnonzero(band >= 0)
    at = COMPARED.index(what)
    met = pa.array(np.array(BANDS[what], dtype=object)[band[said]], pa.string())
    bits = {other: logs[other][said, at] / math.log(2) for other in AGAINST}
    table = _said(rows[said], others[said], what, met, chance[said], bits)
    here, there = texts.take(pa.array(rows[said])), texts.take(pa.array(others[said]))
    return table.set_column(4, "here", here).set_column(5, "there", there)


def _said(
    rows: Ints, others: Ints, field: str, met: pa.Array | str, chance: npt.NDArray[np.float64],
    bits: dict[str, npt.NDArray[np.float64]] | None = None,
) -> pa.Table:  # fmt: skip
    nothing = pa.nulls(len(rows), pa.string())
    words = pa.array([met] * len(rows), pa.string()) if isinstance(met, str) else met
    weights = {
        f"against_{other}": pa.array(bits[other], pa.float64()) if bits else pa.nulls(len(rows), pa.float64())
        for other in AGAINST
    }
    columns = {
        "row": pa.array(rows, pa.int64()), "other": pa.array(others, pa.int64()),
        "field": pa.array([field] * len(rows), pa.string()), "met": words, "here": nothing, "there": nothing, **weights,
        "probability": pa.array(chance, pa.float64()),
    }  # fmt: skip
    return pa.table(columns)


def _copies(found: Resolved, first: Ints, names: pa.Array) -> pa.Table:
    """Records that say just what the first of their kind says; their names are shown."""
    rows = np.flatnonzero(found.node >= 0)
    rows = rows[first[found.node[rows]] != rows]
    nodes = found.node[rows]
    table = _said(rows, first[nodes], "record", "says the same in every field", found.same[nodes])
    here, there = names.take(pa.array(rows)), names.take(pa.array(first[nodes]))
    return table.set_column(4, "here", here).set_column(5, "there", there)
