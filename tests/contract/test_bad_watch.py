"""Spoilt files given to the commands of `watch`: refused with file, place and hint, by exit code 3, never a traceback."""

import datetime as dt
import gzip

import numpy as np
import pytest

from counterflow.cli import answer
from counterflow.core.errors import InputError
from counterflow.watch.clusters.files import read_coordinates, read_counts
from counterflow.watch.detect.events import read_events
from counterflow.watch.detect.family import read_within
from counterflow.watch.nowcast.read import read_triangles
from counterflow.watch.series.csv_series import read_series

SERIES = "series,t,year,week,y\n" + "".join(f"a,{n + 1},{2023 + n // 52},{n % 52 + 1},{3 + n % 4}\n" for n in range(60))
DAYS = [dt.date(2024, 1, 1) + dt.timedelta(n) for n in range(30)]
TRIANGLE = "reference_date,report_date,count\n" + "".join(
    f"{day},{day + dt.timedelta(late)},{9 - 4 * late}\n" for day in DAYS for late in range(3)
)
COUNTS = "place,t,count\n" + "".join(f"{place},{t},{t % 3}\n" for place in "AB" for t in range(1, 20))
PLACES = "place,lat,lon\nA,41.1,-87.1\nB,41.2,-87.2\n"
EVENTS = "place,time\n" + "".join(f"A,{day}T08:00\n" for day in DAYS)
WITHIN = "series,within\na,all\n"
#: what a command reads first, and the file when it is good; a call of a command costs half a second, a reader nothing
READERS = {
    "alarms": (read_series, SERIES),
    "nowcast": (read_triangles, TRIANGLE),
    "scan": (read_counts, COUNTS),
    "coordinates": (read_coordinates, PLACES),
    "spikes": (read_events, EVENTS),
    "within": (read_within, WITHIN),
}
SPOILT = {
    "empty": b"",
    "binary": bytes(range(256)) * 4,
    "utf16": SERIES.encode("utf-16"),
    "cut": gzip.compress(SERIES.encode())[:-30],
    "other": b"foo,bar\n1,2\n",
    "cr": SERIES.replace("\n", "\r").encode(),
}


def refused(reader, file):
    with pytest.raises(InputError) as error:
        READERS[reader][0](file)
    assert error.value.exit_code == 3
    assert error.value.hint
    return str(error.value)


@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_file_of_counts(reader, tmp_path):
    for name, content in SPOILT.items():
        (tmp_path / f"{name}.csv").write_bytes(content)
        assert f"{name}.csv" in refused(reader, tmp_path / f"{name}.csv")
    for path in (tmp_path / "missing.csv", tmp_path):
        assert path.name in refused(reader, path)


#: reader, what is taken from the good file, what is put there, and what must be said of it
WRONG = [
    ("alarms", ",7,2023,7,5", ",7,2023,7,-5", "line 8, column 'y', value '-5'"),
    ("alarms", ",7,2023,7,5", ",7,2023,7,5.5", "line 8, column 'y', value '5.5'"),
    ("alarms", ",7,2023,7,5", ",7,2023,7,1e300", "value '1e300'"),
    ("alarms", ",7,2023,7,5", ",7,2023,7,inf", "value 'inf'"),
    ("alarms", ",7,2023,7,5", ",7,2023,54,5", "column 'week', value '54'"),
    ("alarms", ",7,2023,7,5", ",6,2023,7,5", "line 8, column 't', value '6'"),
    ("alarms", "a,7,2023,7,5", "a,7,2023", "line 8: The row has 3 fields"),
    ("alarms", "a,7,2023,7,5\n", '"a,7,2023,7,5\na",7,2023,7,5\n', "runs over lines"),
    ("nowcast", "2024-01-05,2024-01-05,9", "2024-02-30,2024-03-01,9", "column 'reference_date', value '2024-02-30'"),
    ("nowcast", "2024-01-05,2024-01-05,9", "2024-01-05,2024-01-04,9", "reported before it happened"),
    ("nowcast", "2024-01-05,2024-01-05,9", "2024-01-05,2024-01-05,", "line 14, column 'count', value ''"),
    ("nowcast", "2024-01-05,2024-01-05,9", "\n\n2024-01-05,2024-01-05,2.5", "line 16, column 'count', value '2.5'"),
    ("nowcast", "2024-01-05,2024-01-05,9", "2024-01-05,2024-01-05,1e60", "value '1e60'"),
    ("scan", "A,5,2", "A,5,-2", "line 6, column 'count', value '-2'"),
    ("scan", "A,5,2", "A,5,1e15", "value '1e15'"),
    ("scan", COUNTS[14:], "A,2020-W53,2\n", "value '2020-W53'"),
    ("nowcast", "2024-01-05,2024-01-05,9", "20240105,20240105,9", "value '20240105'"),
    ("scan", "A,5,2", "A,4,2", "line 6, column 'place', value 'A, 4'"),
    ("coordinates", "41.2", "141.2", "line 3, column 'lat', value '141.2'"),
    ("spikes", "A,2024-01-05T08:00", "A,2024-02-30T08:00", "line 6, column 'time', value '2024-02-30T08:00'"),
    ("spikes", "A,2024-01-05T08:00", ",2024-01-05T08:00", "line 6, column 'place'"),
    ("within", "a,all\n", "a,all\na,other\n", "line 3, column 'within', value 'other'"),
]


