"""Evidence of the other rooms on supply, runs on record in the ledger, and the commands around them."""

import datetime as dt
import json
import math

import numpy as np
import pytest

from counterflow.cli import answer
from counterflow.core.errors import InputError, UnknownName
from counterflow.flow.strategy_live import Live, _indicators, _inspected, _lift, live_of, live_read, live_text
from counterflow.flow.strategy_runs import record_run, run_named, runs_of
from counterflow.store.workspace import Workspace
from counterflow.strategy.live.evidence import Evidence, applied, links, updated, updates
from counterflow.strategy.model.draws import draw
from counterflow.strategy.model.parameters import parameters

NOW = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)


def evidence(link="lift", value=8.0, low=6.0, high=10.7, **more):
    usual = {"level": 0.95, "source": "a plan", "as_of": dt.date(2026, 11, 1), "words": "as measured"}
    return Evidence(link, value, low, high, **(usual | more))


# --- evidence on parameters


def test_an_update_is_the_normal_one_on_the_parameters_scale():
    (found,) = updates([evidence()])
    row = parameters().rows[parameters().place("targeting_lift")]
    prior = ((math.log(row.high) - math.log(row.low)) / (2 * 1.959964)) ** 2
    error = ((math.log(10.7) - math.log(6)) / (2 * 1.959964)) ** 2 + links()["lift"].apart ** 2
    centre = (math.log(row.value) / prior + math.log(8) / error) / (1 / prior + 1 / error)
    assert found.after[1] == pytest.approx(math.exp(centre), rel=1e-6)
    assert found.spread == pytest.approx(math.sqrt(1 / (1 / prior + 1 / error)), rel=1e-6)


def test_no_count_of_one_site_ties_the_parameter_tighter_than_sites_lie_apart():
    (found,) = updates([evidence(low=7.999, high=8.001)])
    assert found.spread > 0.7 * links()["lift"].apart


def test_a_share_of_none_or_all_moves_its_parameter_and_stays_a_share():
    for value in (0.0, 1.0):
        (found,) = updates([evidence("coverage", value, max(0.0, value - 0.1), min(1.0, value + 0.1))])
        assert 0 < found.after[0] < found.after[2] < 1


def test_draws_follow_the_evidence_and_keep_their_rank():
    found = updates([evidence()])
    before = draw(2000, 1).values
    after = applied(found)(before)
    place = parameters().place("targeting_lift")
    assert np.median(after[:, place]) == pytest.approx(found[0].after[1], rel=0.05)
    assert np.array_equal(np.argsort(after[:, place]), np.argsort(before[:, place]))
    others = np.arange(before.shape[1]) != place
    assert np.array_equal(after[:, others], before[:, others])


def test_every_link_names_a_parameter_of_the_model():
    assert {each.parameter for each in links().values()} <= set(parameters().names)


def test_evidence_of_another_kind_is_refused():
    with pytest.raises(UnknownName):
        updates([evidence("lft")])


def test_evidence_goes_to_a_file_and_back(tmp_path):
    path = tmp_path / "live.json"
    held = Live((evidence(), evidence("coverage", 0.7, 0.6, 0.8, synthetic=True)), None, ("a word",), True)
    path.write_text(live_text(held))
    back = live_read(path)
    assert back == held
    told = {row["parameter"]: row["synthetic"] for row in updated(updates(back.evidence))}
    assert told == {"targeting_lift": False, "advance_data_coverage": True}


@pytest.mark.parametrize("text", ["", "[]", '{"evidence": [{}]}', '{"evidence": 3}'])
def test_what_is_no_evidence_is_refused(tmp_path, text):
    path = tmp_path / "live.json"
    path.write_text(text)
    with pytest.raises(InputError):
        live_read(path)


# --- what the rooms say


def rows(lane="*", **arms):
    return [
        {
            "lane": lane, "arm": arm, "n": n, "found": found, "eligible": 5000, "as_of": "2026-11-01",
            "rate": {"source": "plans"},
        }
        for arm, (n, found) in arms.items()
    ]  # fmt: skip


def test_lift_is_an_odds_ratio_with_its_interval():
    (found,) = _lift(rows(targeted=(400, 40), random=(1000, 10)), [], False)
    assert found.low < found.value < found.high
    assert found.value == pytest.approx((40.5 / 360.5) / (10.5 / 990.5))


def test_too_few_inspections_give_no_lift_and_say_so():
    said = []
    assert _lift(rows(targeted=(5, 1), random=(1000, 10)), said, False) == []
    assert "fewer than" in said[0]


def test_lanes_are_taken_for_routes_by_name():
    held = rows("air mail", random=(50, 1), targeted=(150, 9)) + rows("ferry", random=(10, 0))
    (found,) = _inspected(held, [], True)
    assert (found.link, found.value, found.synthetic) == ("inspected_mail_express", 200 / 5000, True)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("strategy") / "w"
    Workspace.create(folder, clock=lambda: NOW)
    with Workspace.open(folder, clock=lambda: NOW) as opened:
        yield opened


def test_an_empty_workspace_is_no_evidence_and_says_what_it_lacks(tmp_path):
    Workspace.create(tmp_path / "w")
    with Workspace.open(tmp_path / "w") as empty:
        found = live_of(empty)
    assert found.evidence == ()
    assert found.indicators is None
    assert any("no plan" in words for words in found.said)
    assert any("advance data" in words for words in found.said)


