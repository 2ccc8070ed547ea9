"""Doubt tied to the model: draws made anew, structures, what would have to be true, studies, published sensitivities."""

import json

import numpy as np
import pytest
from scipy.special import ndtr
from typer.testing import CliRunner

from counterflow.cli.app import app
from counterflow.core.errors import EngineError, UnknownName, UsageError
from counterflow.strategy.doubt import average as average_module
from counterflow.strategy.doubt import beat as beat_module
from counterflow.strategy.doubt import questions as questions_module
from counterflow.strategy.doubt import studies as studies_module
from counterflow.strategy.doubt.again import learnt, second, truly_informed
from counterflow.strategy.doubt.average import weigh
from counterflow.strategy.doubt.beat import Search, beat, less_is_better
from counterflow.strategy.doubt.model_space import FITTED, model_space
from counterflow.strategy.doubt.published import agreement, loops, projected_inputs
from counterflow.strategy.doubt.questions import Asked, shares_of
from counterflow.strategy.doubt.shares import paired_shares
from counterflow.strategy.doubt.structures import assigned, questions, structures
from counterflow.strategy.doubt.studies import studies, value_of_knowing
from counterflow.strategy.levers.policy import Policy, Pull
from counterflow.strategy.model.draws import draw, prior_quantiles
from counterflow.strategy.model.layout import SWITCHES
from counterflow.strategy.model.parameters import parameters
from counterflow.strategy.model.posterior import Posterior

A = Policy("inspection", (Pull("inspection_effort", 2024, 2, 1.0),))
B = Policy("kits", (Pull("naloxone_kits", 2024, 3, 0.1),))


def place(name):
    return parameters().place(name)


@pytest.fixture(scope="module")
def posterior():
    """A fit that learnt `od_illicit`, and learnt nothing of `seek` but that it goes with `od_illicit`."""
    rng = np.random.default_rng(1)
    z = rng.normal(size=1500)
    shares = np.full((1500, len(parameters().rows)), 0.5)
    shares[:, place("od_illicit")] = ndtr(0.3 * z + 0.5)
    shares[:, place("seek")] = ndtr(0.8 * z + 0.6 * rng.normal(size=1500))
    names = ("od_illicit", "seek")
    rows = prior_quantiles(shares)[:, [place(name) for name in names]].astype(np.float32)
    return Posterior(names, rows, parameters().version)


def test_what_a_fit_told_of_each_parameter(posterior):
    told = {each.name: each for each in learnt(posterior)}
    assert told["od_illicit"].informed
    assert told["od_illicit"].width == pytest.approx(0.3, abs=0.05)
    assert not told["seek"].informed


def test_the_second_draw_shares_what_data_inform_and_nothing_else(posterior):
    first = draw(800, 3, posterior)
    other = second(first, posterior)
    same = (first.values == other.values).all(axis=0)
    informed = truly_informed(first, posterior)
    assert same[informed].all()
    fixed = np.ptp(first.values, axis=0) == 0
    # Not one row in its own place.
    assert not (first.values == other.values)[:, ~informed & ~fixed].mean(axis=0).max() > 0.02
    # What learnt nothing still goes with what it went with.
    scores = [np.log(d.values[:, [place("od_illicit"), place("seek")]]) for d in (first, other)]
    was, now = (np.corrcoef(s.T)[0, 1] for s in scores)
    assert now == pytest.approx(was, abs=0.06)
    spreads = [d.values[:, place("seek")].std() for d in (first, other)]
    assert spreads[1] == pytest.approx(spreads[0], rel=0.1)
    assert (second(first, posterior).values == other.values).all()


def test_a_share_by_rows_of_the_same_draws_is_right():
    first = draw(4000, 5)
    first = type(first)(first.values, np.arange(first.values.shape[1]) == place("seek"), 5, first.version)
    other = second(first, Posterior((), np.empty((1, 0), np.float32), first.version))

    def result(values):
        return (
            np.log(values[:, place("seek")]) / 0.28
            + np.log(values[:, place("detection")] / (1 - values[:, place("detection")])) / 0.5
        )

    (share,) = paired_shares(result(first.values), result(other.values), 1)
    apart = np.var(np.log(first.values[:, place("seek")]) / 0.28)
    assert share.value == pytest.approx(1 - apart / np.var(result(first.values)), abs=0.04)


def test_without_a_finite_result_it_says_so():
    broken = np.full(100, np.nan)
    with pytest.raises(EngineError, match="100 of 100"):
        paired_shares(broken, broken, 1)
    some = np.random.default_rng(1).normal(size=(2, 100))
    some[0, :7] = np.inf
    (share,) = paired_shares(some[0], some[1], 1)
    assert (share.pairs, share.lost) == (93, 7)


def test_the_space_of_the_model_moves_the_fit_as_one(posterior):
    space = model_space(posterior)
    fitted = next(part for part in space.parts if part.name == FITTED)
    assert [space.names[c] for c in fitted.columns] == ["od_illicit", "seek"]
    drawn = space.draw(50, 1)
    rows = {tuple(row) for row in posterior.rows.astype(np.float64)}
    assert all(tuple(row) in rows for row in drawn[:, fitted.columns])
    assert np.isfinite(drawn).all()


