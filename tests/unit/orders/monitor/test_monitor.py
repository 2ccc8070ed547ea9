"""The monitor: what is told, what is not, what stays open, and what is never learned."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.unit.orders.monitor.books import book, by_month, day, name, steady

from counterflow.core.errors import UnknownName, UsageError
from counterflow.orders.monitor import (
    Setting,
    explain,
    layout,
    monitor,
    monitored,
    now_by_subject,
    open_alarms,
    rows_by_month,
)

COLUMNS = ["buyer_id", "drug", "month", "quantity", "baseline", "strength", "alarm", "open", "reasons"]


def surge(factor: float = 3.0, quiet: int = 36, after: int = 18, seed: int = 1) -> np.ndarray:
    months = steady(seed, quiet + after)
    months[quiet:] *= factor
    return months


def disposal(at: int, finding: str, new_expected: float | None = None) -> pa.Table:
    when = dt.datetime.combine(day(at, 2), dt.time(9), dt.UTC)
    return pa.table(
        {
            "subject": ["alarm"], "subject_id": ["a"], "customer_id": ["C"], "product": ["drug"], "act": ["dispose"],
            "finding": [finding], "new_expected": pa.array([new_expected], pa.float64()), "decided_at": [when],
        }
    )  # fmt: skip


def test_one_row_a_month_from_the_first_order_with_exactly_these_columns():
    told = monitor(book({"C": [0, 0, 300, 0, 100], "D": [10, 0, 0, 0, 0]}))
    assert told.column_names == COLUMNS
    assert [row["month"] for row in by_month(told).values()] == [name(2), name(3), name(4)]
    assert by_month(told)[name(3)]["quantity"] == 0
    assert len(by_month(told, "D")) == 5


def test_a_steady_customer_is_left_in_peace():
    told = monitor(book({f"C{seed}": steady(seed, 60) for seed in range(20)}))
    alarms = pc.sum(told["alarm"]).as_py()
    assert alarms <= 2  # 1,200 months


@pytest.mark.parametrize("factor", [2.0, 3.0, 8.0])
def test_a_surge_is_told_within_two_months_and_stays_open_while_it_lasts(factor):
    told = by_month(monitor(book({"C": surge(factor)})))
    assert not any(told[name(at)]["alarm"] for at in range(36))
    assert any(told[name(at)]["alarm"] for at in (36, 37))
    assert all(told[name(at)]["open"] for at in range(37, 54))


def test_the_surge_never_becomes_the_baseline():
    told = by_month(monitor(book({"C": surge(3.0)})))
    assert told[name(53)]["baseline"] == pytest.approx(told[name(36)]["baseline"], rel=0.03)
    assert told[name(53)]["strength"] > 1


def test_a_slow_ramp_is_told_before_it_has_doubled_twice():
    months = steady(3, 60)
    months[36:] *= np.linspace(1.08, 3.0, 24)
    told = by_month(monitor(book({"C": months})))
    raised = [at for at in range(36, 60) if told[name(at)]["alarm"]]
    assert raised
    assert raised[0] < 48


def test_a_rise_of_few_units_is_not_told_whatever_its_factor():
    months = np.full(48, 60.0)
    months[36:38] = 240.0
    told = monitor(book({"C": months}))
    assert pc.max(told["strength"]).as_py() > 1
    assert pc.sum(told["alarm"]).as_py() == 0
    assert pc.sum(monitor(book({"C": months}), setting=Setting(least_units=0))["alarm"]).as_py() > 0


def test_months_known_by_then_are_all_that_counts():
    quiet, wild = surge(3.0, 30, 10), surge(3.0, 30, 10)
    wild[35:] *= 40
    others = {f"P{n}": steady(n, 40, 2000) for n in range(12)}
    one = monitor(book({"C": quiet} | others))
    other = monitor(book({"C": wild} | {k: np.concatenate([v[:35], v[35:] * 9]) for k, v in others.items()}))
    early = pc.less(one["month"], name(35))
    assert one.filter(early).equals(other.filter(pc.less(other["month"], name(35))))


def test_month_by_month_gives_what_all_at_once_gives():
    lines = book({"C": surge(3.0, 15, 8)} | {f"P{n}": steady(n, 23, 1500, 0.4) for n in range(10)})
    batch = monitor(lines)
    for at in (3, 14, 16, 20, 22):
        known = lines.filter(pc.less_equal(lines["ordered_on"], pa.scalar(day(at, 28))))
        then = monitor(known)
        now = batch.filter(pc.less_equal(batch["month"], name(at)))
        assert then.select(COLUMNS[:-1]).equals(now.select(COLUMNS[:-1]))


def test_the_order_of_lines_changes_nothing():
    lines = book({"C": surge(), "D": steady(9, 50, 700, 0.5)})
    shuffled = lines.take(pa.array(np.random.default_rng(3).permutation(len(lines))))
    assert monitor(shuffled).equals(monitor(lines))


def test_an_alarm_is_raised_again_only_when_it_has_grown():
    months = np.concatenate([steady(1, 36), np.full(8, 9000.0), np.full(8, 9500.0), np.full(8, 30000.0)])
    told = by_month(monitor(book({"C": months})))
    raised = [at for at in range(60) if told[name(at)]["alarm"]]
    assert raised[0] in (36, 37)
    assert [at for at in raised if 39 <= at < 52] == []
    assert raised[-1] in (52, 53)
    assert "raised again" in told[name(raised[-1])]["reasons"]


def test_an_explained_disposal_with_a_level_sets_the_baseline_anew():
    lines = book({"C": surge(3.0)})
    told = by_month(monitor(lines, decisions=disposal(38, "explained", 9000.0)))
    assert told[name(37)]["open"] == 1
    assert all(told[name(at)]["open"] == 0 and not told[name(at)]["alarm"] for at in range(38, 54))
    assert told[name(40)]["baseline"] == pytest.approx(9000, rel=0.1)


@pytest.mark.parametrize("finding", ["unexplained", "diverted", "error", "explained"])
def test_any_other_disposal_teaches_nothing_and_the_same_surge_is_told_again(finding):
    before = by_month(monitor(book({"C": surge(3.0)})))
    told = by_month(monitor(book({"C": surge(3.0)}), decisions=disposal(40, finding)))
    assert told[name(40)]["baseline"] == before[name(40)]["baseline"]
    assert told[name(40)]["alarm"] + told[name(41)]["alarm"] == 1
    assert told[name(45)]["open"] == 1


def test_a_disposal_in_the_month_of_the_alarm_closes_it_in_that_month():
    months = steady(1, 48)
    months[40] *= 6
    told = by_month(monitor(book({"C": months}), decisions=disposal(40, "explained")))
    assert (told[name(40)]["alarm"], told[name(40)]["open"]) == (1, 0)
    assert not any(told[name(at)]["open"] for at in range(41, 48))


def test_a_decision_that_is_not_about_an_alarm_closes_nothing():
    decisions = disposal(38, "explained").set_column(4, "act", pa.array(["hold"]))
    assert by_month(monitor(book({"C": surge(3.0)}), decisions=decisions))[name(45)]["open"] == 1


def expected(quantity: float, period: str = "month", unit: str = "units") -> pa.Table:
    return pa.table(
        {"record_id": ["C"], "item": ["Drug "], "quantity": [quantity], "unit": [unit], "period": [period],
         "declared_on": [day(0)]}
    )  # fmt: skip


def test_a_declared_volume_is_the_baseline_of_a_new_customer():
    months = np.full(8, 3000.0)
    assert pc.sum(monitor(book({"C": months}), expected=expected(36000, "year"))["alarm"]).as_py() == 0
    told = by_month(monitor(book({"C": months}), expected=expected(800)))
    assert told[name(0)]["baseline"] == 800
    assert told[name(0)]["alarm"] or told[name(1)]["alarm"]
    assert "declared" in told[name(1)]["reasons"] + told[name(0)]["reasons"]


def test_a_first_stock_within_a_declaration_is_no_surge_and_the_same_each_month_is():
    lumps = np.zeros(10)
    lumps[[0, 1]] = 3 * 800.0, 2 * 800.0
    assert pc.sum(monitor(book({"C": lumps}), expected=expected(800))["alarm"]).as_py() == 0
    assert pc.sum(monitor(book({"C": np.full(10, 2400.0)}), expected=expected(800))["alarm"]).as_py() >= 1


def test_an_overstated_declaration_covers_no_surge():
    told = by_month(monitor(book({"C": surge(8.0)}), expected=expected(100_000)))
    assert told[name(37)]["open"] == 1
    assert told[name(35)]["baseline"] == pytest.approx(2 * 3000, rel=0.1)


def test_a_declaration_in_another_measure_is_told_as_unmet():
    lines = book({"C": surge(3.0)})
    assert monitored(lines, expected=expected(5, unit="kg")).unmet == 1
    assert monitored(lines, expected=expected(5)).unmet == 0


def test_a_declaration_in_kilograms_meets_grams():
    told = by_month(monitor(book({"C": [25_000.0] * 6}, measure="mass_g"), expected=expected(25, unit="kg")))
    assert told[name(0)]["baseline"] == 25_000


def test_a_market_that_grows_alarms_nobody_and_one_that_grows_alone_is_told():
    growing = np.concatenate([np.ones(36), np.linspace(1.05, 1.5, 8), np.full(4, 1.5)])
    together = book({f"P{n}": steady(n, 48, 3000, 0.1) * growing for n in range(16)})
    alone = book({f"P{n}": steady(n, 48, 3000, 0.1) * (growing if n == 0 else 1) for n in range(16)})
    assert pc.sum(monitor(together)["alarm"]).as_py() <= 2
    assert pc.sum(monitor(together, setting=Setting(peers=1e6))["alarm"]).as_py() >= 10
    assert sum(int(row["alarm"]) for row in by_month(monitor(alone), "P0").values()) >= 1


def test_a_new_customer_is_held_against_its_peers():
    peers = {f"P{n}": steady(n, 30, 1000, 0.2) for n in range(12)}
    quantities = peers | {"C": np.concatenate([np.zeros(25), np.full(5, 60_000.0)])}
    told = by_month(monitor(book(quantities)))
    assert told[name(25)]["alarm"] == 1
    assert "new customer" in told[name(25)]["reasons"]


def test_without_peers_a_new_customer_is_not_judged_for_three_months():
    told = by_month(monitor(book({"C": [100.0, 90_000.0, 5.0, 50.0]})))
    assert [told[name(at)]["baseline"] is None for at in range(4)] == [True, True, True, False]
    assert "too few" in told[name(1)]["reasons"]
    assert told[name(1)]["alarm"] == 0


def test_bulk_in_grams_is_watched_beside_units():
    lines = pa.concat_tables(
        [book({"C": steady(1, 48)}), book({"C": surge(5.0, 36, 12)}, measure="active_g")], promote_options="default"
    )
    told = by_month(monitor(lines))
    assert told[name(37)]["open"] == 1
    raised = next(row for row in told.values() if row["alarm"])
    assert "grams" in raised["reasons"]
    assert raised["quantity"] < 5000  # units are shown


def test_a_month_of_bulk_alone_says_so_where_units_are_shown():
    units = book({"C": [300.0, 0, 300, 300]})
    bulk = book({"C": [0, 25.0, 0, 0]}, measure="active_g")
    told = by_month(monitor(pa.concat_tables([units, bulk], promote_options="default")))
    assert told[name(1)]["quantity"] == 0
    assert "25 grams" in told[name(1)]["reasons"]


def test_more_frequent_orders_of_the_same_quantity_are_told():
    months, visits = 48, 26
    rows = [(at, 3) if at < 36 else (at, visits) for at in range(months)]
    lines = pa.table(
        {
            "customer_id": ["C" for _, n in rows for _ in range(n)],
            "ordered_on": pa.array([day(at, 1 + k) for at, n in rows for k in range(n)], pa.date32()),
            "item": ["drug" for _, n in rows for _ in range(n)],
            "units": [3000.0 / n for _, n in rows for _ in range(n)],
        }
    )
    told = by_month(monitor(lines))
    assert told[name(38)]["open"] == 1
    assert any("days with orders" in str(row["reasons"]) for row in told.values())


def test_open_alarms_are_those_since_it_was_opened():
    lines = book({"C": surge(3.0), "D": steady(5, 54)})
    found = open_alarms(monitored(lines))
    assert found["buyer_id"].to_pylist() == ["C"] * len(found)
    assert found["month"].to_pylist()[0] in (name(36), name(37))
    assert found["measure"].to_pylist()[0] == "units"
    closed = monitored(lines, decisions=disposal(38, "explained", 9000.0))
    assert len(open_alarms(closed)) == 0


def test_a_queue_that_is_worked_closes_what_it_opened():
    told = by_month(monitor(book({"C": surge(3.0)}), answered_after=2))
    raised = next(at for at in range(54) if told[name(at)]["alarm"])
    assert [told[name(raised + n)]["open"] for n in range(3)] == [1, 1, 0]


def test_explain_lays_every_measure_open():
    seen = monitored(book({"C": surge(3.0)}))
    told = explain(seen, "C", "DRUG")
    assert set(told["measure"].to_pylist()) == {"units", "days with orders"}
    units = told.filter(pc.equal(told["measure"], "units"))
    assert pc.sum(units["teaches"].filter(pc.equal(units["open"], 1))).as_py() == 0
    with pytest.raises(UnknownName, match="D"):
        explain(seen, "D", "drug")
    with pytest.raises(UnknownName, match="drug"):
        explain(seen, "C", "drugs")


def test_no_orders_are_no_rows():
    lines = book({"C": [1.0]}).slice(0, 0)
    assert monitor(lines).column_names == COLUMNS
    assert len(open_alarms(monitored(lines))) == 0


def test_a_number_outside_its_range_is_refused():
    with pytest.raises(UsageError, match="limit"):
        Setting(limit=0)
    with pytest.raises(UsageError, match="growth"):
        Setting(growth=float("nan"))


def test_the_kernels_read_the_setting_in_its_order():
    for place, entry in enumerate(dataclasses.fields(Setting)):
        assert getattr(layout, f"P_{entry.name.upper()}") == place


def test_quieter_and_louder_change_what_is_told():
    lines = book({f"C{n}": steady(n, 48, 1000, 0.6) for n in range(10)})
    counts = [pc.sum(monitor(lines, setting=Setting().quieter(k))["alarm"]).as_py() for k in (0.3, 1, 4)]
    assert counts[0] > counts[1] >= counts[2]


def test_real_orders_are_told_in_at_most_three_months_of_a_hundred(shared_data):
    from counterflow.intake.mapping import find_mapping
    from counterflow.intake.standalone import read_file

    file = shared_data / "account" / "orders_methadone_train.parquet"
    now = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    lines = read_file(file, find_mapping("arcos"), table="order", now=now).tables["order_line"]
    told = monitor(lines, product=lines["item"])
    alarms, ordered = pc.sum(told["alarm"]).as_py(), pc.sum(pc.greater(told["quantity"], 0)).as_py()
    assert 7400 < ordered <= 7645  # months with bulk alone show the 0 units that they had
    assert alarms / ordered <= 0.023


def test_what_was_disposed_of_after_the_last_month_is_open_in_no_list_of_today_and_in_the_months_as_it_was():
    months = surge(3.0)
    lines = book({"C": months, "D": months})
    answered = monitored(lines, decisions=disposal(len(months) + 1, "explained"))
    assert {row["open"] for row in rows_by_month(answered).to_pylist() if row["month"] == name(len(months) - 1)} == {1}
    now = {row["buyer_id"]: row for row in now_by_subject(answered).to_pylist()}
    assert (now["C"]["open"], now["D"]["open"]) == (0, 1)
    assert now["C"]["reasons"].endswith("disposed of since")
    assert set(open_alarms(answered)["buyer_id"].to_pylist()) == {"D"}
