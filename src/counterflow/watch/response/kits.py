"""Where naloxone and test kits will run short, if what an alarm shows goes on.

Days of cover = what is left over what goes out net of deliveries, under two cases: events as expected, and events at
the rate that the alarm's count allows. Both are told with a 95 % interval from draws over the rate of events and over
doses per overdose. Where a use is not known, nothing is made up: it says so.

Doses per overdose: triangular from 1 to 2.5 with its peak at 1.6. One dose is the least that a reversal takes. Payne et
al., MMWR 73 (2024) 110-113, compare 4-mg and 8-mg intranasal naloxone given by police in New York and find no
difference in the mean number of doses (abstract read; means of about 1.6 and 1.7 recalled). 2.5 is our own outer bound.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator
from counterflow.watch.response.places import Places
from counterflow.watch.response.stock import NALOXONE, stocks

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["DOSES", "DOSES_SOURCE", "kits"]

Draws = npt.NDArray[np.float64]

#: naloxone doses per overdose: least, most likely, most
DOSES = (1.0, 1.6, 2.5)
DOSES_SOURCE = (
    "1 to 2.5 naloxone doses an overdose, most likely 1.6 (after Payne et al., MMWR 73 (2024) 110-113; 2.5 is our own"
    " outer bound)"
)
_DRAWS = 4000
_DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375, "quarter": 91.3125, "year": 365.25}
#: words in a measure that say that each event can need naloxone
_EVENTS = ("overdose", "ems", "naloxone", "ed-", "emergency")
_LONG = 3650.0


def kits(
    store: Store, alarm: Mapping[str, Any], spread: float, today: dt.date, *, least: int = 10, seed: int = 0
) -> dict[str, Any]:
    """Return `rows`, shortest cover first, and what was `said` where no number can be told.

    Args:
        store: where stocks are.
        alarm: row of `watch_alarm`.
        spread: variance over mean of the series, at least 1.
        today: day from which cover is counted.
        least: smallest count that is shown; a smaller one enters as one less, so that days do not tell it.
        seed: for the draws.
    """
    held = stocks(store)
    if not held:
        return {"rows": [], "said": ["No stock is on record: counterflow watch stock FILE."], "source": DOSES_SOURCE}
    inside, wider = _in_reach(held, str(alarm["place"] or ""), Places.of(store))
    chosen = inside or wider
    if not chosen:
        place = alarm["place"] or "the alarm's place"
        return {"rows": [], "said": [f"No stock is on record for {place}, in it or around it."], "source": DOSES_SOURCE}
    said = [] if inside else ["No stock is on record in the area itself; those of the areas that it lies in are shown."]
    if 0 < alarm["observed"] < least:
        alarm = {**alarm, "observed": float(least - 1), "nowcast": None}
        said.append(f"The count is below {least}; days are told as if it were {least - 1}.")
    draws = _rates(alarm, spread, generator(seed, "kits", str(alarm["alarm"])))
    rows = [row for item in sorted({str(one["item"]) for one in chosen})
            for row in _of_item([one for one in chosen if one["item"] == item], alarm, draws, today)]  # fmt: skip
    rows.sort(key=lambda row: (row["alarm_days"] is None, row["alarm_days"] or 0.0, row["place"], row["item"]))
    return {"rows": rows, "said": said, "source": DOSES_SOURCE}


def _in_reach(
    held: Sequence[Mapping[str, Any]], place: str, places: Places
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Return stocks in the place, and those of places that it lies in."""
    below, above = places.below(place), set(places.within(place)) - {place}
    return [one for one in held if one["place"] in below], [one for one in held if one["place"] in above]


def _rates(alarm: Mapping[str, Any], spread: float, rng: np.random.Generator) -> dict[str, Draws]:
    """Return draws of events a week: as expected, and at what the alarm's count allows; and of doses an event.

    A count y with variance `spread` times its mean gives a rate of gamma shape (y + 1/2) / spread and scale `spread`
    (Jeffreys' prior on a Poisson rate where spread is 1); the expected count is spread the same way.
    """
    weeks = 7.0 / _DAYS[str(alarm["grain"])]
    least, likely, most = DOSES

    def rate(count: float | None) -> Draws:
        if count is None:
            return np.full(_DRAWS, np.nan)
        return rng.gamma((count + 0.5) / spread, spread, _DRAWS) * weeks

    return {
        "expected": rate(alarm["expected"]), "alarm": rate(_final(alarm)),
        "doses": rng.triangular(least, likely, most, _DRAWS),
        # use as counted varies from week to week as the events do
        "weekly": rate(alarm["expected"]) / max(alarm["expected"] * weeks, 1e-9) if alarm["expected"]
        else np.ones(_DRAWS),
    }  # fmt: skip


