"""Quantity, unit and pack columns of many rows, joined to one amount each: grams, litres or pieces, or what is unclear.

A quantity may hold its unit ("25 kg") or have it in a column beside it; a pack may be said in the cell ("10 x 25 kg"),
by its size in a column, or by a number of packs. Where these can mean two amounts the row is refused and asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.units import amount, unit_of
from counterflow.intake.convert.amount_text import Written, check_unit, read_amount
from counterflow.intake.convert.assemble import Mask, mask_of, present
from counterflow.intake.convert.refusals import Fault, Faults
from counterflow.intake.convert.values import as_text
from counterflow.intake.identifiers import Unreadable
from counterflow.intake.mapping.model import FieldRule

__all__ = ["AmountColumns", "Amounts", "read_amounts"]

_PLAIN = r"^\d{1,15}(\.\d{1,12})?$"
_NO_TEXT = pa.scalar(None, pa.string())
_PACK_UNCLEAR = Unreadable(
    "pack-unclear", "It can be the whole or one pack: write it as 10 x 25 kg, or the size of a pack with its unit."
)
_PACK_CONTRADICTS = Unreadable(
    "pack-contradiction", "Quantity and pack do not go together: write the quantity as 10 x 25 kg."
)
_NO_UNITS = Unreadable(
    "pack-unclear", "Neither says its unit. Write the size of a pack with it (100 tablets), or head the column so."
)
_TWO_UNITS = Unreadable("two-units", "The quantity has a unit of its own, and the column of units says another.")
_NEGATIVE = Unreadable(
    "negative", "A sale is not negative. A return? Say so (kind = return) and write the quantity without the sign."
)


@dataclass(frozen=True)
class AmountColumns:
    """What of a row says how much.

    Args:
        quantity: cells of the quantity.
        unit: units beside it (text), None where there is no such column.
        pack: cells that say the size of a pack, None where there is no such column.
        pack_unit: units of those sizes, where their cells do not say them.
        packs: numbers of packs, each of the quantity.
        pack_count: numbers of packs of which nobody says whether the quantity is of all or of each.
        returned: rows whose kind says that the goods came back.
        rules: the rules of quantity, unit and pack, by target: for marks, and for the names of the columns.
    """

    quantity: pa.Array
    unit: pa.Array | None
    pack: pa.Array | None
    packs: pa.Array | None
    pack_count: pa.Array | None
    returned: Mask
    rules: Dictionary[str, FieldRule]
    pack_unit: pa.Array | None = None

    def column(self, target: str) -> str:
        """Return the name of the column that feeds a target, for messages."""
        rule = self.rules.get(target)
        return rule.columns[0] if rule is not None and rule.columns else target


@dataclass(frozen=True)
class Amounts:
    """Amounts as the tables carry them; each is null where it is not known.

    Args:
        quantity: quantity in `unit`; per pack, where `packs` is there.
        unit: unit as written.
        packs: number of packs.
        text: quantity, pack and unit as written.
        mass_g: grams in all.
        volume_l: litres in all.
        pieces: pieces in all.
    """

    quantity: pa.Array
    unit: pa.Array
    packs: pa.Array
    text: pa.Array
    mass_g: pa.Array
    volume_l: pa.Array
    pieces: pa.Array


def read_amounts(columns: AmountColumns, faults: Faults, notes: Counter[str]) -> Amounts:
    """Return the amounts of rows; what cannot be read, or can mean two things, goes to `faults`."""
    rows = len(columns.quantity)
    cell = _Cells.read(columns.quantity, columns.rules.get("quantity"), columns.column("quantity"), faults)
    beside = as_text(columns.unit) if columns.unit is not None else pa.nulls(rows, pa.string())
    sizes = None
    if columns.pack is None and columns.unit is not None:
        beside, sizes = _sizes_in_units(beside)
    _check_units(beside, columns.column("unit"), faults)
    _refuse_two_units(cell.unit, beside, columns, faults)
    unit = pc.coalesce(cell.unit, beside)
    quantity = _unsigned(cell.quantity, cell.text, columns, faults, notes)
    packs = cell.packs if columns.packs is None else np.where(np.isnan(cell.packs), _floats(columns.packs), cell.packs)
    pack_text = None
    if columns.pack is not None or sizes is not None:
        name = columns.column("unit" if columns.pack is None else "pack")
        pack = _Cells.read(sizes if columns.pack is None else columns.pack, columns.rules.get("pack"), name, faults)
        if columns.pack_unit is not None:
            _check_units(as_text(columns.pack_unit), columns.column("pack_unit"), faults)
            pack = replace(pack, unit=pc.coalesce(pack.unit, as_text(columns.pack_unit)))
        quantity, unit, packs = _with_pack(quantity, unit, packs, pack, columns, faults)
        pack_text = pack.text
    if columns.pack_count is not None:
        count = _floats(columns.pack_count)
        unclear = (count > 1) & np.isnan(packs) & _measures(unit)
        faults.add(Fault(columns.column("pack_count"), unclear, cell.text, same=_PACK_UNCLEAR))
        packs = np.where(np.isnan(packs) & ~unclear, count, packs)
    total = quantity * np.where(np.isnan(packs), 1.0, packs)
    made = amount(_nullable(total), unit)
    _note(unit, quantity, notes)
    counted = mask_of(made.packs.is_valid())
    packs = np.where(counted & np.isnan(packs), quantity, packs)
    text = _written(cell.text, pack_text, beside)
    return Amounts(_nullable(quantity), unit, _nullable(packs), text, made.mass_g, made.volume_l, made.pieces)


@dataclass(frozen=True)
class _Cells:
    """A column of amounts after reading: numbers (NaN where none), units, packs, and the text."""

    quantity: np.ndarray
    unit: pa.Array
    packs: np.ndarray
    text: pa.Array

    @classmethod
    def read(cls, column: pa.Array, rule: FieldRule | None, name: str, faults: Faults) -> _Cells:
        rows, kind = len(column), column.type
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            numbers = _floats(column)
            numbers[~np.isfinite(numbers)] = np.nan
            return cls(numbers, pa.nulls(rows, pa.string()), np.full(rows, np.nan), as_text(column))
        text = as_text(column)
        decimal, thousands = (rule.decimal, rule.thousands) if rule else (".", "")
        if rule and rule.default is not None:
            text = pc.fill_null(text, rule.default)
        plain = pc.fill_null(pc.match_substring_regex(text, _PLAIN), False)
        if decimal != ".":
            plain = pc.and_(plain, pc.invert(pc.match_substring(pc.fill_null(text, ""), ".")))
        numbers = _floats(pc.if_else(plain, text, _NO_TEXT).cast(pa.float64()))
        rest = pc.if_else(plain, _NO_TEXT, text).dictionary_encode()
        found = [_tried(word, decimal, thousands) for word in rest.dictionary.to_pylist()]
        index = rest.indices.fill_null(len(found)).to_numpy(zero_copy_only=False)
        problems = {
            word: f for word, f in zip(rest.dictionary.to_pylist(), found, strict=True) if isinstance(f, Unreadable)
        }
        if problems:
            bad = np.array([isinstance(f, Unreadable) for f in found] + [False])[index]
            faults.add(Fault(name, bad, text, problems))
        sound = [None if isinstance(f, Unreadable) else f for f in found] + [None]
        special = np.array([np.nan if f is None else f.quantity for f in sound])[index]
        packs = np.array([np.nan if f is None or f.packs is None else f.packs for f in sound])[index]
        units = pa.array([None if f is None else f.unit for f in sound], pa.string()).take(pa.array(index))
        return cls(np.where(np.isnan(numbers), special, numbers), units, packs, text)


def _tried(word: str, decimal: str, thousands: str) -> Written | Unreadable:
    try:
        return read_amount(word, decimal, thousands)
    except Unreadable as problem:
        return problem.with_traceback(None)


def _sizes_in_units(units: pa.Array) -> tuple[pa.Array, pa.Array | None]:
    """Return the units, and apart from them what is the size of a pack: "5" beside "25 kg drum" is five of those."""
    encoded = units.dictionary_encode()
    words = encoded.dictionary.to_pylist()
    tried = [_tried(w, ".", "") if any(c.isdigit() for c in w) and check_unit(w) is not None else None for w in words]
    is_size = [isinstance(found, Written) and found.unit is not None for found in tried]
    if not any(is_size):
        return units, None
    plain = pa.array([None if size else word for word, size in zip(words, is_size, strict=True)], pa.string())
    sizes = pa.array([word if size else None for word, size in zip(words, is_size, strict=True)], pa.string())
    return plain.take(encoded.indices), sizes.take(encoded.indices)


def _check_units(units: pa.Array, column: str, faults: Faults) -> None:
    """Refuse units that nobody knows, or that mean two things."""
    encoded = units.dictionary_encode()
    words = encoded.dictionary.to_pylist()
    problems = {word: problem for word in words if (problem := check_unit(word)) is not None}
    if problems:
        index = encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
        faults.add(Fault(column, np.array([w in problems for w in words] + [False])[index], units, problems))


def _refuse_two_units(own: pa.Array, beside: pa.Array, columns: AmountColumns, faults: Faults) -> None:
    both = np.flatnonzero(present(own) & present(beside))
    differ = np.zeros(len(own), dtype=bool)
    if len(both):
        pairs = pa.table({"own": own.take(pa.array(both)), "beside": beside.take(pa.array(both))})
        ours, theirs = (_unit_codes(pairs.column(name).combine_chunks()) for name in ("own", "beside"))
        differ[both] = ours != theirs
    faults.add(Fault(columns.column("unit"), differ, beside, same=_TWO_UNITS))


def _unit_codes(units: pa.Array) -> np.ndarray:
    """Return, per row, a number that is the same for units of one meaning."""
    encoded = units.dictionary_encode()
    known: dict[object, int] = {}
    codes = [known.setdefault(unit_of(word) or word, len(known)) for word in encoded.dictionary.to_pylist()]
    meanings = list(known)
    # The meaning itself is compared across the two columns: its hash stands for it within this process.
    hashes = np.array([hash(meanings[c]) for c in codes], dtype=np.int64)
    return np.asarray(hashes[encoded.indices.to_numpy(zero_copy_only=False)])


def _unsigned(
    numbers: np.ndarray, text: pa.Array, columns: AmountColumns, faults: Faults, notes: Counter[str]
) -> np.ndarray:
    """Refuse quantities below zero; of a return, the sign says the same as the kind and is dropped, counted."""
    negative = numbers < 0
    if not negative.any():
        return numbers
    faults.add(Fault(columns.column("quantity"), negative & ~columns.returned, text, same=_NEGATIVE))
    notes["quantity: sign of a return dropped"] += int((negative & columns.returned).sum())
    return np.asarray(np.abs(numbers))


def _with_pack(
    quantity: np.ndarray, unit: pa.Array, packs: np.ndarray, pack: _Cells, columns: AmountColumns, faults: Faults
) -> tuple[np.ndarray, pa.Array, np.ndarray]:
    """Return quantity, unit and packs where the size of a pack stands beside the quantity."""
    size = pack.quantity * np.where(np.isnan(pack.packs), 1.0, pack.packs)
    there = ~np.isnan(size) & ~np.isnan(quantity)
    kind, pack_kind = _kind(unit), _kind(pack.unit)
    # Counted in packs, boxes or not at all: so many of that size. Pieces of a mass or a volume are packs, too.
    counts = (kind == "") | (kind == "packs") | ((kind == "pieces") & np.isin(pack_kind, ("mass", "volume")))
    times = there & counts & (pack_kind != "") & np.isnan(packs)
    whole = there & ~times & (kind == pack_kind) & np.isnan(packs)
    unclear = there & ~times & (pack_kind == "") & (size > 0)
    if whole.any():
        own = _totals(quantity, unit, kind)
        size_of = _totals(size, pack.unit, pack_kind)
        share = np.divide(own, size_of, out=np.full(len(own), np.nan), where=whole & (size > 0))
        unitless = whole & (kind == "")
        faults.add(Fault(columns.column("pack"), unitless, pack.text, same=_NO_UNITS))
        broken = whole & ~unitless & (np.isnan(share) | (np.abs(share - np.round(share)) > 1e-6 * np.maximum(share, 1)))
        vague = whole & ~broken & (kind == "pieces") & _bare(unit)
        faults.add(Fault(columns.column("pack"), broken, pack.text, same=_PACK_CONTRADICTS))
        faults.add(Fault(columns.column("pack"), vague & (size > 1), pack.text, same=_PACK_UNCLEAR))
    faults.add(Fault(columns.column("pack"), unclear & (kind != ""), pack.text, same=_PACK_UNCLEAR))
    chosen = pa.array(times)
    return (
        np.where(times, size, quantity),
        pc.if_else(chosen, pack.unit, unit),
        np.where(times, quantity, packs),
    )


def _kind(units: pa.Array) -> np.ndarray:
    """Return the kind of each unit, "" where there is none."""
    encoded = units.dictionary_encode()
    found = [unit_of(word) for word in encoded.dictionary.to_pylist()]
    kinds = np.array([u.kind if u is not None else "" for u in found] + [""], dtype="U8")
    return np.asarray(kinds[encoded.indices.fill_null(len(found)).to_numpy(zero_copy_only=False)])


def _bare(units: pa.Array) -> Mask:
    """Tell units that count whatever is sold: ten "pcs" may be ten packs, ten "tablets" are not."""
    words = pa.array(["pc", "pcs", "piece", "pieces", "ea", "each", "unit", "units", "item", "items"])
    return mask_of(pc.is_in(pc.utf8_lower(units), words))


def _measures(units: pa.Array) -> Mask:
    return np.isin(_kind(units), ("mass", "volume", "pieces"))


def _totals(numbers: np.ndarray, units: pa.Array, kind: np.ndarray) -> np.ndarray:
    made = amount(_nullable(numbers), units)
    parts = {"mass": made.mass_g, "volume": made.volume_l, "pieces": made.pieces}
    return np.asarray(np.select([kind == k for k in parts], [_floats(v) for v in parts.values()], np.nan))


def _note(unit: pa.Array, quantity: np.ndarray, notes: Counter[str]) -> None:
    """Count what a person should know: quantities without a unit, units that were taken for the US ones."""
    bare = int((~present(unit) & ~np.isnan(quantity)).sum())
    if bare:
        notes["quantity: no unit"] += bare
    for found in pc.value_counts(unit).to_pylist():
        known = unit_of(found["values"]) if found["values"] else None
        if known is not None and known.remark:
            notes[f"unit {found['values']}: {known.remark}"] += found["counts"]


def _written(quantity: pa.Array, pack: pa.Array | None, unit: pa.Array) -> pa.Array:
    text = quantity
    for other, between in ((unit, " "), (pack, " / pack ")):
        if other is not None and other.null_count < len(other):
            text = pc.coalesce(pc.binary_join_element_wise(text, other, between), text, other)
    return text


def _floats(values: pa.Array) -> np.ndarray:
    numbers = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return np.array(numbers, dtype=np.float64)


def _nullable(numbers: np.ndarray) -> pa.Array:
    return pa.array(numbers, pa.float64(), mask=np.isnan(numbers))
