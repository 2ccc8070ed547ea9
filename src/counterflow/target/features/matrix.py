"""What features are handed over as: one row per goods line, one named column per feature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Matrix"]


@dataclass(frozen=True)
class Matrix:
    """Features of goods lines.

    Args:
        values: one row per line, one column per feature; not-a-number where a line says nothing.
        names: name of each column, see `FeatureSpec.names`.
        row: place of each line's record, rising.
    """

    values: npt.NDArray[np.float32]
    names: tuple[str, ...]
    row: npt.NDArray[np.int64]

    def column(self, name: str) -> npt.NDArray[np.float32]:
        """Return one feature of every line.

        Raises:
            ValueError: there is no such feature.
        """
        return self.values[:, self.names.index(name)]
