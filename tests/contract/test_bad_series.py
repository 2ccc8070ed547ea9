"""Whatever stands in a file of counts: it is read, or refused in our own words with its name; never a traceback."""

import datetime as dt

import numpy as np
import pytest

from counterflow.core.errors import CounterflowError
from counterflow.core.seeds import generator
from counterflow.watch.series.csv_series import read_series
from counterflow.watch.series.load import read_mapped
from counterflow.watch.series.mapping import checked, mapping_of
from counterflow.watch.series.reader import Options

DAYS = [dt.date(2024, 1, 1) + dt.timedelta(7 * n) for n in range(6)]
FILES = {
    "series": "series,t,year,week,y\n" + "".join(f"a,{n},2024,{n},{n * 3}\nb,{n},2024,{n},7\n" for n in range(1, 7)),
    "wide": "week,a,b\n" + "".join(f"{day},{n},4\n" for n, day in enumerate(DAYS)),
    "counts": "place,starts,count,as_of\n" + "".join(f"A,{day},{n},2024-06-01\n" for n, day in enumerate(DAYS)),
    "events": "date,place,cause\n" + "".join(f"{day},A,heroin\n{day},B,fall\n" for day in DAYS),
    "triangle": "reference_date,report_date,count\n" + "".join(f"{day},{day},{n}\n" for n, day in enumerate(DAYS)),
    "line-list": "event_date,report_date\n" + "".join(f"{day},{DAYS[-1]}\n" for day in DAYS),
}
PIECES = [
    "",
    "-1",
    "1.5",
    "NaN",
    "∞",
    '"',
    ",",
    "\n",
    "\r",
    "\0",
    ";",
    "1e99",
    "9" * 30,
    "2024-02-30",
    "'",
    "\ufeff",
    "<5",
    "🜨",
]


def spoilt(text, seed):
    random = generator(seed, "bad-series")
    for _ in range(int(random.integers(1, 4))):
        at, cut = int(random.integers(0, len(text))), int(random.integers(0, 6))
        text = text[:at] + PIECES[int(random.integers(0, len(PIECES)))] + text[at + cut :]
    return text


@pytest.mark.parametrize("form", FILES)
def test_spoilt_files(form, tmp_path):
    path = tmp_path / "spoilt.csv"
    refused: list[str] = []
    for seed in range(30):
        path.write_text(spoilt(FILES[form], seed), "utf-8", newline="")
        try:
            if form in ("series", "wide"):
                grid = read_series(path)
                assert not (grid.counts < 0).any()
                assert np.isnan(grid.counts[grid.counts != np.floor(grid.counts)]).all()
            else:
                said = {"text": ["cause"]} if form == "events" else {}
                mapping = checked("m", mapping_of(form), said)
                read = read_mapped(path, mapping, Options(dt.date(2024, 6, 1)))
                assert read.rows == read.accepted + len(read.refused)
                assert all(row["count"] is None or row["count"] >= 0 for row in read.counts.to_pylist())
        except CounterflowError as error:
            refused.append(str(error))
    assert refused
    assert all("spoilt.csv" in words for words in refused)
