"""Private matching from files and workspaces: what the commands `orders match …` do.

from counterflow.flow.order_matching import match_files
match_files(Path("a.csv"), Path("b.csv"), ["registration", "tax_id"]).pairs
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from counterflow.core.errors import InputError, UsageError
from counterflow.intake.convert.values import as_text
from counterflow.orders.across.held import Held, drop, keep, kept
from counterflow.orders.across.keys import Key, read_keys
from counterflow.orders.across.letters import read_letter, write_letter
from counterflow.orders.across.pairs import Party, match_pairs, rows_of
from counterflow.orders.across.protocol import (
    Answer,
    Answered,
    Matched,
    Offer,
    Offered,
    Result,
    answer,
    finish,
    offer,
    receive,
)
from counterflow.orders.across.queries import Query, allow, record

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = [
    "Done",
    "FileMatch",
    "answer_offer",
    "cancel_matching",
    "finish_matching",
    "make_offer",
    "match_files",
    "read_party",
]

_IDS = (
    "customer_id",
    "record_id",
    "buyer_id",
    "account_id",
    "customer_no",
    "customer_number",
    "id",
    "account",
    "query_id",
)
_FOLDER = "matching"
_SESSION = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class FileMatch:
    """What two files have in common.

    Args:
        pairs: table of schema `PAIR`.
        said: how many rows and identifiers each file has, in words.
    """

    pairs: pa.Table
    said: tuple[str, ...]


@dataclass(frozen=True)
class Done:
    """What a message brought about.

    Args:
        session: id of the matching.
        said: in words.
        matched: rows `form, match, record_id` of ours that are in both, where that was agreed; else `form, matched`.
    """

    session: str
    said: tuple[str, ...]
    matched: pa.Table | None = None


def match_files(
    file_a: Path, file_b: Path, columns: Sequence[str], *, id_a: str | None = None, id_b: str | None = None
) -> FileMatch:
    """Return which rows of two files share an identifier; both parties of the protocol run here.

    Args:
        file_a: CSV, XLSX, Parquet or NDJSON.
        file_b: the same.
        columns: key columns, each `column` or `column+column`; `name=firm` where the second file calls it otherwise.
        id_a: column of the first file that names its rows; a usual one, else the row's number, where None.
        id_b: the same of the second.
    """
    a, said_a = read_party(file_a, id_a)
    b, said_b = read_party(file_b, id_b)
    keys_a, others = read_keys(_side(columns, 0)), read_keys(_side(columns, 2))
    # Both have to be read in one way: by the name in the first file, or by that in the second where it says nothing.
    pairs_of = list(zip(keys_a, others, strict=True))
    both = [
        tuple(one if one != "text" else two for one, two in zip(key.kinds, other.kinds, strict=False))
        if len(key.kinds) == len(other.kinds) else key.kinds
        for key, other in pairs_of
    ]  # fmt: skip
    keys_a = tuple(Key(key.text, key.columns, kinds) for (key, _), kinds in zip(pairs_of, both, strict=True))
    keys_b = tuple(Key(other.text, other.columns, kinds) for (_, other), kinds in zip(pairs_of, both, strict=True))
    said = [said_a, said_b]
    for key_a, key_b in zip(keys_a, keys_b, strict=True):
        of_a, of_b = rows_of(a.table, a.ids, key_a), rows_of(b.table, b.ids, key_b)
        kinds = f", read as {key_a.form}" if key_a.form != key_a.text else ""
        said.append(f"{key_a.text}{kinds}: {len(of_a):,} and {len(of_b):,} distinct identifiers.")
    pairs = match_pairs(a, b, keys_a, keys_b)
    said.append(f"{pairs.num_rows:,} pairs of rows share an identifier.")
    return FileMatch(pairs, tuple(said))


def read_party(file: Path, id_column: str | None = None) -> tuple[Party, str]:
    """Return the rows of a file as text, and how many were read, in words.

    Raises:
        InputError: the file cannot be read, or no row of it.
        UsageError: it has no column `id_column`.
    """
    from counterflow.intake.readers import open_source

    batches = list(open_source(file).batches())
    refused = [row for batch in batches for row in batch.refused]
    tables = [_as_text(batch.table) for batch in batches if batch.table.num_rows]
    if not tables:
        why = f" The first, row {refused[0].row}: {refused[0].reason}; {refused[0].hint}" if refused else ""
        raise InputError(f"It has no row that could be read.{why}", hint="Mend it and try again.", file=file)
    table = pa.concat_tables(tables, promote_options="default")
    name = _id_column(table, id_column)
    numbers = [str(number) for batch in batches for number in batch.row.tolist()]
    ids = (
        numbers
        if name is None
        else [one or number for one, number in zip(table[name].to_pylist(), numbers, strict=True)]
    )
    said = (
        f"{file.name}: {table.num_rows + len(refused):,} rows read, {table.num_rows:,} taken, {len(refused):,} refused"
    )
    if refused:
        first = refused[0]
        said += f" (the first in row {first.row}: {first.reason}; {first.hint})"
    return Party(table, ids), f"{said}; rows are called by {name or 'their number'}."


def make_offer(
    workspace: Workspace, query: Query, columns: Sequence[str], out: Path, *, file: Path | None = None
) -> Done:
    """Write the first message; what it needs to be finished is kept in the workspace.

    Raises:
        AccessError: matching is off here, or the limit is reached.
        InputError: a set is too small or too large.
    """
    rows = _own_rows(workspace, columns, file)
    sizes = {form: len(of) for form, of in rows.items()}
    allow(workspace, query, "-", sizes)
    offered = offer({form: list(of) for form, of in rows.items()}, query.reveal)
    session = offered.offer.session
    keep(workspace.path / _FOLDER, Held(query, "offer", offered, rows))
    record(workspace, query, session, "offer", forms=sizes, ours=sum(sizes.values()))
    write_letter(offered.offer, out)
    said = f"Matching {session}: {_sizes(sizes)} offered to {query.partner}; to reveal: {query.reveal}."
    return Done(session, (said, f"Carry {out.name} to {query.partner}. It holds blinded points, and no row of yours."))


def answer_offer(
    workspace: Workspace, query: Query, columns: Sequence[str], letter: Path, out: Path, *, file: Path | None = None
) -> Done:
    """Answer an offer with the second message.

    Raises:
        AccessError: matching is off here, the limit is reached, or this offer was answered before.
        InputError: it is no offer, is not what was agreed, or a set is too small or too large.
    """
    got = read_letter(letter)
    if not isinstance(got, Offer):
        raise InputError("This is no offer.", hint="`orders match finish` takes answers and results.", file=letter)
    rows = _own_rows(workspace, columns, file)
    sizes = {form: len(of) for form, of in rows.items()}
    theirs = {form: len(points) for form, points in got.points.items()}
    allow(workspace, query, got.session, sizes, theirs)
    answered = answer(got, {form: list(of) for form, of in rows.items()}, query.reveal)
    keep(workspace.path / _FOLDER, Held(query, "answer", answered, rows))
    record(
        workspace, query, got.session, "answer",
        forms=sizes, ours=sum(sizes.values()), theirs=sum(theirs.values()),
    )  # fmt: skip
    write_letter(answered.answer, out)
    said = f"Matching {got.session}: {_sizes(theirs)} of {query.partner} laid beside our {_sizes(sizes)}."
    return Done(got.session, (said, f"Carry {out.name} back; what matched comes with their result."))


def finish_matching(workspace: Workspace, letter: Path, out: Path | None) -> Done:
    """Take an answer (and write the result for the other party), or take a result.

    Raises:
        InputError: the message belongs to no matching under way here, or is none.
        UsageError: an answer needs a place for the result.
    """
    got = read_letter(letter)
    if isinstance(got, Offer):
        raise InputError("This is an offer.", hint="`orders match answer` takes it.", file=letter)
    folder = workspace.path / _FOLDER
    held = kept(folder, got.session)
    if isinstance(got, Answer):
        if not isinstance(held.state, Offered):
            raise InputError("This is the answer that was made here.", hint="Carry it to the other party.", file=letter)
        if out is None:
            raise UsageError("The other party needs the result.", hint="Add --message FILE, and carry it back.")
        matched, result = finish(held.state, got)
        write_letter(result, out)
        theirs: int | None = sum(len(points) for points in got.points.values())
    else:
        matched, theirs = _received(held, got, letter), None
    ours = sum(len(names) for names in held.state.held.values())
    record(
        workspace, held.query, got.session, "finish",
        forms=held.state.held, ours=ours, theirs=theirs, matched=sum(matched.count.values()),
    )  # fmt: skip
    drop(folder, got.session)
    said = [f"Matching {got.session} with {held.query.partner}: {_sizes(matched.count)} in both."]
    if isinstance(got, Answer) and out is not None:
        said.append(f"Carry {out.name} back: without it the other party learns nothing.")
    return Done(got.session, tuple(said), _table(matched, held))


def cancel_matching(workspace: Workspace, session: str) -> Done:
    """Give up a matching under way: its secret and what was kept for it go.

    Raises:
        InputError: none of that id is under way.
    """
    if not _SESSION.fullmatch(session):
        raise InputError("This is no id of a matching.", hint="`orders match log` lists them.", value=session)
    folder = workspace.path / _FOLDER
    held = kept(folder, session)
    ours = sum(len(names) for names in held.state.held.values())
    record(workspace, held.query, session, "cancelled", forms=held.state.held, ours=ours)
    drop(folder, session)
    return Done(session, (f"Matching {session} with {held.query.partner} is given up; its secret is gone.",))


def _received(held: Held, got: Result, letter: Path) -> Matched:
    if not isinstance(held.state, Answered):
        raise InputError("This is the result that was made here.", hint="Carry it to the other party.", file=letter)
    return receive(held.state, got)


def _table(matched: Matched, held: Held) -> pa.Table:
    if held.query.reveal == "size":
        rows = [{"key": form, "matched": count} for form, count in sorted(matched.count.items())]
        return pa.Table.from_pylist(rows, schema=pa.schema([("key", pa.string()), ("matched", pa.int64())]))
    found = [
        {"key": form, "match": place, "record_id": record_id}
        for form, places in sorted(matched.place.items())
        for name, place in sorted(places.items(), key=lambda pair: pair[1])
        for record_id in held.rows[form][name]
    ]
    schema = pa.schema([("key", pa.string()), ("match", pa.int64()), ("record_id", pa.string())])
    return pa.Table.from_pylist(found, schema=schema)


def _own_rows(workspace: Workspace, columns: Sequence[str], file: Path | None) -> dict[str, dict[str, list[str]]]:
    """Return our identifiers by form of key, with the rows they stand for; from a file, else from the workspace."""
    if file is not None:
        party, _ = read_party(file)
    else:
        from counterflow.flow.customer_file import read_customers

        customers = read_customers(workspace=workspace).newest().customers
        if not customers.num_rows:
            raise UsageError("No customers are loaded.", hint="`orders load CUSTOMERS --table customer`, or --file.")
        party = Party(customers, customers.column("record_id").to_pylist())
    found: dict[str, dict[str, list[str]]] = {}
    for key in read_keys(columns):
        of = found.setdefault(key.form, {})
        for identifier, names in rows_of(party.table, party.ids, key).items():
            of.setdefault(identifier, []).extend(name for name in names if name not in of.get(identifier, ()))
    return found


def _as_text(table: pa.Table) -> pa.Table:
    """Return all columns as text; what is nested is no key, and stays out."""
    flat = [name for name in table.column_names if not pa.types.is_nested(table[name].type)]
    return pa.table({name: as_text(table[name].combine_chunks()) for name in flat})


def _id_column(table: pa.Table, asked: str | None) -> str | None:
    by_folded: dict[str, str] = {name.strip().casefold().replace(" ", "_"): name for name in table.column_names}
    if asked is None:
        return next((by_folded[name] for name in _IDS if name in by_folded), None)
    if asked.casefold() not in by_folded:
        raise UsageError(f"There is no column {asked!r}.", hint=f"It has {', '.join(table.column_names)}.")
    return by_folded[asked.casefold()]


def _side(columns: Sequence[str], place: int) -> list[str]:
    """Return the keys by the columns of the first file (0) or the second (2): `name=firm+zip` is name+zip, firm+zip."""
    return [
        "+".join(part.partition("=")[place] if "=" in part else part for part in text.split("+")) for text in columns
    ]


def _sizes(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {form}" for form, count in sorted(sizes.items()))
