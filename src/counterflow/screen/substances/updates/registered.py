"""The registry's side of a comparison: what it has on one instrument on a day, one entry per line of the law."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from counterflow.reference.registry import Name, Registry
from counterflow.screen.substances.updates.entry import Entry, name_keys

__all__ = ["CODE_SCHEMES", "likely_instruments", "registered_entries"]

#: Whose codes the lists of an instrument print.
CODE_SCHEMES = {"us-csa": "DEA", "us-chemicals": "DEA"}
_CODE_CITED = re.compile(r"\(code (\w+)\)")
#: Names of greater ambiguity do not tell that two lines are the same.
_SURE = 1
#: A list that shares less than this of its names with an instrument is not a list of it.
_SHARED = 0.30
#: So much more than with any other must it share with one instrument to be plainly of that.
_PLAIN = 1.15


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


def likely_instruments(registry: Registry, entries: Sequence[Entry]) -> list[str]:
    """Return the instruments that a list may belong to, by names and codes they share; one where that is plain.

    Args:
        registry: the registry.
        entries: the list.

    Returns:
        Empty where the list shares few names with any instrument; several where they share about as many.
    """
    names = _names(registry)
    shared = {}
    for instrument in registry.instruments:
        held = {s for s, rows in registry.controls.items() if any(r.instrument == instrument for r in rows)}
        known = {k for s in held for n in (registry.substances[s].name, *names.get(s, ())) for k in name_keys(n)}
        met = sum(1 for entry in entries if entry.own_keys & known)
        if met >= _SHARED * len(entries):
            coded = _codes_shared(registry, instrument, entries)
            shared[instrument] = met / max(len(entries), 1) + met / max(len(held), 1) + coded
    best = max(shared.values(), default=0.0)
    return sorted((i for i in shared if shared[i] * _PLAIN >= best), key=lambda i: -shared[i])


def _codes_shared(registry: Registry, instrument: str, entries: Sequence[Entry]) -> float:
    """Return which share of the lines has a code that the lists of an instrument print."""
    scheme = CODE_SCHEMES.get(instrument)
    known = {i.value for i in registry.identifiers if i.scheme == scheme}
    return sum(1 for entry in entries if entry.code in known) / max(len(entries), 1)


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
