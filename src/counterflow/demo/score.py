"""What was found against what was there: the score sheet of a rehearsal, and the only reader of the truth.

It answers three questions: which arm found what, which scheme got through, and did the interval that the site
published cover the true rate? A site in the field can ask none of them; that is what the training world is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["ArmScore", "Coverage", "SchemeScore", "ScoreSheet", "score"]


@dataclass(frozen=True)
class ArmScore:
    """One arm: records selected, how many of them hid something, how many of those were confirmed."""

    arm: str
    selected: int
    hidden: int
    found: int
    share_of_hidden: float | None


@dataclass(frozen=True)
class SchemeScore:
    """One scheme: consignments in the frame, selected, confirmed; and the kilograms that got through."""

    scheme: str
    harm_class: str
    sent: int
    selected: int
    found: int
    undetected_kg: float


@dataclass(frozen=True)
class Coverage:
    """One published interval held against the truth; `covered` is None where it was not informative."""

    lane: str
    quantity: str
    true: float
    value: float | None
    low: float
    high: float
    covered: bool | None


@dataclass(frozen=True)
class ScoreSheet:
    """The sheet; every number is about synthetic records.

    Args:
        frame: records that could have been drawn.
        hidden: those of them that hid something.
        never_in_frame: hidden ones that no plan could reach (broken rows, places without capacity).
        interdiction: share of the hidden that was confirmed; None where nothing was hidden.
        arms, schemes, coverage: the three answers.
        synthetic: always true.
    """

    frame: int
    hidden: int
    never_in_frame: int
    interdiction: float | None
    arms: tuple[ArmScore, ...]
    schemes: tuple[SchemeScore, ...]
    coverage: tuple[Coverage, ...]
    synthetic: bool = True

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def score(
    truth: pa.Table, draw: pa.Table, outcomes: pa.Table, estimates: Iterable[Mapping[str, Any]] = ()
) -> ScoreSheet:
    """Return the score sheet.

    Args:
        truth: `World.truth`.
        draw: frame of all plans: record_id, lane, arm (empty where not selected).
        outcomes: all outcomes: record_id, confirmation, time.
        estimates: rows of `account interdiction`: lane, arm, and `prevalence`, `undetected`, `interdiction`
            as estimates; only the random arm's are held against the truth.
    """
    confirmed = _confirmed(outcomes)
    known = truth.join(_last_draw(draw), "record_id", join_type="inner", right_suffix="_drawn").to_pylist()
    for row in known:
        row["found"] = row["record_id"] in confirmed
    frame = pc.count_distinct(draw["record_id"]).as_py()
    return ScoreSheet(
        frame=frame,
        hidden=len(known),
        never_in_frame=truth.num_rows - len(known),
        interdiction=sum(row["found"] for row in known) / len(known) if known else None,
        arms=tuple(_arm(arm, draw, known) for arm in ("mandatory", "random", "followup", "targeted")),
        schemes=_schemes(known),
        coverage=tuple(c for row in estimates if row["arm"] == "random" for c in _covered(row, draw, known)),
    )


def _confirmed(outcomes: pa.Table) -> set[str]:
    """Return the records whose latest word is *confirmed*."""
    last: dict[str, str] = {}
    for row in outcomes.select(["record_id", "confirmation", "time"]).sort_by("time").to_pylist():
        last[row["record_id"]] = row["confirmation"]
    return {record for record, word in last.items() if word == "confirmed"}


def _last_draw(draw: pa.Table) -> pa.Table:
    """Return one row a record: the arm that selected it in any plan, else none."""
    grouped = draw.select(["record_id", "arm"]).group_by("record_id").aggregate([("arm", "max")])
    return grouped.rename_columns(["record_id", "arm"])


def _arm(arm: str, draw: pa.Table, known: list[dict[str, Any]]) -> ArmScore:
    mine = [row for row in known if row["arm"] == arm]
    selected = pc.sum(pc.equal(draw["arm"], arm), min_count=0).as_py()
    share = len([row for row in mine if row["found"]]) / len(known) if known else None
    return ArmScore(arm, selected, len(mine), sum(row["found"] for row in mine), share)


def _schemes(known: list[dict[str, Any]]) -> tuple[SchemeScore, ...]:
    sheets = []
    for name in sorted({row["scheme"] for row in known}):
        mine = [row for row in known if row["scheme"] == name]
        through = sum(row["hidden_kg"] for row in mine if not row["found"])
        chosen, found = sum(bool(row["arm"]) for row in mine), sum(row["found"] for row in mine)
        sheets.append(SchemeScore(name, mine[0]["harm_class"], len(mine), chosen, found, round(through, 3)))
    return tuple(sheets)


def _covered(estimate: Mapping[str, Any], draw: pa.Table, known: list[dict[str, Any]]) -> list[Coverage]:
    """Hold one row of estimates against the truth of its lane."""
    lane = estimate["lane"]
    mine = [row for row in known if lane in {"*", row["lane"]}]
    records = draw.filter(pc.equal(draw["lane"], lane)) if lane != "*" else draw
    frame = pc.count_distinct(records["record_id"]).as_py()
    found = sum(row["found"] for row in mine)
    true = {
        "prevalence": len(mine) / frame if frame else 0.0,
        "undetected": float(len(mine) - found),
        "interdiction": found / len(mine) if mine else 0.0,
    }
    rows = []
    for quantity, value in true.items():
        told = estimate.get(quantity)
        if told:
            informative = told.get("informative", True)
            covered = bool(told["low"] <= value <= told["high"]) if informative else None
            rows.append(Coverage(lane, quantity, value, told["value"], told["low"], told["high"], covered))
    return rows
