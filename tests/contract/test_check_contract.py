"""What every check keeps to, ours and a third party's: the engines rely on each of these.

Add a check by an entry point and it is held to this suite with no change here.
"""

import datetime as dt
import pickle
import re
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterflow.core.check import Check, Code, FindingRows, Resources
from counterflow.core.settings import ScreenSettings
from counterflow.core.tables import CONSIGNMENT, FINDING_ROW, GOODS_LINE, LIST_ENTRY, PARTY
from counterflow.screen.checks import list_checks, make_check

SUBJECTS = {"consignment": CONSIGNMENT, "goods_line": GOODS_LINE, "party": PARTY}
#: Columns of the consignment that a check on goods lines may read beside its own.
OF_THE_CONSIGNMENT = ("kind", "departure", "destination", "declared_on", "direction")
HARM_CLASSES = {"drug", "precursor", "equipment", "party", "declaration", "data"}


def _list_to_search():
    """Checks on parties need a list: two invented entries, in the file that the workspace would give."""
    folder = Path(tempfile.mkdtemp(prefix="contract-"))
    entries = pa.Table.from_pylist(
        [
            {"list": "example", "version": "1", "entry_id": "example:1", "name": name, "name_kind": "primary"}
            for name in ("Zebulon Quartermain Trading Co", "Perpetua Oldcastle")
        ],
        schema=LIST_ENTRY,
    )
    path = folder / "example-1.arrow"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, entries.schema) as writer:
        writer.write_table(entries)
    return Resources(lists={"example": path}, versions={"example": "1"}, cache=folder)


RESOURCES = _list_to_search()
CHECKS = [c.check for c in list_checks(ScreenSettings(), RESOURCES) if c.check is not None]

TEXTS = [
    None,
    "",
    " ",
    "gift",
    "parts",
    "N/A",
    "cotton t-shirts",
    "Fentanyl HCl 99% CAS 437-38-7",
    "fentanyl test strips",
    "PMK powder 25 kg",
    "TDP-5 tablet press with die",
    "acetone, toluene",
    "乙酸酐 200kg",
    "кокаин",
    "CAS No. 437-38-8",
    "ICE crystal 5 g 99%",
    "Ã©thanol mojibake cafÃ©",
    "\ufffd\ufffd",
    "\x00\x01",
    "a" * 5_000,
    "½ ﬁne ß İ ǆ",
    "🙂 acetone 🙂",
    "e\u0301ther e\u0301thylique ephedrine",
    "کبتاجون captagon",
    "%",
    "437-38-7" * 50,
    "f e n t a n y l f3ntanyl fen\u200btanyl f\u0435ntanyl",
    "Zebulon Quartermain Trading Co",
    "PERPETUA OLDCASTLE",
    "Oldcastle, Perpetua",
]
CODES = [None, "", "61", "610910", "293333", "77", "9", "0000000000", "8471300000"]
FLOATS = [None, 0.0, 1.0, -2.5, 1e12, 1e-9, float("nan"), float("inf")]
DAY = dt.datetime(2026, 3, 1, 6, tzinfo=dt.UTC)
INSTANTS = [None, DAY, DAY + dt.timedelta(hours=7), DAY - dt.timedelta(days=500)]
WORDS = {
    "description": TEXTS,
    "name": TEXTS,
    "address": TEXTS,
    "hs": CODES,
    "unit": [None, "KGM", "g", "pcs"],
    "kind": [None, "letter", "container", "parcel"],
    "country": [None, "US", "CN"],
}


def type_of(check, column):
    """The type that the engine hands the column over with."""
    schema = SUBJECTS[check.subject]
    return (schema if column in schema.names else CONSIGNMENT).field(column).type


def values_of(check, column):
    """Awkward values for one column."""
    kind = type_of(check, column)
    if pa.types.is_floating(kind):
        return FLOATS
    if pa.types.is_integer(kind):
        return [None, 0, 1, -1, 2_000_000_000]
    if pa.types.is_timestamp(kind):
        return INSTANTS
    if pa.types.is_date(kind):
        return [None, DAY.date()]
    if pa.types.is_list(kind):
        return [None, [], ["mass_kg"], ["a", "b"]]
    return WORDS.get(column, [None, "", "x"])


def batch_of(check, rows, first=0):
    """A batch as the engine makes it: `row` and exactly the columns the check reads."""
    columns = {"row": pa.array(range(first, first + len(rows)), pa.int64())}
    for place, column in enumerate(check.reads):
        columns[column] = pa.array([row[place] for row in rows], type_of(check, column))
    return pa.RecordBatch.from_pydict(columns)


def awkward(check, count=120):
    """Rows that step through each column's awkward values at a pace of its own."""
    values = [values_of(check, column) for column in check.reads]
    return [tuple(v[(i * (p + 1) + p) % len(v)] for p, v in enumerate(values)) for i in range(count)]


def joined(batches):
    return pa.Table.from_batches(batches, schema=FINDING_ROW)


each_check = pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)


def test_our_own_checks_are_installed():
    ours = {
        "advance-data",
        "equipment",
        "goods-text",
        "hs-contradiction",
        "impossible-lines",
        "impossible-values",
        "substances",
    }
    assert ours <= {c.id for c in CHECKS}, "install the package again: its entry points are missing"


