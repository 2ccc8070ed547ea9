"""Harm held against seizures: both rules for several drugs, nothing small by its number, and the way to severities."""

import datetime as dt
from itertools import pairwise
from types import SimpleNamespace

import pyarrow as pa
import pytest
from tests.unit.watch.published import made_up

from counterflow.core.clock import fixed_clock
from counterflow.core.errors import InputError
from counterflow.core.settings import Settings
from counterflow.flow.watch_harm import AskHarm, find, to_severity
from counterflow.store.duckdb_store import DuckDBStore
from counterflow.store.ledger import Ledger
from counterflow.target.severity.cells import cells_of
from counterflow.target.severity.derive import Terms, derive
from counterflow.watch.harm.counted import counted, years_back
from counterflow.watch.harm.split import shares
from counterflow.watch.series.published import READERS
from counterflow.watch.series.reader import Options

TODAY = dt.date(2026, 3, 2)
CLASS = "Synthetic opioids, excl. methadone (T40.4)"
YEAR = (dt.date(2024, 1, 1), dt.date(2024, 12, 31))


@pytest.fixture
def world(tmp_path):
    clock = fixed_clock("2026-03-02T06:00:00Z")
    ledger = Ledger.open(tmp_path / "ledger", keys=tmp_path / "keys", ledger_id="test", clock=clock)
    return SimpleNamespace(store=DuckDBStore(None, threads=1), settings=Settings(), clock=clock, ledger=ledger)


def put(world, form, text, as_of):
    found = READERS[form](text.encode(), "f.csv", Options(TODAY, as_of=as_of))
    assert not found.refused
    for name, table in (("series_count", found.counts), ("supply_signal", found.signals)):
        if table.num_rows:
            more = pa.table({"first_seen": [world.clock()] * table.num_rows, "batch": ["b"] * table.num_rows})
            columns = {each: t.column(each) for t in (table, more) for each in t.column_names}
            world.store.append(name, pa.table(columns))


def vsrr(total=1000, heroin=200, synthetic=700, cocaine=300):
    rows = {
        "Number of Drug Overdose Deaths": total,
        "Heroin (T40.1)": heroin,
        CLASS: synthetic,
        "Cocaine (T40.5)": cocaine,
    }
    return made_up.VSRR_HEAD + "".join(
        f'CT,2024,December,12 month-ending,"{k}",{v},100,0,Connecticut,,,\n' for k, v in rows.items()
    )


def cbp():
    months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    line = "{fy},{m},Office of Field Operations,Coastal/Interior,{land},BOSTON FIELD OFFICE,{drug},{n},{lb}\n"
    kinds = (("Fentanyl", 4, 20), ("Heroin", 10, 30), ("Cocaine", 20, 400), ("Other Drugs**", 3, 5))
    return made_up.CBP_HEAD + "".join(
        line.format(fy=2025 if at > 8 else 2024, m=m, land=land, drug=drug, n=n, lb=lb)
        for at, m in enumerate(months) for drug, n, lb in kinds for land in ("Land Only", "Other")
    )  # fmt: skip


def test_two_rules_for_deaths_that_name_several_drugs():
    mentions = {"a": (60, 60), "b": (40, 40), "c": (20, 20)}
    both, any_, part = (shares(mentions, (80, 80), rule) for rule in ("both", "any", "fractional"))
    assert sum(part[s].low for s in mentions) == pytest.approx(80)
    assert (any_["a"].low, any_["a"].high) == (60, 60)
    assert (both["a"].low, both["a"].high) == (pytest.approx(40), 60)
    assert both["a"].alone == 0
    assert shares({"a": (70, 70), "b": (5, 5)}, None, "both")["a"].alone == 65
    assert (both[""].low, both[""].high) == (0, 20)
    # fewer mentions than deaths: some name none of these
    assert shares({"a": (30, 30)}, (80, 80), "fractional")[""].low == 50


def row(**more):
    base = {
        "source": "s", "place": "X", "level": "state", "measure": "deaths", "subject": "heroin", "definition": "d",
        "grain": "month", "count": 5.0, "suppressed": False, "complete": None, "predicted": None, "as_of": TODAY,
    }  # fmt: skip
    return base | more


def months(**more):
    starts = [dt.date(2024, m, 1) for m in range(1, 13)]
    ends = [s.replace(day=28) + dt.timedelta(days=4) for s in starts]
    return [row(starts=s, ends=e - dt.timedelta(days=e.day), **more) for s, e in zip(starts, ends, strict=True)]


def test_a_year_is_added_up_whole_or_not_at_all():
    whole, said = counted(months(), [YEAR], 10)
    assert (whole[0].low, whole[0].high, said) == (60, 60, [])
    assert counted(months()[:-1], [YEAR], 10)[0] == []
    hidden, _ = counted(
        [*months()[:-1], row(starts=dt.date(2024, 12, 1), ends=YEAR[1], count=None, suppressed=True)], [YEAR], 10
    )
    assert (hidden[0].low, hidden[0].high, hidden[0].withheld) == (56, 64, True)
    late, _ = counted(
        [row(grain="12-months", starts=YEAR[0], ends=YEAR[1], count=90.0, complete=0.9, predicted=95.0)], [YEAR], 10
    )
    assert (late[0].low, late[0].high, late[0].final) == (90, 100, False)
    few, _ = counted([row(grain="12-months", starts=YEAR[0], ends=YEAR[1], count=4.0)], [YEAR], 10)
    assert (few[0].low, few[0].high, few[0].withheld) == (1, 9, True)


