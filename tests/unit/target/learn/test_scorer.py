"""A scorer: what it learns, what stands in for it, and what it never sees."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from counterflow.core.errors import ConfigError, InputError
from counterflow.target.learn.model import fit_forest
from counterflow.target.learn.options import LearnOptions
from counterflow.target.learn.scorer import Scorer, default_score, part_of

from .conftest import FIRST, SMALL, make_known, make_lines

ON = FIRST + dt.timedelta(days=90)
SEVERITY = SMALL.severity


def finding(row, code, harm_class, strength=1.0, kind="calibrated"):
    return {"row": row, "code": code, "kind": kind, "strength": strength, "harm_class": harm_class}


def plain_lines(count, findings=()):
    return make_lines([{"row": i, "day": i % 5, "hs": "010203", "office": "a"} for i in range(count)], findings)


def test_it_ranks_what_it_has_not_seen_far_better_than_chance(scorer, later):
    lines, known = later
    scored = scorer.score(lines)
    found = np.asarray(known.found.to_pylist())
    top = np.argsort(-default_score(scored, SEVERITY))[:40]
    assert (found[top] != "").mean() > 0.75
    assert (found[top] == "drug").sum() > 0.4 * (found == "drug").sum()


def test_probabilities_are_coherent(scorer, later):
    scored = scorer.score(later[0])
    assert set(scored.probability) == {"drug", "revenue"}
    assert all(((p >= 0) & (p <= 1)).all() for p in scored.probability.values())
    assert np.allclose(sum(scored.probability.values()), scored.find)
    assert scored.find.mean() == pytest.approx((np.asarray(later[1].found.to_pylist()) != "").mean(), abs=0.08)
    assert np.allclose(scored.harm({"drug": 100.0}), 100 * scored.probability["drug"])


def test_the_same_seed_gives_the_same_scorer_and_another_seed_another(past, scorer, later):
    again = Scorer.fit(*past, SMALL, on=ON, seed=5)
    other = Scorer.fit(*past, SMALL, on=ON, seed=6)
    assert np.array_equal(again.score(later[0]).find, scorer.score(later[0]).find)
    assert not np.array_equal(other.score(later[0]).find, scorer.score(later[0]).find)


def test_what_became_known_later_changes_nothing(past):
    lines, known = past
    on = FIRST + dt.timedelta(days=45)
    late = known.on >= (on - dt.date(1970, 1, 1)).days
    found = np.asarray(known.found.to_pylist(), object)
    shuffled = found.copy()
    shuffled[late] = np.random.default_rng(0).permutation(found[late])
    assert (shuffled != found).any()
    options = replace(SMALL, calibration="none")
    one, two = (
        Scorer.fit(lines, replace(known, found=pa.array(f, pa.string())), options, on=on, seed=1)
        for f in (found, shuffled)
    )
    assert one.counts == two.counts
    assert np.array_equal(one.score(lines).find, two.score(lines).find)


def test_a_delay_hides_the_latest_outcomes(past):
    options = replace(SMALL, delay_days=30, calibration="none")
    made = Scorer.fit(*past, options, on=ON, seed=1)
    assert made.counts["inspected"] == int((past[1].on < (FIRST - dt.date(1970, 1, 1)).days + 60).sum())


def test_it_is_kept_and_read_back_without_lightgbm(scorer, later, tmp_path, monkeypatch):
    scorer.save(tmp_path / "m")
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    again = Scorer.load(tmp_path / "m")
    for name, chance in scorer.score(later[0]).probability.items():
        assert np.array_equal(again.score(later[0]).probability[name], chance)
    assert (again.said, again.counts, again.on, again.options) == (
        scorer.said,
        scorer.counts,
        scorer.on,
        scorer.options,
    )


@pytest.mark.parametrize("damage", ["scorer.json", "forests.trees", "past.features"])
def test_a_damaged_model_is_refused(scorer, tmp_path, damage):
    scorer.save(tmp_path / "m")
    file = tmp_path / "m" / damage
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(InputError, match="cannot be read"):
        Scorer.load(tmp_path / "m")


def test_no_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        Scorer.load(tmp_path)


def test_contributions_sum_to_the_margins_of_the_selected(scorer, later):
    lines, _ = later
    rows = np.array([7, 3, 250])
    table = scorer.contributions(lines, rows)
    values = scorer.state.features(lines).values[scorer.score(lines).line_of[np.sort(rows)]]
    for of, forest in (("find", scorer.model.find), ("top", scorer.model.top)):
        mine = table.filter(pa.compute.equal(table["of"], of))
        total = mine.group_by("row").aggregate([("contribution", "sum")]).sort_by("row")
        assert total["row"].to_pylist() == [3, 7, 250]
        assert np.allclose(total["contribution_sum"], forest.margin(values))
    assert scorer.contributions(lines, np.array([], np.int64)).num_rows == 0


def test_left_out_columns_are_in_no_feature(past):
    made = Scorer.fit(
        *past, replace(SMALL, without=frozenset(("origin", "departure")), calibration="none"), on=ON, seed=1
    )
    assert not [n for n in made.state.layout.names if "origin" in n or "departure" in n]
    assert made.learnt


def test_how_rows_were_chosen_decides_how_they_are_told_the_past(past):
    lines, known = past
    targeted = replace(known, random=np.zeros(lines.records, bool))
    options = replace(SMALL, calibration="none")
    said = [" ".join(Scorer.fit(lines, k, options, on=ON, seed=1).said) for k in (known, targeted)]
    assert "all of the past but their own fold" in said[0]
    assert "what was known on their own day" in said[1]


def test_weights_of_random_draws_are_cut_and_can_be_ignored(past, later):
    lines, known = past
    heavy = replace(known, weight=np.where(np.arange(lines.records) % 9 == 0, 50.0, 1.0))

    def made(weights, clip):
        options = replace(SMALL, weight_clip=clip, calibration="none", encoding="past")
        return Scorer.fit(lines, weights, options, on=ON, seed=1).score(later[0]).find

    assert np.array_equal(made(heavy, 1.0), made(known, 1.0))
    assert not np.array_equal(made(heavy, 4.0), made(known, 4.0))


def test_a_record_counts_as_its_worst_line(past, scorer, later):
    lines, _ = later
    safe, bad = np.argsort(default_score(scorer.score(lines), SEVERITY))[[0, -1]]
    both = pa.concat_tables([part_of(lines, np.array([r])).table for r in (safe, bad)])
    joined = both.set_column(0, "row", pa.array([0, 0])).set_column(2, "record_id", pa.array(["x", "x"]))
    scored = scorer.score(type(lines)(joined, 1, lines.findings))
    assert scored.line_of.tolist() == [1]
    assert scored.find[0] == pytest.approx(scorer.score(lines).find[bad])


def test_with_no_outcome_findings_alone_decide_and_it_says_so():
    lines = plain_lines(6, [finding(2, "controlled-drug", "drug"), finding(4, "undervalued", "revenue")])
    made = Scorer.fit(lines, make_known([None] * 6, range(6)), SMALL, on=ON, seed=1)
    score = default_score(made.score(lines), SEVERITY)
    assert not made.learnt
    assert made.said[0].startswith("No outcome is known yet.")
    assert np.argsort(-score)[:2].tolist() == [2, 4]
    assert len(set(score[[0, 1, 3, 5]].tolist())) == 1
    assert made.contributions(lines, np.array([2])).num_rows == 0


def test_with_neither_outcome_nor_finding_all_are_alike():
    lines = plain_lines(4)
    made = Scorer.fit(lines, make_known([None] * 4, range(4)), SMALL, on=ON, seed=1)
    assert len(set(default_score(made.score(lines), SEVERITY).tolist())) == 1


@pytest.mark.parametrize(("found", "words"), [("", "nothing found"), ("revenue", "a find")])
def test_outcomes_that_all_say_the_same_teach_nothing(found, words):
    lines = plain_lines(50)
    made = Scorer.fit(lines, make_known([found] * 50, range(50)), SMALL, on=ON, seed=1)
    assert not made.learnt
    assert f"All 50 known outcomes say the same ({words})" in made.said[0]
    assert np.isfinite(default_score(made.score(lines), SEVERITY)).all()


def test_with_too_few_finds_past_rates_stand_in():
    rows = [{"row": i, "day": i // 10, "hs": "010101" if i % 2 else "020202", "office": "a"} for i in range(200)]
    lines = make_lines(rows)
    found = ["drug" if i % 2 and i < 20 else "" for i in range(200)]
    made = Scorer.fit(lines, make_known(found, [i // 10 for i in range(200)]), SMALL, on=ON, seed=1)
    chance = made.score(lines).probability["drug"]
    assert not made.learnt
    assert "200 outcomes are known, 10 of them finds" in made.said[0]
    assert chance[1] > chance[0] > 0


def test_with_few_finds_of_the_top_tier_it_is_a_share_of_all(past):
    lines, known = past
    found = np.asarray(known.found.to_pylist(), object)
    grave = np.flatnonzero(found == "drug")
    found[grave[5:]] = "revenue"
    made = Scorer.fit(lines, replace(known, found=pa.array(found, pa.string())), SMALL, on=ON, seed=1)
    assert made.model.top is None
    assert any("only 5 finds of the top tier" in line for line in made.said)
    scored = made.score(lines)
    assert np.allclose(scored.probability["drug"] / scored.find, made.model.top_share, atol=0.02)


def test_a_class_never_found_so_far_is_scored_from_findings(scorer, later):
    lines, _ = later
    flagged = [finding(9, "weapon-word", "weapon"), finding(9, "listed-similar", "party")]
    with_findings = type(lines)(lines.table, lines.records, make_lines([{"row": 9, "day": 0}], flagged).findings)
    scored = scorer.score(with_findings)
    assert scored.probability["weapon"][9] > 0
    assert scored.probability["weapon"].sum() == scored.probability["weapon"][9]
    assert not scored.probability["party"].any()  # a likeness of names that nobody judged


def test_classes_of_one_tier_have_shares_by_forest_or_by_count(past):
    lines, known = past
    found = np.asarray(known.found.to_pylist(), object)
    other = np.flatnonzero(found == "revenue")
    heavy = lines.table["mass_kg"].to_numpy()[other] > 2
    found[other[heavy]] = "declaration"
    found[other[~heavy][:3]] = "data"
    made = Scorer.fit(lines, replace(known, found=pa.array(found, pa.string())), SMALL, on=ON, seed=1)
    assert set(made.model.share_forests) == {"declaration", "revenue"}
    scored = made.score(lines)
    assert np.allclose(sum(scored.probability.values()), scored.find)
    assert scored.probability["data"].mean() < 0.05
    mass = lines.table["mass_kg"].to_numpy()
    share = scored.probability["declaration"] / (scored.find - scored.probability["drug"])
    assert share[mass > 2].mean() > share[mass < 2].mean() + 0.2


def test_a_class_without_severity_is_refused_with_the_nearest():
    lines = plain_lines(3)
    with pytest.raises(ConfigError, match=r"'drugs' have no severity.*'drug'"):
        Scorer.fit(lines, make_known(["drugs", "", ""], range(3)), SMALL, on=ON, seed=1)


def test_without_openmp_it_says_what_to_install(past, monkeypatch):
    class Broken:
        def find_spec(self, name, *_):
            if name == "lightgbm":
                raise OSError("libgomp.so.1: cannot open shared object file")

    for name in [n for n in sys.modules if n.split(".")[0] == "lightgbm"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(ConfigError, match="libgomp1"):
        fit_forest(None, None, None, SMALL, 1, "find")


def test_options_come_back_from_text_and_refuse_nonsense():
    options = LearnOptions.fast(without=frozenset(("origin",)))
    assert LearnOptions.from_json(options.to_json()) == options
    with pytest.raises(ConfigError, match="held_out"):
        LearnOptions(held_out=1.0)


def test_part_of_renumbers_records_and_their_findings():
    lines = make_lines(
        [{"row": i // 2, "day": 0} for i in range(8)], [finding(1, "a", "drug"), finding(3, "b", "drug")]
    )
    some = part_of(lines, np.array([1, 2]))
    assert (some.row.tolist(), some.records) == ([0, 0, 1, 1], 2)
    assert some.findings["row"].to_pylist() == [0]
    assert some.table["record_id"].to_pylist() == ["r00001"] * 2 + ["r00002"] * 2
