"""What an official list would change in the registry: nothing is changed by it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from counterflow.core.errors import InputError, UnknownName, nearest
from counterflow.reference.new_names import searched_names
from counterflow.reference.registry import Registry
from counterflow.reference.registry_overlay import ADDED
from counterflow.screen.substances.updates.compare import UNSURE, Difference, compare
from counterflow.screen.substances.updates.entry import Entry, name_key
from counterflow.screen.substances.updates.list_names import matched_list
from counterflow.screen.substances.updates.official_list import OfficialList, Rejected
from counterflow.screen.substances.updates.registered import CODE_SCHEMES, likely_instruments, registered_entries

__all__ = ["COLUMNS", "REFUSED", "Change", "Proposal", "propose", "rows_of"]

#: Columns of what is printed, in order.
COLUMNS = ("change", "substance", "name", "list_before", "list_after", "scope", "code", "by", "line", "note")
#: What is printed in column `change` for a row of the list that could not be understood.
REFUSED = "refused"
_SURE = 1
_LONGEST_ID = 60


@dataclass(frozen=True, slots=True)
class Change:
    """One proposed change: the difference, with the substance it is about and whether the registry knows that."""

    difference: Difference
    substance: str
    is_new: bool

    @property
    def name(self) -> str:
        """The name as the list prints it; of what only the registry has, as that has it."""
        entry = self.difference.after or self.difference.before
        return entry.name if entry else ""

    def row(self) -> dict[str, Any]:
        """Return it as one row of a table."""
        before, after = self.difference.before, self.difference.after
        entry = after or before
        return {
            "change": self.difference.change,
            "substance": self.substance,
            "name": self.name,
            "list_before": before.list if before else "",
            "list_after": after.list if after else "",
            "scope": before.scope if before else "",
            "code": entry.code if entry else "",
            "by": self.difference.by,
            "line": after.line if after else None,
            "note": self._note(),
        }

    def _note(self) -> str:
        before, after = self.difference.before, self.difference.after
        if self.is_new:
            return "new to the registry"
        if self.difference.change == UNSURE and before:
            if not before.sure:
                return "the registry does not tell whether it held on that day"
            return "not on the list by name, but its code is"
        if self.difference.change == "renamed" and before:
            return f"until now {before.name}"
        return "no list is said for it" if after and not after.list and self.difference.change == ADDED else ""


@dataclass(frozen=True)
class Proposal:
    """What a list would change.

    Args:
        official: the list.
        instrument: id of the instrument it belongs to.
        day: the day as of which it was compared.
        registry: version of the registry it was compared with.
        held: entries of the registry on that day.
        changes: in the order added, removed, moved, renamed, unsure.
        rejected: rows refused, those with an unknown list among them.
    """

    official: OfficialList
    instrument: str
    day: date
    registry: str
    held: int
    changes: tuple[Change, ...]
    rejected: tuple[Rejected, ...]

    @property
    def understood(self) -> int:
        """Rows of the list that were compared."""
        return self.official.rows - len(self.rejected)

    def refused_rows(self) -> list[dict[str, Any]]:
        """Return the rows that could not be understood as rows of the same table: each with its line and reason."""
        empty = dict.fromkeys(COLUMNS, "")
        return [
            empty | {"change": REFUSED, "name": row.value, "line": row.line, "note": row.reason}
            for row in self.rejected
        ]

    def counts(self) -> Mapping[str, int]:
        """Return how many changes there are of each kind."""
        return Counter(change.difference.change for change in self.changes)


def propose(registry: Registry, official: OfficialList, *, instrument: str | None, day: date) -> Proposal:
    """Return what `official` would change.

    Args:
        registry: the registry, as overlaid.
        official: the list.
        instrument: id of the instrument; None to tell it from the names.
        day: the day that the list speaks of.

    Raises:
        UnknownName: there is no such instrument.
        InputError: the list names too few substances of any instrument, or of the one named.
    """
    meant = _instrument(registry, official, instrument)
    entries, refused = _with_lists(registry, official, meant)
    before = registered_entries(registry, meant, day)
    found = _within(compare(before, entries), {entry.list for entry in entries}, official)
    changes = tuple(_resolved(registry, found))
    return Proposal(official, meant, day, registry.version, len(before), changes, (*official.rejected, *refused))


def rows_of(differences: Iterable[Difference]) -> list[dict[str, Any]]:
    """Return differences between two files as rows of a table."""
    return [Change(d, "", False).row() for d in differences]


def _instrument(registry: Registry, official: OfficialList, named: str | None) -> str:
    if named is not None:
        if named not in registry.instruments:
            raise UnknownName("instrument", named, registry.instruments)
        return named
    likely = likely_instruments(registry, official.entries)
    if len(likely) == 1:
        return likely[0]
    known = " | ".join(likely or registry.instruments)
    if likely:
        said = f"The list may be of any of {len(likely)} instruments."
        raise InputError(said, hint=f"Say whose it is: --instrument {known}.", file=official.file)
    raise InputError(
        f"Of {len(official.entries)} names, too few stand on any instrument of the registry.",
        hint=f"Is it the right file? If so, say whose list it is: --instrument {known}.",
        file=official.file,
    )


def _with_lists(registry: Registry, official: OfficialList, instrument: str) -> tuple[list[Entry], list[Rejected]]:
    """Return the entries with their lists called as in the registry, and rows whose list it does not know."""
    known = sorted({r.list for rows in registry.controls.values() for r in rows if r.instrument == instrument})
    scheme = CODE_SCHEMES.get(instrument, "")
    meant = {entry.list: matched_list(entry.list, known) for entry in official.entries if entry.list}
    taken, refused = [], []
    for entry in official.entries:
        name = meant.get(entry.list, "")
        if name is None:
            close = nearest(entry.list, known) or known
            reason = f"the registry has no list {entry.list[:40]!r} of {instrument}; it has {', '.join(close[:6])}"
            refused.append(Rejected(entry.line, reason, entry.name[:120]))
        else:
            taken.append(replace(entry, list=name, scheme=scheme if entry.code else ""))
    if not taken:
        first = refused[0]
        raise InputError(f"No row could be understood: {first.reason}.", file=official.file, line=first.line)
    return taken, refused


def _within(found: Iterable[Difference], lists: set[str], official: OfficialList) -> list[Difference]:
    """Return the differences that a list can tell: one of a single schedule says nothing of the others' entries."""
    single = bool(official.list_name) and "list" not in official.columns
    return [d for d in found if d.after or not single or (d.before and d.before.list in lists)]


