"""The swap: what it deals anew, what it tells apart, and that a score which reads a name is caught."""

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.unit.account.conftest import put

from counterflow.account.fairness.swap import Scored, compared, deal_anew, texts_by_row
from counterflow.core.tables import PARTY
from counterflow.flow import account_swap
from counterflow.flow.account_fairness_desk import desk_of, run_kept
from counterflow.flow.account_swap import swap_test


def parties(count):
    names = ["Ana Lima", "Bo Chen", "Cem Kaya", "Dora Novak", "Eli Stone", "", "Finn Berg"]
    return [
        {"source": "training-world", "record_id": f"r{i}", "batch": "b", "role": role, "name": names[(i + k) % 7] or None,
         "country": "ABCDEFG"[(i + k) % 7] * 2, "identifier": f"id{i % 40}", "address": f"{i} Quay"}
        for i in range(count) for k, role in enumerate(("consignor", "consignee"))
    ]  # fmt: skip


def scored(harm, matched=(), grounds=()):
    empty = ("",) * len(harm)
    values = np.array(harm, float)
    return Scored(values, values / 10, tuple(grounds) or empty, tuple(matched) or empty, empty, empty)


def test_dealing_keeps_what_is_there_and_moves_it():
    table = pa.Table.from_pylist(parties(60), schema=PARTY)
    made, changed = deal_anew(table, np.random.default_rng(1))
    assert changed > 60
    for role in ("consignor", "consignee"):
        one, other = (t.filter(pc.equal(t["role"], role)) for t in (table, made))
        pairs = [
            sorted(map(str, zip(t["name"].to_pylist(), t["country"].to_pylist(), strict=True))) for t in (one, other)
        ]
        assert pairs[0] == pairs[1]
    assert made["identifier"].equals(table["identifier"])
    assert made["address"].equals(table["address"])
    assert pc.is_null(made["name"]).equals(pc.is_null(table["name"]))


def test_the_last_bit_counts():
    before, after = scored([3.0, 2.0, 1.0]), scored([3.0, np.nextafter(2.0, 3), 1.0])
    assert compared(before, before).moved == 0
    told = compared(before, after)
    assert (told.moved, told.unexplained, told.first) == (1, 1, 1)


def test_lists_and_people_are_counted_apart():
    before = scored([3.0, 2.0, 1.0], matched=["listed-exact 0.9", "", ""])
    after = scored([2.5, 2.0, 1.0], grounds=["", "", "mandatory: lookout L1"])
    told = compared(before, after)
    assert (told.moved, told.by_list, told.by_person, told.unexplained) == (2, 1, 1, 0)


def test_a_changed_order_of_untouched_records_is_seen():
    assert compared(scored([3.0, 2.0, 1.0]), scored([1.0, 2.0, 3.0])).places == 2


def test_words_of_a_record_stand_in_a_fixed_order():
    assert texts_by_row(np.array([1, 1, 0]), ["b", "a", "c"], 3) == ("c", "a; b", "")


@pytest.fixture
def named(worked):
    put(worked.store, "party", PARTY, parties(400))
    return worked


def test_the_real_path_is_exact(named):
    told = swap_test(named, rounds=2, proxies=("departure",))
    assert told["exact"]
    assert told["records"] == 400
    assert all(row["names_changed"] > 400 for row in told["rounds"])
    assert told["proxies"][0]["proxy"] == "departure"


def test_a_score_that_reads_a_name_is_caught(named, monkeypatch):
    honest = account_swap.rank_records

    def biased(workspace, records, start, end, options):
        ranked = honest(workspace, records, start, end, options)
        rows = workspace.store.rows("SELECT record_id FROM party WHERE name = 'Bo Chen' AND role = 'consignee'")
        theirs = {row["record_id"] for row in rows}
        worse = np.array([1.001 if r in theirs else 1.0 for r in records["record_id"].to_pylist()])
        return dataclasses.replace(ranked, chance=ranked.chance * worse)

    monkeypatch.setattr(account_swap, "rank_records", biased)
    told = swap_test(named, rounds=1)
    assert not told["exact"]
    assert told["rounds"][0]["unexplained"] > 20


def test_nothing_is_written_by_a_swap_and_a_kept_run_stands_in_the_ledger(named):
    before = named.store.rows("SELECT count(*) AS n, max(name) AS last FROM party")
    size = named.ledger.head().head.size
    run_kept(named, "swap")
    assert named.store.rows("SELECT count(*) AS n, max(name) AS last FROM party") == before
    assert named.ledger.head().head.size == size + 1
    shown = desk_of(named, "departure")
    assert shown["runs"]["swap"]["exact"]
    assert shown["runs"]["threshold-test"] is None
    assert {row["group"] for row in shown["burden"]} == {"*", "AA", "BB"}


def test_alarms_are_put_on_record_once(named):
    from counterflow.flow.account_fairness_desk import keep_alarms

    class Watched:
        rows = ({"by": "origin", "group": "AA", "alarm": True, "month": "2026-02", "since": "2026-01", "ratio": 1.7,
                 "ratio_low": 1.2, "ratio_high": 2.4, "statistic": 6.0, "limit": 4.0},)  # fmt: skip

    assert keep_alarms(named, [Watched]) == 1
    assert keep_alarms(named, [Watched]) == 0
    assert desk_of(named)["alarms"][0]["group"] == "AA"
