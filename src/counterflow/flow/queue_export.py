"""The queue taken out of the house: which columns, how many rows, and who must agree.

* Names, addresses and words of findings never leave this way: the queue does not hold them.
* What is planned (arm, rank, expected harm) leaves only where the purpose is to inspect or to oversee: whoever knows
  what is drawn knows what is not.
* Up to `ALONE` rows one person takes out; more need a second person, who agrees to the filter, the purpose and the
  number of rows. Nobody takes out more than `MOST`.
* The file is made when it is fetched and kept nowhere. The ledger holds how many rows, for which purpose, the digest of
  the filter, and the digest of the file, so that a leaked one can be known again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.flow.queue import rows_for_export
from counterflow.flow.queue_ask import QueueAsk
from counterflow.report.export import csv_blocks, write

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = [
    "ALONE",
    "FORMATS",
    "MOST",
    "Exported",
    "agreed_export",
    "agreed_payload",
    "export",
    "export_request",
    "fetchable",
]

#: rows that one person takes out alone
ALONE = 100
#: rows that anybody takes out at once
MOST = 100_000
FORMATS = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
#: days within which an export that was agreed to is fetched
_DAYS = 2
_COLUMNS = (
    "source", "record_id", "item_id", "kind", "declared_on", "first_seen", "sender", "office", "lane", "direction",
    "departure", "origin", "destination", "mass_kg", "value", "currency", "pieces", "missing", "goods", "hs",
    "findings", "code", "harm_class", "strength", "codes", "state", "confirmation", "found_class", "synthetic",
)  # fmt: skip
_PLANNED = ("plan", "day", "arm", "rank", "expected_harm")
_MAY_SEE_PLANS = ("inspection", "oversight", "training")


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that leaves: its bytes, how many rows, its digest, and the ledger's entry."""

    content: bytes
    rows: int
    sha256: str
    ledger_seq: int
    name: str


def columns_for(purpose: str) -> tuple[str, ...]:
    """Return the columns that leave for a purpose."""
    return (*_COLUMNS, *_PLANNED) if purpose in _MAY_SEE_PLANS else _COLUMNS


def export_request(ask: QueueAsk, count: int, *, purpose: str, form: str) -> tuple[str, dict[str, Any]]:
    """Return subject and payload of a request to take more than `ALONE` rows out.

    Raises:
        InputError: there are no rows, or more than `MOST`.
        UnknownName: no such format.
    """
    _check(form, count)
    said = ", ".join(f"{name} {value}" for name, value in ask.asks().items()) or "everything"
    payload = {"asks": ask.asks(), "purpose": purpose, "format": form, "rows": count}
    return f"{count} rows of the queue as {form}: {said}", payload


def agreed_export(
    workspace: Workspace, subject: str, payload: Mapping[str, Any], *, asked_by: str, agreed_by: str, ground: str
) -> dict[str, Any]:
    """Note that an export was agreed to; the asker fetches it within two days."""
    del workspace, subject, asked_by, agreed_by, ground  # the request keeps them; nothing leaves yet
    return {"rows": payload["rows"], "fetch": "/queue/export"}


