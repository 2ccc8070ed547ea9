"""Drift: quiet where nothing moved, loud and dated where something did, and never about a person."""

import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from counterflow.core.seeds import generator
from counterflow.target.loop.drift import DriftOptions, watch
from counterflow.target.loop.drift_input import Watched, watched_in_store

FIRST = (dt.date(2026, 1, 1) - dt.date(1970, 1, 1)).days
DAYS, PER_DAY = 120, 60


def flow(seed=1, days=DAYS):
    """60 records a day in two offices; chances as stated are true; a tenth is drawn at random."""
    rng = generator(seed, "drift-world")
    n = days * PER_DAY
    day = np.repeat(np.arange(days), PER_DAY).astype(float) + FIRST
    chance = rng.beta(1, 6, n)
    random = rng.random(n) < 0.1
    inspected = random | (chance > np.quantile(chance, 0.9))
    found = np.where(inspected, (rng.random(n) < chance).astype(float), np.nan)
    office = np.array(["N", "S"], dtype=object)[rng.integers(0, 2, n)]
    keys = {"hs": np.array([f"h{i}" for i in rng.zipf(1.6, n) % 5_000], dtype=object)}
    return Watched(day, chance, office, np.full(n, "mail", dtype=object), random, found, keys)


def recent(seen, days=28):
    return seen.day > seen.day.max() - days


def kinds(signals):
    return {signal.kind for signal in signals if signal.alarm}


def test_a_world_that_does_not_move_raises_no_alarm_beyond_its_level():
    alarms = sum(bool(kinds(watch(flow(seed, 90), DriftOptions()))) for seed in range(12))
    assert alarms <= 1


def test_chances_that_move_are_told_with_the_day_it_began():
    seen = flow()
    moved = replace(seen, chance=np.where(recent(seen), np.minimum(seen.chance * 2, 1), seen.chance))
    (signal,) = [s for s in watch(moved) if s.kind == "score"]
    assert signal.alarm
    assert signal.since == dt.date(2026, 1, 1) + dt.timedelta(days=DAYS - 28)
    assert "higher" in signal.words
    assert "train again" in signal.advice
    assert signal.strength > 0


@pytest.mark.parametrize(("chance", "way"), [(0.35, "more"), (0.0, "fewer")])
def test_random_hits_that_the_model_did_not_expect_are_an_alarm(chance, way):
    seen = flow(3)
    late = recent(seen, 60)
    rng = generator(4, "moved")
    hit = np.where(seen.random & late, (rng.random(len(seen.day)) < chance).astype(float), seen.found)
    signals = {s.where: s for s in watch(replace(seen, found=hit)) if s.kind == "random_hits"}
    assert signals[way].alarm
    began = dt.date(2026, 1, 1) + dt.timedelta(days=DAYS - 60)
    assert abs((signals[way].since - began).days) <= 25
    assert not signals["more" if way == "fewer" else "fewer"].alarm
    assert "expected" in signals[way].words


def test_targeted_finds_do_not_move_the_random_test():
    seen = flow(5)
    chosen = np.where(~seen.random & recent(seen) & ~np.isnan(seen.found), 1.0, seen.found)
    assert "random_hits" not in kinds(watch(replace(seen, found=chosen)))


def test_new_values_in_one_office_are_found_there():
    seen = flow(6)
    late = recent(seen) & (seen.office == "S")
    values = seen.keys["hs"].copy()
    values[late] = [f"new{i}" for i in range(int(late.sum()))]
    signals = [s for s in watch(replace(seen, keys={"hs": values})) if s.kind == "new_keys" and s.alarm]
    assert "office S" in {s.where for s in signals}
    assert "office N" not in {s.where for s in signals}


def test_one_new_importer_with_many_records_is_one_event():
    seen = flow(7)
    values = np.where(recent(seen) & (seen.office == "S"), "one", seen.keys["hs"])
    assert "new_keys" not in kinds(watch(replace(seen, keys={"hs": values})))


