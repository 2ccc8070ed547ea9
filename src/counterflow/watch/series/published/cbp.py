"""CBP nationwide drug seizures: events and pounds by month of the fiscal year, office, land border or not, and drug.

A seizure is an activity: it follows effort as much as supply. Counts carry `seizures` by office, drug and month; the
signals carry events and kilograms, by land border or not. What the table does not list is not written as zero unless
`--option absent=zero` says that an office's missing drug means none.

Checked: FY19 to FY22 as published (nine columns), and the header and "2026 (FYTD)" of FY23 to FY26. The pound is the
avoirdupois pound of 0.45359237 kg, by definition.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.units import KILOGRAMS_PER
from counterflow.watch.series.published.names import Named
from counterflow.watch.series.published.sheet import Sheet, text_of
from counterflow.watch.series.published.when import Period, as_of_day, fiscal_month, month_number, year_of
from counterflow.watch.series.reader import COUNTS, SIGNALS, Options, Read, table_for

__all__ = ["read_cbp"]

SOURCE = "cbp-seizures"
_DEFINITION = "cbp nationwide drugs; events by office and drug"
_COLUMNS = {
    "year": ("FY", "Fiscal Year"), "month": ("Month (abbv)", "Month"), "component": ("Component",),
    "region": ("Region",),
    "land": ("Land Filter",), "area": ("Area of Responsibility", "AOR"), "drug": ("Drug Type", "Drug"),
    "events": ("Count of Event", "Count of Events", "Event Count", "Seizure Count"),
    "pounds": ("Sum Qty (lbs)", "Sum Quantity (lbs)", "Quantity (lbs)", "Sum Qty (lb)"),
}  # fmt: skip
_ROUTES = {"land only": "land", "other": "other", "": ""}


def read_cbp(content: bytes, file: str, options: Options) -> Read:
    """Read events and kilograms by calendar month.

    Raises:
        InputError: not this table.
    """
    sheet = Sheet(text_of(content, file), file, _COLUMNS, ("year", "month", "area", "drug", "events", "pounds"))
    years, months = sheet.each("year", year_of), sheet.each("month", month_number)
    sheet.refuse(np.array([not y for y in years], bool), "year", "no-year", "A fiscal year, as 2024 or 2026 (FYTD).")
    sheet.refuse(np.array([not m for m in months], bool), "month", "no-month", "A month, as OCT.")
    events = sheet.numbers("events", whole=True, empty=False)
    pounds = sheet.numbers("pounds", empty=False)
    areas = sheet.each("area", lambda text: " ".join(text.split()))
    sheet.refuse(np.array([not each for each in areas], bool), "area", "no-place", "An office or sector.")
    sheet.refuse_twice("year", "month", "component", "region", "land", "area", "drug")
    named = Named()
    drugs = sheet.each("drug", named.subject)
    sheet.refuse(np.array([not each for each in drugs], bool), "drug", "no-drug", "A kind of drug.")
    known: dict[tuple[int, int], Period] = {}
    when = [known.setdefault((y, m), fiscal_month(y or 1900, m or 1)) for y, m in zip(years, months, strict=True)]
    as_of, said = as_of_day(options, file, None)
    over = np.array([each[1] > as_of for each in when], bool)
    sheet.refuse(over, "month", "period-not-over", f"The file is of {as_of}; --as-of names another day.")
    at = np.flatnonzero(sheet.kept)
    lands = sheet.text("land")
    rows = pa.table(
        {
            "place": pa.array([areas[i] for i in at], pa.string()),
            "substance": pa.array([drugs[i] for i in at], pa.string()),
            "starts": pa.array([when[i][0] for i in at], pa.date32()),
            "ends": pa.array([when[i][1] for i in at], pa.date32()),
            "route": pa.array([_route(lands[i]) for i in at], pa.string()),
            "events": events[at], "kg": pounds[at] * KILOGRAMS_PER["lb"],
        }
    )  # fmt: skip
    source = options.source or SOURCE
    told = [said, *named.words("kinds of drug"), "seizures are activity: read them beside effort"]
    counts, filled = _counts(rows, source, as_of, zero=options.more.get("absent") == "zero")
    if filled:
        told.append(f"{filled} months of an office and drug that the table does not list are written as 0, as asked")
    else:
        told.append("what the table does not list is not written as zero (--option absent=zero to do so)")
    signals = _signals(rows, source, as_of)
    return Read(sheet.n, counts, signals=signals, refused=sheet.refused, said=tuple(t for t in told if t))


def _route(land: str) -> str:
    """Return how it came, as far as the land filter tells."""
    return _ROUTES.get(land.casefold(), land.casefold())


def _counts(rows: pa.Table, source: str, as_of: dt.date, *, zero: bool) -> tuple[pa.Table, int]:
    """Return events by office, drug and month, with zeros for what is absent where asked, and how many those are."""
    cells = rows.group_by(["place", "substance", "starts", "ends"]).aggregate([("events", "sum")])
    filled = 0
    if zero and cells.num_rows:
        before = cells.num_rows
        cells = _with_zeros(cells)
        filled = cells.num_rows - before
    columns = {
        "source": source, "place": cells.column("place"), "level": "region", "measure": "seizures",
        "subject": cells.column("substance"), "definition": _DEFINITION, "grain": "month",
        "starts": cells.column("starts"), "ends": cells.column("ends"), "count": cells.column("events_sum"),
        "suppressed": False, "looked_for": True, "as_of": as_of,
    }  # fmt: skip
    return table_for(COUNTS, cells.num_rows, columns), filled


def _with_zeros(cells: pa.Table) -> pa.Table:
    """Return cells with a zero for each month of the file in which an office and drug that it names are not listed."""
    months = cells.select(["starts", "ends"]).group_by(["starts", "ends"]).aggregate([])
    pairs = cells.select(["place", "substance"]).group_by(["place", "substance"]).aggregate([])
    key = pa.array(np.zeros(pairs.num_rows, np.int8))
    every = pairs.append_column("k", key).join(
        months.append_column("k", pa.array(np.zeros(months.num_rows, np.int8))), "k", join_type="inner"
    )
    joined = every.drop_columns(["k"]).join(cells, ["place", "substance", "starts", "ends"], join_type="left outer")
    counted = pc.fill_null(joined.column("events_sum"), 0.0)
    return joined.set_column(joined.column_names.index("events_sum"), "events_sum", counted)


def _signals(rows: pa.Table, source: str, as_of: dt.date) -> pa.Table:
    """Return events and kilograms by office, drug, month and whether it came over land."""
    keys = ["place", "substance", "starts", "ends", "route"]
    cells = rows.group_by(keys).aggregate([("events", "sum"), ("kg", "sum")])
    here = {name: cells.column(name) for name in keys} | {
        "source": source, "form": "", "market": "", "as_of": as_of,
        "n": pa.array(np.rint(cells.column("events_sum").to_numpy()).astype(np.int64)),
    }  # fmt: skip
    one = {"measure": "seizures", "value": cells.column("events_sum"), "unit": "events"}
    two = {"measure": "mass-kg", "value": cells.column("kg_sum"), "unit": "kg"}
    return pa.concat_tables([table_for(SIGNALS, cells.num_rows, here | each) for each in (one, two)])
