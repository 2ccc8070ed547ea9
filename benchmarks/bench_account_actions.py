"""Two hundred SYNTHETIC actions through the real path: proposed, alerted, closed, scored; then the calibration record.

    python benchmarks/bench_account_actions.py [--quick] [--seed 1] [--worlds 5]

Twelve classes (kind and class of substance) in twenty counties over six years: four whose counts of overdoses rise by
30 % while it runs and three weeks after, four that lower them by 20 %, four that change nothing; single uses vary around
that by 5 %. Weekly counts are negative binomial around a season and a level that drifts, reported late. Nothing of the
forecasts was fitted to these worlds: the prior of a class (20 % either way on the log scale) stands in the code.
All outcomes are SYNTHETIC. Prints: coverage, bias, at which use each class was flagged, the same for weaker and stronger
harm, and how far alerts help a reader who wants to pick the target.
"""

from __future__ import annotations

import argparse
import datetime as dt
import math
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
from measure import measured

from counterflow.account.actions.closing import Closing, close_action
from counterflow.account.actions.record import record_of, wilson
from counterflow.account.actions.scoring import scores_of
from counterflow.core.seeds import generator
from counterflow.flow.account_actions import Proposal, alert, propose, score
from counterflow.store.workspace import Workspace

KINDS = ("campaign", "operation", "takedown", "sanction")
SUBSTANCES = ("opioids", "stimulants", "sedatives")
START = dt.date(2020, 1, 6)
HISTORY_WEEKS, YEARS = 156, 6
COUNTIES = 20


class World:
    """Counties with weekly counts of overdoses, and what actions do to them."""

    def __init__(self, seed, harm, actions):
        self.rng = generator(seed, "account-actions", f"{harm:.2f}")
        self.ratio = {}
        classes = [(kind, substance) for kind in KINDS for substance in SUBSTANCES]
        for place, pair in enumerate(self.rng.permutation(len(classes))):
            self.ratio[classes[pair]] = (harm, 0.8, 1.0)[place % 3]
        weeks = HISTORY_WEEKS + 52 * YEARS + 60
        base = np.exp(self.rng.uniform(np.log(8), np.log(80), COUNTIES))
        level = np.cumsum(self.rng.normal(0, 0.01, (COUNTIES, weeks)), axis=1)
        wave = 0.12 * np.cos(2 * np.pi * (np.arange(weeks) / 52.18 - self.rng.random((COUNTIES, 1))))
        self.mean = base[:, None] * np.exp(level + wave)
        self.excess = self.rng.uniform(1.2, 2.5, COUNTIES)
        self.uses = list(self._uses(classes, actions))
        self.counts = self.rng.poisson(self.rng.gamma(self.mean / (self.excess[:, None] - 1), self.excess[:, None] - 1))

    def _uses(self, classes, actions):
        """Yield (class, county, first week, weeks) in order of time, never two in one county at once."""
        order = [classes[n % len(classes)] for n in range(actions)]
        self.rng.shuffle(order)
        busy = np.zeros(COUNTIES, int)
        for n, pair in enumerate(order):
            first = HISTORY_WEEKS + int((52 * YEARS) * n / actions)
            free = np.flatnonzero(busy <= first)
            county, length = int(self.rng.choice(free)), int(self.rng.integers(4, 9))
            busy[county] = first + length + 5
            change = self.ratio[pair] * math.exp(self.rng.normal(0, 0.05))
            self.mean[county, first : first + length + 3] *= change
            yield pair, county, first, length

    def load(self, store, now):
        """Put the counts into watch's table in two vintages: 70 % a week after, all after five weeks."""
        rows = []
        for county in range(COUNTIES):
            for week, count in enumerate(self.counts[county]):
                starts = START + dt.timedelta(weeks=week)
                ends = starts + dt.timedelta(days=6)
                cell = {
                    "source": "SYNTHETIC", "place": f"County {county:02d}", "level": "county", "measure": "overdoses",
                    "subject": "all", "definition": "1", "grain": "week", "starts": starts, "ends": ends,
                    "suppressed": False, "looked_for": True, "first_seen": now,
                }  # fmt: skip
                early = float(self.rng.binomial(int(count), 0.7))
                rows.append(cell | {"count": early, "as_of": ends + dt.timedelta(days=7)})
                rows.append(cell | {"count": float(count), "as_of": ends + dt.timedelta(days=35)})
        store.append("series_count", pa.Table.from_pylist(rows))


def day(week):
    """Return the Monday of a week."""
    return START + dt.timedelta(weeks=int(week))


TOML = """\
action = "{name}"
kind = "{kind}"
title = "SYNTHETIC {name}"
starts = {starts}
ends = {ends}
area = "County {county:02d}"
substance_class = "{substance}"
resources = "SYNTHETIC"
evaluation_design = "before and after against counties without it"
possible_targets = 40
[counts.overdoses]
measure = "overdoses"
[[forecast]]
measure = "overdoses"
basis = "relative change"
unit = "relative change"
value = -0.15
low = -0.3
high = 0.0
level = 0.9
to = {tail}
method = "an agency that expects its actions to help"
source = "SYNTHETIC"
as_of = {starts}
"""


