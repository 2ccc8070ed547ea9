"""Scoring stored records with a model, some at a time, so that a day of millions fits in memory."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.store.repository import Store
from counterflow.target.features.stored import feature_lines
from counterflow.target.models.kept import Kept

__all__ = ["THREADS", "learned_chances"]

#: records whose features are made at a time
_SLICE = 200_000
#: slices worked on at a time: the kernels do without the interpreter
THREADS = max(1, min(os.cpu_count() or 1, 4))

Floats = npt.NDArray[np.float64]


def learned_chances(store: Store, records: pa.Table, kept: Kept) -> dict[str, Floats]:
    """Return harm class to the model's chance per record, of the classes that it has seen found.

    Args:
        store: records.
        records: source and record_id of each.
        kept: the model.
    """
    chances = {name: np.zeros(records.num_rows) for name, finds in kept.finds.items() if finds}
    attributes = kept.row["attributes"] or ()

    def score(begin: int) -> None:
        lines = feature_lines(store, records.slice(begin, _SLICE), attributes=attributes)
        scored = kept.scorer.score(lines).probability
        for name, chance in chances.items():
            if name in scored:
                chance[begin : begin + lines.records] = scored[name]

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(score, range(0, records.num_rows, _SLICE)))
    return chances