def test_structures_are_whole():
    switches = {switch.name: switch.values for switch in SWITCHES}
    for answers in questions().values():
        assert sum(s.prior for s in answers) == pytest.approx(1)
        assert all(s.value in switches[s.switch] for s in answers if s.switch)
        assert all(s.words and s.rests_on and s.against for s in answers)
    assert {s.switch for s in structures()} >= set(switches)


def test_structures_are_given_to_draws_by_weight_or_alike():
    held = list(questions().values())
    by_weight, alike = assigned(1000, 1), assigned(1000, 1, alike=True)
    for column, answers in enumerate(held):
        assert np.bincount(by_weight[:, column]) / 1000 == pytest.approx([s.prior for s in answers], abs=0.002)
        assert np.ptp(np.bincount(alike[:, column])) <= 1


def test_weights_speak_only_where_data_do():
    held = questions()
    scored = {s.name: dict.fromkeys(range(2013, 2021), -1.0 if s.switch == "" else -2.0) for s in held["loops"]}
    found = weigh(held["loops"], scored, 1)
    assert found[0].weight > 0.8
    assert min(each.weight for each in found) >= 0.05 - 1e-9
    assert sum(each.weight for each in found) == pytest.approx(1)
    silent = weigh(held["recent_years"], scored, 1)
    assert [each.weight for each in silent] == [s.prior for s in held["recent_years"]]
    assert silent[0].as_dict()["held_out_score"] is None


def toy(values, policies, asked, rows=None):
    """A model in which inspection wins where much is seized and nothing replaces what is lost."""
    seized = values[:, place("seizure_share_fentanyl")]
    replaced = 0 if rows is None else rows[:, [s.name for s in SWITCHES].index("replacement_drug")]
    base = np.full(len(values), 100.0)
    wins = (seized > 0.09) & (np.broadcast_to(replaced, len(values)) == 0)
    return np.stack([base, base - np.where(wins, 20, 1), base - 10])[:, :, None]


def test_what_would_have_to_be_true(monkeypatch):
    monkeypatch.setattr(beat_module, "results", toy)
    found = beat(A, B, search=Search(n=2000, seed=1, density=0.9))
    told = {c.column.name: c for c in found.answer.conditions}
    assert set(told) == {"seizure_share_fentanyl", "replacement"}
    assert told["seizure_share_fentanyl"].low == pytest.approx(0.09, abs=0.004)
    assert told["replacement"].kinds == ("none",)
    assert found.answer.found.density > 0.85
    assert found.answer.found.coverage > 0.85
    words = " ".join(found.words)
    assert "sources say 0.075, 0.02 to 0.15" in words
    assert "their usual value does not meet it" in words
    assert "not a probability" in words
    json.dumps(found.as_dict(), allow_nan=False)
    assert beat(A, B, search=Search(n=2000, seed=1, density=0.9)).as_dict() == found.as_dict()


def test_where_it_never_wins_ranges_are_widened_and_that_is_said(monkeypatch):
    def never_inside(values, policies, asked, rows=None):
        wins = values[:, place("seizure_share_fentanyl")] > 0.17
        return np.stack([wins * 0.0, -5.0 * wins, wins * 0.0 - 1])[:, :, None]

    monkeypatch.setattr(beat_module, "results", never_inside)
    found = beat(A, B, search=Search(n=2000, seed=1, density=0.95))
    assert found.beyond == 2
    assert found.within.ahead < 0.02
    assert found.words[0].startswith("Inside what the sources say: inspection is ahead of kits in")
    (condition,) = found.answer.conditions
    assert condition.low > 0.15
    assert condition.low < 0.18
    assert "outside all that they say" in condition.words


def test_a_policy_that_always_or_never_wins_needs_no_box(monkeypatch):
    def sure(values, policies, asked, rows=None):
        return np.stack([np.zeros(len(values)), np.full(len(values), -2.0), np.full(len(values), -1.0)])[:, :, None]

    monkeypatch.setattr(beat_module, "results", sure)
    assert "almost whatever is true" in beat(A, B, search=Search(n=300)).words[1]
    assert "too seldom" in " ".join(beat(A, B, search=Search(n=300), better_less=False).words)


@pytest.mark.parametrize("wrong", [{"n": 10}, {"beyond": 9.0}, {"density": 1.0}, {"most": 0}])
def test_a_search_out_of_range_is_refused(wrong):
    with pytest.raises(UsageError, match="cannot be asked"):
        Search(**wrong)


def test_what_cannot_be_compared_by_is_refused():
    assert less_is_better("overdose_deaths")
    assert not less_is_better("on_methadone")
    with pytest.raises(UsageError, match="counts activity"):
        less_is_better("seized_fentanyl")
    with pytest.raises(UsageError, match="state of the market"):
        less_is_better("illicit_opioid_price")
    with pytest.raises(UnknownName):
        Asked(outcomes=("overdose_death",))
    with pytest.raises(UsageError, match="2030 to 2024"):
        Asked(since=2030, until=2024)


