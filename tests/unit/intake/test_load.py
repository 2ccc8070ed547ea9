"""A load: one file, one batch, one receipt; the same file again changes nothing."""

import datetime as dt
import json
import shutil

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest

from counterflow.core.errors import ConfigError, InputError, UsageError
from counterflow.intake import quarantine
from counterflow.intake.load import load
from counterflow.intake.mapping import find_mapping, parse_mapping
from counterflow.intake.receipt import receipts

HEADER = "id,day,dep,kg,by,hs,text,to,fraud\n"
GOOD = "1,2021-01-01,CN,1,P,610910,shirt,Ann,0\n"
BAD = "2,01/02/2021,CN,1,P,610910,shirt,Bo,1\n3,2021-01-03,QX,4,P,610910,shirt,Cy,0\n4,2021-01-03,CN,4,P\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text(HEADER + GOOD + BAD)
    return path


def counts(workspace):
    return {
        n: workspace.store.rows(f"SELECT count(*) AS n FROM {n}")[0]["n"]
        for n in ("consignment", "goods_line", "party", "quarantine")
    }


def test_a_receipt_reconciles_and_the_same_content_goes_in_once(workspace, plain, file):
    receipt = load(workspace, file, plain)
    assert (receipt.read, receipt.accepted, receipt.rejected) == (4, 1, 3)
    assert receipt.reasons == {"country-unknown": 1, "date-format": 1, "ragged-row": 1}
    assert receipt.withheld == ("fraud",)
    assert json.loads(json.dumps(receipt.as_dict()))["accepted"] == 1
    before = counts(workspace)
    assert before == {"consignment": 1, "goods_line": 1, "party": 1, "quarantine": 3}
    again = load(workspace, file, plain)
    assert again.already_loaded
    assert again.reasons == receipt.reasons
    assert counts(workspace) == before
    entry = list(workspace.ledger.entries("load"))[-1]
    assert (entry.body["read"], entry.body["accepted"], entry.body["rejected"]) == (4, 1, 3)
    assert "f.csv" not in json.dumps(entry.body)


def test_ids_of_an_earlier_load_are_refused_with_their_row(workspace, plain, file, tmp_path):
    load(workspace, file, plain)
    other = tmp_path / "g.csv"
    other.write_text(HEADER + "9,2021-02-01,CN,1,P,61,x,A,0\n" + GOOD)
    receipt = load(workspace, other, plain)
    assert receipt.reasons == {"duplicate-record": 1}
    row = quarantine.list_rows(workspace.store, batch=receipt.batch).to_pylist()[0]
    assert (row["row"], row["line"], json.loads(row["raw"])["text"]) == (2, 3, "shirt")
    assert load(workspace, other, plain, source="elsewhere").rejected == 0


