"""Reading a molecule by the sites of a class rule: every way the core fits, every way the pieces fall to the sites.

A piece that hangs on one site is read by its options. One that joins several sites, as a fused ring does, is looked at
from each of them: where any of them excludes it the reading is out, else it is undecided at best (or out, where the
rule says that of bridges).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, NamedTuple

from counterflow.reference.class_rules import ClassRule, Exclusion, Site
from counterflow.screen.substances.structure.groups import Group, fits, words_of
from counterflow.screen.substances.structure.sites import MAPPINGS, Fragment, Mapping, cut, mappings

__all__ = [
    "IN",
    "OUT",
    "UNCLEAR",
    "Compiled",
    "CompiledOption",
    "Reading",
    "SiteFinding",
    "best_reading",
    "read_groups",
]

IN, OUT, UNCLEAR = "IN", "OUT", "UNCLEAR"
#: Ways of giving the pieces of one mapping to sites that are tried.
_ASSIGNMENTS = 128
#: Readings of one molecule by one rule that are tried.
_READINGS = 1024
_JOINED = "a ring joins places that the definition names one by one"


@dataclass(frozen=True, slots=True)
class SiteFinding:
    """What stands at one site of a molecule: letter of the provision, and the place with the finding in words."""

    site: str
    finding: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One way of reading a molecule: the verdict, whether it is the unmodified parent, what stands at the sites."""

    verdict: str
    parent: bool
    sites: tuple[SiteFinding, ...]

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """What decides between readings: the parent itself, then IN, then UNCLEAR, then OUT."""
        return self.parent, self.verdict == IN, self.verdict == UNCLEAR


#: Said where not every way is tried: no OUT can rest on it.
_MORE = Reading(UNCLEAR, False, (SiteFinding("core", "the core fits in more ways than are tried"),))


