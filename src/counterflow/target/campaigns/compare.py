"""What happened in a campaign, set against the same lanes before and after, and against lanes without it.

Finds depend on how many were inspected: more inspections find more, and that is effort, not effect. So each cell shows
inspections and finds by arm with intervals, and what can be said about the flow itself rests on the random arm alone:
how its hit rate changed in the campaign's lanes, less how it changed elsewhere (difference in differences; Angrist &
Pischke, Mostly Harmless Econometrics, 2009, chapter 5), with the interval that the four samples' posteriors give
(Jeffreys prior, Beta(0.5, 0.5)). That takes the other lanes for what would have happened here without the campaign;
smugglers who move there break it, in which case the difference overstates: displacement is shown beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from counterflow.core.estimate import Estimate
from counterflow.core.proportions import clopper_pearson
from counterflow.core.seeds import generator
from counterflow.store.repository import Store
from counterflow.target.campaigns.compare_words import said_of
from counterflow.target.campaigns.plan_file import Campaign
from counterflow.target.found_share import effective_size, share_of_sums

__all__ = ["Comparison", "compare"]

PERIODS = ("before", "during", "after")
_DRAWS = 20_000
_LEVEL = 0.95

_RECORDS = """
    WITH records AS (
        SELECT c.source, c.record_id, min(c.declared_on) AS day, max(coalesce(c.office, '')) AS office,
               max(coalesce(c.lane, '')) AS lane, max(coalesce(c.direction, '')) AS direction
        FROM consignment c WHERE c.declared_on BETWEEN ? AND ? GROUP BY c.source, c.record_id
    ), chosen AS (
        SELECT source, record_id, arm, inclusion_probability AS p, service_minutes AS minutes FROM (
            SELECT d.*, row_number() OVER (
                PARTITION BY d.source, d.record_id ORDER BY CASE d.arm
                WHEN 'random' THEN 0 WHEN 'mandatory' THEN 1 WHEN 'followup' THEN 2 ELSE 3 END, d.plan
            ) AS turn FROM draw d WHERE d.arm <> ''
        ) ordered WHERE turn = 1
    ), latest AS (
        SELECT source, record_id, state, confirmation, harm_class FROM (
            SELECT o.*, row_number() OVER (
                PARTITION BY o.source, o.record_id ORDER BY o.time DESC, o.recorded_at DESC, o.ledger_seq DESC
            ) AS turn FROM outcome o
        ) ordered WHERE turn = 1
    )
    SELECT r.day, r.office, r.lane, r.direction, coalesce(h.arm, '') AS arm, h.p, coalesce(h.minutes, 0) AS minutes,
           o.state, o.confirmation, o.harm_class
    FROM records r LEFT JOIN chosen h ON h.source = r.source AND h.record_id = r.record_id
    LEFT JOIN latest o ON o.source = r.source AND o.record_id = r.record_id
"""
_CELLS = """
    SELECT CASE WHEN day < ? THEN 'before' WHEN day <= ? THEN 'during' ELSE 'after' END AS period,
        office, lane, direction, arm, count(*) AS records, sum(minutes) AS minutes,
        sum(CASE WHEN arm <> '' THEN 1 ELSE 0 END) AS chosen,
        sum(CASE WHEN state = 'not_presented' THEN 1 ELSE 0 END) AS not_presented,
        sum(settled) AS inspected, sum(found) AS found, sum(settled - found) AS fruitless,
        sum(w * settled) AS weight, sum(w * w * settled) AS squares, sum(w * found) AS weighted,
        CASE WHEN found = 1 THEN harm_class END AS harm_class
    FROM (SELECT *,
        CASE WHEN state = 'inspected' AND confirmation IN ('confirmed', 'refuted', 'none') THEN 1 ELSE 0 END AS settled,
        CASE WHEN state = 'inspected' AND confirmation = 'confirmed' THEN 1 ELSE 0 END AS found,
        CASE WHEN arm = 'random' AND p > 0 THEN 1 / p ELSE 1 END AS w FROM told) counted
    GROUP BY 1, office, lane, direction, arm, CASE WHEN found = 1 THEN harm_class END