def test_what_cannot_be_loaded_leaves_nothing(workspace, plain, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text(HEADER)
    with pytest.raises(InputError, match="no row"):
        load(workspace, path, plain)
    path.write_text("id,day\n1,2021-01-01\n")
    with pytest.raises(ConfigError, match="does not have"):
        load(workspace, path, plain)
    path.write_text(HEADER + GOOD)
    with pytest.raises(UsageError, match="plain name"):
        load(workspace, path, plain, source="../x")
    nameless = parse_mapping(plain.text.replace('source = "s"\n', ""), "m")
    with pytest.raises(UsageError, match="Nobody says"):
        load(workspace, path, nameless)
    assert counts(workspace) == dict.fromkeys(("consignment", "goods_line", "party", "quarantine"), 0)
    assert not list((workspace.path / "spool").iterdir())


def test_refused_rows_are_mended_and_loaded_again(workspace, plain, file, tmp_path):
    first = load(workspace, file, plain)
    table = quarantine.to_mend(workspace, quarantine.list_rows(workspace.store))
    rows = table.to_pylist()
    rows[0]["day"], rows[1]["dep"], rows[2]["day"] = "2021-02-01", "VN", ""
    mended = tmp_path / "mended.csv"
    arrow_csv.write_csv(pa.Table.from_pylist(rows, table.schema), mended)
    again = quarantine.reload(workspace, mended)
    assert (again.read, again.accepted, again.rejected) == (3, 2, 1)
    assert again.reasons == {"required-empty": 1}
    repeat = quarantine.reload(workspace, mended)
    assert repeat.already_loaded
    for row in receipts(workspace.store).to_pylist():
        assert row["read"] == row["accepted"] + row["rejected"]
        assert row["rejected"] == row["open"] + row["reloaded"] + row["discarded"]
    states = {r["batch"]: (r["open"], r["reloaded"]) for r in receipts(workspace.store).to_pylist()}
    assert states[first.batch] == (0, 3)


def test_only_open_rows_are_reloaded(workspace, plain, file, tmp_path):
    receipt = load(workspace, file, plain)
    mended = tmp_path / "mended.csv"
    keys = f"_source,_batch,_row,{HEADER}"
    mended.write_text(keys + f"s,{receipt.batch},99," + GOOD)
    with pytest.raises(InputError, match=r"line 2.*No open row"):
        quarantine.reload(workspace, mended)
    mended.write_text(HEADER + GOOD)
    with pytest.raises(InputError, match="column _source is missing"):
        quarantine.reload(workspace, mended)
    mended.write_text(keys + f"s,{receipt.batch},2," + GOOD + f"s,{receipt.batch},2," + GOOD)
    with pytest.raises(InputError, match="comes twice"):
        quarantine.reload(workspace, mended)


def test_discarding_needs_a_ground_and_leaves_it_in_the_ledger(workspace, plain, file):
    receipt = load(workspace, file, plain)
    with pytest.raises(UsageError, match="ground"):
        quarantine.discard(workspace, ground=" ", batch=receipt.batch)
    with pytest.raises(UsageError, match="which rows"):
        quarantine.discard(workspace, ground="sent twice")
    assert quarantine.discard(workspace, ground="sent twice", batch=receipt.batch, reason="date-format") == 1
    assert quarantine.discard(workspace, ground="sent twice", batch=receipt.batch, reason="date-format") == 0
    assert quarantine.list_rows(workspace.store).num_rows == 2
    entry = list(workspace.ledger.entries("discard"))[-1]
    assert entry.body == {"source": "s", "batch": receipt.batch, "rows": [2], "ground": "sent twice"}


def test_the_same_rows_in_four_formats_give_the_same_tables(workspace, plain, tmp_path):
    rows = [
        {"id": "1", "day": "2021-01-01", "dep": "CN", "kg": "1.5", "by": "P", "hs": "010121",
         "text": "horse", "to": "Ann", "fraud": "0"},
        {"id": "2", "day": "2021-01-02", "dep": "VN", "kg": None, "by": "P", "hs": "610910",
         "text": None, "to": None, "fraud": "1"},
    ]  # fmt: skip
    names = list(rows[0])
    (tmp_path / "f.csv").write_text(
        ",".join(names) + "\n" + "".join(",".join(r[n] or "" for n in names) + "\n" for r in rows)
    )
    (tmp_path / "f.ndjson").write_text("".join(json.dumps(r) + "\n" for r in rows))
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "f.parquet")
    book = openpyxl.Workbook()
    for row in [names, *[[r[n] for n in names] for r in rows]]:
        book.active.append(row)
    book.save(tmp_path / "f.xlsx")
    found = {}
    for kind in ("csv", "ndjson", "parquet", "xlsx"):
        receipt = load(workspace, tmp_path / f"f.{kind}", plain, source=kind)
        assert receipt.accepted == 2
        found[kind] = [
            workspace.store.rows(
                f"SELECT * EXCLUDE (source, batch) FROM {t} WHERE source = ? ORDER BY record_id", [kind]
            )
            for t in ("consignment", "goods_line", "party")
        ]
    assert found["csv"] == found["ndjson"] == found["parquet"] == found["xlsx"]
    assert found["csv"][1][0]["hs"] == "010121"


def test_public_declarations_load_whole_and_without_labels(workspace, shared_data):
    file = shared_data / "targeting" / "customs_kr_2021q1_dev.parquet"
    receipt = load(workspace, file, find_mapping("customs_kr"))
    assert (receipt.read, receipt.accepted, receipt.rejected) == (8134, 8134, 0)
    assert receipt.withheld == ("fraud", "critical_fraud")
    assert receipt.unused == ()
    assert receipt.synthetic
    assert workspace.store.rows("SELECT synthetic FROM batch") == [{"synthetic": True}]
    table = pq.read_table(file)
    store = workspace.store
    assert store.rows("SELECT sum(mass_kg) AS m FROM consignment")[0]["m"] == pytest.approx(
        pc.sum(table["net_mass"]).as_py()
    )
    assert store.rows("SELECT count(*) AS n FROM goods_line WHERE length(hs) = 6")[0]["n"] == 8134
    unknown = pc.sum(pc.equal(table["country_of_departure"], "ZZ")).as_py()
    assert store.rows("SELECT count(*) AS n FROM consignment WHERE departure IS NULL")[0]["n"] == unknown
    keys = store.rows("SELECT DISTINCT unnest(map_keys(attributes)) AS k FROM consignment")
    assert {k["k"] for k in keys} == set(find_mapping("customs_kr").attributes)
    roles = {r["role"]: r["n"] for r in store.rows("SELECT role, count(*) AS n FROM party GROUP BY 1")}
    assert roles["importer"] == 8134
    assert roles["seller"] == len(table) - table["seller_id"].null_count


