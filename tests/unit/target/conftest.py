"""A small world for the tests of target: a store in memory, a clock that is set, records made to measure."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pyarrow as pa
import pytest

from counterflow.core.clock import fixed_clock
from counterflow.core.settings import Settings
from counterflow.store.duckdb_store import DuckDBStore
from counterflow.store.ledger import Ledger

MONDAY = dt.date(2026, 3, 2)
SEEN = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
HEADER = "office,lane,day,resource,minutes,service_minutes,detection_rate\n"


class World:
    """What target needs of a workspace, with ways to put records into it."""

    def __init__(self, folder, now="2026-03-02T06:00:00Z"):
        self.folder = folder
        self.store = DuckDBStore(None, threads=1)
        self.settings = Settings()
        self.now = now
        self.ledger = Ledger.open(folder / "ledger", keys=folder / "keys", ledger_id="test", clock=self.clock)

    def clock(self):
        return fixed_clock(self.now)()

    def records(self, count=100, *, offices=("A", "B"), lanes=("mail",), days=1, first=MONDAY, prefix="r"):
        rows = [
            {
                "source": "s", "record_id": f"{prefix}{i:05d}", "batch": "b", "first_seen": SEEN,
                "declared_on": first + dt.timedelta(days=i % days), "office": offices[i % len(offices)],
                "lane": lanes[i % len(lanes)], "sender": f"post{i % 3}", "departure": "NL", "origin": "CN",
                "item_id": f"item{i}", "attributes": [("tax_rate", "8")],
            }
            for i in range(count)
        ]  # fmt: skip
        self.store.append("consignment", pa.Table.from_pylist(rows, schema=_schema("consignment")))
        goods = [
            {"source": "s", "record_id": r["record_id"], "batch": "b", "line": 1, "hs": f"{3000 + i % 7}00",
             "description": f"goods number {i % 7}"}
            for i, r in enumerate(rows)
        ]  # fmt: skip
        self.store.append("goods_line", pa.Table.from_pylist(goods))
        return [r["record_id"] for r in rows]

    def finding(self, record_id, code="controlled-drug", **more):
        row = {
            "source": "s", "record_id": record_id, "part": "1", "check": "substances", "check_version": "1",
            "code": code, "kind": "deterministic", "strength": 0.9, "meaning": "m", "harm_class": "drug",
            "sentence": f"It says {code}; plainly.", "run": "run", "field": "description", "start": 0,
            "end": 5, "matched": "goods", "citation": "a law",
        } | more  # fmt: skip
        self.store.append("finding", pa.Table.from_pylist([row]))

    def outcome(self, record_id, state="inspected", confirmation="none", harm_class=None, day=MONDAY):
        moment = dt.datetime.combine(day, dt.time(12), dt.UTC)
        row = {
            "source": "s", "record_id": record_id, "plan": "old", "state": state,
            "confirmation": confirmation, "harm_class": harm_class, "time": moment, "recorded_at": moment,
        }  # fmt: skip
        self.store.append("outcome", pa.Table.from_pylist([row]))

    def capacity(self, *rows, name="capacity.csv"):
        path = self.folder / name
        path.write_text(HEADER + "".join(f"{row}\n" for row in rows), "utf-8")
        return path

    def file(self, text, name="outcomes.csv"):
        path = self.folder / name
        path.write_text(text, "utf-8")
        return path

    def draws(self, plan):
        return self.store.rows("SELECT * FROM draw WHERE plan = ? ORDER BY record_id", [plan])


def _schema(name):
    from counterflow.core.tables import TABLES

    return TABLES[name].schema


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.ledger.close()
    made.store.close()


@pytest.fixture
def days():
    return SimpleNamespace(monday=MONDAY, sunday=MONDAY + dt.timedelta(days=6), before=MONDAY - dt.timedelta(days=7))
