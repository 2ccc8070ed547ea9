"""Free text of reports, read once for known names and for unknown words that rise; only counts leave this module."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.reference.name_statistics import name_statistics
from counterflow.reference.registry import Registry
from counterflow.screen.substances.items import ItemReader
from counterflow.screen.substances.mentions import Mention, find_mentions
from counterflow.screen.substances.overview import find_substances
from counterflow.watch.emergence.events import Shown, emerging
from counterflow.watch.emergence.judge import Rule, judge
from counterflow.watch.emergence.periods import day_of
from counterflow.watch.emergence.words import counted, drug_like, unknown_words

__all__ = ["Reports", "beside_columns", "read_reports", "text_rows"]

_AMBIGUOUS = 2
_WEAKENED = 0.5
#: false alarms a year over all unknown words together
_WORDS_BUDGET = 1.0


@dataclass(frozen=True)
class Reports:
    """Texts with day and place.

    Args:
        texts: strings.
        days: day of each.
        places: place of each.
        refused: line and reason of each row that was not taken.
    """

    texts: pa.Array
    days: npt.NDArray[np.datetime64]
    places: list[str]
    refused: tuple[str, ...]


def read_reports(rows: pa.Table, lines: Sequence[int], text: str, period: str, place: str | None) -> Reports:
    """Return the reports of a table of text cells.

    Raises:
        InputError: no row has a day.
    """
    days, kept, refused = [], [], []
    for at, written in enumerate(rows.column(period).to_pylist()):
        met = day_of(str(written or "").strip()[:10])
        if met is None or met[1] != "day":
            refused.append(f"line {lines[at]}: no day in {period}")
        else:
            days.append(met[0])
            kept.append(at)
    if not kept:
        raise InputError("No row has a day.", column=period, hint="Write YYYY-MM-DD.")
    taken = rows.take(pa.array(kept))
    places = [str(one or "all") for one in taken.column(place).to_pylist()] if place else ["all"] * len(kept)
    return Reports(taken.column(text).combine_chunks(), np.array(days, "datetime64[D]"), places, tuple(refused))


def text_rows(
    reports: Reports, registry: Registry, rule: Rule, shown: Shown, *, grain: str, source: str
) -> list[dict[str, Any]]:
    """Return what is told of names in free text, and of unknown words that rise, each as text only."""
    rows = _known(reports, registry, rule, replace(shown, text=True, rate=None), grain, source)
    return rows + _unknown(reports, registry, rule, replace(shown, text=True, rate=None), grain, source)


def _known(
    reports: Reports, registry: Registry, rule: Rule, shown: Shown, grain: str, source: str
) -> list[dict[str, Any]]:
    met = {
        (one.row, one.substance.id)
        for one in find_mentions(reports.texts, registry)
        if isinstance(one, Mention) and one.ambiguity < _AMBIGUOUS and one.context.factor >= _WEAKENED
    }
    if not met:
        return []
    pairs = sorted(met)
    at = np.array([row for row, _ in pairs], np.int64)
    streams = counted(at, [name for _, name in pairs], reports.days, reports.places, grain=grain, source=source)
    return emerging(streams, judge(streams, rule), shown)


def _unknown(
    reports: Reports, registry: Registry, rule: Rule, shown: Shown, grain: str, source: str
) -> list[dict[str, Any]]:
    at, words = unknown_words(
        reports.texts, _registered(registry), name_statistics().words.keys(), fewest=shown.small_cell
    )
    if not len(words):
        return []
    streams = counted(
        at.to_numpy().astype(np.int64), words.to_pylist(), reports.days, reports.places, grain=grain, source=source
    )
    each = replace(rule, budget=_WORDS_BUDGET / len(set(words.to_pylist())))
    told = emerging(streams, judge(streams, each), replace(shown, budget=each.budget))
    return [_as_word(row) for row in told if row["alarm"] == "yes"]


def _as_word(row: dict[str, Any]) -> dict[str, Any]:
    hint = "ends as names of drugs do" if drug_like(str(row["subject"])) else "may be any word"
    note = f"word that no registry here knows; {hint}"
    step = "a person reads some of these reports; is it a substance, ask a laboratory to look for it"
    return row | {"panel_notes": note, "next_step": step}


@cache
def _words_of(text: str) -> tuple[str, ...]:
    return tuple(text.casefold().replace(",", " ").split())


def _registered(registry: Registry) -> frozenset[str]:
    return frozenset(word for name in registry.names for word in (*_words_of(name.text), name.text.casefold()))


def beside_columns(
    rows: Sequence[dict[str, Any]], texts: Sequence[dict[str, Any]], registry: Registry
) -> list[dict[str, Any]]:
    """Join what texts tell to what laboratories tell: of a subject with a column, since when text named it before."""
    reader = ItemReader(registry)
    first = {str(row["subject"]): str(row["first_found"] or "") for row in texts if row["first_found"]}
    out = []
    for row in rows:
        earlier = [first[one] for one in _ids(str(row["subject"]), registry, reader) if one in first]
        if earlier and row["looked_since"] and min(earlier) < str(row["looked_since"]):
            note = f"in free text since {min(earlier)}, its column since {row['looked_since']}"
            out.append(row | {"panel_notes": "; ".join(part for part in (row["panel_notes"], note) if part)})
        else:
            out.append(row)
    return [*out, *texts]


def _ids(name: str, registry: Registry, reader: ItemReader) -> tuple[str, ...]:
    try:
        return find_substances(name, registry, reader)
    except UnknownName:
        return ()
