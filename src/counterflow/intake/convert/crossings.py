"""Sound rows of a file as vehicle crossings: port, lane, hour, kind of vehicle, what the scan said; no person."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.tables import CROSSING, conform
from counterflow.intake.convert.assemble import Origin
from counterflow.intake.mapping.targets import CROSSING_TARGETS

__all__ = ["CrossingTables"]


class CrossingTables:
    """Makes crossings of rows whose fields have been read.

    Args:
        origin: the load that the rows come by.
    """

    def __init__(self, origin: Origin) -> None:
        self._origin = origin

    def tables(self, fed: dict[str, pa.Array], _attributes: list[pa.Array]) -> dict[str, pa.Table]:
        """Return the table of rows that are all sound; a crossing carries no attributes along.

        The minute is dropped: shares need the hour, and a minute at a lane can point to one vehicle.
        """
        columns = {target: fed[target] for target in CROSSING_TARGETS if target in fed}
        columns |= self._origin.beside(fed["record_id"])
        columns["hour"] = pc.floor_temporal(fed["hour"], unit="hour")
        return {"crossing": conform(pa.table(columns), CROSSING)}