"""


@dataclass(frozen=True)
class Comparison:
    """What a comparison showed: `figures` as plain data, `said` in words, `over` whether the campaign is over."""

    figures: Mapping[str, Any]
    said: tuple[str, ...]
    over: bool

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {**self.figures, "said": list(self.said)}


def compare(store: Store, made: Campaign, today: dt.date) -> Comparison:
    """Compare a campaign with the same lanes before and after, and with all lanes without it.

    The periods before and after last as long as the campaign. What is not over yet is counted up to today.

    Args:
        store: records, plans, outcomes.
        made: the campaign.
        today: the present day.
    """
    length = dt.timedelta(days=made.days)
    first, last = made.starts - length, made.ends + length
    told = store.query(_RECORDS, [first, min(last, today)])
    cells: list[dict[str, Any]] = store.query(_CELLS, [made.starts, made.ends], told=told).to_pylist()
    sides = {
        side: {period: _cell([c for c in cells if _side(c, made) == side and c["period"] == period], made, today)
               for period in PERIODS}
        for side in ("campaign", "elsewhere")
    }  # fmt: skip
    figures: dict[str, Any] = {
        "campaign": made.campaign, "as_of": today.isoformat(),
        "days": {"before": _days(first, made.starts - dt.timedelta(days=1), today),
                 "during": _days(made.starts, made.ends, today),
                 "after": _days(made.ends + dt.timedelta(days=1), last, today)},
        "lanes": sides,
        "approved": bool(store.rows(
            "SELECT 1 AS one FROM campaign_act WHERE campaign = ? AND act = 'approve'", [made.campaign]
        )),
        "expected": _expected(made, sides["campaign"]["during"], over=today > made.ends),
        "change": _change(sides, made, today),
        "displacement": _displacement(cells, made, today),
    }  # fmt: skip
    return Comparison(figures, said_of(made, figures), over=today > made.ends)


def _days(first: dt.date, last: dt.date, today: dt.date) -> dict[str, Any]:
    gone = max((min(last, today) - first).days + 1, 0)
    return {"from": first.isoformat(), "to": last.isoformat(), "days": (last - first).days + 1, "days_gone": gone}


def _side(cell: Mapping[str, Any], made: Campaign) -> str:
    inside = (
        ("*" in made.offices or cell["office"] in made.offices)
        and ("*" in made.lanes or cell["lane"] in made.lanes)
        and made.direction in {"", cell["direction"]}
    )
    return "campaign" if inside else "elsewhere"


def _sum(cells: Sequence[Mapping[str, Any]], name: str) -> float:
    return float(sum(cell[name] or 0 for cell in cells))


def _cell(cells: Sequence[Mapping[str, Any]], made: Campaign, today: dt.date) -> dict[str, Any]:
    """Return what one side of one period shows: counts, finds by class, hit rates of the random and the other arms."""
    counts = {
        name: int(_sum(cells, name))
        for name in ("records", "chosen", "inspected", "found", "fruitless", "not_presented")
    }
    classes = sorted({cell["harm_class"] for cell in cells if cell["harm_class"]})
    random = [cell for cell in cells if cell["arm"] == "random"]
    others = [cell for cell in cells if cell["arm"] not in {"", "random"}]
    return {
        **counts,
        "minutes": _sum(cells, "minutes"),
        "found_by_class": {c: int(_sum([x for x in cells if x["harm_class"] == c], "found")) for c in classes},
        "fruitless_per_1000": round(1000 * counts["fruitless"] / counts["records"], 3) if counts["records"] else None,
        "random": _rate(random, made, today, "random arm"),
        "chosen_arms": _rate(others, made, today, "records chosen by rules, lookouts, follow-ups and scores",
                             weighted=False),
    }  # fmt: skip


def _rate(
    cells: Sequence[Mapping[str, Any]], made: Campaign, today: dt.date, what: str, *, weighted: bool = True
) -> dict[str, Any]:
    n, found = int(_sum(cells, "inspected")), int(_sum(cells, "found"))
    if weighted:
        sums = (_sum(cells, "weighted"), _sum(cells, "weight"), _sum(cells, "squares"))
    else:
        sums = (float(found), float(n), float(n))
    made_of: Estimate = share_of_sums(n, *sums, source=f"{what}, campaign {made.campaign}", as_of=today, level=_LEVEL)
    return {"inspected": n, "found": found, "effective": effective_size(n, sums[1], sums[2]), **made_of.as_dict()}


def _expected(made: Campaign, during: Mapping[str, Any], *, over: bool) -> list[dict[str, Any]]:
    """Return for each class what was expected and what was found, in all arms; `open` while more finds may come."""
    rows = []
    for one in made.expected:
        seen = during["found_by_class"].get(one.harm_class, 0)
        verdict = "below" if seen < one.low else "above" if seen > one.high else "within"
        verdict = verdict if over or verdict == "above" else "open"
        rows.append(
            {"harm_class": one.harm_class, "low": one.low, "high": one.high, "level": one.level, "observed": seen,
             "verdict": verdict}
        )  # fmt: skip
    return rows


def _change(sides: Mapping[str, Mapping[str, Any]], made: Campaign, today: dt.date) -> dict[str, Any] | None:
    """Return the change of the random arm's hit rate in the campaign's lanes less elsewhere; None where not known.

    Jeffreys posteriors of the four rates, independent, 20,000 draws of their difference in differences.
    """
    cells = [sides[side][period]["random"] for side in ("campaign", "elsewhere") for period in ("before", "during")]
    if any(cell["inspected"] == 0 for cell in cells):
        return None
    rng = generator(0, "campaign", made.campaign)
    rates = []
    for cell in cells:
        n = cell["effective"]
        found = cell["value"] * n
        rates.append(rng.beta(found + 0.5, n - found + 0.5, _DRAWS))
    drawn = (rates[1] - rates[0]) - (rates[3] - rates[2])
    point = (cells[1]["value"] - cells[0]["value"]) - (cells[3]["value"] - cells[2]["value"])
    tail = 100 * (1 - _LEVEL) / 2
    low, high = (float(x) for x in np.percentile(drawn, [tail, 100 - tail]))
    told = Estimate(
        value=float(np.clip(point, low, high)), low=low, high=high, level=_LEVEL,
        method="difference in differences of random-arm hit rates, before to during, campaign lanes less others;"
        " Jeffreys posteriors, 20,000 draws",
        source=f"random arm, campaign {made.campaign}", as_of=today, unit="change of the share with a find",
    )  # fmt: skip
    return told.as_dict()


def _displacement(cells: Sequence[Mapping[str, Any]], made: Campaign, today: dt.date) -> list[dict[str, Any]]:
    """Return for each lane without the campaign records a day and the random arm's hit rate, before and during."""
    gone = max((min(made.ends, today) - made.starts).days + 1, 1)
    lanes = sorted({(c["office"], c["lane"]) for c in cells if _side(c, made) == "elsewhere"})
    rows = []
    for office, lane in lanes:
        mine = [c for c in cells if (c["office"], c["lane"]) == (office, lane) and _side(c, made) == "elsewhere"]
        before, during = ([c for c in mine if c["period"] == period] for period in ("before", "during"))
        rows.append(
            {"office": office, "lane": lane,
             "records_a_day_before": round(_sum(before, "records") / made.days, 2),
             "records_a_day_during": round(_sum(during, "records") / gone, 2),
             "times": _growth(int(_sum(before, "records")), int(_sum(during, "records")), made.days, gone),
             "random_before": _rate([c for c in before if c["arm"] == "random"], made, today, "random arm"),
             "random_during": _rate([c for c in during if c["arm"] == "random"], made, today, "random arm")}
        )  # fmt: skip
    return sorted(rows, key=lambda r: (r["records_a_day_before"] - r["records_a_day_during"], r["office"], r["lane"]))


def _growth(before: int, during: int, days_before: int, days_during: int) -> dict[str, float | None]:
    """Return how many times as many records a day came during as before, with its exact interval.

    Given both counts, those during are binomial (Przyborowski & Wilenski, Biometrika 31 (1940) 313-323). Records are
    taken to come one by one; where they come in loads, the interval is too narrow.
    """
    low, high = clopper_pearson(during, before + during, _LEVEL)
    per = days_before / days_during
    return {
        "value": round(during / before * per, 3) if before else None,
        "low": round(low / (1 - low) * per, 3) if low < 1 else None,
        "high": round(high / (1 - high) * per, 3) if high < 1 else None,
    }
