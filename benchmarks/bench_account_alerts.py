"""Can a reader of health alerts pick the target? An adversary on a SYNTHETIC training world with all its records.

    python benchmarks/bench_account_alerts.py [--quick] [--seed 3]

Each hidden consignment of drugs or precursors in a year of the training world is taken as the target of one operation;
the alert is made by the product's own code for the county that the drugs go to. The reader holds every declared record,
and every alert of the first half year with its target told afterwards. In the second half they pick the lane, the
country and the record of each target: once without the alert (from how often each was a target before, which is the
base rate), once with it. Printed: hits and areas under the curve of both, their difference with a 95 % interval
(bootstrap over operations), and the same for alerts whose class is told, and for a loose alert that no command of the
product makes (the group of lanes told), which shows that this reader does find what is there.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

import numpy as np
from measure import measured

from counterflow.account.actions.alerts import Place, check_alert, coarse_enough, make_alert
from counterflow.core.seeds import generator
from counterflow.demo.options import REHEARSAL_PREVALENCE, WorldOptions
from counterflow.demo.world import World

CLASS_OF = {"small-parcel-opioid": "opioids", "counterfeit-pills": "sedatives", "precursor-mislabelled": "precursors"}
PARTS = ("lane", "departure", "office")
#: records' weight of what was seen over all, when what was seen under one alert is few
SMOOTH = 20.0


def made(records, weeks, seed):
    """Return all declared records by week, and targets with the record each is."""
    world = World(WorldOptions(records=records, weeks=weeks, seed=seed, prevalence=REHEARSAL_PREVALENCE))
    rows = []
    for week in range(weeks):
        table = world.week(week).consignments
        kept = table.select(["record_id", *PARTS]).to_pylist()
        rows.append([row for row in kept if row["lane"] and not row["lane"].endswith("-out")])
    targets = [row for row in world.truth.to_pylist() if row["scheme"] in CLASS_OF]
    place = {row["record_id"]: (week, n) for week, mine in enumerate(rows) for n, row in enumerate(mine)}
    return world.options, rows, [row for row in targets if row["record_id"] in place], place


def alerts_of(options, rows, targets, place):
    """Return each target's alert, as the product makes it; a place needs ten possible targets."""
    told = []
    for row in targets:
        week = place[row["record_id"]][0]
        month = [one for mine in rows[week : week + 4] for one in mine]
        county = coarse_enough([Place(row["area"], "county", len({(r["lane"], r["departure"]) for r in month}))])
        starts = options.monday(week)
        alert = make_alert(county, starts, options.monday(week + 2), CLASS_OF[row["scheme"]])
        check_alert(alert.as_dict())
        told.append(alert)
    return told


class Reader:
    """Counts which lane, country and office targets had, over all and under each thing that an alert says."""

    def __init__(self, seen, keys, traffic):
        self.all = {part: Counter(row[part] for row in seen) for part in PARTS}
        self.under = {}
        for row, key in zip(seen, keys, strict=True):
            for said in key:
                under = self.under.setdefault(said, {part: Counter() for part in PARTS})
                for part in PARTS:
                    under[part][row[part]] += 1
        self.traffic = {part: Counter(row[part] for row in traffic) for part in PARTS}

    def chance(self, part, value, key=()):
        """Return how likely a target has this value, given what an alert says (each thing taken alone, multiplied)."""
        names = len(self.traffic[part])
        whole = (self.all[part][value] + 1) / (self.all[part].total() + names)
        chance = whole
        for said in key:
            under = self.under.get(said, {}).get(part, Counter())
            chance *= (under[value] + SMOOTH * whole) / (under.total() + SMOOTH) / whole
        return chance

    def record(self, row, key=()):
        """Return the log odds that a record is the target, against ordinary traffic."""
        return sum(
            np.log(self.chance(part, row[part], key) / (self.traffic[part][row[part]] / self.traffic[part].total()))
            for part in PARTS
        )


def judged(reader, rows, at, key):
    """Return hit of lane, hit of country, and the share of the month's records that the target outranks."""
    week, n = at
    month = [one for mine in rows[max(week - 1, 0) : week + 3] for one in mine]
    target = rows[week][n]
    hits = [
        max(reader.traffic[part], key=lambda value, part=part: reader.chance(part, value, key)) == target[part]
        for part in ("lane", "departure")
    ]
    cache = {}
    scores = np.array([cache.setdefault(tuple(one[p] for p in PARTS), None) or _kept(cache, reader, one, key)
                       for one in month])  # fmt: skip
    own = reader.record(target, key)
    return [*map(float, hits), float((scores < own).mean() + (scores == own).mean() / 2)]


def _kept(cache, reader, one, key):
    name = tuple(one[p] for p in PARTS)
    cache[name] = reader.record(one, key)
    return cache[name]


def compare(name, keys, rows, targets, place, rng):
    """Print what the reader finds with these keys and without, and the difference."""
    own = [rows[week][n] for week, n in (place[row["record_id"]] for row in targets)]
    half = np.median([place[row["record_id"]][0] for row in targets])
    early = [n for n, row in enumerate(targets) if place[row["record_id"]][0] <= half]
    late = [n for n in range(len(targets)) if n not in set(early)]
    traffic = [one for mine in rows for one in mine]
    reader = Reader([own[n] for n in early], [keys[n] for n in early], traffic)
    blind = np.array([judged(reader, rows, place[targets[n]["record_id"]], ()) for n in late])
    seeing = np.array([judged(reader, rows, place[targets[n]["record_id"]], keys[n]) for n in late])
    for column, what in enumerate(("lane picked", "country picked", "area under the curve, record")):
        gain = seeing[:, column] - blind[:, column]
        draws = rng.choice(gain, (2000, len(gain))).mean(axis=1)
        low, high = np.quantile(draws, [0.025, 0.975])
        print(f"  {name:34s} {what:29s} without {blind[:, column].mean():.3f}  with {seeing[:, column].mean():.3f}"
              f"  gain {gain.mean():+.3f} ({low:+.3f} to {high:+.3f})  n {len(gain)}")  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=3)
    given = parser.parse_args()
    print("SYNTHETIC world: nothing here says anything about any real place.")
    with measured() as cost:
        options, rows, targets, place = made(*((8000, 16) if given.quick else (40_000, 52)), given.seed)
        alerts = alerts_of(options, rows, targets, place)
        rng = generator(given.seed, "account-alerts")
        said = [[("area", a.area), ("class", a.substance_class), ("months", a.months)] for a in alerts]
        compare("as sent (class not told)", [key[:1] + key[2:] for key in said], rows, targets, place, rng)
        compare("class told (--tell-class)", said, rows, targets, place, rng)
        loose = [
            [*key, ("group", "parcel" if rows[w][n]["lane"] in ("mail", "express") else "freight")]
            for key, (w, n) in zip(said, (place[row["record_id"]] for row in targets), strict=True)
        ]
        compare("loose: group of lanes told", loose, rows, targets, place, rng)
    print(f"  {sum(map(len, rows))} records, {len(targets)} operations; {cost.cpu_s:.0f} CPU-s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
