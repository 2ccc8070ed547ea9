"""Follow-ups in a plan: unexpected finds, and the next plan looks at what is most like it."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pyarrow as pa
import pytest

from counterflow.target.choice.plan import plan

MONDAY = dt.date(2026, 3, 2)


@pytest.fixture
def site(world):
    """Three days of 600 records; goods of one heading from one sender hide what nobody expects."""
    world.path = world.folder
    for day in range(3):
        world.records(600, lanes=("mail", "sea"), first=MONDAY + dt.timedelta(days=day), prefix=f"d{day}-")
    world.of = {
        r["record_id"]: (r["hs"], r["sender"])
        for r in world.store.rows(
            "SELECT c.record_id, g.hs, c.sender FROM consignment c JOIN goods_line g ON g.record_id = c.record_id"
        )
    }
    return world


def worked(world, day, hit, share=0.6):
    """Plan a day and answer it: `hit` says what is found."""
    world.now = f"2026-03-{2 + day:02d}T06:00:00Z"
    on = MONDAY + dt.timedelta(days=day)
    capacity = world.capacity("A,*,*,officer,300,10,1", "B,*,*,officer,300,10,1")
    made = plan(world, capacity, on, on, share, 7 + day)
    drawn = [d for d in world.draws(made.plan) if d["arm"]]
    noon = dt.datetime.combine(on, dt.time(12), dt.UTC)
    rows = [
        {
            "source": "s", "record_id": d["record_id"], "plan": made.plan, "state": "inspected",
            "confirmation": "confirmed" if hit(d["record_id"]) else "none",
            "harm_class": "drug" if hit(d["record_id"]) else None, "time": noon, "recorded_at": noon,
        }
        for d in drawn
    ]  # fmt: skip
    world.store.append("outcome", pa.Table.from_pylist(rows))
    return made, drawn


def test_unexpected_finds_are_followed_up_within_its_share_and_say_why(site):
    _, first = worked(site, 0, lambda _: False)
    assert not [d for d in first if d["arm"] == "followup"]
    like = Counter(site.of[d["record_id"]] for d in first).most_common(1)[0][0]
    found = sorted(d["record_id"] for d in first if site.of[d["record_id"]] == like)[:2]
    for record in found:
        site.store.execute(
            "UPDATE outcome SET confirmation = 'confirmed', harm_class = 'drug' WHERE record_id = ?", [record]
        )
    made, second = worked(site, 1, lambda _: False)
    followed = [d for d in second if d["arm"] == "followup"]
    assert 1 <= len(followed) <= 4  # three in a hundred of sixty inspections, rounded by chance in each pool
    assert made.selected["followup"] == len(followed)
    assert any("unexpected finds of the last weeks are followed up" in line for line in made.said)
    for draw in followed:
        assert f"follows up the unexpected find in {found[0]} of 2026-03-02: alike in" in draw["reasons"]
        assert draw["inclusion_probability"] > 0
        assert site.of[draw["record_id"]] == like


def test_without_a_share_or_without_a_find_nothing_is_followed_up(site):
    site.settings = site.settings.model_copy(
        update={"target": site.settings.target.model_copy(update={"followup_share": 0.0})}
    )
    _, first = worked(site, 0, lambda record: record.endswith("7"))
    made, second = worked(site, 1, lambda _: False)
    assert made.selected["followup"] == 0
    assert first
    assert second
