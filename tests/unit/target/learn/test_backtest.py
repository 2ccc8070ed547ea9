"""`target backtest`: scores for every row, measures with intervals, and what it does with bad input."""

from __future__ import annotations

import datetime as dt
import json
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from counterflow.cli import target
from counterflow.core.errors import ConfigError, CounterflowError, InputError, UsageError
from counterflow.target.learn import options as learn_options

LABELS = ["fraud", "critical_fraud"]


@pytest.fixture(scope="module")
def declarations(request):
    folder = request.getfixturevalue("shared_data") / "targeting"
    past = pq.read_table(folder / "customs_kr_2020_train.parquet").slice(30_000, 2_500)
    later = pq.read_table(folder / "customs_kr_2021q1_dev.parquet").slice(0, 300)
    return past, later


@pytest.fixture
def run(declarations, tmp_path, monkeypatch):
    """Run the command on parts of the public files, with small forests."""
    small = partial(learn_options.LearnOptions, trees=20, leaves=15, rate=0.1, top_trees=8, folds=3)
    monkeypatch.setattr(learn_options, "LearnOptions", small)

    def invoke(*arguments, history=declarations[0], test=declarations[1]):
        for name, table in (("h", history), ("t", test)):
            pq.write_table(table, tmp_path / f"{name}.parquet")
        files = ["--history", str(tmp_path / "h.parquet"), "--test", str(tmp_path / "t.parquet")]
        given = ["backtest", *files, "--scores", str(tmp_path / "s.parquet"), "--map", "customs_kr", *arguments]
        return CliRunner().invoke(target.app, given, obj={"workspace": None, "quiet": False})

    return invoke


def scores(tmp_path):
    return pq.read_table(tmp_path / "s.parquet")


def changed(table, column, values):
    return table.set_column(table.column_names.index(column), column, values)


def test_measures_are_those_that_the_scores_give(run, declarations, tmp_path):
    made = run("--rates", ".10,.05", "--format", "json", "--no-compare")
    assert made.exit_code == 0, made.output
    said = json.loads(made.stdout)
    table, test = scores(tmp_path), declarations[1]
    assert table.column_names == ["record_id", "score"]
    assert table["record_id"].to_pylist() == test["declaration_id"].to_pylist()
    score, fraud = table["score"].to_numpy(), test["fraud"].to_numpy() == 1
    critical = test["critical_fraud"].to_numpy() == 2
    assert len(set(score.tolist())) == len(score)
    assert [row["rate"] for row in said["rates"]] == [0.05, 0.10]
    for row in said["rates"]:
        top = np.argsort(-score)[: row["inspected"]]
        assert row["precision"]["value"] == fraud[top].mean()
        assert row["critical_recall"]["value"] == critical[top].sum() / critical.sum()
        assert row["precision"]["low"] <= row["precision"]["value"] <= row["precision"]["high"]
        assert row["auc"] == said["auc"]
    above = score[fraud][:, None] > score[~fraud][None, :]
    assert said["auc"]["value"] == pytest.approx(above.mean())
    assert said["auc"]["value"] > 0.5
    assert "says nothing about the field" in said["said"][0]
    assert "one glued key" in made.stderr


def test_labels_of_the_test_never_reach_the_scores(run, declarations, tmp_path):
    assert run("--format", "json", "--no-compare").exit_code == 0
    first = scores(tmp_path)
    bare = declarations[1].drop_columns(LABELS)
    made = run("--format", "json", test=bare)
    said = json.loads(made.stdout)
    assert scores(tmp_path).equals(first)
    assert (said["rates"], said["auc"], said["measures"]) == (None, None, None)
    assert said["why_no_measures"] == "the test has no labels"
    assert "nothing is measured" in made.stderr


def test_scores_do_not_follow_the_order_of_rows(run, declarations, tmp_path):
    assert run("--format", "json", "--no-compare").exit_code == 0
    first = dict(zip(*(c.to_pylist() for c in scores(tmp_path).columns), strict=True))
    order = np.random.default_rng(3).permutation(declarations[1].num_rows)
    assert run("--format", "json", "--no-compare", test=declarations[1].take(order)).exit_code == 0
    table = scores(tmp_path)
    assert table["record_id"].to_pylist() == declarations[1]["declaration_id"].take(order).to_pylist()
    assert dict(zip(*(c.to_pylist() for c in table.columns), strict=True)) == pytest.approx(first, abs=1e-9)


def test_figures_stand_with_and_without_the_route_of_goods(run):
    made = run("--rates", ".1", "--format", "json")
    said = json.loads(made.stdout)
    assert said["without"] == []
    assert said["without_origin_and_departure"]["rates"][0]["precision"]["of"] == 30
    alone = json.loads(run("--rates", ".1", "--format", "json", "--without", "origin,departure").stdout)
    assert alone["without"] == ["departure", "origin"]
    assert alone["rates"] == said["without_origin_and_departure"]["rates"]
    assert alone["without_origin_and_departure"] is None


