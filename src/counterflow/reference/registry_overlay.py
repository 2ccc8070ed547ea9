"""The registry with what a site has accepted since: rows get an end or a beginning, none is ever deleted.

`overlaid` is a pure function of the shipped registry and the accepted changes, in the order they were accepted. An
answer as of an earlier day is therefore what it was before; an update that was wrong is undone by further changes with
a date of their own (`taken_back`).

>>> from datetime import date
>>> from counterflow.reference.csv_files import Source
>>> from counterflow.reference.registry import load_registry
>>> source = Source("update-1", "an official list", "Official Journal, 2030", "text at hand")
>>> day, lists = date(2030, 7, 1), ("Schedule III", "Schedule II")
>>> moved = RegistryChange("moved", "us-csa", "ketamine", "Ketamine", day, source, *lists)
>>> registry = overlaid(load_registry(), [moved])
>>> [registry.controls_on("ketamine", date(2030, month, 30), ["US"])[0].list for month in (6, 7)]
['Schedule III', 'Schedule II']
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from counterflow.core.errors import UnknownName
from counterflow.reference.csv_files import Source
from counterflow.reference.new_names import ambiguity_of, searched_names, type_of
from counterflow.reference.registry import Registry
from counterflow.reference.registry_tables import Control, Identifier, Name, Structure, Substance

__all__ = ["ADDED", "MOVED", "REMOVED", "RENAMED", "RegistryChange", "overlaid", "taken_back", "takes_effect"]

ADDED, REMOVED, MOVED, RENAMED = "added", "removed", "moved", "renamed"
#: Of what sort a substance is that a list only names: nothing else is known of it here.
UNKNOWN_KIND = "unknown"


@dataclass(frozen=True, slots=True)
class RegistryChange:
    """One accepted change.

    Args:
        change: added | removed | moved | renamed.
        instrument: id of the instrument.
        substance: id of the substance; one that the registry does not know becomes a substance of its own.
        name: name as the list prints it.
        effective: first day on which it holds.
        source: the list, who accepted it and when.
        list_before: list on which it stood; of what is removed or moved.
        list_after: list on which it stands; of what is added or moved.
        scope: words that narrow the entry to some preparations.
        code: code that the list gives, with `scheme`: whose code it is.
        scheme: see there.
        cas: CAS number that the list gives.
        other_names: further names that the list gives.
        smiles: structure that the list gives, without salt; of a substance that is new.
        inchikey: InChIKey of it.
    """

    change: str
    instrument: str
    substance: str
    name: str
    effective: date
    source: Source
    list_before: str = ""
    list_after: str = ""
    scope: str = ""
    code: str = ""
    scheme: str = ""
    cas: str = ""
    other_names: tuple[str, ...] = ()
    smiles: str = ""
    inchikey: str = ""


def overlaid(registry: Registry, changes: Iterable[RegistryChange]) -> Registry:
    """Return the registry with these changes in force from their days; the same registry where there are none.

    Args:
        registry: the registry they were accepted on, or a later shipped one: a change whose row is gone or ended there
            changes nothing twice.
        changes: in the order they were accepted.

    Raises:
        UnknownName: a change names an instrument that the registry does not know.
    """
    accepted = tuple(changes)
    if not accepted:
        return registry
    controls = dict(registry.controls)
    for change in accepted:
        if change.instrument not in registry.instruments:
            raise UnknownName("instrument", change.instrument, registry.instruments)
        controls[change.substance] = _changed(controls.get(change.substance, ()), change, registry)
    substances = dict(registry.substances)
    for change in accepted:
        if change.substance not in substances:
            substances[change.substance] = _new_substance(change, registry)
    identifiers = registry.identifiers + _new_identifiers(registry, accepted)
    return replace(
        registry,
        version=_version(registry, accepted),
        substances=substances,
        names=registry.names + _new_names(registry, accepted),
        identifiers=identifiers,
        controls=controls,
        structures={**_new_structures(registry, accepted), **registry.structures},
        cas_numbers={**{i.value: i for i in identifiers if i.scheme == "CAS"}, **registry.cas_numbers},
    )


def takes_effect(registry: Registry, change: RegistryChange) -> bool:
    """Say whether a change would change anything: what is removed or moved holds on its day, what is added does not.

    Args:
        registry: the registry before it.
        change: the change; a rename always brings a name.
    """
    rows = registry.controls.get(change.substance, ())
    if change.change in (REMOVED, MOVED):
        return any(_is_meant(row, change) for row in rows)
    return change.change == RENAMED or not _holds_already(rows, change)


def taken_back(changes: Sequence[RegistryChange], effective: date, source: Source) -> tuple[RegistryChange, ...]:
    """Return the changes that undo `changes` from a day on; names stay, since what was once read stays readable.

    Args:
        changes: changes of one update, in order.
        effective: first day on which they no longer hold.
        source: who took them back, and when.
    """
    opposite = {ADDED: REMOVED, REMOVED: ADDED, MOVED: MOVED}
    return tuple(
        replace(
            c, change=opposite[c.change], effective=effective, source=source,
            list_before=c.list_after, list_after=c.list_before,
        )
        for c in reversed(changes)
        if c.change in opposite
    )  # fmt: skip


def _version(registry: Registry, changes: Sequence[RegistryChange]) -> str:
    digest = hashlib.sha256(registry.version.encode())
    for change in changes:
        digest.update(repr(change).encode())
    return digest.hexdigest()[:12]


def _changed(rows: tuple[Control, ...], change: RegistryChange, registry: Registry) -> tuple[Control, ...]:
    """Return the entries of one substance after one change."""
    if change.change in (REMOVED, MOVED):
        like = [row for row in rows if _is_meant(row, change)]
        rows = tuple(_ended(row, change) if row in like else row for row in rows)
    else:
        like = [row for row in rows if _place(row) == _place_after(change)]
    if change.change in (ADDED, MOVED) and not _holds_already(rows, change):
        rows = (*rows, _begun(change, like[-1] if like else None, registry))
    return rows


def _place(row: Control) -> tuple[str, str, str]:
    return row.instrument, row.list, row.scope


def _place_after(change: RegistryChange) -> tuple[str, str, str]:
    return change.instrument, change.list_after, change.scope


def _is_meant(row: Control, change: RegistryChange) -> bool:
    place = (row.instrument, row.list, row.scope)
    return (
        place == (change.instrument, change.list_before, change.scope) and row.holds_on(change.effective) is not False
    )


def _holds_already(rows: tuple[Control, ...], change: RegistryChange) -> bool:
    return any(_place(row) == _place_after(change) and row.holds_on(change.effective) for row in rows)


def _ended(row: Control, change: RegistryChange) -> Control:
    last = (change.effective - timedelta(days=1)).isoformat()
    citation = f"{row.citation}; ended by {change.source.title}"
    return replace(row, date_to=last, citation=citation, date_read=row.date_read or "text")


def _begun(change: RegistryChange, before: Control | None, registry: Registry) -> Control:
    """Return the entry that a change begins: it reaches as far as the one before it, else as others of its list."""
    like, citation = before or _usual(registry, change), change.source.citation
    if before is None and like is not None:
        citation += f"; reach and basis as most entries of {change.list_after} have them"
    return Control(
        substance=change.substance,
        instrument=change.instrument,
        list=change.list_after,
        date_from=change.effective.isoformat(),
        date_to="",
        date_read="text",
        basis=like.basis if like else "drug",
        extends_to=like.extends_to if like else (),
        scope=change.scope,
        threshold=before.threshold if before else "",
        citation=citation,
        source=change.source,
        read="text",
    )


def _usual(registry: Registry, change: RegistryChange) -> Control | None:
    """Return the most usual entry of a list, for its basis and reach; else that of its instrument."""
    rows = [r for of in registry.controls.values() for r in of if r.instrument == change.instrument and not r.scope]
    rows = [r for r in rows if r.list == change.list_after] or rows
    usual = Counter((r.basis, r.extends_to) for r in rows).most_common(1)
    return next((r for r in rows if usual and (r.basis, r.extends_to) == usual[0][0]), None)


def _new_substance(change: RegistryChange, registry: Registry) -> Substance:
    """Return a substance of which no more is known than that a list names it: its family is its own."""
    usual = _usual(registry, change)
    precursor = usual is not None and "precursor" in usual.basis
    grade = "precursor" if precursor else "drug"
    name = next(iter(searched_names(change.name, official=True)))
    return Substance(change.substance, name, UNKNOWN_KIND, grade, change.substance, "some", change.source)


def _new_names(registry: Registry, changes: Sequence[RegistryChange]) -> tuple[Name, ...]:
    """Return the names that the changes bring and the registry does not have: a rename's, a new substance's."""
    seen = {(n.substance, n.text.casefold()) for n in registry.names}
    found = []
    for change in changes:
        if change.change != RENAMED and change.substance in registry.substances:
            continue
        texts = searched_names(change.name, official=True)
        for name in change.other_names:
            texts |= {text: False for text in searched_names(name, official=False) if text not in texts}
        for text, official in texts.items():
            key = (change.substance, text.casefold())
            if key not in seen:
                seen.add(key)
                kind = "statutory" if official else type_of(text)
                ambiguity = ambiguity_of(text, official=official)
                found.append(Name(change.substance, text, "", kind, ambiguity, change.source))
    return tuple(found)


def _new_structures(registry: Registry, changes: Sequence[RegistryChange]) -> dict[str, Structure]:
    """Return the structures of new substances; one source stands behind each: the list."""
    return {
        c.substance: Structure(c.substance, c.smiles, c.inchikey, "one", (c.source,))
        for c in changes
        if c.smiles and c.inchikey and c.substance not in registry.substances
    }


def _new_identifiers(registry: Registry, changes: Sequence[RegistryChange]) -> tuple[Identifier, ...]:
    known = {(i.scheme, i.value) for i in registry.identifiers}
    found: dict[tuple[str, str], Identifier] = {}
    for change in changes:
        if change.substance in registry.substances:
            continue
        for scheme, value in ((change.scheme, change.code), ("CAS", change.cas)):
            if scheme and value and (scheme, value) not in known:
                found.setdefault((scheme, value), Identifier(change.substance, scheme, value, "", change.source))
    return tuple(found.values())
