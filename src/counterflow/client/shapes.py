"""What comes back, as types: the same names as in the API document."""

from __future__ import annotations

from typing import Any, TypedDict

__all__ = ["Check", "Finding", "Load", "Plan", "PlanMade", "Receipt", "Record", "Reference", "Screened"]


class Receipt(TypedDict):
    """The answer to a batch: read = accepted + rejected, always."""

    batch: str
    source: str
    file: str
    mapping: str
    read: int
    accepted: int
    rejected: int
    reasons: dict[str, int]
    warnings: dict[str, int]
    records: int
    unused: list[str]
    withheld: list[str]
    synthetic: bool
    already_loaded: bool


class Load(TypedDict):
    """A load, and how its refused rows stand today."""

    source: str
    batch: str
    content_sha256: str
    file: str | None
    mapping: str | None
    received_at: str
    synthetic: bool | None
    read: int
    accepted: int
    rejected: int
    reasons: dict[str, int]
    tables: dict[str, int]
    open: int
    reloaded: int
    discarded: int


class Record(TypedDict):
    """A record in a list; who is named on it stands in the record itself."""

    source: str
    record_id: str
    batch: str
    kind: str | None
    item_id: str | None
    declared_on: str
    posted_at: str | None
    advance_at: str | None
    due_at: str | None
    arrived_at: str | None
    first_seen: str
    sender: str | None
    office: str | None
    lane: str | None
    direction: str | None
    departure: str | None
    origin: str | None
    destination: str | None
    mass_kg: float | None
    value: float | None
    currency: str | None
    pieces: int | None
    missing: list[str] | None
    findings: int
    codes: list[str] | None


class Finding(TypedDict, total=False):
    """What a check found, with its evidence; `source` and `run` only of records that were loaded."""

    source: str
    record_id: str
    part: str
    check: str
    check_version: str
    code: str
    kind: str
    strength: float
    meaning: str
    harm_class: str | None
    field: str | None
    start: int | None
    end: int | None
    matched: str | None
    reference: str | None
    reference_text: str | None
    reference_version: str | None
    citation: str | None
    sentence: str
    run: str


class Reference(TypedDict):
    """A row of a list or a table of law that was met."""

    text: str | None
    version: str | None


class Check(TypedDict):
    """One check as it ran; where it waits for something its silence says nothing."""

    check: str
    version: str
    findings: int
    waits_for: str


class Screened(TypedDict):
    """What was found on records that were screened at once."""

    records: int
    with_findings: int
    findings: list[Finding]
    references: dict[str, Reference]
    checks: list[Check]
    lists: dict[str, str]
    said: list[str]


class Plan(TypedDict):
    """A plan in a list."""

    plan: str
    starts: str
    ends: str
    seed: int
    random_share: float
    made_at: str
    ledger_seq: int | None
    eligible: int
    selected: int
    with_outcome: int


class PlanMade(TypedDict):
    """A plan that was made and sealed."""

    plan: str
    eligible: int
    mandatory: int
    random: int
    followup: int
    targeted: int
    minutes: float
    minutes_used: float
    starts: str
    ends: str
    seed: int
    said: list[str]
    repeated: bool


#: a record to be screened, by the fields of `RecordSent` in the API document
RecordSent = dict[str, Any]
