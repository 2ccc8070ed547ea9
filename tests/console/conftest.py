"""A board as `counterflow.account.board` gives it, its estimates made by the real room from a drawn frame."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from tests.console.browser import OneVisitor, axe, browser, serve, serve_site, visit

from counterflow.account.interdiction.rates import Frame, interdiction_rows
from counterflow.console.watch import nothing
from counterflow.core.errors import UnknownName
from counterflow.report.charts.places import Point
from counterflow.report.charts.series import Period
from counterflow.server.app import create_app, site_for
from counterflow.store.workspace import Workspace
from counterflow.web.site import Views

__all__ = ["axe", "browser", "serve", "serve_site", "visit"]  # fixtures

NOW = dt.datetime(2026, 3, 9, 8, tzinfo=dt.UTC)
AS_OF = dt.date(2026, 3, 8)
LANES = ("post", "air express", "container")
HARM = {"what": "overdoses", "source": "ems", "first": "2026-01-12", "last": "2026-03-08", "now": 210.0, "before": 240.0,
        "ratio": 0.875, "low": 0.6, "high": 1.2, "verdict": "no clear change", "late": True}  # fmt: skip


def drawn_frame():
    """A week of draws over three lanes: 400 random and 300 targeted inspections, results as they come."""
    rng = np.random.default_rng(4)
    count = 700
    arm = np.where(np.arange(count) < 400, "random", np.where(np.arange(count) < 660, "targeted", "mandatory"))
    hit = rng.random(count) < np.where(arm == "random", 0.02, 0.12)
    confirmation = np.where(hit, "confirmed", "none").astype(object)
    confirmation[410:416] = "presumptive"
    confirmation[420:424] = "refuted"
    state = np.full(count, "inspected", dtype=object)
    state[40:52] = "not_presented"
    state[600:605] = None
    confirmation[40:52] = "none"
    confirmation[600:605] = None
    table = pa.table(
        {
            "lane": [LANES[i % 3] for i in range(count)],
            "arm": arm.tolist(),
            "inclusion_probability": [0.05] * count,
            "sampled": (arm == "random").tolist(),
            "answered": [s == "inspected" for s in state],
            "detection_rate": [0.9] * count,
            "state": state.tolist(),
            "confirmation": confirmation.tolist(),
        }
    )
    return Frame(dict.fromkeys(LANES, 4_000), table, AS_OF, "plans of 2026-03-02 to 2026-03-08")


def coverage_rows():
    everything = dict.fromkeys(("sender", "departure", "lane", "period"), "*")
    shares = {"complete_share": 0.81, "valid_share": 0.992, "on_time_share": 0.74}
    rows = [everything | {"expected": None, "received": 12_000, "unscreenable": 310} | shares]
    for name, received, complete in (
        ("Post A", 7_000, 0.97),
        ("Carrier B", 3_800, 0.62),
        ("Broker C", 1_200, 0.41),
    ):
        more = {"expected": received + 200, "received": received, "unscreenable": 100}
        rows.append(everything | {"sender": name} | more | shares | {"complete_share": complete})
    for place, received in (("CN", 5_000), ("MX", 4_000), ("NL", 3_000)):
        rows.append(
            everything | {"departure": place, "expected": None, "received": received, "unscreenable": 9} | shares
        )
    for month, received in (("2026-02", 5_000), ("2026-03", 7_000)):
        more = {"expected": None, "received": received, "unscreenable": 9}
        rows.append(everything | {"period": month} | more | shares)
    return rows


def sheet_rows():
    offices = ("Harbour East", "Airport", "Mail Centre")
    return [
        {
            "office": office,
            "lane": lane,
            "day": "2026-03-09",
            "rank": rank,
            "source": "training-world",
            "record_id": f"K-{i}{rank:03d}",
            "arm": ("random", "targeted", "mandatory")[(rank + i) % 3],
            "resource": "bench",
            "minutes": 15.0,
            "expected_harm": 14.5 / rank,
            "reasons": [
                "Names a controlled precursor: 4-ANPP (UN 1988 Convention, Table I)",
                "Drawn at random (1 in 40)",
            ],
        }
        for i, (office, lane) in enumerate(zip(offices, LANES, strict=True))
        for rank in range(1, 6)
    ]


def burden_rows():
    shared = {"drawn": 700, "found": 38, "awaiting": 6, "refuted": 4, "not_presented": 12}
    names = [("*", "*", 12_000), *(("lane", lane, 4_000) for lane in LANES), ("departure", "CN", 5_000)]
    return [
        {"by": by, "name": name, "records": records, "inspected": 680, "fruitless": 630}
        | shared
        | {"fruitless_per_1000": round(630_000 / records, 3)}
        for by, name, records in names
    ]


@pytest.fixture
def sample_board():
    rows = interdiction_rows(drawn_frame())
    rate = next(r["interdiction"] for r in rows if r["lane"] == "*" and r["arm"] == "random")
    burden = burden_rows()
    return {
        "title": "Counterflow: what came in, what was chosen, what was found",
        "synthetic": True,
        "as_of": "2026-03-08",
        "made_at": "2026-03-09T05:30:00+00:00",
        "coverage": coverage_rows(),
        "plan": {
            "plan": "p-4f0c21",
            "starts": "2026-03-09",
            "ends": "2026-03-09",
            "seed": 7,
            "random_share": 0.1,
            "capacity_sha256": "ab" * 32,
            "made_at": "2026-03-09T05:00:00+00:00",
            "eligible": 1_712,
            "selected": 46,
            "arms": {"mandatory": 6, "random": 8, "targeted": 32},
            "cells": [
                {"office": o, "lane": lane, "eligible": 500, "selected": 15, "mandatory": m, "random": r,
                 "targeted": t, "minutes": m + r + t}
                for o, lane, m, r, t in (
                    ("Harbour East", "post", 30, 45, 300), ("Airport", "air express", 60, 30, 210),
                    ("Mail Centre", "container", 0, 45, 480),
                )
            ],
        },
        "sheet": sheet_rows(),
        "interdiction": rows,
        "outputs": [{"what": "Finds confirmed", "value": 38, "rate": rate, "outcome": HARM, "counter": burden[0]}],
        "outcomes": [HARM],
        "redress": {"received": 3, "open": 1, "overdue": 1, "answered": 2, "in_time": 2, "granted": 1, "partly": 0,
                    "refused": 1, "median_days": 9, "corrections": 2, "broken": 0, "told": 4},
        "refused": [],
        "burden": burden,
        "findings": [
            {"check": "substances", "code": "controlled-precursor", "count": 214},
            {"check": "vague", "code": "vague-isolated", "count": 1_890},
        ],
        "ledger": {
            "ledger_id": "7d1c", "size": 1_204, "root": "9f" * 32, "time": "2026-03-09T05:00:01.000000Z",
            "signature": "c4" * 64,
        },
        "notes": ["Only confirmed finds count as found.", "Officials have said 5 to 10 %: a prior."],
    }  # fmt: skip


@pytest.fixture
def sample_sheet():
    return {
        "office": "Harbour East",
        "lane": "post",
        "day": "2026-03-09",
        "plan": "p-4f0c21",
        "synthetic": True,
        "capacity": {"minutes": 240, "used": 195},
        "safety": {
            "text": "Carry naloxone and give it without delay.",
            "source": "ACMT & AACT, Clin Tox 2018",
        },
        "items": [
            {
                "rank": 1,
                "record_id": "K-0001",
                "item_id": "RR123456785CN",
                "arm": "random",
                "resource": "bench",
                "minutes": 15,
                "expected_harm": 14.5,
                "reasons": ["Names a controlled precursor: 4-ANPP"],
                "evidence": [
                    {
                        "field": "description",
                        "text": "pure 4-ANPP powder",
                        "start": 5,
                        "end": 11,
                        "sentence": "4-ANPP is a fentanyl precursor.",
                        "citation": "UN 1988 Convention, Table I",
                        "list": "precursors 2026-01",
                    }
                ],
                "look_for": ["Vacuum-sealed inner bags"],
            }
        ],
    }


@pytest.fixture
def sheet_source(sample_sheet):
    """Gives the list of sheets without arguments, the one sheet with them, and refuses any other."""

    def give(**which):
        row = {key: sample_sheet[key] for key in ("office", "lane", "day", "plan")}
        if not which:
            return {
                "synthetic": sample_sheet["synthetic"],
                "sheets": [row | {"records": len(sample_sheet["items"])}],
            }
        if which["office"] != sample_sheet["office"]:
            raise UnknownName("office on a sheet", which["office"], [sample_sheet["office"]])
        return sample_sheet

    return give


def _room(name="Harbour County"):
    """A room with one alarm, told by nobody yet, and all that stands beside it."""
    alarm = {
        "alarm": "A-1.2", "signal": "A-1", "signal_series": "s", "state": "new", "place": name, "level": "county",
        "measure": "overdoses", "subject": "opioids", "period": "2026-03-02", "observed": "<10", "expected": 2.1,
        "method": "default", "panel_changed": False, "must_be_told": 1, "told": 0, "acknowledged": 0, "acted": 0,
        "overdue": 1, "verdict": "", "made_at": NOW, "doubt": ["about 60 % of reports are in"], "rests_on": "",
        "method_source": "",
    }  # fmt: skip
    late = {"told_at": NOW, "acknowledged_at": None, "acted_at": None, "disposed_at": None}
    periods = [Period("2026-02-23", 20, expected=12, upper=18), Period("2026-03-02", None, withheld=True, alarm=True)]
    score = {"tried": 20, "wis": 3.0, "coverage_90": 0.9, "mae": 2.0, "mae_reported": 9.0}
    return dict(nothing()) | {
        "as_of": NOW, "alarms": [alarm], "acts": [alarm | late], "counts": 5, "contacts": 1, "located": 1,
        "due": [{"alarm": "A-1.2", "what": "tell", "contact": "hd", "by": NOW, "overdue": True}],
        "precision": [{"method": "default", "measure": "overdoses", "judged": 4, "share_outbreak": 0.5, "low": 0.07,
                       "high": 0.93, "not_judged": 0, "open": 1}],
        "series": [{"series": "s", "name": name, "source": "ems", "grain": "week", "periods": periods, "score": score,
                    "nowcast_as_of": dt.date(2026, 3, 8)}],
        "points": [Point(name, 41.0, -87.0, 7391, 1, alarm=True)], "grain": "week",
        "sources": [{"source": "ems", "measure": "overdoses", "grain": "week", "places": 1, "ends": dt.date(2026, 3, 8),
                     "as_of": dt.date(2026, 3, 8), "days": 30, "stale": True, "suppressed": 0, "not_looked": 0}],
        "changes": [{"from_day": dt.date(2026, 2, 1), "said": "xylazine added", "source": "lab"}],
    }  # fmt: skip


@pytest.fixture(scope="session")
def sample_room():
    """What makes the room of early warning, with the name of its place."""
    return _room


@pytest.fixture(scope="session")
def empty_workspace(tmp_path_factory):
    """A workspace that holds nothing, for pages that are given their figures."""
    with Workspace(Workspace.create(tmp_path_factory.mktemp("empty") / "workspace")) as workspace:
        yield workspace


@pytest.fixture
def sample_app(empty_workspace):
    """Make the application over given figures: `sample_app(board, sheets, watch=…, extra_routers=…)`."""
    sites = []

    def make(board, sheets, *, watch=nothing, extra_routers=()):
        site = site_for(empty_workspace)
        site.views, site.doorman = Views(board, sheets, watch), OneVisitor()
        sites.append(site)
        return create_app(site, extra_routers=extra_routers)

    yield make
    for site in sites:
        site.close()
