"""Diversion planted into real order histories: who finds it, how soon, at how many alarms? Ours beside the published rules.

    python benchmarks/bench_orders_diversion.py [--rounds 4] [--seed 11] [--out FOLDER] [--quick]

The histories are real (methadone into one county, 2006 to 2014, `../shared/data/account`); the diversion is planted by
`counterflow.orders.plan` (18 kinds: steps, ramps, a drip, bursts, structuring, totals kept under a limit, a second
supplier, a spread over articles). In each run one history in five gets one diversion, so that peers stay what they
were; the rest of the book is as it was. Every rule is tried over its own range of parameters, ours over its own, and
all are compared at equal alert rates: alarms per buyer-drug-month with orders in the histories without diversion.

Buyers are split by a hash of their id into the half that settings may be chosen on (development) and the half that
nobody looks at while choosing (untouched). Both are printed. Delay is counted in months from the onset (0 = found in
the month of the onset); what is not found within 12 months counts as 12. "By luck" is the delay that the same onsets have
in the histories without diversion: a rule that rings every few months meets some anyway. Intervals: bootstrap over buyers,
95 %.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from measure import measured, reference_seconds
from public_data import SHARED_DATA

from counterflow.orders.monitor.months import monthly
from counterflow.orders.monitor.published import RULES
from counterflow.orders.plan.diversion import SECOND, STANDARD, Planting, named, plant
from counterflow.orders.plan.found import HORIZON, Found, delays, figures, month_numbers, raised_in
from counterflow.report.charts.frontier import frontier_chart

ORDERS = "account/orders_methadone_train.parquet"
#: units planted in a month
SIZES = (("2,000 units a month and more", 2000), ("500 to 2,000 units", 500), ("under 500 units", 0))
#: alert rate above which nobody works a rule: more than one month in seven
_LOUDEST = 0.15
HALVES = ("development", "untouched")
OURS, NEVER = "counterflow", "counterflow, unworked"


def orders(path):
    """Real sales as order lines; the product is the drug."""
    with duckdb.connect() as connection:
        return connection.sql(
            """SELECT 'arcos' AS source, 'row ' || row_number() OVER () AS record_id, 1 AS line, 'sale' AS kind,
            supplier_id, buyer_id AS customer_id, buyer_type AS customer_type, CAST(date AS DATE) AS ordered_on,
            drug AS item, drug || ' ' || coalesce(strength_mg || ' mg', 'bulk') AS article, CAST(quantity AS DOUBLE) AS quantity, dosage_units AS units,
            grams AS active_g FROM read_parquet(?) WHERE transaction_code = 'S'""",
            params=[str(path)],
        ).to_arrow_table()


def half_of(customer):
    return HALVES[hashlib.sha256(f"half:{customer}".encode()).digest()[0] % 2]


@dataclass(frozen=True)
class Method:
    """A rule or ours: names of its settings, and which of them is the published or default one."""

    name: str
    settings: tuple
    default: str


def rule_rows(months, rule):
    """Alarms of one rule over all its limits."""
    reached = rule.reaches(months)
    names = months.customer, months.product
    parts = []
    for limit in rule.sweep:
        with np.errstate(invalid="ignore"):
            series, column = np.nonzero(reached > limit)
        parts.append(alarm_rows(key(rule.id, limit), *(n.take(pa.array(series)) for n in names), column + months.first))
    return pa.concat_tables(parts)


def alarm_rows(setting, customer, product, month):
    return (
        pa.table(
            {
                "setting": pa.repeat(setting, len(month)),
                "customer_id": customer.cast(pa.string()),
                "product": product.cast(pa.string()),
                "month": pa.array(month, pa.int64()),
            }
        )
        .group_by(["setting", "customer_id", "product", "month"])
        .aggregate([])
    )


def key(method, setting):
    return f"{method}|{setting}"


def every_alarm(lines, product, methods, worlds):
    """Alarms of every method and setting on one history; `worlds` holds those of ours, worked and not worked."""
    months = monthly(lines, product)
    parts = [rule_rows(months, rule) for rule in RULES]
    settings = {m.name: m.settings for m in methods}
    parts += [world.alarms(lines, product, name) for world in worlds for name in settings[world.name]]
    return pa.concat_tables(parts)


class World:
    """Ours in a firm that works its queue, or in one that never does.

    Worked: whatever is open is disposed of after two months as explained, and the level of the last months is accepted
    as normal (`answered_after` of the monitor; after the first alarm on a planted diversion nothing counts any more).
    Not worked: nobody ever disposes of anything, and what is open is raised again by growth alone.
    """

    def __init__(self, name, sweep, answered_after):
        self.name, self.sweep, self.answered_after = name, sweep, answered_after

    def alarms(self, lines, product, name):
        from counterflow.orders.monitor import monitor

        done = monitor(lines, product=product, setting=self.sweep[name], answered_after=self.answered_after)
        return raised_in(done, key(self.name, name)).select(["setting", "customer_id", "product", "month"])


def denominators(lines, product):
    """Months with orders of each customer, over its products."""
    months = monthly(lines, product)
    series, column = np.nonzero(months.quantity > 0)
    rows = pa.table(
        {"c": months.customer.take(pa.array(series)), "p": months.product.take(pa.array(series)), "m": column}
    )
    rows = rows.group_by(["c", "p", "m"]).aggregate([]).group_by("c").aggregate([("m", "count")])
    return dict(zip(rows["c"].to_pylist(), rows["m_count"].to_pylist(), strict=True))


def back_to_one(raised):
    """Alarms of a buyer's second account counted for the buyer."""
    names = pc.replace_substring(raised["customer_id"], f"@{SECOND}", "")
    raised = raised.set_column(1, "customer_id", names)
    return raised.group_by(raised.column_names).aggregate([])


