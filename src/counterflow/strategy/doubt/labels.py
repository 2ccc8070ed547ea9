"""What a share of variance lets us say of a lever, and whether the lever may stand in a ranking."""

from __future__ import annotations

from dataclasses import dataclass

from counterflow.strategy.doubt.shares import Share

__all__ = ["LIMIT", "Label", "label"]

#: above this share of its variance a lever's result says more about assumptions than about data
LIMIT = 0.5


@dataclass(frozen=True, slots=True)
class Label:
    """A verdict on one lever's result.

    Args:
        name: `rests on data`, `assumption-driven`, `undecided` or `no effect`.
        ranked: whether it may be ranked among others.
        words: one sentence for people.
    """

    name: str
    ranked: bool
    words: str


def label(share: Share, limit: float = LIMIT) -> Label:
    """Return what may be said: above one half of the variance it is assumption-driven and never ranked.

    Where the Monte Carlo interval crosses the limit from below, the draws do not decide; it is not ranked either.

    >>> label(Share(value=0.8, low=0.75, high=0.84, pairs=1000, spread=1.0)).name
    'assumption-driven'
    """
    if share.value is None:
        return Label("no effect", False, "The result is the same in every draw: there is nothing to rank.")
    told = (
        f"{share.value:.0%} of its variance ({share.low:.0%} to {share.high:.0%}) comes from parameters no data inform"
    )
    if share.value > limit:
        return Label("assumption-driven", False, f"Assumption-driven: {told}; it is not ranked.")
    if share.high > limit:
        return Label(
            "undecided", False, f"{told}; too few draws to tell that from more than {limit:.0%}, so it is not ranked."
        )
    return Label("rests on data", True, f"{told}.")
