import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.target.features.lines import Known, Lines
from counterflow.target.features.past import cross_features, past_and_state, past_features
from counterflow.target.features.spec import FeatureSpec, default_spec
from counterflow.target.features.state import State

from .conftest import START, known_of, lines_of, random_past

CLASSES = ("any", "drug")


def same(one, other):
    np.testing.assert_array_equal(one, other)


def part(lines, known, keep):
    """Return the records where `keep` is true, as a past of their own."""
    place = np.cumsum(keep) - 1
    of_line = keep[lines.row]
    table = lines.table.filter(pa.array(of_line))
    table = table.set_column(0, "row", [place[lines.row[of_line]]])
    kept = Known(known.found.filter(pa.array(keep)), known.on[keep], known.weight[keep], known.random[keep])
    return Lines(table, int(keep.sum()), lines.findings), kept


def days_of(lines):
    return lines.table["day"].cast(pa.int32()).to_numpy()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), day=st.integers(START + 1, START + 39), delay=st.sampled_from([0, 3]))
def test_a_changed_future_changes_nothing(seed, day, delay):
    """Whatever is declared from a day on, and whatever becomes known from then on, earlier features do not move."""
    lines, known = random_past(seed)
    spec = default_spec(lines)
    before = past_features(lines, known, spec, CLASSES, delay_days=delay)
    rng = np.random.default_rng(seed + 1)
    days, record_days = days_of(lines), np.zeros(lines.records, int)
    record_days[lines.row] = days
    # Outcomes that nobody knows by then, in whatever disorder; lines of later days with other goods, values and parties.
    hidden = known.on + delay >= day
    found = np.asarray(known.found.to_pylist(), object)
    found[hidden] = rng.permutation(np.array([None, "", "drug", "revenue"] * lines.records, object))[: hidden.sum()]
    changed_known = Known(pa.array(found, pa.string()), known.on, known.weight, known.random)
    later = days >= day
    order = np.arange(len(days))
    order[later] = rng.permutation(order[later])
    table = lines.table
    for name in ("hs", "origin", "importer", "value", "mass_kg", "attributes.tax_rate"):
        table = table.set_column(table.column_names.index(name), name, table[name].take(pa.array(order)))
    changed = past_features(Lines(table, lines.records, lines.findings), changed_known, spec, CLASSES, delay_days=delay)
    same(before.values[~later], changed.values[~later])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), day=st.integers(START + 1, START + 39), delay=st.sampled_from([0, 3]))
def test_both_roads_give_the_same_numbers(seed, day, delay):
    """Lines of a day are told the same when the past is walked, learned at once, or brought forward in two steps."""
    lines, known = random_past(seed)
    spec = default_spec(lines)
    walked = past_features(lines, known, spec, CLASSES, delay_days=delay)
    today = np.zeros(lines.records, bool)
    today[lines.row[days_of(lines) == day]] = True
    earlier = np.zeros(lines.records, bool)
    earlier[lines.row[days_of(lines) < day]] = True
    mine = days_of(lines) == day
    if not mine.any() or not earlier.any():
        return
    now, _ = part(lines, known, today)
    past, past_known = part(lines, known, earlier)
    learned = State.learn(past, past_known, spec, CLASSES, before=day, delay_days=delay)
    same(learned.features(now).values, walked.values[mine])
    stepped = State.learn(past, past_known, spec, CLASSES, before=day - 5, delay_days=delay)
    same(stepped.update(past, past_known, before=day).features(now).values, walked.values[mine])


def test_one_walk_leaves_the_state_that_learning_leaves():
    lines, known = random_past(8)
    spec = default_spec(lines)
    matrix, state = past_and_state(lines, known, spec, CLASSES)
    same(matrix.values, past_features(lines, known, spec, CLASSES).values)
    learned = State.learn(lines, known, spec, CLASSES)
    assert state.before == learned.before
    same(state.features(lines).values, learned.features(lines).values)


