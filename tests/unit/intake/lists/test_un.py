"""The UN's list from XML: what each element becomes, and 1,003 entries in, 1,003 out."""

from xml.sax.saxutils import escape

import pytest

from counterflow.core.errors import InputError
from counterflow.intake.lists import load_un

from .conftest import un_xml

PERSON = """<INDIVIDUAL>
 <DATAID>6907993</DATAID><VERSIONNUM>1</VERSIONNUM><FIRST_NAME>ERIC</FIRST_NAME><SECOND_NAME>BADEGE</SECOND_NAME>
 <UN_LIST_TYPE>Al-Qaida</UN_LIST_TYPE><REFERENCE_NUMBER>CDi.001</REFERENCE_NUMBER><LISTED_ON>2012-12-31</LISTED_ON>
 <NAME_ORIGINAL_SCRIPT>إيريك باديج</NAME_ORIGINAL_SCRIPT><COMMENTS1>He fled
   to Rwanda.</COMMENTS1>
 <NATIONALITY><VALUE>Rwanda</VALUE></NATIONALITY><LIST_TYPE><VALUE>UN List</VALUE></LIST_TYPE>
 <INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Eric Badegé; E. Badege</ALIAS_NAME></INDIVIDUAL_ALIAS>
 <INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><DATE_OF_BIRTH>1958-02-22</DATE_OF_BIRTH><ALIAS_NAME>Kiko</ALIAS_NAME></INDIVIDUAL_ALIAS>
 <INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS>
 <INDIVIDUAL_ADDRESS><STREET>1 Road</STREET><CITY>Kigali</CITY><ZIP_CODE>1103</ZIP_CODE><COUNTRY>Rwanda</COUNTRY></INDIVIDUAL_ADDRESS>
 <INDIVIDUAL_ADDRESS><COUNTRY/></INDIVIDUAL_ADDRESS>
 <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1971-04-02</DATE></INDIVIDUAL_DATE_OF_BIRTH>
 <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1974</FROM_YEAR><TO_YEAR>1972</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH>
 <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>APPROXIMATELY</TYPE_OF_DATE><YEAR>1970</YEAR></INDIVIDUAL_DATE_OF_BIRTH>
 <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><NOTE>30-35 years old</NOTE></INDIVIDUAL_DATE_OF_BIRTH>
 <INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>OB 0243318</NUMBER></INDIVIDUAL_DOCUMENT>
 <INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT2>national identity card no.</TYPE_OF_DOCUMENT2><NUMBER>1-78-09</NUMBER></INDIVIDUAL_DOCUMENT>
 <INDIVIDUAL_DOCUMENT/>
</INDIVIDUAL>"""
ENTITY = """<ENTITY><DATAID>6908025</DATAID><FIRST_NAME>COMPAGNIE (CAGL) ; GREAT LAKES (GLBC)</FIRST_NAME>
 <UN_LIST_TYPE>DRC</UN_LIST_TYPE>
 <ENTITY_ALIAS><QUALITY>f.k.a.</QUALITY><ALIAS_NAME>CAGL</ALIAS_NAME><NOTE>in Arabic script: شركة الكوثر</NOTE></ENTITY_ALIAS>
 <ENTITY_ADDRESS><CITY>Goma</CITY><STATE_PROVINCE>North Kivu</STATE_PROVINCE></ENTITY_ADDRESS></ENTITY>"""


def test_a_person_and_an_entity_are_read_whole(write, by_entry):
    load = load_un(write("un.xml.gz", un_xml(PERSON, ENTITY)))
    rows = by_entry(load)
    assert [(r["name"], r["name_kind"]) for r in rows["un:6907993"]] == [
        ("ERIC BADEGE", "primary"), ("إيريك باديج", "alias"), ("Eric Badegé", "alias"), ("E. Badege", "alias"),
        ("Kiko", "weak_alias"),
    ]  # fmt: skip
    first = rows["un:6907993"][0]
    assert first["schema"] == "Person"
    assert first["program"] == "Al-Qaida"
    assert first["born"] == "1971-04-02; 1972/1974; 1970~; 1958-02-22"
    assert (first["nationality"], first["country"]) == ("Rwanda", "Rwanda")
    assert first["identifiers"] == "passport:OB 0243318; national-id:1-78-09"
    assert first["remarks"] == "CDi.001; listed on 2012-12-31; He fled to Rwanda."
    assert [(r["name"], r["schema"]) for r in rows["un:6908025"]] == [
        ("COMPAGNIE (CAGL)", "Organization"), ("GREAT LAKES (GLBC)", "Organization"), ("CAGL", "Organization"),
        ("شركة الكوثر", "Organization"),
    ]  # fmt: skip
    assert load.addresses.select(["address", "city", "postcode", "country"]).to_pylist() == [
        {"address": "1 Road, Kigali 1103", "city": "Kigali", "postcode": "1103", "country": "Rwanda"},
        {"address": "Goma, North Kivu", "city": "Goma", "postcode": None, "country": None},
    ]
    assert load.noted == {"birth-not-understood": 1}
    assert str(load.published) == "2026-02-27"


