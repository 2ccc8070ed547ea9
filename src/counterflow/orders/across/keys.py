"""Identifiers of a customer, written one way, so that two firms that keep different files compare the same thing.

The kind of a column goes by its name: a register number, a tax number, a licence number, a telephone number, an e-mail
address (of which only the domain counts), a name, an address, or a plain text. Several columns joined with `+` are one
key: a row without one of them has none. What says nothing (`n/a`, `unknown`, a mail provider's domain) is no key.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from counterflow.core.errors import UsageError, nearest
from counterflow.matching.normalise import normalise_all, rules

__all__ = ["Key", "identifiers", "kind_of", "read_keys"]

_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"e_?mail|domain|web_?site|url")),
    ("phone", re.compile(r"phone|telephone|telefon|mobile|\btel\b|^tel|fax")),
    ("tax", re.compile(r"tax|vat|(?<![a-z])(ein|rfc|nif|cif|nit|tva|iva)(?![a-z])|ust_?id|umsatzsteuer|steuernummer")),
    ("register", re.compile(r"regist|company_(no|number|id)|(?<![a-z])(crn|lei|rcs)(?![a-z])|duns|hrb|siren|siret")),
    ("licence", re.compile(r"licen|lizenz|erlaubnis|permit|(?<![a-z])dea(?![a-z])")),
    (
        "name",
        re.compile(
            r"name|^company$|^customer$|^buyer$|^firma?$|owner|^kunde$|^client[e]?$|^nom|^nombre|empresa|^raison|^raz.n_social"
        ),
    ),
    ("address", re.compile(r"address|adresse|anschrift|direcci.n|street|ship_?to|bill_?to")),
    ("postcode", re.compile(r"post_?code|postal|zip|plz")),
)
_SAYS_NOTHING = frozenset(
    re.findall(
        "[a-z]+",
        "na none null nil unknown unbekannt tba tbd x xx xxx notapplicable notavailable keine ninguno aucun",
    )
)
#: Providers of mail to anybody: their domain says nothing of whose the address is (own list).
_OF_ANYBODY = frozenset(
    re.findall(
        r"\S+",
        "gmail.com googlemail.com yahoo.com hotmail.com outlook.com live.com icloud.com me.com aol.com gmx.de gmx.net"
        " web.de t-online.de protonmail.com proton.me mail.ru yandex.ru qq.com 163.com 126.com foxmail.com mail.com"
        " msn.com yahoo.co.uk yahoo.de orange.fr free.fr libero.it zoho.com",
    )
)
_NOT_PLAIN = re.compile(r"[\W_]+")
_STREET = {
    "street": "st", "str": "st", "strasse": "st", "straße": "st", "road": "rd", "avenue": "ave", "boulevard": "blvd",
    "drive": "dr", "lane": "ln", "suite": "ste", "building": "bldg", "floor": "fl", "north": "n", "south": "s",
    "east": "e", "west": "w", "place": "pl", "square": "sq", "highway": "hwy", "parkway": "pkwy", "court": "ct",
}  # fmt: skip
_PHONE_DIGITS = 9
_LEAST_PHONE = 6
_LEAST_NUMBER = 3
_BETWEEN = "\x1f"


@dataclass(frozen=True)
class Key:
    """One key: the columns it is joined from, and how each is read.

    Args:
        text: as given, for example `name+postcode`.
        columns: names of the columns.
        kinds: kind of each.
    """

    text: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]

    @property
    def form(self) -> str:
        """How identifiers of this key are read: two parties compare only keys of one form."""
        return "+".join(self.kinds)


def kind_of(column: str) -> str:
    """Return how a column is read, by its name.

    >>> [kind_of(name) for name in ("VAT no", "legal_name", "e-mail", "shoe size")]
    ['tax', 'name', 'email', 'text']
    """
    plain = _NOT_PLAIN.sub("_", column.strip().casefold())
    return next((kind for kind, words in _KINDS if words.search(plain)), "text")


def read_keys(texts: Sequence[str]) -> tuple[Key, ...]:
    """Return the keys that are named, each `column` or `column+column`.

    Raises:
        UsageError: none is named, one is empty, or one is named twice.
    """
    keys = []
    for text in texts:
        columns = tuple(part.strip() for part in text.split("+"))
        if not all(columns):
            raise UsageError(f"{text!r} is no key.", hint="Name columns as registration,tax_id,name+postcode.")
        keys.append(Key("+".join(columns), columns, tuple(kind_of(column) for column in columns)))
    if not keys or len({key.text for key in keys}) < len(keys):
        raise UsageError(
            "A key stands twice." if keys else "No key column is named.", hint="--key-columns registration,tax_id,name"
        )
    return tuple(keys)


def identifiers(table: pa.Table, key: Key) -> list[str | None]:
    """Return the identifier of each row under a key, written one way; None where the row has none.

    Args:
        table: rows of text.
        key: the key; its columns are found in any case.

    Raises:
        UsageError: a column is not there; the nearest is told.
    """
    parts = [_values(table, column, kind) for column, kind in zip(key.columns, key.kinds, strict=True)]
    return [_BETWEEN.join(one) if all(one) else None for one in zip(*parts, strict=True)]


def _values(table: pa.Table, column: str, kind: str) -> list[str | None]:
    by_folded = {name.strip().casefold(): name for name in table.column_names}
    name = by_folded.get(column.casefold())
    if name is None:
        close = nearest(column, table.column_names)
        hint = f"Did you mean {' or '.join(map(repr, close))}?" if close else f"It has {', '.join(table.column_names)}."
        raise UsageError(f"There is no column {column!r} to match by.", hint=hint)
    values = table.column(name)
    encoded = (values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values).dictionary_encode()
    distinct: list[str | None] = encoded.dictionary.cast(pa.string()).to_pylist()
    read = _names(distinct) if kind == "name" else [_READ[kind](value or "") for value in distinct]
    return [None if place is None else read[place] or None for place in encoded.indices.to_pylist()]


def _names(texts: list[str | None]) -> list[str]:
    """Return names without their company form, words in order of the alphabet: files differ in both."""
    legal = rules().legal_classes
    found = normalise_all(texts)
    return [" ".join(sorted([word for word in words if word not in legal] or words)) for words in found]


def _plain(text: str) -> str:
    folded = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    plain = _NOT_PLAIN.sub("", folded)
    return "" if plain in _SAYS_NOTHING or not plain.strip("0") else plain


def _number(text: str) -> str:
    """Return a number without marks; a country before it, as `DE:` or `DE`, goes, since files write it or not."""
    bare = re.sub(r"^\s*[A-Za-z]{2}\s*:", "", text)
    plain = _plain(bare)
    return plain if len(plain) >= _LEAST_NUMBER else ""


def _tax(text: str) -> str:
    plain = _number(text)
    before, rest = plain[:2].upper(), plain[2:]
    known = before in _countries() or before in {"EL", "XI"}
    return rest if known and len(rest) >= 7 and sum(c.isdigit() for c in rest) >= 6 else plain


@cache
def _countries() -> frozenset[str]:
    import pycountry

    return frozenset(country.alpha_2 for country in pycountry.countries)


def _licence(text: str) -> str:
    """Return a licence number; the suffix of a person who works under a hospital's DEA number goes."""
    found = re.fullmatch(r"([a-z][a-z9]\d{7})\w*", plain := _number(text))
    return found.group(1) if found else plain


def _phone(text: str) -> str:
    digits = re.sub(r"\D", "", re.split(r"(?i)\s*(?:ext|x|extension|dw)\.?\s*\d+\s*$", text)[0])
    return digits[-_PHONE_DIGITS:] if len(digits) >= _LEAST_PHONE and digits.strip("0") else ""


def _email(text: str) -> str:
    domain = text.strip().casefold().rpartition("@")[2]
    domain = re.sub(r"^(?:https?://)?(?:www\.)?", "", domain).partition("/")[0].strip(". ")
    return domain if "." in domain and domain not in _OF_ANYBODY else ""


def _address(text: str) -> str:
    folded = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    words = [_STREET.get(word, word) for word in _NOT_PLAIN.split(folded) if word]
    return " ".join(sorted(words)) if len(words) > 1 else ""


_READ: dict[str, Callable[[str], str]] = {
    "email": _email, "phone": _phone, "tax": _tax, "register": _number, "licence": _licence,
    "address": _address, "postcode": _plain, "text": _plain,
}  # fmt: skip
