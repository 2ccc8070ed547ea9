"""Official layouts: what becomes a count, what stays a rate, what is refused with its line, and that nothing is lost."""

import datetime as dt
import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.watch.published import made_up

from counterflow.core.errors import InputError
from counterflow.watch.series.published import READERS
from counterflow.watch.series.reader import Options

TODAY = dt.date(2026, 11, 22)


def read(form, text, file="file.csv", **options):
    content = text if isinstance(text, bytes) else text.encode()
    return READERS[form](content, file, Options(TODAY, **options))


def one(table, **wanted):
    rows = [row for row in table.to_pylist() if all(row[k] == v for k, v in wanted.items())]
    assert len(rows) == 1, rows
    return rows[0]


def test_sums_over_twelve_months_keep_their_grain_and_their_doubt():
    found = read("cdc-vsrr", made_up.VSRR, as_of=dt.date(2024, 8, 14))
    assert (found.rows, found.accepted, found.refused) == (6, 6, ())
    row = one(found.counts, place="CT", measure="deaths", subject="all")
    assert (row["grain"], row["starts"], row["ends"]) == ("12-months", dt.date(2023, 4, 1), dt.date(2024, 3, 31))
    assert (row["count"], row["predicted"], row["complete"], row["as_of"]) == (1234, 1260, 0.995, dt.date(2024, 8, 14))
    assert one(found.counts, subject="heroin")["count"] == 45
    assert one(found.counts, place="US")["measure"] == "deaths-all-causes"
    assert one(found.counts, place="YC")["subject"] == "Synthetic opioids, excl. methadone (T40.4)"


def test_a_value_not_shown_is_unknown_and_a_percentage_is_no_count():
    found = read("cdc-vsrr", made_up.VSRR, as_of=dt.date(2024, 8, 14))
    row = one(found.counts, place="AK")
    assert (row["count"], row["suppressed"], row["looked_for"]) == (None, False, False)
    assert "specified" not in " ".join(found.counts.column("measure").to_pylist())
    assert one(found.rates, measure="drugs-specified")["rate"] == 98.7
    assert one(found.rates, measure="pending-investigation", place="CT")["rate"] == 0.4


def test_old_spellings_of_columns_are_read_and_the_day_comes_from_the_name():
    found = read("cdc-vsrr", made_up.VSRR_OLD, "VSRR_Provisional_Drug_Overdose_Death_Counts_20190213.csv")
    row = found.counts.to_pylist()[0]
    assert (row["count"], row["ends"], row["as_of"]) == (1016, dt.date(2018, 9, 30), dt.date(2019, 2, 13))
    assert "name of the file" in " ".join(found.said)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"1,234"', "-5", "negative"), ('"1,234"', "12.5", "no-count"), ('"1,234"', "many", "no-number"),
        ("Heroin (T40.1)", "Sugar", "unknown-indicator"), ("CT,2024,March,12 month", "CT,2024,Marsh,12 month", "no-month"),
        ("12 month-ending,Heroin", "Weekly,Heroin", "unknown-period"), ("CT,2024,March,12 month-ending,H", "QQ,2024,March,12 month-ending,H", ""),
        (",45,99.5,", ",45,199.5,", "too-large"), ("AK,2024", "AK,2031", "period-not-over"),
    ],
)  # fmt: skip
def test_bad_rows_are_refused_with_line_and_reason(old, new, reason):
    found = read("cdc-vsrr", made_up.VSRR.replace(old, new), as_of=dt.date(2024, 8, 14))
    assert found.rows == found.accepted + len(found.refused) == 6
    if reason:
        assert {row.reason for row in found.refused} == {reason}
        assert all(2 <= row.line <= 7 for row in found.refused)
    else:  # the name of the state still says which it is
        assert not found.refused


@pytest.mark.parametrize(
    ("form", "text"),
    [("cdc-vsrr", made_up.VSRR), ("cdc-vsrr-county", made_up.COUNTY), ("cbp-seizures", made_up.CBP), ("nflis", made_up.NFLIS),
     ("cdc-dose", made_up.DOSE)],
)  # fmt: skip
def test_a_cell_given_twice_counts_once(form, text):
    lines = text.rstrip("\n").split("\n")
    once, twice = (read(form, "\n".join(each)) for each in (lines, [*lines, *lines[1:]]))
    assert twice.counts.equals(once.counts)
    assert {row.reason for row in twice.refused} == {"twice"}
    assert twice.rows == twice.accepted + len(twice.refused) == 2 * once.rows


