"""The commands of the default alarm, on small files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.unit.watch.detect.made import quiet


@pytest.fixture
def series(tmp_path: Path) -> Path:
    counts = quiet(4, 170)
    counts[0, 167:] += [4, 9, 8]
    lines = ["series,t,year,week,y"]
    for i, row in enumerate(counts):
        lines += [f"s{i},{t + 1},{2020 + t // 52},{t % 52 + 1},{int(y)}" for t, y in enumerate(row)]
    file = tmp_path / "series.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def test_backtest_says_what_would_have_been_seen(command, series: Path) -> None:
    code, out, said = command(
        "watch", "backtest", series, "--method", "ears-c2", "--replicates", "2", "--size", "8", "--format", "json"
    )
    assert code == 0
    rows = json.loads(out)["rows"]
    assert {row["method"] for row in rows} == {"default", "ears-c2"}
    assert all(0 <= row["seen"] <= 1 for row in rows)
    assert "so few they are too narrow" in said


def test_family_tells_the_place_and_not_the_state(command, series: Path, tmp_path: Path) -> None:
    parts = tmp_path / "parts.csv"
    parts.write_text("series,within\n" + "".join(f"s{i},state\n" for i in range(4)))
    _, out, _ = command("watch", "family", series, "--within", parts, "--format", "json", "--all")
    rows = {row["series"]: row for row in json.loads(out)}
    assert rows["s0"]["told"]
    assert not rows["state"]["told"]
    assert rows["state"]["explained_by"] == "s0"


def test_parts_of_two_wholes_are_refused(command, series: Path, tmp_path: Path) -> None:
    parts = tmp_path / "parts.csv"
    parts.write_text("series,within\ns0,a\ns0,b\n")
    code, _, said = command("watch", "family", series, "--within", parts)
    assert code == 3
    assert "line 3" in said


def test_spikes_are_told_by_place(command, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    times = np.sort(np.datetime64("2025-01-01", "m") + (rng.random(90) * 200 * 1440).astype("timedelta64[m]"))
    burst = np.datetime64("2025-07-15T06:00", "m") + np.arange(7) * np.timedelta64(60, "m")
    file = tmp_path / "events.csv"
    file.write_text("place,time\n" + "".join(f"North,{t}\n" for t in [*times, *burst]))
    _, out, _ = command("watch", "spikes", file, "--since", "2025-07-15", "--format", "json")
    told = json.loads(out)
    assert [row["place"] for row in told["spikes"]] == ["North"]
    assert told["spikes"][0]["most"] >= 7
    assert 0 < told["false_spikes_per_place_day"] < 1 / 30


def test_unfinished_weeks_are_judged_from_a_triangle(command, tmp_path: Path) -> None:
    rng, weeks = np.random.default_rng(3), 60
    lines = ["reference_date,delay,count"]
    for r in range(weeks):
        day = np.datetime64("2025-01-06", "D") + 7 * r
        parts = rng.multinomial(rng.poisson(40 if r == weeks - 1 else 12), [0.6, 0.3, 0.1])
        lines += [f"{day},{7 * d},{n}" for d, n in enumerate(parts) if r + d < weeks]
    file = tmp_path / "triangle.csv"
    file.write_text("\n".join(lines) + "\n")
    code, out, _ = command("watch", "unfinished", file, "--max-delay", "4", "--format", "json")
    assert code == 0
    last = json.loads(out)[-1]
    assert last["drives"] in {"both", "reports", "nowcast"}
    assert last["reported"] <= last["median"]