def test_overlapping_sums_never_enter_together_and_two_sources_never_add():
    rolling = [
        row(grain="12-months", starts=s, ends=e, count=100.0)
        for back in range(3)
        for s, e in [years_back(dt.date(2024, 12 - back, 28), 1)[0]]
    ]
    made, _ = counted(rolling, years_back(dt.date(2024, 12, 28), 1), 10)
    assert [m.low for m in made] == [100]
    with pytest.raises(InputError, match="counted in 2 ways"):
        counted([*months(), *months(source="t")], [YEAR], 10)
    with pytest.raises(InputError, match="sub-county"):
        counted(months(level="site"), [YEAR], 10)


def test_a_leap_day_and_month_ends_tile_without_a_gap():
    spans = years_back(dt.date(2024, 2, 29), 3)
    assert [str(end) for _, end in spans] == ["2022-02-28", "2023-02-28", "2024-02-29"]
    assert all(a[1] + dt.timedelta(days=1) == b[0] for a, b in pairwise(spans))


def test_weights_reach_severities_and_change_nothing_by_themselves(world):
    put(world, "cdc-vsrr", vsrr(), dt.date(2025, 5, 14))
    put(world, "cbp-seizures", cbp(), dt.date(2025, 1, 20))
    found = find(world, AskHarm("CT", by=("route",), take={CLASS: "fentanyl"}, per="records"))
    rows = {(w["substance"], w["route"]): w for w in found.weights}
    assert set(rows) == {(s, r) for s in ("cocaine", "fentanyl", "heroin") for r in ("land", "other")}
    fentanyl = rows["fentanyl", "land"]
    assert fentanyl["low"] < fentanyl["value"] < fentanyl["high"]
    assert fentanyl["value"] > rows["cocaine", "land"]["high"]
    assert (fentanyl["from"], fentanyl["to"]) == ("2024-01-01", "2024-12-31")
    told = to_severity(world, found)
    assert (told["harm_count"], told["repeated"]) == (4, False)
    size = world.ledger.size
    assert to_severity(world, found)["repeated"]
    assert world.ledger.size == size
    assert world.store.rows("SELECT * FROM severity") == []
    kept = {r["substance"]: r for r in world.store.rows("SELECT * FROM harm_count")}
    assert (kept["fentanyl"]["low"], kept["fentanyl"]["high"]) == (pytest.approx(700 * 1000 / 1200), 700)
    counts, _ = cells_of(world.store, "harm_count", "outcome", on=TODAY, half_life_days=365)
    exposed, _ = cells_of(world.store, "exposure", "unit", on=TODAY, half_life_days=365)
    derived = derive(counts, exposed, {"drug": 100.0}, Terms(per="kg", draws=400))
    points = {(p.substance, p.route): p for p in derived.rows}
    assert points["fentanyl", ""].value > points["cocaine", ""].value


def test_seizures_of_part_of_a_year_are_no_exposure_for_it(world):
    put(world, "cdc-vsrr", vsrr(), dt.date(2025, 5, 14))
    lines = cbp().rstrip("\n").split("\n")
    put(world, "cbp-seizures", "\n".join(lines[: 1 + 8 * 6]), dt.date(2025, 1, 20))
    found = find(world, AskHarm("CT", last=YEAR[1]))
    assert found.exposed == ()
    assert found.weights == ()
    assert "do not cover" in " ".join(found.said)


def test_a_small_number_leaves_as_a_range(world):
    put(world, "cdc-vsrr", vsrr(heroin=4), dt.date(2025, 5, 14))
    put(world, "cbp-seizures", cbp(), dt.date(2025, 1, 20))
    to_severity(world, find(world, AskHarm("CT", rule="any")))
    kept = world.store.rows("SELECT * FROM harm_count WHERE substance = 'heroin'")[0]
    assert (kept["count"], kept["low"], kept["high"], kept["suppressed"]) == (None, 1, 9, True)


def test_what_does_not_fit_is_said(world):
    put(world, "cdc-vsrr", vsrr(), dt.date(2025, 5, 14))
    for ask, words in (
        (AskHarm("XX"), "No harm is counted"),
        (AskHarm("CT", take={"Sugar": "fentanyl"}), "no subject counted there"),
        (AskHarm("CT", take={CLASS: "sugar"}), "no substance 'sugar'"),
        (AskHarm("CT", take={CLASS: "heroin"}), "Two subjects"),
    ):
        with pytest.raises(InputError, match=words):
            find(world, ask)


def test_a_stored_nowcast_is_the_range_of_a_count_that_is_not_final(world):
    put(world, "cdc-vsrr", vsrr(), dt.date(2025, 5, 14))
    counted_row = world.store.rows("SELECT * FROM series_count WHERE subject = 'heroin'")[0]
    names = ("source", "place", "level", "measure", "subject", "definition", "starts", "ends")
    made = {name: counted_row[name] for name in names} | {
        "nowcast": "n1", "grain": "12-months", "as_of": dt.date(2025, 5, 20), "made_at": world.clock(), "method": "m",
        "settings_digest": "s", "data_digest": "d", "reported": 200.0, "complete": 0.9, "expected": 222.0,
        "levels": [0.025, 0.5, 0.975], "quantiles": [205.0, 221.0, 240.0],
    }  # fmt: skip
    world.store.append("watch_nowcast", pa.Table.from_pylist([made]))
    heroin = next(h for h in find(world, AskHarm("CT", rule="any")).harm if h.substance == "heroin")
    assert (heroin.low, heroin.high) == (205, 240)
