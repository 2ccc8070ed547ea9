"""Answers that are plain records (a receipt, a list of estimates) as tables, so that one exporter serves all.

Nested values stand as JSON text in their cell; a column whose values have no common type becomes text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

__all__ = ["facts_table", "plain", "records_table"]


def records_table(records: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return the records as a table; columns in the order they are first met.

    >>> records_table([{"lane": "*", "rate": {"low": 0.1}}, {"lane": "post", "n": 3}]).column_names
    ['lane', 'rate', 'n']
    """
    names = list(dict.fromkeys(name for record in records for name in record))
    columns = [_column([_cell(record.get(name)) for record in records]) for name in names]
    return pa.table(columns, names=[str(name) for name in names])


def facts_table(record: Mapping[str, Any]) -> pa.Table:
    """Return one record as a table of two columns, for reading down a page."""
    cells = [_cell(value) for value in record.values()]
    said = ["" if c is None else c if isinstance(c, str) else json.dumps(c) for c in cells]
    return pa.table({"what": pa.array(map(str, record), pa.string()), "value": pa.array(said, pa.string())})


def _cell(value: Any) -> Any:
    kept = plain(value)
    return json.dumps(kept, ensure_ascii=False) if isinstance(kept, dict | list) else kept


def _column(cells: list[Any]) -> pa.Array:
    kinds = {type(c) for c in cells if c is not None}
    if kinds <= {int, float}:
        return pa.array(cells, pa.float64() if float in kinds else pa.int64())
    if kinds == {bool}:
        return pa.array(cells, pa.bool_())
    texts = [c if c is None or isinstance(c, str) else json.dumps(c) for c in cells]
    return pa.array(texts, pa.string())


def plain(value: Any) -> Any:
    """Return `value` as JSON has it: instants and dates as ISO text, bytes as hex, not-a-number as null."""
    if isinstance(value, Mapping):
        return {str(key): plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return value.hex()
    if value is None or isinstance(value, bool | int | str):
        return value
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return text.replace("+00:00", "Z")
