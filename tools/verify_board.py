#!/usr/bin/env python3
"""Recompute the numbers of a Counterflow board without Counterflow, from its ledger and its facts.

    python verify_board.py board.json --ledger LEDGER --facts FACTS [--key ledger.pub] [--format text|json]

LEDGER is the ledger's folder; FACTS the folder that `counterflow account facts --out FACTS` wrote. Outcomes, plans and
redress are taken from the ledger, entry by entry, up to the size that the board names; what was in each plan's frame is
taken from the facts and held against the digest that the ledger sealed when the plan was drawn. Each number of the board
is then said to agree, to differ, or not to be recomputed, with the reason.

Needs Python 3.11 and `pyarrow`; shares no code with the program that made the board. Whole and signed the ledger is
shown by verify_ledger.py beside it, which needs `cryptography`.
Exit: 0 nothing differs; 1 something differs; 2 wrong call; 3 something cannot be read.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import math
import re
import statistics
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

ARMS = ("mandatory", "random", "followup", "targeted")
RANK = {"random": 4, "mandatory": 3, "followup": 2, "targeted": 1, "": 0}
NOT_SAID = "(not said)"
CLOSE = 1e-9
BLIND = re.compile(r"([\d,]+) of ([\d,]+) blind tests found")
#: why a number is not made again, by the first part of its path
NOT_HERE = {
    "prevalence": "the interval of a draw in strata (docs/methods/interdiction.md) is not made again here; what is made"
    " from it (undetected, interdiction) is",
    "effective_n": "worth of a draw in strata, as prevalence",
    "outcomes": "counts of harm by place do not go out: small cells; ratio and verdict are held against its own ends",
    "broken": "whether a correction still holds is asked of lists and models, not of the ledger",
}


class Unreadable(Exception):  # noqa: N818
    """Something given to us cannot be read."""


class Check:
    """What was held against what."""

    def __init__(self, board: dict[str, Any]) -> None:
        self.board = board
        self.agree: set[str] = set()
        self.differ: list[dict[str, Any]] = []
        self.problems: list[str] = []

    def same(self, path: str, here: Any, found: Any) -> None:
        """Hold what the board says (`here`) against what was made again."""
        if alike(here, found):
            self.agree.add(path)
        else:
            self.differ.append({"where": path, "board": here, "recomputed": found})

    def row(self, path: str, here: dict[str, Any] | None, found: dict[str, Any]) -> None:
        """Hold one row against what was made again; a dot in a name leads inside."""
        if here is None:
            self.differ.append({"where": path, "board": None, "recomputed": found})
            return
        for name, value in found.items():
            at: Any = here
            for part in name.split("."):
                at = at.get(part) if isinstance(at, dict) else None
            self.same(f"{path}.{name}", at, value)

    def rows(self, path: str, here: list[dict[str, Any]], found: list[dict[str, Any]], key: tuple[str, ...]) -> None:
        """Hold rows against each other by key; a row that only one side has differs."""
        shown = {tuple(one.get(k) for k in key): (at, one) for at, one in enumerate(here)}
        for one in found:
            at, mine = shown.pop(tuple(one.get(k) for k in key), (-1, None))
            self.row(f"{path}[{at}]" if at >= 0 else f"{path}{[one.get(k) for k in key]}", mine, one)
        for at, one in shown.values():
            self.differ.append({"where": f"{path}[{at}]", "board": one, "recomputed": None})


def alike(here: Any, found: Any) -> bool:
    if isinstance(here, bool) or isinstance(found, bool) or here is None or found is None:
        return here is found or here == found
    if isinstance(here, int | float) and isinstance(found, int | float):
        return math.isclose(here, found, rel_tol=CLOSE, abs_tol=CLOSE)
    return bool(here == found)


# ---- numbers ----


def beta_share(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function, by the continued fraction of DLMF 8.17.22 (method of Lentz)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_share(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    tiny = 1e-300
    c, d = 1.0, 1 / max(abs(1 - (a + b) * x / (a + 1)), tiny)
    value = d
    for m in range(1, 5000):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + step * d or tiny)
            c = 1 + step / c or tiny
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return front * value


def exact(found: float, n: float, level: float) -> tuple[float, float]:
    """Return the interval of Clopper and Pearson (1934), by bisection."""
    if n == 0:
        return 0.0, 1.0

    def end(a: float, b: float, wanted: float) -> float:
        low, high = 0.0, 1.0
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if beta_share(middle, a, b) < wanted else (low, middle)
        return (low + high) / 2

    tail = (1 - level) / 2
    low = 0.0 if found == 0 else end(found, n - found + 1, tail)
    high = 1.0 if found == n else end(found + 1, n - found, 1 - tail)
    return low, high


# ---- what is given ----


def read_board(path: Path) -> dict[str, Any]:
    try:
        board = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path}: {error}") from error
    if not isinstance(board, dict) or "ledger" not in board or "interdiction" not in board:
        raise Unreadable(f"{path} is no board")
    return board


def read_ledger(folder: Path, size: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the entries up to a size, those after it, and all signed heads."""
    entries, later, heads = [], [], []
    files = sorted(folder.glob("entries-*.jsonl"))
    if not files:
        raise Unreadable(f"{folder} holds no ledger")
    for path in files:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            try:
                whole = json.loads(line)
            except ValueError as error:
                raise Unreadable(f"{path.name} line {number} is no JSON") from error
            if "head" in whole:
                heads.append(whole)
            elif whole["entry"]["seq"] <= size:
                entries.append(whole["entry"])
            else:
                later.append(whole["entry"])
    return entries, later, heads