@pytest.mark.parametrize(("reader", "good", "bad", "told"), WRONG)
def test_one_wrong_cell_is_named(reader, good, bad, told, tmp_path):
    text = READERS[reader][1]
    assert good in text
    (tmp_path / "wrong.csv").write_text(text.replace(good, bad, 1))
    assert told in refused(reader, tmp_path / "wrong.csv")


def test_sums_of_twelve_months_are_no_weekly_counts(tmp_path):
    rows = "".join(f"a,{n + 1},{2015 + n // 52},{n % 52 + 1},{500 + n + n * 7 % 11}\n" for n in range(200))
    (tmp_path / "sums.csv").write_text("series,t,year,week,y\n" + rows)
    assert "sums over the last 12 months" in refused("alarms", tmp_path / "sums.csv")


@pytest.mark.parametrize("content", [gzip.compress(SERIES.encode())[:-30], SERIES.replace("\n", "\r").encode()])
def test_the_command_ends_in_a_sentence(content, tmp_path, capsys):
    (tmp_path / "spoilt.csv").write_bytes(content)
    assert answer(["watch", "alarms", str(tmp_path / "spoilt.csv")]) == 3
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert said.err.startswith("counterflow: spoilt.csv")


def held(reader, path):
    """Return what was read in a form that can be compared."""
    got = READERS[reader][0](path)
    if reader == "alarms":
        return got.names, got.t.tolist(), got.counts.tolist()
    if reader == "nowcast":
        return got[0].reference.tolist(), np.nan_to_num(got[0].counts, nan=-1.0).tolist()
    return [got[0][n] for n in got[1]], got[2].tolist()


@pytest.mark.parametrize("reader", ["alarms", "nowcast", "spikes"])
def test_how_a_file_is_written_changes_nothing(reader, tmp_path):
    path, text = tmp_path / "f.csv", READERS[reader][1]
    path.write_text(text)
    plain = held(reader, path)
    assert held(reader, str(path)) == plain
    head, *rows = text.splitlines()
    wider = "\n".join([head + ",note", *(f'{row},"x, ""y"""' for row in rows)]) + "\n"
    upper = "\n".join([head.upper(), *rows]) + "\n"
    others = ["\ufeff" + text.replace("\n", "\r\n"), text.replace(",", ";"), upper, wider]
    for other in [gzip.compress(text.encode()), *(each.encode() for each in others)]:
        path.write_bytes(other)
        assert held(reader, path) == plain


def answered(capsys, path, text, before, after):
    path.write_text(text)
    assert answer([*before, str(path), *after, "--format", "csv"]) == 0
    return capsys.readouterr().err


def test_what_is_odd_but_usable_is_told(tmp_path, capsys):
    path, rows = tmp_path / "odd.csv", [line.split(",") for line in TRIANGLE.splitlines()[1:]]
    aged = "".join(f"{d},{r},{age},{n}\n" for age in ("00+", "80+") for d, r, n in rows)
    text = "reference_date,report_date,age,count\n" + aged
    said = answered(capsys, path, text, ["watch", "nowcast"], ["--as-of", "2024-02-01"])
    assert "The last reference_date of the file is 2024-01-30: of the 2 periods after it" in said
    assert "the total '00+' is taken" in said
    said = answered(capsys, path, "series,t,year,week,y\na,1,2024,1,3\n", ["watch", "alarms"], [])
    assert "too short and not judged" in said
    assert "The default, ears-c2" not in said
