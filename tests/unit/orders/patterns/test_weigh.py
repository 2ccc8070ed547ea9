"""How flags weigh together: the rule, and that no single flag accuses."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.tables import ORDER_ALARM, ORDER_FLAG
from counterflow.orders.patterns import weigh
from counterflow.orders.patterns.weigh import RULE

GROUPS = ("identity", "end use", "product mix", "quantity", "price", "payment", "logistics", "behaviour")
ORDER = ("look", "ask", "stop and ask")


def flag(number, group, grade, customer="C1"):
    return {"flag": str(number), "kind": f"kind-{number}", "group": group, "grade": grade, "customer_id": customer,
            "words": f"Seen {number}.", "evidence": "{}", "clears": f"Clear {group}."}  # fmt: skip


def weighed(rows, alarms=()):
    made = weigh(pa.Table.from_pylist(rows, schema=ORDER_FLAG), pa.Table.from_pylist(list(alarms), schema=ORDER_ALARM))
    return made.to_pylist()


def alarm(customer="C1"):
    import datetime as dt

    return {"alarm": "a", "customer_id": customer, "product": "p", "month": "2026-05", "strength": 9.0, "meaning": "m",
            "reasons": "twice as much", "setting": "s", "raised_at": dt.datetime(2026, 6, 1, tzinfo=dt.UTC)}  # fmt: skip


@pytest.mark.parametrize(
    ("grades", "concern"),
    [
        (["strong"], "look"),
        (["weak", "weak"], "look"),
        (["weak", "moderate"], "ask"),
        (["weak", "weak", "weak"], "ask"),
        (["weak", "weak", "moderate"], "ask"),
        (["weak", "moderate", "moderate"], "stop and ask"),
        (["strong", "moderate"], "ask"),
        (["strong", "strong"], "stop and ask"),
    ],
)
def test_the_rule(grades, concern):
    rows = [flag(n, GROUPS[n], grade) for n, grade in enumerate(grades)]
    told = weighed(rows)[0]
    assert (told["concern"], told["flags"], told["rule"]) == (concern, len(grades), RULE)
    assert all(f"Clear {GROUPS[n]}." in told["clears"] for n in range(len(grades)))


@given(st.sampled_from(GROUPS), st.lists(st.sampled_from(["weak", "moderate", "strong"]), min_size=1, max_size=12))
def test_one_group_alone_never_gives_more_than_look(group, grades):
    assert weighed([flag(n, group, grade) for n, grade in enumerate(grades)])[0]["concern"] == "look"


PAIRS = st.lists(
    st.tuples(st.sampled_from(GROUPS), st.sampled_from(["weak", "moderate", "strong"])), min_size=1, max_size=10
)


@given(PAIRS, st.tuples(st.sampled_from(GROUPS), st.sampled_from(["weak", "moderate", "strong"])))
def test_a_further_flag_never_lowers_the_concern(pairs, further):
    before = weighed([flag(n, *pair) for n, pair in enumerate(pairs)])[0]["concern"]
    after = weighed([flag(n, *pair) for n, pair in enumerate([*pairs, further])])[0]["concern"]
    assert ORDER.index(after) >= ORDER.index(before)


@given(PAIRS)
def test_repeats_count_nothing(pairs):
    rows = [flag(n, *pair) for n, pair in enumerate(pairs)]
    again = [row | {"flag": row["flag"] + "again"} for row in rows]
    assert weighed(rows)[0]["groups"] == weighed([*rows, *again])[0]["groups"]


def test_an_open_alarm_counts_as_moderate_in_quantity():
    assert weighed([], [alarm()])[0]["concern"] == "look"
    assert weighed([flag(1, "quantity", "strong")], [alarm()])[0]["concern"] == "look"
    told = weighed([flag(1, "payment", "weak")], [alarm()])[0]
    assert (told["concern"], told["alarms"], told["flags"]) == ("ask", 1, 1)
    assert "twice as much" in told["why"]


def test_the_gravest_comes_first_and_nobody_without_a_flag():
    rows = [flag(1, "price", "weak", "A"), flag(2, "price", "strong", "B"), flag(3, "payment", "strong", "B")]
    assert [(row["customer_id"], row["concern"]) for row in weighed(rows)] == [("B", "stop and ask"), ("A", "look")]
    assert weighed([]) == []
