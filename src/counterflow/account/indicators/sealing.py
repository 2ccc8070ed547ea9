"""An act on a pack: who did it, a digest in the ledger under a salt, and no words or names there."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from counterflow.account.indicators.records import Pack, Target
from counterflow.core.errors import InputError
from counterflow.core.persons import folded
from counterflow.store.salts import salt_of
from counterflow.store.target_payloads import PROMISES_UNDER

if TYPE_CHECKING:
    from counterflow.store.ledger import Entry
    from counterflow.store.workspace import Workspace

__all__ = ["expectation", "named", "seal_promise"]

_LONGEST = 200


def named(person: str | None) -> str:
    """Return a person's name without needless blanks; raises InputError where nobody is named."""
    plain = " ".join((person or "").split())
    if not plain or len(plain) > _LONGEST or not folded(plain):
        raise InputError("This act needs the person who does it.", hint="Give --person NAME.", column="person",
                         value=person or None)  # fmt: skip
    return plain


def expectation(pack: Pack, target: Target) -> str:
    """Return the SHA-256 over all that is expected of a target: indicator, baseline, readings, milestones."""
    own, base = pack.indicators[target.indicator], target.baseline
    said = {
        "indicator": [own.id, own.unit, own.definition, own.direction],
        "baseline": [repr(base.amount.value), str(base.period.last if base.period else None)] if base else None,
        "readings": [[one.id, repr(one.amount.value) if one.amount else None, one.deadline.last.isoformat()]
                     for one in target.readings],
        "milestones": [[one.period.last.isoformat(), repr(one.amount.value)] for one in target.milestones],
        "form": target.form, "change": repr(target.change),
    }  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def seal_promise(
    workspace: Workspace, kind: str, pack: str, said: Sequence[object], body: Mapping[str, Any], persons: Sequence[str]
) -> Entry:
    """Write the ledger's entry for an act on a pack.

    Args:
        workspace: whose ledger.
        kind: kind of entry.
        pack: name of the pack; names the salt, and erases it.
        said: what the digest is over: words and names that the ledger must not hold.
        body: what the entry says openly: ids, days, numbers as decimal text.
        persons: who acted; digests are written.
    """
    from counterflow.store.ledger import salted_digest

    salt = salt_of(workspace.store, PROMISES_UNDER, pack)
    plain = [part.isoformat() if isinstance(part, dt.date | dt.datetime) else part for part in said]
    digest = salted_digest(salt, json.dumps([*plain, *persons], ensure_ascii=False))
    who = [salted_digest(salt, f"person:{folded(person)}") for person in persons]
    return workspace.ledger.append(kind, {"pack": pack, **body, "persons": who, "digest": digest})
