"""Where the rooms meet for the strategy room: what they measured, as evidence on parameters of supply.

From the random arm and the chosen of the plans: interdiction rate, detection where it was tested, targeting lift, share
inspected by kind of lane. From the records: share with advance data. From watch: purity and price of fentanyl, which
are no parameters but indicators of where supply stands.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterflow.account.interdiction.frame import interdiction
from counterflow.core.proportions import clopper_pearson
from counterflow.intake.coverage_detail import statutory
from counterflow.store.loads import is_synthetic
from counterflow.strategy.forecast.indicators import FIRST_KNOWN, Indicators, Observation, indicators, scaled
from counterflow.strategy.forecast.periods import Period
from counterflow.strategy.live.evidence import Evidence, read_evidence
from counterflow.watch.supply.estimates import pooled
from counterflow.watch.supply.stored import Cell, cells_on

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["Live", "live_of", "live_read", "live_text"]

_LEVEL = 0.95
_SUBSTANCE = "fentanyl"
#: a lane's route by a word in its name
_ROUTES = (
    ("mail", "mail_express"), ("post", "mail_express"), ("express", "mail_express"), ("courier", "mail_express"),
    ("letter", "mail_express"), ("parcel", "mail_express"), ("car", "car_port"), ("passenger", "car_port"),
    ("cargo", "cargo_port"), ("truck", "cargo_port"), ("freight", "cargo_port"), ("container", "cargo_port"),
)  # fmt: skip
_FEWEST = 20


@dataclass(frozen=True)
class Live:
    """What the rooms say now.

    Args:
        evidence: on parameters.
        indicators: of where supply stands; None where watch holds none.
        said: what was not there, or not enough.
        synthetic: whether it is a training world.
    """

    evidence: tuple[Evidence, ...]
    indicators: Indicators | None
    said: tuple[str, ...]
    synthetic: bool


def live_of(workspace: Workspace) -> Live:
    """Return what the rooms of a workspace say of supply, as of today."""
    store, today = workspace.store, workspace.clock().date()
    synthetic = is_synthetic(store)
    said: list[str] = []
    found: list[Evidence] = []
    if store.rows("SELECT 1 AS x FROM plan LIMIT 1"):
        rows = interdiction(workspace)
        for part in (_interdiction, _lift, _detection, _inspected):
            found += part(rows, said, synthetic)
    else:
        said.append("no plan: nothing was drawn at random, so interdiction, lift and detection are not known")
    found += _coverage(store, today, said, synthetic)
    seen = _indicators(store, today, said)
    if synthetic:
        said.append("these records are of a training world: nothing here speaks of the real one")
    return Live(tuple(found), seen, tuple(said), synthetic)


def _row(rows: Sequence[Mapping[str, Any]], arm: str, lane: str = "*") -> Mapping[str, Any] | None:
    return next((row for row in rows if row["arm"] == arm and row["lane"] == lane), None)


def _of(estimate: Mapping[str, Any], link: str, words: str, synthetic: bool) -> Evidence:
    low, high = float(estimate["low"]), float(estimate["high"])
    value = estimate["value"]
    return Evidence(
        link, (low + high) / 2 if value is None else float(value), low, high, float(estimate["level"]),
        str(estimate["source"]), dt.date.fromisoformat(str(estimate["as_of"])), words, synthetic,
    )  # fmt: skip


def _interdiction(rows: Sequence[Mapping[str, Any]], said: list[str], synthetic: bool) -> list[Evidence]:
    row = _row(rows, "random")
    made = row and row["interdiction"]
    if not made or not made["informative"] or made["value"] is None:
        said.append(f"interdiction rate: not informative{': ' + made['why_not'] if made and made['why_not'] else ''}")
        return []
    return [_of(made, "interdiction", "share of violative records found, random arm, all lanes", synthetic)]


def _lift(rows: Sequence[Mapping[str, Any]], said: list[str], synthetic: bool) -> list[Evidence]:
    """Return the odds of a find among the chosen over those among the drawn: log odds ratio, half added to each cell.

    Gart and Zweifel, Biometrika 54 (1967) 181-187.
    """
    chosen, drawn = _row(rows, "targeted"), _row(rows, "random")
    if not chosen or not drawn or min(int(chosen["n"]), int(drawn["n"])) < _FEWEST:
        said.append(f"targeting lift: fewer than {_FEWEST} inspections among the chosen or the drawn")
        return []
    a, b = int(chosen["found"]) + 0.5, int(chosen["n"]) - int(chosen["found"]) + 0.5
    c, d = int(drawn["found"]) + 0.5, int(drawn["n"]) - int(drawn["found"]) + 0.5
    middle, half = math.log(a * d / (b * c)), 1.959963984540054 * math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    words = f"{chosen['found']} of {chosen['n']} chosen, {drawn['found']} of {drawn['n']} drawn at random"
    as_of = dt.date.fromisoformat(str(drawn["as_of"]))
    return [
        Evidence(
            "lift", math.exp(middle), math.exp(middle - half), math.exp(middle + half), _LEVEL,
            str(drawn["rate"]["source"]), as_of, words, synthetic,
        )
    ]  # fmt: skip


def _detection(rows: Sequence[Mapping[str, Any]], said: list[str], synthetic: bool) -> list[Evidence]:
    row = _row(rows, "random")
    made = row and row["sensitivity"]
    if not row or not made or made.get("kind") != "tested":
        said.append("detection: nobody tested it blind; a declared rate is no evidence")
        return []
    as_of = dt.date.fromisoformat(str(row["as_of"]))
    return [
        Evidence(
            "sensitivity", float(made["value"]), float(made["low"]), float(made["high"]), _LEVEL,
            str(row["rate"]["source"]), as_of, str(made["words"]), synthetic,
        )
    ]  # fmt: skip


def _inspected(rows: Sequence[Mapping[str, Any]], said: list[str], synthetic: bool) -> list[Evidence]:
    counted: dict[str, list[int]] = {}
    for row in rows:
        route = next((to for word, to in _ROUTES if word in str(row["lane"]).casefold()), "")
        if row["lane"] != "*" and route:
            of_route = counted.setdefault(route, [0, 0])
            of_route[0] += int(row["n"])
            of_route[1] += int(row["eligible"]) if row["arm"] == "random" else 0
    found = []
    for route, (done, eligible) in sorted(counted.items()):
        if eligible < _FEWEST or not 0 < done <= eligible:
            continue
        low, high = clopper_pearson(done, eligible)
        row = next(row for row in rows if row["arm"] == "random")
        words = f"{done:,} of {eligible:,} eligible records inspected"
        as_of = dt.date.fromisoformat(str(row["as_of"]))
        found.append(
            Evidence(
                f"inspected_{route}", done / eligible, low, high, _LEVEL, str(row["rate"]["source"]), as_of, words,
                synthetic,
            )
        )  # fmt: skip
    if not found:
        said.append("share inspected: no lane whose name tells mail, cars or cargo")
    return found


def _coverage(store: Store, today: dt.date, said: list[str], synthetic: bool) -> list[Evidence]:
    """Return the share of mail with advance data over the last twelve months that have any."""
    months = [row for row in statutory(store) if row["of"] == "received"]
    latest: dict[str, dict[str, Any]] = {str(row["period"]): row for row in months}
    last = [latest[name] for name in sorted(latest)[-12:]]
    received, told = (sum(int(row[name]) for row in last) for name in ("of_records", "with_data"))
    if received < _FEWEST:
        said.append("advance data: too few records of mail")
        return []
    low, high = clopper_pearson(told, received)
    words = f"{told:,} of {received:,} mail records had advance data, {len(last)} months"
    return [
        Evidence("coverage", told / received, low, high, _LEVEL, "records of this workspace", today, words, synthetic)
    ]


def _indicators(store: Store, today: dt.date, said: list[str]) -> Indicators | None:
    cells = [cell for cell in cells_on(store, today) if _SUBSTANCE in cell.substance.casefold()]
    rows: list[Observation] = []
    for name, logs in (("purity", False), ("price", True)):
        mine = [cell for cell in cells if cell.measure == name and cell.ends.year >= FIRST_KNOWN]
        units = sorted({cell.unit for cell in mine}, key=lambda unit: (-sum(c.unit == unit for c in mine), unit))
        for year in sorted({cell.ends.year for cell in mine if cell.unit == units[0]}):
            rows += _of_year(name, [c for c in mine if c.unit == units[0] and c.ends.year == year], year, logs)
    if not rows:
        said.append("purity and price: watch holds none of fentanyl since 2022")
        return None
    return Indicators(tuple(rows), (f"purity and price from watch: {len(rows)} yearly means",))


def _of_year(name: str, cells: Sequence[Cell], year: int, logs: bool) -> list[Observation]:
    """Return the mean of a year's figures, its error the wider of their spread and what the indicator is trusted."""
    kind = indicators()[name]
    usable = [cell for cell in cells if cell.value > 0 and (logs or cell.value < 1)]
    if not usable:
        return []
    made = pooled([c.value for c in usable], [c.low for c in usable], [c.high for c in usable], len(usable), logs=logs)
    error = kind.error
    if not made.why_not and made.low > 0 and (logs or made.high < 1):
        own = (scaled(kind.link, made.high) - scaled(kind.link, made.low)) / (2 * 1.959963984540054)
        error = math.hypot(own, kind.error)
    source = ", ".join(sorted({cell.source for cell in usable}))
    period = Period(float(year), year + 1.0, str(year))
    return [Observation(kind, period, made.value, scaled(kind.link, made.value), error, 0, source)]


