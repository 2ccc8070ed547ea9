"""Harm weights where rooms meet: watch's counts and signals become rows of harm and exposure for target's severities.

Nothing comes into force here: severities are derived, proposed and approved by two people in `target severity`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.core.tables import EXPOSURE, HARM_COUNT
from counterflow.reference.registry import load_registry
from counterflow.watch.disclosure.cells import stop_unless_coarse
from counterflow.watch.disclosure.rules import HEALTH, allowed, role_in_force
from counterflow.watch.harm.counted import OUTCOMES, counted, years_back
from counterflow.watch.harm.exposure import Exposed, exposures
from counterflow.watch.harm.weights import Harm, harms, weights
from counterflow.watch.series.stored import rows as standing
from counterflow.watch.supply.stored import cells_on

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["AskHarm", "HarmFound", "find", "to_severity"]

SOURCE = "watch-harm"
#: place whose harm seizures of every place stand against
_NATION = "US"
_KEY = ("place", "level", "measure")
_NOWCAST_CELL = ("source", "place", "level", "measure", "subject", "definition", "starts", "ends")
#: severities take no whole number below this; smaller ones go as a range
_SMALLEST = 10


@dataclass(frozen=True)
class AskHarm:
    """Which harm, held against which seizures.

    Args:
        place: whose harm.
        last: last day; None for the last day of a year that both tell of.
        years: how many years, tiling back from it.
        source: sources of counts; all where none is named.
        definition: definitions of counts; likewise.
        seized_by: sources of signals.
        seized_in: places of signals; all of the sources' where none is named.
        by: which of form, market and route to keep apart.
        rule: any, fractional or both.
        take: subject that is no substance to the substance it is taken for.
        per: doses, kg or records.
        harm_class: class of harm in the severities.
        role: who asks; None: whom the installation serves.
        purpose: what for.
        seed: seed of the draws.
    """

    place: str
    last: dt.date | None = None
    years: int = 1
    source: tuple[str, ...] = ()
    definition: tuple[str, ...] = ()
    seized_by: tuple[str, ...] = ()
    seized_in: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    rule: str = "both"
    take: Mapping[str, str] | None = None
    per: str = "doses"
    harm_class: str = "drug"
    seed: int = 1
    role: str | None = None
    purpose: str = HEALTH


@dataclass(frozen=True)
class HarmFound:
    """Harm, exposure, the weights they make, and what has to be known."""

    ask: AskHarm
    harm: tuple[Harm, ...]
    exposed: tuple[Exposed, ...]
    weights: tuple[dict[str, Any], ...]
    said: tuple[str, ...]


def find(workspace: Workspace, ask: AskHarm) -> HarmFound:
    """Return harm weights from what is stored, as known today.

    Raises:
        InputError: nothing is stored that fits, or two sources would count the same twice.
        UnknownName: a substance that the registry does not know.
    """
    store, today = workspace.store, workspace.clock().date()
    rows = standing(
        store, as_of=today, place=ask.place, measure=tuple(OUTCOMES), source=ask.source or None,
        definition=ask.definition or None,
    ).to_pylist()  # fmt: skip
    if not rows:
        marks = ", ".join("?" * len(OUTCOMES))
        asked = f"SELECT DISTINCT place FROM series_count WHERE measure IN ({marks}) ORDER BY place"
        held = [str(row["place"]) for row in store.rows(asked, list(OUTCOMES))]
        hint = (
            f"Places with counts of harm: {', '.join(held[:12])}."
            if held
            else "watch load FILE --as cdc-vsrr brings some."
        )
        raise InputError(f"No harm is counted for {ask.place}.", hint=hint)
    _stop_unless_seen(workspace, rows, ask)
    rows = _with_nowcasts(store, rows, ask.place, today)
    cells = cells_on(store, today, sources=ask.seized_by, places=ask.seized_in)
    last = ask.last or _last_of_both(rows, [cell.ends for cell in cells if cell.measure in ("seizures", "mass-kg")])
    stretches = years_back(last, ask.years)
    counts, said = counted(rows, stretches, max(workspace.settings.watch.small_cell, _SMALLEST))
    found, more = harms(counts, ask.place, ask.rule, _named(counts, ask.take or {}))
    exposed, still = exposures(cells, ask.place, stretches, today, keys=ask.by, seed=ask.seed)
    made = weights(found, exposed, ask.per, seed=ask.seed)
    open_counts = sum(not each.final for each in counts)
    told = [*said, *more, *still]
    if open_counts:
        told.append(f"{open_counts} counts are not final: from reported to what is predicted or still missing")
    where = {cell.place for cell in cells}
    if exposed and ask.place != _NATION and len(where) > 1 and not ask.seized_in:
        told.append(f"seizures of {len(where)} places are held against the harm of {ask.place} alone; see --seized-in")
    if exposed:
        told.append("seized is not used: weights compare substances only as far as the same part of each is seized")
    else:
        told.append(f"no seizures cover the years to {last}: harm without exposure")
    return HarmFound(ask, tuple(found), tuple(exposed), tuple(made), tuple(told))


def to_severity(workspace: Workspace, found: HarmFound) -> dict[str, int | str | bool]:
    """Put harm and exposure where `target severity derive` reads them; the same rows again change nothing.

    Harm below the county never goes there: targeting is for enforcement.

    Raises:
        InputError: there is no harm.
        AccessError: the harm is of a place below the county.

    Returns:
        batch, rows of each table, and whether it was there before.
    """
    held = standing(workspace.store, place=found.ask.place, measure=tuple(OUTCOMES)).to_pylist()
    stop_unless_coarse(_keys_of(held), "Targeting")
    harm = [_harm_row(each, found.ask.harm_class) for each in found.harm if each.high > 0]
    exposed = [_exposure_row(each, found.ask.harm_class) for each in found.exposed]
    if not harm:
        raise InputError("There is no harm to load.", hint="Choose another place or period.")
    digest = hashlib.sha256(json.dumps([harm, exposed], default=str, sort_keys=True).encode()).hexdigest()
    batch = f"{SOURCE}-{digest[:16]}"
    told: dict[str, int | str | bool] = {"batch": batch, "harm_count": len(harm), "exposure": len(exposed)}
    if workspace.store.rows("SELECT 1 AS x FROM batch WHERE source = ? AND batch = ?", [SOURCE, batch]):
        return told | {"repeated": True}
    now = workspace.clock()
    manifest = {
        "source": SOURCE, "batch": batch, "content_sha256": digest, "file": "", "mapping": found.ask.rule,
        "received_at": now, "read": len(harm) + len(exposed), "accepted": len(harm) + len(exposed), "rejected": 0,
        "reasons": "{}", "tables": json.dumps({"harm_count": len(harm), "exposure": len(exposed)}),
    }  # fmt: skip
    body: dict[str, Any] = {"batch": batch, "table": "harm_count+exposure", "sha256": digest}
    body |= {"accepted": len(harm) + len(exposed), "rejected": 0}
    with workspace.store.transaction():
        workspace.ledger.append("harm-counts", body, key=f"harm-counts {batch}")
        for name, rows, schema in (("harm_count", harm, HARM_COUNT), ("exposure", exposed, EXPOSURE)):
            if rows:
                kept = [row | {"first_seen": now, "batch": batch} for row in rows]
                workspace.store.append(name, pa.Table.from_pylist(kept, schema=schema))
        workspace.store.append("batch", pa.Table.from_pylist([manifest]))
    return told | {"repeated": False}


def _stop_unless_seen(workspace: Workspace, rows: Sequence[Mapping[str, Any]], ask: AskHarm) -> None:
    """Stop where the role may not see harm of this place. Years of it are no period that an agreement is for.

    Raises:
        AccessError: it is below the county, and the role or purpose is not one that sees that.
    """
    seen = allowed(_keys_of(rows), role_in_force(workspace.settings.watch.role, ask.role), ask.purpose)
    if seen.refused:
        raise AccessError(seen.why, hint="Ask for the county or a larger place that it lies in.")


def _keys_of(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    keys = sorted({tuple(str(row[name]) for name in _KEY) for row in rows})
    return pa.table({name: pa.array([key[at] for key in keys], pa.string()) for at, name in enumerate(_KEY)})


def _with_nowcasts(store: Store, rows: list[dict[str, Any]], place: str, today: dt.date) -> list[dict[str, Any]]:
    """Return rows with the outer quantiles of their latest nowcast, where it knew of what the row says."""
    found = store.rows(
        f"SELECT {', '.join(_NOWCAST_CELL)}, as_of, quantiles FROM watch_nowcast WHERE place = ? AND as_of <= ?"
        f" QUALIFY row_number() OVER (PARTITION BY {', '.join(_NOWCAST_CELL)} ORDER BY as_of DESC, made_at DESC) = 1",
        [place, today],
    )
    known = {tuple(row[name] for name in _NOWCAST_CELL): row for row in found}
    made = []
    for row in rows:
        mine: Any = known.get(tuple(row[name] for name in _NOWCAST_CELL))
        if mine is not None and row["count"] is not None and mine["as_of"] >= row["as_of"]:
            made.append(row | {"nowcast": (min(mine["quantiles"]), max(mine["quantiles"]))})
        else:
            made.append(row)
    return made


def _named(counts: Sequence[Any], take: Mapping[str, str]) -> dict[str, str]:
    """Return subject to substance: the registry's own ids, and what a person takes for one."""
    registry = load_registry()
    subjects = {each.subject for each in counts}
    for subject, substance in take.items():
        if substance not in registry.substances:
            raise UnknownName("substance", substance, registry.substances)
        if subject not in subjects:
            raise UnknownName("subject counted there", subject, subjects)
    own = {subject: subject for subject in subjects if subject in registry.substances}
    twice = sorted(set(own) & set(take.values()))
    if twice or len(set(take.values())) < len(take):
        hint = "A substance counted under two subjects would count twice."
        raise InputError("Two subjects are taken for one substance.", value=", ".join(twice) or None, hint=hint)
    return own | dict(take)


