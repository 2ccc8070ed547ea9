"""Vehicle crossings: loaded by a mapping like consignments, and nothing about a person gets in."""

import csv
import datetime as dt
import json
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.errors import ConfigError
from counterflow.core.tables import CROSSING
from counterflow.intake import quarantine
from counterflow.intake.convert.rows import Converter
from counterflow.intake.coverage import coverage
from counterflow.intake.load import load
from counterflow.intake.mapping import find_mapping, parse_mapping
from counterflow.intake.readers import RawRows
from counterflow.store.spool import LoadBatch, drain, write_batch

HEAD = '[mapping]\nname = "c"\nversion = "1"\nsource = "s"\ntable = "crossing"\n'
FIELDS = '[fields]\nrecord_id = "id"\nport = "port"\nhour = "at"\nlane = "lane"\n'
CHOICES = 'direction = "dir"\nvehicle_class = "class"\nscan_state = "scan"\nresult = "result"\n'
MAPPING = HEAD + FIELDS + CHOICES
HEADER = "id,port,at,lane,dir,class,scan,result,driver\n"
GOOD = "1,P,2026-01-31T23:59:10Z,L1,inbound,passenger,scanned,none,Ann Example\n"
DOCS = Path(__file__).parents[3] / "docs" / "how-to"


@pytest.fixture
def mapping():
    return parse_mapping(MAPPING, "c.toml")


@pytest.fixture
def loaded(workspace, mapping, tmp_path):
    """Load crossing rows from text; returns the receipt."""

    def run(text, name="f.csv", **options):
        (tmp_path / name).write_text(HEADER + text)
        return load(workspace, tmp_path / name, mapping, **options)

    return run


def kept(workspace):
    return [r["record_id"] for r in workspace.store.rows("SELECT record_id FROM crossing ORDER BY source, record_id")]


def test_a_crossing_is_kept_to_its_hour_with_ledger_entry_and_facts(workspace, loaded):
    receipt = loaded(GOOD)
    assert (receipt.read, receipt.accepted, receipt.rejected, receipt.records) == (1, 1, 0, 1)
    assert receipt.unused == ("driver",)
    assert workspace.store.rows("SELECT * FROM crossing") == [
        {
            "source": "s", "record_id": "1", "batch": receipt.batch, "port": "P", "lane": "L1",
            "hour": dt.datetime(2026, 1, 31, 23, tzinfo=dt.UTC), "direction": "inbound",
            "vehicle_class": "passenger", "scan_state": "scanned", "result": "none",
        }
    ]  # fmt: skip
    facts = workspace.path / "facts" / "crossing" / "month=2026-01" / f"{receipt.batch}.parquet"
    assert pq.ParquetFile(facts).read().column("record_id").to_pylist() == ["1"]
    assert [e.body["accepted"] for e in workspace.ledger.entries("load")] == [1]
    assert loaded(GOOD).already_loaded
    assert kept(workspace) == ["1"]


def test_what_cannot_be_read_waits_in_quarantine_and_counts_reconcile(workspace, loaded):
    receipt = loaded(
        GOOD
        + "2,,2026-01-01T01:00:00Z,L,inbound,bus,scanned,none,x\n"
        + "3,P,01/02/2026 04:00,L,inbound,bus,scanned,none,x\n"
        + "4,P,2026-01-01T01:00:00Z,L,inbound,tank,scanned,none,x\n"
        + "5,P,2026-01-01T01:00:00Z,L,inbound,bus,maybe,none,x\n"
        + "6,P,2026-01-01T01:00:00Z,L,up,bus,scanned,none,x\n"
        + ",P,2026-01-01T01:00:00Z,L,inbound,bus,scanned,none,x\n"
        + "8,P,2026-01-01T01:00:00Z,L,inbound,bus,scanned,jewels,x\n"
        + "9,P,,L,inbound,bus,scanned,none,x\n"
        + "10,P,2026-01-01T01:00:00Z,,,,,,x\n"
    )
    assert (receipt.read, receipt.accepted, receipt.rejected) == (10, 2, 8)
    assert receipt.reasons == {"date-format": 1, "not-a-choice": 4, "required-empty": 3}
    assert kept(workspace) == ["1", "10"]


