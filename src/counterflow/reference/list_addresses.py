"""Where official lists are published: the addresses that `lists update` goes to, each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from counterflow.core.errors import UnknownName
from counterflow.reference.csv_files import Source, read_rows, read_sources

__all__ = ["ListAddress", "list_addresses", "lists_with_addresses"]

_FOLDER = "lists"


@dataclass(frozen=True, slots=True)
class ListAddress:
    """One file of one list.

    Args:
        list: name of the list, as `ofac-sdn`.
        part: what the file is to its loader: sdn, alt, add, comments, un or bis.
        file: name it is kept under.
        url: the official address.
        kind: csv or xml.
        least_bytes: a smaller file is not the list.
        most_bytes: a larger file is not the list either.
        source: who publishes it, and where the address was read.
    """

    list: str
    part: str
    file: str
    url: str
    kind: str
    least_bytes: int
    most_bytes: int
    source: Source


def lists_with_addresses() -> tuple[str, ...]:
    """Return the names of the lists whose official address is known."""
    return tuple(dict.fromkeys(address.list for address in _all()))


def list_addresses(name: str) -> tuple[ListAddress, ...]:
    """Return the files of a list.

    Raises:
        UnknownName: no official address of such a list is known.
    """
    found = tuple(address for address in _all() if address.list == name)
    if not found:
        raise UnknownName("list with a known official address", name, lists_with_addresses())
    return found


@cache
def _all() -> tuple[ListAddress, ...]:
    sources = read_sources(_FOLDER)
    return tuple(
        ListAddress(
            list=row["list"], part=row["part"], file=row["file"], url=row["url"], kind=row["kind"],
            least_bytes=int(row["least_bytes"]), most_bytes=int(row["most_bytes"]), source=sources[row["source"]],
        )
        for row in read_rows(_FOLDER, "addresses.csv")
    )  # fmt: skip
