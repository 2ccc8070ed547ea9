"""The United Nations Security Council's consolidated list, from its XML edition.

Format: ``CONSOLIDATED_LIST`` with ``INDIVIDUALS/INDIVIDUAL`` and ``ENTITIES/ENTITY``, as its schema
(https://www.un.org/sc/resources/sc-sanctions.xsd) and the edition generated on 2026-02-27 have it. `DATAID` is an
entry's lasting number; the quality of an individual's alias is Good or Low, an entity's is a.k.a. or f.k.a.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from counterflow.intake.lists.dates import iso_date
from counterflow.intake.lists.entry import Listed, Place
from counterflow.intake.lists.files import StreamedFile
from counterflow.intake.lists.load import Gathered, ListLoad
from counterflow.intake.lists.names import tidy
from counterflow.intake.lists.papers import kind_of, paper
from counterflow.intake.lists.xml_file import Element, XmlRecords

__all__ = ["XML_ROOTS", "load_un"]

LIST = "un-consolidated"
#: what an XML file is by its root
XML_ROOTS = {
    "CONSOLIDATED_LIST": "the UN's list: `lists load un`",
    "sdnList": "the US Treasury's list: `lists load ofac-xml`",
    "Sanctions": "the US Treasury's advanced XML; take its SDN.XML",
    "sanctionsData": "the US Treasury's enhanced XML; take its SDN.XML",
    "html": "a web page; download the list again",
}
_NAMES = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
#: how the UN's notes write a second spelling into an alias's note
_IN_SCRIPT = re.compile(r"^in (\w+) script: (.+)$", re.IGNORECASE)


def load_un(path: Path, published: dt.date | None = None, list_name: str = LIST) -> ListLoad:
    """Read one edition of the list; nothing is stored yet.

    Args:
        path: the XML file, plain or gzip.
        published: the day the edition was published; the day it was generated where not given.
        list_name: what the list is called here.

    Raises:
        InputError: the file is missing, broken, not this list, or tries to do harm.
    """
    file = StreamedFile(path)
    records = XmlRecords(file, root="CONSOLIDATED_LIST", records=("INDIVIDUAL", "ENTITY"), roots=XML_ROOTS)
    gathered = Gathered(list_name)
    seen: set[str] = set()
    for record in records:
        gathered.read += 1
        if isinstance(record, int):
            gathered.refuse(file.name, record, "", "too-large", hint="No entry of this list is so large.")
            continue
        raw = [record.tag, record.get("DATAID"), _name_of(record)]
        number = record.get("DATAID")
        if not number:
            gathered.refuse(file.name, record.line, raw, "no-number", column="DATAID", hint="The entry has no number.")
        elif number in seen:
            hint = "An earlier entry has this number; the first counts."
            gathered.refuse(file.name, record.line, raw, "double-entry", column="DATAID", value=number, hint=hint)
        elif gathered.usable(file.name, record.line, raw, _name_of(record), "FIRST_NAME"):
            seen.add(number)
            gathered.take(_entry(record, number, gathered))
            gathered.accepted += 1
    generated = iso_date(records.said.get("dateGenerated", ""))
    day = dt.date.fromisoformat(generated) if generated and len(generated) == 10 else None
    return gathered.finish([file.name], file.sha256, published or day)


def _name_of(record: Element) -> str:
    return tidy(" ".join(record.get(part) for part in _NAMES)).strip("; ")


def _entry(record: Element, number: str, gathered: Gathered) -> Listed:
    person = record.tag == "INDIVIDUAL"
    # Some names hold two: "COMPAGNIE AERIENNE DES GRANDS LACS (CAGL) ; GREAT LAKES BUSINESS COMPANY (GLBC)".
    first, *further = map(tidy, _name_of(record).split(";"))
    names = [(first, "primary"), *((name, "alias") for name in further)]
    names += [(name, "alias") for name in record.texts("NAME_ORIGINAL_SCRIPT")]
    for alias in record.all(f"{record.tag}_ALIAS"):
        kind = "weak_alias" if alias.get("QUALITY").casefold() == "low" else "alias"
        script = _IN_SCRIPT.match(alias.get("NOTE"))
        written = [part for text in alias.texts("ALIAS_NAME") for part in text.split(";")]
        names += [(tidy(name), kind) for name in (*written, *([script[2]] if script else ()))]
    listed = f"listed on {record.get('LISTED_ON')}" if record.get("LISTED_ON") else ""
    return Listed(
        entry_id=f"un:{number}",
        names=names,
        schema="Person" if person else "Organization",
        program="-".join(record.get("UN_LIST_TYPE").split()),
        born=_born(record, gathered),
        nationality=record.texts("NATIONALITY", "VALUE"),
        papers=_papers(record),
        addresses=[_place(address) for address in record.all(f"{record.tag}_ADDRESS")],
        remarks="; ".join(filter(None, (record.get("REFERENCE_NUMBER"), listed, record.get("COMMENTS1")))),
    )


def _born(record: Element, gathered: Gathered) -> list[str]:
    """Return births: a day, a year, a span of years, and those that an alias gives."""
    found = []
    for birth in record.all("INDIVIDUAL_DATE_OF_BIRTH"):
        written = birth.get("DATE") or birth.get("YEAR")
        ends = [end for end in (birth.get("FROM_YEAR"), birth.get("TO_YEAR")) if end]
        date = iso_date(written) if written else iso_date(" to ".join(ends)) if ends else iso_date(birth.get("NOTE"))
        if date and birth.get("TYPE_OF_DATE").casefold().startswith("approx") and not date.endswith("~"):
            date += "~"
        if date:
            found.append(date)
        elif written or ends or birth.get("NOTE"):
            gathered.noted["birth-not-understood"] += 1
    aliases = record.texts("INDIVIDUAL_ALIAS", "DATE_OF_BIRTH")
    return found + [date for written in aliases if (date := iso_date(written))]


def _papers(record: Element) -> list[str]:
    found = []
    for document in record.all("INDIVIDUAL_DOCUMENT"):
        label = document.get("TYPE_OF_DOCUMENT2") or document.get("TYPE_OF_DOCUMENT")
        found.append(paper(kind_of(label), document.get("NUMBER")))
    return [number for number in found if number]


def _place(address: Element) -> Place:
    region = ", ".join(filter(None, (address.get("CITY"), address.get("STATE_PROVINCE"))))
    code = address.get("ZIP_CODE")
    whole = ", ".join(filter(None, (address.get("STREET"), " ".join(filter(None, (region, code))))))
    return Place(whole=whole, city=address.get("CITY"), postcode=code, country=address.get("COUNTRY"))
