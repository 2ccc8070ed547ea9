"""Mixes compared: exactly nothing for no policy, paired draws, money, groups, interactions, frontier, targets."""

from dataclasses import replace

import numpy as np
import pytest

from counterflow.core.errors import EngineError, InputError, UnknownName, UsageError
from counterflow.strategy.compare import document_targets as aims
from counterflow.strategy.compare import frontier as frontiers
from counterflow.strategy.compare.document_targets import document_targets
from counterflow.strategy.compare.frontier import Asked, frontier, least_budget
from counterflow.strategy.compare.groups import by_group, by_stratum, strata, vehicles_stopped
from counterflow.strategy.compare.interactions import interactions
from counterflow.strategy.compare.outcomes import life_years, outcomes
from counterflow.strategy.compare.published import SINCE, UNTIL, policy_rows, published_pull, strengths_of
from counterflow.strategy.compare.quantiles import quantile_rows, variables_named
from counterflow.strategy.compare.runs import interval, run, scenario_names, total, usable, without, years_of
from counterflow.strategy.compare.spending import reach, spending
from counterflow.strategy.compare.worth import drawn_cost, drawn_weights
from counterflow.strategy.doubt.labels import label
from counterflow.strategy.doubt.shares import Share
from counterflow.strategy.levers.policy import Pull
from counterflow.strategy.model.draws import draw
from counterflow.strategy.model.parameters import parameters

KITS = Pull("naloxone_kits", 2024.0, 3.0, 0.5)
JAIL = Pull("jail_treatment", 2024.0, 3.0, 0.5)
CARS = Pull("scanning_cars", 2024.0, 6.0, 0.38)


@pytest.fixture(scope="module")
def draws():
    """Draws near the usual values for people, from the priors for supply and levers."""
    drawn, held = draw(40, 1), parameters()
    free = np.array([row.group in ("lever", "supply") for row in held.rows])
    near = held.values * np.exp(np.random.default_rng(1).normal(0, 0.01, drawn.values.shape))
    return replace(drawn, values=np.where(free, drawn.values, near))


@pytest.fixture(scope="module")
def kits(draws):
    return run((KITS,), draws.values)


def test_no_policy_changes_exactly_nothing(draws):
    rows = {row.policy: row for row in policy_rows((), ("base", "constant"), draws.values[:3])}
    for name in ("Baseline", "NoPolicy"):
        row = rows[name]
        assert row.rel_change_od_deaths == row.rel_change_od_deaths_low == row.rel_change_od_deaths_high == 0
        assert row.rel_change_ud_person_years == 0
    idle = run((replace(KITS, strength=0.0),), draws.values[:3])
    assert idle.values.tobytes() == run((), draws.values[:3]).values.tobytes()


def test_published_policies_have_the_published_sign_and_nearly_the_size():
    rows = policy_rows((20.0,), ("base",), parameters().values[None, :])
    found = {row.policy: row for row in rows}
    published = {  # Lim et al. 2022, PNAS: cumulative deaths 2022-32 and disorder person-years, 20 %, base
        "Fent OD Risk": (-0.113, 0.0068), "Nx Kits": (-0.0267, 0.0016), "Return to OUD": (-0.0364, -0.0284),
        "Peer Recovery": (-0.0375, -0.0293), "People with Rx": (-0.0084, -0.0138), "Package": (-0.217, -0.0733),
    }  # fmt: skip
    for name, (deaths, years) in published.items():
        assert found[name].rel_change_od_deaths == pytest.approx(deaths, rel=0.3)
        assert found[name].rel_change_ud_person_years == pytest.approx(years, rel=0.3)
    parts = ("People with Rx", "Heroin Init", "Nx Kits", "Fent OD Risk", "Peer Recovery", "Return to OUD",
             "Developing OUD")  # fmt: skip
    assert abs(found["Package"].rel_change_od_deaths) < -sum(found[name].rel_change_od_deaths for name in parts)


