"""Judged pairs: a person has looked, and this party is not that listed one (cleared), or is (confirmed, by two).

A clearing holds for a party as it is told apart (its words after normalisation, its kind, and birth, country or number
where they were given) and for one entry as it stood. It ends on its last day, when it is revoked, and of itself when
the entry changes or leaves the list or the normaliser changes: then the pair alerts again and somebody looks anew. A
cleared pair is still shown, with who cleared it and until when; it only stops alerting. A confirmation holds for the
same party, as long and as far; a later clearing that covers it takes it back.

Names, grounds and persons stand in the erasable table `party_clearing`; the ledger holds a salted digest.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.tables.parties import PARTY_CLEARING
from counterflow.matching.normalise import VERSION as NORMALISER
from counterflow.matching.normalise import normalise_all
from counterflow.screen.parties.births import read_births
from counterflow.screen.parties.kinds import OPEN, kind_of_schema
from counterflow.screen.parties.papers import read_papers
from counterflow.store.list_entries import entry_digests

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["Cleared", "Clearing", "add_clearing", "cleared_now", "clearings", "judged_row", "revoke_clearing"]

_SHORTEST_REASON = 8
_LONGEST_TEXT = 500
_USUAL_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    """One clearing; see `core.tables.parties.PARTY_CLEARING` for its columns.

    `state` is in force, expired, revoked, erased, or void with what made it so.
    """

    clearing: str
    name: str
    words: str
    schema: str
    born: str
    country: str
    identifier: str
    list: str
    entry_id: str
    reason: str
    person: str
    decided_at: dt.datetime
    until: dt.date
    state: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, the state first."""
        return {"clearing": self.clearing, "state": self.state} | {
            name: getattr(self, name) for name in self.__slots__ if name not in {"clearing", "state", "words"}
        }

    def in_words(self, act: str = "cleared") -> str:
        """Return who cleared it (or confirmed it), until when, and why."""
        return f"{act} by {self.person} until {self.until} ({self.clearing}: {self.reason})"

    def covers(self, other: Clearing) -> bool:
        """Whether all that another judgement means is meant by this one too."""
        facts = {name: str(getattr(other, name)) for name in _FIELDS}
        same = (self.list, self.entry_id) == (other.list, other.entry_id)
        return same and self.means(other.words, kind_of_schema(other.schema), facts)

    def means(self, words: str, kind: int, facts: Mapping[str, str | None]) -> bool:
        """Whether a party is the one that was cleared: same words, same kind where both say it, same stated fields."""
        if words != self.words:
            return False
        own = kind_of_schema(self.schema)
        if OPEN not in (own, kind) and own != kind:
            return False
        return all(_same(name, getattr(self, name), facts.get(name)) for name in _FIELDS if getattr(self, name))


_FIELDS = ("born", "country", "identifier")


def _same(name: str, cleared: str, here: str | None) -> bool:
    """Whether a record says of a field what the clearing says; a record that says nothing is not meant."""
    if not here:
        return False
    if name == "born":
        return any(one.holds(other) for one in read_births(cleared) for other in read_births(here))
    if name == "identifier":
        return bool({p.number for p in read_papers(cleared)} & {p.number for p in read_papers(here)})
    from counterflow.reference.countries import country_code

    return (country_code(cleared) or cleared.casefold()) == (country_code(here) or here.casefold())


@dataclass(frozen=True)
class Cleared:
    """The clearings (or confirmations) in force, by entry."""

    by_entry: Mapping[tuple[str, str], Sequence[Clearing]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.by_entry)

    def of(self, words: str, kind: int, facts: Mapping[str, str | None], list_name: str, entry: str) -> Clearing | None:
        """Return the clearing of this party and entry, where there is one."""
        found = self.by_entry.get((list_name, entry), ())
        return next((clearing for clearing in found if clearing.means(words, kind, facts)), None)


