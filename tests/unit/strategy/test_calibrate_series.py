"""The series: as shipped, and as an official file gives them; what is refused, with line and reason."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from counterflow.core.errors import InputError, UnknownName, UsageError
from counterflow.strategy.calibrate.official import DEFINITION_FACTOR, read_series
from counterflow.strategy.calibrate.targets import REDEFINED, anchors, series, targets, variable_of, with_anchors


def official_lines() -> list[str]:
    """An official file as the shipped table implies it: series that are made of others taken apart again."""
    held = targets()
    lines = ["role,series,time,value"]
    for s in series():
        if not s.published:
            continue
        for year, value in zip(held.years, held.values[:, held.place(s.id)], strict=True):
            if np.isfinite(value) and year <= 2020 and not (s.id.startswith("InH") and s.id != "InHT" and year > 2019):
                raw = value * DEFINITION_FACTOR if s.redefined == "yes" and year >= REDEFINED else value
                lines.append(f"target,{s.published},{float(year)},{raw:.6f}")
    base = "Total overdose deaths base heroin NVSS"
    heroin = held.values[:, held.place("ODHC")]
    lines += [f"target,{base},{float(y)},{v}" for y, v in zip(held.years, heroin, strict=True) if y <= 2020]
    return lines


def written(folder: Path, lines: list[str]) -> Path:
    path = folder / "series.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_shipped_table_holds_21_series_that_the_model_answers_to() -> None:
    held = targets()
    assert len(held.ids) == 21
    assert set(variable_of()) == {*held.ids, *(s.id for s in anchors())}
    whole = with_anchors(held)
    assert whole.fitted[:, 21:].sum(axis=0).tolist() == [1, 1, 1, 1]
    assert (held.years[0], held.years[-1]) == (1999, 2022)
    deaths = held.values[:, held.place("ODTo")]
    assert np.isfinite(deaths).all()
    others = [p for p, s in enumerate(held.ids) if s != "ODTo"]
    assert np.isnan(held.values[held.years.index(2021) :, others]).all()
    assert not held.fitted[held.years.index(2020), held.place("InHD")]  # carried over from 2019
    sums = held.values[:, held.place("ROUD")] + held.values[:, held.place("ROUH")]
    assert held.values[:22, held.place("ROUT")] == pytest.approx(sums[:22], rel=0.01)


def test_treatment_counts_of_private_origin_have_two_digits_and_say_so() -> None:
    held = targets()
    for name in ("TxBp", "TxVi"):
        assert series()[held.place(name)].use == "identification only"
        for value in held.values[:22, held.place(name)]:
            assert float(f"{value:.1e}") == value


def test_series_end_where_asked() -> None:
    held = targets().until(2012)
    assert held.years[-1] == 2012
    assert held.values.shape == (14, 21)
    assert held.digest != targets().digest
    with pytest.raises(UsageError, match="2005 to 2022"):
        targets().until(1999)


def test_an_official_file_gives_the_same_series(tmp_path: Path) -> None:
    path = written(tmp_path, official_lines())
    read = read_series(path)
    held = targets().until(2020)
    both = np.isfinite(read.targets.values) & np.isfinite(held.values) & (held.values > 100)
    for place, s in enumerate(held.series):
        rows = both[:, place]
        allowed = 0.06 if s.id == "ODHC" else 0.03  # its synthetics are taken off by a plainer rule
        assert read.targets.values[rows, place] == pytest.approx(held.values[rows, place], rel=allowed), s.id
    packed = tmp_path / "series.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read_series(packed).targets.digest == read.targets.digest


def test_the_shared_file_gives_the_shipped_table(shared_data: Path) -> None:
    read = read_series(shared_data / "strategy" / "source_timeseries.csv.gz")
    held = targets().until(2020)
    some = np.isfinite(read.targets.values) & (held.values > 100)
    assert read.targets.values[some] == pytest.approx(held.values[some], rel=0.04)
    assert read.used + read.unused == 1316


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("gap", "has no value for 2008: a gap"),
        ("thousands", "times what is known"),
        ("unknown", "unknown"),
        ("text", "no number"),
        ("negative", "negative"),
        ("twice", "two values"),
        ("year", "does not know this year"),
    ],
)
def test_a_file_that_cannot_be_fitted_is_refused_with_line_and_reason(tmp_path: Path, change: str, reason: str) -> None:
    lines = official_lines()
    at = next(n for n, line in enumerate(lines) if ",HUD NSDUH RAND,2008.0," in line)
    role, name, time, value = lines[at].split(",")
    new = {
        "gap": [],
        "thousands": [f"{role},{name},{time},{float(value) / 1000}"],
        "unknown": [f"{role},HUD NSDUHH RAND,{time},{value}"],
        "text": [f"{role},{name},{time},1.2e"],
        "negative": [f"{role},{name},{time},-5"],
        "twice": [lines[at], lines[at]],
        "year": [f"{role},{name},1907.0,{value}"],
    }[change]
    path = written(tmp_path, lines[:at] + new + lines[at + 1 :])
    with pytest.raises(InputError, match=reason) as caught:
        read_series(path)
    assert caught.value.line == {"gap": at, "twice": at + 2}.get(change, at + 1)
    assert caught.value.hint


def test_a_file_without_a_series_or_without_its_columns_is_refused(tmp_path: Path) -> None:
    lines = [line for line in official_lines() if "HUD NSDUH RAND" not in line]
    with pytest.raises(UnknownName, match="HUD NSDUH RAND"):
        read_series(written(tmp_path, lines))
    with pytest.raises(InputError, match="columns"):
        read_series(written(tmp_path, ["year,value", "1999,4"]))
    packed = tmp_path / "series.csv.gz"
    packed.write_bytes(b"no gzip")
    with pytest.raises(InputError, match="no CSV"):
        read_series(packed)
