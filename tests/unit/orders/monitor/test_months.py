"""Orders laid out by month: what counts, in which measure, and what is left out and said."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from counterflow.orders.monitor.months import month_name, month_number, monthly

SEEN = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)


def line(month: str, units: float | None = None, **more: object) -> dict[str, object]:
    year, number = month.split("-")
    day = dt.date(int(year), int(number), int(str(more.pop("day", 5))))
    said = {
        "source": "s",
        "batch": "b",
        "first_seen": SEEN,
        "line": 1,
        "kind": "sale",
        "customer_id": "C1",
        "item": "A",
        "supplier_id": "S1",
    }
    return said | {"ordered_on": day, "units": units} | more


def table(*lines: dict[str, object]) -> pa.Table:
    rows = [{"record_id": str(number)} | row for number, row in enumerate(lines)]
    names = sorted({name for row in rows for name in row})
    return pa.table({name: [row.get(name) for row in rows] for name in names})


def test_months_without_orders_are_columns_of_zero() -> None:
    months = monthly(table(line("2026-01", 100.0), line("2026-04", 300.0)))
    assert months.names == ["2026-01", "2026-02", "2026-03", "2026-04"]
    assert months.quantity.tolist() == [[100.0, 0.0, 0.0, 300.0]]
    assert months.orders.tolist() == [[1, 0, 0, 1]]


def test_what_cannot_be_added_up_is_a_series_of_its_own() -> None:
    months = monthly(
        table(
            line("2026-01", 100.0, active_g=1.0),
            line("2026-01", active_g=5.0, mass_g=50.0),
            line("2026-01", mass_g=7.0),
            line("2026-01", volume_l=2.0),
            line("2026-01", quantity=3.0, unit=" Drum"),
        )
    )
    assert dict(zip(months.measure.to_pylist(), months.quantity[:, 0].tolist(), strict=True)) == {
        "units": 100.0, "grams": 12.0, "litres": 2.0, "drum": 3.0,
    }  # fmt: skip


def test_returns_stand_beside_and_reduce_nothing() -> None:
    months = monthly(table(line("2026-01", 100.0), line("2026-01", 40.0, kind="return")))
    assert months.quantity.tolist() == [[100.0]]
    assert months.returned.tolist() == [[40.0]]


def test_purchases_and_losses_are_no_orders_and_are_counted() -> None:
    months = monthly(
        table(line("2026-01", 1.0), line("2026-01", 2.0, kind="purchase"), line("2026-01", 3.0, kind="loss"))
    )
    assert months.quantity.sum() == 1.0
    assert months.left_out == {"kind purchase": 1, "kind loss": 1}


def test_lines_without_customer_day_or_quantity_are_counted_as_left_out() -> None:
    months = monthly(
        table(
            line("2026-01", 1.0),
            line("2026-01", 1.0, customer_id=None),
            line("2026-01"),
            line("2026-01", 1.0) | {"ordered_on": None},
        )
    )
    assert months.quantity.sum() == 1.0
    assert months.left_out == {"no customer": 1, "no quantity": 1, "no day": 1}


def test_of_one_order_seen_twice_the_last_counts() -> None:
    early, late = (dt.datetime(2026, 2, day, tzinfo=dt.UTC) for day in (1, 2))
    lines = table(
        line("2026-01", 10.0, record_id="O1", batch="b2", first_seen=late),
        line("2026-01", 100.0, record_id="O1", first_seen=early),
    )
    months = monthly(lines)
    assert months.quantity.tolist() == [[10.0]]
    assert months.left_out == {"replaced or corrected by a later row": 1}


def test_a_corrected_order_does_not_count() -> None:
    lines = table(line("2026-01", 100.0, record_id="O1"), line("2026-01", 10.0, record_id="O2", corrects="O1"))
    months = monthly(lines)
    assert months.quantity.tolist() == [[10.0]]
    assert months.left_out == {"replaced or corrected by a later row": 1}


def test_days_suppliers_and_the_largest_day() -> None:
    months = monthly(
        table(
            line("2026-01", 100.0, day=1),
            line("2026-01", 50.0, day=1),
            line("2026-01", 120.0, day=2, supplier_id="S2"),
        )
    )
    assert (months.days[0, 0], months.suppliers[0, 0], months.orders[0, 0]) == (2, 2, 3)
    assert months.largest_day[0, 0] == 150.0
    assert months.squares[0, 0] == 150.0**2 + 120.0**2


def test_until_knows_nothing_of_later_months() -> None:
    months = monthly(table(line("2026-01", 1.0), line("2026-03", 9.0, customer_id="C2")))
    known = months.until(1)
    assert known.customer.to_pylist() == ["C1"]
    assert known.names == ["2026-01", "2026-02"]


def test_the_last_month_asked_for_cuts_and_reaches_on() -> None:
    lines = table(line("2026-01", 1.0), line("2026-03", 9.0))
    assert monthly(lines, last_month="2026-02").quantity.tolist() == [[1.0, 0.0]]
    assert monthly(lines, last_month="2026-04").quantity.tolist() == [[1.0, 0.0, 9.0, 0.0]]


def test_no_orders_are_no_series() -> None:
    months = monthly(table(line("2026-01", 1.0, kind="loss")))
    assert months.quantity.shape[0] == 0
    assert len(months.customer) == 0


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20), st.floats(0.1, 1e6)), min_size=1, max_size=40),
    st.randoms(),
)
def test_the_order_of_lines_changes_nothing_and_nothing_is_lost(
    drawn: list[tuple[int, int, float]], chance: object
) -> None:
    rows = [line(month_name(month_number("2026-01") + m), q, customer_id=f"C{c}") for c, m, q in drawn]
    one = monthly(table(*rows))
    chance.shuffle(rows)  # type: ignore[attr-defined]
    other = monthly(table(*rows))
    assert np.array_equal(one.quantity, other.quantity)
    assert np.isclose(one.quantity.sum(), sum(q for _, _, q in drawn))
    assert one.customer.equals(other.customer)