def add_clearing(  # noqa: PLR0913 - a decision has that many parts
    workspace: Workspace,
    name: str,
    entry_id: str,
    *,
    reason: str,
    person: str,
    lists: Mapping[str, str],
    until: dt.date | None = None,
    schema: str = "",
    born: str = "",
    country: str = "",
    identifier: str = "",
    act: str = "clear",
) -> dict[str, Any]:
    """Write down that a party is not a listed one, and return the clearing; what it covers is confirmed no more.

    Args:
        workspace: where it goes.
        name: the party's name as written.
        entry_id: the entry it is not, as ``ofac:12345`` (``list@entry`` where two lists use one id).
        reason: why, in words.
        person: who decided.
        lists: list to version, as screened against.
        until: last day it holds; a year from today where None.
        schema: kind of party it is meant for; any where empty.
        born: birth that a record must state to be meant.
        country: country that a record must state.
        identifier: number that a record must state.
        act: clear, or confirm: that it is the listed one, `person` being both who say so.

    Raises:
        InputError: the name names nobody, a text is missing or too long, or the last day is past.
        InputError: a pair that is to be confirmed is confirmed or cleared already.
        UnknownName: no such entry on the lists in force.
    """
    party = {"name": name, "schema": schema, "born": born, "country": country, "identifier": identifier}
    row = judged_row(workspace, party, entry_id, act=act, reason=reason, person=person, lists=lists, until=until)
    with workspace.store.transaction():
        whole = _write(workspace, row)
        if act == "clear":
            _end_confirmed(workspace, whole, lists)
    return whole


