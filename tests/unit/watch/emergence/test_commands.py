"""`watch emerging` and `watch waves` on files; the hand-over to the law; free text that is counted and not kept."""

import csv
import datetime as dt
import io
import json

import numpy as np
import pyarrow as pa
import pytest

from counterflow.flow.watch_gaps import emerging_gaps
from counterflow.reference.registry import load_registry
from counterflow.watch.emergence.words import unknown_words

RISING = "period,place,subject,count,tested,looked_for\n" + "".join(
    f"{2018 + q // 4}-Q{q % 4 + 1},{place},{subject},{count},200,yes\n"
    for place in ("North", "South")
    for subject, counts in (
        ("metonitazene", (0, 0, 0, 0, 0, 1, 0, 2, 5, 11, 20, 34)),
        ("caffeine", (9, 11, 10, 8, 10, 12, 9, 11, 10, 9, 10, 11)),
    )
    for q, count in enumerate(counts)
)


@pytest.fixture
def ask(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COUNTERFLOW_NOW", "2025-08-01T12:00:00Z")

    def run(what, text, *options):
        path = tmp_path / "file.csv"
        path.write_text(text)
        code, out, err = command("watch", what, path, *options, "--format", "csv")
        return code, list(csv.DictReader(io.StringIO(out))), err

    return run


def test_what_rises_is_told_with_its_doubt_and_what_stays_is_not(ask):
    code, rows, err = ask("emerging", RISING, "--shuffles", "2")
    assert code == 0
    assert {row["subject"] for row in rows} == {"metonitazene"}
    (whole,) = (row for row in rows if row["place"] == "*")
    assert whole["alarm"] == "yes"
    assert float(whole["growth_low"]) > 0
    assert "at most 0.05 per subject-year allowed; measured" in rows[0]["false_alarms"]
    assert "48 rows read, 48 taken, 0 refused" in err


def test_with_the_panel_told_the_same_counts_are_looking_that_began(ask, tmp_path):
    panel = tmp_path / "panel.csv"
    panel.write_text("from_day,change,subject,said\n2020-01-01,added,metonitazene,reference standard bought\n")
    _, rows, _ = ask("emerging", RISING, "--panel", panel, "--shuffles", "0")
    assert {(row["evidence"], row["alarm"]) for row in rows} == {("looking-began", "no")}
    assert "reference standard bought" in rows[0]["panel_notes"]


def test_without_judged_periods_no_rate_of_false_alarms_is_made_up(ask):
    code, _, err = ask("emerging", "period,subject,count\n2024-01,xylazine,3\n2024-02,xylazine,9\n2024-02,new,2\n")
    assert code == 0
    assert "no period has been judged yet" in err
    assert "nan" not in err


def test_gaps_say_where_it_is_controlled_where_nothing_was_found_and_what_nobody_knows():
    event = {"evidence": "growth", "alarm": "yes", "source": "lab", "place": "*", "found": 7}
    began = event | {"subject": "fentanyl", "evidence": "looking-began"}
    rows = [event | {"subject": name} for name in ("zombifen", "Metonitazene")] + [began]
    told = emerging_gaps(rows, load_registry(), dt.date(2025, 8, 1), origin="CN", places=("US",))
    by_name = {row["subject"]: row for row in told}
    assert set(by_name) == {"zombifen", "Metonitazene"}
    assert by_name["zombifen"]["gap"] == "not in this registry"
    assert "not “not controlled”" in by_name["zombifen"]["sure"]
    assert by_name["Metonitazene"]["substance"] == "metonitazene"
    assert "US" in by_name["Metonitazene"]["controlled_in"].split()


def test_waves_take_series_and_findings_and_tell_the_file_that_is_neither(ask):
    rows = "".join(f"a,{t},{2000 + t},1,{100 if t < 12 else 700}\n" for t in range(24))
    code, told, _ = ask("waves", "series,t,year,week,y\n" + rows, "--draws", "19", "--level", "0.1")
    assert code == 0
    assert told[-1]["what"] == "now"
    code, _, err = ask("waves", "what,when\n1,2\n")
    assert code == 3
    assert "Traceback" not in err


def test_free_text_tells_unknown_words_that_rise_and_never_rare_ones_or_names(command, tmp_path, monkeypatch):
    # Names of the registry are found by `substances`, whose own tests say how.
    monkeypatch.setattr("counterflow.flow.watch_text.find_mentions", lambda *_: iter(()))
    draws = np.random.default_rng(4)
    lines = []
    for at in range(2400):
        month = at // 60
        said = "found in kitchen" + (" zombifen powder" if month > 30 and at % 5 == 0 else "")
        said += " johnson" if month > 30 and at % 4 == 0 else ""
        said += " qwertyzol" if at in (2300, 2301) else ""
        lines.append(f"{2016 + month // 12}-{month % 12 + 1:02}-{draws.integers(1, 28):02},A,{said}\n")
    path = tmp_path / "reports.csv"
    path.write_text("date,county,text\n" + "".join(lines))
    code, out, _ = command("watch", "emerging", "--text", path, "--place-column", "county", "--format", "json")
    assert code == 0
    told = {row["subject"] for row in json.loads(out)}
    assert "zombifen" in told
    assert not told & {"johnson", "qwertyzol", "kitchen"}
    assert all(row["evidence"] == "text-only" for row in json.loads(out))


def test_words_are_counted_once_per_report():
    texts = pa.array(["alpha-beta gamma gamma", "gamma smith", None])
    rows, words = unknown_words(texts, {"gammax"}, {"smith"}, fewest=1)
    assert sorted(zip(rows.to_pylist(), words.to_pylist(), strict=True)) == [
        (0, "alpha-beta"),
        (0, "gamma"),
        (1, "gamma"),
    ]
