"""The inspection sheet as data: one office, lane and day; `counterflow.report.sheet` draws it.

Evidence is read from the findings as they are held now. Where the personal data of a record was erased, the
reason stays and the quotation is gone. A fuzzy match of a name is shown here, with the words that it is not
judged yet, because a person has to look at it; it had no part in the rank.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.report.numbers import amount, counted
from counterflow.store.plans import latest_plan, split_reasons
from counterflow.store.repository import Store
from counterflow.target.sheets.guidance import SAFETY, look_for

__all__ = ["sheet", "sheet_index", "sheets"]

_MOST_EVIDENCE = 8
_MOST_GOODS = 3
_NOT_JUDGED = "a similar name, not judged yet: it had no part in the rank"
_TEXT_FIELDS = ("description", "hs")

_ITEMS = """
    SELECT d.rank, d.source, d.record_id, d.arm, d.resource, d.service_minutes AS minutes, d.expected_harm,
           d.reasons
    FROM draw d WHERE d.plan = ? AND coalesce(d.office, '') = ? AND coalesce(d.lane, '') = ? AND d.day = ?
      AND d.arm <> '' ORDER BY d.rank
"""
_EVIDENCE = """
    SELECT f.source, f.record_id, f.part, f.code, f.kind, f.strength, f.harm_class, f.field, f."start",
           f."end", f.matched, f.reference, f.reference_version, f.citation, f.sentence
    FROM finding f JOIN asked a ON f.source = a.source AND f.record_id = a.record_id
    ORDER BY f.source, f.record_id, f.strength DESC, f.code, f.part, f."start"
"""


def sheet_index(store: Store, plan: str | None = None) -> list[dict[str, Any]]:
    """Return one row per sheet of a plan (None: the latest): office, lane, day, plan, records, minutes."""
    named = _known_plan(store, plan)
    return store.rows(
        "SELECT coalesce(office, '') AS office, coalesce(lane, '') AS lane, day, plan, count(*) AS records,"
        " sum(service_minutes) AS minutes FROM draw WHERE plan = ? AND arm <> ''"
        " GROUP BY coalesce(office, ''), coalesce(lane, ''), day, plan ORDER BY day, office, lane",
        [named],
    )


def _known_plan(store: Store, plan: str | None) -> str:
    if plan is None:
        latest = latest_plan(store)
        if latest is None:
            raise InputError("No plan has been made yet.", hint="`counterflow target plan` makes one.")
        return str(latest["plan"])
    known = [str(r["plan"]) for r in store.rows("SELECT plan FROM plan ORDER BY plan")]
    if plan not in known:
        raise UnknownName("plan", plan, known)
    return plan


def sheet(
    store: Store, *, office: str, lane: str, day: dt.date, plan: str | None = None, synthetic: bool = False
) -> dict[str, Any]:
    """Return one sheet.

    Args:
        store: draws and findings.
        office: its office, "" for records that name none.
        lane: its lane, "" for records that name none.
        day: its day.
        plan: plan id; the latest where None.
        synthetic: whether the records are made up; it is then said on every page.

    Raises:
        UnknownName: no such plan, or nothing is planned there that day; the nearest places are shown.
    """
    named = _known_plan(store, plan)
    items = store.rows(_ITEMS, [named, office, lane, day])
    if not items:
        places = [f"{r['office']}/{r['lane']}/{r['day']}" for r in sheet_index(store, named)]
        raise UnknownName(f"sheet in {named} for office/lane/day", f"{office}/{lane}/{day}", places)
    evidence, declared, texts = _evidence(store, items), _declared(store, items), _texts(store, items)
    return {
        "office": office,
        "lane": lane,
        "day": day.isoformat(),
        "plan": named,
        "synthetic": synthetic,
        "capacity": _capacity(items),
        "safety": dict(SAFETY),
        "items": [_item(row, evidence[_key(row)], declared.get(_key(row), {}), texts[_key(row)]) for row in items],
    }


def sheets(
    store: Store,
    *,
    office: str | None = None,
    lane: str | None = None,
    day: str | dt.date | None = None,
    plan: str | None = None,
    synthetic: bool = False,
) -> dict[str, Any]:
    """Return the list of sheets, or the one asked for by office, lane and day (how the console asks).

    Without a plan there are no sheets, and the list is empty.
    """
    if day:
        on = day if isinstance(day, dt.date) else _day(day)
        where = {"office": office or "", "lane": lane or ""}
        return sheet(store, **where, day=on, plan=plan or None, synthetic=synthetic)
    rows = sheet_index(store, plan or None) if latest_plan(store) else []
    return {"synthetic": synthetic, "sheets": [row | {"day": str(row["day"])} for row in rows]}


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError("This is not a day.", hint="Write YYYY-MM-DD.", column="day", value=text) from None


def _key(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row["source"]), str(row["record_id"])


def _capacity(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the minutes planned, in all and by resource."""
    by_resource: defaultdict[str, list[float]] = defaultdict(list)
    for row in items:
        by_resource[str(row["resource"])].append(float(row["minutes"]))
    facts: dict[str, Any] = {"planned_minutes": sum(sum(minutes) for minutes in by_resource.values())}
    for name, minutes in sorted(by_resource.items()):
        facts[name] = f"{counted(len(minutes), 'record')}, {sum(minutes):g} minutes"
    return facts


