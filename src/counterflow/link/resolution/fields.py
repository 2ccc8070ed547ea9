"""From records as written to *forms*: what each distinct record says, ready to be compared.

Records that say exactly the same are one form; a million records of a manifest are far fewer forms. Everything is
numbered in the order of its own text, never of its place in the file, so that the same records in another order give
the same forms with the same numbers, and from there on the same entities.

A field that is empty, or holds a filler (``UNKNOWN``, ``N/A``), says nothing. A name longer than a name
can be is a text, not a name, and says nothing either.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.link.resolution.texts import side_by_side, text_column
from counterflow.link.resolution.words import Places, Words, name_words, place_words
from counterflow.matching.normalise import normalise_all, rules, set_aside
from counterflow.reference.countries import country_code

__all__ = ["FIELDS", "Forms", "Sets", "forms_of"]

Ints = npt.NDArray[np.int32]

#: fields that are compared, each an id per form; -1 says nothing
FIELDS = ("name", "address", "country", "phone", "email", "identifier", "born", "schema")
LONGEST_NAME = 400  # characters; as in the normaliser
_CONTACT_IN_NAME = r"(?i)@|\b(tel|telephone|telefon|phone|mobile|mob|cell|whatsapp|ph)\b"
_SCHEMAS = {
    "person": 1,
    "individual": 1,
    "organization": 2,
    "organisation": 2,
    "company": 2,
    "vessel": 3,
    "aircraft": 4,
}
_MARKS = re.compile("[\u0300-\u036f]+")
_SPLIT = re.compile(r"[;|\n]+|\s+/\s+|,\s")
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_ISO_DAY = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)-?(\d\d)-?(\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class Sets:
    """Sets of values, one for each id of a field: of id k, `values[begins[k]:begins[k + 1]]`.

    Args:
        begins: where each set begins.
        values: numbers of the values (telephone: its last eight digits).
        kinds: for each value, what it is told apart by: the kind of a paper, the domain of an e-mail address; -1 where
            it has none.
    """

    begins: npt.NDArray[np.int64]
    values: npt.NDArray[np.int64]
    kinds: Ints


@dataclass(frozen=True)
class Forms:
    """Distinct records, in the order of what they say.

    Args:
        ids: forms by fields (`FIELDS`), the number of what each says; -1 for nothing.
        count: records of each form.
        of_record: the form of each record.
        names: distinct names, as words.
        places: distinct addresses, as words.
        phones: sets of telephone numbers.
        emails: sets of e-mail addresses.
        papers: sets of identifiers.
        born: for each id, year times 10,000 with month and day where given.
        too_long: records whose name is a text, not a name.
    """

    ids: Ints
    count: npt.NDArray[np.int64]
    of_record: Ints
    names: Words
    places: Places
    phones: Sets
    emails: Sets
    papers: Sets
    born: npt.NDArray[np.int64]
    too_long: int

    def __len__(self) -> int:
        return len(self.count)

    def column(self, field: str) -> Ints:
        """Return the ids of one field."""
        return self.ids[:, FIELDS.index(field)]


@cache
def contact_words() -> dict[str, Any]:
    """Return `data/contact_words.toml`."""
    return tomllib.loads((files("counterflow.link.resolution") / "data" / "contact_words.toml").read_text("utf-8"))


@cache
def _fillers() -> frozenset[str]:
    return frozenset(contact_words()["fillers"]["texts"])


def forms_of(records: pa.Table) -> Forms:
    """Return the forms of records.

    Args:
        records: columns of text: name, schema, address, city, postcode, country, phone, email, identifier and born,
            each of which may be missing; others are not looked at.
    """
    name = text_column(records, "name")
    too_long = pc.fill_null(pc.greater(pc.utf8_length(name), LONGEST_NAME), fill_value=False)
    name = pc.if_else(too_long, pa.scalar(None, pa.string()), name)
    phone, email = _with_contacts_of_names(name, text_column(records, "phone"), text_column(records, "email"))
    address = side_by_side([text_column(records, part) for part in ("address", "city", "postcode")], "\n")
    name_ids, name_keys = _numbered(name, _name_keys)
    place_ids, place_keys = _numbered(address, _place_keys)
    sets = [
        _numbered(phone, lambda texts: [_each(text, _phone) for text in texts]),
        _numbered(email, lambda texts: [_each(text, _email) for text in texts]),
        _numbered(text_column(records, "identifier"), lambda texts: [_each(text, _paper) for text in texts]),
    ]
    country = pc.coalesce(text_column(records, "country"), _last_parts(address))
    countries, _ = _numbered(country, lambda texts: [_country(text) for text in texts])
    born, days = _numbered(text_column(records, "born"), lambda texts: [_born(text) for text in texts])
    schema = _schemas(text_column(records, "schema"))
    matrix = np.stack([name_ids, place_ids, countries, *(ids for ids, _ in sets), born, schema], axis=1)
    ids, of_record, count = _distinct_rows(matrix)
    return Forms(
        ids, count, of_record, name_words(name_keys),
        place_words(place_keys, np.bincount(ids[ids[:, 1] >= 0, 1], minlength=len(place_keys)), contact_words()),
        _phone_sets(sets[0][1]), _email_sets(sets[1][1]), _paper_sets(sets[2][1]),
        np.array([int(day) for day in days], dtype=np.int64), int(pc.sum(too_long).as_py() or 0),
    )  # fmt: skip


def _numbered(texts: pa.Array, keys_of: Callable[[list[str]], list[str]]) -> tuple[Ints, list[str]]:
    """Return for each text the number of its key among all keys in order, -1 for none; and the keys."""
    encoded = texts.dictionary_encode()
    keys = np.array(keys_of(encoded.dictionary.to_pylist()), dtype=object)
    known = sorted(set(keys.tolist()) - {""})
    number = {key: place for place, key in enumerate(known)}
    number[""] = -1
    table = np.fromiter((number[key] for key in keys), dtype=np.int32, count=len(keys))
    rows = encoded.indices.fill_null(len(table)).to_numpy()
    return np.append(table, np.int32(-1))[rows], known


def _distinct_rows(matrix: Ints) -> tuple[Ints, Ints, npt.NDArray[np.int64]]:
    """Return distinct rows in order, the number of each row among them, and how often each stands there."""
    order = np.lexsort(matrix.T[::-1])
    ordered = matrix[order]
    fresh = np.ones(len(matrix), np.bool_)
    fresh[1:] = np.any(ordered[1:] != ordered[:-1], axis=1)
    number = np.cumsum(fresh) - 1
    of_row = np.empty(len(matrix), np.int32)
    of_row[order] = number
    return ordered[fresh], of_row, np.bincount(number, minlength=int(fresh.sum())).astype(np.int64)


def _with_contacts_of_names(name: pa.Array, phone: pa.Array, email: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Take telephone numbers and e-mail addresses that a carrier wrote into the name where no field has them."""
    holds = pc.fill_null(pc.match_substring_regex(name, _CONTACT_IN_NAME), fill_value=False)
    rows = np.flatnonzero(holds.to_numpy(zero_copy_only=False))
    if not len(rows):
        return phone, email
    found: dict[str, list[str | None]] = {"telephone": [None] * len(name), "email": [None] * len(name)}
    for row, text in zip(rows.tolist(), name.take(pa.array(rows)).to_pylist(), strict=True):
        for kind, said in set_aside(text):
            if kind in found:
                found[kind][row] = said
    return (
        pc.coalesce(phone, pa.array(found["telephone"], pa.string())),
        pc.coalesce(email, pa.array(found["email"], pa.string())),
    )


