"""What would change this rank? For those who answer for the ranking and those who audit it; each look is logged.

A record's expected harm is taken apart into what it is made of, each part is left out in turn, and the record is put
in order again among the records that its plan chose by expected harm. That says how much hangs on one finding, on the
past or on the model. It tells nobody at the line, because it would also tell which detail keeps a record off a sheet.
Method: `docs/methods/targeting.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from counterflow.core.errors import UnknownName
from counterflow.store.loads import is_synthetic
from counterflow.store.plans import split_reasons
from counterflow.target.choice.frame import eligible_records
from counterflow.target.choice.rank import Ranked, rank_records
from counterflow.target.options import options_from

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["rank_question"]

_MOST = 0.99
#: a part that brings less than this share of the expected harm moves nothing
_WORTH_TELLING = 0.005
#: a difference of the expected harm that rounding does not explain
_CHANGED = 0.005

_DRAWN = """
    SELECT d.*, p.starts, p.ends, p.model, p.made_at FROM draw d JOIN plan p ON p.plan = d.plan
    WHERE d.plan = ? AND d.source = ? AND d.record_id = ? AND d.arm <> ''
"""
_OTHERS = """
    SELECT source, record_id, rank, arm, expected_harm FROM draw WHERE plan = ? AND coalesce(office, '') = ?
    AND coalesce(lane, '') = ? AND day = ? AND arm <> '' ORDER BY rank
"""
#: what the same resource was given last that day by expected harm: near this a record is chosen or left
_LOWEST = """
    SELECT min(expected_harm) AS lowest FROM draw
    WHERE plan = ? AND day = ? AND resource = ? AND arm = 'targeted' AND NOT (source = ? AND record_id = ?)
"""


@dataclass(frozen=True, slots=True)
class _Part:
    """One thing that a class's chance is made of: as a chance of its own, noisy-or with the others."""

    harm_class: str
    kind: str
    name: str
    chance: float
    without: float


def rank_question(workspace: Workspace, plan: str, source: str, record_id: str) -> dict[str, Any]:
    """Return what a record's rank is made of, and where it would stand without each part.

    Args:
        workspace: plans, findings, outcomes, models.
        plan: the plan that chose it.
        source: the record's source.
        record_id: the record.

    Returns:
        synthetic, plan, source, record_id, arm, rank, of (records on its sheet), targeted (those in order of expected
        harm), place (among them; None where another ground placed it), expected_harm (as drawn), expected_harm_now,
        said, reasons, next_above, next_below, lowest_chosen (expected harm of the last one that the same resource was
        given that day; None without another), classes (class, points, chance, expected_harm), parts (class, kind, name,
        chance, expected_harm_without, place_without, still_on: at or above that line).

    Raises:
        UnknownName: the plan did not choose this record.
    """
    store = workspace.store
    drawn: list[dict[str, Any]] = store.rows(_DRAWN, [plan, source, record_id])
    if not drawn:
        known = store.rows("SELECT DISTINCT record_id FROM draw WHERE plan = ? AND arm <> '' LIMIT 500", [plan])
        raise UnknownName("record chosen by this plan", record_id, [str(row["record_id"]) for row in known])
    draw = drawn[0]
    others: list[dict[str, Any]] = store.rows(_OTHERS, [plan, draw["office"] or "", draw["lane"] or "", draw["day"]])
    order = [float(o["expected_harm"]) for o in others if o["arm"] == "targeted" and _other(o, draw)]
    ranked = _scored_again(workspace, draw)
    detection = float(draw["detection_rate"] or 1.0)
    harm_now = float(ranked.scores.harm[0]) * detection
    shown: dict[str, Any] = {
        "synthetic": is_synthetic(store), "plan": plan, "source": source, "record_id": record_id,
        "office": draw["office"] or "", "lane": draw["lane"] or "", "day": draw["day"], "arm": draw["arm"],
        "rank": draw["rank"], "of": len(others), "targeted": len(order) + (draw["arm"] == "targeted"),
        "place": _place(order, float(draw["expected_harm"])) if draw["arm"] == "targeted" else None,
        "expected_harm": float(draw["expected_harm"]), "expected_harm_now": harm_now, "detection_rate": detection,
        "reasons": split_reasons(str(draw["reasons"] or "")), "said": _said(draw, harm_now, ranked),
        "next_above": min((h for h in order if h > draw["expected_harm"]), default=None),
        "next_below": max((h for h in order if h <= draw["expected_harm"]), default=None),
        "lowest_chosen": store.rows(_LOWEST, [plan, draw["day"], draw["resource"], source, record_id])[0]["lowest"],
        "classes": _classes(ranked, detection),
    }  # fmt: skip
    last = shown["lowest_chosen"]
    shown["parts"] = [
        {"harm_class": part.harm_class, "kind": part.kind, "name": part.name, "chance": part.chance,
         "expected_harm_without": without, "place_without": _place(order, without),
         "still_on": None if last is None else without >= float(str(last))}
        for part, without in _without_each(ranked, detection, harm_now)
    ]  # fmt: skip
    return shown


