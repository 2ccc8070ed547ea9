"""The rows of a plan: every eligible record with its probability, and for the selected ones arm, place and reasons."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from counterflow.core.tables import DRAW
from counterflow.target.choice.choose import ARMS, Choice
from counterflow.target.choice.draw import Floats

__all__ = ["draw_rows"]


def draw_rows(plan: str, records: pa.Table, choice: Choice, reasons: pa.Array, chance: Floats) -> pa.Table:
    """Return the frame: every eligible record, drawn or not, with its probability; 0 where no resource reaches it.

    Args:
        plan: id of the plan.
        records: eligible records: source, record_id, office, lane, day.
        choice: what was chosen.
        reasons: reasons of the selected records, in their order.
        chance: what was said beforehand of each record: chance that an inspection finds anything.
    """
    place = np.full(records.num_rows, len(reasons), np.int64)
    place[choice.selected] = np.arange(len(reasons))
    told = pa.concat_arrays([reasons, pa.nulls(1, pa.string())])
    pools = [one.pool for one in choice.cells]
    which = pa.array(np.where(choice.cell < 0, len(pools), choice.cell))
    of_pool = {
        "resource": pa.array([p.resource for p in pools] + [None], pa.string()),
        "service_minutes": pa.array([p.service_minutes for p in pools] + [None], pa.float64()),
        "detection_rate": pa.array([p.detection_rate for p in pools] + [None], pa.float64()),
    }
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        name: records.column(name) for name in ("source", "record_id", "office", "lane", "day")
    }
    columns |= {name: values.take(which) for name, values in of_pool.items()}
    columns |= {
        "plan": pa.array([plan], pa.string()).take(pa.array(np.zeros(records.num_rows, np.int64))),
        "arm": pa.array(ARMS, pa.string()).take(pa.array(choice.arm)),
        "rank": pa.array(choice.rank, pa.int32(), mask=choice.rank == 0),
        "inclusion_probability": pa.array(choice.probability),
        "expected_harm": pa.array(np.round(choice.expected_harm, 9)),
        "reasons": told.take(pa.array(place)),
        "chance": pa.array(np.round(chance, 6)),
    }
    if choice.strata is not None:
        columns["stratum"] = pa.array(choice.strata.names, pa.string()).take(pa.array(choice.strata.of_record))
    return pa.table({field.name: columns[field.name] for field in DRAW if field.name in columns})
