"""The audit of targeting over a workspace: draws and outcomes from target, the random arm's share from account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.account.interdiction.frame import KNOWN_FRAMES
from counterflow.account.interdiction.stratified import Groups, estimate_share
from counterflow.core.errors import InputError
from counterflow.target.audit.burden import Burden, Opened, burden_ratio, share_level
from counterflow.target.audit.proxy import LEAST, Proxy, proxies
from counterflow.target.csv_file import CsvRows, read_content

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["AREA_LIMIT", "RATIO_LIMIT", "audit", "read_groups"]

Texts = npt.NDArray[np.object_]
Bools = npt.NDArray[np.bool_]

#: a group is told too well where the low end of the area passes this
AREA_LIMIT = 0.65
#: clean records of a group are opened too often where the low end of the ratio passes this
RATIO_LIMIT = 1.25
_LIMITS = {"area": AREA_LIMIT, "ratio": RATIO_LIMIT}
_ROUTE = ("origin", "departure")
_MOST_GROUPS = 12

#: records once, in the random sample where the first worked plan that gave them a chance drew them (as in `account`:
#: a later plan's frame lacks what earlier ones opened), and chosen where any worked plan chose them
_FRAME = (
    KNOWN_FRAMES
    + """
, framed_once AS (
  SELECT source, record_id, max(CASE turn WHEN 1 THEN cell END) AS stratum, max(CASE turn WHEN 1 THEN p END) AS p,
         max(CASE turn WHEN 1 THEN office END) AS office, max(CASE turn WHEN 1 THEN lane END) AS lane,
         CASE WHEN max(CASE WHEN turn = 1 AND arm = 'random' THEN 1 ELSE 0 END) = 1 THEN 'random'
           ELSE coalesce(max(CASE WHEN arm NOT IN ('', 'random') THEN arm END), '') END AS arm
  FROM seen WHERE p > 0 GROUP BY source, record_id
), results AS (
  SELECT source, record_id, CASE WHEN confirmation = 'confirmed' THEN 1 ELSE 0 END AS found FROM (
    SELECT *, row_number() OVER (
      PARTITION BY source, record_id ORDER BY time DESC, recorded_at DESC, ledger_seq DESC
    ) AS place FROM outcome
  ) AS latest
  WHERE place = 1 AND (confirmation IN ('confirmed', 'refuted') OR (state = 'inspected' AND confirmation = 'none'))
), consigned AS (
  SELECT source, record_id, max(departure) AS departure, max(sender) AS sender FROM consignment
  GROUP BY source, record_id
), goods AS (
  SELECT source, record_id, min(origin) AS origin FROM goods_line GROUP BY source, record_id
)
SELECT o.*, r.found, c.departure, c.sender, g.origin
FROM framed_once AS o LEFT JOIN results AS r ON o.source = r.source AND o.record_id = r.record_id
LEFT JOIN consigned AS c ON o.source = c.source AND o.record_id = c.record_id
LEFT JOIN goods AS g ON o.source = g.source AND o.record_id = g.record_id
ORDER BY o.source, o.record_id
"""
)


def read_groups(path: Path) -> dict[str, str]:
    """Return record id to group from a file of `record_id,group`; it is used and not kept.

    Raises:
        InputError: no such file, a missing column, an empty cell, or a record in two groups, with its line.
    """
    rows = CsvRows(read_content(path, "the groups: record_id,group"), path.name, ("record_id", "group"))
    at = {name: rows.header.index(name) for name in ("record_id", "group")}
    groups: dict[str, str] = {}
    for line, row in rows:
        if len(row) != len(rows.header):
            raise InputError("This row has not one field per column.", file=path.name, line=line, hint="Mend the row.")
        record, group = row[at["record_id"]].strip(), row[at["group"]].strip()
        for name, value in (("record_id", record), ("group", group)):
            if not value:
                told = "Leave out the row."
                raise InputError("This cell is empty.", file=path.name, line=line, column=name, hint=told)
        if groups.setdefault(record, group) != group:
            told, where = f"It was in group {groups[record]!r} before.", "group"
            raise InputError(
                "A record is in two groups.", file=path.name, line=line, column=where, value=group, hint=told
            )
    return groups


def audit(
    workspace: Workspace,
    *,
    groups: Mapping[str, str] | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
    seed: int = 1,
    level: float = 0.95,
) -> dict[str, Any]:
    """Return the burden of each group and how well features and score tell it.

    Args:
        workspace: plans, outcomes, records and models.
        groups: record id to group, brought by the auditor.
        since: first planned day.
        until: last planned day, included.
        seed: seed of folds and forests.
        level: nominal coverage of the burden ratios.

    Returns:
        records, alarms (in words), limits, burden (rows), proxies (rows), said.
    """
    frame = workspace.store.query(_FRAME, [since or dt.date.min, until or dt.date.max])
    cuts: dict[str, Texts] = {name: _texts(frame, name) for name in ("origin", "departure", "lane", "sender", "office")}
    said = []
    if groups is not None:
        cuts = {
            "group": np.array([groups.get(str(r), "") for r in frame["record_id"].to_pylist()], dtype=object)
        } | cuts
        known = int((cuts["group"] != "").sum())
        said.append(f"{known:,} of {frame.num_rows:,} records of the plans have a group")
    if frame.num_rows == 0:
        said.append("no plan was made in this period")
        return {"records": 0, "alarms": [], "limits": _LIMITS, "burden": [], "proxies": [], "said": said}
    burdens = [row for by, values in cuts.items() for row in _burdens(frame, by, values, level)]
    told, words = _proxies(workspace, frame, cuts, seed)
    alarms = [b.words for b in burdens if b.alarm] + [p.words for p in told if p.alarm]
    return {
        "records": frame.num_rows, "alarms": alarms, "limits": _LIMITS,
        "burden": [_plain(b) for b in burdens], "proxies": [_plain(p) for p in told], "said": [*said, words],
    }  # fmt: skip


def _plain(row: Burden | Proxy) -> dict[str, Any]:
    made = asdict(row)
    return {name: None if value == float("inf") else value for name, value in made.items()}


def _texts(frame: pa.Table, name: str) -> Texts:
    return np.array([value or "" for value in frame[name].to_pylist()], dtype=object)


def _burdens(frame: pa.Table, by: str, values: Texts, level: float) -> Iterator[Burden]:
    """Yield the burden of each group with enough records, largest groups first; of a few people nothing is told."""
    names, sizes = np.unique(values[values != ""].astype(str), return_counts=True)
    names, sizes = names[sizes >= LEAST], sizes[sizes >= LEAST]
    drawn = _Drawn.of(frame)
    known = values != ""
    for name in names[np.argsort(-sizes, kind="stable")][:_MOST_GROUPS]:
        here = values == name
        sides = [drawn.opened(mask & known, share_level(level)) for mask in (here, ~here)]
        yield burden_ratio(by, str(name), *sides, level=level, limit=RATIO_LIMIT)


def _floats(frame: pa.Table, name: str) -> npt.NDArray[np.float64]:
    return np.asarray(frame[name].cast(pa.float64()).to_numpy(), np.float64)


def _strata(frame: pa.Table) -> npt.NDArray[np.int64]:
    """Return the code of each record's stratum: plan, office, lane, day and stratum of its draw."""
    coded = frame["stratum"].combine_chunks().dictionary_encode()
    return np.asarray(coded.indices.to_numpy(), np.int64)


