"""Class rules as people read them, and tried on their own cases."""

from dataclasses import replace
from datetime import date

import pytest

from counterflow.core.errors import UnknownName
from counterflow.reference.class_rules import FragmentCase, load_class_rules
from counterflow.reference.law_pages import instruments_page, unverified_page
from counterflow.reference.registry import load_registry
from counterflow.screen.substances import rule_pages
from counterflow.screen.substances.rule_trials import WITHHELD, tried


def rule(named):
    return next(r for r in load_class_rules() if r.id == named)


def test_rules_that_hold_on_a_day():
    on_day = {r.id for r in rule_pages.chosen_rules(None, date(2018, 6, 1))}
    assert "us-frs" in on_day
    assert "cn-frs" not in on_day
    assert rule_pages.chosen_rules("us-frs", date(2017, 6, 1)) == ()
    with pytest.raises(UnknownName, match=r"us-fsr.*us-frs"):
        rule_pages.chosen_rules("us-fsr", None)


def test_a_rule_says_the_words_of_each_period_and_what_each_site_may_bear():
    rows = rule_pages.described([rule("us-frs")])
    periods = [row for row in rows if row["part"] == "period"]
    assert [row["read"] for row in periods] == [p.read for p in rule("us-frs").periods]
    assert all(p.words in row["words"] for p, row in zip(rule("us-frs").periods, periods, strict=True))
    assert {row["part"] for row in rows if row["part"].startswith("site")} == {
        f"site {site.letter}" for site in rule("us-frs").sites
    }
    assert any("monocycle" in row["words"] and "modification that the law names" in row["words"] for row in rows)


def test_a_listing_has_a_line_for_each_period_of_each_rule():
    assert len(rule_pages.listed(load_class_rules())) == sum(len(r.periods) for r in load_class_rules())


def test_what_is_outside_a_rule_is_not_printed_to_choose_from():
    rows = tried([rule("us-frs")])
    outside = [row for row in rows if row["kind"] == "group" and row["expected"] == "out"]
    assert outside
    assert {row["case"].partition(") ")[2] for row in outside} == {WITHHELD}
    page = rule_pages.page()
    for site in rule("us-frs").sites:
        assert not [
            f.fragment for f in site.fragments if f.expect == "out" and len(f.fragment) > 3 and f.fragment in page
        ]


def test_a_case_that_fails_is_shown_whole():
    whole = rule("us-frs")
    site = replace(whole.sites[0], fragments=(FragmentCase("*c1ccccc1", "out"),))
    (failed,) = [row for row in tried([replace(whole, sites=(site,))]) if row["kind"] == "group"]
    assert (failed["case"], failed["found"], failed["passed"]) == ("(A) *c1ccccc1", "same", False)


def test_every_rule_and_period_stands_on_its_page():
    page = rule_pages.page()
    for one in load_class_rules():
        assert f"\n## {one.id}\n" in page
        assert all(period.citation in page for period in one.periods)
        assert all(case.name.replace("|", "\\|") in page for case in one.cases)


def test_every_recalled_entry_stands_on_the_page_of_what_waits():
    registry = load_registry()
    page = unverified_page(registry)
    recalled = [row for rows in registry.controls.values() for row in rows if row.unverified]
    assert recalled
    missing = [r.substance for r in recalled if registry.substances[r.substance].name.replace("|", "\\|") not in page]
    assert not missing
    for instrument in registry.instruments.values():
        count = sum(r.instrument == instrument.id for r in recalled)
        assert (f"## {instrument.short}: entries ({count})" in page) is (count > 0)


def test_every_instrument_repeats_its_coverage():
    registry = load_registry()
    page = instruments_page(registry)
    assert all(f"**{instrument.coverage_text}**" in page for instrument in registry.instruments.values())