def _final(alarm: Mapping[str, Any]) -> float:
    """Return the count once all reports are in: by the nowcast, else by the share that is in."""
    if alarm["nowcast"]:
        return max(float(json.loads(alarm["nowcast"])["value"]), float(alarm["observed"]))
    share = 1.0 if alarm["complete"] is None else max(0.05, min(1.0, float(alarm["complete"])))
    return float(alarm["observed"]) / share


def _of_item(
    held: Sequence[Mapping[str, Any]], alarm: Mapping[str, Any], draws: Mapping[str, Draws], today: dt.date
) -> list[dict[str, Any]]:
    known = [one["use_per_week"] for one in held if one["use_per_week"] is not None]
    by_use = len(known) == len(held) and sum(known) > 0
    total = sum(known) if by_use else sum(float(one["stock"]) for one in held)
    rows = []
    for one in held:
        part = float(one["use_per_week"] if by_use else one["stock"]) / total if total else 1.0 / len(held)
        rows.append(_row(one, alarm, draws, part, today))
    return rows


def _row(
    one: Mapping[str, Any], alarm: Mapping[str, Any], draws: Mapping[str, Draws], part: float, today: dt.date
) -> dict[str, Any]:
    normal, raised, rests = _use(one, alarm, draws, part)
    base: dict[str, Any] = {
        "place": one["place"], "item": one["item"], "stock": one["stock"], "as_of": one["as_of"],
        "use_per_week": one["use_per_week"], "delivered_per_week": one["delivered_per_week"],
        "lead_days": one["lead_days"], "rests_on": rests,
    }  # fmt: skip
    delivered = float(one["delivered_per_week"] or 0.0)
    gone = max(0, (today - one["as_of"]).days)
    usual = _cover(one, normal, normal, delivered, gone)
    under = _cover(one, normal, raised, delivered, gone)
    spans = {
        f"{case}{end}": value
        for case, span in (("expected_days", usual), ("alarm_days", under))
        for end, value in zip(("", "_low", "_high"), span, strict=True)
    }
    short = None
    if under[0] is not None and one["lead_days"] is not None:
        short = bool(under[1] is not None and under[1] < float(one["lead_days"]))
    return {**base, **spans, "short_before_delivery": short}


def _use(
    one: Mapping[str, Any], alarm: Mapping[str, Any], draws: Mapping[str, Draws], part: float
) -> tuple[Draws | None, Draws | None, str]:
    """Return draws of pieces a week, usually and under the alarm, and in words what they rest on."""
    expected, now, doses = draws["expected"], draws["alarm"], draws["doses"]
    use = None if one["use_per_week"] is None else float(one["use_per_week"]) * draws["weekly"]
    no_expected = bool(np.isnan(expected).any())
    events = any(word in str(alarm["measure"]) for word in _EVENTS)
    if one["item"] == NALOXONE and events and not no_expected:
        more = np.maximum(now - expected, 0.0) * doses * part
        if use is not None:
            return use, use + more, "use as counted, and doses for the events above the expected"
        return expected * doses * part, now * doses * part, "no use was counted: as if every event drew on these stocks"
    if use is None:
        return None, None, "unknown: no use was counted, and none can be told from the events"
    if no_expected:
        return use, None, "unknown under the alarm: its method gives no expected count"
    ratio = np.maximum(now, expected) / np.maximum(expected, 1e-9)
    return use, use * ratio, "use as counted, raised as the events are"


def _cover(
    one: Mapping[str, Any], before: Draws | None, then: Draws | None, delivered: float, gone: int
) -> tuple[float | None, float | None, float | None]:
    """Return days until nothing is left (median, low, high) from today; None where it is not known.

    Until today it went as usual; a stock that deliveries keep up with lasts `_LONG` days and is told as such.
    """
    if before is None or then is None:
        return None, None, None
    left = np.maximum(float(one["stock"]) - np.maximum(before - delivered, 0.0) * gone / 7.0, 0.0)
    net = then - delivered
    days = np.where(net > 0, left / np.maximum(net, 1e-9) * 7.0, _LONG)
    low, middle, high = np.quantile(np.minimum(days, _LONG), (0.025, 0.5, 0.975))
    return round(float(middle), 1), round(float(low), 1), round(float(high), 1)
