"""From the tables of the house to `Lines`: one way, whether they come from a workspace or from a file just read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.matching.automaton import fold
from counterflow.target.features.lines import LINE, Lines

__all__ = ["NO_FINDINGS", "assemble"]

NO_FINDINGS = pa.table(
    {
        "row": pa.array([], pa.int64()),
        "code": pa.array([], pa.string()),
        "kind": pa.array([], pa.string()),
        "strength": pa.array([], pa.float64()),
        "harm_class": pa.array([], pa.string()),
    }
)

#: party column of a line to the roles that fill it, the first that has an identifier
_ROLES = {
    "declarant": ("declarant",),
    "importer": ("importer", "consignee"),
    "consignor": ("consignor", "seller"),
    "courier": ("courier",),
}
_HOME_ROLES = ("consignee", "importer")
_DIGEST_BYTES = 8

Ints = npt.NDArray[np.int64]


def assemble(
    consignments: pa.Table,
    goods: pa.Table,
    parties: pa.Table,
    *,
    findings: pa.Table = NO_FINDINGS,
    attributes: Sequence[str] = (),
) -> Lines:
    """Return the goods lines of `consignments` in their order.

    Args:
        consignments: rows of `CONSIGNMENT`, one per record.
        goods: rows of `GOODS_LINE` of the same records; a record without any gets one empty line.
        parties: rows of `PARTY` of the same records; only identifiers and addresses are read, as digests.
        findings: row (place in `consignments`), code, kind, strength, harm_class.
        attributes: attributes of the source that become columns `attributes.NAME`.
    """
    keys = _keys(consignments)
    places = pc.index_in(_keys(goods), value_set=keys)
    goods = goods.filter(pc.is_valid(places))
    of_goods = places.drop_null().to_numpy().astype(np.int64)
    bare = np.setdiff1d(np.arange(consignments.num_rows), of_goods)
    rows = np.concatenate([of_goods, bare])
    line_no = np.concatenate([goods["line"].to_numpy(), np.zeros(len(bare), np.int32)])
    order = np.lexsort((np.arange(len(rows)), line_no, rows))
    rows = rows[order]
    taken = pa.array(np.where(order < len(of_goods), order, -1), mask=order >= len(of_goods))
    record, line = consignments.take(pa.array(rows)), goods.take(taken)
    columns = {name: record[name] for name in ("source", "record_id", "office", "lane", "kind", "direction", "sender",
                                               "departure", "destination", "pieces")}  # fmt: skip
    columns |= {name: line[name] for name in ("hs", "quantity", "unit")}
    columns |= {
        "row": pa.array(rows),
        "day": record["declared_on"],
        "origin": pc.coalesce(line["origin"], record["origin"]),
        "mass_kg": pc.coalesce(line["mass_kg"], record["mass_kg"]),
        "value": pc.coalesce(line["value"], record["value"]),
        "currency": pc.coalesce(line["currency"], record["currency"]),
        "missing": pc.list_value_length(record["missing"]),
        "lead_hours": _hours(record["due_at"], record["advance_at"]),
        "entity": pa.nulls(len(rows), pa.string()),
        "address": _address(parties, keys).take(pa.array(rows)),
    }
    for name, roles in _ROLES.items():
        columns[name] = _first_of(parties, keys, roles).take(pa.array(rows))
    table = pa.table({field.name: columns[field.name].cast(field.type) for field in LINE})
    for name in attributes:
        values = pc.map_lookup(record["attributes"], pa.scalar(name), "first")
        table = table.append_column(f"attributes.{name}", values)
    return Lines(table.combine_chunks(), consignments.num_rows, findings)


def _keys(table: pa.Table) -> pa.Array:
    joined = pc.binary_join_element_wise(table["source"], table["record_id"], "\x1f")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _hours(due: pa.ChunkedArray, came: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.divide(pc.subtract(due, came).cast(pa.int64()).cast(pa.float64()), 3_600e6)


def _first_of(parties: pa.Table, keys: pa.Array, roles: Sequence[str]) -> pa.Array:
    """Return per record the digest of the first identifier that a party of these roles has, null where none has."""
    said = parties.filter(
        pc.and_(pc.is_in(parties["role"], value_set=pa.array(roles)), pc.is_valid(parties["identifier"]))
    )
    rank = pc.index_in(said["role"], value_set=pa.array(roles))
    return _spread(said.take(pc.sort_indices(rank)), keys, "identifier", lambda text: text)


def _address(parties: pa.Table, keys: pa.Array) -> pa.Array:
    """Return per record the digest of the receiver's address, folded: the same door, however it was typed."""
    said = parties.filter(
        pc.and_(pc.is_in(parties["role"], value_set=pa.array(_HOME_ROLES)), pc.is_valid(parties["address"]))
    )
    whole = pc.binary_join_element_wise(
        said["address"], pc.fill_null(said["postcode"], ""), " ", null_handling="replace"
    )
    return _spread(said.append_column("whole", whole), keys, "whole", lambda text: " ".join(fold(text).split()))


def _spread(said: pa.Table, keys: pa.Array, column: str, plain: Callable[[str], str]) -> pa.Array:
    """Return per record the digest of its first value in `column`; distinct values are digested once."""
    coded = said[column].combine_chunks().dictionary_encode()
    digests = pa.array([_digest(plain(text)) for text in coded.dictionary.to_pylist()], pa.string())
    first = pc.index_in(keys, value_set=_keys(said))
    values = digests.take(coded.indices) if said.num_rows else pa.array([], pa.string())
    return values.take(first)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()
