"""Sound rows of a file as consignments, their goods lines and the parties named on them."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary

import numpy as np
import pyarrow as pa

from counterflow.core.tables import CONSIGNMENT, GOODS_LINE, INSTANT, PARTY, conform
from counterflow.intake.convert.assemble import (
    Mask,
    Origin,
    attribute_map,
    first_rows,
    missing_list,
    present,
    repeat,
)
from counterflow.intake.convert.row_marks import rank
from counterflow.intake.convert.values import ARROW_TYPES
from counterflow.intake.mapping.model import Mapping
from counterflow.intake.mapping.targets import (
    CONSIGNMENT_TARGETS,
    GOODS_TARGETS,
    PARTY_FIELDS,
    ROLES,
    coverage_targets,
    default_kind,
)

__all__ = ["ConsignmentTables"]


class ConsignmentTables:
    """Makes consignments of rows whose fields have been read.

    Args:
        mapping: what feeds what.
        origin: the load that the rows come by.
        required: fields that coverage asks for.
        constants: target to the value that every record has.
    """

    def __init__(
        self, mapping: Mapping, origin: Origin, required: tuple[str, ...], constants: Dictionary[str, pa.Scalar]
    ) -> None:
        self.mapping, self._origin, self._required, self._constants = mapping, origin, required, constants

    def tables(self, fed: dict[str, pa.Array], attributes: list[pa.Array]) -> dict[str, pa.Table]:
        """Return the tables of rows that are all sound.

        Args:
            fed: target to its values.
            attributes: texts of the columns that are carried along.
        """
        rows = len(fed["record_id"])
        lines = self._goods_masks(fed, rows)
        if not self.mapping.group_by:
            missing = [self._is_missing(name, fed, rows) for name in self._required]
            first, group = np.arange(rows), None
        else:
            group, first_of = first_rows(fed["record_id"])
            first = np.unique(first_of)
            missing = [_any_of(self._is_missing(n, fed, rows), group)[group[first]] for n in self._required]
        return {
            "consignment": self._consignments(fed, attributes, missing, first, rows),
            "goods_line": self._goods(fed, lines, group),
            "party": self._parties(fed, group),
        }

    def _shared(self, fed: dict[str, pa.Array], index: pa.Array) -> dict[str, pa.Array]:
        return self._origin.beside(fed["record_id"].take(index))

    def _consignments(
        self,
        fed: dict[str, pa.Array],
        attributes: list[pa.Array],
        missing: list[Mask],
        first: np.ndarray,
        rows: int,
    ) -> pa.Table:
        index = pa.array(first, pa.int64())
        whole = len(first) == rows

        def pick(values: pa.Array) -> pa.Array:
            return values if whole else values.take(index)

        columns = self._shared(fed, index)
        columns |= {t: pick(fed[t]) for t in CONSIGNMENT_TARGETS if t in fed and t != "record_id"}
        # Where the mapping does not say who sent the data, it is whoever the records come from.
        columns.setdefault("sender", repeat(pa.scalar(self._origin.source), len(first)))
        columns["first_seen"] = repeat(pa.scalar(self._origin.first_seen, INSTANT), len(first))
        columns["missing"] = missing_list(list(self._required), missing, len(first))
        columns["attributes"] = attribute_map(self.mapping.attributes, [pick(a) for a in attributes], len(first))
        return conform(pa.table(columns), CONSIGNMENT)

    def _goods_masks(self, fed: dict[str, pa.Array], rows: int) -> dict[str, Mask]:
        """Return, per group of goods fields ("goods.", "goods.1." …), which rows have such a line."""
        masks: dict[str, Mask] = {}
        for target, values in fed.items():
            prefix = target[: target.rfind(".") + 1]
            if target.startswith("goods.") and target not in self._constants:
                masks[prefix] = masks.get(prefix, np.zeros(rows, dtype=bool)) | present(values)
        return masks

    def _goods(self, fed: dict[str, pa.Array], lines: dict[str, Mask], group: np.ndarray | None) -> pa.Table:
        where = [np.flatnonzero(mask) for mask in lines.values()]
        rows = np.concatenate(where) if where else np.array([], dtype=np.int64)
        order = np.argsort(rows, kind="stable") if len(where) > 1 else np.arange(len(rows))
        index = pa.array(rows[order], pa.int64())
        columns = self._shared(fed, index)
        columns["line"] = pa.array(rank(rows[order] if group is None else group[rows[order]]), pa.int32())
        for name in GOODS_TARGETS:
            parts = [
                fed[f"{prefix}{name}"].take(pa.array(chosen, pa.int64()))
                if f"{prefix}{name}" in fed
                else repeat(
                    self._constants.get(f"goods.{name}", pa.scalar(None, _arrow_type(f"goods.{name}"))),
                    len(chosen),
                )
                for prefix, chosen in zip(lines, where, strict=True)
            ]
            if parts:
                joined = parts[0] if len(parts) == 1 else pa.concat_arrays(parts)
                columns[name] = joined if len(parts) == 1 else joined.take(pa.array(order))
        if "currency" in fed and not any(t.startswith("goods.") and t.endswith(".currency") for t in fed):
            # A line's value is in the consignment's currency where no other is said.
            columns["currency"] = fed["currency"].take(index)
        return conform(pa.table(columns), GOODS_LINE)

    def _parties(self, fed: dict[str, pa.Array], group: np.ndarray | None) -> pa.Table:
        tables = [self._party(fed, role, group) for role in ROLES]
        return pa.concat_tables([t for t in tables if t is not None] or [PARTY.empty_table()])

    def _party(self, fed: dict[str, pa.Array], role: str, group: np.ndarray | None) -> pa.Table | None:
        """Return the parties of one role, or None where nothing feeds it; a country alone names nobody."""
        own = {name: fed[f"party.{role}.{name}"] for name in PARTY_FIELDS if f"party.{role}.{name}" in fed}
        naming = [present(values) for name, values in own.items() if name != "country"]
        if not naming:
            return None
        rows = np.flatnonzero(np.logical_or.reduce(naming))
        if group is not None:
            rows = rows[np.unique(group[rows], return_index=True)[1]]
            rows.sort()
        index = pa.array(rows, pa.int64())
        columns = self._shared(fed, index) | {"role": repeat(pa.scalar(role), len(rows))}
        columns |= {name: values.take(index) for name, values in own.items()}
        return conform(pa.table(columns), PARTY)

    def _is_missing(self, name: str, fed: dict[str, pa.Array], rows: int) -> Mask:
        """Return the rows on which a field that coverage asks for is empty, whatever of its targets could hold it."""
        missing = np.ones(rows, dtype=bool)
        wanted = coverage_targets(name)
        for target, values in fed.items():
            plain = f"goods.{target.rpartition('.')[2]}" if target.startswith("goods.") else target
            if plain in wanted:
                missing &= ~present(values)
        return missing


def _arrow_type(target: str) -> pa.DataType:
    return ARROW_TYPES.get(default_kind(target), pa.string())


def _any_of(flags: Mask, group: np.ndarray) -> Mask:
    """Return, per group, whether any of its rows is flagged."""
    found = np.zeros(int(group.max(initial=-1)) + 1, dtype=bool)
    np.logical_or.at(found, group, flags)
    return found