def test_a_cargo_report_loads_message_by_message(workspace, shared_data, tmp_path):
    sample = shared_data / "platform" / "edifact" / "cuscar_d95b_lot.edi"
    mapping = find_mapping("cuscar")
    assert load(workspace, sample, mapping).reasons == {"unt-count": 1}
    mended = tmp_path / "mended.edi"
    mended.write_text(sample.read_text().replace("UNT+313", "UNT+30"))
    assert load(workspace, mended, mapping).accepted == 1
    record = workspace.store.rows("SELECT * FROM consignment")[0]
    assert record["record_id"] == "DOCV373MOB909999"
    assert (record["departure"], record["destination"], record["mass_kg"], record["pieces"]) == (
        "CR",
        "GB",
        55814.0,
        60,
    )


def test_the_mapping_is_kept_with_the_workspace(workspace, plain, file):
    receipt = load(workspace, file, plain)
    kept = workspace.path / "mappings" / f"{receipt.mapping.rpartition(' ')[2]}.toml"
    assert kept.read_text() == plain.text
    shutil.rmtree(kept.parent)
    table = quarantine.to_mend(workspace, quarantine.list_rows(workspace.store))
    assert "day" in table.column_names  # from the raw rows themselves


def test_number_and_day_cells_of_a_workbook_are_read_whatever_marks_text_has(workspace, tmp_path):
    """One column holds both: what was typed as text, with the marks of its country, and what the sheet understood."""
    book = openpyxl.Workbook()
    for row in (
        ["id", "day", "kg", "worth"],
        ["a", dt.datetime(2026, 3, 4), 1.049, 1049.5],  # noqa: DTZ001 - a workbook knows no zones
        ["b", "05.03.2026", "1,049", "1.049,50"],
        ["c", dt.date(2026, 3, 6), 2, 7],
    ):
        book.active.append(row)
    book.save(tmp_path / "f.xlsx")
    mapping = parse_mapping(
        '[mapping]\nname = "m"\nversion = "1"\nsource = "s"\n[fields]\nrecord_id = "id"\n'
        'declared_on = { column = "day", format = ["%d.%m.%Y"] }\nmass_kg = { column = "kg", decimal = "," }\n'
        'value = { column = "worth", decimal = ",", thousands = "." }\n',
        "m.toml",
    )
    receipt = load(workspace, tmp_path / "f.xlsx", mapping)
    assert (receipt.accepted, receipt.reasons) == (3, {})
    rows = workspace.store.rows("SELECT declared_on, mass_kg, value FROM consignment ORDER BY record_id")
    assert [tuple(row.values()) for row in rows] == [
        (dt.date(2026, 3, 4), 1.049, 1049.5),
        (dt.date(2026, 3, 5), 1.049, 1049.5),
        (dt.date(2026, 3, 6), 2.0, 7.0),
    ]


def test_rows_that_no_mapping_reads_are_left_out_of_what_is_to_mend(workspace, plain, file):
    """Outcomes and lists keep their refused rows as bare cells; they cannot be reloaded, and do not stop the export."""
    load(workspace, file, plain)
    bare = {"source": "outcomes", "batch": "o", "row": 1, "line": 2, "reason": "unknown-state", "state": "open"}
    listed = bare | {"source": "list", "raw": '{"file": "sdn.csv", "row": ["7", "NAME"]}'}
    workspace.store.append("quarantine", pa.Table.from_pylist([bare | {"raw": '["x", "y"]'}, listed]))
    rows = quarantine.list_rows(workspace.store)
    assert quarantine.left_out(rows) == {"list": 1, "outcomes": 1}
    assert quarantine.to_mend(workspace, rows).num_rows == rows.num_rows - 2


def test_whoever_the_records_come_from_sent_them_where_the_mapping_names_no_sender(workspace, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("id,day,goods\n1,2026-03-02,tea\n", "utf-8")
    mapping = parse_mapping(
        '[mapping]\nname = "m"\nversion = "1"\n[fields]\nrecord_id = "id"\ndeclared_on = "day"\ngoods.description = "goods"\n',
        "m.toml",
    )
    load(workspace, rows, mapping, source="my-post")
    assert workspace.store.rows("SELECT sender FROM consignment") == [{"sender": "my-post"}]
