"""Papers and numbers of a party, by kind: ``passport:A1234``, ``imo:9187629``, ``tax:800146749-7``.

Every list names papers in its own words ("Cedula No.", "National Identification Number", `passportNumber`). The
kinds here are few, so that a number on a list meets the same number in a record.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["KINDS", "kind_of", "paper"]

#: Kinds of papers and numbers, and what each takes in.
KINDS = {
    "passport": "passports, diplomatic and service passports",
    "travel-document": "travel documents, visas, residence permits",
    "national-id": "national identity cards and numbers, voters' and military cards",
    "driver-licence": "driving licences",
    "tax": "tax numbers of persons and companies, VAT numbers",
    "registration": "company, commerce and charity registers",
    "licence": "licences to trade",
    "lei": "Legal Entity Identifier (ISO 17442)",
    "duns": "D-U-N-S numbers",
    "bank": "SWIFT/BIC (ISO 9362) and national bank codes",
    "securities": "ISIN (ISO 6166) and tickers",
    "imo": "IMO ship number (IMO resolution A.1117)",
    "imo-company": "IMO number of a company or registered owner",
    "mmsi": "Maritime Mobile Service Identity (ITU-R M.585)",
    "call-sign": "radio call signs",
    "aircraft": "tail numbers (registration marks) of aircraft",
    "aircraft-serial": "manufacturers' serial and construction numbers of aircraft",
    "crypto": "addresses of digital currency",
    "phone": "telephone and fax numbers",
    "email": "e-mail addresses",
    "website": "web addresses",
    "other": "papers of another kind",
}

#: What a label says, the first that fits; in the words of the lists of the US Treasury (2019-2025), the United
#: Nations (2026) and the property names of FollowTheMoney 4.
_TAX = (
    r"\bvat|v\.a\.t|\btax|\bnit\b|\bruc\b|r\.?f\.?c\b|c\.?u\.?i\.?t\b|fiscal|\bfein\b|\brif\b|\brtn\b|inncode|irscode"
    r"|\bein\b|\binn\b|cnpj|\bcpf\b|c\.i\.f\b|tribut"
)
_IDENTITY = (
    r"national|c[eé]dula|c\.?u\.?r\.?p|d\.?n\.?i\b|\bssn\b|social ?security|personal id|identification|identity"
    r"|identidad|electoral|tazkira|citizen|\bi\.?f\.?e\b|c\.?u\.?i\.?p?\b|\ble number|\bid (no|card|number)|cartilla"
    r"|ration card|\bidnumber|birth certificate|military|\bid$|n\.i\.e\b"
)
_REGISTER = (
    r"regist|company|commerc|matr[ií]cula|folio|c\.r\. no|incorporation|enterprise|social credit|legal entity|business"
    r"|gazette|charity|chamber|branch unit|file number|ogrncode|usccode|okpocode|cikcode|ubi number|uniqueentity"
)
_LABELS = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (r"digital currency|publickey|^crypto|wallet", "crypto"),
        (r"\bimo\b.*\bcompany\b|company number imo|registered owner.*imo", "imo-company"),
        (r"vessel registration id|\bimo\b|imonumber", "imo"),
        (r"\bmmsi\b", "mmsi"),
        (r"call ?sign", "call-sign"),
        (r"aircraft.*(serial|construction)|\bmsn\b|serialnumber", "aircraft-serial"),
        (r"tail number|aircraft.*(tail|registration)", "aircraft"),
        (r"driver|driving", "driver-licence"),
        (_TAX, "tax"),
        (r"passport|pasaporte|passeport", "passport"),
        (r"travel document|\bvisa|residen|stateless|refugee|laissez", "travel-document"),
        (r"\blei\b|leicode", "lei"),
        (r"d-u-n-s|duns", "duns"),
        (r"swift|\bbic\b|\bbik\b|bikcode", "bank"),
        (r"\bisin\b|isincode|ticker", "securities"),
        (r"licen[cs]e", "licence"),
        (r"registration id", "registration"),
        (_IDENTITY, "national-id"),
        (_REGISTER, "registration"),
        (r"phone|\bfax\b|\btel\b|telephone", "phone"),
        (r"e-?mail", "email"),
        (r"website|\burl\b", "website"),
    )
)
_IMO = re.compile(r"^(?:IMO)?\s*(\d{7})$", re.IGNORECASE)


@lru_cache(maxsize=4096)
def kind_of(label: str) -> str:
    """Return the kind of paper that a label names; ``other`` for one that nobody knows.

    >>> [kind_of(label) for label in ("Cedula No.", "Numéro de passeport", "NIT #", "imoNumber", "Library card")]
    ['national-id', 'passport', 'tax', 'imo', 'other']
    """
    return next((kind for pattern, kind in _LABELS if pattern.search(label)), "other")


def paper(kind: str, number: str) -> str | None:
    """Return ``kind:number`` with blanks set right, or None where the number is empty.

    >>> paper("imo", "IMO 9187629"), paper("passport", " A 123;45 "), paper("tax", "")
    ('imo:9187629', 'passport:A 123,45', None)
    """
    number = " ".join(number.replace(";", ",").split()).strip(" .,:")
    if kind in ("imo", "imo-company") and (match := _IMO.match(number)):
        number = match[1]
    return f"{kind}:{number}" if any(c.isalnum() for c in number) else None
