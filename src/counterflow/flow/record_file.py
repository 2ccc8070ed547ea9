"""The file of one record: what was sent, found, planned, seen and decided about it, and what its keys did before.

Everything is read when it is asked for: where a party was erased, it is gone from here in the same moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from counterflow.core.errors import UnknownName
from counterflow.flow.queue_acts import acts_on
from counterflow.flow.record_files import files_of
from counterflow.flow.record_past import pasts_of
from counterflow.flow.record_timeline import timeline_of
from counterflow.store.plans import split_reasons

if TYPE_CHECKING:
    from counterflow.store.ledger import Ledger
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["ledger_of", "record_file"]

_ONE = "source = ? AND record_id = ?"
_ENTITY = """
    SELECT p.role, p.name, p.address, p.postcode, p.country, p.phone, p.email, p.born, p.identifier, m.entity,
           m.probability, n.records
    FROM party p
    LEFT JOIN entity_member m ON m.scope = 'parties' AND m.source = p.source AND m.record_id = p.record_id
        AND m.part = p.role
    LEFT JOIN (SELECT entity, count(DISTINCT (source, record_id)) AS records FROM entity_member
        WHERE scope = 'parties' GROUP BY entity) n ON n.entity = m.entity
    WHERE p.source = ? AND p.record_id = ? ORDER BY p.role
"""
_FINDINGS = """
    SELECT part, "check", check_version, code, kind, strength, meaning, harm_class, field, "start", "end", matched,
           reference, reference_text, reference_version, citation, sentence
    FROM finding WHERE source = ? AND record_id = ? ORDER BY strength DESC, code, part, "start"
"""
_PLANS = """
    SELECT d.plan, d.office, d.lane, d.day, d.arm, d.rank, d.inclusion_probability, d.resource, d.expected_harm,
           d.reasons, d.chance, p.made_at, p.ledger_seq, p.model
    FROM draw d JOIN plan p ON p.plan = d.plan WHERE d.source = ? AND d.record_id = ?
    ORDER BY p.made_at, p.ledger_seq
"""
_OUTCOMES = """
    SELECT plan, state, confirmation, harm_class, time, recorded_at, recorded_by, ledger_seq
    FROM outcome WHERE source = ? AND record_id = ? ORDER BY time, recorded_at, ledger_seq
"""


def record_file(workspace: Workspace, source: str, record_id: str) -> dict[str, Any]:
    """Return all that concerns one record.

    Returns:
        `record`: what was declared; `load`: the file that it came with; `goods`, `parties` (with the entity that each
        was taken for), `findings` (with the whole text that a span stands in, as `text`), `plans`, `outcomes`,
        `notices`, `acts` and `notes` of people, `files` beside it, `timeline` (time, what, words), `keys`
        (what records of the same sender, party and place came to before), `ledger` (the entries that concern it),
        `erased_at`.

    Raises:
        UnknownName: there is no such record.
    """
    store, key = workspace.store, [source, record_id]
    found = store.rows(f"SELECT * FROM consignment WHERE {_ONE}", key)
    if not found:
        raise UnknownName("record", f"{source}/{record_id}", _alike(store, record_id))
    record = found[0]
    load = (store.rows("SELECT * FROM batch WHERE source = ? AND batch = ?", [source, record["batch"]]) or [{}])[0]
    goods = store.rows(f"SELECT * FROM goods_line WHERE {_ONE} ORDER BY line", key)
    plans = [row | {"reasons": split_reasons(str(row["reasons"] or ""))} for row in store.rows(_PLANS, key)]
    acts = acts_on(store, source, record_id)
    erased = store.rows(f"SELECT max(erased_at) AS at FROM payload WHERE {_ONE} AND erased_at IS NOT NULL", key)
    file: dict[str, Any] = {
        "record": record,
        "load": load,
        "goods": goods,
        "parties": store.rows(_ENTITY, key),
        "findings": [_with_text(row, record, goods) for row in store.rows(_FINDINGS, key)],
        "screenings": store.rows(
            'SELECT screened_at, run, list_sort(list("check")) AS checks FROM screening'
            " WHERE source = ? AND batch = ? GROUP BY ALL ORDER BY screened_at, run",
            [source, record["batch"]],
        ),
        "plans": plans,
        "outcomes": store.rows(_OUTCOMES, key),
        "notices": store.rows(f"SELECT recipient, told, about, told_at FROM notice WHERE {_ONE} ORDER BY told_at", key),
        "acts": acts,
        "notes": [act for act in acts if act["act"] == "note"],
        "files": files_of(store, source, record_id),
        "erased_at": erased[0]["at"] if erased else None,
    }
    file["keys"] = pasts_of(store, record)
    file["timeline"] = timeline_of(file)
    file["ledger"] = ledger_of(workspace.ledger, file)
    return file


def _alike(store: Store, record_id: str) -> list[str]:
    """Return a few records whose id starts alike, for the hint."""
    rows = store.rows(
        "SELECT source || '/' || record_id AS name FROM consignment WHERE starts_with(record_id, ?)"
        " ORDER BY record_id LIMIT 5",
        [record_id[:8]],
    )
    return [str(row["name"]) for row in rows]


def _with_text(finding: dict[str, Any], record: dict[str, Any], goods: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the finding with the whole text that it stands in, where that is held and the span fits."""
    line = next((g for g in goods if str(g["line"]) == finding["part"]), None)
    text = (line or {}).get(finding["field"]) or (record.get(finding["field"]) if finding["part"] == "" else None)
    start, end = finding["start"], finding["end"]
    fits = isinstance(text, str) and start is not None and end is not None and 0 <= start < end <= len(text)
    spread = {"before": text[:start], "span": text[start:end], "after": text[end:]} if fits else {}  # type: ignore[index]
    unjudged = finding["harm_class"] == "party" and finding["kind"] != "deterministic"
    return finding | {"text": spread or None, "unjudged": unjudged}


def ledger_of(ledger: Ledger, file: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the ledger's entries that concern a record: its load, plans, outcomes and what people did."""
    numbers: dict[int, str] = {}
    for row in file["plans"]:
        numbers[row["ledger_seq"]] = "the plan that framed it was drawn"
    for row in file["outcomes"]:
        numbers[row["ledger_seq"]] = f"an outcome was recorded: {row['state'].replace('_', ' ')}"
    for row in file["acts"]:
        numbers[row["ledger_seq"]] = f"{row['act']}, by a person"
    for row in file["files"]:
        numbers[row["ledger_seq"]] = "a file was put beside it"
        if row["taken_back_seq"]:
            numbers[row["taken_back_seq"]] = "a file was taken back"
    entries = [(ledger.entry(seq), words) for seq, words in sorted(numbers.items()) if seq]
    batch = file["load"].get("batch")
    for entry in ledger.entries("load"):
        if batch and entry.body.get("batch") == batch:
            entries.insert(0, (entry, "the load that it came with"))
            break
    return [{"seq": e.seq, "kind": e.kind, "time": e.time, "hash": e.hash, "words": words} for e, words in entries]