def _other(one: Mapping[str, Any], draw: Mapping[str, Any]) -> bool:
    return (one["source"], one["record_id"]) != (draw["source"], draw["record_id"])


def _place(order: list[float], harm: float) -> int:
    return 1 + sum(other > harm for other in order)


def _scored_again(workspace: Workspace, draw: Mapping[str, Any]) -> Ranked:
    """Score the one record as its plan did: outcomes before the plan's first day, the model of that day."""
    options = options_from(workspace.settings.target)
    records = eligible_records(workspace.store, draw["day"], draw["day"], options, worked_too=True)
    mine = pc.and_(pc.equal(records["source"], draw["source"]), pc.equal(records["record_id"], draw["record_id"]))
    return rank_records(workspace, records.filter(mine), draw["starts"], draw["ends"], options)


def _points(ranked: Ranked, name: str) -> float:
    return float(np.asarray(ranked.scores.severity[name], float).reshape(-1)[0])


def _classes(ranked: Ranked, detection: float) -> list[dict[str, Any]]:
    """Return what each harm class brings, most first."""
    rows = [
        {"harm_class": name, "points": _points(ranked, name), "chance": float(chance[0]),
         "expected_harm": float(chance[0]) * _points(ranked, name) * detection}
        for name, chance in ranked.scores.probability.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-float(row["expected_harm"]), row["harm_class"]))


def _without_each(ranked: Ranked, detection: float, harm: float) -> list[tuple[_Part, float]]:
    """Return each part with the expected harm that is left without it, the part that most hangs on first."""
    told = []
    for part in _parts(ranked):
        now = float(ranked.scores.probability[part.harm_class][0])
        less = _points(ranked, part.harm_class) * (now - part.without) * detection
        if abs(less) > _WORTH_TELLING * max(harm, 1e-9):
            told.append((part, max(harm - less, 0.0)))
    return sorted(told, key=lambda one: (one[1], one[0].harm_class, one[0].name))


def _parts(ranked: Ranked) -> list[_Part]:
    """Return what the chance of each class is made of: findings, and the past or the model."""
    scores, learned = ranked.scores, ranked.kept.codes if ranked.kept else frozenset()
    parts: list[_Part] = []
    rows = scores.parts.to_pylist()
    for name, chances in scores.probability.items():
        now = float(chances[0])
        by_model = bool(ranked.kept and ranked.kept.finds.get(name))
        mine = [row for row in rows if row["harm_class"] == name and not (by_model and row["code"] in learned)]
        for row in mine:
            chance = min(float(row["probability"]), _MOST)
            parts.append(_Part(name, "finding", str(row["code"]), chance, 1 - (1 - now) / (1 - chance)))
        beside = float(np.prod([1 - min(float(row["probability"]), _MOST) for row in mine]))
        base = 1 - (1 - now) / beside
        plain = 1 - (1 - float(scores.history.rates[name][0])) * _all(rows, name) if by_model else 1 - beside
        kind, words = ("model", "what the model learned") if by_model else ("past", "what earlier inspections showed")
        if base > 0:
            parts.append(_Part(name, kind, words, base, plain))
    return parts


def _all(rows: list[dict[str, Any]], name: str) -> float:
    """Return the chance that none of a class's findings is borne out."""
    return float(np.prod([1 - min(float(row["probability"]), _MOST) for row in rows if row["harm_class"] == name]))


def _said(draw: Mapping[str, Any], now: float, ranked: Ranked) -> list[str]:
    """Say what has to be known before the figures are read."""
    said = []
    words = {
        "mandatory": "It stands first because something makes it mandatory; its expected harm did not place it.",
        "random": "It was drawn at random and stands at a place drawn at random: nothing about it placed it.",
        "followup": "It follows up a find of the random arm and stands at a place drawn at random.",
    }
    if draw["arm"] in words:
        said.append(words[str(draw["arm"])])
    drawn = float(draw["expected_harm"])
    if abs(now - drawn) > _CHANGED * max(drawn, 1e-9):
        said.append("What is known of it has changed since the draw (findings, rules or severities): scored again, its"
                    " expected harm differs, and the parts below add up to the new figure.")  # fmt: skip
    if ranked.kept:
        said.append(f"Its plan was {ranked.kept.in_words()}.")
    return said
