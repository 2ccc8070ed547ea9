"""Settings compared before one goes live: what they cost is counted, what they find is planted, doubt is told."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from counterflow.core.errors import UnknownName, UsageError
from counterflow.orders.monitor import Setting
from counterflow.orders.plan.candidates import Candidate, Firm, candidates
from counterflow.orders.plan.diversion import Diversion
from counterflow.orders.plan.forecast import FORECAST, Trial, forecast

STEPS = (Diversion(kind="step", factor=5),)


@pytest.fixture
def firm(book):
    return Firm(book, book["item"].combine_chunks())


def values(told, setting, group="all"):
    return {r["measure"]: r for r in told.to_pylist() if r["setting"] == setting and r["business_line"] == group}


class Ringing(Candidate):
    """A setting that rings on months told beforehand."""

    def watch(self, firm, *, answered_after):
        months = [f"2022-{m:02}" for m in range(1, 13)]
        rows = [(c, m) for c in ("C00", "C01") for m in months]
        return pa.table(
            {
                "buyer_id": [c for c, _ in rows],
                "drug": ["alpha"] * len(rows),
                "month": [m for _, m in rows],
                "quantity": [10.0] * len(rows),
                "alarm": [int(c == "C00" and m > "2022-08") for c, m in rows],
                "open": [int(c == "C00" and m > "2022-08") for c, m in rows],
            }
        )


def test_volume_hours_and_backlog_are_what_counting_gives(firm):
    told = forecast(firm, [Ringing("r")], Trial(months=12, minutes=45, disposed=0, inject=False))
    found = values(told, "r")
    assert told.schema.equals(FORECAST)
    assert found["alarms a month"]["value"] == pytest.approx(4 / 12)
    assert found["alarm rate"]["value"] == pytest.approx(4 / 24)
    assert found["hours a month"]["value"] == pytest.approx(4 / 12 * 0.75)
    assert found["busiest month"]["value"] == 1
    assert found["open at the end"]["value"] == 4
    assert "grows" in found["open at the end"]["how_sure"]
    assert found["open, unworked"]["value"] == pytest.approx(4 / 24)
    assert "mean delay" not in found


def test_only_the_latest_months_are_counted(firm):
    told = forecast(firm, [Ringing("r")], Trial(months=6, inject=False))
    assert values(told, "r")["alarms a month"]["value"] == pytest.approx(4 / 6)


def test_every_interval_holds_its_value(firm):
    told = forecast(firm, candidates(["usual", "quieter=1.5", "mean-12 x3"]), Trial(diversions=STEPS, disposed=1))
    for row in told.to_pylist():
        assert row["value"] is None or row["low"] <= row["value"] <= row["high"], row
        assert row["how_sure"]
        assert row["method"]


def test_a_louder_setting_rings_more_and_finds_sooner(firm):
    told = forecast(firm, candidates(["quieter=0.5", "quieter=6"]), Trial(diversions=STEPS))
    loud, quiet = values(told, "quieter=0.5"), values(told, "quieter=6")
    assert loud["alarms a month"]["value"] >= quiet["alarms a month"]["value"]
    assert loud["mean delay"]["value"] < quiet["mean delay"]["value"]


def test_a_large_step_in_steady_histories_is_found_at_once(firm):
    found = values(forecast(firm, candidates(["usual"]), Trial(diversions=STEPS)), "usual")
    assert found["mean delay"]["n"] == 18
    assert found["mean delay"]["value"] <= 1.5
    assert found["not found within 3 months"]["value"] <= 0.2


def test_nothing_seen_is_not_nothing_to_come(firm):
    found = values(forecast(firm, candidates(["limit=50,sum_limit=100"]), Trial(months=24, inject=False)),
                   "limit=50,sum_limit=100")["alarms a month"]  # fmt: skip
    assert found["value"] == 0
    assert found["high"] == pytest.approx(3.689 / 24)


def test_histories_too_short_to_plant_in_say_so(book):
    short = book.slice(0, 200)
    told = forecast(Firm(short, short["item"].combine_chunks()), candidates(["usual"]), Trial(diversions=STEPS))
    found = values(told, "usual")
    assert found["mean delay"]["value"] is None or found["mean delay"]["n"] < 20
    assert "not informative" in found["mean delay"]["how_sure"] or found["mean delay"]["n"] >= 10


def test_business_lines_come_from_the_customer_file_before_the_orders(book):
    filed = pa.table({"record_id": ["C00", "C01"], "business_line": ["hospital", None]})
    told = forecast(Firm(book, book["item"].combine_chunks(), customers=None), candidates(["usual"]),
                    Trial(inject=False), by_line=True)  # fmt: skip
    assert set(told["business_line"].to_pylist()) == {"all", "pharmacy"}
    whose = Ringing("r")
    told = forecast(
        Firm(book, book["item"].combine_chunks(), filed), [whose], Trial(months=12, inject=False), by_line=True
    )
    assert values(told, "r", "hospital")["alarms a month"]["value"] == pytest.approx(4 / 12)
    assert values(told, "r", "pharmacy")["alarms a month"]["value"] == 0
    assert "not informative" in values(told, "r", "hospital")["alarms a month"]["how_sure"]


def test_the_same_seed_tells_the_same(firm):
    one, two = (forecast(firm, candidates(["usual"]), Trial(seed=4, diversions=STEPS)) for _ in range(2))
    assert one.equals(two)


def test_settings_are_named_by_numbers_factors_and_rules():
    usual, quiet, numbers, rule = candidates(["usual", "quieter=2", "limit=3, growth=0.1", "mean-12 x3"])
    assert usual.setting == Setting()
    assert quiet.setting.limit == 2 * Setting().limit
    assert (numbers.setting.limit, numbers.setting.growth) == (3, 0.1)
    assert rule.rule.limit == 3


@pytest.mark.parametrize(
    ("words", "wrong"),
    [(["limt=3"], UnknownName), (["limit=loud"], UsageError), (["usual", "usual"], UsageError),
     (["quieter=0"], UsageError), (["limit=-1"], UsageError), (["max-7"], UnknownName)],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(words, wrong):
    with pytest.raises(wrong):
        candidates(words)


def test_a_rule_is_counted_once_for_a_product_in_two_measures(book):
    both = pa.concat_tables(
        [book.append_column("active_g", pa.nulls(len(book), pa.float64())),
         book.append_column("active_g", pa.array(np.full(len(book), 5.0))).set_column(
             book.column_names.index("units"), "units", pa.nulls(len(book), pa.float64()))]
    )  # fmt: skip
    rule = candidates(["max-6"])[0]
    watched = rule.watch(Firm(both, both["item"].combine_chunks()), answered_after=2)
    keys = list(zip(*(watched[name].to_pylist() for name in ("buyer_id", "drug", "month")), strict=True))
    assert len(keys) == len(set(keys))
