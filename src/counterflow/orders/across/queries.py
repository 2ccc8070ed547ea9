"""Who may ask how often: matching with other firms is off until a house turns it on, and every query is on record.

Private matching hides what is not in both files. It hides nothing from a party that guesses: register numbers and
names are few enough to be listed, and whoever offers the right guess learns that it is there. So a set must not be
small, a partner may ask only a few times a day, the answer to one offer is given once, and whoever acts says so by name
and for a purpose. What is refused is written down too. Rows stand in `match_query`; the ledger has counts and digests.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import AccessError, InputError
from counterflow.core.tables.order_work import MATCH_QUERY
from counterflow.orders.cases.sealing import required, seal

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["Query", "allow", "record"]

_SHORTEST_PURPOSE = 8
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Query:
    """Who matches with whom, and what for.

    Args:
        partner: the other firm.
        purpose: why, in words.
        person: who acts.
        reveal: ids | size.
    """

    partner: str
    purpose: str
    person: str
    reveal: str

    @classmethod
    def of(cls, partner: str, purpose: str, person: str, reveal: str) -> Query:
        """Return the query; raises InputError where partner, purpose or person is missing."""
        why = "Say it in a sentence: it stands in the record that both firms may have to show."
        return cls(
            required("partner", partner), required("purpose", purpose, shortest=_SHORTEST_PURPOSE, why=why),
            required("person", person), reveal,
        )  # fmt: skip


def allow(
    workspace: Workspace,
    query: Query,
    session: str,
    ours: Mapping[str, int],
    theirs: Mapping[str, int] | None = None,
) -> None:
    """Let a matching begin, or write down why not and refuse it.

    Args:
        workspace: whose settings and record.
        query: who with whom.
        session: id of the matching.
        ours: form of each key to our distinct identifiers.
        theirs: the same of theirs, once their message is here.

    Raises:
        AccessError: matching is off, the partner asked too often, this offer was answered before, or what is to be
            revealed is not allowed here.
        InputError: a set is too small or too large.
    """
    refused = _refusal(workspace, query, session, ours, theirs)
    if refused is None:
        return
    record(
        workspace, query, session, "refused", ours=_sum(ours), theirs=_sum(theirs), reason=refused.message, forms=ours
    )
    raise refused


def _refusal(
    workspace: Workspace, query: Query, session: str, ours: Mapping[str, int], theirs: Mapping[str, int] | None
) -> AccessError | InputError | None:
    rules = workspace.settings.match
    if not rules.enabled:
        hint = "Write enabled = true under [match] in counterflow.toml, once the house has decided on it."
        return AccessError("Matching with other firms is off here.", hint=hint)
    if query.reveal not in rules.reveal:
        return AccessError(
            f"This house does not reveal {query.reveal}.", hint=f"match.reveal: {', '.join(rules.reveal)}."
        )
    begun = _begun(workspace)
    if session in {row["query"] for row in begun}:
        return AccessError("This matching was begun here before.", hint="Ask for a new offer: each is answered once.")
    now, asked = workspace.clock(), _folded(query.partner)
    lately = [row for row in begun if row["at"] > now - _DAY and _folded(str(row["partner"])) == asked]
    if len(lately) >= rules.queries_per_day:
        return AccessError(
            f"{len(lately)} matchings with {query.partner} were begun within 24 hours; {rules.queries_per_day} may be.",
            hint="Wait, or have the house change match.queries_per_day.",
        )
    for whose, sizes in (("Our", ours), ("Their", theirs or {})):
        for form, size in sizes.items():
            if not rules.least <= size <= rules.most:
                return InputError(
                    f"{whose} set of {form} has {size:,} identifiers; {rules.least:,} to {rules.most:,} may be.",
                    hint="A small set asks after somebody. Match whole files; match.least is the house's to change.",
                )
    return None


def _begun(workspace: Workspace) -> list[dict[str, Any]]:
    return workspace.store.rows("SELECT query, partner, \"at\" FROM match_query WHERE act IN ('offer', 'answer')")


def record(  # noqa: PLR0913 - what an act is on record with
    workspace: Workspace,
    query: Query,
    session: str,
    act: str,
    *,
    forms: Mapping[str, object],
    ours: int,
    theirs: int | None = None,
    matched: int | None = None,
    reason: str = "",
) -> dict[str, Any]:
    """Write an act down, in the ledger first, and return its row.

    Args:
        workspace: where.
        query: who with whom.
        session: id of the matching.
        act: offer | answer | finish | cancelled | refused.
        forms: forms of the keys.
        ours: our identifiers.
        theirs: theirs.
        matched: in both.
        reason: why it was refused.
    """
    now = workspace.clock()
    row = {
        "query": session, "act": act, "partner": query.partner, "purpose": query.purpose, "person": query.person,
        "columns": "; ".join(sorted(forms)), "reveal": query.reveal, "offered": ours, "received": theirs,
        "matched": matched, "reason": reason, "at": now,
    }  # fmt: skip
    body = {"act": act, "query": session, "columns": row["columns"], "reveal": query.reveal, "offered": ours}
    body |= {name: value for name, value in (("received", theirs), ("matched", matched)) if value is not None}
    with workspace.store.transaction():
        seal(
            workspace, "order-match", f"{session}:{act}:{now.isoformat()}", row,
            columns=("partner", "purpose", "person", "reason"), body=body, persons=[query.person],
        )  # fmt: skip
        workspace.store.append("match_query", pa.Table.from_pylist([row], schema=MATCH_QUERY))
    return row


def _sum(sizes: Mapping[str, int] | None) -> int:
    return sum(sizes.values()) if sizes else 0


def _folded(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if c.isalnum())
