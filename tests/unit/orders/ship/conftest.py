"""What the tests of the answers ask for."""

import pytest
from tests.unit.orders.ship.made import ON, answered, orders


@pytest.fixture
def ask():
    """Answer one order, from where to where; return its row."""

    def one(item, leaves, arrives, *, customer=None, held=(), on=ON, more=None, **line):
        row = {"item": item, "ship_from": leaves, "ship_to_country": arrives} | line
        return answered(orders(row, on=on), customer, held, on=on, **(more or {}))[0]

    return one