def apart(lines):
    """The same lines as each of two suppliers sees them: what went to the second is another customer's."""
    moved = pc.equal(lines["supplier_id"], SECOND)
    names = pc.if_else(moved, pc.binary_join_element_wise(lines["customer_id"], f"@{SECOND}", ""), lines["customer_id"])
    return lines.set_column(lines.column_names.index("customer_id"), "customer_id", names)


def size_of(row):
    """What was planted in a month, at most about half of it or twice: what a diversion is worth finding for."""
    months = month_numbers(pa.array([row["until"], row["onset"]])).to_pylist()
    a_month = row["planted"] / (months[0] - months[1] + 1)
    if row["measure"] != "units":
        return "in grams"
    return next(name for name, least in SIZES if a_month >= least)


class Tally:
    """Delays of every setting, by half and by kind of diversion."""

    def __init__(self, months):
        self.months = months
        self.rows = []  # (setting, customer, names of the diversion, view, delay)

    def add(self, raised, clean, truth, settings, view):
        chance = delays(clean, truth, settings)
        for setting, found in delays(raised, truth, settings).items():
            for row, delay, luck in zip(truth.to_pylist(), found, chance[setting], strict=True):
                size = size_of(row)
                names = {row["diversion"], row["kind"], size}
                names |= {f"{row['diversion']}, 500 units and more"} if size in {SIZES[0][0], SIZES[1][0]} else set()
                self.rows.append((setting, row["customer_id"], names, view, delay))
                self.rows.append((setting, row["customer_id"], names, f"{view}, by luck", luck))

    def found(self, clean_alarms, settings, half, view="whole", kinds=None):
        customers = [c for c in self.months if half in (half_of(c), "both")]
        place = {c: i for i, c in enumerate(customers)}
        counted = clean_alarms.group_by(["setting", "customer_id"]).aggregate([("month", "count")])
        alarms = {s: np.zeros(len(customers)) for s in settings}
        for s, c, n in zip(
            *(counted[name].to_pylist() for name in ("setting", "customer_id", "month_count")), strict=True
        ):
            if s in alarms and c in place:
                alarms[s][place[c]] = n
        months = np.array([self.months[c] for c in customers], float)
        picked = {s: [] for s in settings}
        for setting, customer, names, seen, delay in self.rows:
            if setting in picked and seen == view and customer in place and (kinds is None or names & kinds):
                picked[setting].append((place[customer], delay))
        return {
            s: Found(
                customers,
                months,
                alarms[s],
                np.array([p for p, _ in rows], np.int64),
                np.array([d for _, d in rows], float),
            )
            for s, rows in picked.items()
        }


