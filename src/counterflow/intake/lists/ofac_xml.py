"""The Treasury's list of Specially Designated Nationals, from its classic XML edition (SDN.XML).

Format: ``sdnList`` of ``sdnEntry`` (OFAC, "SDN data formats and data schemas", sdn.xsd); `uid` is the number that the
CSV edition calls `ent_num`, so that both are one list. Its namespace changed in 2024 and is not looked at.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from counterflow.intake.lists.dates import iso_date
from counterflow.intake.lists.entry import Listed, Place, schema_of
from counterflow.intake.lists.files import StreamedFile
from counterflow.intake.lists.load import Gathered, ListLoad
from counterflow.intake.lists.ofac import LIST
from counterflow.intake.lists.papers import kind_of, paper
from counterflow.intake.lists.programs import one_spelling
from counterflow.intake.lists.remarks import read_remarks
from counterflow.intake.lists.un import XML_ROOTS
from counterflow.intake.lists.xml_file import Element, XmlRecords

__all__ = ["load_ofac_xml"]

_US_DAY = re.compile(r"^(\d\d)/(\d\d)/(\d{4})$")
#: what the list of ids holds beside papers
_NO_PAPERS = re.compile(
    r"^(?:gender|secondary sanctions|additional sanctions|vessel year|vessel type|other vessel|former vessel"
    r"|vessel flag|aircraft (?:model|manufacture date|operator|type|mode)|executive order|transactions prohibited"
    r"|organization type|organization established|target type|listing date|effective date|issuer name"
    r"|nationality|chinese commercial|caatsa|ifca|purchase/sales)",
    re.IGNORECASE,
)


def load_ofac_xml(path: Path, published: dt.date | None = None, list_name: str = LIST) -> ListLoad:
    """Read one edition of the list; nothing is stored yet.

    Args:
        path: SDN.XML, plain or gzip.
        published: the day the edition was published; what the file says where not given.
        list_name: what the list is called here.

    Raises:
        InputError: the file is missing, broken, not this list, or tries to do harm.
    """
    file = StreamedFile(path)
    records = XmlRecords(
        file, root="sdnList", records=("sdnEntry",), facts=("Publish_Date", "Record_Count"), roots=XML_ROOTS
    )
    gathered = Gathered(list_name)
    seen: set[str] = set()
    for record in records:
        gathered.read += 1
        if isinstance(record, int):
            gathered.refuse(file.name, record, "", "too-large", hint="No entry of this list is so large.")
            continue
        number, name = record.get("uid"), _name_of(record)
        raw = [number, name]
        if not (number.isascii() and number.isdigit()):
            hint = "An entry's number is a whole number."
            gathered.refuse(file.name, record.line, raw, "no-number", column="uid", value=number, hint=hint)
        elif number in seen:
            hint = "An earlier entry has this number; the first counts."
            gathered.refuse(file.name, record.line, raw, "double-entry", column="uid", value=number, hint=hint)
        elif gathered.usable(file.name, record.line, raw, name, "lastName"):
            seen.add(number)
            gathered.take(_entry(record, number, name, gathered))
            gathered.accepted += 1
    told = records.said.get("Record_Count", "")
    if told.isdigit() and int(told) != gathered.read:
        gathered.noted["fewer-or-more-records-than-the-file-says"] = abs(int(told) - gathered.read)
    return gathered.finish([file.name], file.sha256, published or _us_day(records.said.get("Publish_Date", "")))


def _us_day(written: str) -> dt.date | None:
    match = _US_DAY.match(written)
    day = iso_date(f"{match[3]}-{match[1]}-{match[2]}") if match else None
    return dt.date.fromisoformat(day) if day else None


def _bare(remarks: str) -> str:
    """Return remarks without the brackets that some editions put around all of them."""
    return remarks[1:-1] if remarks.startswith("(") and remarks.endswith(")") else remarks


def _name_of(element: Element) -> str:
    """Return a name as the CSV edition prints it: ``LAST, First``."""
    return ", ".join(filter(None, (element.get("lastName"), element.get("firstName"))))


def _entry(record: Element, number: str, name: str, gathered: Gathered) -> Listed:
    said = read_remarks(_bare(record.get("remarks")))
    names = [(name, "primary")]
    for aka in record.all("akaList", "aka"):
        kind = "weak_alias" if aka.get("category").casefold() == "weak" else "alias"
        names.append((_name_of(aka), kind))
    names += [(alias, "weak_alias") for alias in said.weak_aliases]
    births = record.texts("dateOfBirthList", "dateOfBirthItem", "dateOfBirth")
    dates = [iso_date(written) for written in births]
    gathered.noted["birth-not-understood"] += dates.count(None)
    nations = [
        *record.texts("nationalityList", "nationality", "country"),
        *record.texts("citizenshipList", "citizenship", "country"),
    ]
    return Listed(
        entry_id=f"ofac:{number}",
        names=[(name, kind) for name, kind in names if name],
        schema=schema_of(record.get("sdnType")),
        program=one_spelling(" ".join(record.texts("programList", "program"))),
        born=[*(date for date in dates if date), *said.born],
        nationality=[*nations, *said.nationality],
        papers=[*_papers(record), *said.papers],
        addresses=[_place(address) for address in record.all("addressList", "address")],
        remarks=record.get("remarks"),
    )


def _papers(record: Element) -> list[str]:
    found = [paper("call-sign", record.get("vesselInfo", "callSign"))]
    for held in record.all("idList", "id"):
        label, number = held.get("idType"), held.get("idNumber")
        if not _NO_PAPERS.match(label):
            ship = "imo" if "vessel" in label.casefold() else "imo-company"
            found.append(paper(ship if number.upper().startswith("IMO") else kind_of(label), number))
    return [number for number in found if number]


def _place(address: Element) -> Place:
    street = [address.get(f"address{line}") for line in (1, 2, 3)]
    city, code = address.get("city"), address.get("postalCode")
    region = ", ".join(filter(None, (city, address.get("stateOrProvince"))))
    whole = ", ".join(filter(None, (*street, " ".join(filter(None, (region, code))))))
    return Place(whole=whole, city=city, postcode=code, country=address.get("country"))
