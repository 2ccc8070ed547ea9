"""Remarks of the Treasury taken apart: what is understood, and how much of the real ones."""

import csv
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.intake.lists import load_ofac
from counterflow.intake.lists.dates import iso_date
from counterflow.intake.lists.papers import KINDS, paper
from counterflow.intake.lists.programs import is_narcotics, one_spelling
from counterflow.intake.lists.remarks import read_remarks


@pytest.mark.parametrize(
    ("part", "number"),
    [
        ("Passport 123 (Iran) issued 02 Jul 2004 expires 01 Jul 2009", "passport:123"),
        ("alt. Passport D366 871 (Jordan)", "passport:D366 871"),
        ("Diplomatic Passport A0002987 (Iran)", "passport:A0002987"),
        ("Tax ID No. 7744001497 (Russia)", "tax:7744001497"),
        ("R.F.C. DIB-771110-HQ1 (Mexico)", "tax:DIB-771110-HQ1"),
        ("NIT # 800146749-7 (Colombia)", "tax:800146749-7"),
        ("C.U.R.P. AIMM67125HCHRRG06 (Mexico) issued 1968", "national-id:AIMM67125HCHRRG06"),
        ("Cedula No. 16247821 (Colombia)", "national-id:16247821"),
        ("National ID No. D489833(9) (Hong Kong)", "national-id:D489833(9)"),
        ("Vessel Registration Identification IMO 9187629", "imo:9187629"),
        ("Company Number IMO 5055293", "imo-company:5055293"),
        ("Registration ID 14063277", "registration:14063277"),
        ("Folio Mercantil No. 22839 (Jalisco) (Mexico)", "registration:22839"),
        ("Digital Currency Address - XBT 12QtD5BFwRsdNsAZY76UVE1xyCGNTojH9h", "crypto:12QtD5BFwRsdNsAZY76UVE1xyCGNTojH9h"),
        ("Aircraft Construction Number (also called L/N or S/N or F/N) 8401", "aircraft-serial:8401"),
        ("Phone Number 9647718635788", "phone:9647718635788"),
        ("Email Address office@moreship.ru", "email:office@moreship.ru"),
        ("SWIFT/BIC HAVIGB2L", "bank:HAVIGB2L"),
        ("MMSI 572469210", "mmsi:572469210"),
    ],
)  # fmt: skip
def test_papers_are_found_with_their_kind(part, number):
    assert read_remarks(f"POB Tehran, Iran; {part}.").papers == (number,)


def test_sentences_with_numbers_are_no_papers():
    text = "named in UNSCR 1483; Commander of the Syrian Army's 4th Armored Division; President since 1979; POB 1 Road."
    read = read_remarks(text)
    assert read.papers == ()
    assert len(read.plain) == 3


@given(
    st.text(max_size=200),
    st.lists(st.sampled_from(["DOB ", "Passport ", "; ", "alt. ", "a.k.a. '", "(", "1950", " to "])),
)
def test_any_remarks_are_read(text, parts):
    read = read_remarks(text + "".join(parts))
    assert all(number.partition(":")[0] in KINDS for number in read.papers)
    assert all(iso_date(date) == date for date in read.born)


@given(st.text(max_size=40))
def test_any_number_is_a_paper_or_none(number):
    found = paper("passport", number)
    assert found is None or (";" not in found and found == paper("passport", found.removeprefix("passport:")))


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("10 Dec 1948", "1948-12-10"), ("circa 10 Dec 1948", "1948-12-10~"), ("Dec 1948", "1948-12"), ("1948", "1948"),
        ("1948 to 1950", "1948/1950"), ("01 Jan 1961 to 31 Dec 1961", "1961"), ("01 Sep 1963 to 30 Sep 1963", "1963-09"), ("1948-1950", "1948/1950"),
        ("1973-12-25", "1973-12-25"), ("1973-12-25T00:00:00Z", "1973-12-25"), ("2026-02-27T00:00:09.554Z", "2026-02-27"),
        ("July 4, 1961", "1961-07-04"), ("31 Feb 1961", None), ("Flurber 1961", None), ("1948 to x", None), ("", None),
        ("24/06/1402 (Hijri Calendar)", None), ("19480", None),
    ],
)  # fmt: skip
def test_dates_come_in_one_form(written, iso):
    assert iso_date(written) == iso


@pytest.mark.parametrize(
    ("printed", "narcotics"),
    [
        ("SDNT", True), ("SDNTK] [SDGT", True), ("ILLICIT-DRUGS-EO14059", True), ("ILLICIT-DRUGS-E.O. 14059", True),
        ("Illicit Drugs Executive Order 14059", True), ("US-NARCO", True), ("SDGT", False), ("NARCO", False), ("", False),
    ],
)  # fmt: skip
def test_narcotics_programmes_are_known_in_every_spelling(printed, narcotics):
    assert is_narcotics(one_spelling(printed)) == narcotics


@pytest.mark.parametrize("year", ["2019", "2021"])
def test_nearly_all_of_the_real_remarks_are_understood(shared_data, year):
    with gzip.open(shared_data / "parties" / f"ofac_sdn_{year}.csv.gz", "rt", encoding="utf-8") as opened:
        read = [read_remarks(row["remarks"]) for row in csv.DictReader(opened)]
    plain = [part for remarks in read for part in remarks.plain]
    known = sum(len(r.born) + len(r.nationality) + len(r.papers) + len(r.weak_aliases) + r.other for r in read)
    assert sum(len(r.born) for r in read) > 4_200
    assert not [part for part in plain if part.startswith("DOB")]
    # What is left are offices held ("Brigadier General"); of parts with a number in them, one in 400 is left.
    assert len(plain) < 0.06 * (known + len(plain))
    assert sum(any(c.isdigit() for c in part) for part in plain) < 0.0025 * known


def test_remarks_go_on_in_the_comments(write):
    sdn = '9,"ROE, Jane","individual","SDNT",-0- ,-0- ,"5IM3",-0- ,-0- ,-0- ,-0- ,"DOB 1950; Passport A1"\r\n'
    sdn = sdn.replace('-0- ,-0- ,"5IM3",-0- ,', '-0- ,"5IM3",-0- ,-0- ,')
    load = load_ofac(
        write("sdn.csv", sdn), comments=write("c.csv", '9,"23 (Iran); nationality Iran."\r\n8,"x"\r\n9,-0- \r\n')
    )
    row = load.entries.to_pylist()[0]
    assert (row["identifiers"], row["nationality"], row["born"]) == ("call-sign:5IM3; passport:A123", "Iran", "1950")
    assert load.reasons == {"no-such-entry": 1, "no-value": 1}


def test_cities_and_postcodes_of_the_treasury(write):
    sdn = '36,"ACME",-0- ,"CUBA"' + ",-0- " * 8 + "\r\n"
    places = ["London EC3N 1DY", "Zurich CH-8022", "Tijuana, Baja California", "349323", "Kobe, Hyogo 657-0066", "-0- "]
    add = "".join(f'36,{n},"1 Road","{place}","X",-0- \r\n' for n, place in enumerate(places))
    rows = load_ofac(write("sdn.csv", sdn), add=write("add.csv", add)).addresses.to_pylist()
    assert [(row["city"], row["postcode"]) for row in rows] == [
        ("London", "EC3N 1DY"), ("Zurich", "CH-8022"), ("Tijuana, Baja California", None), (None, "349323"),
        ("Kobe, Hyogo", "657-0066"), (None, None),
    ]  # fmt: skip
    assert rows[0]["address"] == "1 Road, London EC3N 1DY"
