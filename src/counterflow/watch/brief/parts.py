"""The parts of a brief that compare: the alarm itself, like places in the same period, and what came after others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from counterflow.core.proportions import clopper_pearson
from counterflow.watch.response.board import newest
from counterflow.watch.response.compare import Compared, ratio_of
from counterflow.watch.response.showing import rough, two_digits
from counterflow.watch.response.told import acts_of, stands
from counterflow.watch.response.withheld import WITHHELD, Withheld
from counterflow.watch.series.suppress import withhold

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["PERIODS_AFTER", "after", "comparable", "history", "since", "spread_of"]

#: periods after an alarm that are looked at
PERIODS_AFTER = 4
_FEWEST = 8
#: with less to be expected a ratio says nothing
_COMPARED_FROM = 1.0
_A_YEAR = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 5}


def spread_of(own: Sequence[Mapping[str, Any]], grain: str) -> float:
    """Return variance over mean of the known counts of the year before an alarm, at least 1 (Poisson)."""
    known = np.array([row["observed"] for row in own[-_A_YEAR[grain] - 1 : -1] if row["observed"] is not None], float)
    if len(known) < _FEWEST or known.mean() <= 0:
        return 1.0
    return max(1.0, float(known.var(ddof=1) / known.mean()))


def history(own: Sequence[Mapping[str, Any]], alarm: Mapping[str, Any], withheld: Withheld) -> list[dict[str, Any]]:
    """Return the series as it may be drawn: small counts only as that they are small.

    Where a count is hidden the threshold is left out of the whole series: below a threshold of 2 a small count is 1.
    """
    seen = [withheld.shown(alarm, str(row["place"]), row["starts"], row["observed"]) for row in own]
    hidden = any(isinstance(one, str) for one in seen)
    return [
        {"period": str(row["starts"] or row["t"]), "observed": one,
         "expected": two_digits(row["expected"]) if hidden else row["expected"],
         "upper": None if hidden else row["upper"], "alarm": row["judged"] == 1}
        for row, one in zip(own, seen, strict=True)
    ]  # fmt: skip


def since(own: Sequence[Mapping[str, Any]]) -> tuple[str, int]:
    """Return the first period of the unbroken run of alarms that ends with this one, and how long the run is."""
    run = 0
    for row in reversed(own):
        if row["judged"] != 1:
            break
        run += 1
    first = own[-max(run, 1)]
    return str(first["starts"] or first["t"]), max(run, 1)


def comparable(
    siblings: Sequence[Mapping[str, Any]], alarm: Mapping[str, Any], withheld: Withheld, least: int, *, named: bool
) -> dict[str, Any]:
    """Return like places in the same period: count over expected with interval, each and taken together.

    Small counts are hidden with their ratio, and others with them as if the sum of all were known (`series.suppress`);
    what is hidden enters what is taken together as the least and the most that it may be: left out, it would bend the
    ratio, for zeros are shown.

    Args:
        siblings: rows of `watch_seen`.
        alarm: the alarm, whose own count stands beside them.
        withheld: what may not be shown of stored counts.
        least: smallest count that is shown.
        named: whether the places may be named.
    """
    hidden = _hidden([float(row["observed"]) for row in siblings], float(alarm["observed"]), least)
    taken, least_of, most_of, rows = [], [], [], []
    for row, kept_back in zip(siblings, hidden, strict=True):
        observed, expected = float(row["observed"]), float(row["expected"])
        shown = withheld.shown(alarm, str(row["place"]), row["starts"], observed)
        if isinstance(shown, str) or withheld.hides(alarm, str(row["place"])):
            # A ratio beside its count tells what was expected, and that what it was learned from.
            expected = two_digits(expected) or 0.0
        one = Compared(observed, expected, max(1.0, float(row["spread"] or 1.0)))
        shown = WITHHELD if kept_back and not isinstance(shown, str) else shown
        known = not isinstance(shown, str)
        if known:
            taken.append(one)
        elif 0 < one.observed < least:
            least_of.append(replace(one, observed=1.0))
            most_of.append(replace(one, observed=least - 1.0))
        enough = known and one.expected >= _COMPARED_FROM
        rows.append({
            "place": row["place"], "observed": shown, "expected": rough(one.expected),
            "ratio": ratio_of(one) if enough else None, "alarm": row["judged"] == 1,
        })  # fmt: skip
    rows.sort(key=lambda row: (-(row["ratio"]["value"] if row["ratio"] else -1.0), row["place"]))
    number = len(taken) + len(least_of)
    together = None
    if number == len(siblings) > 0:
        low, high = (ratio_of(Compared.together([*taken, *rest])) for rest in (least_of, most_of))
        if low and high:
            together = low if not least_of else low | {"value": None, "high": high["high"]}
    return {"rows": rows if named else [], "places": len(siblings), "hidden": len(siblings) - len(taken),
            "together": together, "taken_together": number if together else 0}  # fmt: skip


def _hidden(counts: list[float], own: float, least: int) -> list[bool]:
    """Return which counts are kept back, as if the sum of them all were known."""
    if not counts:
        return []
    cells = [*counts, *([own] if 0 < own < least else [])]
    sums = [(len(cells), tuple(range(len(cells))))]
    return [bool(one) for one in withhold([*cells, sum(cells)], sums, least)[: len(counts)]]


def after(store: Store, alarm: Mapping[str, Any]) -> dict[str, Any]:
    """Return what followed earlier alarms of the same measure and method here: what they were, and what came next.

    Shares with exact 95 % intervals (Clopper & Pearson). Where this installation has no such past, `said` says so.
    """
    past = [
        one
        for one in newest(store)
        if (one["measure"], one["method"], one["grain"]) == (alarm["measure"], alarm["method"], alarm["grain"])
        and one["signal"] != alarm["signal"]
        and (one["starts"] or dt.date.min, one["t"]) < (alarm["starts"] or dt.date.min, alarm["t"])
    ]
    if not past:
        return {"n": 0, "verdicts": None, "periods": [], "said": "No earlier alarm of this kind is on record here."}
    verdicts = [_verdict(store, one) for one in past]
    judged = [one for one in verdicts if one not in ("open", "not-judged")]
    found = sum(one == "outbreak" for one in judged)
    low, high = clopper_pearson(found, len(judged))
    told = {"judged": len(judged), "outbreak": found, "low": low, "high": high} if judged else None
    said = "" if judged else "None of them was judged yet: how often they are right is not known."
    return {"n": len(past), "verdicts": told, "periods": _following(store, past), "said": said}


def _verdict(store: Store, alarm: Mapping[str, Any]) -> str:
    acts = acts_of(store, str(alarm["signal"]))
    said = [str(one["verdict"]) for one in acts if one["act"] == "disposed"]
    return said[-1] if said else "open" if stands(acts) else "data-error"


def _following(store: Store, past: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return, for each of the next periods, how many of the past alarms' series were still above their threshold."""
    above: dict[int, list[bool]] = {n: [] for n in range(1, PERIODS_AFTER + 1)}
    for one in past:
        if one["starts"] is None or one["upper"] is None:
            continue
        for n, count in enumerate(_next_counts(store, one), start=1):
            above[n].append(count > one["upper"])
    rows = []
    for n, seen in above.items():
        if seen:
            low, high = clopper_pearson(sum(seen), len(seen))
            rows.append({"after": n, "n": len(seen), "above": sum(seen), "low": low, "high": high})
    return rows


def _next_counts(store: Store, alarm: Mapping[str, Any]) -> list[float]:
    """Return the newest counts on record of the periods after an alarm, as far as they follow without a gap."""
    names = ("source", "place", "level", "measure", "subject", "definition", "grain")
    same = " AND ".join(f"{name} = ?" for name in names)
    rows: list[dict[str, Any]] = store.rows(
        f"SELECT starts, ends, arg_max(count, as_of) AS count FROM series_count WHERE {same} AND starts > ?"
        f" GROUP BY starts, ends ORDER BY starts LIMIT {PERIODS_AFTER}",
        [*(alarm[name] for name in names), alarm["starts"]],
    )
    counts: list[float] = []
    for row in rows:
        if row["count"] is None:
            break
        counts.append(float(row["count"]))
    return counts