def test_strengths_and_scenarios_are_read_or_refused():
    assert strengths_of("5,15%,30") == (5.0, 15.0, 30.0)
    assert scenario_names("Base, high") == ("base", "high")
    for wrong in ("ten", "10,-5", "120"):
        with pytest.raises(InputError):
            strengths_of(wrong)
    with pytest.raises(UnknownName):
        scenario_names("hihg")
    with pytest.raises(UnknownName):
        variables_named(["overdose_death"])
    with pytest.raises(InputError):
        years_of(2030, 2022)


def test_quantiles_are_of_each_year_and_the_change_is_formed_draw_by_draw(kits):
    rows = quantile_rows(kits, ("kits",), 2021, 2030, without(kits))
    told = {(row["year"], row["variable"], row["quantile"]): row["value"] for row in rows}
    assert len(rows) == 10 * 3 * 8
    assert told[2021, "kits_change", "0.975"] == 0
    assert told[2030, "kits_relative", "0.5"] == pytest.approx(0.5)
    assert told[2030, "kits", "0.025"] <= told[2030, "kits", "0.5"] <= told[2030, "kits", "0.975"]


def test_outcomes_say_harm_money_and_activity_side_by_side(kits):
    held = {each.name: each for each in outcomes((KITS,), without(kits), kits)}
    assert held["deaths_averted"].low > 0
    assert held["disorder_person_years"].value > 0, "who survives still lives with the disorder"
    assert held["qalys"].value > 0
    assert held["seized_fentanyl"].activity
    assert held["arrests"].activity
    assert held["cost_per_death_averted"].low > 0
    dear = {each.name: each for each in outcomes((CARS,), without(kits), kits)}
    assert dear["cost_total"].value is None
    assert "scanning_cars" in dear["cost_total"].note
    assert dear["vehicles_stopped"].value == pytest.approx(26.4, abs=0.1)
    assert dear["vehicles_stopped"].activity


def test_kits_cost_what_the_kits_cost(kits):
    base, window = without(kits), years_of(2022, 2032)
    more = (kits.of("kits") - base.of("kits"))[:, window]
    price = drawn_cost(60, 31, 118, 2019, 40, 1, "naloxone_kits")
    expected = price * (more @ 1.03 ** -np.arange(11.0))
    found = spending((KITS,), base, kits, 2022, 2032, 1)
    assert found.programme == pytest.approx(expected)
    own = replace(CARS, cost_usd_per_year=1e6)
    assert spending((own,), base, kits, 2022, 2032, 1).programme == pytest.approx(
        1e6 * reach(own, 2022, 2032) @ 1.03 ** -np.arange(11.0)
    )
    assert reach(KITS, 2023, 2030).tolist() == pytest.approx([0, 1 / 6, 0.5, 5 / 6, 1, 1, 1, 1])
    assert reach(replace(KITS, stop=2028.0), 2026, 2031)[-1] == pytest.approx(0)


def test_life_years_of_a_life_saved_are_those_lived(kits):
    base = without(kits)
    gained = life_years(base, kits, 2022, 2032, 1)
    averted = total(base, "overdose_deaths", 2022, 2032) - total(kits, "overdose_deaths", 2022, 2032)
    assert (gained > 0.4 * averted).all(), "years lived in the window by those saved"
    assert (gained < 8 * averted).all()
    assert life_years(base, base, 2022, 2032, 1) == pytest.approx(0)
    weights = drawn_weights(500, 1)
    assert all(((w >= 0) & (w <= 1)).all() for w in weights.values())
    assert np.mean(weights["illicit_untreated"] < weights["treated"]) > 0.95


