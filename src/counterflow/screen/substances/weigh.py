"""From places in one text to what they come to: the strongest place of each substance that counts, with all spans."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from counterflow.reference.registry import Substance
from counterflow.screen.substances.context import Context, read_context
from counterflow.screen.substances.lexicon import Lexicon
from counterflow.screen.substances.numbers import CasNumber
from counterflow.screen.substances.places import MOST_SPANS, Mention, Place, WrongNumber
from counterflow.screen.substances.quantity import nearest_amount
from counterflow.screen.substances.strength import BASES, strength_of

__all__ = ["weigh"]

#: A text that names one substance more often than this is read no further for it.
_READ_PER_SUBSTANCE = 20
_CORROBORATED, _ORDINARY_WORD = 2, 3
_DIGIT, _BESIDE = re.compile(r"\d"), 48


def weigh(
    row: int, text: str, named: list[tuple[str, Place]], numbers: list[CasNumber], lexicon: Lexicon
) -> Iterator[Mention | WrongNumber]:
    """Yield what one text comes to: wrong numbers, then mentions, strongest first.

    Args:
        row: position of the text.
        text: the text as written.
        named: substances and the places that name them.
        numbers: CAS numbers of the text.
        lexicon: names and numbers of the registry asked.
    """
    places: defaultdict[str, list[Place]] = defaultdict(list)
    for substance_id, place in named:
        places[substance_id].append(place)
    if numbers:
        yield from _add_numbers(row, places, numbers, lexicon)
    sure = {substance for substance, met in places.items() if any(p.ambiguity < _CORROBORATED for p in met)}
    families = {lexicon.families[s] for s in sure}
    mentions = []
    for substance_id, met in places.items():
        substance = lexicon.registry.substances[substance_id]
        mention = _strongest(row, text, substance, met, corroborated=substance.family in families)
        if mention is not None:
            mentions.append(mention)
    yield from sorted(mentions, key=lambda m: (-m.strength, m.start, m.substance.id))


def _add_numbers(
    row: int, places: defaultdict[str, list[Place]], numbers: list[CasNumber], lexicon: Lexicon
) -> Iterator[WrongNumber]:
    registry = lexicon.registry
    for number in numbers:
        identifier = registry.cas_numbers.get(number.text)
        if identifier is not None:
            agrees = any(p.ambiguity <= _CORROBORATED for p in places.get(identifier.substance, ()))
            written = "CAS and name" if agrees else "CAS"
            places[identifier.substance].append(Place(number.start, number.end, written, 0))
        elif not number.valid:
            body = lexicon.bodies.get(number.text[:-2])
            yield WrongNumber(row, number, registry.substances[body] if body else None)


def _strongest(row: int, text: str, substance: Substance, places: list[Place], *, corroborated: bool) -> Mention | None:
    """Return the strongest place that counts, or None where only ambiguous words stand alone."""
    best: tuple[float, Place, Context] | None = None
    if len(places) > 1:
        places.sort(key=lambda p: (-BASES[p.written], p.ambiguity, bool(p.misspelt), p.start))
    for place in places[:_READ_PER_SUBSTANCE]:
        if not corroborated and place.ambiguity == _ORDINARY_WORD and not _has_figures(text, place):
            continue
        plant, wide, drug = substance.kind == "plant", substance.trade == "wide", substance.grade == "drug"
        context = read_context(text, place.start, place.end, plant=plant, wide=wide, drug=drug)
        if not _counts(text, place, context, corroborated):
            continue
        strength = strength_of(substance, place, context)
        if best is None or strength > best[0]:
            best = strength, place, context
    return None if best is None else _mention(row, text, substance, places, best)


def _has_figures(text: str, place: Place) -> bool:
    """Whether figures stand beside a place: without a quantity no ordinary word counts, whatever else is there."""
    window = text[max(0, place.start - _BESIDE) : place.start] + " " + text[place.end : place.end + _BESIDE]
    return _DIGIT.search(window) is not None


def _mention(
    row: int, text: str, substance: Substance, places: list[Place], best: tuple[float, Place, Context]
) -> Mention:
    strength, place, context = best
    start, end = place.start, place.end
    spans = sorted({(p.start, p.end) for p in places})[:MOST_SPANS] if len(places) > 1 else [(start, end)]
    amount = nearest_amount(text, start, end) if _has_figures(text, place) else None
    return Mention(
        row,
        substance,
        start,
        end,
        text[start:end],
        place.written,
        place.ambiguity,
        context,
        strength,
        len(places),
        place.disguised,
        tuple(spans),
        place.misspelt,
        amount,
    )


def _counts(text: str, place: Place, context: Context, corroborated: bool) -> bool:
    """Whether a place counts: an ambiguous name needs other evidence, an ordinary word two kinds of it."""
    if place.ambiguity < _CORROBORATED or corroborated or place.misspelt:
        return True
    if place.written == "abbreviation" and not _like_an_abbreviation(text, place):
        return False
    trade = context.chemical or context.purity or bool(context.salt)
    if place.ambiguity == _CORROBORATED:
        return trade or (context.form and context.quantity)
    if place.written == "abbreviation":
        return context.form and context.quantity
    return context.purity and context.quantity and (context.form or context.small)


def _like_an_abbreviation(text: str, place: Place) -> bool:
    """Whether it is written in capitals, or the text has none at all."""
    return text[place.start : place.end].isupper() or text.islower()