@each_check
def test_it_says_what_it_is(check):
    assert isinstance(check, Check)
    assert re.fullmatch(r"[a-z][a-z0-9-]*", check.id)
    assert check.version
    assert check.title
    assert check.codes
    assert check.reads
    known = {*SUBJECTS[check.subject].names, *(OF_THE_CONSIGNMENT if check.subject == "goods_line" else ())}
    assert set(check.reads) <= known
    assert all(c.harm_class in HARM_CLASSES and c.means for c in check.codes)
    assert len({c.code for c in check.codes}) == len(check.codes)


@each_check
def test_its_findings_have_the_schema_and_only_its_codes(check):
    rows = awkward(check)
    batch = batch_of(check, rows, first=1_000)
    found = check.run(batch)
    assert found.schema.equals(FINDING_ROW)
    listed = {c.code for c in check.codes}
    for finding in found.to_pylist():
        assert 1_000 <= finding["row"] < 1_000 + len(rows)
        assert finding["code"] in listed
        assert finding["kind"] in {"deterministic", "calibrated"}
        assert 0 < finding["strength"] < 1
        assert finding["harm_class"] in HARM_CLASSES
        assert finding["meaning"]
        assert finding["sentence"]
        assert finding["citation"]


@each_check
def test_the_awkward_rows_try_it(check):
    """Without findings, nothing else here would test anything."""
    assert check.run(batch_of(check, awkward(check))).num_rows > 0


@each_check
def test_its_spans_lie_within_the_text(check):
    rows = awkward(check)
    for finding in check.run(batch_of(check, rows)).to_pylist():
        if finding["field"] is not None:
            assert finding["field"] in check.reads
        if finding["start"] is None:
            continue
        text = rows[finding["row"]][check.reads.index(finding["field"])]
        assert 0 <= finding["start"] <= finding["end"] <= len(text)
        if finding["end"] - finding["start"] <= 40:
            assert text[finding["start"] : finding["end"]].casefold() == finding["matched"].casefold()


@each_check
def test_findings_come_in_order_of_row(check):
    rows = check.run(batch_of(check, awkward(check))).column("row").to_pylist()
    assert rows == sorted(rows)


@each_check
@pytest.mark.parametrize("size", [1, 7, 50])
def test_splitting_a_batch_differently_changes_nothing(check, size):
    batch = batch_of(check, awkward(check))
    whole = joined([check.run(batch)])
    pieces = joined([check.run(batch.slice(start, size)) for start in range(0, batch.num_rows, size)])
    assert pieces.equals(whole)


@each_check
def test_order_and_neighbours_do_not_matter(check):
    rows = awkward(check, 60)
    forward = check.run(batch_of(check, rows)).to_pylist()
    backward = check.run(batch_of(check, rows[::-1])).to_pylist()
    last = len(rows) - 1

    def settled(findings):
        return sorted(map(repr, findings))

    assert settled(forward) == settled({**f, "row": last - f["row"]} for f in backward)


@each_check
def test_a_second_copy_finds_the_same(check):
    batch = batch_of(check, awkward(check))
    again = make_check(check.id, RESOURCES)
    assert again.version == check.version
    assert again.run(batch).equals(check.run(batch))


@each_check
def test_it_can_travel_to_another_process(check):
    batch = batch_of(check, awkward(check, 30))
    travelled = pickle.loads(pickle.dumps(check))  # noqa: S301 - our own bytes
    assert travelled.run(batch).equals(check.run(batch))


@each_check
def test_it_takes_nothing_and_a_very_long_text(check):
    assert check.run(batch_of(check, [])).num_rows == 0
    long = [tuple(("acetone parts " * 75_000) if c in {"description", "name"} else None for c in check.reads)]
    check.run(batch_of(check, long))


@each_check
def test_it_leaves_its_input_alone(check):
    batch = batch_of(check, awkward(check, 30))
    before = pc.count(batch.column("row")).as_py(), batch.to_pylist()
    check.run(batch)
    assert (pc.count(batch.column("row")).as_py(), repr(batch.to_pylist())) == (before[0], repr(before[1]))


@each_check
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_text_makes_it_fail(check, data):
    """Any Unicode but lone surrogates, which Arrow strings cannot hold."""
    text = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=80) | st.sampled_from(TEXTS)
    pick = [
        text if pa.types.is_string(type_of(check, c)) else st.sampled_from(values_of(check, c)) for c in check.reads
    ]
    rows = data.draw(st.lists(st.tuples(*pick), max_size=6))
    batch = batch_of(check, rows)
    found = joined([check.run(batch)])
    assert joined([check.run(batch.slice(i, 1)) for i in range(batch.num_rows)]).equals(found)
    for finding in found.to_pylist():
        if finding["start"] is not None:
            text_read = rows[finding["row"]][check.reads.index(finding["field"])]
            assert 0 <= finding["start"] <= finding["end"] <= len(text_read)


class LooksAround:
    """A check that breaks the contract: it looks at other rows, and in no order."""

    id, version, title, subject, reads = "looks-around", "1", "counts rows", "goods_line", ("description",)
    codes = (Code("many", "data", "many rows"),)

    def run(self, batch):
        found = FindingRows()
        for row in reversed(batch.column("row").to_pylist()):
            found.add(
                row,
                code="many",
                strength=0.1,
                meaning="m",
                harm_class="data",
                citation="c",
                sentence=f"one of {batch.num_rows}",
            )
        return found.batch()


def test_the_contract_is_one_that_a_check_can_break():
    bad = LooksAround()
    with pytest.raises(AssertionError):
        test_splitting_a_batch_differently_changes_nothing(bad, 7)
    with pytest.raises(AssertionError):
        test_findings_come_in_order_of_row(bad)
