"""Who sees harm how finely: by role, purpose, level and approvals.

Counts of harm are kept for health. Who serves health and asks for the response sees what there is. Everybody else sees
counties and coarser; an enforcement role sees finer only for a named purpose, area and period that one person of the
health side and another of oversight both agreed to, until a day, and every such read stands in the ledger. What is not
known to be coarse counts as fine, and what is not known to be supply counts as harm: a doubt hides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.errors import AccessError, UnknownName
from counterflow.watch.disclosure.approvals import Approval

__all__ = ["COARSE", "HEALTH", "LEVELS", "PURPOSES", "ROLES", "SUPPLY", "Allowed", "allowed", "role_in_force"]

ROLES = ("health", "oversight", "enforcement")
HEALTH = "health-response"
#: what harm data may be asked for; finer than a county only the first, and audit for oversight, without approvals
PURPOSES = (HEALTH, "audit", "evaluation", "planning", "supply-response")
LEVELS = ("nation", "region", "state", "county", "subcounty", "site")
COARSE = frozenset(LEVELS[:4])
#: measures of supply; every other one is harm
SUPPLY = frozenset(
    {"seizures", "seizure-mass", "mass-kg", "lab-reports", "price", "purity", "tablets", "tablet-mg", "seized-doses"}
)
#: what a role may be tried on as: never as one that sees more
_AT_MOST = {"health": ROLES, "oversight": ("oversight", "enforcement"), "enforcement": ("enforcement",)}


@dataclass(frozen=True)
class Allowed:
    """What may be shown of some rows.

    Args:
        shown: whether each row may be shown, shape (rows,).
        places: place of each row as it may be named: its own, or the coarser one it lies in.
        approvals: requests whose agreement lets a row through; the read is to be put in the ledger.
        why: why rows are withheld, in words; "" where none is.
    """

    shown: npt.NDArray[np.bool_]
    places: tuple[str, ...]
    approvals: tuple[str, ...]
    why: str

    @property
    def refused(self) -> int:
        """Rows withheld."""
        return int((~self.shown).sum())


def role_in_force(installed: str, asked: str | None) -> str:
    """Return the role to show for: the one that the installation serves, or one that sees less.

    Raises:
        UnknownName: there is no such role.
        AccessError: the role asked for sees more than the installation's.
    """
    if asked is None:
        return installed
    if asked not in ROLES:
        raise UnknownName("role", asked, ROLES)
    if asked not in _AT_MOST[installed]:
        hint = "The setting watch.role says whom it serves; `watch approve` lets two persons open an area."
        raise AccessError(f"This installation serves {installed}; it does not show what {asked} sees.", hint=hint)
    return asked


def allowed(
    rows: pa.Table,
    role: str,
    purpose: str = HEALTH,
    approvals: Sequence[Approval] = (),
    now: dt.date | None = None,
    *,
    coarser: Mapping[str, str] | None = None,
    period: tuple[dt.date, dt.date] | None = None,
) -> Allowed:
    """Say which rows may be shown, and how their places may be named.

    Args:
        rows: `place`, `level`, `measure` of each row, as a `Grid.key` has them; more columns are ignored.
        role: health | oversight | enforcement.
        purpose: one of `PURPOSES`.
        approvals: agreements on record (`approvals.standing`); those that do not hold are passed over.
        now: day of the read; needed where approvals are given.
        coarser: place to the county or coarser place that it lies in (`response.places.counties`).
        period: first and last day of the counts; with approvals the rows must lie inside theirs.

    Raises:
        UnknownName: no such role or purpose.
    """
    if role not in ROLES:
        raise UnknownName("role", role, ROLES)
    if purpose not in PURPOSES:
        raise UnknownName("purpose", purpose, PURPOSES)
    names, levels, measures = (_texts(rows, name) for name in ("place", "level", "measure"))
    known = coarser or {}
    fine = np.array(
        [level not in COARSE and measure not in SUPPLY for level, measure in zip(levels, measures, strict=True)],
        np.bool_,
    )
    shown = ~fine
    used: set[str] = set()
    if (role, purpose) in {("health", HEALTH), ("oversight", "audit")}:
        shown[:] = True
    elif role == "enforcement" and approvals and now is not None:
        held = [one for one in approvals if one.holds(now, role, purpose, period)]
        for place in np.flatnonzero(fine):
            through = [one for one in held if one.area in {names[place], known.get(names[place], "")}]
            shown[place] = bool(through)
            used |= {one.request for one in through}
    own = (role == "health" and purpose == HEALTH) or role == "enforcement"
    places = tuple(
        name if not hidden or (own and through) else known.get(name, "an area that is not named")
        for name, hidden, through in zip(names, fine, shown, strict=True)
    )
    return Allowed(shown, places, tuple(sorted(used)), _why(int((~shown).sum()), role, purpose))


def _texts(rows: pa.Table, column: str) -> list[str]:
    return [str(value or "") for value in rows.column(column).to_pylist()]


def _why(count: int, role: str, purpose: str) -> str:
    if not count:
        return ""
    rows = "1 series of harm below the county is" if count == 1 else f"{count:,} series of harm below the county are"
    if role == "enforcement":
        rest = "An enforcement role sees them when one person of health and another of oversight have agreed"
        return f"{rows} withheld. {rest}: counterflow watch approve."
    right = HEALTH if role == "health" else "audit"
    return f"{rows} withheld: {role} sees them for the purpose {right}, not {purpose}."