def test_an_id_comes_once_in_a_file_and_once_in_a_source(workspace, loaded, plain, tmp_path):
    (tmp_path / "sent.csv").write_text("id,day,dep,kg,by,hs,text,to,fraud\n1,2021-01-01,CN,1,P,610910,shirt,Ann,0\n")
    load(workspace, tmp_path / "sent.csv", plain)  # a consignment of that id is another thing
    assert loaded(GOOD + GOOD).reasons == {"duplicate-record": 1}
    again = loaded(GOOD.replace("L1", "L2") + GOOD.replace("1,P", "2,P"), "g.csv")
    assert (again.accepted, again.reasons) == (1, {"duplicate-record": 1})
    assert loaded(GOOD, "h.csv", source="elsewhere").accepted == 1
    assert kept(workspace) == ["1", "1", "2"]


def test_of_two_loads_that_wait_in_the_spool_the_first_keeps_the_id(workspace):
    clock = workspace.clock()
    for digest, ids in (("a" * 64, ["1", "2"]), ("b" * 64, ["2", "3"])):
        batch = LoadBatch(
            source="s", content_sha256=digest, file="f", mapping="m", read=len(ids), accepted=len(ids), rejected=0
        )
        rows = pa.table(
            {"source": ["s"] * 2, "record_id": ids, "batch": [batch.batch] * 2, "port": ["P"] * 2, "hour": [clock] * 2}
        )
        tables = {"crossing": rows.cast(pa.schema([CROSSING.field(n).remove_metadata() for n in rows.column_names]))}
        write_batch(workspace.path, batch, tables, clock + dt.timedelta(seconds=digest == "b" * 64))
    first, second = (drained.row for drained in drain(workspace))
    assert (first["accepted"], first["rejected"]) == (2, 0)
    assert (second["accepted"], second["rejected"]) == (1, 1)
    assert second["reasons"] == {"duplicate-record": 1}
    assert second["tables"] == {"crossing": 1}
    assert kept(workspace) == ["1", "2", "3"]


def test_nothing_of_a_refused_row_is_kept_but_what_the_mapping_names(workspace, loaded):
    loaded(
        "1,P,2026-01-01T01:00:00Z,L,inbound,tank,scanned,none,Ann Example\n"
        "2,P,2026-01-01T01:00:00Z,L,inbound,bus,scanned,none,Bo Example,PLATE-77\n"
    )
    rows = workspace.store.rows('SELECT * FROM quarantine ORDER BY "row"')
    assert [r["reason"] for r in rows] == ["not-a-choice", "ragged-row"]
    assert "Example" not in repr(rows)
    assert "PLATE" not in repr(rows)
    assert json.loads(rows[0]["raw"])["class"] == "tank"


