"""New products, mixes by class, tablet equipment, prices and purities; and what licit use is spared."""

import datetime as dt

import pytest

from .conftest import ON, customer, line
from .test_quantity import day, kinds


def mixed(who="C01"):
    return [
        line(who, day(90), "p2p", 500.0),
        line(who, day(60), "hydrochloric-acid", 5_000.0),
        line(who, day(30), "tablet press TDP-5", None, units=1.0),
    ]


def test_a_listed_product_nobody_else_buys_is_told_once(quiet, ask):
    rows = [*quiet, line("C01", day(20), "ephedrine", 500.0), line("C01", day(10), "ephedrine", 500.0)]
    told = list(ask(rows, only=["new-product"]))
    assert [(row["customer_id"], row["day"], row["grade"]) for row in told] == [("C01", day(20), "moderate")]


def test_what_is_not_listed_or_not_new_is_no_novelty(quiet, ask):
    assert not ask([*quiet, line("C01", day(20), "table salt", 500.0)], only=["new-product"])
    many = [line(f"C{number:02d}", dt.date(2025, 9, 1), "ephedrine", 500.0) for number in range(6)]
    assert not ask([*quiet, *many, line("C09", day(20), "ephedrine", 500.0)], only=["new-product"])


@pytest.mark.parametrize("how", ["research in the file", "research registration", "declared"])
def test_licit_use_is_spared_novelty_and_mix(quiet, ask, how):
    customers = [customer(f"C{n:02d}", research=how == "research in the file" and n == 1) for n in range(14)]
    licences = [{"source": "file", "record_id": "C01", "batch": "b", "line": 1, "kind": "research"}]
    expected = [{"source": "file", "record_id": "C01", "batch": "b", "line": n, "product": product, "item": product}
                for n, product in enumerate(("p2p", "hydrochloric-acid", "tablet press TDP-5"), 1)]  # fmt: skip
    found = ask([*quiet, *mixed()], customers, licences if how == "research registration" else (),
                expected if how == "declared" else ())  # fmt: skip
    assert not kinds(found, "C01") & {"new-product", "precursor-mix"}
    assert {"new-product", "precursor-mix"} <= kinds(ask([*quiet, *mixed()]), "C01")


def test_an_expired_research_registration_spares_nothing(quiet, ask):
    licences = [{"source": "file", "record_id": "C01", "batch": "b", "line": 1, "kind": "research",
                 "expires_on": dt.date(2025, 1, 1)}]  # fmt: skip
    assert "new-product" in kinds(ask([*quiet, *mixed()], licences=licences, only=["new-product"]), "C01")


def test_a_mix_is_told_in_classes_and_names_nothing_else(quiet, ask):
    told = next(row for row in ask([*quiet, *mixed()], only=["precursor-mix"]))
    assert told["grade"] == "moderate"
    assert "listed precursors of the family “amphetamine-type”" in told["words"]
    assert "listed acids" in told["words"]
    assert not {"p2p", "hydrochloric", "phenyl"} & set(told["words"].casefold().split())


def test_classes_more_than_180_days_apart_are_no_mix(quiet, ask):
    far = [row | {"ordered_on": day(400)} if row["product"] == "p2p" else row for row in mixed()]
    assert not ask([*quiet, *far], only=["precursor-mix"])


def test_equipment_is_weak_alone_and_strong_beside_listed_precursors(quiet, ask):
    press = [line("C01", day(5), "rotary tablet press ZP9", None, units=1.0)]
    alone = list(ask([*quiet, *press], only=["tablet-equipment"]))
    beside = list(ask([*quiet, *press, line("C01", day(9), "ephedrine", 10.0)], only=["tablet-equipment"]))
    dies = list(ask([*quiet, line("C01", day(5), "M30 die", None, units=1.0)], only=["tablet-equipment"]))
    assert [row["grade"] for row in (*alone, *dies, *beside)] == ["weak", "moderate", "strong"]
    assert not ask([*quiet, line("C01", day(5), "tablet pc stand", None, units=1.0)], only=["tablet-equipment"])


@pytest.mark.parametrize(("price", "grade"), [(0.02, "moderate"), (0.0023, None), (0.0005, "moderate")])
def test_a_price_far_from_what_the_firm_takes_is_told(quiet, ask, price, grade):
    rows = [*quiet, line("C01", day(5), grams=9_000.0, price=9_000.0 * price, currency="EUR")]
    told = [row["grade"] for row in ask(rows, only=["price"])]
    assert told == ([grade] if grade else [])
    elsewhere = [*quiet, line("C01", day(5), grams=9_000.0, price=9_000.0 * price, currency="JPY")]
    assert not ask(elsewhere, only=["price"])


def test_an_uncommon_purity_is_told_the_first_time(quiet, ask):
    rows = [*quiet, *(line("C01", day(n), grams=9_000.0, purity_pct=99.9) for n in (9, 5))]
    told = list(ask(rows, only=["purity"]))
    assert [row["day"] for row in told] == [day(9)]
    assert not ask([*quiet, line("C01", day(5), purity_pct=91.0)], only=["purity"])


def test_a_larger_share_of_listed_items_than_peers_have(quiet, ask):
    other = [row | {"item": "salt", "product": "salt", "record_id": row["record_id"] + "s"} for row in quiet]
    more = [line("C01", day(n), grams=9_000.0 + n) for n in range(0, 170, 2)]
    assert "basket-share" in kinds(ask([*quiet, *other, *more], only=["basket-share"]), "C01")
    assert not ask([*quiet, *other], only=["basket-share"])
    assert day(0) == ON
