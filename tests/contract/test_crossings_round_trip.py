"""The training world's crossings through the real rooms: every vehicle in, the shares those of the file."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pytest

from counterflow.demo.files import write_world
from counterflow.demo.options import WorldOptions
from counterflow.demo.play import play
from counterflow.intake.load import load
from counterflow.intake.mapping.shipped import find_mapping
from counterflow.intake.scans import scans
from counterflow.store.workspace import Workspace


def test_a_world_comes_back_as_it_was_written(tmp_path):
    files = write_world(tmp_path / "world", records=3_000, weeks=2, seed=11)
    told = pacsv.read_csv(files.week.crossings)
    with Workspace.open(Workspace.create(tmp_path / "workspace")) as workspace:
        receipt = load(workspace, files.week.crossings, find_mapping(str(files.crossing_mapping)))
        kept = workspace.store.query("SELECT * FROM crossing ORDER BY record_id")
        cells = scans(workspace.store, by=("port", "lane", "vehicle_class")).to_pylist()
    assert (receipt.read, receipt.accepted, receipt.rejected) == (told.num_rows, told.num_rows, 0)
    assert receipt.synthetic
    told = told.sort_by("record_id")
    for name in ("record_id", "port", "lane", "direction", "vehicle_class", "scan_state", "result"):
        assert kept.column(name).to_pylist() == told.column(name).to_pylist()
    assert kept.column("hour").cast(pa.int64()).to_pylist() == [
        int(t.timestamp() * 1_000_000) for t in told.column("hour").to_pylist()
    ]
    assert sum(c["crossings"] for c in cells) == told.num_rows
    for cell in cells:
        of = told.filter(pc.and_(pc.equal(told["port"], cell["port"]), pc.equal(told["lane"], cell["lane"])))
        scanned = pc.sum(pc.equal(of["scan_state"], "scanned")).as_py()
        assert (cell["crossings"], cell["scanned"]) == (of.num_rows, scanned)
        assert cell["scanned_share"] == pytest.approx(scanned / of.num_rows)


def test_the_demo_loads_each_week_and_its_board_shows_them(tmp_path):
    options = WorldOptions(records=1_000, weeks=2, seed=4)
    played = play(options, tmp_path / "demo")
    rows = played.board["scans"]
    whole = next(r for r in rows if r["port"] == r["vehicle_class"] == "*")
    assert whole["crossings"] == options.crossings_in(0) + options.crossings_in(1)
    for cut in ("port", "vehicle_class"):
        assert sum(r["crossings"] for r in rows if r[cut] != "*") == whole["crossings"]
    assert whole["target_share"] == played.board["scan_target"]["share"] == 1.0
    assert played.board["synthetic"]
