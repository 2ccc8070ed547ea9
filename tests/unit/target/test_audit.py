"""The audit: a proxy is told as one, an innocent set of features is not; burdens come with honest intervals."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from counterflow.core.clock import fixed_clock
from counterflow.core.errors import InputError
from counterflow.core.seeds import generator
from counterflow.core.tables import CONSIGNMENT, DRAW, OUTCOME, PLAN
from counterflow.flow.target_audit import RATIO_LIMIT, audit, read_groups
from counterflow.store.workspace import Workspace
from counterflow.target.audit.burden import Opened, burden_ratio, share_level
from counterflow.target.audit.proxy import area, proxies

NOW = dt.datetime(2026, 3, 2, 6, tzinfo=dt.UTC)
DAY = dt.date(2026, 3, 1)


def test_the_area_is_the_share_of_pairs_in_order_and_its_interval_holds():
    rng = generator(1, "area")
    held = 0
    for _ in range(200):
        member = np.arange(160) < 50
        score = rng.normal(size=160) + member * 0.8
        value, low, high = area(score, member)
        held += low <= 0.7142 <= high
    assert held >= 0.92 * 200
    pairs = (score[member][:, None] > score[~member][None, :]).mean()
    assert value == pytest.approx(pairs)


def test_certainty_and_none_of_it_keep_an_interval():
    member = np.arange(100) < 50
    value, low, high = area(member.astype(float), member)
    assert (value, high) == (1.0, pytest.approx(1.0, abs=0.01))
    assert low < 0.999
    assert area(np.zeros(100), member)[0] == 0.5


def test_a_feature_that_gives_the_group_away_is_named_and_noise_is_not():
    rng = generator(2, "proxy")
    group = np.array(["A", "B"], dtype=object)[rng.integers(0, 2, 600)]
    noise = rng.normal(size=(600, 3))
    telling = np.column_stack([noise, (group == "A") + rng.normal(size=600) * 0.5])
    sets = {"features": (telling, ("a", "b", "c", "route")), "noise": (noise, ("a", "b", "c"))}
    rows = {(p.group, p.of): p for p in proxies(group, sets, limit=0.65, seed=1)}
    assert rows["A", "features"].alarm
    assert rows["A", "features"].carried_by[0][0] == "route"
    assert not rows["A", "noise"].alarm
    assert rows["A", "noise"].low < 0.55


def test_a_small_group_is_not_judged():
    group = np.array(["A"] * 10 + ["B"] * 200, dtype=object)
    row = next(
        p for p in proxies(group, {"score": (np.ones((210, 1)), ("score",))}, limit=0.65, seed=1) if p.group == "A"
    )
    assert row.auc is None
    assert not row.alarm
    assert "too few" in row.words


def test_the_ratio_is_that_of_clean_records_opened():
    here, others = Opened(1_000, 60, 50, 0.1, 0.05, 0.15), Opened(9_000, 200, 180, 0.01, 0.005, 0.02)
    row = burden_ratio("origin", "XX", here, others, limit=1.25)
    assert row.value == pytest.approx((50 / 900) / (180 / 8_910))
    assert row.low < row.value < row.high
    assert row.alarm == (row.low > 1.25)
    assert row.alarm


def test_equal_burdens_raise_no_alarm_and_hold_their_level():
    rng = generator(3, "burden")
    held = 0
    for _ in range(200):
        sides = []
        for size, rate in ((2_000, 0.03), (8_000, 0.03)):
            drawn = rng.binomial(400, 0.05)
            from counterflow.account.interdiction.intervals import clopper_pearson

            low, high = clopper_pearson(drawn, 400, share_level(0.95))
            clean = rng.binomial(round(size * 0.95), rate)
            sides.append(Opened(size, clean, int(clean), drawn / 400, low, high))
        row = burden_ratio("lane", "mail", *sides, limit=RATIO_LIMIT)
        held += row.low <= 1 <= row.high
    assert held >= 0.93 * 200


def test_nothing_opened_compares_nothing():
    row = burden_ratio("lane", "mail", Opened(10, 0, 0, None, 0, 1), Opened(10, 0, 0, None, 0, 1), limit=1.25)
    assert row.value is None
    assert not row.alarm
    assert "nothing to compare" in row.words


@pytest.fixture
def workspace(tmp_path):
    """4,000 records from two origins, as clean as each other; targeting opens those from AA four times as often."""
    Workspace.create(tmp_path / "w", clock=fixed_clock(NOW))
    rng = generator(4, "audited")
    draws, outcomes, consignments = [], [], []
    for i in range(4_000):
        origin = "AA" if i % 4 == 0 else "BB"
        random = rng.random() < 0.1
        chosen = not random and rng.random() < (0.20 if origin == "AA" else 0.05)
        key = {"source": "s", "record_id": f"r{i}"}
        consignments.append(key | {"batch": "b", "declared_on": DAY, "first_seen": NOW, "departure": origin})
        draws.append(
            key
            | {
                "plan": "P", "office": "N", "lane": "mail", "day": DAY, "inclusion_probability": 0.1,
                "arm": "random" if random else "targeted" if chosen else "", "expected_harm": 1.0,
            }
        )  # fmt: skip
        if random or chosen:
            found = "confirmed" if rng.random() < 0.04 else "none"
            outcomes.append(
                key | {"plan": "P", "state": "inspected", "confirmation": found, "time": NOW, "recorded_at": NOW}
            )
    with Workspace(tmp_path / "w", clock=fixed_clock(NOW)) as made:
        for table, schema, rows in (
            ("consignment", CONSIGNMENT, consignments), ("draw", DRAW, draws), ("outcome", OUTCOME, outcomes),
            ("plan", PLAN, [{"plan": "P", "starts": DAY, "ends": DAY, "seed": 1, "random_share": 0.1, "made_at": NOW}]),
        ):  # fmt: skip
            made.store.append(table, pa.Table.from_pylist(rows, schema=schema))
        yield made


def test_a_workspace_that_burdens_one_departure_raises_the_alarm(workspace):
    groups = {f"r{i}": "x" if i % 2 else "y" for i in range(3_000)}
    made = audit(workspace, groups=groups)
    rows = {(row["by"], row["group"]): row for row in made["burden"]}
    assert rows["departure", "AA"]["alarm"]
    assert rows["departure", "AA"]["low"] <= 4 <= rows["departure", "AA"]["high"]
    assert not rows["group", "x"]["alarm"]
    assert rows["group", "x"]["low"] < 1.2
    assert any("departure AA" in words for words in made["alarms"])
    assert any("3,000 of 4,000 records" in words for words in made["said"])
    assert any("were not looked at" in words for words in made["said"])


def test_a_later_draw_over_the_same_records_adds_nothing_to_the_random_sample(workspace):
    before = audit(workspace)["burden"]
    left = workspace.store.rows("SELECT record_id FROM draw WHERE arm = '' ORDER BY record_id LIMIT 600")
    draw = {"plan": "Q", "source": "s", "office": "N", "lane": "mail", "day": DAY, "expected_harm": 1.0}
    draws = [
        draw | {"record_id": row["record_id"], "inclusion_probability": 0.5, "arm": "random" if i % 2 else ""}
        for i, row in enumerate(left)
    ]
    told = {"source": "s", "plan": "Q", "state": "inspected", "confirmation": "none", "time": NOW, "recorded_at": NOW}
    opened = [told | {"record_id": row["record_id"]} for row in draws if row["arm"]]
    made_at = NOW + dt.timedelta(hours=1)
    later = {"plan": "Q", "starts": DAY, "ends": DAY, "seed": 2, "random_share": 0.5, "made_at": made_at}
    for table, schema, rows in (("draw", DRAW, draws), ("outcome", OUTCOME, opened), ("plan", PLAN, [later])):
        workspace.store.append(table, pa.Table.from_pylist(rows, schema=schema))
    assert audit(workspace)["burden"] == before


def test_a_group_of_a_few_is_not_told_of(workspace):
    made = audit(workspace, groups={f"r{i}": "one" if i < 39 else "rest" for i in range(4_000)})
    assert [row["group"] for row in made["burden"] if row["by"] == "group"] == ["rest"]


def test_a_period_without_plans_says_so(workspace):
    made = audit(workspace, since=dt.date(2027, 1, 1))
    assert (made["records"], made["burden"], made["alarms"]) == (0, [], [])
    assert "no plan was made in this period" in made["said"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("record_id\nr1\n", "'group'"),
        ("record_id,group\nr1,\n", "line 2, column 'group'"),
        ("record_id,group\nr1,a\nr1,b\n", "line 3, column 'group', value 'b'"),
        ("record_id,group\nr1\n", "line 2"),
        ("", "empty"),
    ],
)
def test_groups_with_a_fault_name_its_place(tmp_path, text, words):
    path = tmp_path / "groups.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError) as told:
        read_groups(path)
    assert words in str(told.value)


def test_great_ratios_are_told_as_plain_numbers():
    here, others = Opened(211, 60, 59, 0.01, 0.0, 0.9), Opened(2_000, 20, 2, 0.01, 0.0, 0.1)
    row = burden_ratio("lane", "mail", here, others, limit=1.25)
    assert row.high > 100
    assert "e+" not in row.words


@pytest.mark.parametrize("name", ["audit", "drift"])
def test_a_period_the_wrong_way_round_is_refused(command, name):
    code, _, told = command("target", name, "--from", "2026-05-01", "--to", "2026-01-01")
    assert code == 2
    assert "before it starts" in told
