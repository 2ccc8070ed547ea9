"""Reading an official list of substances: a table with a line of column names, from whichever office it comes.

Recognised are the DEA's alphabetical list (SUBSTANCE, DEA NUMBER, CSA SCH, NARC, OTHER NAMES), its list of codes
(dea_code, name), and any table whose columns are called by common words; for others the caller says which column holds
what. Every row is understood or refused with its reason; blank rows are no rows.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from counterflow.core.errors import InputError, UsageError, nearest
from counterflow.reference.registry import cas_check_digit
from counterflow.screen.substances.updates.entry import Entry
from counterflow.screen.substances.updates.file_text import content_of, decoded

__all__ = ["FIELDS", "OfficialList", "Rejected", "read_official_list"]

_MOST_ROWS = 50_000
_LONGEST_NAME = 600
#: Titles may stand above the line of column names.
_HEADER_WITHIN = 15
_HEAD = 20_000
#: What a column can hold, and how offices call it (letters and digits only, lower case).
FIELDS: Mapping[str, tuple[str, ...]] = {
    "name": (
        *("substance", "substancename", "name", "inn", "internationalnonproprietaryname", "chemical", "chemicalname"),
        *("controlledsubstance", "drug", "drugname", "scheduledsubstance", "stoff", "sustancia", "substans"),
    ),
    "code": ("deacode", "deanumber", "deano", "deacsn", "acscn", "csn", "drugcode", "codenumber", "code"),
    "list": ("csasch", "schedule", "sch", "list", "table", "category", "class", "anlage", "lista"),
    "other_names": (
        *("othernames", "othername", "synonyms", "alsoknownas", "aliases", "tradenames", "andereinn"),
        "othernonproprietaryortrivialnames",
    ),
    "cas": ("cas", "casnumber", "casno", "casrn", "casregistrynumber", "casnummer"),
    "inchikey": ("inchikey", "standardinchikey"),
    "smiles": ("smiles", "canonicalsmiles", "isomericsmiles"),
}
#: Longer names of columns begin with these: "Substance (INN)", "CAS number (3)".
_BEGINS = {
    "name": ("substance", "chemicalname", "listedsubstance"),
    "code": ("deacode", "deanumber"),
    "list": ("schedule", "csaschedule"),
    "other_names": ("othername", "synonym", "nonproprietary"),
    "cas": ("casn", "casr"),
}
_CODE = re.compile(r"(?P<digits>\d{2,6})(\.0+)?")
_CAS = re.compile(r"\d{2,7}-\d{2}-\d")
_INCHIKEY = re.compile(r"[A-Z]{14}-[A-Z]{10}-[A-Z]")
#: Between two names: a semicolon, or a comma that does not stand between the numbers of one.
_BETWEEN = re.compile(r"[;\n]|,(?!(?<=\d,)\s?['′]?[\dNO])")


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not be understood: its line, why, and what it held."""

    line: int
    reason: str
    value: str


@dataclass(frozen=True)
class OfficialList:
    """What a file says.

    Args:
        file: its name.
        sha256: digest of its bytes.
        entries: rows understood, in order.
        rejected: rows refused.
        columns: what was read from which column.
        list_name: the list that every row without one is on; where the file says none, it is a list of this one alone.
    """

    file: str
    sha256: str
    entries: tuple[Entry, ...]
    rejected: tuple[Rejected, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    list_name: str = ""

    @property
    def rows(self) -> int:
        """Rows read: those understood and those refused."""
        return len(self.entries) + len(self.rejected)

    @property
    def version(self) -> str:
        """The version of the list, as answers name it."""
        return self.sha256[:12]


def read_official_list(
    path: Path, *, columns: Mapping[str, str] | None = None, list_name: str = "", encoding: str = "utf-8"
) -> OfficialList:
    """Return what an official list says.

    Args:
        path: a CSV file, or one packed by gzip; commas, semicolons, tabs or bars between columns.
        columns: field of `FIELDS` to the name of its column, for columns that are called otherwise.
        list_name: the list of every row, where the file has no column of it.
        encoding: encoding of a file without a byte order mark.

    Raises:
        InputError: the file is too large, no text, has no column of names, or no row that can be understood.
        UsageError: `columns` names a field that there is not, or `encoding` is none.
    """
    content = content_of(path)
    lines = decoded(path, content, encoding)
    numbered = list(_rows(path, lines, columns or {}))
    if not numbered:
        raise InputError("No row of the file holds anything.", hint="Fetch it again.", file=path)
    if len(numbered) > _MOST_ROWS:
        raise InputError(
            f"{len(numbered):,} rows are more than a list of substances has.", hint="Is it the right file?", file=path
        )
    header, places = _header(path, numbered, columns or {})
    entries: list[Entry] = []
    rejected: list[Rejected] = []
    for line, row in numbered[header + 1 :]:
        made = _entry(line, row, places, width=len(numbered[header][1]))
        if isinstance(made, Rejected):
            rejected.append(made)
        else:
            entries.append(replace(made, list=made.list or list_name))
    if not entries:
        first = rejected[0] if rejected else Rejected(header + 1, "there is none below the line of columns", "")
        raise InputError(
            f"No row could be understood: {first.reason}.", file=path, line=first.line, hint="Is it the right file?"
        )
    named = {name: numbered[header][1][place].strip() for name, place in places.items()}
    return OfficialList(
        path.name, hashlib.sha256(content).hexdigest(), tuple(entries), tuple(rejected), named, list_name
    )


def _delimiter(text: str, columns: Mapping[str, str]) -> str:
    """Return the mark between columns: the one by which most columns of the first lines are known by name."""
    head = text[:_HEAD].splitlines()[:_HEADER_WITHIN]

    def known(mark: str) -> tuple[int, int]:
        rows = [[" ".join(cell.split()).strip('"') for cell in line.split(mark)] for line in head]
        return max(((len(_places(row, columns)), len(row)) for row in rows), default=(0, 0))

    return max(",;\t|", key=known)


def _rows(path: Path, text: str, columns: Mapping[str, str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that hold anything, each with its line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, columns))
    line = 1
    try:
        for row in reader:
            if any(map(str.strip, row)):
                yield line, [" ".join(cell.split()) for cell in row]
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"The row that begins here cannot be read as CSV: {error}.",
            hint="Is a quotation mark missing?",
            file=path,
            line=line,
        ) from None


