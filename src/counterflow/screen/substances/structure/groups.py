"""How a class rule writes a group, and the one register of the predicates that decide it.

A rule writes a group as `name`, `name:1-6` (number of carbon atoms, or of links for `chain`) or `name(a, b:1-3)` (what
may hang on it, or what it ends in). Modules of predicates register themselves here under the names that rules use.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from counterflow.screen.substances.structure.sites import Fragment

__all__ = ["PREDICATES", "Group", "fits", "parse_group", "predicate", "shape", "words_of"]

_NAME = re.compile(r"\s*([a-z_]+)(?::(\d+)-(\d*))?\s*")


@dataclass(frozen=True, slots=True)
class Group:
    """A group as a rule writes it.

    Args:
        name: the predicate.
        low: least number of carbon atoms.
        high: greatest number; None without limit.
        parts: groups that may hang on it, or that it ends in.
    """

    name: str
    low: int = 0
    high: int | None = None
    parts: tuple[Group, ...] = ()

    def counts(self, number: int) -> bool:
        """Whether a number of carbon atoms is within the range."""
        return self.low <= number and (self.high is None or number <= self.high)

    def has(self, fragment: Fragment) -> bool:
        """Whether any of the parts fits a piece."""
        return any(PREDICATES[p.name](fragment, p) for p in self.parts)


Predicate = Callable[[Fragment, Group], bool]
PREDICATES: dict[str, Predicate] = {}
_WORDS: dict[str, str] = {}


def predicate(name: str, words: str) -> Callable[[Predicate], Predicate]:
    """Register a predicate under the name that rules write, with words for sentences; a name is taken once."""

    def register(function: Predicate) -> Predicate:
        if name in PREDICATES:
            raise ValueError(f"the group {name!r} is registered already")
        PREDICATES[name] = function
        _WORDS[name] = words
        return function

    return register


def shape(name: str, words: str) -> Callable[[Callable[[Fragment], bool]], Callable[[Fragment], bool]]:
    """Register a predicate that needs no counts and parts, under the name that rules write."""

    def register(function: Callable[[Fragment], bool]) -> Callable[[Fragment], bool]:
        predicate(name, words)(lambda fragment, _: function(fragment))
        return function

    return register


@cache
def parse_group(text: str) -> Group:
    """Return a group from a rule's text; raises ValueError for an unknown name or a broken text.

    >>> from counterflow.screen.substances.structure import predicates
    >>> parse_group("acyl(alkyl:1-3)").parts
    (Group(name='alkyl', low=1, high=3, parts=()),)
    """
    group, rest = _read_group(text, 0)
    if rest != len(text):
        raise ValueError(f"{text!r} is no group: {text[rest:]!r} was not understood")
    return group


def _read_group(text: str, at: int) -> tuple[Group, int]:
    found = _NAME.match(text, at)
    if not found or found[1] not in PREDICATES:
        raise ValueError(f"{text[at:]!r} names no known group")
    low, high = int(found[2] or 0), int(found[3]) if found[3] else None
    at, parts = found.end(), []
    if at < len(text) and text[at] == "(":
        while text[at] != ")":
            part, at = _read_group(text, at + 1)
            parts.append(part)
            if at >= len(text) or text[at] not in ",)":
                raise ValueError(f"{text!r} lacks a closing bracket")
        at += 1
    return Group(found[1], low, high, tuple(parts)), at


def fits(fragment: Fragment, group: str | Group) -> bool:
    """Whether a piece of a molecule is the group.

    Args:
        fragment: the piece.
        group: the group, or its text.
    """
    group = parse_group(group) if isinstance(group, str) else group
    return PREDICATES[group.name](fragment, group)


def words_of(group: Group) -> str:
    """Return a group in words, for findings."""
    words = _WORDS[group.name]
    if group.high is not None:
        words += f" of {group.low} to {group.high} carbon atoms" if group.high != group.low else f" (C{group.low})"
    return words
