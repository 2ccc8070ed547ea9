"""The Denied Persons List in its layouts: entries by name and day, expired orders kept and marked."""

import csv
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.errors import InputError
from counterflow.intake.lists import load_bis

HEAD = "Name\tStreet_Address\tCity\tState\tCountry\tPostal_Code\tEffective_Date\tExpiration_Date\tStandard_Order\tLast_Update\tAction\tFR_Citation\n"
ASH = '" I. ASH"\t"1 ROAD"\t"SEAGOVILLE"\t"TX"\t"US"\t"75159"\t"06/19/2003"\t"06/29/2056"\t"Y"\t"2007-01-31"\t"ADDED"\t"68 F.R. 38290"\n'
ASH_AGAIN = ASH.replace("1 ROAD", "2 ROAD")
OLD = '"OLD CO"\t""\t""\t""\t"DE"\t""\t"01/02/1990"\t"01/02/2000"\t"Y"\t""\t""\t""\n'
NEVER = '"NEVER ENDS"\t""\t""\t""\t""\t""\t"08/24/2022"\t""\t"Y"\t"3017-08-22"\t""\t""\n'


def test_an_entry_is_a_name_and_a_day_with_its_addresses(write, by_entry):
    load = load_bis(write("dpl.txt", HEAD + ASH + ASH_AGAIN + OLD + NEVER + ASH))
    rows = {rows[0]["name"]: rows for rows in by_entry(load).values()}
    assert (load.read, load.accepted, load.reasons) == (5, 4, {"double-entry": 1})
    assert {name: entry[0]["program"] for name, entry in rows.items()} == {
        "I. ASH": "BIS-DPL", "OLD CO": "BIS-DPL-EXPIRED", "NEVER ENDS": "BIS-DPL",
    }  # fmt: skip
    ash = rows["I. ASH"][0]
    assert ash["remarks"] == "effective 2003-06-19; expires 2056-06-29; ADDED; 68 F.R. 38290"
    assert (ash["schema"], ash["narcotics"], ash["country"]) == ("LegalEntity", False, "US")
    places = [row for row in load.addresses.to_pylist() if row["entry_id"] == ash["entry_id"]]
    assert [place["address"] for place in places] == ["1 ROAD, SEAGOVILLE, TX 75159", "2 ROAD, SEAGOVILLE, TX 75159"]
    assert (places[0]["city"], places[0]["postcode"]) == ("SEAGOVILLE", "75159")


def test_an_entrys_id_lasts_when_its_address_is_corrected(write, by_entry):
    (first,) = by_entry(load_bis(write("a.txt", HEAD + ASH)))
    (again,) = by_entry(load_bis(write("b.txt", HEAD + ASH.replace("1 ROAD", "99 ROAD").replace("38290", "1"))))
    assert first == again
    assert first.startswith("bis:")


def test_the_layout_since_2025_is_read(write, by_entry):
    text = "Name and Address,Type of Denial,Appropriate Federal Register Citations,Effective Date,Expiration Date\n"
    text += '"JANE ROE, 1 Road, El Paso, TX",Standard,87 F.R. 52741,8/24/2022,1/14/2026\n'
    load = load_bis(write("dpl.csv", text))
    (rows,) = by_entry(load).values()
    assert (rows[0]["name"], rows[0]["remarks"]) == (
        "JANE ROE", "effective 2022-08-24; expires 2026-01-14; Standard; 87 F.R. 52741",
    )  # fmt: skip
    assert load.addresses.column("address").to_pylist() == ["1 Road, El Paso, TX"]


def test_rows_that_cannot_be_used_are_counted(write):
    rows = (
        ASH
        + ASH.replace(" I. ASH", "")
        + OLD.replace("01/02/1990", "32/13/1990")
        + "a\tb\n"
        + NEVER.replace('""', '"?"')
    )
    load = load_bis(write("dpl.txt", HEAD + rows))
    assert (load.read, load.accepted, load.reasons) == (5, 2, {"no-date": 1, "no-name": 1, "wrong-width": 1})
    assert load.noted == {"date-not-understood": 1}


def test_changed_columns_are_refused_with_the_nearest(write):
    with pytest.raises(InputError, match="'effective_dat' may be effective_date"):
        load_bis(write("dpl.txt", HEAD.replace("Effective_Date", "Effective_Dat") + ASH))
    with pytest.raises(InputError, match="web page"):
        load_bis(write("dpl.txt", "<html><body>moved</body></html>"))


def test_the_real_list_of_2022(shared_data):
    path = shared_data / "parties" / "bis_dpl_2022.csv.gz"
    load = load_bis(path)
    with gzip.open(path, "rt", encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    assert (load.read, load.accepted, load.reasons) == (581, 579, {"double-entry": 2})
    # Two rows repeat another word for word; the rest are addresses of 461 names and days.
    assert len(load.entries.column("entry_id").unique()) == len({(r["Name"], r["Effective_Date"]) for r in rows}) == 461
    assert load.addresses.num_rows == 579


@given(rows=st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=13), max_size=6))
def test_any_rows_are_accounted_for(rows, tmp_path_factory):
    text = io.StringIO()
    csv.writer(text, delimiter="\t", lineterminator="\n").writerows(rows)
    path = tmp_path_factory.mktemp("any") / "dpl.txt"
    path.write_bytes((HEAD + ASH + text.getvalue()).encode())
    load = load_bis(path)
    assert load.read == load.accepted + load.rejected
    assert load.read >= 1
