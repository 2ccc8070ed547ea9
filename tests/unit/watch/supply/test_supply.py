"""Doses with bounds, prices of a pure gram, changes with intervals, and that seizures never stand without effort."""

import datetime as dt

import numpy as np
import pytest

from counterflow.core.errors import InputError
from counterflow.core.seeds import generator
from counterflow.reference.registry import load_registry
from counterflow.watch.series.rolling import months_of
from counterflow.watch.supply.doses import Purity, dose_ranges, doses
from counterflow.watch.supply.effort import read_effort
from counterflow.watch.supply.estimates import Range, change, events_a_month, mass_a_month, pooled
from counterflow.watch.supply.price import Purchases, pure_gram_prices
from counterflow.watch.supply.signals import Ask, Effort, pattern, signals_of
from counterflow.watch.supply.stored import Cell

DAY = dt.date(2024, 12, 31)


def cell(month, measure, value, **more):
    starts = dt.date(2023 + (month - 1) // 12, (month - 1) % 12 + 1, 1)
    ends = (starts.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    known = {
        "source": "S", "place": "A", "starts": starts, "ends": ends, "substance": "fentanyl", "form": "", "market": "",
        "route": "", "measure": measure, "unit": {"seizures": "events", "mass-kg": "kg"}.get(measure, "share"),
        "value": value, "low": None, "high": None, "n": None,
    }  # fmt: skip
    return Cell(**known | more)


def test_every_dose_is_of_a_known_substance_with_its_source_and_a_range():
    known = load_registry().substances
    for row in dose_ranges():
        assert row.substance in known
        assert 0 < row.low_mg < row.typical_mg < row.high_mg
        assert 0 < row.purity_low <= row.purity_high <= 1
        assert 0 < row.base_part <= 1
        assert row.source
        assert row.read


def test_doses_have_bounds_and_say_so_where_they_tell_nothing():
    unknown = doses(10, "fentanyl", as_of=DAY, source="S")
    assert unknown.value is None
    assert not unknown.informative
    assert "nobody measured the purity" in unknown.why_not
    known = doses(10, "fentanyl", as_of=DAY, source="S", purity=Purity(0.1, 0.08, 0.12, "200 samples"))
    assert known.low < known.value < known.high
    assert known.high / known.low < unknown.high / unknown.low
    # 10 kg at a tenth is 1 kg: at 0.2 to 9 mg a dose, 95 % of salt or base, that is 0.1 to 5 million
    assert 80_000 < known.low < 200_000
    assert 3e6 < known.high < 8e6
    assert known == doses(10, "fentanyl", as_of=DAY, source="S", purity=Purity(0.1, 0.08, 0.12, "200 samples"))
    assert doses(10, "Other Drugs**", as_of=DAY, source="S") is None
    assert doses(0, "fentanyl", as_of=DAY, source="S") is None


def test_no_unit_speaks_of_lethal_doses():
    made = doses(10, "heroin", as_of=DAY, source="S", purity=Purity(0.4, 0.3, 0.5))
    assert "lethal" not in (made.unit + made.method).casefold()
    assert made.unit == "doses of 4 to 60 mg"


def bought(rng, n=400, rise=1.0):
    period = rng.integers(0, 2, n)
    place = rng.integers(0, 3, n)
    grams = rng.lognormal(1, 1, n)
    expected = np.clip(0.3 + 0.03 * np.log(grams), 0.05, 0.9)
    purity = np.clip(expected + rng.normal(0, 0.1, n), 0, 1)
    price = 150 * (grams * expected) ** 0.8 * np.exp(rng.normal(0, 0.2, n)) * np.where(period == 1, rise, 1.0)
    return Purchases(period, place, price, grams, purity)


def test_the_price_of_a_pure_gram_is_found_again():
    first, second = pure_gram_prices(bought(generator(1, "test"), rise=1.5), at_grams=1.0, draws=60)
    assert first.low < 150 < first.high
    assert second.low < 225 < second.high
    assert first.value == pytest.approx(150, rel=0.1)


def test_too_few_purchases_give_no_price():
    assert pure_gram_prices(bought(generator(1, "test"), n=15)) == []


def test_a_rate_without_events_has_an_upper_end_and_wild_months_widen_it():
    none = events_a_month([0, 0, 0, 0])
    assert (none.value, none.low) == (0, 0)
    assert none.high == pytest.approx(0.922, abs=0.001)
    calm, wild = events_a_month([10] * 12), events_a_month([0, 20] * 6)
    assert calm.value == wild.value == 10
    assert wild.high - wild.low > 2 * (calm.high - calm.low)
    assert mass_a_month([5.0, 1.0], 3).why_not


def test_figures_of_several_cells_are_pooled_with_the_spread_between_them():
    agree = pooled([10, 10, 10], [9, 9, 9], [11, 11, 11], 30, logs=True)
    differ = pooled([5, 10, 20], [4.5, 9, 18], [5.5, 11, 22], 30, logs=True)
    assert agree.value == pytest.approx(10)
    assert differ.high / differ.low > agree.high / agree.low
    assert pooled([0.2], [None], [None], 1, logs=False).why_not


def test_a_change_says_its_way_only_where_the_interval_does():
    up = change(Range(20, 18, 22, 100), Range(10, 9, 11, 100))
    assert (up.way, round(up.ratio, 3)) == ("up", 2)
    assert change(Range(11, 8, 14, 9), Range(10, 7, 13, 9)).way == "unclear"
    assert change(Range(11, 8, 14, 9, "too little"), Range(10, 7, 13, 9)) is None


def year_of(start, measure, values, **more):
    return [cell(start + at, measure, value, **more) for at, value in enumerate(values)]


def test_seizures_stand_beside_effort_or_the_words_that_nobody_knows_it():
    cells = year_of(1, "seizures", [20] * 12) + year_of(13, "seizures", [40] * 12)
    found = signals_of(cells, Ask(DAY))
    assert [(s.measure, s.moved.way, s.effort) for s in found] == [("seizures", "up", "effort not known")]
    twice = (
        Effort("all", dt.date(2023, 1, 1), dt.date(2023, 12, 31), 1000), Effort("all", dt.date(2024, 1, 1), DAY, 2000),
    )  # fmt: skip
    told = signals_of(cells, Ask(DAY, effort=twice))[0].effort
    assert told == "240 seizures per 1,000 inspections (2,000); before 240 (1,000)"


def test_a_covered_month_without_a_row_held_none_and_an_uncovered_one_is_left_out():
    # another drug shows that the source covers all of 2024; fentanyl is listed in half of it
    cells = year_of(13, "seizures", [5] * 12, substance="cocaine") + year_of(13, "seizures", [4] * 6)
    rows = {s.keys["substance"]: s for s in signals_of(cells, Ask(DAY))}
    assert rows["fentanyl"].now.value == pytest.approx(2)
    assert rows["cocaine"].now.value == pytest.approx(5)
    assert rows["fentanyl"].moved is None  # 2023 is not covered


def test_tablets_are_counted_and_a_purity_without_route_serves_every_route():
    tablets = year_of(13, "tablets", [1000 + 10 * at for at in range(12)], unit="tablets", form="tablet")
    mass = year_of(13, "mass-kg", [5.0] * 12, route="land") + year_of(13, "seizures", [3] * 12, route="land")
    purity = [cell(14, "purity", 0.1, low=0.08, high=0.12, n=50)]
    rows = {(s.keys["route"], s.measure): s for s in signals_of(tablets + mass + purity, Ask(DAY, by=("route",)))}
    assert rows["", "tablets"].now.value == pytest.approx(1055)
    assert rows["land", "doses"].now.informative
    assert "50 samples" in rows["land", "doses"].now.source


@pytest.mark.parametrize(
    ("price", "purity", "words"),
    [
        (0.5, 2, "more supply"), (2, 0.5, "tighter supply"), (0.5, 0.5, "weaker product"), (2, 2, "rising demand"),
        (1, 2, "no reading"),
    ],
)  # fmt: skip
def test_patterns_are_consistent_with_and_prove_nothing(price, purity, words):
    def figures(measure, unit, at, now):
        before = [cell(m, measure, at, low=at * 0.95, high=at * 1.05, unit=unit) for m in (1, 4)]
        return before + [cell(m + 12, measure, now, low=now * 0.95, high=now * 1.05, unit=unit) for m in (1, 4)]

    cells = figures("price", "USD per g", 40, 40 * price) + figures("purity", "share", 0.2, 0.2 * purity)
    reading = pattern(signals_of(cells, Ask(DAY)))[0]["reading"]
    assert words in reading
    assert words == "no reading" or reading.endswith("it proves none")


def test_effort_with_a_bad_row_names_its_line():
    good = read_effort(b"place,starts,ends,inspections\nA,2024-01-01,2024-01-31,500\n", "e.csv")
    assert good == (Effort("A", dt.date(2024, 1, 1), dt.date(2024, 1, 31), 500.0),)
    with pytest.raises(InputError) as caught:
        read_effort(b"place,starts,ends,inspections\nA,2024-02-01,2024-01-31,500\n", "e.csv")
    assert caught.value.line == 2


def test_months_behind_rolling_sums_need_their_beginning_and_carry_what_is_missing():
    months = generator(3, "test").poisson(30, 36).astype(float)
    sums = np.convolve(months, np.ones(12), "valid")
    exact = months_of(sums, months[:12])
    assert exact.value.tolist() == exact.low.tolist() == exact.high.tolist() == months[12:].tolist()
    late = months_of(sums, months[:12], np.r_[np.ones(20), np.full(5, 0.95)])
    assert (late.low <= months[12:]).all()
    assert (late.high >= months[12:]).all()
    assert late.high[-1] - late.low[-1] > 10
    with pytest.raises(InputError, match="first 12 months"):
        months_of(sums, months[:11])
    with pytest.raises(InputError, match="add up"):
        months_of(sums, months[:12] + 1)
