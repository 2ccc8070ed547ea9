"""Parquet files: typed columns, read in row groups; a cut-off file is an error that says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from counterflow.core.errors import InputError
from counterflow.intake.readers.rows import RawRows, ReaderOptions

__all__ = ["ParquetFile"]


class ParquetFile:
    """An opened Parquet file (see `RowSource`). Rows have numbers but no lines."""

    fixed = True

    def __init__(self, path: Path, options: ReaderOptions) -> None:
        self.path, self.options = path, options
        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise self._damaged(error) from error
        self.columns = tuple(self._file.schema_arrow.names)
        doubled = sorted({c for c in self.columns if self.columns.count(c) > 1})
        if doubled:
            raise InputError(f"Two columns are called {doubled[0]!r}.", file=path, column=doubled[0])

    def batches(self) -> Iterator[RawRows]:
        """Yield the rows; see `RowSource`."""
        done = 0
        try:
            for batch in self._file.iter_batches(batch_size=self.options.batch_rows):
                rows = np.arange(done + 1, done + batch.num_rows + 1, dtype=np.int64)
                done += batch.num_rows
                yield RawRows(pa.Table.from_batches([batch]), rows, None)
        except (pa.ArrowInvalid, OSError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> InputError:
        return InputError(
            f"This is no whole Parquet file: {str(error).splitlines()[0].rstrip('.')}.",
            hint="It may have been cut off on its way; ask the sender for it again.",
            file=self.path,
        )
