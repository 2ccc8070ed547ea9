"""New editions from their official addresses: fetched, looked at, read, and stored only where they make sense."""

from __future__ import annotations

import datetime as dt
import email.utils
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from counterflow.core.errors import InputError, UsageError
from counterflow.intake.lists.bis import load_bis
from counterflow.intake.lists.download import Download, download
from counterflow.intake.lists.load import ListLoad
from counterflow.intake.lists.ofac import load_ofac
from counterflow.intake.lists.signature import check_digest, check_signature
from counterflow.intake.lists.un import load_un
from counterflow.reference.list_addresses import ListAddress, list_addresses
from counterflow.store.repository import Store

__all__ = ["Fetched", "UpdateOptions", "check_plausible", "fetch_list"]

_MOST_LOST = 0.2  # share of entries that an edition may lose against the one before


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateOptions:
    """How to fetch a list.

    Args:
        from_url: another address: of the file, or ending in ``/`` of the folder that holds the list's files.
        sha256: digest that each file must have, by its name (or by "" for a list of one file).
        public_key: key that must have signed every file (``FILE.sig`` beside it).
    """

    from_url: str | None = None
    sha256: Mapping[str, str] | None = None
    public_key: Path | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """An edition that has arrived and been read; nothing is stored yet."""

    load: ListLoad
    files: tuple[Download, ...]


def fetch_list(name: str, folder: Path, options: UpdateOptions) -> Fetched:
    """Fetch the newest edition of a list and read it.

    Args:
        name: a list with a known official address.
        folder: where files are kept while they arrive; made where it is missing.
        options: how.

    Raises:
        UnknownName: no address of such a list is known.
        UsageError: one file is named for a list of several, or a digest for a file that it has not.
        EngineError: there is no network.
        InputError: what came is not the list.
    """
    addresses = list_addresses(name)
    digests = _digests(addresses, options)
    urls = [_url(address, addresses, options.from_url) for address in addresses]
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, Download] = {}
    for address, url in zip(addresses, urls, strict=True):
        least = address.least_bytes if options.from_url is None else 1
        found = download(url, folder / address.file, least_bytes=least, most_bytes=address.most_bytes)
        if address.file in digests:
            check_digest(found.path, found.sha256, digests[address.file])
        if options.public_key is not None:
            signed = download(f"{url}.sig", folder / f"{address.file}.sig", most_bytes=4096)
            check_signature(found.path, signed.path.read_bytes(), options.public_key)
        files[address.part] = found
    return Fetched(_read(name, files), tuple(files.values()))


def check_plausible(store: Store, load: ListLoad) -> None:
    """Refuse an edition that has lost more of its entries than lists lose.

    Raises:
        InputError: it has a fifth fewer than the latest stored edition of the same list.
    """
    rows = store.rows(
        "SELECT count(DISTINCT entry_id) AS n FROM list_entry WHERE list = ? AND version = ("
        "SELECT version FROM list_version WHERE list = ?"
        " ORDER BY coalesce(published, CAST(loaded_at AS DATE)) DESC, loaded_at DESC LIMIT 1)",
        [load.list_name] * 2,
    )
    before = int(str(rows[0]["n"]))
    now = len(load.entries.column("entry_id").unique())
    if now < before * (1 - _MOST_LOST):
        hint = "Lists seldom shrink so. Look at the file; --force stores it all the same."
        said = f"It has {now:,} entries; the edition in force has {before:,}."
        raise InputError(said, hint=hint, file=", ".join(load.files))


def _url(address: ListAddress, addresses: tuple[ListAddress, ...], from_url: str | None) -> str:
    if from_url is None:
        return address.url
    if from_url.endswith("/"):
        return from_url + address.file
    if len(addresses) > 1:
        names = ", ".join(one.file for one in addresses)
        raise UsageError(
            f"{address.list} has several files: {names}.", hint="Name the folder that holds them, with / at its end."
        )
    return from_url


def _digests(addresses: tuple[ListAddress, ...], options: UpdateOptions) -> dict[str, str]:
    names = [address.file for address in addresses]
    digests = dict(options.sha256 or {})
    if "" in digests and len(names) == 1:
        digests[names[0]] = digests.pop("")
    for name in digests:
        if name not in names:
            said = f"{addresses[0].list} has no file {name!r}." if name else f"{addresses[0].list} has several files."
            raise UsageError(said, hint=f"Write --sha256 FILE=DIGEST with FILE one of {', '.join(names)}.")
    return digests


def _read(name: str, files: Mapping[str, Download]) -> ListLoad:
    published = _day(next(iter(files.values())).modified)
    paths = {part: found.path for part, found in files.items()}
    if "sdn" in paths:
        return load_ofac(
            paths["sdn"], paths.get("alt"), paths.get("add"), published, list_name=name, comments=paths.get("comments")
        )
    if "un" in paths:
        return load_un(paths["un"], list_name=name)
    return load_bis(paths["bis"], published, list_name=name)


def _day(modified: str) -> dt.date | None:
    """Return the day that a server says its file is of."""
    try:
        return email.utils.parsedate_to_datetime(modified).date() if modified else None
    except ValueError:
        return None
