"""The Treasury's list of Specially Designated Nationals, from its CSV files.

Published by the Office of Foreign Assets Control as `sdn.csv`, `alt.csv` and `add.csv` without a header,
described in its "SDN data formats" (dat_spec.txt): fields in fixed order, ``-0-`` where a field is empty,
the end-of-file mark 0x1A at the end. Copies with a header line and gzip copies are read as well.

Aliases that the Treasury calls weak are not in `alt.csv`: it prints them in the remarks, as ``a.k.a. 'PACHO'.``
Births, nationalities and papers stand there as well (`remarks.py`); remarks longer than 1,000 characters go on in
`sdn_comments.csv`, without a space between.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from counterflow.core.errors import InputError, nearest
from counterflow.intake.lists.entry import Listed, Place, schema_of
from counterflow.intake.lists.files import ListFile, read_list_file
from counterflow.intake.lists.load import Gathered, ListLoad, digest_of
from counterflow.intake.lists.names import LONGEST_NAME, tidy
from counterflow.intake.lists.papers import paper
from counterflow.intake.lists.programs import one_spelling
from counterflow.intake.lists.remarks import read_remarks

__all__ = ["load_ofac"]

LIST = "ofac-sdn"
SDN = (
    "ent_num", "name", "type", "program", "title", "call_sign",
    "vessel_type", "tonnage", "grt", "vessel_flag", "vessel_owner", "remarks",
)  # fmt: skip
ALT = ("ent_num", "alt_num", "alt_type", "alt_name", "alt_remarks")
ADD = ("ent_num", "add_num", "address", "city_state_zip", "country", "add_remarks")
COMMENTS = ("ent_num", "remarks")
_EMPTY = "-0-"
#: A header may name a column otherwise, as the Treasury's own documents do.
_OTHER_NAMES = {"sdn_name": "name", "sdn_type": "type", "city_state_province_postal_code": "city_state_zip"}
#: a postcode at the end of ``London EC3N 1DY``: words with a digit in them, or letters before such a word
_POSTCODE = re.compile(r"^(?:(?P<city>.*?[^\W\d][^\d]*?),? )?(?P<code>(?:[A-Z]{1,3}[ -])?\S*\d\S*(?: \S*\d\S*)*)$")


def load_ofac(
    sdn: Path,
    alt: Path | None = None,
    add: Path | None = None,
    published: dt.date | None = None,
    list_name: str = LIST,
    comments: Path | None = None,
) -> ListLoad:
    """Read one edition of the list; nothing is stored yet.

    Args:
        sdn: names, programmes and remarks; every other row hangs on these.
        alt: aliases of the same edition.
        add: addresses of the same edition.
        published: the day the edition was published.
        list_name: what the list is called here; the training world's invented list must not pass for the real one.
        comments: what the remarks of the same edition go on with.

    Raises:
        InputError: a file is missing, empty, damaged, or not the file that its place asks for.
    """
    paths = {"sdn": sdn, "alt": alt, "add": add, "comments": comments}
    files = {part: read_list_file(path) for part, path in paths.items() if path is not None}
    gathered = Gathered(list_name)
    entries = _read_sdn(files["sdn"], gathered)
    for part, columns, take in (("alt", ALT, _take_alias), ("add", ADD, _take_address), ("comments", COMMENTS, _go_on)):
        if part in files:
            _read_part(files[part], columns, take, entries, gathered)
    for entry in entries.values():
        gathered.take(_with_remarks(entry))
    return gathered.finish([file.name for file in files.values()], digest_of(files), published)


def _read_sdn(file: ListFile, gathered: Gathered) -> dict[str, Listed]:
    """Return the entries by their number, and refuse rows without a number or name."""
    entries: dict[str, Listed] = {}
    for line, raw, row in _records(file, SDN, gathered):
        number = row["ent_num"]
        if not gathered.usable(file.name, line, raw, row["name"], "name"):
            continue
        if number in entries:
            gathered.refuse(
                file.name, line, raw, "double-entry", column="ent_num", value=number,
                hint="An earlier row has this number; the first counts.",
            )  # fmt: skip
            continue
        sign = paper("call-sign", row["call_sign"])
        entries[number] = Listed(
            entry_id=f"ofac:{number}", names=[(row["name"], "primary")], schema=schema_of(row["type"]),
            program=one_spelling(row["program"]), papers=[sign] if sign else [], remarks=row["remarks"],
        )  # fmt: skip
        gathered.accepted += 1
    return entries


_Take = Callable[[Listed, dict[str, str]], tuple[str, str] | None]


def _read_part(
    file: ListFile, columns: tuple[str, ...], take: _Take, entries: dict[str, Listed], gathered: Gathered
) -> None:
    """Read a file whose rows belong to entries; `take` says reason and hint where a row cannot be used."""
    for line, raw, row in _records(file, columns, gathered):
        entry = entries.get(row["ent_num"])
        if entry is None:
            gathered.refuse(
                file.name, line, raw, "no-such-entry", column="ent_num", value=row["ent_num"],
                hint="No accepted row of the SDN file has this number: are the files of one edition?",
            )  # fmt: skip
        elif why := take(entry, row):
            gathered.refuse(file.name, line, raw, why[0], column=columns[-1], hint=why[1])
        else:
            gathered.accepted += 1


def _take_alias(entry: Listed, row: dict[str, str]) -> tuple[str, str] | None:
    name = row["alt_name"]
    if not name:
        return "no-name", "The alias is empty."
    if len(name) > LONGEST_NAME:
        return "name-too-long", f"It has {len(name):,} characters; a name has {LONGEST_NAME:,} at most."
    entry.names.append((name, "weak_alias" if "weak" in row["alt_remarks"].casefold() else "alias"))
    return None


def _take_address(entry: Listed, row: dict[str, str]) -> None:
    city = row["city_state_zip"]
    match = _POSTCODE.match(city)
    entry.addresses.append(
        Place(
            whole=", ".join(filter(None, (row["address"], city))),
            city=(match["city"] or "") if match else city,
            postcode=match["code"] if match else "",
            country=row["country"],
        )
    )


def _go_on(entry: Listed, row: dict[str, str]) -> tuple[str, str] | None:
    if not row["remarks"]:
        return "no-value", "There is nothing to go on with."
    entry.remarks += row["remarks"]
    return None


def _with_remarks(entry: Listed) -> Listed:
    """Return the entry with what its remarks say in its own fields."""
    said = read_remarks(entry.remarks)
    entry.names += [(name, "weak_alias") for name in said.weak_aliases]
    entry.born += said.born
    entry.nationality += said.nationality
    entry.papers += said.papers
    return entry


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
    cell = tidy(cell)
    return "" if cell == _EMPTY else cell


def _plain(cell: str) -> str:
    return re.sub(r"\W+", "_", cell.casefold()).strip("_")


def _header(row: list[str]) -> tuple[str, ...] | None:
    """Return the columns that a header line names, or None where the first line is a row already."""
    names = tuple(_OTHER_NAMES.get(_plain(cell), _plain(cell)) for cell in row)
    return names if "ent_num" in names else None


def _check_width(file: ListFile, line: int, row: list[str], columns: tuple[str, ...]) -> None:
    if len(row) != len(columns):
        kinds = {len(SDN): "sdn.csv", len(ALT): "alt.csv", len(ADD): "add.csv", len(COMMENTS): "sdn_comments.csv"}
        looks = f"It looks like {kinds[len(row)]}." if len(row) in kinds else "Take the Treasury's CSV edition."
        raise InputError(
            f"The first row has {len(row)} columns; {kinds[len(columns)]} has {len(columns)}.",
            hint=looks, file=file.name, line=line,
        )  # fmt: skip


def _check_header(file: ListFile, header: tuple[str, ...], columns: tuple[str, ...]) -> None:
    missing = [column for column in columns if column not in header]
    if missing:
        close = [f"{name!r} may be {column}" for column in missing for name in nearest(column, set(header), 1)]
        raise InputError(
            f"The header lacks {', '.join(missing)}.",
            hint=f"{'; '.join(close)}. Columns: {', '.join(columns)}.".removeprefix(". "),
            file=file.name,
            line=1,
        )