def live_text(found: Live) -> str:
    """Return what the rooms said as JSON text that `live_read` takes."""
    seen = () if found.indicators is None else found.indicators.rows
    tree = {
        "evidence": [each.as_dict() for each in found.evidence],
        "indicators": [
            {"indicator": row.kind.name, "year": row.period.words, "value": row.value, "error": row.error,
             "source": row.source} for row in seen
        ],
        "said": list(found.said), "synthetic": found.synthetic,
    }  # fmt: skip
    return json.dumps(tree, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def live_read(path: Path) -> Live:
    """Return what `live_text` wrote.

    Raises:
        InputError: the file is none of ours.
    """
    evidence = read_evidence(path)
    tree = json.loads(path.read_text("utf-8"))
    rows = tuple(_read_back(row) for row in tree.get("indicators", ()))
    seen = Indicators(rows, (f"purity and price from watch: {len(rows)} yearly means",)) if rows else None
    return Live(evidence, seen, tuple(tree.get("said", ())), bool(tree.get("synthetic")))


def _read_back(row: Mapping[str, Any]) -> Observation:
    kind, year = indicators()[str(row["indicator"])], int(row["year"])
    value, period = float(row["value"]), Period(float(year), year + 1.0, str(year))
    return Observation(kind, period, value, scaled(kind.link, value), float(row["error"]), 0, str(row["source"]))