@dataclass(frozen=True, slots=True)
class CompiledOption:
    """An option of a rule with its groups parsed."""

    groups: tuple[Group, ...]
    then: str
    letter: str
    because: str
    alone: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule with its patterns parsed; `excluded` by formula and canonical SMILES without stereo."""

    rule: ClassRule
    family: Any
    cores: tuple[Any, ...]
    options: tuple[tuple[CompiledOption, ...], ...]
    excluded: dict[tuple[str, str], Exclusion]


class _Said(NamedTuple):
    """What a site says of one piece."""

    then: str
    letter: str
    finding: str
    alone: str


_Memo = dict[tuple[int, frozenset[int], tuple[tuple[int, int], ...]], _Said]


def best_reading(mol: Any, compiled: Compiled) -> Reading:
    """Return the reading that decides: the parent itself, else IN, else UNCLEAR, else OUT.

    Args:
        mol: the molecule.
        compiled: the rule.
    """
    read = list(islice(_readings(mol, compiled), _READINGS))
    if not read:
        return Reading(OUT, False, (SiteFinding("core", "the core of the definition is not there"),))
    if len(read) >= _READINGS:
        read.append(_MORE)
    return max(read, key=lambda r: r.rank)


def read_groups(site: Site, options: tuple[CompiledOption, ...], groups: Iterable[Fragment]) -> list[str]:
    """Return what one site says of the groups it bears: same, modified, unclear or out, for each and for their number.

    Args:
        site: the site.
        options: its options.
        groups: the pieces that hang there.
    """
    return [then for then, _ in _read_site(site, [_read_piece(site, options, g) for g in groups])]


def _readings(mol: Any, compiled: Compiled) -> Iterator[Reading]:
    memo: _Memo = {}
    for core in compiled.cores:
        seen: set[tuple[frozenset[int], ...]] = set()
        tried = 0
        for tried, mapping in enumerate(mappings(mol, core), 1):  # noqa: B007 - asked for after the loop
            at = [frozenset(mapping.numbered[n] for n in s.at if n in mapping.numbered) for s in compiled.rule.sites]
            # A core turned over fits again; where the sites hold the same atoms, the reading is the same.
            fit = (mapping.matched, *at)
            if fit not in seen:
                seen.add(fit)
                yield from _readings_of(mol, compiled, mapping, at, memo)
        if tried >= MAPPINGS:
            yield _MORE


def _readings_of(
    mol: Any, compiled: Compiled, mapping: Mapping, at: list[frozenset[int]], memo: _Memo
) -> Iterator[Reading]:
    pieces, crossing = _views(cut(mol, mapping.matched), at)
    crossing = crossing or mapping.joined(mol)
    if crossing and compiled.rule.bridging == "out":
        yield Reading(OUT, False, (SiteFinding("core", _JOINED),))
        return
    said: list[list[tuple[int, _Said]]] = []
    for piece in pieces:
        said.append(_said_of(compiled, piece, at, memo))
        if all(s.then == "out" and not s.alone for _, s in said[-1]):
            yield Reading(OUT, False, (_excluded(compiled, said[-1]),))
            return
    for chosen in islice(product(*said), _ASSIGNMENTS):
        reading = _read(compiled, [[s for n, s in chosen if n == k] for k in range(len(at))], at)
        yield _undecided(reading) if crossing else reading


def _excluded(compiled: Compiled, said: list[tuple[int, _Said]]) -> SiteFinding:
    """Return why a piece rules a reading out: what its site says, or that the definition names no site there."""
    if not said:
        return SiteFinding("core", "a group stands where the definition names no site")
    number, first = said[0]
    return SiteFinding(first.letter, f"{compiled.rule.sites[number].title}: {first.finding}")


def _said_of(compiled: Compiled, piece: Fragment, at: list[frozenset[int]], memo: _Memo) -> list[tuple[int, _Said]]:
    """Return the sites a piece can stand at with what they say of it; those that exclude it only if all do."""
    cores = [core for core, _ in piece.anchors]
    said = [(n, _remembered(compiled, n, piece, memo)) for n, atoms in enumerate(at) if atoms.issuperset(cores)]
    return [(n, s) for n, s in said if s.then != "out" or s.alone] or said[:1]


def _views(pieces: list[Fragment], at: list[frozenset[int]]) -> tuple[list[Fragment], bool]:
    """Return the pieces, one that joins several sites once for each place it hangs on, and whether there is one."""
    views, crossing = [], False
    for piece in pieces:
        if len(piece.anchors) == 1 or any(a.issuperset(core for core, _ in piece.anchors) for a in at):
            views.append(piece)
        else:
            crossing = True
            views.extend(Fragment(piece.mol, piece.atoms, (anchor,)) for anchor in piece.anchors)
    return views, crossing


def _undecided(reading: Reading) -> Reading:
    if reading.verdict == OUT and not reading.parent:
        return reading
    return Reading(UNCLEAR, False, (*(() if reading.verdict == IN else reading.sites), SiteFinding("core", _JOINED)))


def _remembered(compiled: Compiled, number: int, piece: Fragment, memo: _Memo) -> _Said:
    key = (number, piece.atoms, piece.anchors)
    if key not in memo:
        memo[key] = _read_piece(compiled.rule.sites[number], compiled.options[number], piece)
    return memo[key]


def _read(compiled: Compiled, here: list[list[_Said]], at: list[frozenset[int]]) -> Reading:
    said: list[tuple[str, SiteFinding]] = []
    for site, groups, atoms in zip(compiled.rule.sites, here, at, strict=True):
        if atoms:
            said.extend(_read_site(site, groups))
    then = {t for t, _ in said}
    if "out" in then:
        return Reading(OUT, False, _those(said, "out"))
    if "unclear" in then:
        return Reading(UNCLEAR, False, _those(said, "unclear"))
    if compiled.rule.combine == "any" and "modified" not in then:
        return Reading(OUT, True, (SiteFinding("core", "nothing is modified: the parent itself"),))
    return Reading(IN, False, _those(said, "modified"))


def _those(said: list[tuple[str, SiteFinding]], then: str) -> tuple[SiteFinding, ...]:
    return tuple(dict.fromkeys(finding for t, finding in said if t == then))


def _read_site(site: Site, groups: list[_Said]) -> Iterator[tuple[str, SiteFinding]]:
    if len(groups) < site.low or (site.high is not None and len(groups) > site.high):
        yield "out", SiteFinding(site.letter, f"{site.title}: {len(groups)} groups")
    elif not groups:
        yield site.empty, SiteFinding(site.letter, f"{site.title}: no group")
    lonely = all(said.then != "modified" for said in groups)
    for said in groups:
        then = said.alone if lonely and said.alone else said.then
        yield then, SiteFinding(said.letter, f"{site.title}: {said.finding}")


def _read_piece(site: Site, options: tuple[CompiledOption, ...], piece: Fragment) -> _Said:
    for option in options:
        for group in option.groups:
            if fits(piece, group):
                because = f" ({option.because})" if option.because else ""
                return _Said(option.then, option.letter or site.letter, words_of(group) + because, option.alone)
    return _Said(site.otherwise, site.letter, "a group not named" + (f" ({site.because})" if site.because else ""), "")