def _item(
    row: Mapping[str, Any],
    findings: Sequence[Mapping[str, Any]],
    declared: Mapping[str, Any],
    texts: Mapping[str, str],
) -> dict[str, Any]:
    return {
        "rank": row["rank"],
        "record_id": row["record_id"],
        "source": row["source"],
        "item_id": declared.get("item_id"),
        "declared": _in_words(declared, texts),
        "arm": row["arm"],
        "resource": row["resource"],
        "minutes": row["minutes"],
        "expected_harm": row["expected_harm"],
        "reasons": split_reasons(str(row["reasons"] or "")),
        "evidence": [_shown(f, texts) for f in findings[:_MOST_EVIDENCE]],
        "look_for": look_for(
            str(row["arm"]), [str(f["harm_class"]) for f in findings], [str(f["code"]) for f in findings]
        ),
    }


def _shown(finding: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return one finding as evidence: the whole text with the span where it is held, else what was met."""
    whole = texts.get(f"{finding['field']}/{finding['part']}")
    start, end = finding["start"], finding["end"]
    holds = whole is not None and start is not None and end is not None and end <= len(whole)
    grounds = [finding["reference"], finding["reference_version"]]
    unjudged = finding["harm_class"] == "party" and finding["kind"] != "deterministic"
    return {
        "field": finding["field"],
        "text": whole if holds else finding["matched"],
        "start": start if holds else None,
        "end": end if holds else None,
        "sentence": finding["sentence"] + (f" ({_NOT_JUDGED})" if unjudged else ""),
        "citation": finding["citation"],
        "list": " ".join(str(g) for g in grounds if g) or None,
    }


def _evidence(store: Store, items: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in store.rows(_EVIDENCE, asked=_asked(items)):
        found[_key(row)].append(row)
    return found


def _declared(store: Store, items: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what the record says of itself, so that an officer can tell it from its neighbour on the belt."""
    rows = store.rows(
        "SELECT c.source, c.record_id, c.kind, c.item_id, c.departure, c.mass_kg, c.value, c.currency, c.pieces"
        " FROM consignment c JOIN asked a ON a.source = c.source AND a.record_id = c.record_id",
        asked=_asked(items),
    )
    return {_key(row): row for row in rows}


def _in_words(declared: Mapping[str, Any], texts: Mapping[str, str]) -> str:
    """Return the declared goods and facts in one line; the source stands first, since ids are its own."""
    goods = [text for field, text in sorted(texts.items()) if field.startswith("description/")]
    codes = [f"HS {text}" for field, text in sorted(texts.items()) if field.startswith("hs/")]
    facts = [
        str(declared.get("source") or ""),
        str(declared.get("kind") or ""),
        f"from {declared['departure']}" if declared.get("departure") else "",
        counted(declared["pieces"], "piece") if declared.get("pieces") else "",
        f"{amount(declared['mass_kg'])} kg" if declared.get("mass_kg") is not None else "",
        f"{amount(declared['value'])} {declared.get('currency') or ''}" if declared.get("value") is not None else "",
    ]
    return " · ".join(part.strip() for part in (*facts, *goods[:_MOST_GOODS], *codes[:_MOST_GOODS]) if part.strip())


def _texts(store: Store, items: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], dict[str, str]]:
    """Return the goods texts of the items: "field/line" to text."""
    rows = store.rows(
        "SELECT g.source, g.record_id, g.line, g.description, g.hs FROM goods_line g JOIN asked a"
        " ON a.source = g.source AND a.record_id = g.record_id",
        asked=_asked(items),
    )
    texts: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for row in rows:
        texts[_key(row)] |= {f"{f}/{row['line']}": str(row[f]) for f in _TEXT_FIELDS if row[f] is not None}
    return texts


def _asked(items: Sequence[Mapping[str, Any]]) -> pa.Table:
    return pa.table({k: pa.array([r[k] for r in items], pa.string()) for k in ("source", "record_id")})
