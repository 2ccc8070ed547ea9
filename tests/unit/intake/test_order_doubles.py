"""The same order twice, lines of one order, corrections, and orders that contradict themselves."""

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.standing import of_standing, standing
from counterflow.core.tables import ORDER_LINE, conform
from counterflow.intake import quarantine
from counterflow.intake.load import load
from counterflow.intake.propose.recognise import recognise

from .order_files import lines, read, reasons

HEAD = "order_id,customer,date,item,qty,unit,corrects\n"
ROW = "{},C{},2026-01-0{},{},{},kg,{}\n"


def row(order, item="A", quantity=1, customer=1, day=1, corrects=""):
    return ROW.format(order, customer, day, item, quantity, corrects)


@pytest.fixture
def loaded(workspace, tmp_path):
    """Load rows of orders by their headers; returns the receipt."""

    def run(text, name="f.csv"):
        path = tmp_path / name
        path.write_text(HEAD + text)
        return load(workspace, path, recognise(path, "order").mapping)

    return run


def test_the_same_row_is_a_double_and_another_item_a_line(tmp_path):
    made = read(tmp_path, HEAD + row(1) + row(1, "B") + row(1) + row(2))
    assert list(lines(made)) == [("1", 1), ("1", 2), ("2", 1)]
    assert reasons(made) == {3: ("order_id", "duplicate-record")}


def test_the_same_item_twice_is_asked_for_and_numbered_lines_are_not(tmp_path):
    made = read(tmp_path, HEAD + row(1) + row(1, quantity=2) + row(1, "B") + row(2))
    assert {r: why for r, (_, why) in reasons(made).items()} == {
        1: "item-twice", 2: "item-twice", 3: "record-incomplete",
    }  # fmt: skip
    head = HEAD.replace("corrects", "line")
    made = read(
        tmp_path,
        head + row(1, corrects=1) + row(1, quantity=2, corrects=2) + row(2, corrects=1) + row(2, "B", corrects=1),
    )
    assert list(lines(made)) == [("1", 1), ("1", 2)]
    assert {r: why for r, (_, why) in reasons(made).items()} == {3: "line-twice", 4: "line-twice"}


def test_one_number_for_two_customers_is_asked_for(tmp_path):
    made = read(tmp_path, HEAD + row(1) + row(1, "B", customer=2) + row(2))
    assert {r: why for r, (_, why) in reasons(made).items()} == {
        1: "order-of-two-customers", 2: "order-of-two-customers",
    }  # fmt: skip


def test_an_order_goes_in_whole(tmp_path):
    made = read(tmp_path, HEAD + row(1) + row(1, "B", quantity=-1) + row(2))
    assert {r: why for r, (_, why) in reasons(made).items()} == {1: "record-incomplete", 2: "negative"}
    assert list(lines(made)) == [("2", 1)]


def test_a_correction_within_a_file_takes_the_place(tmp_path):
    made = read(
        tmp_path, HEAD + row(1, quantity=5) + row(2) + row(1, quantity=7, corrects=1) + row(3, quantity=9, corrects=2)
    )
    assert {key: r["quantity"] for key, r in lines(made).items()} == {("1", 1): 7, ("3", 1): 9}
    assert made.accepted == 4
    assert any("corrects" in said for said in made.said)


def test_rows_without_a_number_are_known_by_what_they_say(tmp_path):
    head, own = "customer,date,item,qty,unit\n", "C,2026-01-01,A,1,kg\n"
    made = read(tmp_path, head + own + "C,2026-01-02,A,1,kg\n" + own)
    assert reasons(made) == {3: ("record_id", "duplicate-record")}
    again = read(
        tmp_path, "supplier," + head + "".join(f",{r}\n" for r in ("C,2026-01-02,A,1,kg", "C,2026-01-01,A,1,kg"))
    )
    assert {r["record_id"] for r in lines(made).values()} == {r["record_id"] for r in lines(again).values()}


