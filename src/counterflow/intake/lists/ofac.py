"""The Treasury's list of Specially Designated Nationals, from its CSV files.

Published by the Office of Foreign Assets Control as `sdn.csv`, `alt.csv` and `add.csv` without a header,
described in its "SDN data formats" (dat_spec.txt): fields in fixed order, ``-0-`` where a field is empty,
the end-of-file mark 0x1A at the end. Copies with a header line and gzip copies are read as well.

Aliases that the Treasury calls weak are not in `alt.csv`: it prints them in the remarks, as ``a.k.a. 'PACHO'.``
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from counterflow.core.errors import InputError
from counterflow.intake.lists.files import ListFile, read_list_file
from counterflow.intake.lists.load import Gathered, ListLoad, digest_of, is_narcotics, schema_of

__all__ = ["load_ofac"]

LIST = "ofac-sdn"
SDN = (
    "ent_num", "name", "type", "program", "title", "call_sign",
    "vessel_type", "tonnage", "grt", "vessel_flag", "vessel_owner", "remarks",
)  # fmt: skip
ALT = ("ent_num", "alt_num", "alt_type", "alt_name", "alt_remarks")
ADD = ("ent_num", "add_num", "address", "city_state_zip", "country", "add_remarks")
_EMPTY = "-0-"
#: A header may name a column otherwise, as the Treasury's own documents do.
_OTHER_NAMES = {"sdn_name": "name", "sdn_type": "type", "city_state_province_postal_code": "city_state_zip"}
_WEAK = re.compile(r"a\.k\.a\. '(.+?)'(?=\s*[;.,(]|$)")


def load_ofac(
    sdn: Path,
    alt: Path | None = None,
    add: Path | None = None,
    published: dt.date | None = None,
    list_name: str = LIST,
) -> ListLoad:
    """Read one edition of the list; nothing is stored yet.

    Args:
        sdn: names, programmes and remarks; every other row hangs on these.
        alt: aliases of the same edition.
        add: addresses of the same edition.
        published: the day the edition was published.
        list_name: what the list is called here; the training world's invented list must not pass for the real one.

    Raises:
        InputError: a file is missing, empty, damaged, or not the file that its place asks for.
    """
    paths = {"sdn": sdn, "alt": alt, "add": add}
    files = {part: read_list_file(path) for part, path in paths.items() if path is not None}
    sha256 = digest_of(files)
    gathered = Gathered(list_name, sha256[:12])
    entries = _read_sdn(files["sdn"], gathered)
    if "alt" in files:
        _read_alt(files["alt"], entries, gathered)
    if "add" in files:
        _read_add(files["add"], entries, gathered)
    gathered.entries += [row for entry in entries.values() for row in _name_rows(entry)]
    return gathered.finish(files, sha256, published)


def _read_sdn(file: ListFile, gathered: Gathered) -> dict[str, dict[str, Any]]:
    """Return the entries by their number, and refuse rows without a number or name."""
    entries: dict[str, dict[str, Any]] = {}
    for line, raw, row in _records(file, SDN, gathered):
        number = row["ent_num"]
        if not row["name"]:
            gathered.refuse(file.name, line, raw, "no-name", column="name", hint="The entry has no name.")
        elif number in entries:
            gathered.refuse(
                file.name, line, raw, "double-entry", column="ent_num", value=number,
                hint="An earlier row has this number; the first counts.",
            )  # fmt: skip
        else:
            entries[number] = row | {"names": [], "countries": []}
            gathered.accepted += 1
    return entries


def _read_alt(file: ListFile, entries: dict[str, dict[str, Any]], gathered: Gathered) -> None:
    for line, raw, row in _records(file, ALT, gathered):
        if _belongs(file, line, raw, row, entries, gathered):
            if not row["alt_name"]:
                gathered.refuse(file.name, line, raw, "no-name", column="alt_name", hint="The alias is empty.")
                continue
            kind = "weak_alias" if "weak" in row["alt_remarks"].casefold() else "alias"
            entries[row["ent_num"]]["names"].append((row["alt_name"], kind))
            gathered.accepted += 1


def _read_add(file: ListFile, entries: dict[str, dict[str, Any]], gathered: Gathered) -> None:
    for line, raw, row in _records(file, ADD, gathered):
        if _belongs(file, line, raw, row, entries, gathered):
            place = ", ".join(filter(None, (row["address"], row["city_state_zip"])))
            country = row["country"] or None
            gathered.addresses.append(
                {"entry_id": f"ofac:{row['ent_num']}", "address": place or None, "country": country}
            )
            if country and country not in entries[row["ent_num"]]["countries"]:
                entries[row["ent_num"]]["countries"].append(country)
            gathered.accepted += 1


def _belongs(
    file: ListFile,
    line: int,
    raw: list[str],
    row: dict[str, str],
    entries: dict[str, Any],
    gathered: Gathered,
) -> bool:
    if row["ent_num"] in entries:
        return True
    gathered.refuse(
        file.name, line, raw, "no-such-entry", column="ent_num", value=row["ent_num"],
        hint="No accepted row of the SDN file has this number: are the files of one edition?",
    )  # fmt: skip
    return False


def _name_rows(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield one LIST_ENTRY row for each different name, the primary first."""
    program = " ".join(entry["program"].replace("[", " ").replace("]", " ").split())
    weak = [(name, "weak_alias") for name in _WEAK.findall(entry["remarks"])]
    seen: set[str] = set()
    for name, kind in [(entry["name"], "primary"), *entry["names"], *weak]:
        if name in seen:
            continue
        seen.add(name)
        yield {
            "entry_id": f"ofac:{entry['ent_num']}",
            "name": name,
            "name_kind": kind,
            "schema": schema_of(entry["type"]),
            "program": program or None,
            "narcotics": is_narcotics(program),
            "country": "; ".join(entry["countries"]) or None,
            "remarks": entry["remarks"] or None,
        }


