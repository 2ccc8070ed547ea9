"""The registry with accepted changes: dates begin and end, nothing is deleted, answers as of earlier days stay."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.core.errors import UnknownName
from counterflow.reference.csv_files import Source
from counterflow.reference.new_names import ambiguity_of
from counterflow.reference.registry import load_registry
from counterflow.reference.registry_overlay import ADDED, MOVED, REMOVED, RENAMED, RegistryChange, overlaid, taken_back

SOURCE = Source("U-1", "update U-1", "list.csv, accepted by A. Person on 2030-01-01", "text at hand")
DAY = date(2030, 7, 1)


def change(kind, substance="ketamine", before="Schedule III", after="Schedule II", day=DAY, **more):
    before = before if kind in (REMOVED, MOVED) else ""
    after = after if kind in (ADDED, MOVED) else ""
    name = more.pop("name", substance.title())
    return RegistryChange(kind, "us-csa", substance, name, day, SOURCE, before, after, **more)


def lists(registry, substance, day):
    return [c.list for c in registry.controls_on(substance, day, ["US"]) if c.instrument == "us-csa"]


def test_no_change_is_the_same_registry():
    assert overlaid(load_registry(), []) is load_registry()


def test_what_is_removed_ends_the_day_before_and_stays_in_the_table():
    registry = overlaid(load_registry(), [change(REMOVED)])
    assert lists(registry, "ketamine", DAY - timedelta(days=1)) == ["Schedule III"]
    assert lists(registry, "ketamine", DAY) == []
    assert len(registry.controls["ketamine"]) == len(load_registry().controls["ketamine"])
    ended = next(c for c in registry.controls["ketamine"] if c.instrument == "us-csa")
    assert ended.date_to == "2030-06-30"
    assert ended.citation.endswith("; ended by update U-1")


def test_what_is_moved_keeps_its_reach_and_cites_the_list():
    registry = overlaid(load_registry(), [change(MOVED)])
    before = next(c for c in load_registry().controls["ketamine"] if c.instrument == "us-csa")
    after = registry.controls["ketamine"][-1]
    assert (after.list, after.date_from, after.basis) == ("Schedule II", "2030-07-01", before.basis)
    assert after.extends_to == before.extends_to
    assert after.citation == SOURCE.citation
    assert not after.unverified


def test_what_is_new_is_found_from_its_day_by_name_and_number():
    new = change(
        ADDED, "exemplamine", name="Exemplamine hydride", after="Schedule I", scheme="DEA", code="9999",
        cas="50-00-0", other_names=("EXA-12", "Sunrise"),
    )  # fmt: skip
    registry = overlaid(load_registry(), [new])
    assert registry.substance("exemplamine").kind == "unknown"
    assert registry.substance("exemplamine").grade == "drug"
    assert lists(registry, "exemplamine", DAY - timedelta(days=1)) == []
    assert lists(registry, "exemplamine", DAY) == ["Schedule I"]
    named = {n.text: (n.type, n.ambiguity) for n in registry.names if n.substance == "exemplamine"}
    assert named == {
        "Exemplamine hydride": ("statutory", 0),
        "EXA-12": ("abbreviation", 2),
        "Sunrise": ("trade", 2),
    }
    assert registry.cas_numbers["50-00-0"].substance == "exemplamine"
    # It reaches as far as most entries of its list do.
    assert "salts" in registry.controls["exemplamine"][0].extends_to
    assert registry.controls["exemplamine"][0].citation.endswith("as most entries of Schedule I have them")


def test_what_stands_in_brackets_is_not_part_of_the_name_that_is_searched():
    new = change(ADDED, "exemplazene", name="Exemplazene (N,N-diethyl-2-exemplyl) (base)", after="Schedule I")
    registry = overlaid(load_registry(), [new])
    assert registry.substance("exemplazene").name == "Exemplazene"
    named = {n.text: (n.type, n.ambiguity) for n in registry.names if n.substance == "exemplazene"}
    assert named == {"Exemplazene": ("statutory", 0), "N,N-diethyl-2-exemplyl": ("chemical", 0)}
    new = change(ADDED, "exemplazene", name="2-(4-exemplyl)-N-benzylamine (2,5-exemplylamine)", after="Schedule I")
    names = [n for n in overlaid(load_registry(), [new]).names if n.substance == "exemplazene"]
    assert [n.text for n in names] == ["2-(4-exemplyl)-N-benzylamine", "2,5-exemplylamine"]


def test_a_number_that_the_registry_has_stays_with_its_substance():
    new = change(ADDED, "exemplamine", after="Schedule I", cas="437-38-7")
    assert overlaid(load_registry(), [new]).cas_numbers["437-38-7"].substance == "fentanyl"


def test_a_rename_adds_a_name_and_takes_none_away():
    registry = overlaid(load_registry(), [change(RENAMED, name="Ketaminum novum")])
    texts = [n.text for n in registry.names if n.substance == "ketamine"]
    assert texts[-1] == "Ketaminum novum"
    assert len(texts) == sum(n.substance == "ketamine" for n in load_registry().names) + 1
    assert lists(registry, "ketamine", DAY) == ["Schedule III"]


def test_two_updates_of_one_day_hold_in_their_order():
    first, second = change(MOVED), change(MOVED, before="Schedule II", after="Schedule I")
    registry = overlaid(load_registry(), [first, second])
    assert lists(registry, "ketamine", DAY) == ["Schedule I"]
    assert lists(registry, "ketamine", DAY - timedelta(days=1)) == ["Schedule III"]


def test_the_same_change_twice_changes_nothing_more():
    once, twice = (overlaid(load_registry(), [change(ADDED, after="Schedule I")] * n) for n in (1, 2))
    assert once.controls == twice.controls


def test_the_version_tells_what_is_overlaid():
    versions = {
        load_registry().version,
        overlaid(load_registry(), [change(REMOVED)]).version,
        overlaid(load_registry(), [change(REMOVED, day=DAY + timedelta(days=1))]).version,
    }
    assert len(versions) == 3


def test_an_unknown_instrument_is_refused():
    with pytest.raises(UnknownName, match="us-csb"):
        overlaid(load_registry(), [RegistryChange(REMOVED, "us-csb", "ketamine", "Ketamine", DAY, SOURCE, "I")])


@pytest.mark.parametrize("name", ["Ice", "Paper", "accessories", "ABX"])
def test_short_and_ordinary_names_never_alert_alone(name):
    assert ambiguity_of(name, official=True) == 2


def us_substances():
    """Substances with one US entry; looked up when the test runs."""
    held = load_registry().controls.items()
    return sorted(s for s, rows in held if sum(r.instrument == "us-csa" and not r.scope for r in rows) == 1)[:60]


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.deferred(lambda: st.sampled_from(us_substances())), st.sampled_from((REMOVED, MOVED))), min_size=1, max_size=6,
             unique_by=lambda pair: pair[0]),
    st.integers(min_value=1, max_value=3000),
)  # fmt: skip
def test_taking_back_restores_the_day_and_leaves_the_time_between(picked, days):
    shipped = load_registry()
    made = []
    for substance, kind in picked:
        row = next(r for r in shipped.controls[substance] if r.instrument == "us-csa" and not r.scope)
        made.append(change(kind, substance, before=row.list, after="Schedule X"))
    back = taken_back(made, DAY + timedelta(days=days), SOURCE)
    registry, between = overlaid(shipped, [*made, *back]), DAY + timedelta(days=days - 1)
    for substance, kind in picked:
        before = lists(shipped, substance, DAY)
        assert lists(registry, substance, DAY - timedelta(days=1)) == before
        assert sorted(lists(registry, substance, DAY + timedelta(days=days))) == sorted(before)
        assert ("Schedule X" in lists(registry, substance, between)) is (kind == MOVED)
        assert len(registry.controls[substance]) >= len(shipped.controls[substance])
        restored = registry.controls_on(substance, DAY + timedelta(days=days), ["US"])
        reach = {c.extends_to for c in shipped.controls[substance] if c.instrument == "us-csa"}
        assert {c.extends_to for c in restored if c.instrument == "us-csa"} == reach