def test_loads_are_counted_once_and_corrections_stand(workspace, loaded):
    first = loaded(row(1, quantity=5) + row(1, "B") + row(2))
    assert (first.read, first.accepted, first.records) == (3, 3, 3)
    assert loaded(row(1, quantity=5) + row(1, "B") + row(2)).already_loaded
    second = loaded(row(1, quantity=6) + row(1, "B") + row(2) + row(3, corrects=2), "g.csv")
    assert (second.accepted, second.reasons) == (3, {"duplicate-record": 1})
    assert second.warnings["lines of orders that take the place of earlier ones"] == 2
    held = workspace.store.query("SELECT * FROM order_line ORDER BY batch, record_id, line")
    stood = standing(held)
    assert sorted((r["record_id"], r["item"], r["quantity"]) for r in stood.to_pylist()) in (
        [("1", "A", 6.0), ("1", "B", 1.0), ("3", "A", 1.0)],
        [("1", "A", 5.0), ("1", "B", 1.0), ("3", "A", 1.0)],  # one clock for both loads: the later id stands
    )
    assert held.num_rows == 6


def test_refused_rows_are_mended_and_loaded_again(workspace, loaded, tmp_path):
    first = loaded(row(1) + row(1, "B", quantity=-2) + row(2))
    assert first.reasons == {"negative": 1, "record-incomplete": 1}
    rows = quarantine.to_mend(workspace, quarantine.list_rows(workspace.store))
    mended = rows.set_column(rows.column_names.index("qty"), "qty", pa.array(["1", "2"]))
    import pyarrow.csv as written

    written.write_csv(mended, tmp_path / "mended.csv")
    receipt = quarantine.reload(workspace, tmp_path / "mended.csv")
    assert (receipt.read, receipt.accepted) == (2, 2)
    assert quarantine.list_rows(workspace.store).num_rows == 0
    assert workspace.store.rows("SELECT count(*) AS n FROM order_line")[0]["n"] == 3


def held(*rows):
    """Return order lines: (record, batch, day seen, corrects, quantity)."""
    seen = [dt.datetime(2026, 1, day, tzinfo=dt.UTC) for _, _, day, _, _ in rows]
    table = pa.table({
        "source": ["s"] * len(rows), "record_id": [r[0] for r in rows], "batch": [r[1] for r in rows],
        "line": pa.array([1] * len(rows), pa.int32()), "kind": ["sale"] * len(rows),
        "corrects": pa.array([r[3] for r in rows], pa.string()), "quantity": [float(r[4]) for r in rows],
        "first_seen": pa.array(seen, pa.timestamp("us", tz="UTC")),
    })  # fmt: skip
    return conform(table, ORDER_LINE)


def test_what_stood_is_known_as_of_any_day():
    rows = held(("1", "a", 1, None, 5), ("2", "a", 1, None, 6), ("1", "b", 9, None, 7), ("3", "c", 20, "2", 8))

    def stood(day=None):
        seen_by = None if day is None else dt.datetime(2026, 1, day, tzinfo=dt.UTC)
        return [(r["record_id"], r["quantity"]) for r in standing(rows, seen_by).to_pylist()]

    assert stood(1) == [("1", 5), ("2", 6)]
    assert stood(9) == [("2", 6), ("1", 7)]
    assert stood() == [("1", 7), ("3", 8)]
    assert standing(rows.slice(0, 0)).num_rows == 0
    kept = of_standing(rows, standing(rows))
    assert kept.column("batch").to_pylist() == ["b", "c"]


@given(st.lists(st.tuples(st.sampled_from("123"), st.sampled_from("abc"), st.integers(1, 5)), max_size=12))
def test_never_are_two_loads_of_one_order_counted(told):
    day = {batch: n for n, (_, batch, _) in enumerate(told, start=1)}
    rows = held(*((record, batch, day[batch], None, quantity) for record, batch, quantity in told))
    stood = standing(rows)
    loads = {}
    for r in stood.to_pylist():
        loads.setdefault(r["record_id"], set()).add(r["batch"])
    assert all(len(batches) == 1 for batches in loads.values())
    assert set(loads) == {record for record, _, _ in told}
