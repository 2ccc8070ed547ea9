"""The US Commerce Department's Denied Persons List, in each of the layouts that it has been published in.

Until 2025 a tab-separated `dpl.txt` (Name, Street_Address … FR_Citation), of which CSV copies exist; since then a CSV
export with name and address in one field (Bureau of Industry and Security, "Denied Persons List"; 15 CFR 764.3(a)(2)).
The list has no ids: an entry is a name and the day its order took effect, so that a corrected address or a renewed
citation is a change of the same entry. One entry may have several rows, one per address.

An order that has expired stays on the list. Which have is told by the list itself, not by today's clock, so that the
same file is always the same version: an order that ended before the newest order of the file began has the programme
``BIS-DPL-EXPIRED``. Every remark gives both days.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from counterflow.core.errors import InputError, nearest
from counterflow.intake.lists.entry import Listed, Place
from counterflow.intake.lists.files import ListFile, read_list_file
from counterflow.intake.lists.load import Gathered, ListLoad, digest_of
from counterflow.intake.lists.names import tidy

__all__ = ["load_bis"]

LIST = "bis-dpl"
IN_FORCE, EXPIRED = "BIS-DPL", "BIS-DPL-EXPIRED"
_TXT = (
    "name", "street_address", "city", "state", "country", "postal_code", "effective_date", "expiration_date",
    "standard_order", "last_update", "action", "fr_citation",
)  # fmt: skip
_EXPORT = (
    "name_and_address", "type_of_denial", "appropriate_federal_register_citations", "effective_date", "expiration_date",
)  # fmt: skip
#: columns that a row cannot do without
_NEEDED = ({"name", "effective_date"}, {"name_and_address", "effective_date"})
_DAY = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{4})$|^(\d{4})-(\d{1,2})-(\d{1,2})$")


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    place: Place
    begins: dt.date
    ends: dt.date | None
    remarks: str


def load_bis(path: Path, published: dt.date | None = None, list_name: str = LIST) -> ListLoad:
    """Read one edition of the list; nothing is stored yet.

    Args:
        path: the file as published (tab-separated or CSV), plain or gzip.
        published: the day the edition was published.
        list_name: what the list is called here.

    Raises:
        InputError: the file is missing, damaged, or has other columns.
    """
    file = read_list_file(path)
    rows = file.rows(file.delimiter())
    header = [_plain(cell) for cell in next(rows)[1]]
    read_row = _layout(file, header)
    gathered = Gathered(list_name)
    kept: dict[str, Listed] = {}
    ends: dict[str, dt.date | None] = {}
    seen: set[tuple[str, ...]] = set()
    newest = dt.date.min
    for line, cells in rows:
        row = _row(file, line, cells, header, read_row, gathered)
        if row is None:
            continue
        whole = tuple(map(tidy, cells))
        if whole in seen:
            gathered.refuse(file.name, line, cells, "double-entry", hint="An earlier row says the same, word for word.")
            continue
        seen.add(whole)
        gathered.accepted += 1
        newest = max(newest, row.begins)
        _add(kept, ends, row)
    for number, entry in kept.items():
        end = ends[number]
        entry.program = EXPIRED if end is not None and end < newest else IN_FORCE
        gathered.take(entry)
    return gathered.finish([file.name], digest_of({"list": file}), published)


def _layout(file: ListFile, header: list[str]) -> Callable[[dict[str, str]], tuple[str, Place, str]]:
    for needed, read_row in zip(_NEEDED, (_of_txt, _of_export), strict=True):
        if needed <= set(header):
            return read_row
    wanted = _EXPORT if "name_and_address" in header else _TXT
    missing = [column for column in wanted if column not in header]
    close = [f"{name!r} may be {column}" for column in missing for name in nearest(column, set(header), 1)]
    raise InputError(
        f"The header lacks {', '.join(missing[:6])}.",
        hint=f"{'; '.join(close)}. Columns: {', '.join(wanted)}.".removeprefix(". "), file=file.name, line=1,
    )  # fmt: skip


def _row(
    file: ListFile, line: int, cells: list[str], header: list[str],
    read_row: Callable[[dict[str, str]], tuple[str, Place, str]], gathered: Gathered,
) -> _Row | None:  # fmt: skip
    gathered.read += 1
    if len(cells) != len(header):
        hint = f"The header has {len(header)} columns."
        gathered.refuse(file.name, line, cells, "wrong-width", value=str(len(cells)), hint=hint)
        return None
    said = dict(zip(header, map(tidy, cells), strict=True))
    name, place, remarks = read_row(said)
    if not gathered.usable(file.name, line, cells, name, header[0]):
        return None
    begins = _day(said["effective_date"])
    if begins is None:
        hint = "A day is written 06/19/2003 or 2003-06-19; without it the entry has no lasting id."
        value = said["effective_date"]
        gathered.refuse(file.name, line, cells, "no-date", column="effective_date", value=value, hint=hint)
        return None
    written = said.get("expiration_date", "")
    ends = _day(written)
    if written and ends is None:
        gathered.noted["date-not-understood"] += 1
    until = f"expires {ends.isoformat()}" if ends else f"expires {written}" if written else "expires never"
    said_so = "; ".join(filter(None, (f"effective {begins.isoformat()}", until, remarks)))
    return _Row(name, place, begins, ends, said_so)


def _of_txt(said: dict[str, str]) -> tuple[str, Place, str]:
    region = ", ".join(filter(None, (said.get("city"), said.get("state"))))
    code = said.get("postal_code", "")
    whole = ", ".join(filter(None, (said.get("street_address"), " ".join(filter(None, (region, code))))))
    place = Place(whole=whole, city=said.get("city", ""), postcode=code, country=said.get("country", ""))
    return said["name"], place, "; ".join(filter(None, (said.get("action"), said.get("fr_citation"))))


def _of_export(said: dict[str, str]) -> tuple[str, Place, str]:
    name, _, address = said["name_and_address"].partition(",")
    citation = said.get("appropriate_federal_register_citations")
    return tidy(name), Place(whole=tidy(address)), "; ".join(filter(None, (said.get("type_of_denial"), citation)))


def _add(kept: dict[str, Listed], ends: dict[str, dt.date | None], row: _Row) -> None:
    number = hashlib.sha256(f"{row.name.casefold()}\x1f{row.begins.isoformat()}".encode()).hexdigest()[:12]
    if number not in kept:
        kept[number] = Listed(
            entry_id=f"bis:{number}", names=[(row.name, "primary")], schema="LegalEntity", remarks=row.remarks
        )
        ends[number] = row.ends
    entry = kept[number]
    if row.name != entry.names[0][0]:
        entry.names.append((row.name, "alias"))
    if row.place and row.place not in entry.addresses:
        entry.addresses.append(row.place)
    # Where rows of one entry disagree on the end, the later end holds: an order that runs on must not be lost.
    known = ends[number]
    ends[number] = max(known, row.ends) if known and row.ends else None


def _day(written: str) -> dt.date | None:
    match = _DAY.match(written)
    if match is None:
        return None
    month, day, year = (match[1], match[2], match[3]) if match[1] else (match[5], match[6], match[4])
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _plain(cell: str) -> str:
    return re.sub(r"\W+", "_", cell.casefold()).strip("_")
