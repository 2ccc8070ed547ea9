"""Reading triangles and vintages: what is taken, what is refused and how it is said."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from counterflow.cli import watch_nowcast
from counterflow.core.errors import InputError, UnknownName
from counterflow.watch.nowcast import gibbs
from counterflow.watch.nowcast.bayes import nowcast_bayes
from counterflow.watch.nowcast.read import Asked, read_triangles
from counterflow.watch.nowcast.rolling import Vintage, nowcast_vintages
from counterflow.watch.nowcast.rolling_file import read_vintages
from counterflow.watch.nowcast.triangle import Triangle

HEAD = "reference_date,report_date,count\n"

app = typer.Typer()
watch_nowcast.add_to(app)


def written(folder: Path, text: str) -> Path:
    file = folder / "triangle.csv"
    file.write_text(text, encoding="utf-8")
    return file


def lines(periods: int = 30, group: str = "", counts: tuple[int, ...] = (5, 3, 2)) -> str:
    first = np.datetime64("2024-01-01")
    return "".join(
        f"{group}{first + t},{first + t + delay},{count}\n"
        for t in range(periods)
        for delay, count in enumerate(counts)
    )


def test_a_file_becomes_a_triangle(tmp_path: Path) -> None:
    (one,) = read_triangles(written(tmp_path, HEAD + lines()), Asked(max_delay=4))
    assert one.counts.shape == (30, 5)
    assert one.counts[0].tolist() == [5, 3, 2, 0, 0]
    assert np.isnan(one.counts[29, 3:]).all()
    packed = tmp_path / "triangle.csv.gz"
    packed.write_bytes(gzip.compress((HEAD + lines()).encode()))
    np.testing.assert_array_equal(read_triangles(packed, Asked(max_delay=4))[0].counts, one.counts)


def test_delay_and_report_day_say_the_same(tmp_path: Path) -> None:
    by_delay = "reference_date;delay;count\n2024-01-01;0;4\n2024-01-02;1;3\n2024-01-03;0;2\n"
    (one,) = read_triangles(written(tmp_path, by_delay), Asked(max_delay=1))
    assert np.nan_to_num(one.counts, nan=-1).tolist() == [[4, 0], [0, 3], [2, -1]] or one.counts[1, 1] == 3
    wrong = "reference_date,report_date,delay,count\n2024-01-01,2024-01-03,1,4\n"
    with pytest.raises(InputError, match="Delay and days disagree"):
        read_triangles(written(tmp_path, wrong))


@pytest.mark.parametrize(
    ("body", "words", "line"),
    [
        ("2024-01-01,2024-01-01,3.5\n", "A count is whole", 2),
        ("2024-01-01,2024-01-01,2\n2024-01-01,2024-01-02,many\n", "This is no number", 3),
        ("2024-01-01,2024-01-01,\n", "This is no number", 2),
        ("2024-31-01,2024-01-01,3\n", "This is no day", 2),
        ("2024-01-05,2024-01-01,3\n", "before it happened", 2),
        ("2024-01-01,2024-01-01,3\n2024-01-01,2024-01-01,4\n", "different counts", 3),
        ("", "holds no row", 2),
    ],
    ids=["fraction", "word", "empty", "month-31", "before", "twice", "none"],
)
def test_a_bad_value_is_named_with_its_line(tmp_path: Path, body: str, words: str, line: int) -> None:
    with pytest.raises(InputError, match=words) as raised:
        read_triangles(written(tmp_path, HEAD + body))
    assert raised.value.line == line


def test_rows_that_repeat_word_for_word_count_once(tmp_path: Path) -> None:
    (one,) = read_triangles(written(tmp_path, HEAD + lines() + lines(2)), Asked(max_delay=4))
    assert one.counts[0].sum() == 10
    assert any("repeat another" in words for words in one.said)


def test_late_reports_are_left_out_and_told(tmp_path: Path) -> None:
    (one,) = read_triangles(written(tmp_path, HEAD + lines()), Asked(max_delay=1))
    assert one.counts.shape == (30, 2)
    assert any("20.0% of the file's counts" in words for words in one.said)


def test_running_totals_are_refused_and_can_be_said(tmp_path: Path) -> None:
    totals = HEAD + lines(20, counts=(3, 5, 8, 9, 9, 10))
    with pytest.raises(InputError, match="running totals"):
        read_triangles(written(tmp_path, totals), Asked(max_delay=6))
    (one,) = read_triangles(written(tmp_path, totals), Asked(max_delay=6, cumulative=True))
    assert one.counts[0].tolist() == [3, 2, 3, 1, 0, 1, 0]


def test_a_total_and_its_parts_are_never_added(tmp_path: Path) -> None:
    head = "age," + HEAD
    parts = written(tmp_path, head + lines(9, "young,") + lines(9, "old,", (1, 1, 1)))
    with pytest.raises(InputError, match="has 2 values"):
        read_triangles(parts)
    both = read_triangles(parts, Asked(each=True, max_delay=2))
    assert [one.group["age"] for one in both] == ["young", "old"]
    assert [one.counts[0].sum() for one in both] == [10, 3]
    assert read_triangles(parts, Asked({"age": "old"}, max_delay=2))[0].counts[0].sum() == 3
    with pytest.raises(UnknownName, match="Did you mean 'young'"):
        read_triangles(parts, Asked({"age": "youg"}))
    with pytest.raises(UnknownName, match="no column 'sex'"):
        read_triangles(parts, Asked({"sex": "f"}))
    total = written(tmp_path, head + lines(9, "00+,") + lines(9, "old,"))
    assert read_triangles(total)[0].group == {"age": "00+"}


def test_weeks_are_told_from_days(tmp_path: Path) -> None:
    text = HEAD + "".join(f"2024-01-{d:02d},2024-01-{d + late:02d},4\n" for d in (1, 8, 15) for late in (0, 3, 7))
    (one,) = read_triangles(written(tmp_path, text), Asked(max_delay=2))
    assert one.step == 7
    assert one.counts[0, :2].tolist() == [4, 4] or one.counts[0, 1] == 8


def test_the_command_gives_the_columns_of_the_contract(tmp_path: Path) -> None:
    file = written(tmp_path, HEAD + lines())
    answer = CliRunner().invoke(app, ["nowcast", str(file), "--as-of", "2024-01-20", "--max-delay", "4"])
    assert answer.exit_code == 0, answer.output
    rows = answer.stdout.splitlines()
    assert rows[0] == "reference_date,quantile,value"
    assert len(rows) == 1 + 4 * 21
    assert rows[1].startswith("2024-01-17,0.025,10")
    page = tmp_path / "page.html"
    asked = ["nowcast", str(file), "--as-of", "2024-01-20", "--max-delay", "2", "--page", str(page)]
    told = CliRunner().invoke(app, [*asked, "--format", "json"])
    assert json.loads(told.stdout)["nowcasts"][0]["periods"][-1]["reported"] == 5
    assert "such interval" in page.read_text() or "No past nowcast" in page.read_text()
    scored = CliRunner().invoke(app, ["score", str(file), "--max-delay", "2", "--horizon", "1", "--format", "csv"])
    assert scored.stdout.splitlines()[0].startswith("horizon,nowcasts,wis,wis_dispersion")


def test_the_bayesian_nowcast_holds_what_will_come(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_shares", "_draw_hazards", "_move_levels", "_draw_effects", "sample"):
        monkeypatch.setattr(gibbs, name, getattr(gibbs, name).py_func)
    counts = np.tile([40.0, 30.0, 20.0, 10.0], (24, 1))
    triangle = Triangle(np.datetime64("2024-01-01") + np.arange(24), counts)
    made = nowcast_bayes(triangle, draws=100)
    assert made.values.shape == (3, 21)
    assert made.reported.tolist() == [90, 70, 40]
    assert (abs(made.median - 100) < 15).all()
    np.testing.assert_array_equal(made.values, nowcast_bayes(triangle, draws=100).values)


def vintage(through: int, grown: float, pending: float) -> Vintage:
    months = through - np.arange(6)
    places = np.array([f"s{k}" for k in range(4)]).repeat(6)
    return Vintage(through, places, np.tile(months, 4), np.full(24, 100.0 * grown), np.full(24, pending))


def test_rolling_sums_stay_as_reported_until_two_vintages_teach() -> None:
    first, second, third = vintage(100, 0.9, 1.0), vintage(102, 0.95, 1.0), vintage(104, 1.0, 1.0)
    alone = nowcast_vintages([first, third])
    np.testing.assert_array_equal(alone.expected, alone.reported)
    assert "stay as reported" in alone.said[0]
    made = nowcast_vintages([first, second, third])
    mean = (np.log(1 / 0.9) + np.log(1 / 0.95)) / 2
    assert made.slope == pytest.approx(mean * 2 / 5)
    np.testing.assert_allclose(made.expected, 100 * np.exp(made.slope))
    assert (made.low <= made.reported).all()
    with pytest.raises(ValueError, match="oldest first"):
        nowcast_vintages([third, first])


def test_vintages_are_read_by_indicator_and_day(tmp_path: Path) -> None:
    head = "state,month,indicator,reported,through,pct_pending\n"
    rows = "OH,2018-01,Fentanyl (T40.4),10,2018-02,0.5\nOH,2018-01,Fentanyl (T40.4),12,2018-04,0.1\n"
    file = written(tmp_path, head + rows + "OH,2018-01,Heroin,9,2018-04,\n")
    assert len(read_vintages(file, "t40.4")) == 2
    with pytest.raises(UnknownName, match="indicator"):
        read_vintages(file, "cocaine")
    twice = written(tmp_path, head + rows + rows.replace(",12,", ",13,"))
    with pytest.raises(InputError, match="twice"):
        read_vintages(twice, "T40.4")
