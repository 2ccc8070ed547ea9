"""What items of orders are, as a table for the room of orders."""

import datetime as dt

import pyarrow as pa
import pytest

from counterflow.flow.order_items import product_of, recognise
from counterflow.orders.ship.items import ITEMS

ON = dt.date(2026, 5, 4)


def lines(*rows):
    columns = ("item", "cas", "ship_from", "ship_to_country")
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in columns})


def test_equal_items_are_answered_once_for_each_place():
    table = recognise(lines(*[{"item": "acetone", "ship_from": "US", "ship_to_country": "MX"}] * 3), on=ON)
    assert table.schema == ITEMS
    assert table["jurisdiction"].to_pylist() == ["MX", "US", "UN"]
    assert set(table["substance"].to_pylist()) == {"acetone"}
    assert set(table["doubt"].to_pylist()) == {""}


@pytest.mark.parametrize(
    ("item", "cas", "doubt"),
    [
        ("acetone", None, False),
        ("acetone", "67-64-1", False),
        ("acetone", "108-88-3", True),
        ("acetone", "67-64-2", True),
        (None, "67-64-2", True),
        (None, "7647-14-4", True),
        ("MEK", None, False),
    ],
)
def test_doubt_is_said(item, cas, doubt):
    table = recognise(lines({"item": item, "cas": cas, "ship_from": "US"}), on=ON)
    assert any(table["doubt"].to_pylist()) is doubt


def test_an_unknown_item_has_one_row_and_a_machine_one_more():
    table = recognise(lines({"item": "unobtainium", "ship_from": "US"}, {"item": "tablet press"}), on=ON)
    assert table["verdict"].to_pylist() == ["none", "none", "equipment"]
    assert table["how"].to_pylist()[2].startswith("equipment: ")


def test_an_empty_table_is_answered():
    assert recognise(lines(), on=ON).num_rows == 0
    assert len(product_of(lines())) == 0


def test_products_are_substances_where_sure_and_else_the_words():
    given = lines(
        {"item": "Acetone, ACS reagent"}, {"item": None, "cas": "67-64-1"}, {"item": " My  Blend "},
        {"item": "acetone and toluene"}, {"item": "acetone", "cas": "108-88-3"}, {"item": None},
    )  # fmt: skip
    assert product_of(given).to_pylist() == ["acetone", "acetone", "my blend", "acetone and toluene", "acetone", ""]
