"""CDC WONDER exports of deaths: tab-separated text (or its CSV), with the query in words below a line "---".

Deaths under ten are "Suppressed", never zero. Rows that WONDER adds as totals ("Total" in Notes) are passed over. The
codes of the query decide what is counted: with drug poisoning as underlying cause it is `deaths`, else
`deaths-all-causes`; a multiple cause is "any mention", so causes do not add up.

Checked: header, month and year codes, "(provisional)", "Suppressed", "Unreliable", "Not Applicable", totals and the
block below, against published exports of D76, D77, D157 and D176 (1999-2020, 2018-2024, provisional to 2026). Recalled:
the block's wording for multiple causes ("MCD - ICD-10 Codes").
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.watch.series.published.names import icd_subject
from counterflow.watch.series.published.sheet import Sheet, folded_name, number, text_of
from counterflow.watch.series.published.states import level_of, state_letters
from counterflow.watch.series.published.when import Period, as_of_day, day_of, month_of
from counterflow.watch.series.reader import COUNTS, Options, Read, table_for

__all__ = ["read_wonder"]

Mask = npt.NDArray[np.bool_]
SOURCE = "cdc-wonder"
_COLUMNS = {
    "notes": ("Notes",), "deaths": ("Deaths",),
    "state": ("State", "Residence State", "Occurrence State"),
    "state_code": ("State Code", "Residence State Code", "Occurrence State Code"),
    "county_code": ("County Code", "Residence County Code", "Occurrence County Code"),
    "region_code": ("HHS Region Code", "Census Region Code", "Census Division Code", "Residence HHS Region Code",
                    "Residence Census Region Code", "Residence Census Division Code"),
    "year_code": ("Year Code",), "month_code": ("Month Code", "Year/Month Code"),
    "week": ("MMWR Week",), "week_code": ("MMWR Week Code",),
    "cause": ("Multiple Cause of death",), "cause_code": ("Multiple Cause of death Code",),
}  # fmt: skip
#: what each exporter adds to a row and that is no split of it
_FIGURES = frozenset(
    map(folded_name, (
        "Population", "Crude Rate", "Age Adjusted Rate", "% of Total Deaths", "% Total Deaths", "State", "County",
        "Year", "Month", "MMWR Year", "MMWR Year Code", "Residence State", "Residence County", "Occurrence State",
        "Occurrence County", "HHS Region", "Census Region", "Census Division", "Residence HHS Region",
        "Residence Census Region", "Residence Census Division", "Year/Month", "2013 Urbanization",
        "2013 Urbanization Code",
    ))
)  # fmt: skip
_KEY = (
    "county_code",
    "state",
    "state_code",
    "region_code",
    "year_code",
    "month_code",
    "week",
    "week_code",
    "cause_code",
)
_DRUG = re.compile(r"\b(X4[0-4]|X6[0-4]|X85|Y1[0-4])")
_T_CODE = re.compile(r"\bT\d\d\.\d\b")
_ENDING = re.compile(r"ending (.+)$")
_WITHHELD = "suppressed"
_NO_FIGURE = frozenset({_WITHHELD, "missing", "notavailable"})


def read_wonder(content: bytes, file: str, options: Options) -> Read:
    """Read deaths by place and month, week or year.

    Raises:
        InputError: no such export, split by what persons are, or without any period.
    """
    sheet = Sheet(
        text_of(content, file), file, _COLUMNS, ("deaths",), passed_over=_is_total, until="---",
    )  # fmt: skip
    _no_persons(sheet)
    query = _Query(sheet.after)
    grain, periods = _periods(sheet)
    places, levels = _places(sheet)
    sheet.refuse_twice(*(w for w in _KEY if w in sheet))
    count, withheld, unknown = _deaths(sheet)
    as_of, said = as_of_day(options, file, query.day)
    over = np.array([p is not None and p[1] > as_of for p in periods], bool)
    sheet.refuse(over, "deaths", "period-not-over", f"The export is of {as_of}, before this period's end.")
    subjects = _subjects(sheet, query)
    at = np.flatnonzero(sheet.kept).tolist()
    when = [period for period in (periods[i] for i in at) if period is not None]
    columns = {
        "source": options.source or SOURCE, "place": [places[i] for i in at], "level": [levels[i] for i in at],
        "measure": query.measure, "subject": [subjects[i] for i in at], "definition": query.definition, "grain": grain,
        "starts": [each[0] for each in when], "ends": [each[1] for each in when], "count": count[at],
        "suppressed": pa.array(withheld[at]), "looked_for": pa.array(~unknown[at]), "as_of": as_of,
    }  # fmt: skip
    told = [said, *query.said]
    if withheld.any():
        told.append(f"{int(withheld.sum())} counts are withheld (1 to 9 deaths)")
    if sheet.sums:
        told.append(f"{sheet.sums} lines of totals are passed over")
    counts = table_for(COUNTS, len(at), columns)
    return Read(sheet.n, counts, refused=sheet.refused, said=tuple(t for t in told if t))


def _is_total(row: Sequence[str], place: Mapping[str, int]) -> bool:
    return "notes" in place and row[place["notes"]].strip().casefold() == "total"


def _no_persons(sheet: Sheet) -> None:
    """Refuse an export split by age, sex, race or anything else that its rows would have to be added up over."""
    known = {folded_name(name) for word, names in _COLUMNS.items() for name in (word, *names)} | _FIGURES
    for name in sheet.header:
        plain = folded_name(name)
        if plain in known or plain.startswith(("cruderate", "ageadjustedrate")) or not plain:
            continue
        message = "This export is split by more than place, period and cause."
        hint = "Group results by place, period and multiple cause alone: suppressed parts cannot be added up."
        raise InputError(message, file=sheet.file, line=1, column=name, hint=hint)


class _Query:
    """What the block below the data says of the query."""

    def __init__(self, lines: Sequence[str]) -> None:
        plain = [line.strip(' "') for line in lines]
        self.day = next((day_of(line) for line in plain if line.casefold().startswith("query date")), None)
        dataset = next((line.partition(":")[2].strip() for line in plain if line.startswith("Dataset:")), "")
        under = " ".join(line for line in plain if line.startswith("UCD"))
        multiple = " ".join(line for line in plain if line.startswith("MCD"))
        self.codes = sorted(set(_T_CODE.findall(multiple)))
        drugs = sorted(set(_DRUG.findall(under)))
        poisoning = bool(drugs) or "drug-induced" in under.casefold() or "drug poisoning" in under.casefold()
        self.measure = "deaths" if poisoning else "deaths-all-causes"
        cause = ",".join(drugs) if drugs else "drug-induced" if poisoning else "any"
        mention = f"; mcd {'+'.join(self.codes)} any mention" if self.codes else ""
        self.definition = f"wonder {dataset or 'dataset not said'}; ucd {cause}{mention}"
        self.said: list[str] = []
        if not plain:
            self.said.append("the block below the data is missing: nothing says which causes are counted")
        elif not poisoning:
            self.said.append("the query does not name drug poisoning as underlying cause: kept as deaths-all-causes")

    @property
    def subject(self) -> str:
        """Return what the whole export is about."""
        if not self.codes:
            return "all"
        return (icd_subject(self.codes[0]) if len(self.codes) == 1 else None) or "+".join(self.codes)


def _subjects(sheet: Sheet, query: _Query) -> list[str]:
    if "cause_code" not in sheet:
        return [query.subject] * sheet.n
    codes, labels = sheet.text("cause_code"), sheet.text("cause")
    known = {
        pair: icd_subject(pair[0]) or (f"{pair[1]} ({pair[0]})" if pair[1] else pair[0]) or query.subject
        for pair in set(zip(codes, labels, strict=True))
    }
    return [known[pair] for pair in zip(codes, labels, strict=True)]


def _periods(sheet: Sheet) -> tuple[str, list[Period | None]]:
    """Return the grain and each row's period, by the finest column of time there is."""
    readings = (("week_code", "week", _week, "week"), ("week", "week", _week, "week"),
                ("month_code", "month_code", _month, "month"), ("year_code", "year_code", _year, "year"))  # fmt: skip
    for word, column, read, grain in readings:
        if word in sheet and column in sheet:
            found = sheet.each(column, read)
            bad = np.array([each is None for each in found], bool)
            sheet.refuse(bad, column, "no-period", "The code of a period, as 2021/01.")
            return grain, found
    hint = "Group results by Year, Month or MMWR Week: without it no period is known."
    raise InputError("The export has no period.", file=sheet.file, line=1, column="Year Code", hint=hint)


