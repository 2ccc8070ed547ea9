"""A workspace with one worked plan, and a way to write an action."""

import datetime as dt

import pyarrow as pa
import pytest

from counterflow.core.clock import fixed_clock
from counterflow.core.tables import BATCH, CONSIGNMENT, DRAW, FINDING, OUTCOME, PLAN
from counterflow.store.workspace import Workspace

NOW = dt.datetime(2026, 3, 2, 6, tzinfo=dt.UTC)
DAY = dt.date(2026, 3, 1)

ACTION_TOML = """\
action = "op-north"
kind = "operation"
title = "More random draws in the north hall"
starts = 2026-04-01
ends = 2026-06-30
resources = "2 officers, 9,600 minutes"
evaluation_design = "Random-arm prevalence by month, against the two halls that change nothing."

[forecast]
value = 0.02
low = 0.01
high = 0.03
level = 0.9
method = "judgement of the planning group"
source = "2025 random arm"
as_of = 2026-03-01
unit = "fall in prevalence"
"""


@pytest.fixture
def empty_workspace(tmp_path):
    Workspace.create(tmp_path / "w", clock=fixed_clock(NOW))
    with (tmp_path / "w" / "counterflow.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[account]\nusefulness_limit = 0.2\n")
    with Workspace(tmp_path / "w", clock=fixed_clock(NOW)) as workspace:
        yield workspace


def put(store, table, schema, rows):
    store.append(table, pa.Table.from_pylist(rows, schema=schema))


def consignment(index):
    return {
        "source": "training-world", "record_id": f"r{index}", "batch": "b", "declared_on": DAY,
        "first_seen": NOW, "departure": "AA" if index % 2 else "BB",
    }  # fmt: skip


def drawn(index, arm):
    return {
        "plan": "P", "source": "training-world", "record_id": f"r{index}", "office": "N", "lane": "mail",
        "day": DAY, "arm": arm, "rank": index + 1 if arm else None, "inclusion_probability": 0.25,
        "resource": "officer", "service_minutes": 10.0, "detection_rate": 1.0, "expected_harm": 1.0,
        "reasons": "drawn at random (1 in 4); vague goods text",
    }  # fmt: skip


def answer(index, state, confirmation):
    return {
        "source": "training-world", "record_id": f"r{index}", "plan": "P", "state": state,
        "confirmation": confirmation, "time": NOW, "recorded_at": NOW,
    }  # fmt: skip


@pytest.fixture
def worked(empty_workspace):
    """400 records; 100 drawn at random with 20 finds, 10 targeted with 5; one refuted, two not presented."""
    store = empty_workspace.store
    arms = ["random"] * 100 + ["targeted"] * 10 + [""] * 290
    put(store, "consignment", CONSIGNMENT, [consignment(i) for i in range(400)])
    put(store, "draw", DRAW, [drawn(i, arm) for i, arm in enumerate(arms)])
    answers = [answer(i, "inspected", "confirmed" if i % 5 == 0 else "none") for i in range(98)]
    answers += [answer(i, "not_presented", "none") for i in (98, 99)]
    answers += [
        answer(100 + i, "inspected", "confirmed" if i < 5 else "refuted" if i == 5 else "none") for i in range(10)
    ]
    put(store, "outcome", OUTCOME, answers)
    plan = {"plan": "P", "starts": DAY, "ends": DAY, "seed": 7, "random_share": 0.1, "made_at": NOW}
    put(store, "plan", PLAN, [plan])
    finding = {
        "source": "training-world", "record_id": "r1", "part": "", "check": "goods.vague",
        "check_version": "1", "code": "vague", "kind": "deterministic", "strength": 0.4, "meaning": "m",
        "sentence": "s", "run": "1",
    }  # fmt: skip
    put(store, "finding", FINDING, [finding, finding | {"record_id": "r2"}])
    batch = {
        "source": "training-world", "batch": "b", "content_sha256": "0", "mapping": "training_world 1", "synthetic": True,
        "received_at": NOW, "read": 400, "accepted": 400, "rejected": 0,
    }  # fmt: skip
    put(store, "batch", BATCH, [batch])
    return empty_workspace


@pytest.fixture
def action_file(tmp_path):
    def write(text=ACTION_TOML, **replaced):
        for old, new in replaced.items():
            text = "\n".join(new if line.startswith(f"{old} =") else line for line in text.split("\n"))
        path = tmp_path / "action.toml"
        path.write_text(text, "utf-8")
        return path

    return write
