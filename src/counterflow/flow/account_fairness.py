"""Burden over a workspace: plans and outcomes by origin, departure, sender size, port, lane and community of a port.

Declared risk is the chance that the ranking gave a record before anybody opened it. The community of a port is every
sender most of whose records go there, wherever a record of theirs goes; sender size is how many records a sender has
in the workspace. Senders are told apart by the identifier that the source gives them, never by name.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.account.fairness.events import NOT_GIVEN, Events, cut
from counterflow.account.interdiction.frame import KNOWN_FRAMES

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["GROUPINGS", "workspace_events"]

Texts = npt.NDArray[np.object_]

#: groupings of a workspace, in the order they are shown
GROUPINGS = ("origin", "departure", "sender_size", "port", "lane", "community")

_SEEN_ONCE = """
, once AS (
  SELECT source, record_id, max(office) AS office, max(lane) AS lane, min(day) AS day,
         max(CASE WHEN turn = 1 THEN plan END) AS plan,
         max(CASE WHEN state = 'inspected' OR confirmation IN ('confirmed', 'refuted') THEN 1 ELSE 0 END) AS inspected,
         max(CASE WHEN turn = 1 AND arm = 'random' THEN 1 ELSE 0 END) AS drawn,
         max(CASE WHEN turn = 1 AND arm = 'random' AND (state = 'inspected' OR confirmation IN ('confirmed', 'refuted'))
             THEN 1 ELSE 0 END) AS drawn_inspected,
         max(CASE WHEN confirmation = 'confirmed' THEN 1 ELSE 0 END) AS found,
         max(CASE WHEN confirmation IN ('suspected', 'presumptive') THEN 1 ELSE 0 END) AS awaiting,
         max(CASE WHEN state = 'inspected' THEN time END) AS ended
  FROM seen GROUP BY source, record_id
), consigned AS (
  SELECT source, record_id, max(departure) AS departure, max(origin) AS origin, max(sender) AS sender,
         max(arrived_at) AS arrived
  FROM consignment GROUP BY source, record_id
), goods AS (
  SELECT source, record_id, min(origin) AS origin FROM goods_line GROUP BY source, record_id
), named AS (
  SELECT source, record_id, max(identifier) AS identifier FROM party
  WHERE role IN ('consignor', 'seller') AND identifier <> '' GROUP BY source, record_id
), senders AS (
  SELECT c.source, c.record_id, coalesce(n.identifier, 'sent by ' || c.sender) AS sender
  FROM consigned AS c LEFT JOIN named AS n ON c.source = n.source AND c.record_id = n.record_id
), sizes AS (
  SELECT sender, count(*) AS size FROM senders WHERE sender IS NOT NULL GROUP BY sender
), homes AS (
  SELECT s.sender, c.office, row_number() OVER (PARTITION BY s.sender ORDER BY count(*) DESC, c.office) AS place
  FROM senders AS s JOIN consignment AS c ON s.source = c.source AND s.record_id = c.record_id
  WHERE s.sender IS NOT NULL AND c.office <> '' GROUP BY s.sender, c.office
)
SELECT o.*, d.chance, c.departure, coalesce(g.origin, c.origin) AS origin, z.size, h.office AS home,
       (epoch(o.ended) - epoch(c.arrived)) / 3600 AS hours
FROM once AS o
LEFT JOIN draw AS d ON o.plan = d.plan AND o.source = d.source AND o.record_id = d.record_id
LEFT JOIN consigned AS c ON o.source = c.source AND o.record_id = c.record_id
LEFT JOIN goods AS g ON o.source = g.source AND o.record_id = g.record_id
LEFT JOIN senders AS s ON o.source = s.source AND o.record_id = s.record_id
LEFT JOIN sizes AS z ON s.sender = z.sender
LEFT JOIN homes AS h ON s.sender = h.sender AND h.place = 1
ORDER BY o.source, o.record_id
"""

_SIZES = ((1, "1 record"), (9, "2 to 9 records"), (99, "10 to 99 records"), (999, "100 to 999 records"))
_LARGEST = "1,000 records and more"


def workspace_events(store: Store, since: dt.date | None = None, until: dt.date | None = None) -> Events | None:
    """Return the records of worked plans as events, with every grouping of `GROUPINGS`; None where there are none.

    Args:
        store: plans, outcomes, consignments.
        since: first planned day.
        until: last planned day, included.
    """
    frame = store.query(KNOWN_FRAMES + _SEEN_ONCE, [since or dt.date.min, until or dt.date.max])
    if frame.num_rows == 0:
        return None
    groups = {name: _texts(frame, "home" if name == "community" else "office" if name == "port" else name)
              for name in GROUPINGS if name != "sender_size"}  # fmt: skip
    groups["sender_size"] = _sizes(frame)
    inspected = _numbers(frame, "inspected")
    drawn = _numbers(frame, "drawn")
    # Drawn at random, not presented, and chosen later for its looks: what that showed is the choice's, not the draw's.
    random = np.where((drawn == 1) & (inspected > _numbers(frame, "drawn_inspected")), 0.0, drawn)
    found = _numbers(frame, "found")
    hours = _numbers(frame, "hours")
    early = int((hours < 0).sum())
    said = (
        [f"{early:,} inspections ended before the record's arrival as told: their delay is not known"] if early else []
    )
    return Events(
        {name: groups[name] for name in GROUPINGS},
        np.ones(frame.num_rows), inspected, found,
        # What is suspected waits; what was also confirmed does not.
        awaiting=inspected * (1 - found) * _numbers(frame, "awaiting"),
        random=random,
        band=cut(_numbers(frame, "chance"), np.ones(frame.num_rows)),
        delay=np.where(hours >= 0, hours, np.nan),
        unit=_texts(frame, "office"),
        period=np.array([str(day)[:7] for day in frame["day"].to_pylist()], dtype=object),
        columns={"risk": "chance given by the ranking", "delay": "arrival to inspection, of those inspected"},
        said=(*said, "declared risk: the chance that the ranking gave beforehand, cut into five bands"),
    )  # fmt: skip


def _texts(frame: pa.Table, name: str) -> Texts:
    return np.array([value or NOT_GIVEN for value in frame[name].to_pylist()], dtype=object)


def _numbers(frame: pa.Table, name: str) -> npt.NDArray[np.float64]:
    return np.array([np.nan if v is None else float(v) for v in frame[name].to_pylist()], np.float64)


def _sizes(frame: pa.Table) -> Texts:
    def band(size: int | None) -> str:
        if size is None:
            return NOT_GIVEN
        return next((words for most, words in _SIZES if size <= most), _LARGEST)

    return np.array([band(size) for size in frame["size"].to_pylist()], dtype=object)
