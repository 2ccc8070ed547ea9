"""An attack on a published table, written from the CSV alone: it shares nothing with the code that withheld cells.

The reader of a table has: the numbers shown; that rows and columns (and every total over a label) add up; that counts
are not negative, or, knowing the rules, that a withheld cell is no zero. For each withheld cell two linear programs give
the least and the greatest value that agree with that.
"""

from __future__ import annotations

import itertools

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

TOTAL = "Total"


def sums_of(keys):
    """Return every (total, parts) that holds among cells with these labels."""
    at = {key: number for number, key in enumerate(keys)}
    found = []
    for label in range(len(keys[0])):
        groups = {}
        for key in keys:
            if key[label] != TOTAL:
                groups.setdefault((*key[:label], TOTAL, *key[label + 1 :]), []).append(at[key])
        found += [(at[key], parts) for key, parts in groups.items() if key in at]
    return found


def with_all_totals(cells):
    """Return cells by labels with every total over any set of labels added."""
    labels = len(next(iter(cells)))
    whole = {}
    for key, value in cells.items():
        for mask in itertools.product((False, True), repeat=labels):
            name = tuple(TOTAL if over else part for part, over in zip(key, mask, strict=True))
            whole[name] = whole.get(name, 0) + value
    return whole


def attack(published, least):
    """Return what can be derived of each withheld cell: {labels: (low, high)}.

    Args:
        published: labels to number, None where withheld.
        least: what a withheld cell is known to be at least.
    """
    keys = list(published)
    hidden = [n for n, key in enumerate(keys) if published[key] is None]
    place = {cell: n for n, cell in enumerate(hidden)}
    row, column, entry, right, number = [], [], [], [], 0
    for total, parts in sums_of(keys):
        known = sum(published[keys[p]] for p in parts if published[keys[p]] is not None)
        unknown = [p for p in parts if p in place]
        if not unknown and total not in place:
            continue
        row += [number] * len(unknown)
        column += [place[p] for p in unknown]
        entry += [1.0] * len(unknown)
        if total in place:
            row, column, entry = [*row, number], [*column, place[total]], [*entry, -1.0]
            right.append(-known)
        else:
            right.append(published[keys[total]] - known)
        number += 1
    if not hidden:
        return {}
    matrix = coo_array((entry, (row, column)), shape=(max(number, 1), len(hidden))).tocsr() if number else None
    found = {}
    for cell, at in place.items():
        ends = []
        for sign in (1.0, -1.0):
            goal = np.zeros(len(hidden))
            goal[at] = sign
            solved = linprog(
                goal, A_eq=matrix, b_eq=np.array(right) if number else None, bounds=(least, None), method="highs"
            )
            if solved.status not in (0, 3):
                raise RuntimeError(f"the published table contradicts itself: {solved.message}")
            ends.append(float(sign * solved.fun) if solved.status == 0 else np.inf)
        found[keys[cell]] = tuple(ends)
    return found
