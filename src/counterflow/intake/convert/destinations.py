"""The country of delivery, where only the place of delivery is written.

A cell that is a country, or an address whose last part is the name of one, says whose law holds; the customer's seat
must not stand in for it. Two letters at the end of an address are as often a state or a province, and are not read.
"""

from __future__ import annotations

import re
from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.reference.countries import country_in_words

__all__ = ["with_countries"]

_PARTS = re.compile(r"[,;\n]")
_CODE = 2
#: names of a country and of a state or city too: an address that ends so does not say which
_AMBIGUOUS = frozenset({"georgia", "jersey", "lebanon", "jordan", "mexico city"})


def with_countries(fed: dict[str, pa.Array], notes: Counter[str]) -> dict[str, pa.Array]:
    """Return the fields with `ship_to_country` filled from `ship_to` where that names a country.

    Cells of two letters count as codes only where all such cells of the rows are codes of countries.

    Args:
        fed: fields of rows.
        notes: what was read so is counted here.

    >>> said = pa.array(["MX", "Av. 1, Monterrey, Mexico", "Los Angeles, CA", None])
    >>> with_countries({"ship_to": said}, Counter())["ship_to_country"].to_pylist()
    ['MX', 'MX', None, None]
    """
    if "ship_to" not in fed:
        return fed
    places = fed["ship_to"].cast(pa.string())
    held = fed.get("ship_to_country", pa.nulls(len(places), pa.string()))
    encoded = pc.if_else(pc.is_null(held), places, pa.scalar(None, pa.string())).dictionary_encode()
    texts = [str(text or "").strip() for text in encoded.dictionary.to_pylist()]
    short = [text for text in texts if len(text) == _CODE]
    coded = all(country_in_words(text) for text in short)
    codes = pa.array([_country(text, coded=coded) for text in texts], pa.string())
    found = codes.take(encoded.indices)
    if count := len(found) - found.null_count:
        notes["country of delivery read from the place of delivery"] += count
    return fed | {"ship_to_country": pc.coalesce(held, found)}


def _country(text: str, *, coded: bool) -> str | None:
    if len(text) <= _CODE:
        return country_in_words(text) if coded else None
    whole = country_in_words(text)
    if whole:
        return whole
    last = _PARTS.split(text)[-1].strip(" .")
    if last == text or len(last) <= _CODE + 1 or last.casefold() in _AMBIGUOUS:
        return None
    return country_in_words(last)
