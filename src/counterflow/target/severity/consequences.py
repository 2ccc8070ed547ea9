"""What a change of severities would do: stored days ranked under both, and who gains and loses inspections.

The places that the latest plan gave by expected harm are given out again within each office and day, once in the order
of the old severities and once in that of the new; drawn, mandatory and follow-up records stay as they were. Where
nothing was planned, one record in twenty of the last week stands in. It shows where minutes would go; it is no plan.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.store.plans import latest_plan
from counterflow.target.options import options_from
from counterflow.target.severity.in_force import Severities, record_severity, routes_of

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["consequences"]

Floats = npt.NDArray[np.float64]
#: severity points from which a harm class belongs to the top tier
_TOP_TIER = 40.0
_STAND_IN, _STAND_IN_DAYS = 0.05, 7
_MOST_ORIGINS = 12


def consequences(workspace: Workspace, before: Severities, after: Severities) -> dict[str, Any]:
    """Return how a change moves inspections, by lane, office, harm class and origin of goods, as plain data.

    Args:
        workspace: records, findings, outcomes, models, plans.
        before: severities in force.
        after: severities proposed.
    """
    from counterflow.target.choice.frame import eligible_records, findings_on
    from counterflow.target.choice.rank import rank_records
    from counterflow.target.first_score.score import scored_findings

    store, plan = workspace.store, latest_plan(workspace.store)
    period = _period(store, plan)
    if period is None:
        return {"said": ["no record is stored: nothing can be ranked"], "lanes": []}
    options = options_from(workspace.settings.target)
    records = eligible_records(store, *period, options, worked_too=True)
    ranked = rank_records(workspace, records, *period, options)
    findings, routes = scored_findings(findings_on(store, records), options), routes_of(records)
    old, new = (
        _harm(ranked.scores.probability, record_severity(each, findings, records.num_rows, routes))
        for each in (before, after)
    )
    group, places, open_to, said = _places(store, plan, records)
    chosen = [_best(harm[0], group, places, open_to) for harm in (old, new)]
    frame = _Frame(records, ranked.scores.probability, (old, new), chosen)
    return {
        "from": period[0].isoformat(), "to": period[1].isoformat(), "plan": plan["plan"] if plan else None,
        "records": records.num_rows, "inspections_by_harm": int(chosen[0].sum()),
        "moved": int((chosen[1] & ~chosen[0]).sum()),
        "lanes": frame.by(records.column("lane")), "offices": frame.by(records.column("office")),
        "harm_classes": frame.by_class(),
        "origins_of_goods": frame.by(records.column("origin"))[:_MOST_ORIGINS],
        "top_tier": frame.top_tier(before, after),
        "said": said,
    }  # fmt: skip


def _period(store: Store, plan: Mapping[str, Any] | None) -> tuple[dt.date, dt.date] | None:
    if plan is not None:
        return plan["starts"], plan["ends"]
    last = store.query("SELECT max(declared_on) AS last FROM consignment").column("last")[0].as_py()
    return None if last is None else (last - dt.timedelta(days=_STAND_IN_DAYS - 1), last)


def _harm(
    probability: Mapping[str, Floats], severity: Mapping[str, float | Floats]
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return expected harm per record, and the place of the class that brings most of it."""
    parts = np.stack([np.asarray(p * severity[name], float) for name, p in probability.items()])
    return parts.sum(axis=0), parts.argmax(axis=0)


def _places(
    store: Store, plan: Mapping[str, Any] | None, records: pa.Table
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_], list[str]]:
    """Return each record's office and day, how many places each has, who may take one, and what to say."""
    pairs = pc.binary_join_element_wise(
        pc.fill_null(records.column("office"), ""), records.column("day").cast(pa.string()), "\x1f"
    )
    encoded = pairs.combine_chunks().dictionary_encode() if records.num_rows else pa.array([""]).dictionary_encode()
    group = np.asarray(encoded.indices.to_numpy(zero_copy_only=False), np.int64)[: records.num_rows]
    size = np.bincount(group, minlength=len(encoded.dictionary))
    everyone = np.ones(records.num_rows, bool)
    if plan is None:
        said = f"nothing was planned yet: one record in {1 / _STAND_IN:.0f} of the last week stands in"
        return group, np.ceil(size * _STAND_IN).astype(np.int64), everyone, [said]
    asked = records.select(["source", "record_id"]).append_column("row", pa.array(np.arange(records.num_rows)))
    drawn = store.query(
        "SELECT a.row, d.arm FROM asked a JOIN draw d ON d.source = a.source AND d.record_id = a.record_id"
        " WHERE d.plan = ? AND d.arm <> '' ORDER BY a.row",
        [plan["plan"]],
        asked=asked,
    )
    by_harm = pc.equal(drawn.column("arm"), "targeted").to_numpy(zero_copy_only=False)
    rows = np.asarray(drawn.column("row").to_numpy(), np.int64)
    everyone[rows[~by_harm]] = False
    return group, np.bincount(group[rows[by_harm]], minlength=len(size)), everyone, []


