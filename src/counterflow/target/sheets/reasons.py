"""Reasons in words, for selected records only: why is this on the sheet?

Grounds first (rule, lookout, drawn at random), then the findings that bring most harm, then what the past
says. A finding on a party is told by its code and the list row it met, never by quoting the name: reasons
stand in tables and files that outlive the personal data. The sheet shows the quotation as long as it is held.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from counterflow.store.plans import join_reasons
from counterflow.store.repository import Store
from counterflow.target.choice.cells import Ints
from counterflow.target.choice.choose import ARMS, Choice
from counterflow.target.first_score.score import Scores, top_parts

__all__ = ["reasons_of"]

_NOTHING_STANDS_OUT = "no finding stands out; expected harm fills the remaining minutes"


def reasons_of(
    store: Store, records: pa.Table, choice: Choice, scores: Scores, grounds: Mapping[int, list[str]]
) -> list[str]:
    """Return the reasons of the selected records, in the order of `choice.selected`.

    Args:
        store: where the findings' sentences are.
        records: eligible records: source, record_id.
        choice: what was chosen.
        scores: what the scores are made of.
        grounds: mandatory grounds by row.
    """
    selected = choice.selected
    sentences = _sentences(store, records, selected)
    top = top_parts(scores.parts, selected)
    told = []
    for row in selected.tolist():
        words = list(grounds.get(row, ()))
        if ARMS[choice.arm[row]] == "random":
            words.append(f"drawn at random (1 in {_one_in(float(choice.probability[row]))})")
        words += [sentences[row, code] for code in top.get(row, ()) if (row, code) in sentences]
        past = scores.history.words(row, scores.leading_class(row))
        words += [past] if past else []
        told.append(join_reasons(words or [_NOTHING_STANDS_OUT]))
    return told


def _one_in(probability: float) -> str:
    """Say a probability as one in so many.

    >>> _one_in(0.1), _one_in(0.3), _one_in(0.00012)
    ('10', '3.3', '8,333')
    """
    many = 1.0 / probability
    return f"{many:,.0f}" if many >= 10 or abs(many - round(many)) < 0.05 else f"{many:.1f}"


def _sentences(store: Store, records: pa.Table, selected: Ints) -> dict[tuple[int, str], str]:
    """Return for each selected record and code the strongest finding's sentence."""
    asked = records.select(["source", "record_id"]).take(pa.array(selected))
    rows = store.query(
        "SELECT a.row, f.code, f.harm_class, f.sentence, f.reference FROM finding f JOIN asked a"
        " ON f.source = a.source AND f.record_id = a.record_id"
        ' ORDER BY a.row, f.code, f.strength DESC, f.part, f."start", f.sentence',
        asked=asked.append_column("row", pa.array(np.asarray(selected, np.int64))),
    )
    found: dict[tuple[int, str], str] = {}
    columns = (rows.column(n).to_pylist() for n in ("row", "code", "harm_class", "sentence", "reference"))
    for row, code, harm_class, sentence, reference in zip(*columns, strict=True):
        told = sentence if harm_class != "party" else f"a party: {code}" + (f", {reference}" if reference else "")
        found.setdefault((row, code), told)
    return found
