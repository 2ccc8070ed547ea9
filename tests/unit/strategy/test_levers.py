"""The register of levers and policy files: what may be written, and what is said of what may not."""

import contextlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.errors import InputError, UnknownName
from counterflow.strategy.compare.runs import run
from counterflow.strategy.levers.effects import changes
from counterflow.strategy.levers.policy import Pull, parse_policy, policy_toml
from counterflow.strategy.levers.registry import PUBLISHED, lever, levers
from counterflow.strategy.model.engine import NONE
from counterflow.strategy.model.layout import MECHANISMS, VARIABLES, places
from counterflow.strategy.model.parameters import parameters

ONE = '[[lever]]\nname = "Nx Kits"\nstart = 2022\nramp_years = 3\nstrength = 0.2\n'
NAMED = {
    "advance_data_coverage", "scanning_cars", "scanning_cargo", "targeting_lift", "precursor_control",
    "broker_sanctions", "network_removal", "online_takedown", "alternative_development", "sentencing", "naloxone_kits",
    "naloxone_placement", "test_strips", "treatment_capacity", "treatment_barriers", "peer_workers", "jail_treatment",
    "reentry", "prebooking_diversion", "community_responders", "prescribing", "prevention",
}  # fmt: skip


def test_every_lever_acts_on_what_the_model_has():
    mechanisms, names, variables = places(MECHANISMS), parameters().index, places(VARIABLES)
    for each in levers():
        assert each.effects
        assert set(each.mechanisms) <= set(mechanisms)
        assert set(each.parameters) <= set(names)
        assert each.least == 0 < each.usual <= each.most
        assert each.cost.driver == "" or each.cost.driver in variables
        assert each.grade in "ABCD"
        assert each.source
        assert each.cost.source


def test_levers_of_the_brief_and_of_the_published_comparison_are_there_under_names_that_do_not_meet():
    held = [each.name for each in levers()]
    assert set(held) >= NAMED
    assert {each.name for each in levers() if each.published} == set(PUBLISHED)
    assert [lever(name).name for name in held] == held


def test_sentencing_does_nothing_to_supply_by_default_but_carries_doubt():
    row = parameters().rows[parameters().place("lever_sentencing_premium")]
    assert row.value == 0
    assert row.low < 0 < row.high
    assert not row.informed


def test_a_policy_is_read_and_written_back():
    pull = Pull("naloxone_kits", 2024.5, 2.0, 0.25, 2030.0, 1e6)
    found = parse_policy(policy_toml((pull,), 'kits "all"'))
    assert (found.name, found.pulls) == ('kits "all"', (pull,))


@pytest.mark.parametrize(
    ("change", "line", "column", "told"),
    [
        (("0.2", "20"), 5, "strength", "0 to 0.9"),
        (("0.2", "-0.1"), 5, "strength", "0 to 0.9"),
        (("0.2", "nan"), 5, "strength", "not a number"),
        (("0.2", '"much"'), 5, "strength", "not a number"),
        (("2022", "1990"), 3, "start", "2000 to 2032"),
        (("2022", "2040"), 3, "start", "2000 to 2032"),
        (("3", "0"), 4, "ramp_years", "more than 0"),
        (("3", "-2"), 4, "ramp_years", "more than 0"),
        (("Nx Kits", "naloxon kits"), 2, "name", "naloxone_kits"),
        (("strength = 0.2", 'strength = 0.2\ndrug = "fentanol"'), 6, "drug", "fentanyl"),
        (("strength = 0.2", 'strength = 0.2\ndrug = "fentanyl"'), 6, "drug", "every drug"),
        (("strength = 0.2", "strength = 0.2\nstop = 2021"), 6, "stop", "after the start"),
        (("strength = 0.2", "strength = 0.2\ncost_usd_per_year = -1"), 6, "cost_usd_per_year", "0 or more"),
        (("strength", "strenght"), 5, "strenght", "strength"),
        (("ramp_years = 3\n", ""), 1, "ramp_years", "missing"),
        (("[[lever]]", "[[levers]]"), 1, "levers", "lever"),
        (("= 2022", "= = 2022"), 3, None, "not TOML"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_line_and_what_would_do(change, line, column, told):
    with pytest.raises(InputError) as caught:
        parse_policy(ONE.replace(*change, 1), "p.toml")
    assert caught.value.file == "p.toml"
    assert (caught.value.line, caught.value.column) == (line, column)
    assert told in str(caught.value)


def test_an_empty_policy_and_a_second_lever_are_told_apart():
    with pytest.raises(InputError, match="pulls no lever"):
        parse_policy("name = 'nothing'")
    with pytest.raises(InputError) as caught:
        parse_policy(ONE + "\n" + ONE.replace("0.2", "7"))
    assert caught.value.line == 11
    with pytest.raises(UnknownName):
        parse_policy(ONE.replace("Nx Kits", "prayer"))


def test_a_lever_may_come_in_steps_but_not_past_its_ceiling():
    step = ONE.replace("2022", "2027")
    assert len(parse_policy(ONE + step).pulls) == 2
    with pytest.raises(InputError, match="past its ceiling") as caught:
        parse_policy(ONE + step.replace("0.2", "0.8"), "p.toml")
    assert (caught.value.line, caught.value.value) == (10, "Nx Kits")
    with pytest.raises(InputError):
        changes((Pull("Nx Kits", 2022.0, 3.0, 0.5), Pull("Nx Kits", 2024.0, 3.0, 0.5)), parameters().values[None, :])


def test_the_ceilings_of_all_levers_together_still_give_a_finite_result():
    pulls = [Pull(each.name, 2022.0, 1.0, each.most) for each in levers() if not each.name.startswith("Package")]
    found = run(pulls, parameters().values[None, :])
    assert np.isfinite(found.values).all()
    assert (found.of("disorder") >= 0).all()


@given(st.text(max_size=200))
def test_no_text_brings_anything_but_a_plain_error(text):
    with contextlib.suppress(InputError):
        assert parse_policy(text).pulls


def test_changes_are_strength_times_effect_and_none_at_strength_zero():
    held = parameters()
    values = np.tile(held.values, (3, 1))
    place = held.place("lever_network_bite")
    values[:, place] = (0.1, 0.2, 0.3)
    found = changes((Pull("network_removal", 2024.0, 2.0, 0.5),), values)
    assert found.amount.tolist() == [[-0.05, -0.1, -0.15]]
    assert found.mechanism.tolist() == [places(MECHANISMS)["network_capacity"]]
    assert changes((Pull("network_removal", 2024.0, 2.0, 0.0),), values) is NONE
    scanned = changes((Pull("scanning_cars", 2024.0, 6.0, 0.38),), values)
    share, yielded = held.place("inspected_car_port"), held.place("lever_scan_yield")
    assert scanned.amount[0] == pytest.approx(0.38 / values[:, share] * values[:, yielded])


def test_peer_recovery_is_as_strong_as_a_doubled_number_in_recovery_makes_it():
    amount = changes((Pull("Peer Recovery", 2022.5, 3.0, 0.2),), parameters().values[None, :]).amount[0, 0]
    assert 2.0**-amount == pytest.approx(0.8)
    assert math.isfinite(amount)