def test_entries_without_name_or_number_and_twice_the_same_are_counted(write):
    nameless = "<INDIVIDUAL><DATAID>5</DATAID><FIRST_NAME/></INDIVIDUAL>"
    numberless = "<INDIVIDUAL><FIRST_NAME>JANE</FIRST_NAME></INDIVIDUAL>"
    endless = f"<INDIVIDUAL><DATAID>6</DATAID><FIRST_NAME>{'x' * 10_000}</FIRST_NAME></INDIVIDUAL>"
    load = load_un(write("un.xml", un_xml(PERSON + PERSON + nameless + numberless + endless)))
    assert (load.read, load.accepted) == (5, 1)
    assert load.reasons == {"double-entry": 1, "name-too-long": 1, "no-name": 1, "no-number": 1}
    assert {r["line"] for r in load.refused.to_pylist()} == {21, 39}
    assert max(len(r["raw"]) for r in load.refused.to_pylist()) < 5000


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<sdnList></sdnList>", "ofac-xml"),
        ("<CONSOLIDATED_LIST/>", "lists nobody"),
        ("<!DOCTYPE html><html></html>", "web page"),
        ("dataid,name\n1,x\n", "plain text, not XML"),
        ('{"id": 1}', "JSON, not XML"),
        (un_xml(PERSON)[:900], "not whole XML"),
        (un_xml("<INDIVIDUAL><DATAID>1</INDIVIDUAL>"), "mismatched tag"),
        (un_xml().encode()[:-40] + b"\xff\xfe", "not whole XML"),
    ],
)
def test_what_is_not_the_list_is_refused_with_what_to_do(write, content, words):
    with pytest.raises(InputError, match=words):
        load_un(write("un.xml", content))


def test_the_real_list_of_1003_goes_in_and_comes_out(un_rows, write, by_entry):
    load = load_un(write("un.xml", un_xml(*(_flat_xml(un_rows, kind) for kind in ("INDIVIDUAL", "ENTITY")))))
    assert (load.read, load.accepted, load.rejected) == (1003, 1003, 0)
    rows = by_entry(load)
    assert len(rows) == 1003
    for row in un_rows:
        printed = {" ".join(part.split()) for cell in ("name", "name_original_script", "aliases", "weak_aliases")
                   for part in row[cell].split(";")} - {""}  # fmt: skip
        found = rows[f"un:{row['dataid']}"]
        assert printed == {name["name"] for name in found}
        assert (found[0]["schema"] == "Person") == (row["kind"] == "individual")
        assert found[0]["nationality"] == (row["nationalities"] or None)
    births = sum(bool(row["birth_dates"]) for row in un_rows)
    assert births - 5 <= sum(names[0]["born"] is not None for names in rows.values()) <= births


def _flat_xml(rows, kind):
    parts = []
    for row in rows:
        if row["kind"].upper() != kind:
            continue
        said = [f"<DATAID>{row['dataid']}</DATAID><FIRST_NAME>{escape(row['name'])}</FIRST_NAME>"]
        said += [f"<NAME_ORIGINAL_SCRIPT>{escape(row['name_original_script'])}</NAME_ORIGINAL_SCRIPT>"]
        for quality, cell in (("Good", "aliases"), ("Low", "weak_aliases")):
            said += [
                f"<{kind}_ALIAS><QUALITY>{quality}</QUALITY><ALIAS_NAME>{escape(name)}</ALIAS_NAME></{kind}_ALIAS>"
                for name in row[cell].split("; ")
            ]
        said += [f"<NATIONALITY><VALUE>{escape(n)}</VALUE></NATIONALITY>" for n in row["nationalities"].split("; ")]
        said += [
            f"<{kind}_DATE_OF_BIRTH><YEAR>{escape(b)}</YEAR></{kind}_DATE_OF_BIRTH>"
            for b in row["birth_dates"].split("; ")
        ]
        parts.append(f"<{kind}>{''.join(said)}</{kind}>")
    return "\n".join(parts)
