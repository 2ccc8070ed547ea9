"""Waiting lines: formulas against exact values, the simulation against the formulas."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.seeds import generator
from counterflow.target.whatif.lines import Line, simulate_line
from counterflow.target.whatif.queues import erlang_c, servers_needed, wait_of


def exact_erlang_c(servers, load):
    """The sum as it is printed in textbooks, for small numbers of servers."""
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(load**k / math.factorial(k) for k in range(servers)) + last)


def steady(rate, service, servers, variability):
    """One line that never closes, `rate` arrivals a minute."""
    return Line((rate * 60,) * 24, (service,), (1.0,), variability, (0.0,) * servers, (1440.0,) * servers)


@pytest.mark.parametrize(
    ("servers", "load", "table"),
    [(1, 0.5, 0.5), (2, 1.0, 0.3333), (3, 2.0, 0.4444), (5, 4.0, 0.5541), (10, 8.0, 0.4092), (20, 16.0, 0.2561)],
)
def test_erlang_c_is_what_tables_print(servers, load, table):
    assert erlang_c(servers, load) == pytest.approx(table, abs=6e-5)


@given(st.integers(1, 40), st.floats(0.01, 0.99))
def test_erlang_c_is_the_textbook_sum(servers, used):
    assert erlang_c(servers, used * servers) == pytest.approx(exact_erlang_c(servers, used * servers), rel=1e-9)


def test_single_server_lines_are_those_of_pollaczek_and_khinchine():
    # rho = 0.8, service 10: constant service waits 20, exponential 40, in between (1 + c²)/2 of it
    assert wait_of(0.08, 10.0, 1, 0.0).mean == pytest.approx(20.0)
    assert wait_of(0.08, 10.0, 1, 1.0).mean == pytest.approx(40.0)
    assert wait_of(0.08, 10.0, 1, 0.5).mean == pytest.approx(25.0)
    assert wait_of(0.08, 10.0, 1, 2.0).mean == pytest.approx(100.0)


@given(st.integers(1, 30), st.floats(0.05, 0.97), st.floats(0, 2))
def test_waits_grow_with_load_and_with_variability_and_shrink_with_servers(servers, used, variability):
    rate = used * servers / 5.0
    here = wait_of(rate, 5.0, servers, variability)
    assert wait_of(rate * 1.02, 5.0, servers, variability).mean >= here.mean
    assert wait_of(rate, 5.0, servers, variability + 0.1).mean >= here.mean - 1e-9
    assert wait_of(rate, 5.0, servers + 1, variability).mean <= here.mean + 1e-9
    assert 0 <= here.mean <= here.high or here.delayed <= 0.05 or here.high >= 0


def test_an_overloaded_line_has_no_wait_and_says_how_much_too_much():
    wait = wait_of(1.0, 10.0, 9, 1.0)
    assert (wait.mean, wait.high) == (None, None)
    assert wait.utilisation == pytest.approx(10 / 9)
    assert wait.over(30.0) == 1.0


def test_servers_needed_are_the_fewest_that_do():
    needed = servers_needed(1.0, 8.0, 0.5, 30.0)
    assert wait_of(1.0, 8.0, needed, 0.5).high <= 30.0
    fewer = wait_of(1.0, 8.0, needed - 1, 0.5)
    assert fewer.high is None or fewer.high > 30.0


@pytest.mark.parametrize(
    ("servers", "used", "variability", "within"), [(1, 0.7, 1.0, 0.10), (4, 0.8, 1.0, 0.12), (6, 0.75, 0.3, 0.15)]
)
def test_the_simulated_line_waits_as_long_as_the_formula_says(servers, used, variability, within):
    rate = used * servers / 6.0
    waits = simulate_line(steady(rate, 6.0, servers, variability), generator(4, "test"))
    said = wait_of(rate, 6.0, servers, variability)
    assert waits.mean() == pytest.approx(said.mean, rel=within)
    assert np.quantile(waits, 0.95) == pytest.approx(said.high, rel=within)
    assert (waits > 0).mean() == pytest.approx(said.delayed, rel=within)


def test_groups_wait_as_long_as_the_factor_says():
    line = Line((6.0,) * 24, (4.0,), (1.0,), 1.0, (0.0,), (1440.0,), group=5)
    assert wait_of(0.1, 4.0, 1, 1.0, line.together).mean == pytest.approx(16.0)  # 8 before the group, 8 within it
    waits = simulate_line(line, generator(2, "groups"))
    assert waits.mean() == pytest.approx(wait_of(0.1, 4.0, 1, 1.0, line.together).mean, rel=0.15)


def test_what_comes_overnight_waits_for_the_morning_and_cars_do_not():
    # one arrival an hour, no work to speak of, open from 8 to 20
    night = Line((1.0,) * 24, (0.01,), (1.0,), 0.0, (480.0,), (720.0,))
    waits = simulate_line(night, generator(1, "night"))
    # those of the closed twelve hours wait six on average, the others not at all
    assert waits.mean() == pytest.approx(180.0, rel=0.05)
    assert waits.max() <= 720.0
    day = tuple(1.0 if 8 <= hour < 20 else 0.0 for hour in range(24))
    late = Line(day, (55.0,), (1.0,), 0.0, (480.0,), (720.0,), overtime=True)
    assert simulate_line(late, generator(1, "late")).max() < 12 * 60


def test_nobody_at_work_and_nobody_coming_are_no_wait():
    assert not simulate_line(Line((5.0,) * 24, (4.0,), (1.0,), 1.0, (), ()), generator(1, "x")).size
    assert not simulate_line(Line((0.0,) * 24, (4.0,), (1.0,), 1.0, (0.0,), (1440.0,)), generator(1, "x")).size
