"""The registry's side of a comparison: what it has on one instrument on a day, one entry per line of the law."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from counterflow.reference.registry import Name, Registry
from counterflow.screen.substances.updates.entry import Entry

__all__ = ["CODE_SCHEMES", "meant_instrument", "registered_entries"]

#: Whose codes the lists of an instrument print.
CODE_SCHEMES = {"us-csa": "DEA", "us-chemicals": "DEA"}
_CODE_CITED = re.compile(r"\(code (\w+)\)")
#: Names of greater ambiguity do not tell that two lines are the same.
_SURE = 1
#: A list that shares less than this of its names with an instrument is not a list of it.
_SHARED = 0.30


def registered_entries(registry: Registry, instrument: str, day: date) -> list[Entry]:
    """Return what holds, or may hold, under an instrument on a day.

    Args:
        registry: the registry, as overlaid.
        instrument: id of the instrument.
        day: the day.
    """
    names = _names(registry)
    codes = _codes(registry, CODE_SCHEMES.get(instrument, ""))
    found = []
    for substance, rows in registry.controls.items():
        for row in rows:
            holds = row.holds_on(day)
            if row.instrument != instrument or holds is False:
                continue
            cited = _CODE_CITED.search(row.citation)
            own = codes.get(substance, [])
            found.append(
                Entry(
                    name=registry.substances[substance].name,
                    other_names=tuple(names.get(substance, ())),
                    list=row.list,
                    code=cited.group(1) if cited else own[0] if len(own) == 1 and not row.scope else "",
                    scheme=CODE_SCHEMES.get(instrument, ""),
                    inchikey=registry.structures[substance].inchikey if substance in registry.structures else "",
                    substance=substance,
                    scope=row.scope,
                    sure=bool(holds),
                )
            )
    return sorted(found, key=lambda e: (bool(e.scope), e.list, e.name, e.scope))


def meant_instrument(registry: Registry, entries: Sequence[Entry]) -> str | None:
    """Return the instrument whose entries, on any day, share the most names with a list; None where few do."""
    keys = {key for entry in entries for key in entry.own_keys}
    names = _names(registry)
    shares = {}
    for instrument in registry.instruments:
        held = {s for s, rows in registry.controls.items() if any(r.instrument == instrument for r in rows)}
        known = {k for s in held for n in (registry.substances[s].name, *names.get(s, ())) for k in Entry(n).own_keys}
        met = sum(1 for entry in entries if entry.own_keys & known)
        shares[instrument] = (met / max(len(entries), 1), met / max(len(held), 1))
    best = max(shares, key=lambda instrument: (sum(shares[instrument]), instrument))
    return best if keys and shares[best][0] >= _SHARED else None


def _names(registry: Registry) -> dict[str, list[str]]:
    named: defaultdict[str, list[str]] = defaultdict(list)
    for name in registry.names:
        if _tells(name):
            named[name.substance].append(name.text)
    return named


def _tells(name: Name) -> bool:
    return name.ambiguity <= _SURE and name.type != "street"


def _codes(registry: Registry, scheme: str) -> dict[str, list[str]]:
    coded: defaultdict[str, list[str]] = defaultdict(list)
    for identifier in registry.identifiers:
        if scheme and identifier.scheme == scheme:
            coded[identifier.substance].append(identifier.value)
    return coded
