"""Public series for hindcasts of targets: every one of its file, by a rule, split into two halves by a hash of its name."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
from collections import defaultdict
from dataclasses import replace

from counterflow.account.reach import Point, Series

try:
    from benchmarks.public_data import SHARED_DATA, rows_of
except ImportError:
    from public_data import SHARED_DATA, rows_of

#: series of one family that enter, in order of the hash of their names: else 3,000 counties would drown the rest
PER_FAMILY = 40
_MONTHS = {
    m: k for k, m in enumerate(("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), 1)
}


def digest(name):
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)


def is_test(name):
    """Half of the series, by their names: the prior never saw them."""
    return digest("half " + name) % 2 == 1


def _end(year, month):
    return dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)


def _series(name, values):
    return Series(tuple(Point(day, value) for day, value in sorted(values.items())), name=name)


def _yearly(rows, name, year, value):
    made = defaultdict(lambda: defaultdict(float))
    for row in rows:
        if value(row) is not None:
            made[name(row)][dt.date(year(row), 12, 31)] += value(row)
    return [_series(key, values) for key, values in made.items()]


def national():
    rows = [
        r
        for r in rows_of(SHARED_DATA / "strategy" / "source_timeseries.csv.gz")
        if r["role"] != "monthly" and float(r["time"]) <= 2022
    ]
    return _yearly(rows, lambda r: f"us {r['series']}", lambda r: round(float(r["time"])), lambda r: float(r["value"]))


def prop99():
    with (SHARED_DATA / "account" / "prop99.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return _yearly(
        rows, lambda r: f"cigarettes {r['State']}", lambda r: int(r["Year"]), lambda r: float(r["PacksPerCapita"])
    )


def nflis():
    rows = rows_of(SHARED_DATA / "watch" / "nflis_fentanyl_state_year_to_2022.csv.gz")
    return _yearly(
        rows, lambda r: f"nflis {r['STATE']}", lambda r: int(r["YYYY"]), lambda r: float(r["DRUG_REPORTS"] or 0)
    )


def counties():
    import pyarrow.parquet as pq

    rows = pq.read_table(SHARED_DATA / "account" / "arcos_county_annual_2006_2014.parquet").to_pylist()
    return _yearly(
        rows,
        lambda r: f"pills {r['buyer_state']} {r['buyer_county']}",
        lambda r: int(r["year"]),
        lambda r: r["dosage_units"],
    )


def _weeks(path, names, label):
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    made = []
    for name in names(rows[0]):
        # a flag is not recorded before it exists: zeros before the first count are no counts
        values = [(dt.date.fromisoformat(r["week"]) + dt.timedelta(days=6), float(r[name])) for r in rows]
        first = next((k for k, (_, v) in enumerate(values) if v > 0), len(values))
        made.append(_series(f"{label} {name}", dict(values[first:])))
    return made


def connecticut():
    return _weeks(
        SHARED_DATA / "watch" / "ct_weekly_by_substance_2012_2019.csv", lambda r: [n for n in r if n != "week"], "ct"
    )


def cook():
    found = _weeks(
        SHARED_DATA / "watch" / "cook_weekly_by_area_2015_2019.csv.gz", lambda r: [n for n in r if n != "week"], "cook"
    )
    return [s for s in found if sum(p.value for p in s.points) >= 100]


def dose():
    made = defaultdict(dict)
    for row in rows_of(SHARED_DATA / "watch" / "cdc_dose_sys_jurisdiction_monthly.csv.gz"):
        for name in ("drug_rate", "opioid_rate", "stimulant_rate"):
            if row["rate_time"] == "Monthly" and row[name].replace(".", "", 1).isdigit():
                made[f"dose {row['jurisdiction']} {name}"][_end(int(row["year"]), int(row["month"]))] = float(row[name])
    return [_series(key, values) for key, values in made.items() if len(values) >= 36]


def seizures():
    made = defaultdict(lambda: defaultdict(float))
    for row in rows_of(SHARED_DATA / "watch" / "cbp_nationwide_drugs_fy19_22.csv.gz"):
        month = _MONTHS[row["Month (abbv)"]]
        day = _end(int(row["FY"]) - (month >= 10), month)
        for column, word in (("Count of Event", "events"), ("Sum Qty (lbs)", "lbs")):
            if row[column]:
                made[f"cbp {row['Drug Type']} {word}"][day] += float(row[column].replace(",", ""))
    return [_series(key, values) for key, values in made.items() if len(values) >= 36]


FAMILIES = {
    "national": national,
    "cigarettes": prop99,
    "nflis": nflis,
    "pills": counties,
    "connecticut": connecticut,
    "cook": cook,
    "dose": dose,
    "seizures": seizures,
}


def families():
    """Return up to PER_FAMILY series of each family, in order of the hash of their names."""
    return {name: sorted(make(), key=lambda s: digest(s.name))[:PER_FAMILY] for name, make in FAMILIES.items()}


def vintage_cases(through, column, months, rolling=12):
    """Targets on 12-month counts of overdose deaths by state, asked on one published vintage, judged on the last one.

    `predicted` is the count corrected for what was still to be reported, `reported` the count as it stood.
    """
    import pyarrow.parquet as pq

    from counterflow.account.reach import Target
    from counterflow.account.reach.hindcast import CHANGES, Case

    rows = pq.read_table(SHARED_DATA / "watch" / "vsrr_vintages_2017-05_to_2018-11.parquet").to_pylist()
    rows = [r for r in rows if r["indicator"] == "Number of Drug Overdose Deaths"]
    last = max(r["through"] for r in rows)
    seen, truth = defaultdict(dict), defaultdict(dict)
    for row in rows:
        day = _end(*map(int, row["month"].split("-")))
        if row["through"] == through and row[column] and row[column] > 0:
            seen[row["state"]][day] = row[column]
        if row["through"] == last and row["predicted"] and row["predicted"] > 0:
            truth[row["state"]][day] = row["predicted"]
    made = []
    for state, values in seen.items():
        origin = max(values)
        base = _end(origin.year - 1, origin.month)
        deadline = _end(origin.year + (origin.month + months - 1) // 12, (origin.month + months - 1) % 12 + 1)
        if base in values and deadline in truth[state]:
            known = replace(_series(f"vsrr {state}", values), rolling=rolling)
            for change, direction in CHANGES:
                target = Target(values[base] * (1 + change), deadline, direction, "level", values[base], base)
                made.append(Case(known.name, known, target, months / 12, truth[state][deadline]))
    return made