def test_groups_share_out_the_whole_and_strata_have_their_own_rates(draws, kits):
    rows = by_group(without(kits), kits, 2022, 2032)
    assert sum(row.death_share for row in rows if row.group in ("men", "women")) == pytest.approx(1)
    assert next(row for row in rows if row.group == "Black").burden_ratio > 1.5
    assert next(row for row in rows if row.group == "Hispanic").arrests_change is None
    assert vehicles_stopped(0.38) == pytest.approx(26.4, abs=0.1)
    found = {row.stratum: row for row in by_stratum((KITS,), draws.values[:4])}
    assert sum(each.population_share for each in strata()) == pytest.approx(1, abs=1e-3)
    assert sum(each.population_share * each.death_rate for each in strata()) == pytest.approx(1, abs=1e-3)
    assert found["Black men"].averted_per_100k > found["other women"].averted_per_100k > 0


def test_interactions_of_kits_and_jail_treatment_are_less_than_their_sum(draws):
    (found,) = interactions((KITS, JAIL), draws.values[:16])
    assert found.kind == "sub-additive"
    assert found.together < found.apart
    with pytest.raises(UsageError):
        interactions((KITS,), draws.values[:4])


def test_the_frontier_spends_within_the_budget_and_ranks_only_what_rests_on_data(draws, monkeypatch):
    known = {"naloxone_kits", "jail_treatment"}

    def verdict(pull, *_):
        share = 0.1 if pull.name in known else 0.9
        return label(Share(value=share, low=share, high=share, pairs=40, spread=1.0)), np.ones(8)

    monkeypatch.setattr(frontiers, "_verdict", verdict)
    names = ("naloxone_kits", "jail_treatment", "test_strips")
    few = replace(draws, values=draws.values[:8])
    found = frontier(Asked(2e9, names=names), few)
    assert [each.name for each in found.apart] == ["test_strips"]
    chosen = [mix for mix in found.mixes if mix.rule == "exact"]
    assert chosen
    for mix in chosen:
        assert {pull.name for pull in mix.pulls} <= known
        assert mix.outlay.value <= mix.budget * 1.2
    best = max(found.mixes, key=lambda mix: mix.averted.value)
    assert not best.dominated
    for mix in found.mixes:
        better = [o for o in found.mixes if o.outlay.value <= mix.outlay.value and o.averted.value > mix.averted.value]
        assert mix.dominated or not better
    with pytest.raises(InputError, match="one naloxone kit"):
        frontier(Asked(least_budget() / 2), few)


def test_targets_of_the_documents_are_run_or_said_to_have_no_mechanism(draws, monkeypatch):
    monkeypatch.setattr(aims, "_LADDER", (30.0,))
    monkeypatch.setattr(aims, "_HALVINGS", 0)
    rows = document_targets(replace(draws, values=draws.values[:16]))
    held = {row.target for row in rows}
    assert {"doses_seized", "doses_seized_2025", "hidta_counties", "cocaine_and_heroin_production",
            "scan_everything", "scan_everything_late"} == held  # fmt: skip
    (nothing,) = (row for row in rows if row.target == "hidta_counties")
    assert nothing.value is None
    assert "no mechanism" in nothing.standing
    assert any("contradicts itself" in row.note for row in rows if row.target == "doses_seized")
    assert all(
        row.crosses_zero is not None for row in rows if row.unit in ("deaths", "share") and row.value is not None
    )


def test_draws_without_a_finite_result_are_counted_or_refused(draws):
    broken = draws.values[:30].copy()
    broken[0] = np.nan
    kept, lost = usable(replace(draws, values=broken))
    assert (len(kept.values), lost) == (29, 1)
    broken[:9] = np.nan
    with pytest.raises(EngineError, match="no finite result"):
        usable(replace(draws, values=broken))
    with pytest.raises(EngineError):
        interval(np.array([1.0, np.nan]))


def test_pulls_of_the_comparison_start_where_the_published_clock_stands():
    assert published_pull("Nx Kits", 20.0) == Pull("Nx Kits", 2022.5, 3.0, 0.2)
    assert (SINCE, UNTIL) == (2022, 2032)