def test_counties_by_their_digits_with_small_numbers_withheld():
    found = read("cdc-vsrr-county", made_up.COUNTY)
    first, second = found.counts.to_pylist()
    assert (first["place"], first["level"], first["count"], first["as_of"]) == (
        "01001",
        "county",
        15,
        dt.date(2026, 4, 5),
    )
    assert (second["count"], second["suppressed"], second["grain"]) == (None, True, "12-months")
    assert found.rates.num_rows == 2


def test_wonder_passes_over_totals_and_takes_causes_and_day_from_its_block():
    found = read("cdc-wonder", made_up.WONDER, "export.txt")
    assert found.rows == 3
    rows = found.counts.to_pylist()
    assert [(r["place"], r["count"], r["suppressed"]) for r in rows] == [
        ("AL", 36, False),
        ("AL", None, True),
        ("AK", 0, False),
    ]
    assert {(r["measure"], r["subject"], r["grain"], str(r["as_of"])) for r in rows} == {
        ("deaths", "T40.4", "month", "2026-08-03")
    }
    assert "any mention" in rows[0]["definition"]
    assert "totals" in " ".join(found.said)


def test_wonder_by_week_takes_the_days_that_the_label_says():
    head = '"Notes"\t"MMWR Year"\t"MMWR Year Code"\t"MMWR Week"\t"MMWR Week Code"\tDeaths\n'
    line = '\t"2018"\t"2018"\t"2018 Week 01 ending January 06, 2018"\t"2018/01"\t1300\n'
    row = read("cdc-wonder", head + line + made_up.BLOCK).counts.to_pylist()[0]
    assert (row["grain"], row["starts"], row["ends"]) == ("week", dt.date(2017, 12, 31), dt.date(2018, 1, 6))
    assert (row["place"], row["level"], row["count"]) == ("US", "nation", 1300)


def test_wonder_without_its_query_is_not_taken_for_overdoses():
    found = read("cdc-wonder", made_up.WONDER_CAUSES)
    rows = found.counts.to_pylist()
    assert {(r["place"], r["level"], r["measure"]) for r in rows} == {("01001", "county", "deaths-all-causes")}
    assert [r["subject"] for r in rows] == ["heroin", "Other synthetic narcotics (T40.4)"]
    assert "does not name drug poisoning" in " ".join(found.said)


@pytest.mark.parametrize("column", ["Gender", "Ten-Year Age Groups", "Single Race 6"])
def test_wonder_split_by_what_persons_are_is_refused(column):
    with pytest.raises(InputError, match="split by more"):
        read("cdc-wonder", made_up.WONDER.replace('"Month"\t', f'"{column}"\t', 1))


def test_rates_stay_rates_and_become_counts_only_with_what_is_behind_them(tmp_path):
    found = read("cdc-dose", made_up.DOSE)
    assert found.counts.num_rows == 0
    assert "refused as counts" in " ".join(found.said)
    assert one(found.rates, place="CT", grain="month", subject="all")["rate"] == 56.5
    assert one(found.rates, place="CT", grain="month", subject="heroin")["suppressed"]
    assert not one(found.rates, place="ND", subject="all")["looked_for"]
    assert one(found.rates, grain="12-months", subject="all")["starts"] == dt.date(2023, 2, 1)
    behind = tmp_path / "visits.csv"
    behind.write_text("jurisdiction,year,month,visits\nCT,2024,1,4000\n")
    counts = read("cdc-dose", made_up.DOSE, more={"denominators": str(behind)}).counts.to_pylist()
    # 56.5 ± 0.05 of 4,000 visits leaves no whole number; 23.5 neither: 9.38 to 9.42
    assert counts == []
    behind.write_text("jurisdiction,year,month,visits\nCT,2024,1,40000\n")
    counts = read("cdc-dose", made_up.DOSE, more={"denominators": str(behind)}).counts.to_pylist()
    assert [(r["subject"], r["count"], r["measure"]) for r in counts] == [
        ("all", 226, "ed-visits"),
        ("opioids", 94, "ed-visits"),
    ]


def test_seizures_by_calendar_month_in_kilograms():
    found = read("cbp-seizures", made_up.CBP)
    row = one(found.counts, subject="fentanyl")
    assert (row["count"], row["starts"], row["measure"]) == (5, dt.date(2023, 10, 1), "seizures")
    assert one(found.counts, subject="khat")["starts"] == dt.date(2024, 9, 1)
    assert one(found.counts, subject="Other Drugs**")["starts"] == dt.date(2026, 1, 1)
    land = one(found.signals, substance="fentanyl", measure="mass-kg", route="land")
    assert land["value"] == pytest.approx(4.5359237)
    assert "Other Drugs**" in " ".join(found.said)