def export(
    workspace: Workspace,
    ask: QueueAsk,
    *,
    person: str,
    purpose: str,
    form: str,
    agreed: Mapping[str, Any] | None = None,
) -> Exported:
    """Make the file and put its leaving on record.

    Args:
        workspace: whose queue.
        ask: which records.
        person: who takes it; the ledger holds a digest of the file, not the name (the log of reads does).
        purpose: what for; decides on the columns.
        form: csv | parquet.
        agreed: payload of the request that a second person agreed to, with `agreed_at`; None for up to `ALONE` rows.

    Raises:
        AccessError: more rows than one person takes out alone, or other rows than were agreed to.
        InputError: no rows, or more than `MOST`.
        UnknownName: no such format.
    """
    most = ALONE if agreed is None else MOST
    if agreed is not None:
        _hold_to(agreed, ask, purpose, form, workspace.clock())
    names = columns_for(purpose)
    table = rows_for_export(workspace, ask, names, most + 1)
    _check(form, table.num_rows)
    if table.num_rows > most:
        hint = "Ask for it with a ground: a second person agrees, and you fetch it."
        raise AccessError(f"One person takes out at most {ALONE} rows.", hint=hint)
    content = _bytes_of(_plain_lists(table), form)
    sha256 = hashlib.sha256(content).hexdigest()
    body = {
        "what": "queue", "rows": table.num_rows, "format": form, "purpose": purpose, "columns": list(names),
        "filter_sha256": hashlib.sha256(json.dumps(ask.asks(), sort_keys=True).encode()).hexdigest(),
        "file_sha256": sha256, "second_person": agreed is not None,
    }  # fmt: skip
    if not person:
        raise AccessError("Nobody takes this out.", hint="Sign in.")
    entry = workspace.ledger.append("export", body)
    name = f"queue-{workspace.clock():%Y%m%dT%H%M%S}.{form}"
    return Exported(content, table.num_rows, sha256, entry.seq, name)


class _Asked(Protocol):
    """A request for an act of two, as `counterflow.access` keeps it."""

    @property
    def act(self) -> str:
        """What was asked for."""
        ...

    @property
    def payload(self) -> Mapping[str, Any]:
        """What it was about."""
        ...

    @property
    def asked_by(self) -> str:
        """Id of the asker."""
        ...

    @property
    def state(self) -> str:
        """How it stands."""
        ...

    @property
    def closed_at(self) -> dt.datetime | None:
        """When it was agreed to."""
        ...


def agreed_payload(asked: _Asked, person_id: str) -> dict[str, Any] | None:
    """Return payload and `agreed_at` of an export that this person asked for and another agreed to; None otherwise."""
    own = asked.act == "queue-export" and asked.asked_by == person_id and asked.state in ("agreed", "overridden")
    return {**asked.payload, "agreed_at": asked.closed_at} if own else None


def fetchable(agreed: Mapping[str, Any], now: dt.datetime) -> bool:
    """Whether an export that was agreed to (payload with `agreed_at`) can still be fetched."""
    at: dt.datetime | None = agreed["agreed_at"]
    return at is not None and now <= at + dt.timedelta(days=_DAYS)


def _check(form: str, count: int) -> None:
    if form not in FORMATS:
        raise UnknownName("format of an export", form, FORMATS)
    if not count:
        raise InputError("No record fits.", hint="Nothing was taken out; change the filter.")
    if count > MOST:
        raise InputError(f"Nobody takes out more than {MOST} rows at once.", hint="Narrow the filter.")


def _hold_to(agreed: Mapping[str, Any], ask: QueueAsk, purpose: str, form: str, now: dt.datetime) -> None:
    """Refuse what is not what was agreed to, or is fetched too late."""
    told = (dict(agreed["asks"]), agreed["purpose"], agreed["format"])
    if told != (ask.asks(), purpose, form):
        raise AccessError("This is not what was agreed to.", hint="Filter, purpose and format must be the same.")
    if not fetchable(agreed, now):
        raise AccessError(f"An agreed export is fetched within {_DAYS} days.", hint="Ask again.")


def _plain_lists(table: pa.Table) -> pa.Table:
    """Write the codes as words with blanks between: bars are ours, not the reader's."""
    import pyarrow.compute as pc

    at = table.column_names.index("codes")
    return table.set_column(at, "codes", pc.replace_substring(pc.utf8_trim(table.column("codes"), "|"), "|", " "))


def _bytes_of(table: pa.Table, form: str) -> bytes:
    if form == "csv":
        return b"".join(csv_blocks(table))
    buffer = io.BytesIO()
    text = io.TextIOWrapper(buffer, write_through=True)
    write(table, form, text)
    text.flush()
    return buffer.getvalue()