def play(world, folder):
    """Run all actions through the real path with a moved clock; return the workspace's record and scores."""
    now = [dt.datetime(2020, 1, 1, tzinfo=dt.UTC)]
    Workspace.create(folder / "w", clock=lambda: now[0])
    events = []
    for n, (pair, county, first, length) in enumerate(world.uses):
        events += [
            (first - 1, 0, n, pair, county, first, length),
            (first + length + 9, 1, n, pair, county, first, length),
        ]
    with Workspace(folder / "w", clock=lambda: now[0]) as workspace:
        world.load(workspace.store, now[0])
        for week, act, n, pair, county, first, length in sorted(events):
            now[0] = dt.datetime.combine(day(week) + dt.timedelta(days=2), dt.time(9), dt.UTC)
            name, last = f"A-{n:03d}", day(first + length) - dt.timedelta(days=1)
            if act == 0:
                file = folder / "action.toml"
                tail = last + dt.timedelta(weeks=3)
                file.write_text(TOML.format(name=name, kind=pair[0], substance=pair[1], county=county,
                                            starts=day(first), ends=last, tail=tail), "utf-8")  # fmt: skip
                propose(workspace, Proposal(file))
                alert(workspace, name, to=["health office"], person="A. Analyst")
            else:
                closing = Closing(False, day(first), last, "as planned")
                close_action(workspace, name, closing, person="A. Analyst")
                score(workspace, name, person="A. Analyst")
        return record_of(workspace), scores_of(workspace)


def told(right, of):
    """Return a share with its interval."""
    low, high = wilson(right, of)
    return f"{right}/{of} = {right / of:.1%} ({low:.1%} to {high:.1%})"


def show_coverage(world, scores):
    """Print how often intervals held, by whose forecast and by what was planted."""
    planted = {f"A-{n:03d}": world.ratio[pair] for n, (pair, *_) in enumerate(world.uses)}
    names = {0.8: "benefit", 1.0: "no effect"}
    for by in ("record", "history", "agency"):
        mine = [one for one in scores if one["by"] == by and one["window"] != "first weeks"]
        for level in (50, 80, 90):
            held = [one[f"inside_{level}"] for one in mine if one[f"inside_{level}"] is not None]
            print(f"  {by:8s} {level} % intervals held {told(sum(held), len(held))}")
        for ratio in sorted(set(planted.values())):
            part = [one["inside_90"] for one in mine if planted[one["action"]] == ratio]
            print(f"  {by:8s} 90 %, planted {names.get(ratio, 'harm'):9s} {told(sum(part), len(part))}")
        print(f"  {by:8s} mean quantile score {np.mean([one['pinball'] for one in mine]):.2f}")


def show_flags(world, record):
    """Print at which use each class was flagged, and return (harmful flagged before the tenth, harmful, false, other)."""
    found = {(row["kind"], row["substance_class"]): row for row in record["classes"]}
    early = late = false = other = 0
    for pair, ratio in sorted(world.ratio.items(), key=lambda item: -item[1]):
        row = found[pair]
        at = row["flagged_at_use"]
        print(f"  planted {ratio:.2f}  {pair[0]:9s} x {pair[1]:10s} uses {row['uses']:2d}  flagged at use {at or '-'}"
              f"  e-value {row['e_value']:.3g}  mean ratio {row['mean_ratio']:.2f}")  # fmt: skip
        if ratio > 1:
            early, late = early + (at is not None and at < 10), late + 1
        else:
            false, other = false + (at is not None), other + 1
    return early, late, false, other


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worlds", type=int, default=5)
    given = parser.parse_args()
    actions = 48 if given.quick else 200
    print("SYNTHETIC outcomes: nothing here says anything about any real action.")
    with measured() as cost:
        record, scores = one_world(given.seed, 1.3, actions)
    print(
        f"  {actions} actions, {len(scores)} scores, harm rose in {record['counts']['harm_rose']}; {cost.cpu_s:.0f} CPU-s"
    )
    totals = Counter()
    for harm in () if given.quick else (1.15, 1.3, 1.5):
        for world in range(given.worlds):
            made = World(given.seed + 100 + world, harm, actions)
            with tempfile.TemporaryDirectory() as folder:
                record, scores = play(made, Path(folder))
            with_none = quiet_flags(made, record)
            for name, value in with_none.items():
                totals[harm, name] += value
            mine = [one["inside_90"] for one in scores if one["by"] == "record" and one["window"] != "first weeks"]
            totals[harm, "held"] += sum(mine)
            totals[harm, "of"] += len(mine)
        print(f"  harm x{harm}, {given.worlds} other worlds: flagged before the tenth use"
              f" {totals[harm, 'early']} of {totals[harm, 'harmful']}, false flags {totals[harm, 'false']} of"
              f" {totals[harm, 'harmless']}, 90 % intervals held {told(totals[harm, 'held'], totals[harm, 'of'])}")  # fmt: skip
    return 0


def quiet_flags(world, record):
    """Return flags as counts."""
    found = {(row["kind"], row["substance_class"]): row["flagged_at_use"] for row in record["classes"]}
    harmful = [found[pair] for pair, ratio in world.ratio.items() if ratio > 1]
    harmless = [found[pair] for pair, ratio in world.ratio.items() if ratio <= 1]
    return {"early": sum(at is not None and at < 10 for at in harmful), "harmful": len(harmful),
            "false": sum(at is not None for at in harmless), "harmless": len(harmless)}  # fmt: skip


def one_world(seed, harm, actions):
    """Play one world and print all of it."""
    world = World(seed, harm, actions)
    with tempfile.TemporaryDirectory() as folder:
        record, scores = play(world, Path(folder))
    show_coverage(world, scores)
    early, harmful, false, other = show_flags(world, record)
    print(
        f"  harmful classes flagged before the tenth use: {early} of {harmful}; harmless ones flagged: {false} of {other}"
    )
    for line in record["coverage"]:
        print(f"  {line['by']:8s} {line['bias']}")
    return record, scores


if __name__ == "__main__":
    sys.exit(main())