def test_finds_that_crowd_into_one_office_are_told():
    seen = flow(8)
    crowd = recent(seen) & (seen.found == 1)
    office = np.where(crowd, "N", seen.office)
    signals = {s.where: s for s in watch(replace(seen, office=office)) if s.kind == "concentration"}
    assert signals["office"].alarm
    assert "inspections" in signals["office"].words
    assert not signals["hs"].alarm


def test_too_little_says_so_and_raises_nothing():
    seen = flow(9, days=2)
    signals = watch(seen)
    assert signals
    assert not kinds(signals)
    assert all(signal.p is None for signal in signals)
    assert watch(Watched(*(np.zeros(0),) * 6, keys={})) == []


def test_the_command_reads_a_file_and_can_fail_on_an_alarm(command, tmp_path):
    seen = flow(10)
    late = recent(seen)
    rows = ["record_id,day,chance,office,arm,found,hs"]
    for i in range(len(seen.day)):
        day = dt.date(1970, 1, 1) + dt.timedelta(days=int(seen.day[i]))
        found = "" if np.isnan(seen.found[i]) else int(seen.found[i])
        chance = min(seen.chance[i] * (2 if late[i] else 1), 1)
        rows.append(
            f"r{i},{day},{chance},{seen.office[i]},{'random' if seen.random[i] else ''},{found},{seen.keys['hs'][i]}"
        )
    path = tmp_path / "scored.csv"
    path.write_text("\n".join(rows) + "\n", "utf-8")
    code, out, told = command("target", "drift", path, "--format", "json", "--fail-on-alarm")
    assert code == 1
    assert json.loads(out)[0]["kind"] == "score"
    assert "ALARM score" in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("record_id,date\nr1,2026-01-01\n", ["'day'"]),
        ("day,chance\n2026-01-01,0.1\n2026-13-01,0.2\n", ["line 3", "'day'", "2026-13-01"]),
        ("day,chance\n2026-01-01,0.1\n2026-01-01,2\n", ["line 3", "'chance'", "2"]),
        ("day,found\n2026-01-01,yes\n", ["line 2", "'found'", "yes"]),
        ("day,found\n2026-01-01,1\n,0\n", ["line 3", "no day"]),
        ("day,found\n", ["no rows"]),
    ],
)
def test_a_fault_names_its_place(command, tmp_path, text, words):
    path = tmp_path / "scored.csv"
    path.write_text(text, "utf-8")
    code, _, told = command("target", "drift", path)
    assert code == 3
    for word in words:
        assert word in told


def test_a_workspace_gives_what_plans_said_and_outcomes_answered(world):
    ids = world.records(30, days=3)
    first = dt.date(2026, 3, 2)
    world.store.append(
        "draw",
        pa.Table.from_pylist(
            [
                {
                    "plan": "P", "source": "s", "record_id": record, "office": "A", "lane": "mail",
                    "day": first + dt.timedelta(days=i % 3), "arm": "random" if i < 10 else "", "chance": 0.1,
                    "inclusion_probability": 0.3, "expected_harm": 1.0,
                }
                for i, record in enumerate(ids)
            ]
        ),
    )  # fmt: skip
    world.outcome(ids[0], confirmation="confirmed", harm_class="drug")
    world.outcome(ids[1])
    world.outcome(ids[2], state="not_presented")
    seen = watched_in_store(world.store)
    assert len(seen.day) == 30
    assert np.nansum(seen.found) == 1
    assert int((~np.isnan(seen.found)).sum()) == 2
    assert int(seen.random.sum()) == 10
    assert set(seen.keys) == {"departure", "hs"}
    assert len(watched_in_store(world.store, until=first).day) == 10
    # what was not known yet is not seen, and a find that was refuted later is none
    eve = dt.datetime.combine(first, dt.time(), dt.UTC)
    assert np.isnan(watched_in_store(world.store, before=eve).found).all()
    world.outcome(ids[0], confirmation="refuted", day=first + dt.timedelta(days=1))
    assert np.nansum(watched_in_store(world.store).found) == 0