def play(lines, methods, worlds, rounds, seed):
    """Plant, look, and take down what was found."""
    settings = [key(m.name, s) for m in methods for s in m.settings]
    defaults = [key(m.name, m.default) for m in methods]
    only = [replace(m, settings=(m.default,)) for m in methods]
    product = lines["item"].combine_chunks()
    clean = every_alarm(lines, product, methods, worlds)
    tally = Tally(denominators(lines, product))
    where = Planting()
    whole = [d for d in STANDARD if d.kind != "articles"]
    for fold in range(rounds * round(1 / where.share)):
        made = plant(lines, product, seed=seed, diversions=whole, where=where, fold=fold)
        raised = every_alarm(made.lines, made.product, methods, worlds)
        tally.add(raised, clean, made.truth, settings, "whole")
        split = plant(lines, product, seed=seed + 1, diversions=named(["split"]), where=where, fold=fold)
        matched = every_alarm(split.lines, split.product, only, worlds)
        tally.add(matched, clean, split.truth, defaults, "matched")
        alone = back_to_one(every_alarm(apart(split.lines), split.product, only, worlds))
        tally.add(alone, clean, split.truth, defaults, "either alone")
    articles(lines, only, worlds, rounds, seed, tally, defaults)
    return clean, tally


def articles(lines, only, worlds, rounds, seed, tally, defaults):
    """The same diversion watched by article and by substance."""
    article, product = lines["article"].combine_chunks(), lines["item"].combine_chunks()
    for view, by in (("by article", article), ("by substance", product)):
        clean = every_alarm(lines, by, only, worlds)
        for fold in range(rounds * 5):
            made = plant(lines, article, seed=seed + 2, diversions=named(["articles"]), fold=fold)
            of = made.product if view == "by article" else made.lines["item"].combine_chunks()
            tally.add(every_alarm(made.lines, of, only, worlds), clean, made.truth, defaults, view)


def interval(told, name, percent=False):
    value, low, high = told.interval(name)
    if percent:
        return f"{value:6.2%} [{low:.2%}, {high:.2%}]"
    return f"{value:5.2f} [{low:.2f}, {high:.2f}]"


def frontier(methods, told):
    """At each setting of each rule, how much longer the rule takes than ours at no more alarms.

    Ours is read off its own frontier: the least mean delay that it reaches with at most the rule's alert rate, linear
    between two of its settings. A rule quieter than every setting of ours is not compared.
    """
    mine = [told[key(OURS, s)] for m in methods if m.name == OURS for s in m.settings]
    rows = []
    if not mine:
        return rows
    rates, waits = np.array([f.alert_rate for f in mine]), np.array([f.mean_delay for f in mine])
    for method in methods:
        if method.name.startswith(OURS):
            continue
        for setting in method.settings:
            rule = told[key(method.name, setting)]
            ours = np.array([at_most(rates[:, d], waits[:, d], rule.alert_rate[d]) for d in range(rates.shape[1])])
            gain = rule.mean_delay - ours
            drawn = gain[1:][np.isfinite(gain[1:])]
            low, high = np.quantile(drawn, [0.025, 0.975]) if len(drawn) else (np.nan, np.nan)
            rows.append((method.name, setting, rule, ours[0], gain[0], low, high, len(drawn)))
    return rows


def at_most(rates, waits, rate):
    """The least delay at an alert rate of at most `rate` on a frontier of points; NaN outside its range."""
    order = np.argsort(rates)
    rates, waits = rates[order], np.minimum.accumulate(waits[order])
    if rate < rates[0]:
        return np.nan
    return float(np.interp(rate, rates, waits))


