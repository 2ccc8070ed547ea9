"""Scoring an action: each of its forecasts against what happened, once, after its window has ended.

Mean quantile score: the mean over levels t of 2 (1{y < q} - t) (q - y), which with central intervals is the weighted
interval score (Gneiting & Raftery, JASA 102 (2007) 359-378; Bracher et al., PLoS Comput Biol 17 (2021) e1008618,
eq. 2 and 4). Interval score of an interval of level 1 - a: width + 2/a (low - y)+ + 2/a (y - high)+ (Winkler, JASA 67
(1972) 187-191).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.account.actions.acts import named, seal_act
from counterflow.account.actions.closing import closing_of
from counterflow.account.actions.counts import Counts, Summed
from counterflow.account.actions.forecast import Forecast
from counterflow.account.actions.sealing import action_named
from counterflow.account.actions.terms import COUNTED_HARM
from counterflow.core.errors import InputError
from counterflow.core.tables import ACTION_SCORE
from counterflow.store.ledger import decimal_text

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["Seen", "interval_score", "quantile_score", "score_action", "score_of", "scores_of"]

#: share of reports that must be in, and where a nowcast says what is still to come
_COMPLETE, _COMPLETE_WITH_NOWCAST = 0.95, 0.8
_LEVELS = (0.5, 0.8, 0.9)
#: what the digest of a score is over
_NUMBERS = ("observed", "pinball", "winkler")


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of what happened, by measure: counts by period, and single values that the agency counted."""

    counts: Mapping[str, Counts]
    single: Mapping[str, tuple[float, str, str]]


def quantile_score(levels: Sequence[float], quantiles: Sequence[float], value: float) -> float:
    """Return the mean quantile score, twice the pinball loss; 0 is best.

    >>> quantile_score([0.5], [10.0], 13.0)
    3.0
    """
    losses = [2 * ((value < q) - t) * (q - value) for t, q in zip(levels, quantiles, strict=True)]
    return sum(losses) / len(losses)


def interval_score(level: float, low: float, high: float, value: float) -> float:
    """Return the interval score of a central interval; its width where the value lies inside.

    >>> interval_score(0.9, 10.0, 20.0, 15.0), round(interval_score(0.9, 10.0, 20.0, 21.0), 9)
    (10.0, 30.0)
    """
    return high - low + 2 / (1 - level) * (max(low - value, 0.0) + max(value - high, 0.0))


def score_of(forecast: Forecast, seen: Summed) -> dict[str, Any]:
    """Return how a forecast did: where what happened fell, inside what, and its scores.

    Where late reports leave what happened open, `inside_…` is None unless every value it may come to says the same.
    """
    widest = forecast.widest()
    if widest is None:
        raise ValueError("a forecast without an interval cannot be scored")
    level, low, high = widest
    inside = _inside((low, high), seen)
    kept: dict[str, Any] = {
        f"inside_{round(100 * at)}": None if (ends := forecast.interval(at)) is None else _inside(ends, seen)
        for at in _LEVELS
    }
    upper = forecast.at(0.95)
    above = (seen.value if seen.low is None else seen.low) > (high if upper is None else upper)
    first, last = forecast.at(0.05), forecast.at(0.95)
    spread = None if not first or not last or first <= 0 else (math.log(last) - math.log(first)) / 3.28970725390295
    return {
        **kept, "level": level, "inside": bool(low <= seen.value <= high) if inside is None else inside,
        "z": forecast.z_of(seen.value), "pinball": quantile_score(forecast.levels, forecast.quantiles, seen.value),
        "winkler": interval_score(level, low, high, seen.value), "median": forecast.at(0.5), "log_spread": spread,
        "harm": bool(above and forecast.measure in COUNTED_HARM),
    }  # fmt: skip


def _inside(ends: tuple[float, float], seen: Summed) -> bool | None:
    inside = [ends[0] <= value <= ends[1] for value in (seen.value, seen.low, seen.high) if value is not None]
    return inside[0] if len(set(inside)) == 1 else None


def scores_of(workspace: Workspace, action: str | None = None) -> list[dict[str, Any]]:
    """Return the scores of one action, or of all, in the order of time."""
    where, values = ("", []) if action is None else (" WHERE action = ?", [action])
    rows: list[dict[str, Any]] = workspace.store.rows(
        f"SELECT * FROM action_score{where} ORDER BY scored_at, action, number", values
    )
    return rows


