"""A death that names several drugs: whose is it? Two rules, both shown, neither right.

`any`         each drug has all the deaths that name it. They add up to more than there were.
`fractional`  deaths are shared out in proportion to mentions, so that they add up to those there were:
              A(s) · min(1, D / Σ A)     A(s) deaths that name s, D deaths by any drug
`both`        the range from the fractional share to any mention.

Tables of mentions do not say which drugs go together. What can be said for certain is how many deaths name s alone: at
least max(0, A(s) - Σ of the others), for each further mention can take away one. That is shown beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["RULES", "Share", "shares"]

RULES = ("both", "any", "fractional")


@dataclass(frozen=True)
class Share:
    """Deaths that go to one substance, or to none of those named ("").

    Args:
        low: at least, by the rule.
        high: at most.
        alone: deaths that name no other of them, at least.
    """

    low: float
    high: float
    alone: float


def shares(
    mentions: Mapping[str, tuple[float, float]], total: tuple[float, float] | None, rule: str
) -> dict[str, Share]:
    """Return deaths by substance, and under "" those that name none of them where the total is known.

    Args:
        mentions: substance to deaths that name it, from least to most.
        total: deaths by any drug, from least to most; None where it is not known: then nothing can be shared out.
        rule: one of `RULES`.

    >>> made = shares({"fentanyl": (60, 60), "cocaine": (40, 40)}, (80, 80), "both")
    >>> made["fentanyl"].low, made["fentanyl"].high, made["fentanyl"].alone
    (48.0, 60, 20)
    """
    least, most = (sum(each[at] for each in mentions.values()) for at in (0, 1))
    made: dict[str, Share] = {}
    for name, (low, high) in mentions.items():
        shrink = 1.0 if total is None or most <= 0 else min(1.0, total[0] / most)
        part = (low * shrink, high * (1.0 if total is None or least <= 0 else min(1.0, total[1] / least)))
        alone = max(0, low - (most - high))
        low_end, high_end = {"any": (low, high), "fractional": part, "both": (part[0], high)}[rule]
        made[name] = Share(low_end, max(high_end, low_end), alone)
    if total is not None:
        highest = max((low for low, _ in mentions.values()), default=0.0)
        rest = max(0.0, total[0] - most)
        made[""] = Share(rest, max(rest, total[1] - (highest if rule != "any" else least)), rest)
    return made