def _header(
    path: Path, rows: Sequence[tuple[int, list[str]]], columns: Mapping[str, str]
) -> tuple[int, dict[str, int]]:
    """Return where the line of columns stands, and which column holds what."""
    for name in columns:
        if name not in FIELDS:
            close = nearest(name, FIELDS) or list(FIELDS)
            raise UsageError(f"--map knows no field {name!r}.", hint=f"Fields: {', '.join(close)}.")
    found = [(number, _places(row, columns)) for number, (_, row) in enumerate(rows[:_HEADER_WITHIN])]
    named = [(number, places) for number, places in found if "name" in places]
    if named:
        number, places = max(named, key=lambda pair: (len(pair[1]), -pair[0]))
        _require_all(path, rows[number], places, columns)
        return number, places
    line, row = rows[0]
    _require_all(path, rows[0], {}, {name: columns[name] for name in ("name",) if name in columns})
    raise InputError(
        "No line of columns was found: none is called by a word for a substance's name.",
        hint=f"Say which column holds it: --map name=COLUMN. The first line has {', '.join(map(repr, row[:8]))}.",
        file=path,
        line=line,
    )


def _places(row: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    called = [re.sub(r"[^a-z0-9]", "", cell.casefold()) for cell in row]
    places: dict[str, int] = {}
    for name, known in FIELDS.items():
        if name in columns:
            wanted = columns[name].casefold().strip()
            found = [place for place, cell in enumerate(row) if cell.casefold() == wanted]
        else:
            found = [called.index(word) for word in known if word in called]
            found += [place for place, word in enumerate(called) if word.startswith(_BEGINS.get(name, ()))]
        free = [place for place in found if place not in places.values()]
        if free:
            places[name] = free[0]
    return places


def _require_all(
    path: Path, header: tuple[int, list[str]], places: Mapping[str, int], columns: Mapping[str, str]
) -> None:
    line, row = header
    for name, column in columns.items():
        if name not in places:
            close = nearest(column, row) or row[:8]
            raise InputError(
                f"There is no column {column!r} for {name}.",
                hint=f"Columns: {', '.join(map(repr, close))}.",
                file=path,
                line=line,
            )


def _entry(line: int, row: Sequence[str], places: Mapping[str, int], *, width: int) -> Entry | Rejected:
    cells = {name: row[place] if place < len(row) else "" for name, place in places.items()}
    name = cells["name"]
    if reason := _fault(name, cells, extra=len(row) > width and any(row[width:])):
        return Rejected(line, reason, (name or ", ".join(c for c in row if c))[:120])
    structure = _structure(cells.get("smiles", ""), cells.get("inchikey", ""))
    if isinstance(structure, str):
        return Rejected(line, structure, name[:120])
    code = _CODE.fullmatch(cells.get("code", ""))
    return Entry(
        name=name,
        line=line,
        other_names=tuple(n for part in _BETWEEN.split(cells.get("other_names", "")) if (n := part.strip())),
        list=cells.get("list", ""),
        code=code["digits"] if code else cells.get("code", ""),
        cas=cells.get("cas", ""),
        smiles=structure[0],
        inchikey=structure[1],
    )


def _structure(smiles: str, inchikey: str) -> tuple[str, str] | str:
    """Return the structure of a row without salt, and its InChIKey; a reason in words where it cannot be read."""
    if not smiles:
        return "", inchikey
    import counterflow.screen.substances.structure  # noqa: F401  (says how to install RDKit where it is missing)
    from counterflow.screen.substances.updates.structures import structure_of

    return structure_of(smiles, inchikey)


def _fault(name: str, cells: Mapping[str, str], *, extra: bool) -> str:
    """Return why a row cannot be understood; empty where it can."""
    cas, key = cells.get("cas", ""), cells.get("inchikey", "")
    if not any(c.isalpha() for c in name):
        return "it names no substance"
    if len(name) > _LONGEST_NAME:
        return f"its name has {len(name):,} characters; a quotation mark may be missing"
    if extra:
        return "it has more cells than there are columns"
    if cas and not (_CAS.fullmatch(cas) and cas_check_digit(cas[:-2].replace("-", "")) == int(cas[-1])):
        return f"{cas[:20]!r} is no CAS number"
    if key and not _INCHIKEY.fullmatch(key):
        return f"{key[:30]!r} is no InChIKey"
    return ""