def _name_keys(texts: list[str]) -> list[str]:
    return [" ".join(tokens) for tokens in normalise_all(texts)]


def _folded(text: str) -> str:
    """Case, width, accents and the letters of other alphabets."""
    if text.isascii():
        return text.casefold()
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", bare).translate(rules().letters)


_BETWEEN = re.compile(r"[^\w]+|_")
_POST_BOX = re.compile(r"\bp[. ]{0,2}o[. ]{0,2}box\b")
_CARE_OF = re.compile(r"\bc ?/ ?o\b")


def _place_keys(texts: list[str]) -> list[str]:
    """Return the words of each address, joined; none for one that is no address."""
    one_word = {form: word for word, forms in contact_words()["address"].items() for form in forms}
    dropped = frozenset(contact_words()["dropped"]["words"])
    keys = []
    for text in texts:
        plain = _BETWEEN.sub(
            " ", _CARE_OF.sub(" ", _POST_BOX.sub("pobox", _folded(_without_country(text[:LONGEST_NAME])[0])))
        ).strip()
        tokens = [one_word.get(t, t) for t in plain.split() if t not in dropped]
        keys.append("" if plain in _fillers() else " ".join(dict.fromkeys(tokens)))
    return keys


def _each(text: str, one: Callable[[str], str]) -> str:
    """Return the values of a field that may hold several, in order and joined."""
    return "|".join(sorted({key for part in _SPLIT.split(text) if (key := one(part.strip()))}))