def test_what_is_not_listed_is_zero_only_where_somebody_says_so():
    plain = read("cbp-seizures", made_up.CBP)
    assert 0 not in plain.counts.column("count").to_pylist()
    filled = read("cbp-seizures", made_up.CBP, more={"absent": "zero"})
    assert filled.counts.num_rows == 9  # three drugs in three months
    assert filled.counts.column("count").to_pylist().count(0) == 6


def test_salts_are_added_up_and_an_unknown_name_stays():
    found = read("nflis", made_up.NFLIS)
    row = one(found.counts, subject="fentanyl")
    assert (row["count"], row["place"], row["grain"], row["as_of"]) == (105, "CT", "year", dt.date(2025, 8, 10))
    assert one(found.counts, subject="Chlorofentanyl")["count"] == 2


def test_prices_and_purities_in_units_of_the_house():
    found = read("prices", made_up.PRICES, as_of=dt.date(2024, 6, 1))
    assert one(found.signals, measure="purity")["value"] == pytest.approx(0.114)
    price = one(found.signals, measure="price")
    assert (price["value"], price["low"], price["unit"], price["substance"]) == (25, 20, "USD per g", "cocaine")
    assert {row.reason for row in found.refused} == {"unknown-unit", "too-pure"}


def test_purchases_are_added_up_and_none_is_kept():
    rows = [
        f"2024-0{1 + i % 6}-10,Heroin,{0.5 + i % 5},{20 + i % 7},{60 * (0.5 + i % 5) ** 0.9:.2f},{'NY' if i % 2 else 'CT'}"
        for i in range(60)
    ]
    found = read("prices", "Date,Drug,Weight (g),Purity (%),Price (USD),State\n" + "\n".join(rows), as_of=TODAY)
    assert found.rows == 60
    assert found.signals.num_rows == 6  # purity of two places in two quarters, the price of a pure gram in two quarters
    price = [row for row in found.signals.to_pylist() if row["measure"] == "price"]
    assert all(row["low"] <= row["value"] <= row["high"] and row["unit"] == "USD per pure g" for row in price)


@pytest.mark.parametrize("form", sorted(READERS))
@pytest.mark.parametrize("content", [b"", b"\n\n", b"PK\x03\x04\0\0workbook", b"\x1f\x8bbroken", b"a,b\n1,2\n"])
def test_what_is_no_such_table_is_an_input_error(form, content):
    with pytest.raises(InputError):
        read(form, content)


def test_packed_files_spreadsheet_marks_and_other_delimiters_change_nothing():
    plain = read("cbp-seizures", made_up.CBP)
    for content in (
        gzip.compress(made_up.CBP.encode()), b"\xef\xbb\xbf" + made_up.CBP.encode(),
        made_up.CBP.replace("\n", "\r\n").encode(), made_up.CBP.replace(",", ";").encode(),
    ):  # fmt: skip
        assert read("cbp-seizures", content).counts.equals(plain.counts)


FORMS = {
    "cdc-vsrr": made_up.VSRR_HEAD, "cbp-seizures": made_up.CBP_HEAD,
    "nflis": made_up.NFLIS.partition("\n")[0] + "\n", "cdc-dose": made_up.DOSE.partition("\n")[0] + "\n",
}  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(
    form=st.sampled_from(sorted(FORMS)),
    rows=st.lists(
        st.lists(
            st.sampled_from(["", "CT", "2024", "March", "OCT", "-1", "1e9", "*", "Heroin", "x\u00e9", "3"]),
            min_size=1,
            max_size=13,
        )
    ),
)
def test_whatever_stands_in_it_every_row_is_accepted_or_refused(form, rows):
    lines = [line for line in (",".join(row) for row in rows) if line.strip(",")]
    found = read(form, FORMS[form] + "\n".join(lines))
    assert found.rows == len(lines) == found.accepted + len(found.refused)
    assert all(count is None or count >= 0 for count in found.counts.column("count").to_pylist())


def test_a_real_file_loads_whole(shared_data):
    content = (shared_data / "watch" / "nflis_fentanyl_state_year_to_2022.csv.gz").read_bytes()
    found = read("nflis", content)
    assert (found.rows, len(found.refused)) == (5219, 0)
    assert one(found.counts, place="NH", subject="fentanyl", starts=dt.date(2019, 1, 1))["count"] > 1000
