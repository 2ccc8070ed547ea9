"""The schemes: what is caught is given up, what goes through is done again."""

import numpy as np
import pyarrow.compute as pc
import pytest

from counterflow.demo.options import WorldOptions
from counterflow.demo.schemes import load_kinds
from counterflow.demo.world import World

BUSY = {"mail": 0.05, "express": 0.05}


def nothing(row):
    return False


def everything(row):
    return True


def run(catch, weeks=5, **options):
    """Return the world after some weeks, each time catching what `catch` picks from the new truth."""
    world = World(WorldOptions(records=10_000, weeks=weeks, prevalence=BUSY, **options))
    caught = []
    for number in range(weeks):
        world.week(number, caught)
        new = world.truth.filter(pc.equal(world.truth["week"], number))
        caught = [row["record_id"] for row in new.to_pylist() if catch(row)]
    return world


def share_by_mail(world, week):
    rows = world.truth.filter(pc.equal(world.truth["week"], week)).to_pylist()
    mine = [row["lane"] for row in rows if row["scheme"] == "small-parcel-opioid"]
    return mine.count("mail") / len(mine)


def test_a_lane_on_which_all_is_caught_is_given_up():
    left_alone = run(nothing)
    hunted = run(lambda row: row["lane"] == "mail")
    assert share_by_mail(left_alone, 4) > 0.6
    assert share_by_mail(hunted, 4) < 0.3


def test_without_sharpness_nobody_learns():
    hunted = run(lambda row: row["lane"] == "mail", sharpness=0.0)
    assert share_by_mail(hunted, 4) > 0.6


def test_catching_honest_or_unknown_records_changes_nothing():
    left_alone, misled = (World(WorldOptions(records=2_000, weeks=2)) for _ in range(2))
    left_alone.week(0)
    misled.week(0)
    hidden = set(misled.truth["record_id"].to_pylist())
    honest = [f"TW-{i:09}" for i in range(1, 1_000) if f"TW-{i:09}" not in hidden]
    assert left_alone.week(1).consignments.equals(misled.week(1, [*honest, "nobody"]).consignments)


def test_the_order_in_which_losses_are_told_changes_nothing():
    worlds = [World(WorldOptions(records=5_000, weeks=2, prevalence=BUSY)) for _ in range(2)]
    for world in worlds:
        world.week(0)
    caught = worlds[0].truth["record_id"].to_pylist()
    assert worlds[0].week(1, caught).consignments.equals(worlds[1].week(1, caught[::-1]).consignments)


def test_identities_that_were_lost_are_replaced():
    left_alone, hunted = run(nothing), run(everything)
    moved = [not np.array_equal(a.fronts, b.fronts) for a, b in zip(left_alone.schemes, hunted.schemes, strict=True)]
    assert sum(moved) >= 3


def test_chances_sum_to_one_and_leave_nothing_untried():
    world = run(everything)
    for scheme in world.schemes:
        for choice, lean in scheme.lean.items():
            chance = scheme.probabilities(choice, world.options)
            assert chance.sum() == pytest.approx(1.0)
            assert np.all(chance[lean > 0] > 0)
            assert np.all(chance[lean == 0] == 0)


def test_every_scheme_has_a_class_that_the_severity_table_knows():
    from counterflow.core.settings import Settings

    assert {kind.harm_class for kind in load_kinds()} <= set(Settings().target.severity)


def test_listed_parties_appear_under_their_own_names():
    world = World(WorldOptions(records=20_000, weeks=1, prevalence={"express": 0.2}, dirt_share=0.0))
    table = world.week(0).consignments
    mine = world.truth.filter(pc.equal(world.truth["scheme"], "listed-party"))
    named = table.filter(pc.is_in(table["record_id"], mine["record_id"].combine_chunks()))["consignor_name"].to_pylist()
    assert set(named) & set(world.watch_list.name)
