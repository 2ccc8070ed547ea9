"""Finding substances in many texts at once, and weighing what was found in each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from counterflow.matching.automaton import TermAutomaton
from counterflow.reference.goods_tables import load_goods_tables
from counterflow.reference.registry import Name, Substance, load_registry
from counterflow.screen.substances.context import Context, read_context
from counterflow.screen.substances.disguise import rows_in_disguise, undisguised
from counterflow.screen.substances.numbers import CasNumber, cas_numbers, rows_with_numbers
from counterflow.screen.substances.strength import BASES, strength_of

__all__ = ["Mention", "WrongNumber", "find_mentions"]

#: A text that names one substance more often than this is read no further for it.
_READ_PER_SUBSTANCE = 20
_CORROBORATED, _ORDINARY_WORD = 2, 3
#: Shorter names are too easily read out of part numbers.
_LONG_ENOUGH = 6


@dataclass(frozen=True, slots=True)
class Mention:
    """One substance met in one text: its strongest place.

    Args:
        row: position of the text.
        substance: what is named.
        start: first character, from 0.
        end: one past the last.
        matched: the text met.
        written: how it is written, a key of `strength.BASES`.
        ambiguity: ambiguity of the name; 0 for a number.
        context: the words beside it.
        strength: by the rules of `strength.py`.
        places: how often the text names the substance.
        disguised: whether the name had to be read out of a disguise.
    """

    row: int
    substance: Substance
    start: int
    end: int
    matched: str
    written: str
    ambiguity: int
    context: Context
    strength: float
    places: int
    disguised: bool


@dataclass(frozen=True, slots=True)
class WrongNumber:
    """A number called a CAS number that fails its check digit; `meant`: the substance one digit away."""

    row: int
    number: CasNumber
    meant: Substance | None


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int
    written: str
    ambiguity: int
    disguised: bool = False


@dataclass(frozen=True)
class _Lexicon:
    automaton: TermAutomaton
    names: Sequence[Name | None]  # None: a phrase that only sounds like a name
    bodies: dict[str, str]  # CAS number without its check digit -> substance


@cache
def _lexicon() -> _Lexicon:
    registry = load_registry()
    innocent = list(load_goods_tables().context["homonym"])
    return _Lexicon(
        automaton=TermAutomaton([*(n.text for n in registry.names), *innocent]),
        names=[*registry.names, *([None] * len(innocent))],
        bodies={number[:-2]: i.substance for number, i in registry.cas_numbers.items()},
    )


def find_mentions(texts: pa.Array) -> Iterator[Mention | WrongNumber]:
    """Yield what the texts name, in order of row, strongest first within a row.

    Clean texts cost one pass of the term automaton and one of a sieve for numbers; only texts with a hit are read.

    Args:
        texts: strings; null is a text without hits.
    """
    as_python = texts.to_pylist()
    lexicon = _lexicon()
    named: defaultdict[int, list[tuple[Name, int, int]]] = defaultdict(list)
    for row, term, start, end in lexicon.automaton.find(as_python):
        name = lexicon.names[term]
        if name is not None:
            named[row].append((name, start, end))
    numbered = {row: numbers for row in rows_with_numbers(texts) if (numbers := list(cas_numbers(as_python[row])))}
    hidden = _hidden(texts, as_python, lexicon)
    for row in sorted(named.keys() | numbered.keys() | hidden.keys()):
        places = [_Place(start, end, name.type, name.ambiguity) for name, start, end in named.get(row, [])]
        met = list(zip((name.substance for name, _, _ in named.get(row, [])), places, strict=True))
        met += _not_seen(hidden.get(row, []), places)
        yield from _weigh(row, as_python[row], met, numbered.get(row, []), lexicon)


def _hidden(texts: pa.Array, as_python: list[str], lexicon: _Lexicon) -> dict[int, list[tuple[str, _Place]]]:
    """Return names read out of a disguise, by row. Only sure names of six letters or more count here."""
    readings = [(row, *reading) for row in rows_in_disguise(texts) for reading in undisguised(as_python[row])]
    found: defaultdict[int, list[tuple[str, _Place]]] = defaultdict(list)
    for number, term, start, end in lexicon.automaton.find([plain for _, plain, _ in readings]):
        name, (row, _, places) = lexicon.names[term], readings[number]
        if name is not None and name.ambiguity == 0 and len(name.text) >= _LONG_ENOUGH:
            place = _Place(places[start], places[end - 1] + 1, name.type, 0, disguised=True)
            found[row].append((name.substance, place))
    return found


def _not_seen(hidden: list[tuple[str, _Place]], seen: list[_Place]) -> list[tuple[str, _Place]]:
    """Return the disguised places that no plain name touches, each once."""
    free = [(s, p) for s, p in hidden if not any(p.start < q.end and q.start < p.end for q in seen)]
    return list(dict.fromkeys(free))


def _weigh(
    row: int, text: str, named: list[tuple[str, _Place]], numbers: list[CasNumber], lexicon: _Lexicon
) -> Iterator[Mention | WrongNumber]:
    places: defaultdict[str, list[_Place]] = defaultdict(list)
    for substance_id, place in named:
        places[substance_id].append(place)
    yield from _add_numbers(row, places, numbers, lexicon)
    sure = {substance for substance, met in places.items() if any(p.ambiguity <= 1 for p in met)}
    mentions = [m for s, met in places.items() if (m := _strongest(row, text, s, met, sure)) is not None]
    yield from sorted(mentions, key=lambda m: (-m.strength, m.start, m.substance.id))


def _add_numbers(
    row: int, places: defaultdict[str, list[_Place]], numbers: list[CasNumber], lexicon: _Lexicon
) -> Iterator[WrongNumber]:
    registry = load_registry()
    for number in numbers:
        identifier = registry.cas_numbers.get(number.text)
        if identifier is not None:
            agrees = any(p.ambiguity <= _CORROBORATED for p in places.get(identifier.substance, ()))
            written = "CAS and name" if agrees else "CAS"
            places[identifier.substance].append(_Place(number.start, number.end, written, 0))
        elif not number.valid:
            body = lexicon.bodies.get(number.text[:-2])
            yield WrongNumber(row, number, registry.substances[body] if body else None)


def _strongest(row: int, text: str, substance_id: str, places: list[_Place], sure: set[str]) -> Mention | None:
    """Return the strongest place that counts, or None where only ambiguous words stand alone."""
    substance = load_registry().substances[substance_id]
    best: Mention | None = None
    places.sort(key=lambda p: (-BASES[p.written], p.ambiguity, p.start))
    for place in places[:_READ_PER_SUBSTANCE]:
        context = read_context(text, place.start, place.end, plant=substance.kind == "plant")
        if not _counts(text, place, context, substance_id in sure or _kin(substance, sure)):
            continue
        strength = strength_of(substance, place.written, place.ambiguity, context, disguised=place.disguised)
        if best is None or strength > best.strength:
            best = Mention(
                row,
                substance,
                place.start,
                place.end,
                text[place.start : place.end],
                place.written,
                place.ambiguity,
                context,
                strength,
                len(places),
                place.disguised,
            )
    return best


def _kin(substance: Substance, sure: set[str]) -> bool:
    """Whether a substance of the same family is named without ambiguity in the same text."""
    substances = load_registry().substances
    return any(substances[s].family == substance.family for s in sure)


def _counts(text: str, place: _Place, context: Context, corroborated: bool) -> bool:
    """Whether a place counts: an ambiguous name needs other evidence, an ordinary word two kinds of it."""
    if place.ambiguity < _CORROBORATED or corroborated:
        return True
    if place.written == "abbreviation" and not _like_an_abbreviation(text, place):
        return False
    trade = context.chemical or context.purity or bool(context.salt)
    if place.ambiguity == _CORROBORATED:
        return trade or (context.form and context.quantity)
    if place.written == "abbreviation":
        return context.form and context.quantity
    return context.purity and context.quantity and (context.form or context.small)


def _like_an_abbreviation(text: str, place: _Place) -> bool:
    """Whether it is written in capitals, or the text has none at all."""
    return text[place.start : place.end].isupper() or text.islower()