def _best(
    harm: Floats, group: npt.NDArray[np.int64], places: npt.NDArray[np.int64], open_to: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Return who takes the places of each group, highest harm first; equals in the order of the records."""
    candidates = np.flatnonzero(open_to)
    order = candidates[np.lexsort((candidates, -harm[candidates], group[candidates]))]
    ordered = group[order]
    first = np.r_[True, ordered[1:] != ordered[:-1]] if len(order) else np.zeros(0, bool)
    start = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0)) if len(order) else np.zeros(0, np.int64)
    taken = np.arange(len(order)) - start < places[ordered]
    chosen = np.zeros(len(harm), bool)
    chosen[order[taken]] = True
    return chosen


class _Frame:
    """Records with their chances, harm and choice under both severities."""

    def __init__(
        self, records: pa.Table, probability: Mapping[str, Floats],
        harm: tuple[tuple[Floats, npt.NDArray[np.int64]], ...], chosen: list[npt.NDArray[np.bool_]],
    ) -> None:  # fmt: skip
        self._records, self._names, self._harm, self._chosen = records, list(probability), harm, chosen
        missed = np.ones(records.num_rows)
        for p in probability.values():
            missed *= 1 - p
        self._clean = missed

    def by(self, column: pa.ChunkedArray) -> list[dict[str, Any]]:
        """Return inspections by value of a column: before, after, gained, lost, clean of them; most moved first."""
        encoded = pc.fill_null(column, "").combine_chunks().dictionary_encode()
        code = np.asarray(encoded.indices.to_numpy(zero_copy_only=False), np.int64)
        return self._rows(code, [str(v) or "none given" for v in encoded.dictionary.to_pylist()])

    def by_class(self) -> list[dict[str, Any]]:
        """Return inspections by the class that brings most of a record's harm, under the new severities."""
        return self._rows(self._harm[1][1], self._names)

    def top_tier(self, before: Severities, after: Severities) -> dict[str, float | None]:
        """Return the share of inspections whose leading class is of the top tier, before and after."""
        shares: dict[str, float | None] = {}
        both = zip(("before", "after"), (before, after), self._harm, self._chosen, strict=True)
        for name, each, harm, chosen in both:
            points = each.mapping()
            top = np.array([points[c] >= _TOP_TIER for c in self._names])
            shares[name] = float(top[harm[1][chosen]].mean()) if chosen.any() else None
        return shares

    def _rows(self, code: npt.NDArray[np.int64], names: list[str]) -> list[dict[str, Any]]:
        old, new = self._chosen
        size = len(names)

        def count(mask: npt.NDArray[np.bool_], weight: Floats | None = None) -> Floats:
            counted = np.ones(len(mask)) if weight is None else weight
            return np.asarray(np.bincount(code[mask], counted[mask], minlength=size), np.float64)

        every = np.ones(len(code), bool)
        columns = {
            "records": count(every), "before": count(old), "after": count(new), "gained": count(new & ~old),
            "lost": count(old & ~new),
        }  # fmt: skip
        clean = {"clean_expected_before": count(old, self._clean), "clean_expected_after": count(new, self._clean)}
        rows = [
            {
                "name": names[i],
                **{k: int(v[i]) for k, v in columns.items()},
                **{k: float(v[i]) for k, v in clean.items()},
            }
            for i in range(size)
            if columns["records"][i]
        ]
        return sorted(rows, key=lambda row: (-(row["gained"] + row["lost"]), -row["records"], row["name"]))