def test_every_study_would_tell_something():
    assert len(studies()) > 10
    for study in studies():
        assert study.parameters, study.name
        assert study.how


def test_the_study_that_would_change_the_choice_comes_first(monkeypatch):
    def hangs_on_elasticity(values, policies, asked, rows=None):
        e = values[:, place("elasticity_fentanyl")]
        return np.stack([0 * e + 10, 12 - 4 * e, 0 * e + 9.5])[:, :, None]

    some = tuple(s for s in studies() if s.name in ("demand elasticity", "price panel", "after seizures", "precursors"))
    monkeypatch.setattr(studies_module, "studies", lambda: some)
    monkeypatch.setattr(studies_module, "results", hangs_on_elasticity)
    found = value_of_knowing([A, B], n=500)
    assert found.chosen in ("kits", "inspection")
    assert found.studies[0].study.name == "demand elasticity"
    assert found.studies[0].worth.value == pytest.approx(found.everything.value, rel=0.15)
    assert found.studies[1].worth.value < 0.1 * found.everything.value
    assert "upper ends" in found.words[-1]
    with pytest.raises(UsageError, match="no price of a death"):
        value_of_knowing([A], dollars_per_death=0.0)
    with pytest.raises(UsageError, match="do not tell"):
        value_of_knowing([A], n=50)


def test_shares_need_draws(monkeypatch):
    with pytest.raises(UsageError, match="say nothing"):
        shares_of({"a": A.pulls}, n=8)
    monkeypatch.setattr(questions_module, "results", lambda values, *_: np.stack([values[:, :1] * 0, values[:, :1]]))
    (found,) = shares_of({"a": A.pulls}, n=64)["a"]
    assert found.share.value is not None
    assert set(found.as_dict()) >= {"label", "ranked", "words", "uninformed_share", "drivers"}


def test_loops_and_inputs_move_deaths_as_published():
    usual = parameters().values[None]
    off = loops(values=usual)
    assert [row.same_sign for row in off] == [True] * 6
    for case in ("history", "projected"):
        of_case = sorted((row for row in off if row.case == case), key=lambda row: -abs(row.ours))
        assert [row.name for row in of_case] == ["perceived_risk", "availability", "social_influence"]
    same, said, rank = agreement(projected_inputs(values=usual))
    assert same == said == 10
    assert rank > 0.9


def test_the_commands_answer(tmp_path):
    (tmp_path / "a.toml").write_text(
        'name="a"\n[[lever]]\nname="naloxone_kits"\nstart=2024\nramp_years=3\nstrength=0.5\n'
    )
    (tmp_path / "b.toml").write_text(
        'name="b"\n[[lever]]\nname="naloxone_kits"\nstart=2024\nramp_years=3\nstrength=0.1\n'
    )
    two = ["--a", str(tmp_path / "a.toml"), "--b", str(tmp_path / "b.toml")]
    run = CliRunner().invoke(app, ["strategy", "discover", *two, "--draws", "200", "--to", "2027", "--format", "json"])
    assert run.exit_code == 0, run.output
    told = json.loads(run.stdout)
    assert told["ahead"] > 0.9  # five times the kits
    assert told["outcome"] == "overdose_deaths"
    refused = CliRunner().invoke(app, ["strategy", "discover", *two, "--outcome", "seized_cocaine"])
    assert isinstance(refused.exception, UsageError) or refused.exit_code == 2
    listed = CliRunner().invoke(app, ["strategy", "structures", "--format", "json"])
    assert {row["question"] for row in json.loads(listed.stdout)} == set(questions())


def test_effects_under_every_structure(monkeypatch):
    def halved(values, policies, asked, rows=None):
        effect = -10.0 if dict(asked.switches).get("seizure_harm") else -20.0
        noise = values[:, place("seek")]
        return np.stack([noise, noise + effect + noise])[:, :, None]

    monkeypatch.setattr(average_module, "results", halved)
    monkeypatch.setattr(average_module, "_fitted", lambda s: s.name != "availability off")
    monkeypatch.setattr(average_module, "fitted_under", lambda _: None)
    rows = {(row["question"], row["structure"]): row for row in average_module.across(A.pulls, Asked(), 300, 1)}
    both = [rows["seizure_harm", s.name]["effect"] for s in questions()["seizure_harm"]]
    assert both[1] - both[0] == pytest.approx(10)
    mixed = rows["seizure_harm", "averaged"]
    assert mixed["effect"] == pytest.approx(np.mean(both))
    assert 0.9 < mixed["between"] <= 1
    # Without its own fit an alternative has no result, and its question no average.
    assert rows["loops", "availability off"]["effect"] is None
    assert "not fitted" in rows["loops", "availability off"]["note"]
    assert ("loops", "averaged") not in rows
