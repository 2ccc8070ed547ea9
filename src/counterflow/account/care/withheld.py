"""Which groups' counts are too small to be shown, so that none follows from the others and from everybody."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.account.publish import hide_small

__all__ = ["too_small"]

Floats = npt.NDArray[np.float64]


def too_small(people: Floats, groups: dict[str, Floats], inside: npt.NDArray[np.bool_], small: int) -> list[bool]:
    """Return for everybody and then for each group whether those inside, or those outside, are too few to be shown.

    Args:
        people: at each place, shape (D,).
        groups: name to people at each place; the values of one column are named COLUMN=VALUE.
        inside: which places are in question, shape (D,).
        small: counts of 1 to `small` - 1 are withheld, with one more where the group's total would tell.
    """
    names = list(groups)
    hidden = np.zeros(len(names), bool)
    families: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        families.setdefault(name.partition("=")[0] if "=" in name else "", []).append(number)
    everybody = [float(people[inside].sum()), float(people[~inside].sum())]
    for family in families.values():
        for side, whole in ((inside, everybody[0]), (~inside, everybody[1])):
            counts = [round(float(groups[names[number]][side].sum())) for number in family]
            adds_up = len(family) > 1 and abs(sum(counts) - whole) < 0.5
            hide = hide_small(counts, total_shown=adds_up, minimum=small)
            hidden[family] |= np.array(hide[: len(family)], bool)
    return [any(0 < count < small for count in everybody), *hidden.tolist()]
