"""Rows of a file as what happened to stock: counts, receipts, returns, losses, thefts, destruction."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa

from counterflow.core.tables import INSTANT, STOCK_EVENT, conform
from counterflow.intake.convert.assemble import Origin, present, repeat
from counterflow.intake.convert.order_doubles import judge_numbers
from counterflow.intake.convert.orders import amounts_of, own_ids
from counterflow.intake.convert.refusals import Fault, Faults
from counterflow.intake.identifiers import Unreadable
from counterflow.intake.mapping.model import Mapping

__all__ = ["StockTables"]

_NO_KIND = Unreadable(
    "required-empty", "Say what happened: count, receipt, return, loss, theft, spillage, destruction or sample."
)
_NO_AMOUNT = Unreadable("required-empty", "The row says no quantity.")
_NO_DAY = Unreadable("required-empty", "The row says no day.")


class StockTables:
    """Makes events of stock of rows whose fields have been read.

    Args:
        mapping: what feeds what.
        origin: the load that the rows come by.
    """

    def __init__(self, mapping: Mapping, origin: Origin) -> None:
        self.mapping, self._origin = mapping, origin

    def checked(self, fed: dict[str, pa.Array], faults: Faults, notes: Counter[str]) -> dict[str, pa.Array]:
        """Return the fields with amounts and ids; what is wrong goes to `faults`."""
        fed = dict(fed)
        rows = len(fed["item"])
        for target, wrong in (("kind", _NO_KIND), ("happened_on", _NO_DAY)):
            empty = ~present(fed[target]) if target in fed else ~faults.any
            faults.add(Fault(self._column(target), empty & ~faults.any, same=wrong))
        amounts = amounts_of(self.mapping, fed, rows, faults, notes)
        units = fed.get("units", amounts.pieces)
        fed |= {"quantity": amounts.quantity, "unit": amounts.unit, "mass_g": amounts.mass_g, "units": units}
        empty = ~present(fed["quantity"]) & ~present(units) & ~faults.any
        faults.add(Fault(self._column("quantity"), empty, same=_NO_AMOUNT))
        if not own_ids(self.mapping, fed, rows, faults, notes):
            judge_numbers(fed, faults, self._column("record_id"))
        return fed

    def tables(self, fed: dict[str, pa.Array], _attributes: list[pa.Array]) -> dict[str, pa.Table]:
        """Return the table of rows that are all sound."""
        columns = {name: fed[name] for name in STOCK_EVENT.names if name in fed}
        columns |= self._origin.beside(fed["record_id"])
        columns["first_seen"] = repeat(pa.scalar(self._origin.first_seen, INSTANT), len(fed["record_id"]))
        return {"stock_event": conform(pa.table(columns), STOCK_EVENT)}

    def _column(self, target: str) -> str:
        return next((r.columns[0] for r in self.mapping.fields if r.target == target), target)