def _records(
    file: ListFile, columns: tuple[str, ...], gathered: Gathered
) -> Iterator[tuple[int, list[str], dict[str, str]]]:
    """Yield each row as line, cells and columns by name; refuse those of another width or no number."""
    rows = file.rows()
    line, first = next(rows)
    order = _header(first)
    if order is None:
        _check_width(file, line, first, columns)
        yield from _record(file, line, first, columns, gathered)
    else:
        _check_header(file, order, columns)
    for line, row in rows:
        yield from _record(file, line, row, order or columns, gathered)


def _record(
    file: ListFile, line: int, row: list[str], columns: tuple[str, ...], gathered: Gathered
) -> Iterator[tuple[int, list[str], dict[str, str]]]:
    gathered.read += 1
    if len(row) != len(columns):
        hint = f"The file has {len(columns)} columns."
        gathered.refuse(file.name, line, row, "wrong-width", value=str(len(row)), hint=hint)
        return
    cells = {column: _clean(cell) for column, cell in zip(columns, row, strict=True)}
    if not (cells["ent_num"].isascii() and cells["ent_num"].isdigit()):
        gathered.refuse(
            file.name, line, row, "no-number", column="ent_num", value=cells["ent_num"],
            hint="An entry's number is a whole number.",
        )  # fmt: skip
        return
    yield line, row, cells


def _clean(cell: str) -> str:
    cell = " ".join(cell.split())
    return "" if cell == _EMPTY else cell


def _plain(cell: str) -> str:
    return re.sub(r"\W+", "_", cell.casefold()).strip("_")


def _header(row: list[str]) -> tuple[str, ...] | None:
    """Return the columns that a header line names, or None where the first line is a row already."""
    names = tuple(_OTHER_NAMES.get(_plain(cell), _plain(cell)) for cell in row)
    return names if "ent_num" in names else None


def _check_width(file: ListFile, line: int, row: list[str], columns: tuple[str, ...]) -> None:
    if len(row) != len(columns):
        kinds = {len(SDN): "sdn.csv", len(ALT): "alt.csv", len(ADD): "add.csv"}
        looks = f"It looks like {kinds[len(row)]}." if len(row) in kinds else "Take the Treasury's CSV edition."
        raise InputError(
            f"The first row has {len(row)} columns; {kinds[len(columns)]} has {len(columns)}.",
            hint=looks, file=file.name, line=line,
        )  # fmt: skip


def _check_header(file: ListFile, header: tuple[str, ...], columns: tuple[str, ...]) -> None:
    missing = [column for column in columns if column not in header]
    if missing:
        raise InputError(
            f"The header lacks {', '.join(missing)}.",
            hint=f"Columns: {', '.join(columns)}.",
            file=file.name,
            line=1,
        )
