"""The files: same bytes from the same seed, called synthetic, the truth in a folder of its own."""

import csv
import datetime as dt
import hashlib
import math

import pyarrow.csv as pacsv
import pytest

from counterflow.core.errors import InputError
from counterflow.demo.capacity import capacity_table, detection_rates
from counterflow.demo.files import main, write_world
from counterflow.demo.options import WorldOptions
from counterflow.demo.places import make_places
from counterflow.demo.watchlist import FIRST_ENTRY


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    return write_world(folder / "a", records=2_000, weeks=3, seed=5)


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_same_bytes(written, tmp_path):
    again = write_world(tmp_path / "b", records=2_000, weeks=3, seed=5)
    assert digests(again.folder) == digests(written.folder)


def test_every_file_says_synthetic(written):
    for path in written.folder.rglob("*.*"):
        said = path.name.startswith("synthetic") or "synthetic" in path.read_text("utf-8").casefold()
        assert said or path.parent == written.truth, path


def test_the_truth_stands_apart(written):
    hidden = (written.truth / "hidden-consignments.csv").read_text("utf-8")
    assert "small-parcel-opioid" in hidden
    for path in written.folder.glob("*.*"):
        text = path.read_text("utf-8")
        assert not any(word in text for word in ("small-parcel-opioid", "hidden_kg", "harm_class", "scheme")), path


def test_counts_are_known(written):
    with written.week.consignments.open(encoding="utf-8", newline="") as file:
        assert sum(1 for _ in csv.DictReader(file)) == written.records == 2_000
    with (written.truth / "broken-rows.csv").open(encoding="utf-8") as file:
        assert sum(1 for _ in file) - 1 == written.broken > 0


def test_a_world_is_written_again_over_itself_but_over_nothing_else(written, tmp_path):
    before = digests(written.folder)
    write_world(written.folder, records=2_000, weeks=3, seed=5)
    assert digests(written.folder) == before
    with pytest.raises(InputError, match="folder of its own"):
        write_world(written.folder, records=2_000, weeks=3, seed=6)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="folder of its own"):
        write_world(tmp_path, records=2_000, weeks=3, seed=5)


def test_the_watch_list_has_the_three_file_layout(written):
    for path, columns in ((written.sdn, 12), (written.alt, 5), (written.add, 6)):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        assert {len(row) for row in rows} == {columns}
        assert [int(row[0]) for row in rows] == list(range(FIRST_ENTRY, FIRST_ENTRY + len(rows)))


@pytest.mark.parametrize("records", [1_000, 20_000, 1_000_000])
def test_capacity_is_about_the_share_asked_for(records):
    options = WorldOptions(records=records, weeks=10)
    rows = capacity_table(options, make_places(options)).to_pylist()
    inspections = sum(row["minutes"] / row["service_minutes"] for row in rows)
    asked = records / 70 * options.capacity_share
    assert 0.9 * asked <= inspections <= 1.15 * asked + 1
    assert all(math.floor(row["minutes"] / row["service_minutes"] + 1e-9) >= 1 for row in rows)
    assert {row["resource"] for row in rows} <= set(detection_rates())


@pytest.mark.parametrize("records", [1_000, 20_000, 200_000])
def test_no_two_teams_overlap_in_part(records):
    """A record's chance of the random arm is the same over its lane, so no pool may cover half of another."""
    options = WorldOptions(records=records, weeks=10)
    rows = capacity_table(options, make_places(options)).to_pylist()
    for lane in {row["lane"] for row in rows}:
        offices = {row["office"] for row in rows if row["lane"] == lane}
        assert offices == {"*"} or "*" not in offices
    assert {row["lane"] for row in rows} == {"*"} or "*" not in {row["lane"] for row in rows}


def test_planted_items_are_found_about_as_often_as_the_resource_finds(written):
    for row in pacsv.read_csv(written.planted).to_pylist():
        assert abs(row["found"] / row["planted"] - detection_rates()[row["resource"]]) < 0.25


def test_the_mapping_names_the_columns_of_the_file(written):
    from counterflow.intake.mapping.shipped import find_mapping

    mapping = find_mapping(str(written.mapping))
    with written.week.consignments.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert {column for rule in mapping.fields for column in rule.all_columns} == set(header)
    assert mapping.source == written.source == "training-world"


def test_expected_counts_are_by_month(written):
    rows = pacsv.read_csv(written.week.expected).to_pylist()
    assert {row["period"] for row in rows} == {dt.date(2026, 1, 5).strftime("%Y-%m")}
    assert len({tuple(row[k] for k in ("sender", "departure", "lane", "period")) for row in rows}) == len(rows)


def test_the_command_writes_a_world_and_refuses_in_words(tmp_path, capsys):
    assert main(["--records", "1000", "--weeks", "1", "--out", str(tmp_path / "w")]) == 0
    assert (tmp_path / "w" / "synthetic-consignments.csv").exists()
    assert main(["--records", "10", "--out", str(tmp_path / "v")]) == 2
    assert "1,000 to 1,000,000" in capsys.readouterr().err
