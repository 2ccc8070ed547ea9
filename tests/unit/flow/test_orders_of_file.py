"""Orders of a file as the monitor takes them."""

import datetime as dt

from counterflow.flow.order_monitoring import orders_of_file

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def test_an_order_dated_after_today_is_not_watched_and_told(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text(
        "order,customer,product,qty,date\n1,C1,acetone,5 kg,2026-01-01\n2,C1,acetone,5 kg,2062-01-01\n",
        encoding="utf-8",
    )
    book = orders_of_file(file, clock=lambda: NOW)
    assert book.lines.column("record_id").to_pylist() == ["1"]
    assert any("1 orders are dated after 2026-11-22" in line and "2 of 2062-01-01" in line for line in book.said)
    asked = orders_of_file(file, until=dt.date(2062, 1, 2), clock=lambda: NOW)
    assert asked.lines.num_rows == 2
