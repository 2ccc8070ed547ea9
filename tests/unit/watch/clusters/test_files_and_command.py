"""Files of counts and coordinates, the command on them, and its page."""

import json

import numpy as np
import pytest

from counterflow.core.errors import InputError
from counterflow.report.boundaries import read_boundaries
from counterflow.watch.clusters import read_coordinates, read_counts

WHERE = "place,lat,lon\nA,41.0,-87.0\nB,41.1,-87.1\nC,42.0,-88.0\nD,42.1,-88.2\n"


@pytest.fixture
def files(tmp_path):
    """Four places over 24 weeks; A and B have far more at the end."""
    rng = np.random.default_rng(2)
    rows = ["place,t,count"]
    cells = [(week, place) for week in range(24) for place in "ABCD"]
    rows += [f"{p},{week},{rng.poisson(12 + (40 if p in 'AB' and week > 20 else 0))}" for week, p in cells]
    (tmp_path / "counts.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "where.csv").write_text(WHERE)
    return tmp_path


def counts_in(folder, text, **options):
    path = folder / "c.csv"
    path.write_text(text)
    return read_counts(path, **options)


def test_the_command_answers_in_json_and_writes_its_page(files, command):
    page = files / "page.html"
    asked = ("watch", "scan", files / "counts.csv", "--coordinates", files / "where.csv", "--format", "json")
    code, out, said = command(*map(str, asked), "--replicates", "39", "--max-share", "0.6", "--page", str(page))
    assert code == 0, said
    told = json.loads(out)
    first = told["clusters"][0]
    assert set(first["places"]) == {"A", "B"}
    assert first["alarm"]
    assert (first["first_t"], first["last_t"]) == (21, 23)
    assert (told["seed"], told["replicates"]) == (1, 39)
    assert len(told["data_sha256"]) == 64
    text = page.read_text("utf-8")
    assert "1 cluster alarm, 23" in text
    assert "<script" not in text
    assert text.count("<svg") == 1 + len(told["clusters"])
    assert str(first["observed"]) in text


def test_the_order_of_rows_changes_nothing(files):
    head, *rows = (files / "counts.csv").read_text().splitlines()
    one, other = (counts_in(files, "\n".join([head, *each]) + "\n") for each in (rows, rows[::-1]))
    assert one.grid.key.equals(other.grid.key)
    assert np.array_equal(one.grid.counts, other.grid.counts)


def test_a_page_shows_no_small_count(files, command):
    few = (files / "counts.csv").read_text().splitlines()
    thin = [few[0], *(f"{line.rsplit(',', 1)[0]},{2 if line[0] in 'AB' and line.split(',')[1] == '23' else 0}"
                      for line in few[1:])]  # fmt: skip
    thin[1:5] = ["A,0,1", "B,0,1", "C,0,1", "D,0,1"]
    (files / "counts.csv").write_text("\n".join(thin) + "\n")
    page = files / "page.html"
    asked = ("watch", "scan", files / "counts.csv", "--coordinates", files / "where.csv", "--max-share", "0.6")
    assert command(*map(str, asked), "--replicates", "39", "--page", str(page))[0] == 0
    text = page.read_text("utf-8")
    assert "1 to 9" in text
    assert "withheld" in text


def test_days_are_told_as_days_and_weeks_that_are_missing_are_unknown(tmp_path):
    read = counts_in(tmp_path, "place,t,count\nA,2024-01-01,3\nA,2024-01-15,0\nB,2024-01-01,\nB,2024-01-15,<10\n")
    assert read.grid.grain == "week"
    assert read.grid.starts.astype(str).tolist() == ["2024-01-01", "2024-01-08", "2024-01-15"]
    assert np.isnan(read.grid.counts).tolist() == [[False, True, False], [True, True, True]]
    assert any("withheld" in line for line in read.said)
    assert any("--absent zero" in line for line in read.said)


def test_a_file_without_zeros_is_a_list_of_what_happened(tmp_path):
    text = "place,t,count\nA,1,3\nA,3,1\nB,2,2\n"
    read = counts_in(tmp_path, text)
    assert read.grid.counts.tolist() == [[3, 0, 1], [0, 2, 0]]
    assert any("taken as zero" in line for line in read.said)
    assert np.isnan(counts_in(tmp_path, text, absent="unknown").grid.counts).sum() == 3


def test_population_holds_until_the_next_one(tmp_path):
    read = counts_in(tmp_path, "place,t,count,population\nA,1,0,10\nA,2,0,\nB,1,0,\nB,2,5,7\n")
    assert read.at_risk.tolist() == [[10, 10], [7, 7]]
    assert read.at_risk_is == "population"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("place,t,count\nA,1,3\nA,2,-1\n", 3, "negative"),
        ("place,t,count\nA,1,3\nA,2,1.5\n", 3, "not whole"),
        ("place,t,count\nA,1,x\n", 2, "no number"),
        ("place,t,count\nA,1,3\nB,1,1\nA,1,4\n", 4, "stand twice"),
        ("place,t,count\nA,week one,3\n", 2, "no period"),
        ("place,t,count\n,1,3\n", 2, "no name"),
        ("place,t\nA,1\n", 1, "missing"),
        ("place,t,count\n", None, "no count"),
        ("place,t,count\nA,201952,1\nA,202001,2\n", None, "periods lie between"),
        ("place,t,count,population\nA,1,3,0\n", 2, "population is 0"),
        ("place,t,count,population\nA,1,3,\n", None, "no population"),
        ("place,t,count,population\nA,1,3,-5\n", 2, "negative"),
    ],
    ids=["negative", "fraction", "word", "twice", "no-period", "no-place", "no-column", "empty", "year-weeks",
         "nobody-at-risk", "no-population", "negative-population"],
)  # fmt: skip
def test_faults_of_counts_are_told_with_their_line(tmp_path, text, line, said):
    with pytest.raises(InputError) as refused:
        counts_in(tmp_path, text)
    assert said in str(refused.value)
    assert refused.value.line == line
    assert refused.value.hint


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("place,lat,lon\nA,41,-87\nA,42,-88\n", 3, "twice"),
        ("place,lat,lon\nA,41,\n", 2, "has no lon"),
        ("place,lat,lon\nA,north,-87\n", 2, "no number"),
        ("place,lat\nA,41\n", 1, "missing"),
        ("place,lat,lon\nA,-87.6,41.8\nB,-87.7,41.9\n", None, "swapped"),
    ],
    ids=["twice", "half", "word", "no-column", "swapped"],
)
def test_faults_of_coordinates_are_told(tmp_path, text, line, said):
    path = tmp_path / "w.csv"
    path.write_text(text)
    with pytest.raises(InputError) as refused:
        read_coordinates(path)
    assert said in str(refused.value)
    assert refused.value.line == line


