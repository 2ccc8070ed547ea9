"""The key of a grid that was read from a file, and what is told of its gaps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from counterflow.watch.grid import KEY, Grid
from counterflow.watch.series.csv_text import listed

__all__ = ["key_of", "tell_gaps"]

Tell = Callable[[str], None]


def key_of(names: list[str], **columns: list[str]) -> pa.Table:
    """Return a grid's key for these series; columns that are not given are empty, `measure` is count."""
    given: dict[str, list[str]] = {"series": names}
    given |= {"measure": ["count"] * len(names)} | columns
    empty = [""] * len(names)
    return pa.table({name: given.get(name, empty) for name in KEY.names}, schema=KEY)


def tell_gaps(grid: Grid, tell: Tell) -> None:
    """Say which series have periods missing inside their span, and which begin late or end early."""
    known = ~np.isnan(grid.counts)
    if not known.size:
        return
    first, last = known.argmax(1), known.shape[1] - 1 - known[:, ::-1].argmax(1)
    none = ~known.any(1)
    holes = np.where(none, 0, last - first + 1 - known.sum(1))
    names = np.array(grid.names, object)
    if holes.any():
        tell(
            f"{int(holes.sum())} periods are missing in {int((holes > 0).sum())} series"
            f" ({listed(names[holes > 0].tolist())}). They are unknown, not zero."
        )
    if none.any():
        tell(f"{int(none.sum())} series hold no count at all ({listed(names[none].tolist())}).")
    late = ~none & ((first > 0) | (last < known.shape[1] - 1))
    if late.any():
        tell(f"{int(late.sum())} series begin later or end earlier than others ({listed(names[late].tolist())}).")
    zero = ~none & ~(grid.counts > 0).any(1)
    if zero.any():
        tell(f"{int(zero.sum())} series are zero throughout ({listed(names[zero].tolist())}): was it looked for?")
