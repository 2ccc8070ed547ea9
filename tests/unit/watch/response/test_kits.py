"""Where kits run short: what is known with its interval, and what is not known said."""

import datetime as dt

import pytest
from tests.unit.watch.response.conftest import load
from tests.unit.watch.response.made import raise_one

from counterflow.core.errors import InputError
from counterflow.watch.response.kits import kits
from counterflow.watch.response.places import PLACES, Places
from counterflow.watch.response.stock import STOCK
from counterflow.watch.response.told import find_alarm

TODAY = dt.date(2026, 11, 23)
HEAD = "place,item,stock,as_of,use_per_week,delivered_per_week,lead_days\n"


def cover(site, count=44.0, **more):
    return kits(site.store, find_alarm(site.store, raise_one(site, count, **more)), 1.0, TODAY)


def test_without_a_stock_it_says_so(site):
    found = cover(site)
    assert found["rows"] == []
    assert "No stock is on record" in found["said"][0]


def test_a_rise_shortens_the_cover_and_tells_its_interval(site, tmp_path):
    load(site, tmp_path, STOCK, HEAD + "County 0,naloxone-dose,200,2026-11-23,40,0,14\n")
    row = cover(site)["rows"][0]
    assert row["expected_days"] == pytest.approx(35, abs=2)
    # 24 events above the expected, 1 to 2.5 doses each, on top of 40 a week
    assert 200 / (40 + 24 * 2.5 * 1.6) * 7 < row["alarm_days"] < 200 / (40 + 24) * 7 + 3
    assert row["alarm_days_low"] < row["alarm_days"] < row["alarm_days_high"]
    assert row["short_before_delivery"] is True


def test_a_use_that_nobody_counted_stays_unknown(site, tmp_path):
    load(site, tmp_path, STOCK, HEAD + "County 0,test-kit,50,2026-11-23,,,\n")
    row = cover(site)["rows"][0]
    assert row["alarm_days"] is None
    assert row["rests_on"].startswith("unknown")


def test_what_went_out_since_the_stock_was_counted_is_taken_off(site, tmp_path):
    load(site, tmp_path, STOCK, HEAD + "County 0,test-kit,40,2026-11-09,20,0,\n")
    assert cover(site)["rows"][0]["expected_days"] == pytest.approx(0, abs=4)


def test_days_do_not_tell_a_small_count(site, tmp_path):
    load(site, tmp_path, STOCK, HEAD + "County 0,naloxone-dose,200,2026-11-23,40,0,14\n")
    rows = [cover(site, float(n), limit=3.5, as_of=dt.date(2026, 11, n))["rows"][0] for n in (5, 8)]
    wide = [(row["alarm_days_low"], row["alarm_days_high"]) for row in rows]
    assert wide[0] == pytest.approx(wide[1], rel=0.15)


def test_stocks_of_the_area_around_are_named_as_such(site, tmp_path):
    load(site, tmp_path, PLACES, "place,level,parent\nCounty 0,county,State\nState,state,\n")
    load(site, tmp_path, STOCK, HEAD + "State,naloxone-dose,900,2026-11-23,100,0,7\n")
    found = cover(site)
    assert found["rows"][0]["place"] == "State"
    assert "areas that it lies in" in found["said"][0]


def test_a_bad_stock_is_refused_and_a_file_without_its_column_too(site, tmp_path):
    receipt = load(site, tmp_path, STOCK, HEAD + "County 0,test-kit,-4,2026-11-09,20,0,\nCounty 0,kit,,2026-11-09,,,\n")
    assert (receipt.accepted, receipt.rejected) == (0, 2)
    with pytest.raises(InputError, match="column is missing"):
        load(site, tmp_path, STOCK, "place,item,stock\nA,kit,4\n")
    with pytest.raises(InputError, match="Did you mean 'stock'"):
        load(site, tmp_path, STOCK, "place,item,stok,as_of\nA,kit,4,2026-01-01\n")


def test_what_lies_in_what_may_come_with_the_counts(site):
    import pyarrow as pa

    row = {"source": "ems", "measure": "overdoses", "subject": "all", "definition": "1", "grain": "week",
           "starts": dt.date(2026, 11, 2), "ends": dt.date(2026, 11, 8), "count": 20.0, "suppressed": False,
           "looked_for": True, "as_of": TODAY, "first_seen": site.clock()}  # fmt: skip
    rows = [row | {"place": "Loop", "level": "subcounty"}, row | {"place": "Cook", "level": "county"}]
    site.store.append("series_count", pa.Table.from_pylist(rows))
    lies = {"source": "ems", "place": "Loop", "within": "Cook", "first_seen": site.clock(), "batch": "b"}
    site.store.append("place_within", pa.Table.from_pylist([lies]))
    assert Places.of(site.store).coarse("Loop") == "Cook"
    site.store.execute("DELETE FROM place_within")
