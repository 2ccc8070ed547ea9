"""NFLIS-Drug tables: reports of what forensic laboratories found, by state, year and substance.

A report says that a laboratory identified a substance in a submitted item: it follows what the police submit and what
the laboratory looks for. Salts of one base are added up; the base is looked up in the registry.

Checked: the public data query of the class of fentanyl, 1998 to 2022, run 2025-08-10. Recalled: the plain form of the
annual tables (State, Year, Drug, Reports).
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from counterflow.watch.series.published.names import Named
from counterflow.watch.series.published.sheet import Sheet, text_of
from counterflow.watch.series.published.states import level_of, state_letters
from counterflow.watch.series.published.when import as_of_day, day_of
from counterflow.watch.series.reader import COUNTS, Options, Read, table_for

__all__ = ["read_nflis"]

SOURCE = "nflis"
_DEFINITION = "nflis-drug reports; salts added up by base"
_COLUMNS = {
    "year": ("YYYY", "Year"), "period": ("PERIOD",), "state": ("STATE", "State"),
    "substance": ("SUBSTANCE_DESCRIPTION", "Substance", "Drug"), "base": ("BASE_DESCRIPTION", "Base"),
    "reports": ("DRUG_REPORTS", "Drug Reports", "Reports", "Number of Reports", "Count"),
    "run": ("QUERY_RUN_DATE",),
}  # fmt: skip
_YEAR_DIGITS = 4
#: what laboratories write for a state that is not known
_NOWHERE = frozenset({"XX", "ZZ"})


def read_nflis(content: bytes, file: str, options: Options) -> Read:
    """Read reports by state, year and base.

    Raises:
        InputError: not this table.
    """
    sheet = Sheet(text_of(content, file), file, _COLUMNS, ("year", "state", "substance", "reports"))
    years = sheet.each("year", _whole_year)
    sheet.refuse(np.array([not y for y in years], bool), "year", "no-year", "A whole year, as 2022.")
    parts = sheet.each("period", lambda text: not text or bool(_whole_year(text)))
    sheet.refuse(np.array([not p for p in parts], bool), "period", "part-of-a-year", "Only whole years are read here.")
    places = [state_letters(s) or (s if s in _NOWHERE else None) for s in sheet.text("state")]
    sheet.refuse(np.array([p is None for p in places], bool), "state", "no-place", "A state's two letters.")
    reports = sheet.numbers("reports", whole=True, empty=False)
    sheet.refuse_twice("year", "period", "state", "substance", "base")
    named = Named()
    subjects = _subjects(sheet, named)
    runs = [day for day in sheet.each("run", day_of) if day is not None]
    as_of, said = as_of_day(options, file, max(runs, default=None))
    sheet.refuse(
        np.array([y >= as_of.year for y in years], bool), "year", "period-not-over", f"The file is of {as_of}."
    )
    at = np.flatnonzero(sheet.kept).tolist()
    rows = pa.table(
        {
            "place": pa.array([places[i] for i in at], pa.string()),
            "subject": pa.array([subjects[i] for i in at], pa.string()),
            "year": pa.array([years[i] for i in at], pa.int32()), "count": reports[at],
        }
    )  # fmt: skip
    cells = rows.group_by(["place", "subject", "year"]).aggregate([("count", "sum")])
    where, when = cells.column("place").to_pylist(), cells.column("year").to_pylist()
    columns = {
        "source": options.source or SOURCE, "place": cells.column("place"), "level": [level_of(p) for p in where],
        "measure": "lab-reports", "subject": cells.column("subject"), "definition": _DEFINITION, "grain": "year",
        "starts": [dt.date(y, 1, 1) for y in when], "ends": [dt.date(y, 12, 31) for y in when],
        "count": cells.column("count_sum"), "suppressed": False, "looked_for": True, "as_of": as_of,
    }  # fmt: skip
    told = [said, *named.words("substances")]
    nowhere = sum(p in _NOWHERE for p in where)
    if nowhere:
        told.append(f"{nowhere} cells are of no known state and stay under XX or ZZ")
    counts = table_for(COUNTS, cells.num_rows, columns)
    return Read(sheet.n, counts, refused=sheet.refused, said=tuple(t for t in told if t))


def _whole_year(text: str) -> int:
    return int(text) if text.isdigit() and len(text) == _YEAR_DIGITS else 0


def _subjects(sheet: Sheet, named: Named) -> list[str]:
    """Return the registry's id by the base where the table has one, else by the substance as written."""
    bases, written = sheet.text("base"), sheet.text("substance")
    known: dict[tuple[str, str], str] = {}
    for pair in set(zip(bases, written, strict=True)):
        known[pair] = named.subject(pair[0] or pair[1])
    return [known[pair] for pair in zip(bases, written, strict=True)]
