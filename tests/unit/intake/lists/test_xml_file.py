"""XML that means harm ends early, in little memory, with a clear word."""

import resource
import time

import pytest

from counterflow.core.errors import InputError
from counterflow.intake.lists import load_ofac_xml, load_un

LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><CONSOLIDATED_LIST><INDIVIDUALS>&c;</INDIVIDUALS></CONSOLIDATED_LIST>"""
OUTSIDE = '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><CONSOLIDATED_LIST/>'
READ_FILE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><CONSOLIDATED_LIST>&f;</CONSOLIDATED_LIST>'
START = "<CONSOLIDATED_LIST><INDIVIDUALS>"
HARM = {
    "a billion laughs": (LAUGHS, "document type"),
    "a document type elsewhere": (OUTSIDE, "document type"),
    "a file of this machine": (READ_FILE, "document type"),
    "elements without end": (START + "<a>" * 20_000_000, "nested more than 40 deep"),
    "a record nested without end": (START + "<INDIVIDUAL>" + "<a>" * 5_000_000, "nested more than 40 deep"),
    "an attribute without end": (START + '<INDIVIDUAL x="' + "y" * 30_000_000, "longer than 4,194,304 bytes"),
    "a comment without end": (START + "<!--" + "y" * 30_000_000, "longer than 4,194,304 bytes"),
}


@pytest.mark.parametrize("harm", HARM)
def test_harm_is_refused_quickly_and_in_little_memory(harm, write):
    content, words = HARM[harm]
    path = write("un.xml", content)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(InputError, match=words) as refused:
        load_un(path)
    assert refused.value.hint
    assert refused.value.line is not None
    assert time.process_time() - began < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_a_record_too_large_is_set_aside_and_the_next_is_read(write):
    large = "<INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>A B</FIRST_NAME>" + "<X/>" * 60_000 + "</INDIVIDUAL>"
    talkative = f"<INDIVIDUAL><DATAID>2</DATAID><COMMENTS1>{'word ' * 1_000_000}</COMMENTS1></INDIVIDUAL>"
    good = "<INDIVIDUAL><DATAID>3</DATAID><FIRST_NAME>JANE ROE</FIRST_NAME></INDIVIDUAL>"
    load = load_un(write("un.xml", f"{START}{large}{talkative}\n{good}</INDIVIDUALS></CONSOLIDATED_LIST>"))
    assert (load.read, load.accepted, load.reasons) == (3, 1, {"too-large": 2})
    assert load.entries.column("name").to_pylist() == ["JANE ROE"]


def test_a_packed_file_cut_off_is_refused(write):
    path = write("un.xml.gz", START + "<INDIVIDUAL><DATAID>1</DATAID></INDIVIDUAL>" * 5000)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="cut off"):
        load_un(path)


SDN = """<?xml version="1.0" standalone="yes"?>
<sdnList xmlns="http://tempuri.org/sdnList.xsd"><publshInformation><Publish_Date>08/07/2026</Publish_Date>
<Record_Count>{count}</Record_Count></publshInformation>{entries}</sdnList>"""
ENTRY = """<sdnEntry><uid>6861</uid><firstName>Joaquin</firstName><lastName>GUZMAN LOERA</lastName>
<sdnType>Individual</sdnType><remarks>(Linked To: CARTEL; a.k.a. 'EL RAPIDO'.)</remarks>
<programList><program>SDNTK</program><program>ILLICIT-DRUGS-E.O. 14059</program></programList>
<idList><id><uid>1</uid><idType>Passport</idType><idNumber>A123</idNumber><idCountry>Mexico</idCountry></id>
<id><uid>2</uid><idType>Gender</idType><idNumber>Male</idNumber></id>
<id><uid>3</uid><idType>Digital Currency Address - XBT</idType><idNumber>1TestAddr</idNumber></id></idList>
<akaList><aka><uid>4</uid><type>a.k.a.</type><category>weak</category><lastName>CHAPO</lastName></aka>
<aka><uid>5</uid><type>a.k.a.</type><category>strong</category><lastName>GUZMAN</lastName><firstName>J.</firstName></aka></akaList>
<addressList><address><uid>6</uid><address1>1 Calle</address1><address2>Piso 2</address2><city>Culiacan</city>
<stateOrProvince>Sinaloa</stateOrProvince><postalCode>80000</postalCode><country>Mexico</country></address></addressList>
<nationalityList><nationality><uid>7</uid><country>Mexico</country></nationality></nationalityList>
<citizenshipList><citizenship><uid>8</uid><country>Mexico</country></citizenship></citizenshipList>
<dateOfBirthList><dateOfBirthItem><uid>9</uid><dateOfBirth>25 Dec 1954</dateOfBirth></dateOfBirthItem>
<dateOfBirthItem><uid>10</uid><dateOfBirth>circa 1956</dateOfBirth></dateOfBirthItem></dateOfBirthList></sdnEntry>"""
VESSEL = """<sdnEntry><uid>15036</uid><lastName>HERO II</lastName><sdnType>Vessel</sdnType>
<idList><id><uid>1</uid><idType>Vessel Registration Identification</idType><idNumber>IMO 9362061</idNumber></id></idList>
<vesselInfo><callSign>5IM316</callSign></vesselInfo></sdnEntry>"""


def test_the_treasurys_xml_is_the_same_list_as_its_csv(write, by_entry):
    load = load_ofac_xml(write("SDN.XML", SDN.format(count=2, entries=ENTRY + VESSEL)))
    rows = by_entry(load)
    assert [(r["name"], r["name_kind"]) for r in rows["ofac:6861"]] == [
        ("GUZMAN LOERA, Joaquin", "primary"), ("CHAPO", "weak_alias"), ("GUZMAN, J.", "alias"),
        ("EL RAPIDO", "weak_alias"),
    ]  # fmt: skip
    first = rows["ofac:6861"][0]
    assert (first["schema"], first["program"], first["narcotics"]) == ("Person", "SDNTK ILLICIT-DRUGS-EO14059", True)
    assert (first["born"], first["nationality"], first["country"]) == ("1954-12-25; 1956~", "Mexico", "Mexico")
    assert first["identifiers"] == "passport:A123; crypto:1TestAddr"
    assert load.addresses.column("address").to_pylist() == ["1 Calle, Piso 2, Culiacan, Sinaloa 80000"]
    ship = rows["ofac:15036"][0]
    assert (ship["schema"], ship["identifiers"]) == ("Vessel", "call-sign:5IM316; imo:9362061")
    assert (load.list_name, str(load.published), load.noted) == ("ofac-sdn", "2026-08-07", {})


def test_the_treasurys_xml_says_what_is_wrong_with_it(write):
    bad = "<sdnEntry><uid>x</uid><lastName>A</lastName></sdnEntry><sdnEntry><uid>3</uid></sdnEntry>"
    load = load_ofac_xml(write("SDN.XML", SDN.format(count=9, entries=ENTRY + ENTRY + bad)))
    assert load.reasons == {"double-entry": 1, "no-name": 1, "no-number": 1}
    assert load.noted == {"fewer-or-more-records-than-the-file-says": 5}
    with pytest.raises(InputError, match="lists load un"):
        load_ofac_xml(write("un.xml", START + "</INDIVIDUALS></CONSOLIDATED_LIST>"))
