"""Items of which the registry knows nothing: most of a catalogue, so they are answered without a loop over them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.orders.ship.arrow import join, numbers, texts
from counterflow.orders.ship.day_law import DayLaw
from counterflow.orders.ship.items import ItemFacts
from counterflow.orders.ship.routes import Route
from counterflow.orders.ship.said import CLEAR, NEEDS, Said

__all__ = ["say_unknown", "unknown_items"]

Ints = npt.NDArray[np.int64]


def unknown_items(facts: list[ItemFacts]) -> npt.NDArray[np.bool_]:
    """Return which items name nothing that is known, and nothing that is in doubt."""
    return np.array([not (one.recognised or one.doubt) for one in facts], bool)


def say_unknown(
    said: Said, facts: list[ItemFacts], places: Ints, routes: list[Route], route_of: Ints, lines: Ints, law: DayLaw
) -> None:
    """Say of lines with unknown items what is missing: a CAS number, or a place for it to be asked of.

    Args:
        said: where it is said.
        facts: the items.
        places: position of each line's item.
        routes: distinct routes.
        route_of: the route of each line.
        lines: the lines with unknown items.
        law: the law of the day.
    """
    numbered = np.array([one.cas_stands for one in facts], bool)[places[lines]]
    nameless, there = lines[~numbered], lines[numbered]
    asks = texts(
        [
            f"“{one.item}” is not known here: give its CAS number"
            if one.item.strip()
            else "the order names no item: give its CAS number"
            for one in facts
        ]
    )
    said.add("reasons", nameless, asks, places[nameless], NEEDS)
    endless = np.array([not route.arrives for route in routes], bool)
    said.add("reasons", nameless[endless[route_of[nameless]]], "say to which country the goods go", level=NEEDS)
    named = texts([f"CAS {one.cas.strip()}" for one in facts]).take(numbers(places[there]))
    how_far = texts(
        [
            f": on no list held here of this route ({law.coverage(route)})"
            if route.ends
            else ": no country is given, so no law could be asked"
            for route in routes
        ]
    )
    said.add("reasons", there, join(named, how_far.take(numbers(route_of[there])), ""), level=CLEAR)
