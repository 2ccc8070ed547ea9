"""The first score: what moves it, what must not, and how the past enters."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from counterflow.core.errors import ConfigError
from counterflow.core.settings import TargetSettings
from counterflow.target.choice.frame import eligible_records, goods_lines, past_labels, record_of_codes
from counterflow.target.first_score.history import Labels, past_rates
from counterflow.target.first_score.score import finding_weight, score, scored_findings, top_parts
from counterflow.target.first_score.telling import past_words
from counterflow.target.options import TargetOptions, options_from

OPTIONS = options_from(TargetSettings(outcome_keys=("hs", "hs+origin")))


def findings(*rows):
    names = ("row", "code", "kind", "strength", "harm_class")
    columns = zip(*rows, strict=True) if rows else ([],) * 5
    types = (pa.int64(), pa.string(), pa.string(), pa.float64(), pa.string())
    return pa.table([pa.array(list(c), t) for c, t in zip(columns, types, strict=True)], names=names)


def lines(values):
    """Lines of records: (row, hs, origin)."""
    row, hs, origin = zip(*values, strict=True) if values else ([], [], [])
    return pa.table(
        {
            "row": pa.array(row, pa.int64()),
            "office": pa.array(["A"] * len(row), pa.string()),
            "hs": pa.array(hs, pa.string()),
            "origin": pa.array(origin, pa.string()),
        }
    )


def history(now, past=(), found=(), options=OPTIONS):
    labels = Labels(lines(list(past)), pa.array(list(found), pa.string()), np.ones(len(found)))
    return past_rates(lines(now), len({r for r, *_ in now}), labels, options)


NOW = [(0, "300490", "CN"), (1, "610910", "CN"), (2, None, None)]


def scores(*rows, past=(), found=(), codes=None):
    return score(findings(*rows), history(NOW, past, found), codes or {}, OPTIONS)


def test_nothing_known_still_leaves_some_harm_and_it_is_equal():
    harm = scores().harm
    assert harm[0] == harm[1] == harm[2] > 0
    expected = sum(OPTIONS.severity[c] * p for c, p in OPTIONS.base_rates.items())
    assert harm[0] == pytest.approx(expected)


def test_a_finding_raises_harm_by_its_severity_weight_and_strength():
    harm = scores((0, "controlled-drug", "deterministic", 0.9, "drug")).harm
    gain = 100 * 0.30 * 0.9
    assert harm[0] - harm[1] == pytest.approx(gain, rel=1e-3)
    weaker = scores((0, "controlled-drug", "deterministic", 0.3, "drug")).harm
    declared = scores((0, "hs-goods", "deterministic", 0.9, "declaration")).harm
    assert harm[0] > weaker[0] > declared[0] > harm[1]


def test_the_same_code_twice_counts_once_and_another_adds():
    one = (0, "controlled-drug", "deterministic", 0.9, "drug")
    assert scores(one, one).harm[0] == scores(one).harm[0]
    other = (0, "controlled-drug-cas", "deterministic", 0.9, "drug")
    p = 1 - (1 - 0.27) * (1 - 0.27)
    assert scores(one, other).by_class["drug"][0] == pytest.approx(100 * p, rel=1e-3)


def test_an_unjudged_similar_name_never_enters_the_score():
    similar = [
        (0, "listed-similar", "calibrated", 0.99, "party"),
        (1, "another-fuzzy-route", "calibrated", 0.99, "party"),
        (2, "listed-similar", "deterministic", 0.99, "party"),
    ]
    assert scores(*similar).harm.tolist() == scores().harm.tolist()
    assert scored_findings(findings(*similar), OPTIONS).num_rows == 0


def test_a_harm_class_without_severity_says_the_line_to_write():
    with pytest.raises(ConfigError, match=r"\[target\.severity\]"):
        scores((0, "wildlife", "deterministic", 0.5, "wildlife"))


def test_past_finds_raise_their_key_and_clean_inspections_lower_it():
    past = [(i, "300490", "CN") for i in range(40)] + [(40 + i, "610910", "CN") for i in range(40)]
    found = ["drug"] * 20 + [""] * 60
    after = scores(past=past, found=found)
    assert after.harm[0] > 5 * after.harm[1]
    assert after.by_class["drug"][0] == pytest.approx(50, abs=6)
    assert after.harm[1] < after.harm[2]  # clean inspections count in favour, beside a key nobody looked at
    words = after.history.words(0, "drug")
    assert "20 of 40 earlier inspections confirmed drug" in words
    assert "300490" in words
    assert after.history.words(1, "drug") == ""


def test_a_key_that_says_nothing_beyond_chance_adds_nothing():
    rng = np.random.default_rng(3)
    hs = [f"{3000 + i % 40}" for i in range(2000)]
    found = np.where(rng.random(2000) < 0.2, "drug", "").tolist()
    past = [(i, h, "CN") for i, h in enumerate(hs)]
    rates = history([(i, f"{3000 + i}", "CN") for i in range(40)], past, found).rates["drug"]
    assert rates.std() < 0.03
    assert rates.mean() == pytest.approx(0.2, abs=0.03)


def test_a_fine_key_leans_on_its_coarser_one():
    past = [(i, "300490", "CN") for i in range(30)] + [(30 + i, "610910", "CN") for i in range(300)]
    found = ["drug"] * 15 + [""] * 315
    rates = history([(0, "300490", "IN"), (1, "610910", "IN")], past, found).rates["drug"]
    assert rates[0] > 0.3  # never seen with this origin, yet known by its HS code
    assert rates[1] < 0.05


def test_keys_side_by_side_add_up_and_a_joint_key_starts_from_both():
    options = options_from(TargetSettings(outcome_keys=("hs", "origin", "hs+origin")))
    past, found = [], []
    for hs, origin, share in (("30", "CN", 0.3), ("30", "DE", 0.1), ("61", "CN", 0.1), ("61", "DE", 0.0)):
        past += [(len(past) + i, hs, origin) for i in range(200)]
        found += ["drug" if i < share * 200 else "" for i in range(200)]
    now = [(0, "30", "CN"), (1, "30", "DE"), (2, "61", "CN"), (3, "61", "DE"), (4, "61", "FR"), (5, "30", "FR")]
    rates = history(now, past, found, options).rates["drug"]
    assert rates[0] > rates[1] > rates[3]
    assert rates[0] > rates[2] > rates[3]
    assert rates[5] > 1.5 * rates[4]  # an origin never seen leans on the HS code alone


def test_a_record_of_two_lines_is_as_bad_as_its_worse_one():
    past = [(i, "300490", "CN") for i in range(30)] + [(30 + i, "610910", "CN") for i in range(30)]
    found = ["drug"] * 25 + [""] * 35
    both = history([(0, "610910", "CN"), (0, "300490", "CN"), (1, "610910", "CN")], past, found)
    assert both.rates["drug"][0] > 3 * both.rates["drug"][1]
    assert "300490" in both.words(0, "drug")


def test_weights_of_codes_follow_what_inspections_confirmed():
    assert finding_weight("x", "drug", {}, OPTIONS) == pytest.approx(0.3)
    assert finding_weight("x", "drug", {"x": (400, 4, 0.8)}, OPTIONS) < 0.06
    assert finding_weight("x", "drug", {"x": (400, 300, 0.8)}, OPTIONS) > 0.8


def test_top_parts_are_the_gravest_codes_of_each_record():
    made = scores(
        (0, "a", "deterministic", 0.2, "drug"), (0, "b", "deterministic", 0.9, "drug"),
        (0, "c", "deterministic", 0.9, "data"), (1, "d", "deterministic", 0.9, "data"),
    )  # fmt: skip
    top = top_parts(made.parts, 2)
    assert list(zip(*(top.column(n).to_pylist() for n in ("row", "code", "place")), strict=True)) == [
        (0, "b", 0), (0, "a", 1), (1, "d", 0)
    ]  # fmt: skip


@pytest.mark.parametrize("key", ["attributes.consignee_name", "hs+attributes.Buyer Name", "attributes.name"])
def test_what_a_party_is_called_enters_no_score(key):
    with pytest.raises(ConfigError, match="may not enter"):
        options_from(TargetSettings(outcome_keys=(key,)))


def test_the_name_of_a_ship_may_enter():
    assert options_from(TargetSettings(outcome_keys=("attributes.vessel_name",))).keys == (("attributes.vessel_name",),)


def test_a_likeness_of_names_makes_nothing_mandatory():
    with pytest.raises(ConfigError, match="cannot make a record mandatory"):
        options_from(TargetSettings(mandatory_codes=("listed-similar@0.9",)))


def test_keys_that_may_not_enter_a_score_are_refused():
    for key in ("attributes.nationality", "attributes.driver_ethnicity", "hs+attributes.surname"):
        with pytest.raises(ConfigError, match="may not enter a score"):
            options_from(TargetSettings(outcome_keys=(key,)))
    for key in ("party", "name", "country", "attributes."):
        with pytest.raises(ConfigError, match="not a column"):
            options_from(TargetSettings(outcome_keys=(key,)))
    with pytest.raises(ConfigError, match="CODE@STRENGTH"):
        options_from(TargetSettings(mandatory_codes=("controlled-drug@strong",)))


def test_labels_are_past_settled_and_inspected_only(world, days):
    ids = world.records(8, first=days.before)
    world.outcome(ids[0], confirmation="confirmed", harm_class="drug", day=days.before)
    world.outcome(ids[1], confirmation="none", day=days.before)
    world.outcome(ids[2], confirmation="presumptive", harm_class="drug", day=days.before)
    world.outcome(ids[3], state="not_presented", day=days.before)
    world.outcome(ids[4], confirmation="suspected", harm_class="drug", day=days.before)
    world.outcome(ids[4], confirmation="refuted", day=days.before + dt.timedelta(days=1))
    world.outcome(ids[5], confirmation="confirmed", harm_class="drug", day=days.monday)  # not known yet
    before = dt.datetime.combine(days.monday, dt.time(), dt.UTC)
    labels = past_labels(world.store, before, OPTIONS)
    assert labels.found.to_pylist() == ["drug", "", ""]
    assert (labels.weight < 1).all()
    world.finding(ids[0], "x")
    world.finding(ids[1], "x", strength=0.5)
    world.finding(ids[5], "x")
    assert record_of_codes(world.store, before) == {"x": (2, 1, pytest.approx(0.7))}


def test_the_past_is_weighted_by_its_age(world, days):
    (old,) = world.records(1, first=days.before - dt.timedelta(days=358))
    world.outcome(old, day=days.before - dt.timedelta(days=358))
    labels = past_labels(world.store, dt.datetime.combine(days.monday, dt.time(12), dt.UTC), OPTIONS)
    assert labels.weight.tolist() == pytest.approx([0.5])


def test_goods_lines_carry_every_key_column(world, days):
    ids = world.records(3)
    world.store.append(
        "consignment",
        pa.Table.from_pylist(
            [
                {
                    "source": "s",
                    "record_id": "bare",
                    "batch": "b",
                    "first_seen": world.clock(),
                    "declared_on": days.monday,
                }
            ]
        ),
    )
    options = options_from(TargetSettings(outcome_keys=("hs2+sender", "hs6+attributes.tax_rate+origin")))
    records = eligible_records(world.store, days.monday, days.monday, options)
    assert records.column("record_id").to_pylist() == ["bare", *ids]
    table = goods_lines(world.store, records, options).to_pylist()
    assert table[1] == {
        "row": 1, "attributes.tax_rate": "8", "hs2": "30", "hs6": "300000", "office": "A", "origin": "CN",
        "sender": "post0",
    }  # fmt: skip
    assert table[0]["hs6"] is None


def test_a_key_that_the_record_leaves_empty_is_no_reason_and_breaks_nothing():
    past = [{"hs": None, "departure": "NL"}, {"hs": "300490", "departure": "NL"}]
    now = [{"hs": None, "departure": "NL"}, {"hs": "300490", "departure": None}]
    history = past_rates(
        _lines(now), 2, Labels(_lines(past), pa.array(["drug", "drug"]), np.ones(2), _cases(2)),
        TargetOptions({"drug": 100.0}, (("hs",), ("departure",), ("hs", "departure")), ()),
    )  # fmt: skip
    told = pa.concat_tables(past_words(history, np.arange(2), np.array(["drug", "drug"], object), 0)).to_pylist()
    said = {(piece["row"], piece["place"]): piece["words"] for piece in told}
    assert said[0, 0] == "2 of 2 earlier inspections confirmed drug: departure NL"
    assert said[1, 0] == "1 of 1 earlier inspections confirmed drug: hs 300490"
    assert said[1, 1] == "nearest past cases (same hs 300490): case1 (2026-01-02, confirmed drug)"
    assert said[0, 1].endswith("case1 (2026-01-02, confirmed drug), case0 (2026-01-01, confirmed drug)")


def _lines(rows):
    columns = {name: pa.array([r[name] for r in rows], pa.string()) for name in ("hs", "departure")}
    return pa.table({"row": np.arange(len(rows)), "office": ["A"] * len(rows), **columns})


def _cases(count):
    days = [dt.date(2026, 1, 1) + dt.timedelta(days=i) for i in range(count)]
    return pa.table({"record_id": [f"case{i}" for i in range(count)], "day": pa.array(days, pa.date32())})