def test_a_mended_crossing_is_loaded_again(workspace, loaded, tmp_path):
    loaded(GOOD.replace("passenger", "tank"))
    table = quarantine.to_mend(workspace, quarantine.list_rows(workspace.store))
    row = table.to_pylist()[0] | {"class": "freight"}
    with (tmp_path / "mend.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
    assert quarantine.reload(workspace, tmp_path / "mend.csv").accepted == 1
    assert workspace.store.rows("SELECT vehicle_class FROM crossing") == [{"vehicle_class": "freight"}]
    assert quarantine.list_rows(workspace.store).num_rows == 0


def test_refused_crossings_are_not_refused_consignments(workspace, loaded, plain, tmp_path):
    (tmp_path / "sent.csv").write_text("id,day,dep,kg,by,hs,text,to,fraud\n1,2021-01-01,CN,1,P,610910,shirt,Ann,0\n")
    load(workspace, tmp_path / "sent.csv", plain)
    assert loaded(GOOD.replace("passenger", "tank")).rejected == 1
    assert coverage(workspace.store, by=()).to_pylist()[0]["valid_share"] == 1.0


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        (HEAD + FIELDS + 'driver = "driver"\n', ["line 11", "no field 'driver'", "no driver and no owner"]),
        (HEAD + FIELDS + '[fields.party.consignee]\nname = "driver"\n', ["'party.consignee.name'", "no owner"]),
        (HEAD + FIELDS + 'scan_stat = "s"\n', ["'scan_stat'", "Did you mean 'scan_state'?"]),
        (HEAD + FIELDS + '[constants]\nsender = "x"\n', ["no field 'sender'"]),
        (HEAD + FIELDS + '[attributes]\ncolumns = ["plate"]\n', ["no [attributes]", "who sat in the vehicle"]),
        (HEAD + FIELDS + '[[goods]]\nhs = "hs"\n', ["no [goods]"]),
        (HEAD + FIELDS + '[coverage]\nrequired = ["port"]\n', ["no [coverage]"]),
        (HEAD + 'group_by = "record_id"\n' + FIELDS, ["stands on one row"]),
        (HEAD.replace('"crossing"', '"crossings"') + FIELDS, ["line 5", "Did you mean 'crossing'?"]),
        (HEAD + FIELDS.replace('port = "port"\n', ""), ["nothing feeds port"]),
        (HEAD + FIELDS.replace('hour = "at"\n', ""), ["nothing feeds hour"]),
        (HEAD + FIELDS + '[constants]\nscan_state = "seen"\n', ["cannot be 'seen'", "not_scanned"]),
        (HEAD.replace('table = "crossing"\n', "") + FIELDS, ["no field 'port'"]),
    ],
)
def test_a_mapping_that_asks_for_more_is_refused_in_words(toml, words):
    with pytest.raises(ConfigError) as refused:
        parse_mapping(toml, "c.toml")
    said = f"{refused.value} {refused.value.hint}"
    assert all(word in said for word in words), said


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["1", "2", "3", "", "4"]),
            st.sampled_from(["P", "", "Q"]),
            st.one_of(st.just("2026-01-01T05:30:00Z"), st.text(max_size=12)),
            st.one_of(st.sampled_from(["scanned", "not_scanned", "UNREADABLE", ""]), st.text(max_size=8)),
        ),
        max_size=12,
    )
)
def test_every_row_is_accepted_or_refused_and_accepted_ones_are_sound(rows):
    columns = {
        name: pa.array([r[i] or None for r in rows], pa.string()) for i, name in enumerate(("id", "p", "t", "s"))
    }
    toml = HEAD + '[fields]\nrecord_id = "id"\nport = "p"\nhour = "t"\nscan_state = "s"\n'
    converter = Converter(
        parse_mapping(toml, "c.toml"), source="s", batch="b", first_seen=dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
        required=(),
    )  # fmt: skip
    piece = converter.convert(RawRows(pa.table(columns), np.arange(1, len(rows) + 1), None))
    made = piece.tables["crossing"].to_pylist()
    assert (piece.read, len(made), piece.accepted + piece.rejected) == (len(rows), piece.accepted, len(rows))
    assert len({r["record_id"] for r in made}) == len(made)
    assert all(r["port"] and r["hour"].minute == 0 for r in made)
    assert {r["scan_state"] for r in made} <= {"scanned", "not_scanned", "unreadable", None}


def test_the_shipped_mapping_loads_a_file_of_its_documented_columns(workspace, tmp_path):
    shipped = find_mapping("crossings")
    documented = set(re.findall(r"^#   (\w+)  ", shipped.text, re.MULTILINE))
    assert documented == {c for rule in shipped.fields for c in rule.all_columns}
    row = {
        "crossing_id": "1", "port": "P", "crossed_at": "2026-01-01T10:20:00-06:00", "lane": "2", "direction": "outbound",
        "vehicle_class": "rail", "scan_state": "unreadable", "result": "anomaly",
    }  # fmt: skip
    (tmp_path / "f.csv").write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n")
    assert load(workspace, tmp_path / "f.csv", shipped).accepted == 1
    assert workspace.store.rows("SELECT hour FROM crossing")[0]["hour"] == dt.datetime(2026, 1, 1, 16, tzinfo=dt.UTC)


def test_the_mapping_on_the_page_is_sound():
    page = (DOCS / "write-a-mapping.md").read_text("utf-8")
    section = page[page.index("## Vehicle crossings") :]
    written = parse_mapping(re.search(r"```toml\n(.*?)```", section, re.DOTALL)[1], "page")
    assert written.table == "crossing"
    assert {"record_id", "port", "hour"} <= {rule.target for rule in written.fields} | written.constants.keys()