def test_people_read_a_table(run):
    made = run("--rates", ".1")
    assert made.exit_code == 0, made.output
    assert "critical recall" in made.stdout
    assert "departure" in made.stdout
    assert "[0." in made.stdout


def test_refused_rows_stand_at_the_bottom_and_are_counted(run, declarations, tmp_path):
    dates = declarations[1]["date"].to_pylist()
    dates[5] = dates[17] = None
    test = changed(declarations[1], "date", pa.array(dates, pa.date32()))
    made = run("--format", "json", "--no-compare", test=test)
    said = json.loads(made.stdout)
    assert (said["rows"], said["scored"], said["refused"]) == (300, 298, 2)
    table = scores(tmp_path)
    assert table.num_rows == 300
    assert set(np.argsort(table["score"].to_numpy())[:2].tolist()) == {5, 17}
    assert "2 rows refused" in made.stderr


def test_an_id_that_stands_twice_is_scored_once(run, declarations, tmp_path):
    test = pa.concat_tables([declarations[1], declarations[1].slice(3, 1)])
    made = run("--format", "json", "--no-compare", test=test)
    assert made.exit_code == 0, made.output
    table = scores(tmp_path)
    assert table.num_rows == 301
    assert int(np.argmin(table["score"].to_numpy())) == 300


@pytest.mark.parametrize(("fraud", "words"), [(0, "nothing found"), (1, "a find")])
def test_labels_of_one_class_are_answered_by_past_rates(run, declarations, fraud, words):
    same = changed(declarations[0], "fraud", pa.array(np.full(2500, fraud)))
    same = changed(same, "critical_fraud", pa.array(np.full(2500, fraud)))
    made = run("--format", "json", "--no-compare", history=same)
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["learnt"] is False
    assert f"All 2500 known outcomes say the same ({words})" in made.stderr


def test_a_history_without_labels_still_ranks_and_says_so(run, declarations, tmp_path):
    made = run("--format", "json", history=declarations[0].drop_columns(LABELS))
    assert made.exit_code == 0, made.output
    assert "No outcome is known yet" in made.stderr
    score = scores(tmp_path)["score"].to_numpy()
    assert len(set(score.tolist())) == 300
    # Nothing is known, so the order is by lot and not by place.
    assert abs(np.corrcoef(np.argsort(np.argsort(score)), np.arange(300))[0, 1]) < 0.15


def test_a_test_that_lies_before_the_history_is_refused(run, declarations):
    made = run(history=declarations[1], test=declarations[0])
    assert isinstance(made.exception, InputError)
    assert "were the two files exchanged?" in str(made.exception)


def test_outcomes_known_after_the_test_began_are_not_used(run, declarations):
    day = pc.add(declarations[1]["date"].cast(pa.int32()), pa.scalar(-70, pa.int32())).cast(pa.date32())
    made = run("--format", "json", "--no-compare", test=changed(declarations[1], "date", day))
    assert made.exit_code == 0, made.output
    assert "are not used" in made.stderr
    assert json.loads(made.stdout)["history"]["inspected"] < 2500


@pytest.mark.parametrize("rates", ["0", "1.5", "-.1", "ten", "", ".1,,.2", "nan"])
def test_rates_out_of_range_are_refused(run, rates):
    made = run("--rates", rates)
    assert isinstance(made.exception, UsageError)
    assert "no share of records" in str(made.exception)


def test_an_unknown_mapping_is_refused_with_the_nearest(run):
    made = run("--map", "custom_kr")
    assert isinstance(made.exception, CounterflowError)
    assert "customs_kr" in str(made.exception)


def test_an_unknown_column_to_leave_out_is_refused_with_the_nearest(run):
    made = run("--without", "orgin")
    assert isinstance(made.exception, UsageError)
    assert "'origin'" in str(made.exception)


def test_an_empty_test_is_refused(run, declarations):
    made = run(test=declarations[1].slice(0, 0))
    assert isinstance(made.exception, InputError)


def test_a_file_that_is_not_there_is_a_wrong_call(run, tmp_path):
    made = CliRunner().invoke(
        target.app,
        ["backtest", "--history", str(tmp_path / "no"), "--test", str(tmp_path / "no"), "--map", "customs_kr"],
    )
    assert made.exit_code == 2


def test_a_mapping_without_labels_cannot_be_learnt_from(run):
    made = run("--map", "consignments")
    assert isinstance(made.exception, (ConfigError, InputError))


def test_the_first_day_decides_what_is_known(declarations):
    assert max(declarations[0]["date"].to_pylist()) < min(declarations[1]["date"].to_pylist()) + dt.timedelta(days=1)