def test_a_place_without_coordinates_is_named_with_its_nearest(files, command):
    (files / "where.csv").write_text(WHERE.replace("D,", "DD,"))
    code, _, said = command("watch", "scan", str(files / "counts.csv"), "--coordinates", str(files / "where.csv"))
    assert code == 3
    assert "'D'" in said
    assert "'DD'" in said


def test_boundaries_are_coarsened_and_kept_near_the_places(tmp_path):
    ring = [[-88.5 + n / 1000, 41.0] for n in range(1000)] + [[-87.5, 42.0], [-88.5, 42.0], [-88.5, 41.0]]
    far = [[10, 50], [11, 50], [11, 51], [10, 50]]
    areas = {"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"name": "kept out"}, "geometry": {"type": "Polygon", "coordinates": [ring]}},
        {"type": "Feature", "properties": {}, "geometry": {"type": "MultiPolygon", "coordinates": [[far]]}},
    ]}  # fmt: skip
    path = tmp_path / "areas.json"
    path.write_text(json.dumps(areas))
    kept = read_boundaries(path, (-89.0, 40.5, -87.0, 42.5))
    assert len(kept) == 1
    assert len(kept[0]["geometry"]["coordinates"][0]) < 600
    assert kept[0]["properties"] == {}
    for text, said in (
        ("{}", "no GeoJSON"),
        ("[", "no GeoJSON"),
        (json.dumps(areas).replace("41.0", "410"), "nowhere"),
    ):
        path.write_text(text)
        with pytest.raises(InputError, match=said):
            read_boundaries(path, (-89.0, 40.5, -87.0, 42.5))