def report(methods, clean, tally, seed, out, detail):
    settings = [key(m.name, s) for m in methods for s in m.settings]
    written = []
    for half in (*HALVES, "both"):
        told = figures(tally.found(clean, settings, half), seed=seed)
        lucky = figures(tally.found(clean, settings, half, "whole, by luck"), seed=seed, draws=1)
        print(f"\n{half} {'halves' if half == 'both' else 'half'}: at the published or default setting")
        print(
            f"  {'':24}alert rate               mean delay          median  missed in 12              not within 3 months        by luck"
        )
        for m in methods:
            f = told[key(m.name, m.default)]
            print(f"  {m.name:22} {interval(f, 'alert_rate', True):24} {interval(f, 'mean_delay'):19} {f.median_delay[0]:4.0f}   "
                  f"{interval(f, 'missed', True)}  {interval(f, 'late', True)}  {lucky[key(m.name, m.default)].mean_delay[0]:.2f}")  # fmt: skip
        if any(m.name == OURS for m in methods):
            beside(methods, told, detail)
        for name, f in told.items():
            written.append({"half": half, "setting": name, **{
                figure: dict(zip(("value", "low", "high"), f.interval(figure), strict=True))
                for figure in ("alert_rate", "mean_delay", "median_delay", "missed", "late")
            }})  # fmt: skip
    kinds(methods, clean, tally, seed)
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "diversion.json").write_text(json.dumps(written, indent=1))
        chart = frontier_chart([point(row) for row in written if row["half"] == "both" and NEVER not in row["setting"]])
        (out / "frontier.vl.json").write_text(json.dumps(chart.spec))


def point(row):
    """A row of the table as a point of the chart."""
    rule, _, setting = row["setting"].partition("|")
    delay = row["mean_delay"]
    return {
        "rule": rule,
        "setting": setting,
        "alert_rate": row["alert_rate"]["value"],
        "delay": delay["value"],
        "low": delay["low"],
        "high": delay["high"],
    }


def beside(methods, told, detail):
    """Print the frontier of ours, and how every rule lies to it: at equal alert rates, and at equal delay."""
    mine = next(m for m in methods if m.name == OURS)
    points = [(told[key(OURS, s)], s) for s in mine.settings]
    print("  ours, from quiet to loud (times its usual limits: alert rate, mean delay, missed): "
          + "; ".join(f"x{s}: {f.alert_rate[0]:.2%}, {f.mean_delay[0]:.2f}, {f.missed[0]:.0%}" for f, s in points))  # fmt: skip
    rows = frontier(methods, told)
    print(
        "  each rule as published: months it takes longer than ours at the same alert rate; alarms it raises for one of ours at the same delay"
    )
    for m in methods:
        if not m.name.startswith(OURS):
            row = next(r for r in rows if r[:2] == (m.name, m.default))
            print(
                f"    {m.name:18} {row[4]:+.2f} [{row[5]:+.2f}, {row[6]:+.2f}] {verdict(row):6} {fewer(points, row[2])}"
            )
    print(
        "  over all its parameters with at most 15 alarms in 100 months with orders (below: the whole interval above nothing)"
    )
    for name in dict.fromkeys(row[0] for row in rows):
        own = [row for row in rows if row[0] == name and row[2].alert_rate[0] <= _LOUDEST]
        met = [row for row in own if np.isfinite(row[4])]
        count = {word: sum(verdict(row) == word for row in own) for word in ("below", "open", "ABOVE", "-")}
        worst = min(met, key=lambda row: row[4], default=None)
        said = (
            f"worst at {worst[1]:g} (alert rate {worst[2].alert_rate[0]:.2%}): {worst[4]:+.2f} [{worst[5]:+.2f}, {worst[6]:+.2f}]"
            if worst
            else ""
        )
        print(
            f"    {name:18} {count['below']} settings below, {count['open']} open, {count['ABOVE']} ABOVE, {count['-']} quieter than ours goes; {said}"
        )
        for row in own if detail else ():
            _, setting, rule, ours, gain, low, high, _ = row
            print(f"      {setting:>8g}: alert rate {rule.alert_rate[0]:6.2%}, delay {rule.mean_delay[0]:5.2f}, ours there {ours:5.2f}, "
                  f"gain {gain:+.2f} [{low:+.2f}, {high:+.2f}] {verdict(row)}")  # fmt: skip


def fewer(points, rule):
    """Alarms of a rule for each of ours that finds as soon, with its interval; ours where it is never as slow is its quietest."""
    rates, waits = np.array([f.alert_rate for f, _ in points]), np.array([f.mean_delay for f, _ in points])
    times = np.array(
        [rule.alert_rate[d] / as_soon(rates[:, d], waits[:, d], rule.mean_delay[d]) for d in range(rates.shape[1])]
    )
    drawn = times[1:][np.isfinite(times[1:])]
    if not np.isfinite(times[0]) or not len(drawn):
        return "ours is never as soon"
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{times[0]:.1f} [{low:.1f}, {high:.1f}] alarms for one of ours"