def score_action(
    workspace: Workspace, action: str, seen: Seen, *, person: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Score what can be scored of an action by now; return the new rows, harm first, and what could not be, with why.

    Raises:
        InputError: it is not closed, was cancelled, is not what was sealed, everything was scored before, or nothing
            can be scored yet.
    """
    who, row = named(person), action_named(workspace, action)
    closed = closing_of(workspace, action)
    if not row["intact"]:
        raise InputError("The action is not what was sealed.", column="action", value=action,
                         hint="`account action list` shows it; nothing is scored against changed words.")  # fmt: skip
    if closed is None:
        raise InputError("What was done is not on record.", column="action", value=action,
                         hint="First close it: account action close ID FILE.toml.")  # fmt: skip
    if closed["cancelled"]:
        raise InputError("It never took place: there is nothing to score.", column="action", value=action)
    scored = {int(one["number"]) for one in scores_of(workspace, action)}
    today, made, left = workspace.clock().date(), [], []
    for number, forecast in enumerate(row["forecasts"], 1):
        if number in scored:
            continue
        summed, source, as_of = _what_happened(forecast, seen, today)
        if summed.why_not:
            left.append({"number": number, **_named(forecast), "why_not": summed.why_not})
        else:
            made.append(_row(action, number, forecast, summed, source, as_of))
    if not made:
        _refuse(action, scored, left)
    with workspace.store.transaction():
        body = {"scores": [_sealed(one) for one in made]}
        numbers = [decimal_text(float(f"{one[name]:.9g}") + 0.0) for one in made for name in _NUMBERS]
        entry = seal_act(workspace, "action-score", action, [*numbers, str(made[0]["as_of"]), who], body, who)
        kept = [one | {"scored_at": entry.time, "ledger_seq": entry.seq} for one in made]
        workspace.store.append("action_score", pa.Table.from_pylist(kept, schema=ACTION_SCORE))
    return sorted(kept, key=lambda one: (not one["harm"], one["number"])), left


def _refuse(action: str, scored: set[int], left: Sequence[Mapping[str, Any]]) -> None:
    if scored and not left:
        raise InputError("Every forecast of this action is scored; a score is never made twice.", column="action",
                         value=action, hint="`account action show` has the scores.")  # fmt: skip
    reasons = "; ".join(dict.fromkeys(f"{one['measure']} ({one['by']}): {one['why_not']}" for one in left))
    raise InputError(f"Nothing can be scored now: {reasons or 'it has no forecast'}.", column="action", value=action,
                     hint="Come again when the windows have ended, or give --outcomes FILE.csv.")  # fmt: skip


def _named(forecast: Forecast) -> dict[str, Any]:
    return {"by": forecast.by, "measure": forecast.measure, "window": forecast.window, "ends": forecast.ends}


def _what_happened(forecast: Forecast, seen: Seen, today: dt.date) -> tuple[Summed, str, dt.date]:
    """Return what the window came to, or why that cannot be told; where it stands; as of when."""
    why = _not_yet(forecast, today)
    if not why and forecast.measure in seen.counts:
        counts = seen.counts[forecast.measure]
        return _enough(counts.over(forecast.starts, forecast.ends)), counts.source, counts.as_of
    if not why and forecast.measure in seen.single:
        value, unit, source = seen.single[forecast.measure]
        if not unit or unit == forecast.unit:
            return Summed(value), f"the agency's own closing: {source}", today
        why = f"counted in {unit!r}, forecast in {forecast.unit!r}"
    return (
        Summed(why_not=why or "nobody says what happened: name [counts] in the action, or give --outcomes"),
        "",
        today,
    )


def _not_yet(forecast: Forecast, today: dt.date) -> str:
    if len(forecast.levels) < 2:
        return forecast.why_not or "it has no interval"
    if forecast.basis != "value":
        return "a change cannot be counted; it is scored where it stands on counts, else by the evaluation"
    return f"its window ends on {forecast.ends}" if today <= forecast.ends else ""


def _enough(summed: Summed) -> Summed:
    """Return a sum, or that too few reports are in: fewer are enough where a nowcast says what is still to come."""
    least = _COMPLETE if summed.low is None else _COMPLETE_WITH_NOWCAST
    if summed.complete is not None and summed.complete < least:
        return Summed(why_not=f"only {summed.complete:.0%} of the reports are in")
    return summed


def _row(
    action: str, number: int, forecast: Forecast, summed: Summed, source: str, as_of: dt.date
) -> dict[str, Any]:  # fmt: skip
    told = f"{source} ({summed.said})" if summed.said else source
    return {
        "action": action, "number": number, **_named(forecast), "starts": forecast.starts, "unit": forecast.unit,
        "observed": summed.value, "observed_low": summed.low, "observed_high": summed.high,
        **score_of(forecast, summed), "source": told, "as_of": as_of,
    }  # fmt: skip


def _sealed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the ledger says openly of a score; its numbers stand in the salted digest, as counts may be small."""
    return {name: row[name] for name in ("number", "by", "measure", "inside", "harm")}
