"""Tables in the shape that the Annual Report Questionnaire asks for, of the counts that a workspace holds.

The shape only: year, place, drug, number, quantity, as the UNODC's questionnaire lays drug seizures, prices, purity,
deaths, treatment and offences out. Nothing here certifies that a figure meets its definitions; whoever reports checks
them. Counts of people are suppressed as `account publish` does; counts of events and measures of drugs are not.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterflow.account.given import rows_of
from counterflow.account.publish import Ask, Release, release
from counterflow.account.publish.sheet import sheet_of
from counterflow.core.errors import InputError, UnknownName

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["SHAPES", "arq_table"]

#: shape to the measures of stored counts that it takes; those of people are suppressed
_PEOPLE = {
    "arq-deaths": ("deaths", "overdose-deaths"),
    "arq-treatment": ("treatment", "treatment-admissions"),
    "arq-offences": ("offences", "arrests"),
}
_SIGNALS = {"arq-price": "price", "arq-purity": "purity"}
SHAPES = ("arq-seizures", *_PEOPLE, *_SIGNALS)

#: newest statement of each period, coarse places only, summed to years; a period that crosses years belongs to none
_COUNTS = """
WITH newest AS (
  SELECT *, row_number() OVER (
    PARTITION BY source, place, measure, subject, definition, grain, starts
    ORDER BY as_of DESC, first_seen DESC) AS turn
  FROM series_count
  WHERE measure IN ({marks}) AND level IN ('nation', 'region', 'state') AND grain <> '12-months' AND looked_for
)
SELECT year(starts) AS year, source, place, subject, definition, grain, sum(count) AS n,
       sum(date_diff('day', starts, ends) + 1) AS days, bool_or(suppressed OR count IS NULL) AS lacking
FROM newest WHERE turn = 1 AND year(starts) = year(ends)
GROUP BY ALL ORDER BY year, source, place, subject, definition, grain
"""
_SEIZED = """
WITH newest AS (
  SELECT *, row_number() OVER (
    PARTITION BY source, place, substance, form, market, route, measure, unit, starts
    ORDER BY as_of DESC, first_seen DESC) AS turn
  FROM supply_signal WHERE measure IN ('seizures', 'mass-kg')
)
SELECT year(starts) AS year, source, place, substance, sum(CASE WHEN measure = 'seizures' THEN value END) AS n,
       sum(CASE WHEN measure = 'mass-kg' THEN value END) AS quantity
FROM newest WHERE turn = 1 AND year(starts) = year(ends) GROUP BY ALL ORDER BY year, source, place, substance
"""
_MEASURED = """
WITH newest AS (
  SELECT *, row_number() OVER (
    PARTITION BY source, place, substance, form, market, route, measure, unit, starts
    ORDER BY as_of DESC, first_seen DESC) AS turn
  FROM supply_signal WHERE measure = ?
)
SELECT year(starts) AS year, source, place, substance, form, market, unit, min(coalesce(low, value)) AS lowest,
       median(value) AS typical, max(coalesce(high, value)) AS highest, sum(n) AS samples
FROM newest WHERE turn = 1 AND year(starts) = year(ends)
GROUP BY ALL ORDER BY year, source, place, substance, form, market, unit
"""


def arq_table(workspace: Workspace, shape: str, small: int) -> tuple[list[dict[str, Any]], list[str], Release | None]:
    """Return the rows of a shape, what is to be said of them, and the release behind counts of people.

    Args:
        workspace: whose counts.
        shape: one of `SHAPES`.
        small: counts of people from 1 to one less are withheld, and others for their sake.

    Raises:
        UnknownName: no such shape.
        InputError: the workspace holds nothing of it.
    """
    if shape not in SHAPES:
        raise UnknownName("shape", shape, SHAPES)
    store = workspace.store
    words = [f"Shape of the questionnaire only ({shape}): whether figures meet its definitions is not checked here."]
    if shape in _PEOPLE:
        marks = ", ".join("?" for _ in _PEOPLE[shape])
        rows = store.rows(_COUNTS.format(marks=marks), list(_PEOPLE[shape]))
        return _people(_held(rows, shape), words, small)
    rows = store.rows(_SEIZED) if shape == "arq-seizures" else store.rows(_MEASURED, [_SIGNALS[shape]])
    made = [dict(row) for row in _held(rows, shape)]
    if shape == "arq-seizures":
        made = [row | {"unit": "kg"} for row in made]
    return made, words, None


def _held(rows: list[dict[str, Any]], shape: str) -> list[dict[str, Any]]:
    if not rows:
        hint = "Load them first: counterflow watch load."
        raise InputError(f"The workspace holds nothing for {shape}, by year and coarse place.", hint=hint)
    return rows


def _people(
    rows: list[dict[str, Any]], words: list[str], small: int
) -> tuple[list[dict[str, Any]], list[str], Release | None]:
    """Return counts of people with small ones withheld; a year of which a period is withheld already has no count."""
    whole = [row for row in rows if not row["lacking"]]
    lacking = len(rows) - len(whole)
    if lacking:
        words.append(f"{lacking:,} row(s) have a period that its source withheld or did not count: no sum is given.")
    labels = ("year", "source", "place", "subject")
    names = [f"{row['subject']} ({row['definition']}, {row['grain']})" for row in whole]
    made = None
    shown: dict[int, str] = {}
    if whole:
        text = io.StringIO()
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow([*labels, "n"])
        lines.writerows(
            [row["year"], row["source"], row["place"], name, int(row["n"])]
            for row, name in zip(whole, names, strict=True)
        )
        sheet = sheet_of(rows_of(text.getvalue().encode(), Path("counts.csv")))
        made = release(sheet, Ask(columns=("n",), minimum=small))
        shown = {id(row): out["n"] for row, out in zip(whole, made.rows(), strict=True)}
    told = [
        {name: row[name] for name in ("year", "source", "place", "subject", "definition", "grain", "days")}
        | {"n": shown.get(id(row), "")}
        for row in rows
    ]
    return told, words, made
