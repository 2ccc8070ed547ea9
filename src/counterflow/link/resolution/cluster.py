"""From pairs to entities: records are put together while the pairs between them are probable on average.

Chaining is the fault of joining whatever is linked: A like B, B like C, and soon a town is one party. So within
each connected piece of the graph of links (pairs that are rather one party than not), clusters grow by average linkage
(Sokal and Michener 1958, Univ. Kansas Science Bulletin 38): two are joined only while the mean probability over *all*
pairs between them, those that were never compared counting 0, is at least `COHESION`. The order of joining is found by
nearest-neighbour chains (Murtagh 1983, Computer Journal 26): the same tree whatever the order of the records.

Pairs that contradict each other (papers of one kind with different numbers, births years apart) and pairs that a person
called different never stand in one cluster; pairs that a person called the same always do.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

__all__ = ["COHESION", "LARGEST", "LINK", "clusters_of"]

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

#: probability from which two records are linked
LINK = 0.5
#: least mean probability between two parts of an entity; set on the development half of the benchmark's records
COHESION = 0.2
#: records of one piece; a larger one is first taken apart at its weaker links
LARGEST = 2_000
_STEPS = (0.6, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999)
_NEVER, _ALWAYS = -1e9, 1e6


def clusters_of(
    total: int, left: Small, right: Small, probability: Floats, apart: npt.NDArray[np.bool_] | None = None,
    together: npt.NDArray[np.bool_] | None = None, link: float = LINK, cohesion: float = COHESION,
) -> Ints:  # fmt: skip
    """Return the cluster of each of `total` nodes, numbered by their first node.

    Args:
        total: nodes.
        left: one node of each pair.
        right: the other.
        probability: of each pair.
        apart: pairs that may not stand in one cluster.
        together: pairs that must; where both are said, they may not.
        link: probability from which a pair ties two nodes into one piece.
        cohesion: least mean probability between two clusters that are joined.
    """
    value = probability.copy()
    if together is not None:
        value[together] = _ALWAYS
    if apart is not None:
        value[apart] = _NEVER
    label = np.full(total, -1, np.int64)
    rest = np.ones(total, np.bool_)
    last = max(link, _STEPS[-1])
    for step in (link, *(step for step in _STEPS if step > link)):
        inside = rest[left] & rest[right]
        ties = inside & (value >= step)
        pieces = connected_components(
            coo_matrix((np.ones(int(ties.sum()), np.int32), (left[ties], right[ties])), shape=(total, total)),
            directed=False,
        )[1]
        sizes = np.bincount(pieces[rest], minlength=int(pieces.max(initial=-1)) + 1)
        small = rest & (sizes[pieces] <= (LARGEST if step < last else total))
        _divide(pieces, small, left, right, value, cohesion, label)
        rest &= ~small
        if not rest.any():
            break
    return label


def _divide(
    pieces: Small, chosen: npt.NDArray[np.bool_], left: Small, right: Small, value: Floats, threshold: float,
    label: Ints,
) -> None:  # fmt: skip
    """Write the clusters of all chosen nodes, piece by piece."""
    nodes = np.flatnonzero(chosen)
    if not len(nodes):
        return
    nodes = nodes[np.argsort(pieces[nodes], kind="stable")]
    begins = np.append(np.flatnonzero(np.diff(pieces[nodes], prepend=-1)), len(nodes)).astype(np.int64)
    place = np.full(len(pieces), -1, np.int64)
    place[nodes] = np.arange(len(nodes))
    pairs = np.flatnonzero(chosen[left] & chosen[right] & (pieces[left] == pieces[right]) & (left != right))
    pairs = pairs[np.argsort(pieces[left[pairs]], kind="stable")]
    of_pair, of_piece = pieces[left[pairs]], pieces[nodes[begins[:-1]]]
    starts, ends = (np.searchsorted(of_pair, of_piece, side=side).astype(np.int64) for side in ("left", "right"))
    found = _joined(begins, place[left[pairs]], place[right[pairs]], value[pairs], starts, ends, threshold)
    label[nodes] = nodes[found]


@njit(cache=True, nogil=True)
def _joined(
    begins: Ints, left: Ints, right: Ints, value: Floats, starts: Ints, ends: Ints, threshold: float
) -> Ints:  # fmt: skip
    """Return for each place the first place of its cluster."""
    out = np.arange(begins[-1] if len(begins) else 0)
    for piece in range(len(begins) - 1):
        first, size = begins[piece], begins[piece + 1] - begins[piece]
        if size == 1:
            continue
        sums = np.zeros((size, size))
        for pair in range(starts[piece], ends[piece]):
            i, j = left[pair] - first, right[pair] - first
            sums[i, j] = sums[j, i] = value[pair]
        _by_average(sums, threshold, out[first : first + size])
        for i in range(size):
            out[first + i] += first
    return out


@njit(cache=True, nogil=True)
def _nearest(sums: Floats, size: Floats, alive: npt.NDArray[np.bool_], tip: int, before: int) -> tuple[int, float]:
    """Return the cluster with the highest mean to `tip`, and that mean; `before` where no other is higher."""
    best, mean = before, (sums[tip, before] / (size[tip] * size[before]) if before >= 0 else -1.0e12)
    for other in range(len(sums)):
        if alive[other] and other != tip:
            m = sums[tip, other] / (size[tip] * size[other])
            if m > mean:
                best, mean = other, m
    return best, mean


@njit(cache=True, nogil=True)
def _by_average(sums: Floats, threshold: float, label: Ints) -> None:
    """Join nodes by average linkage while the mean is at least `threshold`; write the first node of each cluster.

    `sums` holds the value of each pair; afterwards, of each pair of clusters.
    """
    total = len(sums)
    size, alive, parent = np.ones(total), np.ones(total, np.bool_), np.arange(total)
    chain, depth = np.empty(total + 1, np.int64), 0
    begin = 0
    while True:
        if depth == 0:
            while begin < total and not alive[begin]:
                begin += 1
            if begin == total:
                break
            chain[0], depth = begin, 1
        tip = chain[depth - 1]
        before = chain[depth - 2] if depth > 1 else -1
        best, mean = _nearest(sums, size, alive, tip, before)
        if best < 0 or mean < threshold:
            # nothing near enough: what stands at the tip is a cluster, and so is all that points to it alone
            alive[tip] = False
            depth -= 1
            continue
        if best != before:
            chain[depth] = best
            depth += 1
            continue
        low, high = min(tip, best), max(tip, best)
        for other in range(total):
            sums[low, other] += sums[high, other]
            sums[other, low] = sums[low, other]
        size[low] += size[high]
        alive[high] = False
        parent[high] = low
        depth -= 2
    for node in range(total):
        root = node
        while parent[root] != root:
            root = parent[root]
        label[node] = root
