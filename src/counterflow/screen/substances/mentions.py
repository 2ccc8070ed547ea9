"""Finding substances in many texts at once: names, numbers, names in disguise and names with one letter wrong.

All texts of a block are folded once; one pass of the term automaton and one look at every distinct word answer for all
of them. Only texts with a hit are read one by one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.matching.automaton import FoldedTexts, fold_texts
from counterflow.reference.registry import Registry
from counterflow.screen.substances.disguise import rows_in_disguise, undisguised
from counterflow.screen.substances.identifiers import labelled_numbers, rows_with_identifiers
from counterflow.screen.substances.lexicon import Lexicon, lexicon_of
from counterflow.screen.substances.numbers import cas_numbers, rows_with_numbers
from counterflow.screen.substances.places import Mention, Place, WrongNumber
from counterflow.screen.substances.weigh import weigh

__all__ = ["Mention", "WrongNumber", "find_mentions"]

#: Texts and bytes of text worked on at once: what holds the memory down.
_BLOCK_TEXTS, _BLOCK_BYTES = 16_384, 4_000_000
#: Shorter names are too easily read out of part numbers.
_LONG_ENOUGH = 6
_DOUBTFUL = 2
_Named = defaultdict[int, list[tuple[str, Place]]]


def find_mentions(texts: pa.Array, registry: Registry | None = None) -> Iterator[Mention | WrongNumber]:
    """Yield what the texts name, in order of row, strongest first within a row.

    Args:
        texts: strings; null is a text without hits.
        registry: the registry asked; the shipped one where None.
    """
    lexicon = lexicon_of(registry)
    for first, block in _blocks(texts):
        yield from _find_in_block(first, block, lexicon)


def _blocks(texts: pa.Array) -> Iterator[tuple[int, pa.Array]]:
    """Cut the texts into blocks of bounded size; a longer text is a block of its own."""
    sizes = pc.fill_null(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False)
    total = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
    first = 0
    while first < len(texts):
        fitting = int(np.searchsorted(total, total[first] + _BLOCK_BYTES, side="right")) - 1
        last = min(max(fitting, first + 1), first + _BLOCK_TEXTS)
        yield first, texts.slice(first, last - first)
        first = last


def _find_in_block(first: int, texts: pa.Array, lexicon: Lexicon) -> Iterator[Mention | WrongNumber]:
    as_python = texts.to_pylist()
    folded = fold_texts(as_python)
    named: _Named = defaultdict(list)
    taken: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for row, term, start, end in lexicon.automaton.find_in(folded):
        taken[row].append((start, end))
        name = lexicon.names[term]
        if name is not None:
            named[row].append((name.substance, Place(start, end, name.type, name.ambiguity)))
    _add_misspelt(named, folded, taken, lexicon)
    _add_disguised(named, texts, as_python, taken, lexicon)
    _add_labelled(named, texts, as_python, lexicon)
    numbered = {row: numbers for row in rows_with_numbers(texts) if (numbers := list(cas_numbers(as_python[row])))}
    for row in sorted(named.keys() | numbered.keys()):
        yield from weigh(first + row, as_python[row], named.get(row, []), numbered.get(row, []), lexicon)


def _add_misspelt(
    named: _Named, folded: FoldedTexts, taken: defaultdict[int, list[tuple[int, int]]], lexicon: Lexicon
) -> None:
    """Add names with one letter wrong, unless an exact hit reaches beyond them; two meanings leave both in doubt."""
    hits = list(lexicon.near.find_in(folded))
    places = np.array([(hit.begin, hit.end) for hit in hits], dtype=np.int64).reshape(-1, 2)
    for hit, (row, start, end) in zip(hits, folded.as_written(places[:, 0], places[:, 1]), strict=True):
        if all(_inside(other, (start, end)) for other in _touching(taken.get(row, ()), start, end)):
            ambiguity = _DOUBTFUL if hit.meanings > 1 else hit.name.ambiguity
            place = Place(start, end, hit.name.type, ambiguity, misspelt="" if hit.exact else hit.name.text)
            named[row].append((hit.name.substance, place))


def _add_labelled(named: _Named, texts: pa.Array, as_python: list[str], lexicon: Lexicon) -> None:
    """Add InChIKeys, UNIIs and DEA codes; a code of several substances leaves all of them in doubt."""
    for row in rows_with_identifiers(texts):
        for number in labelled_numbers(as_python[row]):
            held = lexicon.numbers.get(number.key, ())
            ambiguity = _DOUBTFUL if len(held) > 1 else 0
            place = Place(number.start, number.end, number.written, ambiguity)
            named[row] += [(substance, place) for substance in held]


def _touching(taken: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the hits that share a character with a stretch; hits are in order and never overlap."""
    first = max(bisect_right(taken, (start, end)) - 1, 0)
    for begin, stop in (taken[i] for i in range(first, len(taken))):
        if begin >= end:
            return
        if start < stop:
            yield begin, stop


def _inside(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1] and inner != outer


def _add_disguised(
    named: _Named,
    texts: pa.Array,
    as_python: list[str],
    taken: defaultdict[int, list[tuple[int, int]]],
    lexicon: Lexicon,
) -> None:
    """Add names read out of a disguise, unless a plain name reaches beyond. Sure names of six letters or more count."""
    readings = [(row, *reading) for row in rows_in_disguise(texts) for reading in undisguised(as_python[row])]
    if not readings:
        return
    met: set[tuple[int, str, Place]] = set()
    for number, term, start, end in lexicon.automaton.find([plain for _, plain, _ in readings]):
        name, (row, _, places) = lexicon.names[term], readings[number]
        begin, stop = places[start], places[end - 1] + 1
        if name is None or name.ambiguity or len(name.text) < _LONG_ENOUGH:
            continue
        if not all(_inside(other, (begin, stop)) for other in _touching(taken.get(row, ()), begin, stop)):
            continue
        place = Place(begin, stop, name.type, 0, disguised=True)
        if (row, name.substance, place) not in met:
            met.add((row, name.substance, place))
            named[row].append((name.substance, place))
