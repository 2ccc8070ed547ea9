"""What the Treasury writes into remarks: births, nationalities, papers and weak aliases, taken apart.

Format: parts between semicolons, each a label and a value, ``alt.`` before a further one, a country in brackets
behind a paper (OFAC, "SDN data formats", dat_spec.txt; labels as they stand in the editions of 2019, 2021 and 2025)::

    DOB 18 Nov 1957; alt. DOB circa 1958; POB Tehran, Iran; nationality Iran; Passport A123 (Iran) issued 1999.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from counterflow.intake.lists.dates import iso_date
from counterflow.intake.lists.papers import kind_of, paper

__all__ = ["Remarks", "read_remarks"]

_PARTS = re.compile(r";\s+|;$")
_ALT = re.compile(r"^alt\.\s+", re.IGNORECASE)
_BORN = re.compile(r"^(?:DOB|Date of Birth:?)\s+(.+)$", re.IGNORECASE)
_NATION = re.compile(r"^(?:nationality(?: of registration)?|citizen(?: of)?)\s+(.+)$", re.IGNORECASE)
_WEAK = re.compile(r"^[afn]\.k\.a\. '(.+?)'\s*(?:\(.*\))?$")
#: a label of letters, a number that has a digit in it, and what stands behind it
_PAPER = re.compile(
    r"^(?P<label>[^\d(]*?(?:\([A-Z/ ]{2,}\)[^\d(]*?)?)[\s:#]*\b"
    r"(?P<number>(?:(?:IMO|RNE:|CH|BG|HRB|HRA|C|J|E|V|G)[ -])?[^\s(]*\d[^(;]*?(?:\(\d\))?"
    r"|[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)"
    r"(?:\s+\([^()]+\))*(?:,\s.*|[,\s]+(?:issued|expires?|issue date|doc\.)\b.*)?$"
)
_CRYPTO = re.compile(r"^Digital Currency Address\s*-?\s*[A-Z0-9]+\s+(\S+)$")
_EMAIL = re.compile(r"^e-?mail(?: address)?:?\s+(.+)$", re.IGNORECASE)
_WEBSITE = re.compile(r"^(?:website|url):?\s+(.+)$", re.IGNORECASE)
_PHONE = re.compile(r"^(?:telephone|phone|fax|tel)\.?(?: number| no)?[.:]?\s+([+\d(].*)$", re.IGNORECASE)
#: words that belong to a label of a paper; without one of them, a sentence with a number in it is no paper
_PAPER_WORD = re.compile(
    r"passport|number|\bno\b|#|\bid\b|card|code|c\.|r\.f|rfc|d\.n\.i|nit|ruc|rif|rtn|mmsi|imo|swift|license|registration"
    r"|electoral|ssn|fein|document|folio|matricula|cedula|tail|i\.f\.e|bik|isin|d-u-n-s|identi|libreta|certificate"
    r"|n\.i\.e|c\.i\.f|c\.p\.|cnp|visa|cartilla|passeport|identidad|cnpj|numero|matr[ií]cula|curp",
    re.IGNORECASE,
)
#: parts that are understood and say nothing that a party is compared by
_OTHER = re.compile(
    r"^(?:POB|Gender|Linked To|Additional Sanctions|Secondary sanctions|Executive Order|Transactions Prohibited"
    r"|Aircraft (?:Manufacture Date|Model|Operator|Mode S|Type)|Former Vessel|Other Vessel|Previous"
    r"|Vessel (?:Type|Year|Flag|Owner)|Organization (?:Established|Type)|Target Type|Company|CAATSA|IFCA"
    r"|Listing Date|Effective Date|Issuer Name|Chinese Commercial Code|all (?:offices|branches|other)|member\b|ICTY"
    r"|For more information|Purchase/Sales|Subject to|Nationality of|arrested|deceased|wife of|husband of"
    r"|daughter of|son of|brother of)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Remarks:
    """Remarks, taken apart.

    Args:
        born: days, months, years and spans of birth (see `dates`).
        nationality: nationalities and citizenships as printed.
        papers: papers and numbers as ``kind:number``.
        weak_aliases: names in quotes, which the Treasury calls weak.
        other: how many further parts are of a known kind: place of birth, sex, ships, links.
        plain: parts in plain words, offices held for the most part.
    """

    born: tuple[str, ...]
    nationality: tuple[str, ...]
    papers: tuple[str, ...]
    weak_aliases: tuple[str, ...]
    other: int
    plain: tuple[str, ...]


def read_remarks(text: str) -> Remarks:
    """Return what remarks say.

    >>> read = read_remarks("DOB 1950 to 1952; alt. citizen Iran; Passport A123 (Iran); a.k.a. 'PACHO'; Colonel.")
    >>> read.born, read.nationality, read.papers, read.weak_aliases, read.plain
    (('1950/1952',), ('Iran',), ('passport:A123',), ('PACHO',), ('Colonel',))
    """
    born: list[str] = []
    nationality: list[str] = []
    papers: list[str] = []
    aliases: list[str] = []
    plain: list[str] = []
    other = 0
    for printed in _PARTS.split(text.strip().removesuffix(".")):
        part = _ALT.sub("", printed.replace(" (also called L/N or S/N or F/N)", "").strip())
        if not part:
            continue
        if (match := _BORN.match(part)) and (date := iso_date(match[1])):
            born.append(date)
        elif match := _NATION.match(part):
            nationality.append(match[1])
        elif match := _WEAK.match(part.rstrip(".,")):
            aliases.append(match[1])
        elif number := _paper_of(part):
            papers.append(number)
        elif _OTHER.match(part):
            other += 1
        else:
            plain.append(printed.strip())
    return Remarks(_once(born), _once(nationality), _once(papers), _once(aliases), other, tuple(plain))


def _paper_of(part: str) -> str | None:
    for pattern, label in ((_CRYPTO, "wallet"), (_EMAIL, "email"), (_WEBSITE, "website"), (_PHONE, "phone")):
        if match := pattern.match(part):
            return paper(kind_of(label), match[1])
    if _OTHER.match(part) and not part.casefold().startswith(("company number", "previous aircraft tail")):
        return None
    match = _PAPER.match(part)
    if match is None or not _PAPER_WORD.search(match["label"]):
        return None
    label, number = match["label"], match["number"]
    if number.startswith("IMO"):
        # Ships have a "Vessel Registration Identification"; what else has an IMO number is a company.
        return paper("imo" if "vessel" in label.casefold() else "imo-company", number)
    return paper(kind_of(label), number)


def _once(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