def test_the_order_of_records_changes_nothing():
    lines, known = random_past(3)
    spec = default_spec(lines)
    values = past_features(lines, known, spec, CLASSES).values
    turned = np.arange(lines.records)[::-1]
    of_line = np.argsort(-lines.row, kind="stable")
    table = lines.table.take(pa.array(of_line))
    table = table.set_column(0, "row", [lines.records - 1 - table["row"].to_numpy()])
    other = Known(known.found.take(pa.array(turned)), known.on[turned], known.weight, known.random)
    again = past_features(Lines(table, lines.records, lines.findings), other, spec, CLASSES).values
    # Sums are added in another order: the last bit may differ, nothing else.
    np.testing.assert_allclose(again, values[of_line], rtol=1e-5, atol=1e-6)


def test_own_outcome_and_those_of_the_same_day_are_not_seen():
    rows = [{"row": i, "day": START + i // 2, "hs": "300490", "currency": "EUR"} for i in range(6)]
    spec = FeatureSpec(keys=(("hs6",),))
    known = known_of(["drug"] * 6, [START + i // 2 for i in range(6)])
    made = past_features(lines_of(rows), known, spec, ("drug",))
    assert made.column("inspected:hs6").round(1).tolist() == [0.0, 0.0, 2.0, 2.0, 4.0, 4.0]
    assert made.column("seen:hs6").round(1).tolist() == [0.0, 0.0, 2.0, 2.0, 4.0, 4.0]
    assert made.column("new_share").tolist() == [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    late = past_features(lines_of(rows), known, spec, ("drug",), delay_days=1)
    assert late.column("inspected:hs6").round(1).tolist() == [0.0, 0.0, 0.0, 0.0, 2.0, 2.0]
    assert late.column("seen:hs6").round(1).tolist() == [0.0, 0.0, 2.0, 2.0, 4.0, 4.0]


def test_rate_is_the_posterior_mean_with_stated_trust():
    rows = [{"row": i, "day": START + i, "hs": "300490" if i < 5 else "300491"} for i in range(7)]
    spec = FeatureSpec(keys=(("hs4",), ("hs6",)), trust=4.0, half_life_days=1e12)
    found = ["drug", "", "drug", "", "", None, None]
    made = past_features(lines_of(rows), known_of(found, [START + i for i in range(7)]), spec, ("drug",))
    base = (2 + 0.5) / (5 + 50)
    heading = (2 + 4 * base) / (5 + 4)
    assert made.column("rate:hs4:drug")[5] == pytest.approx(heading)
    assert made.column("rate:hs6:drug")[5] == pytest.approx(heading), (
        "a code never inspected says what its heading says"
    )
    assert made.column("rate:hs6:drug")[4] == pytest.approx((2 + 4 * (2 + 4 * (2.5 / 54)) / (4 + 4)) / (4 + 4)), (
        "four earlier inspections of it, two finds"
    )


def test_half_life_counts_old_outcomes_for_less():
    rows = [{"row": 0, "day": START, "hs": "300490"}, {"row": 1, "day": START + 30, "hs": "300490"}]
    spec = FeatureSpec(keys=(("hs6",),), half_life_days=30.0, since=(("hs6",),))
    made = past_features(lines_of(rows), known_of(["drug", None], [START, 0]), spec, ("drug",))
    assert made.column("found:hs6:drug").tolist() == [0.0, 0.5]
    assert made.column("since:hs6:drug").tolist() == [3650.0, 30.0]


def test_a_record_counts_once_per_key_however_many_lines():
    rows = [{"row": 0, "day": START, "hs": "300490"}] * 3 + [{"row": 1, "day": START + 1, "hs": "300490"}]
    spec = FeatureSpec(keys=(("hs6",),), half_life_days=1e12)
    made = past_features(lines_of(rows), known_of(["drug", None], [START, 0]), spec, ("drug",))
    assert made.column("inspected:hs6")[3] == pytest.approx(1)
    assert made.column("seen:hs6")[3] == pytest.approx(1)


def test_an_empty_identifier_is_nobodys_history():
    rows = [{"row": i, "day": START + i, "importer": None, "hs": "300490"} for i in range(3)]
    spec = FeatureSpec(keys=(("importer",), ("importer", "hs6")))
    made = past_features(lines_of(rows), known_of(["drug"] * 3, [START, START, START]), spec, ("drug",))
    assert made.column("inspected:importer").tolist() == [0.0, 0.0, 0.0]
    assert made.column("new_share").tolist() == [0.0, 0.0, 0.0]


def test_price_gap_is_measured_against_the_products_own_past():
    rows = [
        {"row": i, "day": START + i, "hs": hs, "currency": "EUR", "value": value, "mass_kg": 2.0}
        for i, (hs, value) in enumerate([("300490", 20.0), ("300490", 20.0), ("300490", 20.0), ("300490", 2.0), ("999999", 2.0)])
    ]  # fmt: skip
    spec = FeatureSpec(keys=(), gaps=(("price", ("currency",)), ("price", ("currency", "hs6"))))
    made = past_features(lines_of(rows), known_of([None] * 5, [0] * 5), spec, ())
    gap = made.column("gap:price:currency+hs6")
    assert np.isnan(gap[0])
    assert gap[1] == pytest.approx(0.0, abs=1e-6)
    assert gap[3] == pytest.approx(np.log(0.1), abs=1e-5)
    assert gap[4] == pytest.approx(made.column("gap:price:currency")[4]), "new goods are held against all goods"


def test_cross_features_leave_the_own_fold_out():
    rows = [{"row": i, "day": START + i, "hs": "300490"} for i in range(4)]
    lines, known = lines_of(rows), known_of(["drug", "drug", "", ""], [START + i for i in range(4)])
    spec = FeatureSpec(keys=(("hs6",),), half_life_days=1e12)
    made = cross_features(lines, known, spec, ("drug",), np.arange(4))
    assert made.column("inspected:hs6").tolist() == pytest.approx([3] * 4)
    assert made.column("found:hs6:drug").tolist() == pytest.approx([1, 1, 2, 2])
    assert made.column("seen:hs6").tolist() == pytest.approx([3] * 4), "its own declaration is not among them"


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), fold=st.integers(0, 3))
def test_outcomes_of_the_own_fold_change_nothing_in_it(seed, fold):
    lines, known = random_past(seed)
    folds = np.arange(lines.records) % 4
    spec = FeatureSpec(keys=default_spec(lines).keys, trust=2.0)
    made = cross_features(lines, known, spec, CLASSES, folds)
    found = np.asarray(known.found.to_pylist(), object)
    given_one = (folds == fold) & np.array([f is not None for f in found])
    found[given_one] = np.random.default_rng(seed).permutation(found[given_one])
    other = Known(pa.array(found, pa.string()), known.on, known.weight, known.random)
    again = cross_features(lines, other, spec, CLASSES, folds)
    same(again.values[folds[lines.row] == fold], made.values[folds[lines.row] == fold])


def test_no_lines_and_no_outcomes_give_features_all_the_same():
    lines, known = random_past(1, records=20)
    spec = default_spec(lines)
    none = Known(pa.nulls(lines.records, pa.string()), known.on, known.weight, known.random)
    made = past_features(lines, none, spec, CLASSES)
    assert np.all(made.column("uninspected_share") == 1)
    assert len(set(made.column("rate:hs6:drug"))) == 1
    empty = lines_of([])
    assert past_features(empty, known_of([], []), spec_without_attributes(), CLASSES).values.shape[0] == 0


def spec_without_attributes():
    return FeatureSpec(keys=(("hs6",), ("importer", "hs4")), numbers=("mass", "hs_number", "empty"))


def test_a_line_without_a_day_is_refused():
    lines, known = random_past(1, records=5)
    table = lines.table.set_column(3, "day", pa.nulls(lines.table.num_rows, pa.date32()))
    with pytest.raises(ValueError, match="day"):
        past_features(Lines(table, lines.records, lines.findings), known, spec_without_attributes(), CLASSES)


def test_any_is_a_find_of_whatever_class():
    lines, known = random_past(5)
    spec = default_spec(lines)
    made = past_features(lines, known, spec, ("any", "drug", "revenue"))
    both = made.column("found:hs2:drug") + made.column("found:hs2:revenue")
    np.testing.assert_allclose(made.column("found:hs2:any"), both, rtol=1e-5)
    assert pc.sum(pc.is_valid(known.found)).as_py() > 50