def judged_row(
    workspace: Workspace, party: Mapping[str, str], entry_id: str, *, act: str, reason: str, person: str,
    lists: Mapping[str, str], until: dt.date | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the row that a judgement will be, and write nothing; arguments and errors are those of `add_clearing`."""
    today = workspace.clock().date()
    last = until or today + dt.timedelta(days=_USUAL_DAYS)
    texts = {"name": party.get("name") or "", "reason": reason, "person": person}
    texts = {column: _required(column, text) for column, text in texts.items()}
    (words,) = normalise_all([texts["name"]])
    if not words:
        raise InputError(
            "This names nobody.", hint="Give the party's name as written.", column="name", value=texts["name"]
        )
    if len(texts["reason"]) < _SHORTEST_REASON:
        told = "what tells the two apart" if act == "clear" else "what shows that they are one"
        hint = f"Say {told}, so that another person can follow."
        raise InputError("This reason is too short.", hint=hint, column="reason", value=reason)
    if last < today:
        raise InputError("The last day is past.", hint=f"Give a day from {today}.", column="until", value=last)
    fields = {field: (party.get(field) or "").strip() for field in ("schema", *_FIELDS)}
    kind_of_schema(fields["schema"])
    list_name, entry, digest = _entry(workspace.store, entry_id, lists)
    row: dict[str, Any] = {
        **texts, **fields, "act": act,
        "words": " ".join(words), "list": list_name, "entry_id": entry, "entry_digest": digest,
        "normaliser": NORMALISER, "decided_at": workspace.clock(), "until": last,
    }  # fmt: skip
    if act == "confirm":
        _refuse_judged(workspace.store, row, lists)
    return row


def _read(row: Mapping[str, Any], state: str) -> Clearing:
    values: dict[str, Any] = {name: row[name] or "" for name in Clearing.__slots__ if name != "state"}
    return Clearing(**values, state=state)


def _refuse_judged(store: Store, row: Mapping[str, Any], lists: Mapping[str, str]) -> None:
    """Refuse to confirm what a judgement in force covers."""
    asked = _read({"clearing": "", **row}, "")
    for act, words in (("confirm", "confirmed"), ("clear", "cleared")):
        for held in clearings(store, lists, row["decided_at"].date(), act):
            if held.state == "in force" and held.covers(asked):
                hint = f"Take {held.clearing} back first."
                raise InputError(f"This pair is {words} already.", hint=hint, column="entity", value=held.entry_id)


def _end_confirmed(workspace: Workspace, row: Mapping[str, Any], lists: Mapping[str, str]) -> None:
    """Take back the confirmations that a clearing covers: the later word holds."""
    made = _read(row, "in force")
    for held in clearings(workspace.store, lists, row["decided_at"].date(), "confirm"):
        if held.state == "in force" and made.covers(held):
            why = f"cleared: {made.clearing}"
            revoke_clearing(workspace, held.clearing, reason=why, person=made.person)


def _required(column: str, text: str) -> str:
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST_TEXT:
        raise InputError(f"A clearing needs a {column}.", hint=f"Give 1 to {_LONGEST_TEXT} characters.", column=column)
    return text


def _entry(store: Store, asked: str, lists: Mapping[str, str]) -> tuple[str, str, str]:
    """Return (list, entry id, digest) of the entry asked for, on the list versions in force."""
    wanted, _, plain = asked.rpartition("@") if "@" in asked and asked.partition("@")[0] in lists else ("", "", asked)
    for list_name, version in sorted(lists.items()):
        if wanted and wanted != list_name:
            continue
        digests = entry_digests(store, list_name, version)
        found = digests.filter(pa.compute.equal(digests.column("entry_id"), plain))
        if found.num_rows:
            return list_name, plain, str(found.column("digest")[0])
    known = store.query("SELECT DISTINCT entry_id FROM list_entry").column("entry_id").to_pylist()
    raise UnknownName("listed entry", asked, known)


def _write(workspace: Workspace, row: dict[str, Any]) -> dict[str, Any]:
    # Signing brings cryptography, which a look-up has no need of.
    from counterflow.store.erasure import CLEARING
    from counterflow.store.ledger import new_salt, salted_digest

    salt = new_salt()
    said = json.dumps([row[name] for name in ("name", "list", "entry_id", "reason", "person")], ensure_ascii=False)
    digest = salted_digest(salt, said)
    whole = {"clearing": f"C-{digest[:12]}", **row}
    payload = {
        "source": CLEARING, "record_id": whole["clearing"], "batch": CLEARING,
        "salt": salt.hex(), "digest": digest,
    }  # fmt: skip
    body = {
        "clearing": whole["clearing"], "act": row["act"], "digest": digest, "entry_digest": row["entry_digest"],
        "normaliser": NORMALISER, "until": row["until"].isoformat(),
    }  # fmt: skip
    with workspace.store.transaction():
        workspace.store.append("party_clearing", pa.Table.from_pylist([whole], schema=PARTY_CLEARING))
        workspace.store.append("payload", pa.Table.from_pylist([payload]))
        workspace.ledger.append("party-clearing", body)
    return whole


def revoke_clearing(workspace: Workspace, clearing: str, *, reason: str, person: str) -> dict[str, Any]:
    """Take a clearing or a confirmation back and return the row that does so.

    Raises:
        UnknownName: no such clearing.
        InputError: it was revoked already, or reason or person is missing.
    """
    store = workspace.store
    rows = store.rows("SELECT clearing, act FROM party_clearing")
    if clearing not in {str(row["clearing"]) for row in rows}:
        raise UnknownName("clearing", clearing, {str(row["clearing"]) for row in rows})
    if any(row["clearing"] == clearing and row["act"] == "revoke" for row in rows):
        raise InputError("It was revoked already.", column="clearing", value=clearing)
    row = {
        "clearing": clearing, "act": "revoke", "reason": _required("reason", reason),
        "person": _required("person", person), "decided_at": workspace.clock(),
    }  # fmt: skip
    with store.transaction():
        store.append("party_clearing", pa.Table.from_pylist([row], schema=PARTY_CLEARING))
        workspace.ledger.append("party-clearing-revoked", {"clearing": clearing})
    return row


def clearings(store: Store, lists: Mapping[str, str], today: dt.date, act: str = "clear") -> list[Clearing]:
    """Return every clearing with its state on `today`, the newest first.

    Args:
        store: the tables.
        lists: list to version, as screened against.
        today: the day.
        act: clear, or confirm for the confirmations.
    """
    rows = store.rows("SELECT * FROM party_clearing ORDER BY decided_at DESC, clearing")
    if not rows:
        return []
    revoked = {str(row["clearing"]) for row in rows if row["act"] == "revoke"}
    named = {str(row["list"]) for row in rows if row["list"]}
    digests = {
        (name, str(row["entry_id"])): str(row["digest"])
        for name in sorted(named & lists.keys())
        for row in entry_digests(store, name, lists[name]).to_pylist()
    }
    return [_read(row, _state(row, revoked, digests, today)) for row in rows if row["act"] == act]


def _state(row: Mapping[str, Any], revoked: set[str], digests: Mapping[tuple[str, str], str], today: dt.date) -> str:
    if row["words"] is None:
        return "erased"
    if row["clearing"] in revoked:
        return "revoked"
    if row["until"] < today:
        return "expired"
    if row["normaliser"] != NORMALISER:
        return "void: the normaliser changed"
    digest = digests.get((row["list"], row["entry_id"]))
    if digest is None:
        return "void: the entry has left the list"
    return "in force" if digest == row["entry_digest"] else "void: the entry changed"


def cleared_now(store: Store, lists: Mapping[str, str], today: dt.date, act: str = "clear") -> Cleared:
    """Return the clearings in force; the confirmations where `act` is confirm."""
    by_entry: dict[tuple[str, str], list[Clearing]] = {}
    for clearing in clearings(store, lists, today, act):
        if clearing.state == "in force":
            by_entry.setdefault((clearing.list, clearing.entry_id), []).append(clearing)
    return Cleared(by_entry)
