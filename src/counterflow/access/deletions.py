"""Deletion as an act of two people: one asks, another agrees, and the ledger shows both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from counterflow.access.doors import Doors
from counterflow.core.errors import InputError
from counterflow.store.erasure import erase_before, erase_records

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["erase", "erase_old"]

#: the words that were written stand with the request, where they can be erased
_GROUND = "agreed by two people; the ground stands with the request"


def erase(
    workspace: Workspace, subject: str, payload: Mapping[str, Any], *, asked_by: str, agreed_by: str, ground: str
) -> dict[str, Any]:
    """Erase the personal data of the records `payload["records"]` of the source `subject`."""
    records = payload.get("records")
    if not isinstance(records, list) or not records:
        raise InputError("No record is named.", hint="Give the ids of the records.", column="records")
    named = [str(record) for record in records]
    del ground
    return {
        "erased": erase_records(workspace, subject, named, person=_ids(workspace, asked_by, agreed_by), ground=_GROUND)
    }


def erase_old(
    workspace: Workspace, subject: str, payload: Mapping[str, Any], *, asked_by: str, agreed_by: str, ground: str
) -> dict[str, Any]:
    """Erase the personal data of every record declared before the day `subject`."""
    del payload, ground
    try:
        day = dt.date.fromisoformat(subject)
    except ValueError:
        hint = "Write it as 2026-03-01."
        raise InputError("This is no day.", hint=hint, column="before", value=subject) from None
    return {"erased": erase_before(workspace, day, person=_ids(workspace, asked_by, agreed_by), ground=_GROUND)}


def _ids(workspace: Workspace, *names: str) -> str:
    """Return the ids of the two: their names stay out of the ledger."""
    people = Doors.of(workspace).people
    return " and ".join(people.id_of(name) for name in names)