def _resolved(registry: Registry, differences: Iterable[Difference]) -> Iterable[Change]:
    """Yield the differences with their substances; what no sign joins to a known one becomes one of its own."""
    index, invented = _Index(registry), dict[str, str]()
    for difference in differences:
        before, after = difference.before, difference.after
        if before is not None:
            yield Change(difference, before.substance, False)
        elif after is not None:
            known = index.find(after)
            new = invented.setdefault(name_key(after.name), "") if known is None else ""
            if known is None and not new:
                new = _new_id(after.name, {*registry.substances, *invented.values()})
                invented[name_key(after.name)] = new
            yield Change(difference, known or new, known is None)


class _Index:
    """By what signs the registry knows its substances: names, codes, CAS numbers, skeletons."""

    def __init__(self, registry: Registry) -> None:
        self._met: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for substance in registry.substances.values():
            self._met["name", name_key(substance.name)].add(substance.id)
        for name in registry.names:
            if name.ambiguity <= _SURE and name.type != "street":
                self._met["name", name_key(name.text)].add(name.substance)
        for identifier in registry.identifiers:
            self._met[identifier.scheme, identifier.value].add(identifier.substance)
        for structure in registry.structures.values():
            if structure.inchikey:
                self._met["skeleton", structure.inchikey[:14]].add(structure.substance)

    def find(self, entry: Entry) -> str | None:
        """Return the one substance that a line means, by the surest sign; None where none or several answer."""
        signs = [("CAS", entry.cas), *(("name", key) for key in sorted(entry.own_keys))]
        signs += [("skeleton", entry.skeleton)]
        for sign in signs:
            met = self._met.get(sign, set()) if sign[1] else set()
            if len(met) == 1:
                return next(iter(met))
        return None


def _new_id(name: str, taken: Iterable[str]) -> str:
    """Return an id for a substance that is new: its first name in lower case, told apart where that is taken."""
    name = next(iter(searched_names(name, official=True)))
    words = re.findall(r"[a-z0-9]+", name_key(name) if not name.isascii() else name.casefold())
    id_ = "-".join(words)[:_LONGEST_ID].strip("-") or "substance"
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{id_}-{digest}" if id_ in set(taken) else id_
