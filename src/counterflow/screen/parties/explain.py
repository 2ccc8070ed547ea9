"""One party and one listed entry side by side, with everything an alert rests on, for the person who has to decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from counterflow.core.errors import InputError
from counterflow.matching.name_alignment import LEFT_OVER, Alignment, Pair
from counterflow.matching.normalise import VERSION as NORMALISER
from counterflow.matching.normalise import normalise
from counterflow.screen.parties.asked import EXACT, REORDERED, SIMILAR, Met, Parties
from counterflow.screen.parties.kinds import KINDS, kind_of_schema
from counterflow.screen.parties.lookup import printed
from counterflow.screen.parties.versions import lists_in_words, score_version

if TYPE_CHECKING:
    from counterflow.screen.parties.lookup import PartyLookup

__all__ = ["explain"]

_OTHERS = 20


def explain(
    look: PartyLookup, name: str, entity: str, schema: str | None = None, facts: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return why a name does or does not meet an entry, part by part.

    Args:
        look: the lists in force.
        name: the party's name as written.
        entity: the entry, as ``ofac:12345``.
        schema: the party's kind, where known.
        facts: what else the party says: born, country, nationality, address, identifier.

    Raises:
        InputError: the name names nobody.
        UnknownName: no such entry, or no such schema.
    """
    words = normalise(name)
    if not words.tokens:
        raise InputError("This names nobody: no word of it can be compared.", column="name", value=name)
    places = look.entries.find(entity)
    given = {field: value for field, value in (facts or {}).items() if value}
    asked = Parties([name], np.array([kind_of_schema(schema)], np.int8), {f: [v] for f, v in given.items()})
    listed, score = look.best_name(asked, 0, places)
    met = Met(
        np.zeros(1, np.int64),
        np.array([listed]),
        np.full(1, _how(words.tokens, look, listed), np.int8),
        np.array([score]),
    )
    backed, cleared = look.corroborations(asked, met), look.clearings_of(asked, met)
    kind = int(look.alert_kinds(asked, met)[0])
    row = look.listed.row(listed)
    (alignment,) = look.alignments(asked, met)
    line = alignment.in_words()
    return {
        "name": name,
        "words": " ".join(words.tokens),
        "set_aside": ", ".join(f"{text} ({what})" for what, text in words.set_aside) or "nothing",
        "entity_id": row["entry_id"],
        "list": f"{row['list']}@{row['version']}",
        "alias": row["name"],
        "alias_kind": row["name_kind"],
        "primary_name": row["primary"],
        "programme": row["program"],
        "word_by_word": [_pair(pair) for pair in alignment.pairs],
        "line": line,
        "score": score,
        "score_again_from_the_line": float(printed(np.array(Alignment.parse(line).score))),
        "worth": look.thresholds.worth(kind, score),
        "kind": KINDS[kind],
        "threshold": round(look.thresholds.score(kind), 4),
        "thresholds_from": look.thresholds.origin,
        "alert": int(look.alerts(asked, met, backed, cleared)[0]),
        "cleared": cleared[0].in_words() if cleared else "no",
        "corroboration": backed[0].value,
        "other_fields": [f"{g.field}: {g.words} ({g.weight:+g})" for g in backed[0].grounds],
        "other_names": _others(look, asked, places, listed),
        "versions": f"{lists_in_words(look.versions)}; normaliser {NORMALISER}; score {score_version()}",
    }


def _how(words: tuple[str, ...], look: PartyLookup, listed: int) -> int:
    there = look.listed.index.names.tokens(listed)
    if list(words) == there:
        return EXACT
    return REORDERED if sorted(words) == sorted(there) else SIMILAR


def _pair(pair: Pair) -> str:
    """Return two words in a sentence: what met what, how alike, how much it weighs."""
    if not (pair.listed and pair.query):
        return f"{pair.query or pair.listed}: {LEFT_OVER[pair.how]} (rarity {pair.rarity:.2f})"
    return f"{pair.query} and {pair.listed}: {pair.how}, likeness {pair.likeness:.3f} of rarity {pair.rarity:.2f}"


def _others(look: PartyLookup, asked: Parties, places: list[int], best: int) -> list[str]:
    """Return the entry's other names with their scores, the most alike first."""
    others = [place for place in places if place != best]
    if not others:
        return []
    named = zip(look.scores(asked, 0, others).tolist(), (look.listed.row(o)["name"] for o in others), strict=True)
    return [f"{name} ({score:.4f})" for score, name in sorted(named, key=lambda pair: (-pair[0], pair[1]))[:_OTHERS]]
