"""The counterfactual swap over a workspace, on the path that really scores: checks, features, model, order.

The tables are copied into a store in memory, once as they are and once with names dealt anew; both are screened with
the workspace's own checks and ranked as a plan for tomorrow would rank them. Nothing is written.
"""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.account.fairness.swap import BEARING, Scored, compared, deal_anew, texts_by_row
from counterflow.core.errors import InputError, UnknownName
from counterflow.core.seeds import generator
from counterflow.core.tables import FINDING, TABLES, conform
from counterflow.flow.screen_now import MOST_RECORDS, screen_now
from counterflow.target.choice.frame import eligible_records
from counterflow.target.choice.rank import rank_records
from counterflow.target.options import options_from

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["PROXIES", "swap_test"]

#: fields that may stand in for a group, are declared as such, and may move a score: how much is said
PROXIES = ("origin", "departure")
_SCREENED = ("consignment", "goods_line", "party")


def swap_test(
    workspace: Workspace, *, rounds: int = 3, seed: int = 1, most: int = 20_000, proxies: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Deal names anew and say what changed.

    Args:
        workspace: records, checks, lists, models, rules.
        rounds: how many times names are dealt anew.
        seed: seed of the deals.
        most: newest records looked at.
        proxies: of `PROXIES`, to be dealt anew as well, each by itself.

    Returns:
        exact (no unexplained change in any round), records, of, swapped (fields), rounds (rows of `Swapped` with
        names_changed), findings_changed (code to records, of what is shown and in no score), proxies, ranked_by, said.

    Raises:
        InputError: no record is stored.
        UnknownName: a proxy that is none.
    """
    for name in proxies:
        if name not in PROXIES:
            raise UnknownName("declared proxy", name, PROXIES)
    tables = _tables(workspace.store)
    records, total = _newest(workspace, most)
    if records.num_rows == 0:
        raise InputError("No record is stored, so no score can be looked at.", hint="Load records first.")
    tables = _within(tables, records)
    base, ranked_by = _scored(workspace, tables, records)
    made = []
    for turn in range(rounds):
        parties, changed = deal_anew(tables["party"], generator(seed, "swap", turn))
        after, _ = _scored(workspace, tables | {"party": parties}, records)
        made.append({"round": turn + 1, "names_changed": changed} | asdict(compared(base, after)))
    moved = [_proxy(workspace, tables, records, base, name, seed) for name in proxies]
    said = [] if total == records.num_rows else [f"the newest {records.num_rows:,} of {total:,} records were looked at"]
    if not any(row["names_changed"] for row in made):
        said.append("no name could change places: no party is named twice or more in a role")
    return {
        "exact": all(row["unexplained"] == 0 and row["places"] == 0 for row in made), "records": records.num_rows,
        "of": total, "swapped": list(BEARING), "rounds": made, "proxies": moved, "ranked_by": ranked_by, "said": said,
    }  # fmt: skip


def _tables(store: Store) -> dict[str, pa.Table]:
    """Return the tables of the house that hold anything."""
    held = {}
    for name in TABLES:
        rows = store.query(f'SELECT * FROM "{name}"')
        if rows.num_rows or name in _SCREENED:
            held[name] = rows
    return held


def _newest(workspace: Workspace, most: int) -> tuple[pa.Table, int]:
    """Return the records asked about, as a plan sees eligible ones, and how many there are."""
    options = options_from(workspace.settings.target)
    first, last = dt.date(1900, 1, 1), dt.date(9999, 1, 1)
    records = eligible_records(workspace.store, first, last, options, worked_too=True)
    total = records.num_rows
    if total > most:
        newest = pc.sort_indices(records, sort_keys=[("day", "descending"), ("record_id", "ascending")])[:most]
        records = records.take(pa.array(np.sort(newest.to_numpy())))
    return records, total


def _within(tables: dict[str, pa.Table], records: pa.Table) -> dict[str, pa.Table]:
    """Return the tables, what is screened kept to the records asked about and those with an outcome."""
    keys = _keys(records)
    if "outcome" in tables:
        keys = pa.concat_arrays([keys, _keys(tables["outcome"])])
    kept = {name: tables[name].filter(pc.is_in(_keys(tables[name]), value_set=keys)) for name in _SCREENED}
    return tables | kept


def _keys(table: pa.Table) -> pa.Array:
    joined = pc.binary_join_element_wise(table["source"], table["record_id"], "\x1f")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _scored(workspace: Workspace, tables: dict[str, pa.Table], records: pa.Table) -> tuple[Scored, str]:
    """Return what the scoring path makes of the records with these tables, and by what they were ranked."""
    from counterflow.store.duckdb_store import DuckDBStore

    findings = _screened(workspace, tables, records)
    store = DuckDBStore(None, memory_limit=workspace.settings.engine.memory_limit)
    try:
        for name, rows in tables.items():
            if name != "finding":
                store.append(name, rows)
        store.append("finding", findings)
        view = copy.copy(workspace)
        view.__dict__["store"] = store
        options, tomorrow = options_from(workspace.settings.target), workspace.clock().date() + dt.timedelta(days=1)
        ranked = rank_records(view, records, tomorrow, tomorrow, options)
    finally:
        store.close()
    count = records.num_rows
    matched, others, shown = _findings_by_kind(findings, records, options.unscored_codes)
    grounds = texts_by_row(ranked.grounds["row"].to_numpy(), ranked.grounds["words"].to_pylist(), count)
    return Scored(ranked.scores.harm, ranked.chance, grounds, matched, others, shown), ranked.said[0]


def _screened(workspace: Workspace, tables: dict[str, pa.Table], records: pa.Table) -> pa.Table:
    """Return what the checks say of the records now, and of other records what stands in the store."""
    keys = _keys(records)
    made = []
    for begin in range(0, records.num_rows, MOST_RECORDS):
        part = keys[begin : begin + MOST_RECORDS]
        given = {name: tables[name].filter(pc.is_in(_keys(tables[name]), value_set=part)) for name in _SCREENED}
        made.append(screen_now(workspace, given).findings)
    if "finding" in tables:
        stored = tables["finding"]
        made.append(stored.filter(pc.invert(pc.is_in(_keys(stored), value_set=keys))))
    return pa.concat_tables([conform(one, FINDING) for one in made])


def _findings_by_kind(
    findings: pa.Table, records: pa.Table, unscored: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return per record its exact list matches, its other scored findings, and what is in no score."""
    place = pc.index_in(_keys(findings), value_set=_keys(records))
    known = findings.filter(pc.is_valid(place))
    rows = np.asarray(place.drop_null().to_numpy(), np.int64)
    party = pc.fill_null(pc.equal(known["harm_class"], "party"), fill_value=False).to_numpy()
    out = pc.is_in(known["code"], value_set=pa.array(unscored)).to_numpy()
    out = out | (party & pc.not_equal(known["kind"], "deterministic").to_numpy())
    words = [f"{code} {strength!r}" for code, strength in zip(
        known["code"].to_pylist(), known["strength"].to_pylist(), strict=True)]  # fmt: skip
    picked = (party & ~out, ~party & ~out, out)
    made = [
        texts_by_row(rows[mask], [w for w, keep in zip(words, mask, strict=True) if keep], records.num_rows)
        for mask in picked
    ]
    return made[0], made[1], made[2]


def _proxy(
    workspace: Workspace, tables: dict[str, pa.Table], records: pa.Table, base: Scored, name: str, seed: int
) -> dict[str, Any]:
    """Return how far scores move where a declared proxy is dealt anew among records."""
    rng = generator(seed, "swap", name)
    order = pa.array(rng.permutation(tables["consignment"].num_rows))
    changed = {"consignment": _dealt(tables["consignment"], name, order)}
    if name == "origin":
        goods = tables["goods_line"]
        changed["goods_line"] = _dealt(goods, name, pa.array(rng.permutation(goods.num_rows)))
    after, _ = _scored(workspace, tables | changed, records)
    moved = (base.harm != after.harm) | (base.chance != after.chance)
    top = max(1, records.num_rows // 10)
    kept = len(set(np.argsort(-base.harm, kind="stable")[:top]) & set(np.argsort(-after.harm, kind="stable")[:top]))
    return {
        "proxy": name, "records": records.num_rows, "moved": int(moved.sum()),
        "median_change": round(float(np.median(np.abs(after.chance - base.chance))), 6),
        "largest_change": round(float(np.abs(after.chance - base.chance).max()), 6),
        "kept_in_first_tenth": round(kept / top, 4),
    }  # fmt: skip


def _dealt(table: pa.Table, name: str, order: pa.Array) -> pa.Table:
    place = table.column_names.index(name)
    return table.set_column(place, table.schema.field(name), table[name].take(order))