def _last_of_both(rows: Sequence[Mapping[str, Any]], seized: Sequence[dt.date]) -> dt.date:
    """Return the last day on which counts end that seizures speak of, too."""
    ends: set[dt.date] = {row["ends"] for row in rows}
    most = max(seized, default=None)
    both = [day for day in ends if most is None or day <= most]
    return max(both or ends)


def _harm_row(each: Harm, harm_class: str) -> dict[str, Any]:
    small = 0 < each.high < _SMALLEST
    exact = each.exact and not small
    low, high = (1.0, float(_SMALLEST - 1)) if small else (each.low, each.high)
    return {
        "place": each.place, "starts": each.stretch[0], "ends": each.stretch[1], "harm_class": harm_class,
        "substance": each.substance, "form": "", "market": "", "route": "", "outcome": each.outcome,
        "count": round(each.low) if exact else None, "low": None if exact else low, "high": None if exact else high,
        "suppressed": small or each.withheld, "source": f"watch: {each.source}", "as_of": each.as_of,
    }  # fmt: skip


def _exposure_row(each: Exposed, harm_class: str) -> dict[str, Any]:
    name, form, market, route = each.key
    # a kind that is no one substance belongs to the class as a whole
    substance = name if name in load_registry().substances else ""
    if not substance:
        form = market = route = ""
    return {
        "place": each.place, "starts": each.stretch[0], "ends": each.stretch[1], "harm_class": harm_class,
        "substance": substance, "form": form, "market": market, "route": route, "unit": each.unit,
        "amount": each.amount, "low": each.low, "high": each.high, "source": each.source, "as_of": each.as_of,
    }  # fmt: skip
