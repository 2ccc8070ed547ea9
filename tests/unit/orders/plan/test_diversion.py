"""What is planted is what was asked for, and nothing that really happened is touched."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from counterflow.core.errors import UsageError
from counterflow.orders.plan.diversion import KINDS, SECOND, STANDARD, Diversion, Planting, named, plant
from counterflow.orders.plan.history import history_of

EVERYBODY = Planting(share=1.0, smallest=1.0)


def planted_with(book, diversion, where=EVERYBODY, seed=5):
    made = plant(book, book["item"], seed=seed, diversions=[diversion], where=where)
    return made, made.lines.slice(len(book))


def monthly_of(made, customer, product):
    history = history_of(made.lines, made.product)
    pairs = list(zip(history.customer.to_pylist(), history.product.to_pylist(), strict=True))
    return history.quantity[pairs.index((customer, product))], history


def after_and_before(made, row):
    quantity, history = monthly_of(made, row["customer_id"], row["product"])
    onset = next(m for m in range(len(quantity)) if history.month(m) == row["onset"])
    return quantity[onset:], quantity[max(onset - 12, 0) : onset]


@pytest.mark.parametrize("diversion", STANDARD, ids=lambda d: d.name)
def test_the_real_rows_stay_and_the_planted_ones_say_what_they_are(book, diversion):
    made, added = planted_with(book, diversion)
    assert made.lines.slice(0, len(book)).equals(book)
    assert len(added) > 0
    assert all(name.startswith("planted-") for name in added["record_id"].to_pylist())
    assert len(made.product) == len(made.lines)
    assert pc.min(added["units"]).as_py() >= 1
    assert made.truth["diversion"].unique().to_pylist() == [diversion.name]
    first = pc.min(pc.strftime(added["ordered_on"], "%Y-%m")).as_py()
    assert first == pc.min(made.truth["onset"]).as_py()


def test_a_step_reaches_its_factor_at_once_and_stays(book):
    made, _ = planted_with(book, Diversion(kind="step", factor=3))
    times = []
    for row in made.truth.to_pylist():
        after, before = after_and_before(made, row)
        assert len(after) >= 12
        assert row["base"] == pytest.approx(before.mean())
        times += list(after / before.mean())
    assert np.mean(times) == pytest.approx(3, rel=0.05)
    assert np.mean(np.array(times) < 1.8) < 0.02


def test_a_ramp_grows_and_a_burst_ends(book):
    made, _ = planted_with(book, Diversion(kind="ramp", factor=5, over=6))
    for row in made.truth.to_pylist():
        after, before = after_and_before(made, row)
        assert after[0] < 2.3 * before.mean() < 3.5 * before.mean() < after[6:].mean()
    made, _ = planted_with(book, Diversion(kind="burst", factor=5, lasts=2))
    for row in made.truth.to_pylist():
        after, before = after_and_before(made, row)
        assert after[:2].mean() > 3.5 * before.mean()
        assert after[2:].mean() < 1.5 * before.mean()


def test_structuring_orders_more_often_and_never_more_at_once(book):
    made, added = planted_with(book, Diversion(kind="structured", factor=3))
    assert pc.max(added["units"]).as_py() <= pc.max(book["units"]).as_py()
    months = len(set(zip(added["customer_id"].to_pylist(), pc.strftime(added["ordered_on"], "%Y-%m").to_pylist(),
                         strict=True)))  # fmt: skip
    assert len(added) / months > 2.5
    step, few = planted_with(book, Diversion(kind="step", factor=3))
    assert pc.sum(added["units"]).as_py() == pytest.approx(pc.sum(few["units"]).as_py(), rel=0.1)
    assert made.truth["planted"].to_pylist() != step.truth["planted"].to_pylist() or len(added) > len(few)


def test_what_is_kept_under_a_limit_never_reaches_it(book):
    made, _ = planted_with(book, Diversion(kind="below-limit", factor=3))
    for row in made.truth.to_pylist():
        after, _ = after_and_before(made, row)
        assert after.max() < 3 * row["base"]
        assert after.mean() > 0.8 * 3 * row["base"]


def test_a_split_goes_half_to_a_second_supplier(book):
    _, added = planted_with(book, Diversion(kind="split", factor=3))
    elsewhere = pc.equal(added["supplier_id"], SECOND)
    share = pc.sum(added["units"].filter(elsewhere)).as_py() / pc.sum(added["units"]).as_py()
    assert share == pytest.approx(0.5, abs=0.08)


def test_articles_spread_what_is_ordered(book):
    made, added = planted_with(book, Diversion(kind="articles", factor=3))
    product = made.product.slice(len(book))
    own = {row["customer_id"]: row["product"] for row in made.truth.to_pylist()}
    other = [own[c] != p for c, p in zip(added["customer_id"].to_pylist(), product.to_pylist(), strict=True)]
    assert 0.1 < np.mean(other) < 0.7


def test_histories_too_short_or_too_small_get_nothing(book):
    short = book.filter(pc.less(book["ordered_on"], pa.scalar("2021-08-01").cast(pa.date32())))
    assert len(plant(short, short["item"], seed=1).truth) == 0
    small = plant(book, book["item"], seed=1, where=Planting(smallest=1e6))
    assert small.lines.equals(book)
    assert small.product.equals(book["item"])
    assert len(plant(book.slice(0, 0), book["item"].slice(0, 0), seed=1).truth) == 0


def test_a_buyer_who_closed_down_gets_nothing(book):
    gone = book.filter(pc.less(book["ordered_on"], pa.scalar("2021-06-01").cast(pa.date32())))
    last = book.filter(pc.equal(book["customer_id"], "C00"))
    kept = pa.concat_tables([gone.filter(pc.not_equal(gone["customer_id"], "C00")), last])
    made = plant(kept, kept["item"], seed=1, where=EVERYBODY)
    assert set(made.truth["customer_id"].to_pylist()) == {"C00"}


def test_an_onset_leaves_the_months_before_and_after_that_it_needs(book):
    made = plant(book, book["item"], seed=3, where=EVERYBODY)
    assert set(made.truth["onset"].to_pylist()) <= {f"2021-{m:02}" for m in range(1, 13)} | {"2022-01"}


def test_folds_are_disjoint_and_reach_everybody(book):
    folds = [plant(book, book["item"], seed=2, fold=fold, where=Planting(share=0.25)).truth for fold in range(4)]
    pairs = [tuple(row.values()) for t in folds for row in t.select(["customer_id", "product"]).to_pylist()]
    assert len(pairs) == len(set(pairs)) == 18


def test_the_same_seed_plants_the_same(book):
    one, two, other = (plant(book, book["item"], seed=s) for s in (4, 4, 5))
    assert one.lines.equals(two.lines)
    assert one.truth.equals(two.truth)
    assert not one.truth.equals(other.truth)


def test_bulk_without_pieces_is_planted_in_grams(book):
    grams = book.rename_columns([{"units": "active_g"}.get(name, name) for name in book.column_names])
    made, added = planted_with(grams, Diversion(kind="step", factor=2))
    assert set(made.truth["measure"].to_pylist()) == {"grams"}
    assert pc.sum(added["active_g"]).as_py() == pytest.approx(pc.sum(made.truth["planted"]).as_py(), rel=1e-6)


def test_returns_are_no_orders(book):
    kinds = pa.array(["return"] * len(book))
    returned = book.set_column(book.column_names.index("kind"), "kind", kinds)
    assert len(plant(returned, returned["item"], seed=1).truth) == 0


@pytest.mark.parametrize("wrong", [{"kind": "leap", "factor": 2}, {"kind": "step", "factor": 1},
                                   {"kind": "ramp", "factor": 2, "over": 0}])  # fmt: skip
def test_an_impossible_diversion_is_refused(wrong):
    with pytest.raises(UsageError):
        Diversion(**wrong)


def test_diversions_are_named_by_kind_or_in_full():
    assert {d.kind for d in named([])} == set(KINDS)
    assert [d.factor for d in named(["step x2", "split"])] == [2, 2, 3]
    with pytest.raises(UsageError, match="leap"):
        named(["leap"])