def _month(text: str) -> Period | None:
    year, slash, month = text.strip().partition("/")
    if not (slash and year.isdigit() and month.isdigit() and 1 <= int(month) <= 12):
        return None
    return month_of(int(year), int(month))


def _year(text: str) -> Period | None:
    plain = text.strip().removesuffix(".0")
    return (dt.date(int(plain), 1, 1), dt.date(int(plain), 12, 31)) if plain.isdigit() and len(plain) == 4 else None


def _week(text: str) -> Period | None:
    """Return the week that "2018 Week 01 ending January 06, 2018" names."""
    found = _ENDING.search(text.partition("(")[0].strip())
    last = day_of(found.group(1)) if found else None
    return (last - dt.timedelta(days=6), last) if last else None


def _places(sheet: Sheet) -> tuple[list[str], list[str]]:
    """Return each row's place and its level: counties by FIPS digits, states by their letters."""
    if "county_code" in sheet:
        found = sheet.each("county_code", lambda text: text.removesuffix(".0").zfill(5))
        bad = np.array([not (each.isdigit() and int(each)) for each in found], bool)
        sheet.refuse(bad, "county_code", "no-place", "A county's FIPS code has five digits.")
        return found, ["county"] * sheet.n
    if "state" in sheet or "state_code" in sheet:
        word = "state_code" if "state_code" in sheet else "state"
        letters = sheet.each(word, state_letters)
        sheet.refuse(np.array([each is None for each in letters], bool), word, "no-place", "A state's name or code.")
        return [each or "" for each in letters], [level_of(each) if each else "" for each in letters]
    if "region_code" in sheet:
        return sheet.text("region_code"), ["region"] * sheet.n
    return ["US"] * sheet.n, ["nation"] * sheet.n


def _deaths(sheet: Sheet) -> tuple[npt.NDArray[np.float64], Mask, Mask]:
    """Return counts, which are withheld, and which are not known for another reason."""
    words = sheet.each("deaths", folded_name)
    count = np.array(sheet.each("deaths", number), np.float64) if sheet.n else np.empty(0)
    withheld = np.array([word == _WITHHELD for word in words], bool)
    unknown = np.array([word in _NO_FIGURE - {_WITHHELD} for word in words], bool)
    bad = np.isnan(count) & ~withheld & ~unknown
    sheet.refuse(bad, "deaths", "no-count", "A whole number or Suppressed.")
    whole = np.nan_to_num(count)
    sheet.refuse((whole < 0) | (whole != np.floor(whole)), "deaths", "no-count", "A count is whole and not below 0.")
    return count, withheld, unknown
