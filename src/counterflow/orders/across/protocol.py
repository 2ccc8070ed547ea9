"""Private matching between two parties in three messages: who is in both files, and nothing of anybody else.

1. `offer`: the first party sends its identifiers, each blinded with its secret.
2. `answer`: the second blinds those again with its own secret, and sends its own identifiers blinded once.
3. `finish`: the first blinds these again. Whatever is in both files is now the same point twice blinded. It tells
   the second which of its places matched, or only how many.

What each side learns is the agreement (`reveal`): `ids`, which of its own rows the other has too; `size`, how many.
Both learn how many identifiers the other has. Where only the size is agreed, the second party puts the points that it
gives back in another order, so that the first cannot tell which of its own matched.

The parties are taken to keep to the protocol and to be curious ("semi-honest"). A party can still lie about what it
holds: guess identifiers and offer them. Against that stand the least size of a set and the limit on queries
(`queries.py`), and no mathematics. The page `docs/methods/private-matching.md` says what that means.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from counterflow.core.errors import InputError
from counterflow.orders.across.curve import Secret, hashed

__all__ = [
    "REVEALS",
    "Answer",
    "Answered",
    "Matched",
    "Offer",
    "Offered",
    "Result",
    "answer",
    "finish",
    "offer",
    "receive",
]

REVEALS = ("ids", "size")
Points = tuple[bytes, ...]


@dataclass(frozen=True)
class Offer:
    """First message. `points`: form of the key to the identifiers of the first party, blinded once."""

    session: str
    reveal: str
    points: Mapping[str, Points]


@dataclass(frozen=True)
class Answer:
    """Second message. `twice`: the first party's, blinded twice; `points`: the second party's, blinded once."""

    session: str
    reveal: str
    twice: Mapping[str, Points]
    points: Mapping[str, Points]


@dataclass(frozen=True)
class Result:
    """Third message: how many matched, and, where that was agreed, at which places of the second party's points."""

    session: str
    reveal: str
    matched: Mapping[str, int]
    places: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Offered:
    """What the first party keeps until the answer comes.

    Args:
        offer: what it sent.
        secret: its secret, as text.
        held: form to the identifiers, in the order of the points sent.
    """

    offer: Offer
    secret: str
    held: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Answered:
    """What the second party keeps until the result comes: its identifiers in the order of the points sent."""

    answer: Answer
    held: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Matched:
    """What a party has learnt.

    Args:
        count: form to the number of identifiers that both hold.
        place: form to own identifier to its reference, a number that both parties know it by; empty where only the
            size was agreed.
    """

    count: Mapping[str, int]
    place: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def offer(held: Mapping[str, Sequence[str]], reveal: str = "ids") -> Offered:
    """Begin a matching.

    Args:
        held: form of each key to the identifiers; equal ones count once.
        reveal: ids | size.
    """
    session, secret = secrets.token_hex(16), Secret()
    pairs = {form: _blinded(secret, of, form, session) for form, of in held.items()}
    sent = Offer(session, reveal, {form: points for form, (points, _) in pairs.items()})
    return Offered(sent, secret.text, {form: names for form, (_, names) in pairs.items()})


def answer(asked: Offer, held: Mapping[str, Sequence[str]], reveal: str = "ids") -> Answered:
    """Answer an offer with a secret of one's own, which is forgotten at once.

    Args:
        asked: the offer.
        held: form of each key to the own identifiers.
        reveal: what this party agrees to reveal; has to be what the offer says.

    Raises:
        InputError: the offer reveals another thing than agreed, names other keys, or is no offer of this protocol.
    """
    if asked.reveal != reveal:
        hint = "Agree with the other party, and say it with --reveal."
        raise InputError(f"The offer is to reveal {asked.reveal}; you agree to reveal {reveal}.", hint=hint)
    if set(asked.points) != set(held):
        raise InputError(
            f"The offer matches by {_named(asked.points)}, you by {_named(held)}.",
            hint="Both parties have to name columns of the same kinds, in the same way.",
        )
    secret = Secret()
    twice: dict[str, Points] = {}
    own: dict[str, tuple[Points, tuple[str, ...]]] = {}
    for form in held:
        if len(set(asked.points[form])) != len(asked.points[form]):
            raise InputError("The offer holds a point twice.", hint="Ask the other party for it again.")
        again = secret.blinded(asked.points[form])
        twice[form] = tuple(again if reveal == "ids" else sorted(again))
        own[form] = _blinded(secret, held[form], form, asked.session)
    sent = Answer(asked.session, reveal, twice, {form: points for form, (points, _) in own.items()})
    return Answered(sent, {form: names for form, (_, names) in own.items()})


def finish(kept: Offered, got: Answer) -> tuple[Matched, Result]:
    """Return what the first party learns from the answer, and the result to send back.

    Raises:
        InputError: the answer is not one to this offer.
    """
    sent = kept.offer
    fits = all(len(got.twice.get(form, ())) == len(points) for form, points in sent.points.items())
    if got.session != sent.session or got.reveal != sent.reveal or set(got.points) != set(sent.points) or not fits:
        raise InputError(
            "This is no answer to that offer.", hint="Each answer belongs to the offer that it was made for."
        )
    secret = Secret.restored(kept.secret)
    counts: dict[str, int] = {}
    places: dict[str, dict[str, int]] = {}
    for form, names in kept.held.items():
        theirs = {point: place for place, point in enumerate(secret.blinded(got.points[form]))}
        met = [(name, theirs[point]) for name, point in zip(names, got.twice[form], strict=True) if point in theirs]
        counts[form] = len(met)
        places[form] = dict(met) if sent.reveal == "ids" else {}
    told = {form: tuple(sorted(of.values())) for form, of in places.items()}
    result = Result(sent.session, sent.reveal, counts, told if sent.reveal == "ids" else {})
    return Matched(counts, places if sent.reveal == "ids" else {}), result


def receive(kept: Answered, got: Result) -> Matched:
    """Return what the second party learns from the result.

    Raises:
        InputError: the result is not one of this matching.
    """
    sent = kept.answer
    right = got.session == sent.session and got.reveal == sent.reveal and set(got.matched) == set(sent.points)
    inside = all(
        0 <= place < len(kept.held[form]) for form, of in got.places.items() if form in kept.held for place in of
    )
    if not right or not inside or not set(got.places) <= set(kept.held):
        raise InputError("This is no result of that matching.", hint="Ask the other party for it again.")
    places = {form: {kept.held[form][place]: place for place in of} for form, of in got.places.items()}
    return Matched(dict(got.matched), places)


def _blinded(secret: Secret, held: Sequence[str], form: str, session: str) -> tuple[Points, tuple[str, ...]]:
    """Return the points of distinct identifiers in order of the points, which tells nothing of the file's order."""
    names = sorted(set(held))
    both = sorted(zip(secret.blinded(hashed(names, form, session)), names, strict=True))
    return tuple(point for point, _ in both), tuple(name for _, name in both)


def _named(forms: Mapping[str, object]) -> str:
    return ", ".join(sorted(forms)) or "nothing"