def as_soon(rates, waits, wait):
    """The least alert rate of a frontier at a delay of at most `wait`; NaN where it is never as soon."""
    order = np.argsort(-waits)
    waits, rates = waits[order], np.minimum.accumulate(rates[order][::-1])[::-1]
    if wait < waits[-1]:
        return np.nan
    return float(np.interp(-wait, -waits, rates))


def verdict(row):
    _, _, _, _, gain, low, high, _ = row
    return "-" if not np.isfinite(gain) else "below" if low > 0 else "ABOVE" if high < 0 else "open"


def kinds(methods, clean, tally, seed):
    shown = [m for m in methods if m.name in {OURS, NEVER, "mean-12 x3", "mean-12 x2", "max-6"}]
    print("\nby kind, both halves, default settings: mean delay; share not found within 3 months, within 12")
    print(f"  {'':34}" + "".join(f"{m.name:>26}" for m in shown))
    names = [*dict.fromkeys(d.name for d in STANDARD if d.kind != "articles"), *(n for n, _ in SIZES), "in grams"]
    for name in names:
        print(f"  {name:34}" + "".join(cell(tally, clean, m, "whole", {name}, seed) for m in shown))
    for d in named(["structured", "below-limit"]):
        name = f"{d.name}, 500 units and more"
        print(f"  {name:34}" + "".join(cell(tally, clean, m, "whole", {name}, seed) for m in shown))
    for view, kind in (
        ("matched", "split"),
        ("either alone", "split"),
        ("by article", "articles"),
        ("by substance", "articles"),
    ):
        for d in named([kind]):
            print(f"  {d.name + ', ' + view:34}" + "".join(cell(tally, clean, m, view, {d.name}, seed) for m in shown))


def cell(tally, clean, method, view, kinds, seed):
    setting = key(method.name, method.default)
    f = figures(tally.found(clean, [setting], "both", view, kinds), seed=seed, draws=2)[setting]
    return f"{f.mean_delay[0]:12.1f} {f.late[0]:6.0%} {f.missed[0]:6.0%}"


def our_sweep(quick):
    """Settings of ours from quiet to loud, and the name of the default one."""
    from counterflow.orders.monitor import Setting

    default = Setting()
    times = (1.0, 0.7, 0.5) if quick else (2.5, 1.8, 1.4, 1.2, 1.0, 0.85, 0.7, 0.55, 0.42, 0.32, 0.25, 0.18)
    # One knob for all limits; with it the quantity that nobody is told about.
    return {f"{t:g}": replace(default.quieter(t), least_units=default.least_units * t) for t in times}, "1"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=4, help="times that every history gets a diversion")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--rules-only", action="store_true", help="the published rules alone")
    parser.add_argument("--detail", action="store_true", help="every setting of every rule, not the worst alone")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    path = SHARED_DATA / ORDERS
    if not path.exists():
        print(f"{ORDERS} is not there: nothing measured")
        return 0
    sweep, default = ({}, "1") if given.rules_only else our_sweep(given.quick)
    methods = [Method(r.id, tuple(r.sweep), r.limit) for r in RULES]
    worlds = []
    if not given.rules_only:
        methods += [Method(OURS, tuple(sweep), default), Method(NEVER, (default,), default)]
        worlds = [World(OURS, sweep, 2), World(NEVER, sweep, 0)]
    with measured() as used:
        clean, tally = play(orders(path), methods, worlds, 1 if given.quick else given.rounds, given.seed)
        first = key(RULES[0].id, RULES[0].limit)
        planted = sum(setting == first and view == "whole" for setting, _, _, view, _ in tally.rows)
    print(
        f"{len(tally.months)} buyers with {sum(tally.months.values()):,} buyer-drug-months with orders; {planted} diversions planted; horizon {HORIZON} months"
    )
    report(methods, clean, tally, given.seed, given.out, given.detail)
    reference = reference_seconds()
    print(
        f"\n{used.wall_s:.0f} s wall, {used.cpu_s:.0f} CPU-s ({used.cpu_s / reference:.0f} x reference), peak {used.peak_mb:.0f} MB"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
