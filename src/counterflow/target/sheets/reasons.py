"""Reasons in words, for selected records only: why is this on the sheet?

Grounds first (rule, lookout, drawn at random), then the findings that bring most harm, then what the past says, and
the past cases nearest to it. A finding on a party is told by its code and the list row it met, never by quoting the
name: reasons stand in tables and files that outlive the personal data. The sheet shows the quotation as long as it is
held.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.store.repository import Store
from counterflow.target.choice.choose import ARMS, Choice
from counterflow.target.first_score.score import Scores, top_parts
from counterflow.target.first_score.telling import past_words
from counterflow.target.told import joined, of_rows, pieces

__all__ = ["reasons_of"]

_NOTHING_STANDS_OUT = "no finding stands out; expected harm fills the remaining minutes"
_GROUND, _DRAWN, _FINDING, _PAST = 0, 10, 20, 40
_MOST_FINDINGS = 3

#: the strongest finding of each record and code asked for
_SENTENCES = """
    SELECT row, place, words FROM (
        SELECT t.row, t.place, CASE WHEN coalesce(f.harm_class, '') <> 'party' THEN f.sentence
            WHEN f.reference IS NULL THEN 'a party: ' || f.code ELSE 'a party: ' || f.code || ', ' || f.reference
            END AS words,
            row_number() OVER (
                PARTITION BY t.row, t.place ORDER BY f.strength DESC, f.part, f."start", f.sentence
            ) AS n
        FROM finding f JOIN top t ON f.source = t.source AND f.record_id = t.record_id AND f.code = t.code
    ) AS each_code WHERE n = 1
"""


def reasons_of(
    store: Store,
    records: pa.Table,
    choice: Choice,
    scores: Scores,
    grounds: pa.Table,
    more: Sequence[pa.Table] = (),
) -> pa.Array:
    """Return the reasons of the selected records, in the order of `choice.selected`.

    Args:
        store: where the findings' sentences are.
        records: eligible records: source, record_id.
        choice: what was chosen.
        scores: what the scores are made of.
        grounds: mandatory grounds: row, words.
        more: further pieces (`told.PIECE`) of the selected records.
    """
    selected = choice.selected
    wanted = choice.arm > 0
    ground = of_rows(grounds, wanted)
    parts = [
        pieces(ground.column("row").to_numpy(), _GROUND, ground.column("words")),
        _drawn(choice),
        _sentences(store, records, scores, choice),
        *past_words(scores.history, selected, scores.leading(selected), _PAST),
        *more,
    ]
    return joined(selected, parts, _NOTHING_STANDS_OUT)


def _drawn(choice: Choice) -> pa.Table:
    """Say of each record drawn at random with what chance it was."""
    rows = np.flatnonzero(choice.arm == ARMS.index("random"))
    chances, which = np.unique(choice.probability[rows], return_inverse=True)
    words = pa.array([f"drawn at random (1 in {_one_in(float(p))})" for p in chances], pa.string())
    return pieces(rows, _DRAWN, words.take(pa.array(which)))


def _one_in(probability: float) -> str:
    """Say a probability as one in so many.

    >>> _one_in(0.1), _one_in(0.3), _one_in(0.00012)
    ('10', '3.3', '8,333')
    """
    many = 1.0 / probability
    return f"{many:,.0f}" if many >= 10 or abs(many - round(many)) < 0.05 else f"{many:.1f}"


def _sentences(store: Store, records: pa.Table, scores: Scores, choice: Choice) -> pa.Table:
    """Return the sentences of the findings that bring a selected record most harm."""
    top = top_parts(of_rows(scores.parts, choice.arm > 0), _MOST_FINDINGS)
    who = records.select(["source", "record_id"]).take(top.column("row"))
    asked = pa.table({**{n: top.column(n) for n in top.column_names}, **{n: who.column(n) for n in who.column_names}})
    found = store.query(_SENTENCES, top=asked)
    places = pc.add(found.column("place"), _FINDING).cast(pa.int32()).to_numpy()
    return pieces(found.column("row").to_numpy(), places, found.column("words"))