def _phone(text: str) -> str:
    """Return the last eight digits: country and trunk prefixes are written in too many ways."""
    digits = re.sub(r"\D", "", text.split("ext", 1)[0])[-8:]
    return digits.zfill(8) if len(digits) >= 6 and len(set(digits)) > 1 else ""


def _email(text: str) -> str:
    text = text.casefold().removeprefix("mailto:").strip("<> ")
    local, at, domain = text.rpartition("@")
    return text if at and local and "." in domain and " " not in text else ""


def _paper(text: str) -> str:
    """Return an identifier as kind:value; the kind may be empty."""
    kind, colon, value = text.rpartition(":")
    bare = re.sub(r"[\W_]+", "", value).upper()
    says_nothing = len(bare) < 4 or len(set(bare)) < 2 or _folded(value).strip() in _fillers()
    return "" if says_nothing else f"{_folded(kind).strip() if colon else ''}:{bare}"


def _country(text: str) -> str:
    plain = " ".join(_folded(text).split())
    return "" if not plain or plain in _fillers() else country_code(text) or plain


def _last_parts(addresses: pa.Array) -> pa.Array:
    """Return what stands behind the last comma of each address where that is a country, written out."""
    encoded = addresses.dictionary_encode()
    parts = [_without_country(text)[1] for text in encoded.dictionary.to_pylist()]
    return pa.array(parts, pa.string()).take(encoded.indices)


def _without_country(text: str) -> tuple[str, str | None]:
    """Return an address without the country behind its last comma, and that country; None where there is none."""
    head, _, tail = text.replace("\n", ",").rstrip(", ").rpartition(",")
    tail = tail.strip()
    # two or three letters may as well be a state: CA, GA
    return (head, tail) if len(tail) > 3 and country_code(tail) else (text, None)


def _born(text: str) -> str:
    """Return year, month and day as one number; month and day 0 where only a year stands there."""
    day = _ISO_DAY.search(text)
    if day and 1 <= int(day[2]) <= 12 and 1 <= int(day[3]) <= 31:
        return f"{day[1]}{day[2]}{day[3]}"
    years = set(_YEAR.findall(text))
    return f"{years.pop()}0000" if len(years) == 1 else ""


def _schemas(texts: pa.Array) -> Ints:
    encoded = texts.dictionary_encode()
    table = np.array([_SCHEMAS.get(text.strip().casefold(), -1) for text in encoded.dictionary.to_pylist()] + [-1])
    kinds: Ints = table[encoded.indices.fill_null(len(table) - 1).to_numpy()].astype(np.int32)
    return kinds


def _split_sets(keys: list[str]) -> tuple[npt.NDArray[np.int64], list[str]]:
    parts = [key.split("|") for key in keys]
    ends = np.cumsum(np.fromiter(map(len, parts), dtype=np.int64, count=len(parts)))
    return np.concatenate([np.zeros(1, np.int64), ends]), [value for values in parts for value in values]


def _phone_sets(keys: list[str]) -> Sets:
    begins, values = _split_sets(keys)
    numbers = np.array([int(value) for value in values], dtype=np.int64)
    return Sets(begins, numbers, np.full(len(values), -1, np.int32))


def _email_sets(keys: list[str]) -> Sets:
    begins, values = _split_sets(keys)
    providers = frozenset(contact_words()["mail"]["providers"])
    domains = [domain if (domain := value.rpartition("@")[2]) not in providers else "" for value in values]
    return Sets(begins, _ranks(values)[0], _ranks(domains)[1])


def _paper_sets(keys: list[str]) -> Sets:
    begins, values = _split_sets(keys)
    parts = [value.partition(":") for value in values]
    return Sets(begins, _ranks([number for _, _, number in parts])[0], _ranks([kind for kind, _, _ in parts])[1])


def _ranks(values: list[str]) -> tuple[npt.NDArray[np.int64], Ints]:
    """Return the place of each value among all in order, and the same with -1 for an empty one."""
    known = {value: place for place, value in enumerate(sorted(set(values)))}
    ranks = np.array([known[value] for value in values], dtype=np.int64)
    empty = np.array([not value for value in values], dtype=np.bool_)
    return ranks, np.where(empty, -1, ranks).astype(np.int32)