@dataclass(frozen=True)
class _Drawn:
    """The frame as arrays."""

    stratum: npt.NDArray[np.int64]
    chance: npt.NDArray[np.float64]
    arm: Texts
    found: npt.NDArray[np.float64]

    @classmethod
    def of(cls, frame: pa.Table) -> _Drawn:
        return cls(_strata(frame), _floats(frame, "p"), _texts(frame, "arm"), _floats(frame, "found"))

    def opened(self, mask: Bools, level: float) -> Opened:
        """Return what was opened of the records where `mask`, with the share violative by the random arm."""
        chosen = mask & (self.arm != "") & (self.arm != "random") & ~np.isnan(self.found)
        _, place = np.unique(np.stack([self.stratum[mask], self.chance[mask]]), axis=1, return_inverse=True)
        place = place.reshape(-1)
        random = self.arm[mask] == "random"
        answered = random & ~np.isnan(self.found[mask])
        hit = np.where(answered, self.found[mask], 0.0)

        def per(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
            return np.bincount(place, values).astype(np.float64)

        count = per(np.ones(len(place)))
        one = np.unique(place, return_index=True)[1]
        groups = Groups(
            self.stratum[mask][one], self.chance[mask][one], count, per(random.astype(np.float64)),
            per(answered.astype(np.float64)), per(hit), per(hit),
        )  # fmt: skip
        share = estimate_share(groups, level)
        clean = int((chosen & (self.found == 0)).sum())
        return Opened(int(mask.sum()), int(chosen.sum()), clean, share.value, share.low, share.high)


def _proxies(workspace: Workspace, frame: pa.Table, cuts: Mapping[str, Texts], seed: int) -> tuple[list[Proxy], str]:
    """Return how well features and score tell each group; words say on what model."""
    from counterflow.target.features.stored import feature_lines
    from counterflow.target.models.kept import usable_model

    kept, words = usable_model(workspace, workspace.clock().date() + dt.timedelta(days=1))
    if kept is None:
        return [], f"features and score were not looked at: {words}"
    records = frame.select(["source", "record_id"])
    lines = feature_lines(workspace.store, records, attributes=kept.row["attributes"] or ())
    matrix = kept.scorer.state.features(lines)
    first = np.searchsorted(matrix.row, np.arange(lines.records))
    values = matrix.values[first]
    without = np.array([not any(part in name for part in _ROUTE) for name in matrix.names])
    names = tuple(n for n, keep in zip(matrix.names, without, strict=True) if keep)
    sets: dict[str, tuple[Any, tuple[str, ...]]] = {
        "features": (values, matrix.names),
        "features without origin and departure": (values[:, without], names),
        "score": (kept.scorer.score(lines).find[:, None], ("score",)),
    }
    told = []
    for by, groups in cuts.items():
        if by in ("lane", "office"):
            continue  # where a record is handled is not what anybody is
        told += list(proxies(groups, sets, limit=AREA_LIMIT, seed=seed))
    return told, words
