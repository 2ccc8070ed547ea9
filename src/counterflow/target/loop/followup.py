"""Following hits up: which of today's records to look at because of what was found lately.

Nothing is kept between calls. Searches are worked out anew each time from the inspections whose outcome is known and
from what the model had said of each before: the same past gives the same searches, in a simulation and at an office. A
hit is taken up where the model had called the record safe, whichever arm it came from; the most certain search first,
and hits that it explains open none of their own. A search ends by itself: its segments lose their
weight with clean inspections, the model learns what was found (then hits are no surprise), or the hit grows old.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from counterflow.target.loop.conjunctions import Bits, Floats, Places, Traits, shared_bits, words_of
from counterflow.target.loop.search import Inspected, Search, SearchOptions, search_from

__all__ = ["FollowOptions", "Followed", "follow", "segment_words"]


@dataclass(frozen=True)
class FollowOptions:
    """How hits are followed up.

    Args:
        search: what is believed.
        expire: weeks after which a hit is no longer followed.
        patience: weeks in which a hit is followed on little; from then on its search must be at least `later` sure.
        later: that chance.
        most: searches worked on at a time.
        worth: least probability of sharing a scheme for which an inspection is spent.
        certain: a search at least this sure explains its hits; others no longer count them.
        weighed: latest surprising hits that are weighed at a time.
        each: most inspections a week that one search asks for.
    """

    search: SearchOptions = field(default_factory=SearchOptions)
    expire: int = 12
    patience: int = 4
    later: float = 0.15
    most: int = 12
    worth: float = 0.012
    certain: float = 0.5
    weighed: int = 16
    each: int = 4


@dataclass(frozen=True)
class Followed:
    """What searches say of today's records, aligned with them.

    Args:
        searches: searches that are open, most certain first.
        share: probability that a record belongs to a scheme that a search is after and would be found in it.
        search: place in `searches` of the one that says so; -1 where none gives it any weight.
        asked: places among today's records at which searches would learn most, best first, none of which stands on the
            score alone; spend as many inspections as the budget for follow-ups has.
    """

    searches: tuple[Search, ...]
    share: Floats
    search: npt.NDArray[np.int64]
    asked: Places


def follow(
    traits: Traits,
    inspected: Inspected,
    today: Places,
    week: int,
    recent: Places,
    recent_weeks: float,
    free: npt.NDArray[np.bool_],
    options: FollowOptions,
) -> Followed:
    """Work out the open searches and what they ask for.

    Args:
        traits: of all records.
        inspected: inspections whose outcome is known.
        today: records to choose from.
        week: this week.
        recent: records declared lately, today's included.
        recent_weeks: over how many weeks those were declared.
        free: which of `today` may be asked for (not drawn, and not taken by the score anyway).
        options: how hits are followed up.
    """
    searches = open_searches(traits, inspected, week, recent, recent_weeks, options)
    bits = [shared_bits(traits, search.hit, today, options.search.width) for search in searches]
    share, which = np.zeros(len(today)), np.full(len(today), -1, np.int64)
    for place, (search, own) in enumerate(zip(searches, bits, strict=True)):
        says = search.shares(own)
        better = says > share
        share[better], which[better] = says[better], place
    return Followed(tuple(searches), share, which, _asked(searches, bits, free, options))


def open_searches(
    traits: Traits, inspected: Inspected, week: int, recent: Places, recent_weeks: float, options: FollowOptions
) -> list[Search]:
    """Return the searches that recent surprising hits open, most certain first.

    The most certain search explains its hits: for the others these count as expected. Without that, a hit beside a
    known scheme would take the scheme's hits for its own and call everything they have in common a scheme.
    """
    surprising = inspected.found & (inspected.said < options.search.surprise)
    hits = np.flatnonzero(surprising & (inspected.week >= week - options.expire))
    hits = hits[np.lexsort((inspected.said[hits], -inspected.week[hits]))][: options.weighed]
    searches: list[Search] = []
    while True:
        begun = _begun(traits, inspected, hits, week, recent, recent_weeks, options)
        if not begun or begun[0][1].scheme < options.certain or len(searches) == options.most:
            return (searches + [search for _, search in begun])[: options.most]
        search = begun[0][1]
        searches.append(search)
        bits = shared_bits(traits, search.hit, inspected.rows, options.search.width)
        since = inspected.week >= search.week - options.search.starts[-1]
        explained = np.where(since, search.shares(bits), 0.0)
        inspected = replace(inspected, said=1 - (1 - inspected.said) * (1 - explained))
        # what is explained only takes evidence from the others: no hit that was not worth a search becomes worth one
        hits = np.asarray([hit for hit, _ in begun[1:] if inspected.said[hit] < options.search.surprise], np.int64)


def _begun(
    traits: Traits,
    inspected: Inspected,
    hits: Places,
    week: int,
    recent: Places,
    recent_weeks: float,
    options: FollowOptions,
) -> list[tuple[int, Search]]:
    """Return each of `hits` (places in `inspected`) that is worth a search, and the search; most certain first."""
    begun = []
    for hit in hits.tolist():
        row, when = int(inspected.rows[hit]), int(inspected.week[hit])
        search = search_from(traits, row, when, inspected, recent, recent_weeks, options.search)
        least = options.search.open_at if week - when <= options.patience else options.later
        if search is not None and search.scheme >= least:
            begun.append((hit, search))
    return sorted(begun, key=lambda pair: (-pair[1].log_odds, pair[1].hit))


def _asked(
    searches: Sequence[Search], bits: Sequence[Bits], free: npt.NDArray[np.bool_], options: FollowOptions
) -> Places:
    """Return the records that searches ask for, best first.

    Each search asks for its most probable record, then for the next one as if that had turned out clean, so that a
    week's inspections are spread over what a scheme could be and not spent on one guess.
    """
    worth: dict[int, float] = {}
    for begun, own in zip(searches, bits, strict=True):
        search, left = begun, free.copy()
        for _ in range(options.each):
            says = np.where(left, search.shares(own), -1.0)
            best = int(says.argmax()) if len(says) else -1
            if best < 0 or says[best] < options.worth:
                break
            worth[best] = max(worth.get(best, 0.0), float(says[best]))
            left[best] = False
            search = search.if_clean(int(own[best]))
    return np.asarray(sorted(worth, key=lambda place: (-worth[place], place)), np.int64)


def segment_words(traits: Traits, search: Search, most: int = 3) -> list[tuple[float, tuple[str, ...]]]:
    """Return the most probable segments of a search: posterior given a scheme, and names of the traits shared."""
    chances = search.weight.sum(axis=1)
    return [
        (float(chance), words_of(traits.all_names, int(mask)))
        for chance, mask in zip(chances[:most], search.masks[:most], strict=True)
    ]