def read_facts(folder: Path) -> dict[str, list[dict[str, Any]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = {path.stem: pq.read_table(path).to_pylist() for path in sorted(folder.glob("*.parquet"))}
    except (OSError, pa.ArrowException) as error:
        raise Unreadable(f"{folder}: {error}") from error
    missing = [name for name in ("frame", "records", "findings", "crossings") if name not in found]
    if missing:
        raise Unreadable(f"{folder} has no {missing[0]}.parquet: counterflow account facts --out {folder}")
    return found


# ---- the ledger, and the facts against it ----


def check_ledger(check: Check, folder: Path, entries: list[dict], heads: list[dict], key: Path | None) -> None:
    said = check.board["ledger"]
    head = next((one for one in heads if one["head"]["size"] == said["size"]), None)
    if head is None or len(entries) != said["size"]:
        check.problems.append(f"the ledger holds {len(entries)} of the {said['size']} entries that the board stands on")
    for name in ("ledger_id", "size", "root"):
        check.same(f"ledger.{name}", said[name], head and head["head"][name])
    tool = Path(__file__).with_name("verify_ledger.py")
    if not tool.is_file():
        check.problems.append("verify_ledger.py does not lie beside this program: the chain was not checked")
        return
    with tempfile.TemporaryDirectory() as made:
        command = [sys.executable, str(tool), str(folder), "--key", str(key or folder / "ledger.pub")]
        if head is not None:  # the board's head was signed when it was asked for: its own time and signature
            saved = Path(made) / "head.json"
            own = {"head": head["head"] | {"time": said["time"]}, "signature": said["signature"]}
            saved.write_text(json.dumps(own, sort_keys=True, separators=(",", ":")) + "\n", "utf-8")
            command += ["--head", str(saved)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        last = (ran.stdout + ran.stderr).strip().splitlines() or ["no words"]
        check.problems.append(f"verify_ledger.py: {last[0]}")


def check_sealed(
    check: Check, facts: dict[str, list[dict]], folder: Path, entries: list[dict], later: list[dict]
) -> None:
    """Hold frames against what was sealed when they were drawn, and files against their seal."""
    frames = defaultdict(list)
    for row in facts["frame"]:
        frames[row["plan"]].append(row)
    draws = {entry["body"]["plan"]: entry["body"] for entry in entries if entry["kind"] == "draw"}
    for plan in sorted(set(frames) - set(draws)):
        check.problems.append(f"the facts hold a plan that the ledger did not seal: {plan}")
    for plan, body in draws.items():
        if frame_digest(frames.get(plan, []), "stratum" in body["digest_of"]) != body["digest"]:
            check.problems.append(f"the frame of {plan} is not the one that was sealed when it was drawn")
    seals = [entry["body"]["files"] for entry in [*entries, *later] if entry["kind"] == "facts"]
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.parquet"))}
    if digests not in seals:
        known = {digest for seal in seals for digest in seal.values()}
        changed = [name for name, digest in digests.items() if digest not in known]
        check.problems.append(
            f"facts are not as sealed in the ledger: {', '.join(changed) or 'a file is missing or too many'}"
        )
    loads = {entry["body"]["batch"]: entry["body"] for entry in entries if entry["kind"] == "load"}
    for batch, count in Counter(row["batch"] for row in facts["records"]).items():
        if batch not in loads:
            check.problems.append(f"{count} records of a load that the ledger does not hold: {batch}")
        elif count > loads[batch]["accepted"]:
            check.problems.append(f"{count} records of load {batch}, which took in {loads[batch]['accepted']}")


def frame_digest(rows: list[dict[str, Any]], strata: bool) -> str:
    whole = hashlib.sha256()
    for row in sorted(rows, key=lambda one: (one["source"], one["record_id"])):
        parts = [row["source"], row["record_id"], repr(float(row["inclusion_probability"])), row["arm"]]
        whole.update(("\x1f".join([*parts, *([row["stratum"]] if strata else [])]) + "\n").encode())
    return whole.hexdigest()


# ---- what was drawn and found ----


def seen_rows(facts: dict[str, list[dict]], entries: list[dict]) -> list[dict[str, Any]]:
    """Return the rows of frames whose day was worked, with the latest outcome of each and its turn among frames."""
    latest: dict[tuple, tuple] = {}
    made = {}
    for entry in entries:
        body = entry["body"]
        if entry["kind"] == "draw":
            made[body["plan"]] = (entry["time"], entry["seq"])
        elif entry["kind"] == "outcome":
            key = (body["plan"], body["source"], body["record_id"])
            order = (entry["time"], instant(body["time"]), entry["seq"])
            if key not in latest or order > latest[key][0]:
                latest[key] = (order, body)
    known = []
    for row in facts["frame"]:
        order, body = latest.get((row["plan"], row["source"], row["record_id"]), (None, None))
        known.append(
            row
            | {"p": row["inclusion_probability"] or 0.0, "lane": row["lane"] or "", "state": body and body["state"],
               "confirmation": body and body["confirmation"], "order": order}
        )  # fmt: skip
    drawn, answered = Counter(), Counter()
    for row in known:
        drawn[row["plan"], row["day"]] += row["arm"] != ""
        answered[row["plan"], row["day"]] += row["state"] is not None
    worked = [r for r in known if not drawn[r["plan"], r["day"]] or answered[r["plan"], r["day"]]]
    last = ("9999", math.inf)
    worked.sort(
        key=lambda r: (r["source"], r["record_id"], r["p"] <= 0, made.get(r["plan"], last), r["plan"], r["day"])
    )
    before = None
    for row in worked:
        row["turn"] = 1 if before != (row["source"], row["record_id"]) else 2
        before = (row["source"], row["record_id"])
    return worked


def instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def by_record(seen: list[dict]) -> list[list[dict]]:
    found: dict[tuple, list[dict]] = defaultdict(list)
    for row in seen:
        found[row["source"], row["record_id"]].append(row)
    return list(found.values())


def inspected(row: dict) -> bool:
    """Say whether it was opened: a laboratory result proves that, whatever state stands beside it."""
    return row["state"] == "inspected" or row["confirmation"] in ("confirmed", "refuted")


def check_rates(check: Check, seen: list[dict]) -> None:
    eligible = Counter(row["lane"] for row in seen if row["turn"] == 1 and row["p"] > 0)
    drawn = []
    for rows in by_record(seen):
        arm = max((row["arm"] for row in rows), key=RANK.__getitem__)
        if not arm:
            continue
        first = next(row for row in rows if row["turn"] == 1)
        answers = [row for row in rows if row["state"] is not None]
        best = {"state": None, "confirmation": None}
        if answers:  # an inspection before anything else, then the one put on record last
            some = [row for row in answers if row["state"] == "inspected"] or answers
            newest = max(row["order"][:2] for row in some)
            best = min((row for row in some if row["order"][:2] == newest), key=lambda row: row["plan"])
        sampled = first["arm"] == "random" and first["p"] > 0
        drawn.append({"lane": first["lane"], "arm": arm, "p": first["p"], "sampled": sampled, "own": inspected(first),
                      "state": best["state"], "confirmation": best["confirmation"]})  # fmt: skip
    lanes = ["*", *sorted(set(eligible) | {row["lane"] for row in drawn})]
    shown = {(row["lane"], row["arm"]): row for row in check.board["interdiction"]}
    found = []
    for lane in lanes:
        here = [row for row in drawn if lane in ("*", row["lane"])]
        frame = sum(eligible.values()) if lane == "*" else eligible[lane]
        finds = sum(row["confirmation"] == "confirmed" and row["p"] > 0 for row in here)
        for arm in ARMS:
            mine = [row for row in here if row["arm"] == arm]
            if mine or arm != "followup":
                found.append(rate_row(lane, arm, frame, finds, mine, shown.get((lane, arm), {})))
    check.rows("interdiction", check.board["interdiction"], found, ("lane", "arm"))
    pooled = [row for row in found if row["lane"] == "*"]
    sums = {"Inspections made": sum(r["n"] for r in pooled), "Finds confirmed": sum(r["found"] for r in pooled)}
    beside = next((r for r in check.board["interdiction"] if (r["lane"], r["arm"]) == ("*", "random")), {})
    counter = next((r for r in check.board["burden"] if r["by"] == "*"), None)
    for at, one in enumerate(check.board["outputs"]):
        check.same(f"outputs[{at}].value", one["value"], sums.get(one["what"]))
        outcome = check.board["outcomes"][0] if check.board["outcomes"] else None
        for name, there in (("rate", beside.get("interdiction")), ("counter", counter), ("outcome", outcome)):
            for path, value in leaves(one[name], f"outputs[{at}].{name}"):
                check.same(path, value, dict(leaves(there, f"outputs[{at}].{name}")).get(path))


def rate_row(lane: str, arm: str, frame: int, finds: int, mine: list[dict], said: dict) -> dict[str, Any]:
    n = sum(map(inspected, mine))
    found = sum(row["confirmation"] == "confirmed" for row in mine)
    away = sum(row["state"] == "not_presented" and not inspected(row) for row in mine)
    level = (said.get("rate") or {}).get("level", 0.95)
    low, high = exact(found, n, level)
    row = {
        "lane": lane, "arm": arm, "eligible": frame, "drawn": len(mine), "n": n, "found": found, "not_presented": away,
        "pending": len(mine) - n - away, "refuted": sum(row["confirmation"] == "refuted" for row in mine),
        "awaiting.suspected": sum(row["confirmation"] == "suspected" and inspected(row) for row in mine),
        "awaiting.presumptive": sum(row["confirmation"] == "presumptive" and inspected(row) for row in mine),
        "rate.value": found / n if n else None, "rate.low": low, "rate.high": high,
    }  # fmt: skip
    share = said.get("prevalence")
    if arm != "random" or not share:
        return row
    row["drawn_again"] = sum(not one["sampled"] for one in mine)
    stands = [(1 / one["p"], one["own"]) for one in mine if one["sampled"]]
    row["missing_share"] = sum(w for w, own in stands if not own) / sum(w for w, _ in stands) if stands else 0.0
    tests = BLIND.match((said.get("sensitivity") or {}).get("words", ""))
    if tests:  # so many of so many: its own interval follows
        hits, of = int(tests[1].replace(",", "")), int(tests[2].replace(",", ""))
        low, high = exact(hits, of, said["rate"]["level"])
        row |= {"sensitivity.value": hits / of, "sensitivity.low": low, "sensitivity.high": high}
    for end in ("value", "low", "high"):
        row[f"undetected.{end}"] = None if share[end] is None else max(frame * share[end] - finds, 0.0)
    if frame and (finds or share["low"]):
        part = {end: finds / max(frame * share[end], finds) if share[end] else None for end in ("value", "low", "high")}
        row["interdiction.value"], row["interdiction.low"] = part["value"], part["high"]
        row["interdiction.high"] = 1.0 if share["low"] == 0 else part["low"]
    return row


def check_burden(check: Check, seen: list[dict], facts: dict[str, list[dict]]) -> None:
    left = {(row["source"], row["record_id"]): row["departure"] or "" for row in facts["records"]}
    cells: dict[tuple, Counter] = defaultdict(Counter)
    for rows in by_record(seen):
        opened = any(map(inspected, rows))
        found = any(row["confirmation"] == "confirmed" for row in rows)
        waits = any(row["confirmation"] in ("suspected", "presumptive") for row in rows)
        counts = {
            "records": 1, "drawn": any(row["arm"] for row in rows), "inspected": opened, "found": found,
            "fruitless": opened and not found and not waits, "awaiting": waits,
            "refuted": any(row["confirmation"] == "refuted" for row in rows),
            "not_presented": any(row["state"] == "not_presented" for row in rows) and not opened,
        }  # fmt: skip
        place = {"*": "*", "office": max(row["office"] or "" for row in rows), "lane": max(row["lane"] for row in rows),
                 "departure": left.get((rows[0]["source"], rows[0]["record_id"]), "")}  # fmt: skip
        for by, name in place.items():
            cells[by, name].update({k: int(v) for k, v in counts.items()})
    names = ("records", "drawn", "inspected", "found", "fruitless", "awaiting", "refuted", "not_presented")
    found_rows = [
        {"by": by, "name": name} | {k: cell[k] for k in names}
        | {"fruitless_per_1000": round(1000 * cell["fruitless"] / cell["records"], 3)}
        for (by, name), cell in cells.items()
    ]  # fmt: skip
    check.rows("burden", check.board["burden"], found_rows, ("by", "name"))


def check_plan(check: Check, facts: dict[str, list[dict]], entries: list[dict]) -> None:
    draws = [entry for entry in entries if entry["kind"] == "draw"]
    if not draws:
        check.same("plan", check.board["plan"], {})
        return
    last = max(draws, key=lambda entry: (entry["time"], entry["seq"]))
    body, rows = last["body"], [row for row in facts["frame"] if row["plan"] == last["body"]["plan"]]
    chosen = [row for row in rows if row["arm"]]
    today = instant(check.board["made_at"]).date()
    days = [row["day"] for row in chosen]
    day = min([d for d in days if d >= today], default=max(days, default=None))
    check.row("plan", check.board["plan"], {
        "plan": body["plan"], "starts": body["starts"], "ends": body["ends"], "seed": body["seed"],
        "random_share": float(body["random_share"]), "ledger_seq": last["seq"], "eligible": len(rows),
        "selected": len(chosen), "day": day and day.isoformat(), "capacity_sha256": body["capacity_sha256"],
        **{f"arms.{arm}": sum(row["arm"] == arm for row in chosen) for arm in ARMS},
    })  # fmt: skip
    cells: dict[tuple, dict[str, float]] = {}
    for row in rows:
        cell = cells.setdefault(
            (row["office"] or "", row["lane"] or ""), dict.fromkeys(("eligible", "selected", "minutes", *ARMS), 0)
        )
        cell["eligible"] += 1
        if row["arm"]:
            cell["selected"] += 1
            cell["minutes"] += row["service_minutes"] or 0
            cell[row["arm"]] += row["service_minutes"] or 0
    found = [{"office": office, "lane": lane} | cell for (office, lane), cell in cells.items()]
    check.rows("plan.cells", check.board["plan"].get("cells", []), found, ("office", "lane"))
    sheet = [
        {
            name: row[name]
            for name in ("office", "lane", "rank", "source", "record_id", "arm", "resource", "expected_harm")
        }
        | {"day": row["day"].isoformat(), "minutes": row["service_minutes"]}
        for row in chosen
        if row["day"] == day and row["rank"] is not None and row["rank"] <= 5
    ]
    check.rows("sheet", check.board["sheet"], sheet, ("source", "record_id"))


# ---- what came in ----


def check_coverage(check: Check, facts: dict[str, list[dict]]) -> None:
    by_batch: dict[tuple, dict[tuple, int]] = defaultdict(Counter)
    for row in facts.get("announced", []):
        by_batch[row["sender"], row["departure"], row["lane"], row["period"]][row["received_at"], row["batch"]] += row[
            "expected"
        ]
    told = {cell: counts[max(counts)] for cell, counts in by_batch.items()}
    found = []
    for cut in ((), ("sender",), ("departure",), ("lane",), ("period",)):
        found += coverage_rows(cut, facts["records"], facts.get("refused", []), told)
    check.rows("coverage", check.board["coverage"], found, ("sender", "departure", "lane", "period"))


def coverage_rows(cut: tuple[str, ...], records: list[dict], refused: list[dict], told: dict[tuple, int]) -> list[dict]:
    names = ("sender", "departure", "lane", "period")

    def cell(row: dict) -> tuple:
        return tuple((NOT_SAID if row[name] is None else row[name]) if name in cut else "*" for name in names)

    taken: dict[tuple, list[dict]] = defaultdict(list)
    for row in records:
        taken[cell(row)].append(row)
    lost = Counter(cell(row) for row in refused)
    wanted: Counter = Counter()
    for key, expected in told.items():
        one = dict(zip(names, key, strict=True))
        if all(one[name] != "*" for name in cut):
            wanted[cell(one)] += expected
    made = []
    for key in {*taken, *lost, *wanted} or ({("*",) * 4} if not cut else set()):
        rows = taken.get(key, [])
        timed = [row["advance_at"] <= row["due_at"] for row in rows if row["advance_at"] and row["due_at"]]
        whole = len(rows) + lost[key]
        made.append(
            dict(zip(names, key, strict=True))
            | {
                "expected": wanted.get(key), "received": len(rows),
                "unscreenable": sum(not row["names_goods"] and not row["names_party"] for row in rows),
                "complete_share": sum(row["missing"] == 0 for row in rows) / len(rows) if rows else None,
                "valid_share": len(rows) / whole if whole else None,
                "on_time_share": sum(timed) / len(timed) if timed else None,
            }
        )  # fmt: skip
    return made


def check_scans(check: Check, facts: dict[str, list[dict]]) -> None:
    target = check.board["scan_target"]
    found = []
    for cut in ((), ("port",), ("vehicle_class",)):
        cells: dict[str, list[dict]] = defaultdict(list)
        for row in facts["crossings"]:
            cells[(NOT_SAID if row[cut[0]] is None else row[cut[0]]) if cut else "*"].append(row)
        found += [
            {"port": "*", "vehicle_class": "*"} | ({cut[0]: key} if cut else {}) | scan_row(rows, target)
            for key, rows in cells.items()
        ]
    check.rows("scans", check.board["scans"], found, ("port", "vehicle_class"))


def scan_row(rows: list[dict], target: dict[str, Any]) -> dict[str, Any]:
    starts = dt.date.fromisoformat(target["starts"]) if isinstance(target.get("starts"), str) else dt.date.min
    entering = [row for row in rows if row["direction"] == target["direction"] and row["hour"].date() >= starts]
    scanned = sum(row["scan_state"] == "scanned" for row in rows)
    silent = sum(row["scan_state"] is None for row in rows)
    said = [row for row in entering if row["scan_state"] is not None]
    known = silent < len(rows)
    return {
        "crossings": len(rows), "scanned": scanned, "unreadable": sum(row["scan_state"] == "unreadable" for row in rows),
        "unrecorded": silent, "scanned_share": scanned / len(rows) if known else None,
        "at_most_share": (scanned + silent) / len(rows) if known else None,
        "anomalies": sum(row["result"] == "anomaly" for row in rows), "found": sum(row["result"] == "found" for row in rows),
        "entering": len(entering), "target_share": float(target["share"]) if entering else None,
        "entering_share": sum(row["scan_state"] == "scanned" for row in said) / len(entering) if said else None,
    }  # fmt: skip


def check_findings(check: Check, facts: dict[str, list[dict]]) -> None:
    counts = Counter((row["check"], row["code"]) for row in facts["findings"])
    found = [{"check": name, "code": code, "count": count} for (name, code), count in counts.items()]
    check.rows("findings", check.board["findings"], found, ("check", "code"))


def check_outcomes(check: Check) -> None:
    """Hold harm against itself: its counts by place do not go out."""
    for at, one in enumerate(check.board["outcomes"]):
        ratio = one["now"] / one["before"] if one["before"] else None
        check.same(f"outcomes[{at}].ratio", one["ratio"], ratio)
        low, high = one["low"], math.inf if one["high"] is None else one["high"]
        verdict = "more" if low > 1 else "fewer" if high < 1 and not one["late"] else "no clear change"
        check.same(f"outcomes[{at}].verdict", one["verdict"], verdict)


# ---- redress ----


def check_redress(check: Check, entries: list[dict], facts: dict[str, list[dict]]) -> None:
    today = instant(check.board["made_at"]).date()
    asked = {e["body"]["request"]: e["body"] for e in entries if e["kind"] == "redress-request"}
    acts = defaultdict(list)
    for entry in entries:
        if entry["kind"] == "redress-act":
            acts[entry["body"]["request"]].append(entry["body"])
    told = sum(act["act"] == "told" for some in acts.values() for act in some)
    done, verdicts, overdue = [], Counter(), 0
    for request, body in asked.items():
        due = dt.date.fromisoformat(body["due_on"])
        moved = [dt.date.fromisoformat(a["due_on"]) for a in acts[request] if a["act"] == "extended"]
        due = max(moved, default=due)
        verdict, answered = "", None
        for act in acts[request]:
            if act["act"] == "decided":
                verdict = act["verdict"]
            elif act["act"] == "answered":
                answered = dt.date.fromisoformat(act["done_on"])
            elif act["act"] == "reopened":
                verdict, answered = "", None
        verdicts[verdict] += 1
        overdue += answered is None and today > due
        if answered is not None:
            done.append(((answered - dt.date.fromisoformat(body["received_on"])).days, answered <= due))
    kinds: dict[str, set] = defaultdict(set)
    for row in facts.get("corrections", []):
        kinds[row["correction"]].add(row["act"])
    found = {
        "received": len(asked), "open": len(asked) - len(done), "overdue": overdue, "answered": len(done),
        "in_time": sum(on_time for _, on_time in done), "granted": verdicts["granted"], "partly": verdicts["partly"],
        "refused": verdicts["refused"], "median_days": statistics.median(d for d, _ in done) if done else None,
        "corrections": sum("make" in some and "take-back" not in some for some in kinds.values()), "told": told,
    }  # fmt: skip
    check.row("redress", check.board["redress"], found)


# ---- the answer ----


def leaves(value: Any, path: str) -> list[tuple[str, Any]]:
    """Return every number under a value with where it stands."""
    if isinstance(value, dict):
        return [leaf for name, one in value.items() for leaf in leaves(one, f"{path}.{name}" if path else name)]
    if isinstance(value, list):
        return [leaf for at, one in enumerate(value) for leaf in leaves(one, f"{path}[{at}]")]
    return [(path, value)] if isinstance(value, int | float) and not isinstance(value, bool) else []


def left_out(check: Check) -> dict[str, dict[str, Any]]:
    """Return the numbers that were not made again, by the part of the board and name, with the reason."""
    touched = check.agree | {one["where"] for one in check.differ}
    found: dict[str, dict[str, Any]] = {}
    for path, _ in leaves(check.board, ""):
        if path in touched or path.endswith((".level", "usefulness_limit")) or path.startswith("scan_target."):
            continue
        parts = [part.split("[")[0] for part in path.split(".")]
        why = next((words for name, words in NOT_HERE.items() if name in parts), "")
        why = why or (
            "a setting, or blind tests that stand in a setting" if "sensitivity" in parts else "no facts of it go out"
        )
        name = f"{parts[0]}: {'.'.join(parts[1:])}"
        found.setdefault(name, {"numbers": 0, "why": why})["numbers"] += 1
    return found


def answer(given: argparse.Namespace) -> dict[str, Any]:
    board = read_board(given.board)
    check = Check(board)
    entries, later, heads = read_ledger(given.ledger, board["ledger"]["size"])
    facts = read_facts(given.facts)
    check_ledger(check, given.ledger, entries, heads, given.key)
    check_sealed(check, facts, given.facts, entries, later)
    seen = seen_rows(facts, entries)
    check_rates(check, seen)
    check_burden(check, seen, facts)
    check_plan(check, facts, entries)
    check_coverage(check, facts)
    check_scans(check, facts)
    check_findings(check, facts)
    check_outcomes(check)
    check_redress(check, entries, facts)
    numbers = {path for path, _ in leaves(board, "")}
    return {
        "held": not check.differ and not check.problems, "agree": len(check.agree), "numbers": len(numbers),
        "numbers_agreeing": len(numbers & check.agree), "differ": check.differ, "problems": check.problems,
        "not_recomputed": left_out(check),
        "outputs_refused": [one["what"] for one in board.get("refused", [])],
    }  # fmt: skip


def say(told: dict[str, Any]) -> None:
    print(
        f"{'HELD' if told['held'] else 'FAILED'}: {told['numbers_agreeing']} of {told['numbers']} numbers made again and alike"
    )
    for one in told["problems"]:
        print(f"  problem: {one}")
    for one in told["differ"][:50]:
        print(f"  differs: {one['where']}: board {one['board']}, recomputed {one['recomputed']}")
    if len(told["differ"]) > 50:
        print(f"  … and {len(told['differ']) - 50} more")
    for name, one in told["not_recomputed"].items():
        print(f"  not recomputed: {name} ({one['numbers']}): {one['why']}")


def main() -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("board", type=Path)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--facts", type=Path, required=True)
    parser.add_argument("--key", type=Path, help="public key that you were given earlier; the ledger's own else")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    given = parser.parse_args()
    try:
        told = answer(given)
    except (Unreadable, OSError, KeyError, ValueError, TypeError) as error:
        print(f"UNREADABLE: {type(error).__name__}: {error}")
        return 3
    if given.format == "json":
        print(json.dumps(told, indent=1, default=str))
    else:
        say(told)
    return 0 if told["held"] else 1


if __name__ == "__main__":
    sys.exit(main())
