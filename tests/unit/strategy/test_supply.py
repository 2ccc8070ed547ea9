"""The supply chain: its own equilibrium, kilograms, routes, shortages, substitution, and its structural alternatives."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from counterflow.core.errors import UnknownName, UsageError
from counterflow.core.seeds import generator
from counterflow.strategy.model.draws import prior_quantiles
from counterflow.strategy.model.layout import DRUGS, MECHANISMS, ROUTES, SIGNALS, SWITCHES, places
from counterflow.strategy.model.market import Market, Push, packed, run_market
from counterflow.strategy.model.parameters import parameters
from counterflow.strategy.model.supply import (
    SUPPLY_MEASURES,
    SUPPLY_STATE,
    SUPPLY_TAKES,
    SUPPLY_TOTALS,
    supply_start,
    supply_step,
)
from counterflow.strategy.model.supply_places import S_EFFORT, S_SHARE, WORK
from counterflow.strategy.model.supply_routes import chosen

Floats = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def usual() -> Floats:
    return packed(parameters().values[None, :])


@pytest.fixture(scope="module")
def drawn() -> Floats:
    held = parameters()
    shares = generator(11, "test-supply").random((60, len(held.rows)))
    return packed(prior_quantiles(np.clip(shares, 1e-9, 1 - 1e-9), held))


def missing(market: Market, drug: str) -> float:
    """Return the largest share of what was made that is not accounted for."""
    made = market.of("made_total", drug)
    known = sum(market.of(name, drug) for name in ("seized_total", "sold_total", "lost_total", "stock"))
    return float((np.ptp(made - known, axis=1) / made[:, -1]).max())


class Chain:
    """The step as the engine calls it, in plain Python."""

    def __init__(self, par: Floats) -> None:
        self.par = par
        self.state = np.zeros(SUPPLY_STATE)
        self.mech = np.zeros(len(MECHANISMS))
        self.switches = np.array([switch.values[0] for switch in SWITCHES])
        self.demand = np.ones(len(DRUGS))
        self.scale = np.ones(len(DRUGS))
        self.signals = np.full(len(SIGNALS), np.nan)
        self.flows = np.zeros(len(SUPPLY_TOTALS) + len(SUPPLY_MEASURES))
        supply_start(self.state, par, self.scale)

    def run(self, years: float) -> dict[str, float]:
        for _ in range(round(years * 16)):
            supply_step(
                self.state, self.par, self.mech, self.switches, self.demand, self.scale, self.signals, self.flows, 1 / 16
            )  # fmt: skip
        return dict(zip(SIGNALS, self.signals.tolist(), strict=True))

    def set(self, name: str, value: float) -> None:
        self.mech[places(MECHANISMS)[name]] = value


def test_every_parameter_is_said_and_informed_by_nothing() -> None:
    rows = {row.name: row for row in parameters().rows}
    assert set(SUPPLY_TAKES) <= set(rows)
    for name in SUPPLY_TAKES:
        assert rows[name].informed == ()
        assert rows[name].source
        assert rows[name].low <= rows[name].value <= rows[name].high


def test_undisturbed_signals_are_exactly_one_whatever_the_references_history(usual: Floats) -> None:
    chain = Chain(usual[0])
    for year in range(4):
        chain.scale[:] = 1.0 + 0.3 * year
        assert set(chain.run(1.0).values()) == {1.0}
    assert chain.flows[0] == pytest.approx(1.9 * 4000 / (1 - 0.075) * 0.075, rel=0.02)


def test_a_change_too_small_to_see_moves_nothing_one_can_see(drawn: Floats) -> None:
    market = run_market(drawn, [Push("precursor_supply", -1e-9, 0.5), Push("inspection_car_port", 1e-9)], years=4)
    assert np.abs(market.values[..., 0] - 1.0).max() < 1e-7


def test_history_of_demand_moves_no_price_after_a_change_either(usual: Floats) -> None:
    chain = Chain(usual[0])
    chain.set("illicit_dose", -0.1)
    for step in range(64):
        chain.scale[:] = 1.05 ** (step / 16)
        told = chain.run(1 / 16)
    assert told["illicit_opioid_price"] == pytest.approx(1.0, abs=1e-9)
    assert told["dose_mean"] == pytest.approx(0.9, abs=1e-9)


def test_kilograms_are_kept_whatever_happens(drawn: Floats) -> None:
    pushes = [
        Push("precursor_supply", -0.9, 0.3, stop=1.0), Push("network_capacity", -0.8, 0.5), Push("detection", 0.2),
        Push("inspection_car_port", 30.0, 0.6), Push("source_production", -1.0, 1.0), Push("online_capacity", -1.0),
    ]  # fmt: skip
    market = run_market(drawn, pushes, years=4, switches={"replacement_drug": 1, "seizure_harm": 1})
    assert np.isfinite(market.values).all()
    assert market.values.min() >= 0.0
    assert max(missing(market, drug) for drug in DRUGS) < 1e-9


def test_the_same_parameters_give_the_same_bytes(drawn: Floats) -> None:
    pushes = [Push("precursor_supply", -0.5, 0.2)]
    whole = run_market(drawn, pushes, years=1).values
    parts = [run_market(drawn[place : place + 20], pushes, years=1).values for place in (0, 20, 40)]
    assert whole.tobytes() == np.concatenate(parts).tobytes()


def test_halving_the_step_moves_yearly_sales_by_less_than_half_a_percent(usual: Floats) -> None:
    pushes = [Push("precursor_supply", -0.5, 0.5, 3.0), Push("inspection_car_port", 5.0, 0.5, 3.0)]
    coarse, fine = (run_market(usual, pushes, years=6, steps_per_year=steps) for steps in (16, 32))
    for drug in DRUGS:
        years = [m.of("sold", drug).reshape(6, -1).mean(axis=1) for m in (coarse, fine)]
        assert years[0] == pytest.approx(years[1], rel=0.005)


def test_all_inspected_is_all_chosen_and_lift_one_is_chance() -> None:
    assert chosen(1.0, 7.0) == 1.0
    assert chosen(0.3, 1.0) == pytest.approx(0.3)
    assert chosen(0.02, 5.0) < chosen(0.02, 10.0) < 1.0


def test_pressure_on_one_route_moves_flow_to_others(usual: Floats) -> None:
    chain = Chain(usual[0])
    chain.set("inspection_car_port", 4.0)
    before = chain.state[S_SHARE : S_SHARE + len(ROUTES)].copy()
    told = chain.run(3.0)
    after = chain.state[S_SHARE : S_SHARE + len(ROUTES)]
    car = ROUTES.index("car_port")
    assert after[car] < before[car] / 2
    assert all(after[r] > before[r] for r in range(len(ROUTES)) if r != car and before[r] > 0)
    assert after.sum() == pytest.approx(1.0)
    assert 1.0 < told["illicit_opioid_price"] < 1.5


def test_inspectors_who_follow_finds_leave_the_pressed_route_too(usual: Floats) -> None:
    flows = []
    for follow in (0, 1):
        chain = Chain(usual[0])
        chain.switches[places(SWITCHES)["inspectors_follow"]] = follow
        chain.set("inspection_car_port", 4.0)
        chain.run(4.0)
        flows.append(chain.flows.copy())
        effort = chain.state[S_EFFORT : S_EFFORT + len(ROUTES)]
        assert (effort @ WORK) == pytest.approx(1.0)
    assert effort[ROUTES.index("between_ports")] > 1.0 > effort[ROUTES.index("car_port")]
    assert flows[1][0] != flows[0][0]


def test_a_backstop_caps_what_interdiction_can_add(usual: Floats) -> None:
    aimed = packed(parameters().values[None, :], {"backstop_cost": 1.2, "pass_through": 1.0, "market_crowding": 0.0})
    chain = Chain(aimed[0])
    for route in ROUTES:
        chain.set(f"inspection_{route}", 20.0)
    assert chain.run(6.0)["illicit_opioid_price"] == pytest.approx(1.2, abs=0.01)


def test_seized_kilograms_are_replaced_not_taken_off_consumption(usual: Floats) -> None:
    market = run_market(usual, [Push("targeting_lift", 1.0, 0.5)], years=4)
    more = np.diff(market.of("seized", "fentanyl")[0, [0, -1]])[0]
    less = -np.diff(market.of("sold", "fentanyl")[0, [0, -1]])[0]
    made = market.of("made_total", "fentanyl")[0]
    assert more > 0
    assert less > 0
    assert made[-1] - made[-53] > made[51] - made[0] * 52 / 53  # more is made than before


def test_a_shortage_bites_and_passes(usual: Floats) -> None:
    market = run_market(usual, [Push("precursor_supply", -0.75, 0.5)], years=4, steps_per_year=104)
    price, purity = market.of("price", "methamphetamine")[0], market.of("purity", "methamphetamine")[0]
    assert 2.0 < price.max() < 4.5
    assert price[-1] < 1.1
    assert purity.argmin() > price.argmax()  # purity comes back later
    assert market.of("price", "cocaine")[0].max() < 1.5  # little of it hangs on precursors


def test_removed_vendors_come_back_and_sales_go_elsewhere(usual: Floats) -> None:
    chain = Chain(usual[0])
    chain.set("online_capacity", -0.56)
    chain.run(1 / 16)
    mail = chain.state[S_SHARE]
    chain.run(2.0)
    assert mail < 0.95 * 0.05
    assert chain.state[S_SHARE] > 0.98 * 0.05


def test_one_drug_dear_makes_another_of_its_kind_wanted(usual: Floats) -> None:
    aimed = packed(parameters().values[None, :], {"needs_source_cocaine": 0.0, "substitution_opioids": 0.5})
    market = run_market(aimed, [Push("source_production", -0.9, 0.5)], years=2)
    assert market.of("price", "heroin")[0].max() > 1.2
    assert market.of("sold", "fentanyl")[0].max() > 1.005 * market.of("sold", "fentanyl")[0, 0]
    assert np.abs(market.of("sold", "cocaine")[0] / market.of("sold", "cocaine")[0, 0] - 1).max() < 0.01
    assert usual.shape == aimed.shape


def test_demand_alone_reaches_supply(usual: Floats) -> None:
    chain = Chain(usual[0])
    chain.demand[:2] = 0.8
    first = chain.run(0.25)
    assert first["illicit_opioid_price"] < 1.0  # stocks are too large at first
    later = chain.run(6.0)
    assert abs(later["illicit_opioid_price"] - 1.0) < 0.05
    assert chain.flows[4] == pytest.approx(0.8 * 34000, rel=0.05)


def test_a_replacement_drug_and_turmoil_are_off_until_assumed(usual: Floats) -> None:
    told = {}
    for name in ("", "replacement_drug", "seizure_harm"):
        chain = Chain(usual[0])
        chain.set("network_capacity", -0.9)
        chain.set("seizure_turmoil", 1.0)
        if name:
            chain.switches[places(SWITCHES)[name]] = 1
        told[name] = chain.run(1.0)["dose_variance"]
    assert told["replacement_drug"] > told[""]
    assert told["seizure_harm"] == pytest.approx(told[""] * 1.1, rel=0.05)


def test_pay_for_risk_moves_price_and_nothing_else_does_by_sentencing(usual: Floats) -> None:
    chain = Chain(usual[0])
    chain.set("risk_premium", 0.1)
    assert chain.run(4.0)["illicit_opioid_price"] == pytest.approx(1.0 + 0.5 * 0.9 * 0.1, abs=0.01)


def test_unknown_names_and_long_steps_are_refused(usual: Floats) -> None:
    with pytest.raises(UnknownName):
        run_market(usual, [Push("inspection_car", 1.0)], years=1)
    with pytest.raises(UnknownName):
        packed(parameters().values[None, :], {"elasticity_opium": 1.0})
    with pytest.raises(UnknownName):
        run_market(usual, [], years=1).of("price", "opium")
    with pytest.raises(UnknownName):
        run_market(usual, [], years=1, switches={"nitazenes": 1})
    with pytest.raises(UsageError):
        run_market(usual, [], years=1, steps_per_year=4)
