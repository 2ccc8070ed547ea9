"""Shapes of answers for the OpenAPI document, made from the tables of the house: what a column holds is said once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, Field, create_model

__all__ = ["shape"]

_TYPES: Mapping[pa.DataType, Any] = {
    pa.string(): str,
    pa.int32(): int,
    pa.int64(): int,
    pa.float64(): float,
    pa.bool_(): bool,
    pa.date32(): dt.date,
    pa.timestamp("us", tz="UTC"): dt.datetime,
    pa.list_(pa.string()): list[str],
    pa.list_(pa.float64()): list[float],
    pa.map_(pa.string(), pa.string()): dict[str, str],
}


def shape(
    name: str, schema: pa.Schema | None = None, only: Sequence[str] = (), **more: tuple[Any, str]
) -> type[BaseModel]:
    """Return a model called `name` with the columns of a table, and further fields.

    Args:
        name: name in the document.
        schema: table of the house; its columns come with what they hold.
        only: columns that are given; all where empty.
        more: further field to its type and what it holds.

    >>> from counterflow.core.tables import PLAN
    >>> sorted(shape("Plan", PLAN, ("plan", "seed"), drawn=(int, "records drawn")).model_fields)
    ['drawn', 'plan', 'seed']
    """
    fields: dict[str, Any] = {}
    for column in schema or ():
        if only and column.name not in only:
            continue
        kind = _TYPES[column.type]
        said = (column.metadata or {}).get(b"doc", b"").decode()
        fields[column.name] = (kind | None if column.nullable else kind, Field(description=said))
    for column_name, (kind, said) in more.items():
        fields[column_name] = (kind, Field(description=said))
    # A column may be called like a method of the model ("check", "copy"): the document needs the name, not the method.
    model: type[BaseModel] = create_model(name, **fields)
    return model
