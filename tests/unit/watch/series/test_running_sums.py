"""Sums over twelve months are told from counts, and counts are never taken for them."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from counterflow.core.errors import InputError
from counterflow.watch.series.csv_series import read_series
from counterflow.watch.series.running_sums import looks_rolling, smoothness

RNG = np.random.default_rng(11)
WEEKS = np.arange(312)
COUNTS = {
    "poisson": RNG.poisson(40, (3, 312)),
    "over-dispersed": RNG.negative_binomial(5, 0.1, (3, 312)),
    "seasonal": RNG.poisson(60 + 30 * np.sin(2 * np.pi * WEEKS / 52), (3, 312)),
    "growing": RNG.poisson(np.exp(3 + WEEKS / 150), (3, 312)),
    "zeros": np.zeros((3, 312)),
    "constant": np.full((3, 312), 50),
    "a rule": np.round(200 + 100 * np.sin(2 * np.pi * WEEKS / 52))[None],
    "a ladder": (WEEKS + 30)[None],
    "two years": RNG.poisson(40, (1, 104)),
}


@pytest.mark.parametrize("name", COUNTS)
def test_counts_are_counts(name):
    assert looks_rolling(COUNTS[name].astype(float), (52, 12)) is None


@pytest.mark.parametrize("window", [12, 52])
@pytest.mark.parametrize("name", ["poisson", "over-dispersed", "seasonal", "growing"])
def test_their_running_sums_are_not(name, window):
    sums = np.stack([np.convolve(row, np.ones(window), "valid") for row in COUNTS[name]])
    seen = looks_rolling(sums, (52, 12))
    assert seen is not None
    assert seen.possible == 1.0


def test_published_sums_of_states_are_recognised(shared_data):
    rows = pq.read_table(shared_data / "watch" / "vsrr_vintages_2017-05_to_2018-11.parquet").to_pylist()
    last = max(str(row["through"]) for row in rows)
    series: dict[str, list[float]] = {}
    for row in sorted(rows, key=lambda row: str(row["month"])):
        if str(row["through"]) == last and row["indicator"] == "Number of Drug Overdose Deaths":
            series.setdefault(row["state"], []).append(float(row["reported"] or "nan"))
    seen = [smoothness(np.array([values]), 12) for values in series.values() if len(values) > 40]
    assert len(seen) > 45
    assert all(each.rolling for each in seen if each.points)


def test_the_reading_stops_with_the_reason(tmp_path):
    sums = np.convolve(COUNTS["poisson"][0], np.ones(12), "valid")
    path = tmp_path / "s.csv"
    path.write_text("series,t,y\n" + "".join(f"a,{t},{int(y)}\n" for t, y in enumerate(sums)), "utf-8")
    with pytest.raises(InputError, match="sums over the last 12 months"):
        read_series(path)
    assert read_series(path, plain=True).counts.shape == (1, 301)
