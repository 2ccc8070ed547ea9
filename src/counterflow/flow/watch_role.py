"""As whom of the room of early warning a person of the console reads: health, oversight or enforcement, and what for.

The room knows three roles (`watch.disclosure.rules`), the console seven with purposes. Whoever may see small areas and
is here for the health response reads as health; oversight reads as oversight; everybody else as those who see counties
and coarser, unless two sides agreed to more. Nobody sees more than the installation's own role.
"""

from __future__ import annotations

from dataclasses import dataclass

from counterflow.core.errors import AccessError
from counterflow.watch.disclosure.rules import HEALTH, role_in_force

__all__ = ["Reader", "reader_of"]

_OVERSIGHT = frozenset({"oversight"})
_ENFORCING = frozenset({"inspection", "investigation", "compliance"})


@dataclass(frozen=True, slots=True)
class Reader:
    """A role and a purpose of `watch.disclosure.rules`."""

    role: str
    purpose: str


def reader_of(installed: str, purpose: str, *, local: bool) -> Reader:
    """Return as whom somebody reads.

    Args:
        installed: the setting watch.role.
        purpose: purpose of the person's session.
        local: whether that person may see harm below the county.

    >>> reader_of("health", "health-response", local=True)
    Reader(role='health', purpose='health-response')
    >>> reader_of("health", "inspection", local=False)
    Reader(role='enforcement', purpose='supply-response')
    >>> reader_of("enforcement", "health-response", local=True).role
    'enforcement'
    """
    if purpose in _ENFORCING:
        asked = Reader("enforcement", "supply-response")
    elif not local:
        asked = Reader("oversight", "evaluation")
    else:
        asked = Reader("oversight", "audit") if purpose in _OVERSIGHT else Reader("health", HEALTH)
    try:
        return Reader(role_in_force(installed, asked.role), asked.purpose)
    except AccessError:
        return Reader(installed, asked.purpose)