def test_purity_of_watch_is_an_indicator(workspace, tmp_path):
    from counterflow.watch.series.load import load_file
    from counterflow.watch.series.reader import Options

    path = tmp_path / "purity.csv"
    lines = [
        f"{year}-0{month}-01,{year}-0{month}-28,US,fentanyl,powder,purity,{value},share,40"
        for year, value in ((2023, 0.19), (2024, 0.12))
        for month in (2, 5)
    ]
    path.write_text("starts,ends,place,substance,form,measure,value,unit,n\n" + "\n".join(lines) + "\n")
    load_file(workspace, path, Options(today=NOW.date(), source="lab"), form="prices")
    found = _indicators(workspace.store, NOW.date(), [])
    assert [(row.kind.name, row.period.words, round(row.value, 3)) for row in found.rows] == [
        ("purity", "2023", 0.19),
        ("purity", "2024", 0.12),
    ]


def test_the_rate_of_an_area_is_the_latest_count_over_its_people(tmp_path):
    from counterflow.core.errors import UsageError
    from counterflow.flow.strategy_area import rate_in_watch
    from counterflow.watch.series.load import load_file
    from counterflow.watch.series.reader import Options

    path = tmp_path / "counts.csv"
    lines = [
        "2023-01-01,2023-12-31,Lake,county,250,deaths,opioids,coroner",
        "2024-01-01,2024-12-31,Lake,county,200,deaths,opioids,coroner",
        "2025-01-01,2025-12-31,Ward 1,subcounty,90,deaths,opioids,coroner",
    ]
    path.write_text("starts,ends,place,level,count,measure,subject,source\n" + "\n".join(lines) + "\n")
    Workspace.create(tmp_path / "w", clock=lambda: NOW)
    with Workspace.open(tmp_path / "w", clock=lambda: NOW) as workspace:
        load_file(workspace, path, Options(today=NOW.date()), form="counts")
        rate, words = rate_in_watch(workspace, "Lake", 500_000)
        assert rate == 40.0
        assert "2024" in words
        for place in ("Ward 1", "Sea"):
            with pytest.raises(UsageError, match="holds no deaths"):
                rate_in_watch(workspace, place, 500_000)


# --- runs on record


def test_a_run_is_sealed_by_digests_only(workspace, tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text("x = 0.5\n")
    asked = ["-w", "somewhere", "strategy", "run", "--policy", str(policy), "--out", "there.csv"]
    run = record_run(
        workspace, command="strategy run", arguments=asked, files=[policy], seed=1, draws=4, output=b"year\n"
    )
    assert run.arguments == ("strategy", "run", "--policy", "{file:0}")
    (row,) = [row for row in runs_of(workspace) if row["run"] == run.run]
    assert not any(isinstance(value, float) for value in row.values())
    assert "policy" not in json.dumps({k: str(v) for k, v in row.items() if k != "command"})
    assert run_named(workspace, run.run) == run
    again = record_run(
        workspace, command="strategy run", arguments=asked, files=[policy], seed=1, draws=4, output=b"year\n"
    )
    assert again.run == run.run
    assert sum(row["run"] == run.run for row in runs_of(workspace)) == 1


def test_what_was_changed_or_is_gone_is_not_run_again(workspace):
    run = record_run(workspace, command="strategy run", arguments=["strategy", "run"], seed=2, draws=0, output=b"")
    path = workspace.path / "strategy" / f"{run.run}.json"
    path.write_text(path.read_text().replace('"run"', '"compare"', 1))
    with pytest.raises(InputError):
        run_named(workspace, run.run)
    path.unlink()
    with pytest.raises(InputError, match="no longer there"):
        run_named(workspace, run.run)
    with pytest.raises(UnknownName):
        run_named(workspace, "s-000000000000")


# --- the commands


def test_a_recorded_forecast_runs_again_to_the_same_bytes(tmp_path, capsys):
    Workspace.create(tmp_path / "w")
    (tmp_path / "F.csv").write_text("year,indicator,value\n2023,purity,0.195\n2024,purity,0.15\n")
    place, out = ["-w", str(tmp_path / "w")], tmp_path / "out.csv"
    asked = ["strategy", "forecast", "--indicators", str(tmp_path / "F.csv"), "--draws", "32", "--to", "2024"]
    assert answer([*place, *asked, "--format", "csv", "--out", str(out)]) == 0
    assert out.read_text().startswith("year,variable,quantile,value\n")
    (tmp_path / "F.csv").unlink()
    run = capsys.readouterr().err.split("On record as run ")[1].split(":")[0]
    assert answer([*place, "strategy", "rerun", run]) == 0
    assert "the same bytes" in capsys.readouterr().err
    assert answer([*place, "strategy", "runs", "--format", "csv"]) == 0
    assert run in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["forecast", "--to", "2050"], 2, "2022 to 2032"),
        (["forecast", "--indicators", "nowhere.csv"], 3, "cannot be read"),
        (["forecast", "--variable", "overdose_death"], 3, "overdose_deaths"),
        (["forecast", "--live"], 4, "workspace"),
        (["forecast", "--structure", "doze", "--draws", "32"], 3, "dose"),
        (["action", "--kind", "takedown", "--drug", "fentanyl", "--area", "X", "--start", "2027-03", "--months", "3",
          "--size", "0.2"], 2, "--population"),
        (["action", "--kind", "takedwn", "--drug", "fentanyl", "--area", "US", "--start", "2027-03", "--months", "3",
          "--size", "0.2"], 3, "takedown"),
        (["action", "--kind", "takedown", "--drug", "fentanyl", "--area", "US", "--start", "2027-03", "--months", "3",
          "--size", "30"], 2, "at most 1"),
        (["rerun", "s-1"], 4, "workspace"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_one_plain_message(arguments, code, said, capsys):
    assert answer(["strategy", *arguments]) == code
    assert said in capsys.readouterr().err
