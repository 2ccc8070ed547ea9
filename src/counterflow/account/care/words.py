"""Access and placement in words: counts beside shares, and the proof beside the choice."""

from __future__ import annotations

from typing import Any

__all__ = ["access_words", "group_words", "placed_words"]


def group_words(name: str) -> str:
    """Return a group as people say it.

    >>> group_words("setting=outlying"), group_words("without_car")
    ('outlying (setting)', 'without car')
    """
    column, mark, value = name.partition("=")
    return f"{value} ({column.replace('_', ' ')})" if mark else name.replace("_", " ")


def access_words(made: dict[str, Any]) -> list[str]:
    """Return who lives in a desert, in words."""
    words = [*made["said"]]
    for row in made["groups"]:
        if row["withheld"]:
            words.append(f"{group_words(row['group'])}: withheld, too few people.")
        elif row["share"] is None:
            words.append(f"{group_words(row['group'])}: nobody of it lives at these places.")
        else:
            told = f"{row['in_desert']:,.0f} of {row['people']:,.0f} people ({row['share']:.1%})"
            words.append(f"{group_words(row['group'])}: {told} live in a desert ({made['desert']}).")
    for key, what in (("sites_nobody_reaches", "site(s) have nobody within reach"),
                      ("places_without_any_journey", "place(s) have no journey to any site")):  # fmt: skip
        if made[key]:
            words.append(f"{len(made[key]):,} {what}: {_some(made[key])}.")
    return words


def placed_words(made: dict[str, Any]) -> list[str]:
    """Return which sites were chosen, how good that is proved to be, and what it gives."""
    words = [*made["said"], f"Chosen: {', '.join(made['chosen'])}."]
    if made["open_already"]:
        words.append(f"Open already: {_some(made['open_already'])}.")
    unit = made["unit"]
    if made["mean_way"] is not None:
        words.append(f"Mean way to the nearest site: {made['mean_way']:,.3g} {unit}".rstrip() + ".")
    if "covered" in made:
        share = f" ({made['covered_share']:.1%})" if made["covered_share"] is not None else ""
        reach = f"{made['radius']:g} {unit}".rstrip()
        words.append(f"Within {reach}: {made['covered']:,.0f} of {made['people']:,.0f} people{share}.")
        words += [_group(row) for row in made["groups"][1:]]
    proof = "Proved the best" if made["gap"] <= 2e-6 else f"At most {made['gap']:.2%} from the best"
    words.append(f"{proof} of all choices, by {made['method']}.")
    if "price_of_equity" in made:
        words.append(_price(made["price_of_equity"]))
    for row in made.get("scenarios", ()):
        words.append(
            f"Scenario {row['scenario']} (probability {row['probability']:g}): {row['value']:,.0f}; "
            f"the best for it alone {row['best_alone']:,.0f}."
        )
    if made["places_without_any_journey"]:
        lost = made["places_without_any_journey"]
        words.append(f"{len(lost):,} place(s) have no journey to any site and are left out: {_some(lost)}.")
    return words


def _group(row: dict[str, Any]) -> str:
    if row["withheld"]:
        return f"{group_words(row['group'])}: withheld, too few people."
    if row["share"] is None:
        return f"{group_words(row['group'])}: nobody of it lives at these places."
    told = f"{row['covered']:,.0f} of {row['people']:,.0f} people ({row['share']:.1%})"
    return f"{group_words(row['group'])}: {told} within."


def _price(price: dict[str, Any]) -> str:
    if not price["people_not_covered_for_it"] > 0.5:
        return f"Price of equity: nothing; {price['floor']:.1%} of each group is reached by a best choice too."
    return (
        f"Price of equity: {price['people_not_covered_for_it']:,.0f} people fewer are covered "
        f"({price['share_of_coverage']:.2%} of {price['covered_without_floor']:,.0f}) so that each group has at least "
        f"{price['floor']:.1%}."
    )


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
