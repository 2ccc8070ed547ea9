"""Quantities with units and packs: what can mean one thing is read, the rest is refused and asked for."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.units import UNCLEAR, UNITS, amount, fold_unit, unit_of
from counterflow.intake.convert.amount_text import read_amount
from counterflow.intake.identifiers import Unreadable

from .order_files import lines, read, reasons

HEAD = "order_id,customer_id,date,item,quantity,unit,pack_size,pack_count\n"


def one(folder, cells, mapping=None):
    return read(folder, f"{HEAD}1,C,2026-01-01,Acetone,{cells}\n", mapping=mapping)


@pytest.mark.parametrize(
    ("cells", "mass", "volume", "pieces", "packs"),
    [
        ("25,kg,,", 25_000, None, None, None),
        ("25 kg,,,", 25_000, None, None, None),
        ("250,MG,,", 0.25, None, None, None),
        ("2,t,,", 2e6, None, None, None),
        ("10,lb,,", 4535.9237, None, None, None),
        ("16,oz,,", 453.59237, None, None, None),
        ("500,mL,,", None, 0.5, None, None),
        ("1,gal,,", None, 3.785411784, None, None),
        ("2 x 5 L,,,", None, 10, None, 2),
        ("10 drums of 25 kg,,,", 250_000, None, None, 10),
        ("1 box (100 tablets),,,", None, None, 100, 1),
        ("3 x 10 x 100 mL,,,", None, 3, None, 30),
        ("10,drums,25 kg,", 250_000, None, None, 10),
        ("10,,25 kg,", 250_000, None, None, 10),
        ("4,pcs,2.5 L,", None, 10, None, 4),
        ("drum of 200 L,,,", None, 200, None, 1),
        ("50,kg,25 kg,", 50_000, None, None, None),
        ("300,tablets,100 tablets,", None, None, 300, None),
        ("25,kg,,1", 25_000, None, None, 1),
        ("3 drums,,,", None, None, None, 3),
        ("25,,,", None, None, None, None),
        ("10 000,kg,,", 1e7, None, None, None),
    ],
)
def test_amounts_are_worked_out_where_they_mean_one_thing(tmp_path, cells, mass, volume, pieces, packs):
    made = one(tmp_path, cells)
    line = lines(made)["1", 1]
    assert [line[c] for c in ("mass_g", "volume_l", "units", "packs")] == [
        None if v is None else pytest.approx(v) for v in (mass, volume, pieces, packs)
    ]


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ("-3,kg,,", "quantity", "negative"),
        ("3,blobs,,", "unit", "unknown-unit"),
        ("3 blobs,,,", "quantity", "unknown-unit"),
        ("3,ton,,", "unit", "unclear-unit"),
        ("3,gr,,", "unit", "unclear-unit"),
        ("25 kg,L,,", "unit", "two-units"),
        ("10,kg,25 kg,", "pack_size", "pack-contradiction"),
        ("10,kg,5,", "pack_size", "pack-unclear"),
        ("100,pcs,10 tablets,", "pack_size", "pack-unclear"),
        ("25,kg,,10", "pack_count", "pack-unclear"),
        ("20-25 kg,,,", "quantity", "amount-form"),
        ("about 5 kg,,,", "quantity", "amount-form"),
        ("10 kg (10 x 1 kg),,,", "quantity", "amount-form"),
        ("25 kg drums,,,", "quantity", "amount-form"),
        ("5 x -2 kg,,,", "quantity", "amount-form"),
        ("1e400,kg,,", "quantity", "not-a-number"),
        (",kg,,", "quantity", "required-empty"),
    ],
)
def test_what_can_mean_two_things_is_refused(tmp_path, cells, column, reason):
    made = one(tmp_path, cells)
    assert reasons(made) == {1: (column, reason)}
    assert made.refused.column("hint")[0].as_py()


def test_a_column_of_units_may_hold_the_size_of_a_pack(tmp_path):
    head = "order_id,customer,date,item,qty,unit\n"
    text = head + "".join(
        f"{n},C,2026-01-01,A,5,{unit}\n" for n, unit in enumerate(("25 kg drum", "100 mL", "kg", "x2"))
    )
    made = read(tmp_path, text)
    assert reasons(made) == {4: ("unit", "unknown-unit")}
    told = [(r["quantity"], r["unit"], r["packs"], r["mass_g"], r["volume_l"]) for r in lines(made).values()]
    assert told == [(25, "kg", 5, 125_000, None), (100, "mL", 5, None, 0.5), (5, "kg", None, 5000, None)]


def test_the_text_is_kept_and_the_us_measure_is_told(tmp_path):
    made = read(tmp_path, f"{HEAD}1,C,2026-01-01,Acetone,2,gal,,\n2,C,2026-01-01,Acetone,2,drums,25 kg,\n")
    assert lines(made)["1", 1]["quantity_text"] == "2 gal"
    assert lines(made)["2", 1]["quantity_text"] == "2 drums / pack 25 kg"
    assert any("US measure" in said for said in made.said)


def test_a_return_may_carry_its_sign_and_a_sale_may_not(tmp_path):
    text = "order_id,customer,date,item,qty,unit,kind\n1,C,2026-01-01,A,-5,kg,return\n2,C,2026-01-01,A,-5,kg,sale\n"
    made = read(tmp_path, text)
    assert reasons(made) == {2: ("qty", "negative")}
    assert (lines(made)["1", 1]["quantity"], lines(made)["1", 1]["kind"]) == (5.0, "return")
    assert any("sign of a return" in said for said in made.said)


def test_marks_in_numbers_are_settled_by_the_column_or_asked_for(tmp_path):
    head = "order_id;customer;date;item;qty;unit\n"
    rows = "1;C;2026-01-01;A;{};kg\n2;C;2026-01-01;A;{};kg\n"
    made = read(tmp_path, head + rows.format("1.500", "2,5"))
    assert [r["quantity"] for r in lines(made).values()] == [1500, 2.5]
    assert reasons(read(tmp_path, head + rows.format("1.500", "3"))) == {1: ("qty", "not-a-number")}
    comma = head.replace(";", ",") + rows.replace(";", ",")
    assert [r["quantity"] for r in lines(read(tmp_path, comma.format("1.500", "3"))).values()] == [1.5, 3]
    assert reasons(read(tmp_path, comma.format('"1,500"', "3"))) == {1: ("qty", "not-a-number")}
    assert [r["quantity"] for r in lines(read(tmp_path, comma.format('"1,500"', "2.25"))).values()] == [1500, 2.25]


def test_units_are_folded_and_exact():
    assert fold_unit("Fl. Oz") == "fl_oz"
    assert unit_of("KGS").factor == 1000
    assert unit_of("gli").factor == 4.54609
    assert not UNCLEAR.keys() & UNITS.keys()
    made = amount(pa.array([1.0, None, 2.0]), pa.array(["t", "kg", None]))
    assert made.mass_g.to_pylist() == [1e6, None, None]
    assert made.unknown.to_pylist() == [False, False, False]


@given(st.text(max_size=40))
def test_any_cell_is_read_or_refused(text):
    problem, made = None, None
    try:
        made = read_amount(text)
    except Unreadable as met:
        problem = met
    assert (problem is None) != (made is None)
    assert problem is None or (problem.reason and problem.hint)
    assert made is None or made.unit is None or unit_of(made.unit) is not None


@given(
    st.integers(1, 999),
    st.integers(1, 99_999),
    st.sampled_from(["kg", "mL", "tablets", "oz"]),
    st.sampled_from([" x ", "x", " × ", " drums of ", " boxes @ "]),
)
def test_packs_and_sizes_come_back_as_they_were_written(packs, size, unit, between):
    made = read_amount(f"{packs}{between}{size} {unit}")
    assert (made.packs, made.quantity, made.unit) == (packs, size, unit)
