"""From the tables of the house to `Lines`: one way, whether they come from a workspace or from a file just read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.matching.automaton import fold
from counterflow.target.features.columns import code_texts
from counterflow.target.features.lines import LINE, Lines

__all__ = ["NO_FINDINGS", "assemble", "assemble_placed"]

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
    goods, of_goods = _placed(goods, keys)
    parties, of_parties = _placed(parties, keys)
    return assemble_placed(consignments, goods, of_goods, parties, of_parties, findings=findings, attributes=attributes)


def _placed(table: pa.Table, keys: pa.Array) -> tuple[pa.Table, Ints]:
    """Return the rows of `table` whose record is among `keys`, and its place there."""
    places = pc.index_in(_keys(table), value_set=keys)
    return table.filter(pc.is_valid(places)), places.drop_null().to_numpy().astype(np.int64)


def assemble_placed(
    consignments: pa.Table,
    goods: pa.Table,
    of_goods: Ints,
    parties: pa.Table,
    of_parties: Ints,
    *,
    findings: pa.Table = NO_FINDINGS,
    attributes: Sequence[str] = (),
    entity: pa.Array | None = None,
) -> Lines:
    """Return what `assemble` returns, for goods and parties whose records' places are known.

    Args:
        consignments: one row per record.
        goods: goods lines of the records; only the columns read need to be there.
        of_goods: place of each one's record.
        parties: parties of the records; role, identifier, address, postcode.
        of_parties: place of each one's record.
        findings: row (place in `consignments`), code, kind, strength, harm_class.
        attributes: attributes of the source that become columns `attributes.NAME`.
        entity: per record the entity that resolution took its receiver for; none where it was not resolved.
    """
    without = np.ones(consignments.num_rows, bool)
    without[of_goods] = False
    bare = np.flatnonzero(without)
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
        "entity": pa.nulls(len(rows), pa.string()) if entity is None else entity.take(pa.array(rows)),
    }
    records = consignments.num_rows
    for name, values in _party_columns(parties, of_parties, records).items():
        columns[name] = values.take(pa.array(rows))
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


def _party_columns(parties: pa.Table, places: Ints, records: int) -> dict[str, pa.Array]:
    """Return per record the digest of the first identifier of each role, and of the receiver's address."""
    made = {}
    for name, roles in _ROLES.items():
        said = parties["identifier"].combine_chunks()
        rank = pc.index_in(parties["role"], value_set=pa.array(roles))
        made[name] = _first_of(said, rank, places, records, _as_it_is)
    postcode = pc.fill_null(parties["postcode"], "")
    whole = pc.binary_join_element_wise(parties["address"], postcode, " ").combine_chunks()
    rank = pc.index_in(parties["role"], value_set=pa.array(_HOME_ROLES))
    made["address"] = _first_of(whole, rank, places, records, _folded)
    return made


def _as_it_is(texts: pa.Array) -> pa.Array:
    return texts


def _folded(texts: pa.Array) -> pa.Array:
    """Return addresses as they are compared: the same door, however it was typed. What is not ASCII goes one by one."""
    plain = pc.replace_substring_regex(pc.ascii_lower(texts), "[^a-z0-9]+", " ")
    other = pc.invert(pc.string_is_ascii(texts))
    if pc.any(other).as_py():
        folded = [fold(text) for text in texts.filter(other).to_pylist()]
        words = pc.replace_substring_regex(pa.array(folded, pa.string()), " +", " ")
        plain = pc.replace_with_mask(plain, other, words)
    return pc.utf8_trim(plain, " ")


def _first_of(
    said: pa.Array, rank: pa.ChunkedArray, places: Ints, records: int, plain: Callable[[pa.Array], pa.Array]
) -> pa.Array:
    """Return per record the digest of what its party of the lowest rank says; distinct values are digested once."""
    able = np.asarray(pc.and_(pc.is_valid(said), pc.is_valid(rank)).to_numpy(zero_copy_only=False))
    able = np.flatnonzero(able)
    if not len(able):
        return pa.nulls(records, pa.string())
    ranks = pc.fill_null(rank, 0).to_numpy()[able]
    order = able[np.lexsort((np.arange(len(able)), ranks, places[able]))]
    with_any = places[order]
    first = np.flatnonzero(np.diff(with_any, prepend=-1))
    with_any = with_any[first]
    coded = said.take(pa.array(order[first])).dictionary_encode()
    digests = _digests(plain(coded.dictionary))
    at = np.full(records, -1, np.int64)
    at[with_any] = np.arange(len(with_any))
    return digests.take(coded.indices).take(pa.array(at, mask=at < 0))


def _digests(texts: pa.Array) -> pa.Array:
    """Return the 64-bit code of each text, as text: it says "the same one" and cannot be read."""
    return pa.array(code_texts(pa.table({"text": texts}), ["text"])["text"]).cast(pa.string())
