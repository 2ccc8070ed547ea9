"""Putting alarms on record: once each, with what the method saw, and taken back when later counts say otherwise."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from counterflow.core.tables import WATCH_ACT, WATCH_ALARM, WATCH_SEEN
from counterflow.watch.alarms.judged import NOT_JUDGED, Judged
from counterflow.watch.grid import Grid
from counterflow.watch.response.ids import SERIES, alarm_id, data_digest, settings_text, signal_id
from counterflow.watch.response.panel import PanelChanges
from counterflow.watch.response.seen import LikePlaces, day_of, own_rows

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["PROGRAM", "How", "Recorded", "record"]

#: who takes an alarm back when counts say so: nobody in person
PROGRAM = "counterflow"
_IDS_AN_ENTRY = 200


@dataclass(frozen=True)
class Recorded:
    """What became of the alarms of a run.

    Args:
        new: alarms put on record now.
        held: alarms that were on record already, from the same counts.
        corrected: earlier alarms that no longer stand by the counts of now.
    """

    new: tuple[str, ...]
    held: tuple[str, ...]
    corrected: tuple[str, ...]


@dataclass(frozen=True)
class How:
    """How alarms were raised: what the record says of the method.

    Args:
        source: where the method is published.
        settings: its settings; part of an alarm's id.
        made_by: command that judged.
        budget: false alarms accepted per series and period, where the threshold was set by one.
        rests_on: what the threshold rests on, in words.
    """

    source: str
    settings: Mapping[str, object]
    made_by: str = "watch alarms"
    budget: float | None = None
    rests_on: str = ""


@dataclass(frozen=True)
class _Run:
    """What all alarms of one run share."""

    grid: Grid
    judged: Judged
    how: How
    settings: str
    nowcast: Mapping[str, Mapping[str, object]]
    key: bytes
    made_at: dt.datetime


def record(
    workspace: Workspace,
    grid: Grid,
    judged: Judged,
    how: How,
    *,
    nowcast: Mapping[str, Mapping[str, object]] | None = None,
    periods: int = 1,
) -> Recorded:
    """Put the alarms of the last `periods` judged periods on record; take back earlier ones that no longer stand.

    The same counts again change nothing. Of a later vintage in which the alarm still stands a row is added that
    supersedes the earlier one, and what was told and done goes on; where it no longer stands, a correction is put on
    record, and everybody who was told has to be told that.

    Args:
        workspace: where.
        grid: the counts that were judged.
        judged: the verdicts.
        how: method and threshold, as the record says them.
        nowcast: series to what a nowcast said of its newest count (value, low, high, level, method).
        periods: how many of the newest judged periods to record.
    """
    from counterflow.watch.response.acts import salt_of

    told, key = settings_text(how.settings), salt_of(workspace, "counts")
    run = _Run(grid, judged, how, told, nowcast or {}, key, workspace.clock())
    raised = _raised(judged, periods)
    latest = _latest(workspace, judged.method, run.settings)
    with workspace.store.transaction():
        made, seen, held, again = _rows(workspace, run, raised, latest)
        seq = _sealed(workspace, "raise", [row["alarm"] for row in made])
        if made:
            rows = [row | {"ledger_seq": seq} for row in made]
            workspace.store.append("watch_alarm", pa.Table.from_pylist(rows, schema=WATCH_ALARM))
            workspace.store.append("watch_seen", pa.Table.from_pylist(seen, schema=WATCH_SEEN))
        acts = [*again, *_corrections(run, latest)]
        _keep_acts(workspace, acts)
    corrected = tuple(str(act["alarm"]) for act in acts if act["act"] == "corrected")
    return Recorded(tuple(row["alarm"] for row in made), tuple(held), corrected)


def _raised(judged: Judged, periods: int) -> list[tuple[int, int]]:
    """Return (series, period) of the alarms among the newest periods that were judged at all."""
    told = np.flatnonzero((judged.alarm != NOT_JUDGED).any(axis=0))
    if not len(told):
        return []
    newest = told[-max(1, periods) :]
    return [(int(row), int(newest[at])) for row, at in np.argwhere(judged.alarm[:, newest] == 1)]


def _latest(workspace: Workspace, method: str, settings: str) -> dict[str, dict[str, Any]]:
    """Return the newest row of each signal of this method and settings, with `stands`."""
    held = workspace.store.rows(
        "SELECT * FROM watch_alarm WHERE method = ? AND settings = ? ORDER BY made_at, alarm", [method, settings]
    )
    acts = workspace.store.rows(
        "SELECT about, act FROM watch_act WHERE act IN ('corrected', 'stands-again') ORDER BY acted_at, ledger_seq"
    )
    last = {str(act["about"]): str(act["act"]) for act in acts}
    return {str(row["signal"]): {**row, "stands": last.get(str(row["signal"])) != "corrected"} for row in held}


def _rows(
    workspace: Workspace, run: _Run, raised: list[tuple[int, int]], latest: Mapping[str, Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[str], list[dict[str, Any]]]:
    """Return new alarms, what was seen, alarms held already, and acts for those that stand again."""
    known = {str(row["alarm"]) for row in workspace.store.rows("SELECT alarm FROM watch_alarm")} if raised else set()
    panel = PanelChanges.of(workspace.store)
    keys = run.grid.key.to_pylist()
    like = LikePlaces(run.grid, run.judged)
    fresh = set(raised)
    made: list[dict[str, Any]] = []
    seen: list[dict[str, Any]] = []
    held: list[str] = []
    again: list[dict[str, Any]] = []
    for row, at in _with_standing(run, raised, latest, keys):
        alarm = _alarm(run, panel, keys[row], row, at)
        before = latest.get(alarm["signal"])
        if before and not before["stands"]:
            again.append(_act(run, alarm["signal"], alarm["alarm"], "stands-again", "By the counts of now it stands."))
        # of an older alarm whose count stands only the past was revised: nothing new to tell
        same = before is not None and (row, at) not in fresh and before["observed"] == alarm["observed"]
        if alarm["alarm"] in known or same:
            held.append(alarm["alarm"])
            continue
        made.append(alarm | {"supersedes": before["alarm"] if before else None})
        seen += own_rows(alarm["alarm"], run.grid, run.judged, row, at)
        seen += like.rows(alarm["alarm"], row, at)
    return made, seen, held, again


def _with_standing(
    run: _Run, raised: list[tuple[int, int]], latest: Mapping[str, Mapping[str, Any]], keys: list[dict[str, Any]]
) -> list[tuple[int, int]]:
    """Return the raised cells, and with them those of older alarms that these counts raise again."""
    cells = dict.fromkeys(raised)
    for row, at in _cells_of(run, latest, keys).values():
        if run.judged.alarm[row, at] == 1:
            cells.setdefault((row, at))
    return list(cells)


def _cells_of(
    run: _Run, latest: Mapping[str, Mapping[str, Any]], keys: list[dict[str, Any]] | None = None
) -> dict[str, tuple[int, int]]:
    """Return (series, period) in this grid of each signal that it holds."""
    if not latest:
        return {}
    rows = {tuple(str(key[name] or "") for name in SERIES): n for n, key in enumerate(keys or run.grid.key.to_pylist())}
    at = {_period(run.grid, p): p for p in range(len(run.grid.t))}
    found = {}
    for signal, alarm in latest.items():
        row = rows.get(tuple(str(alarm[name] or "") for name in SERIES))
        period = str(alarm["starts"] or alarm["t"])
        if row is not None and period in at and alarm["grain"] == run.grid.grain:
            found[signal] = (row, at[period])
    return found


def _alarm(run: _Run, panel: PanelChanges, key: Mapping[str, Any], row: int, at: int) -> dict[str, Any]:
    grid, judged = run.grid, run.judged
    signal = signal_id(key, grid.grain, _period(grid, at), judged.method, run.settings)
    digest = _digest(run, row, at)
    first = _first(judged, row, at)
    since = day_of(grid, first) if first is not None else None
    said = panel.within(key, since, day_of(grid, at))
    # a nowcast is of the newest count; of earlier alarms of the series it says nothing
    newest = int(np.flatnonzero(judged.alarm[row] == 1)[-1])
    nowcast = run.nowcast.get(str(key["series"])) if at == newest else None
    return {
        "alarm": alarm_id(signal, digest), "signal": signal, **{name: key[name] or "" for name in SERIES},
        "grain": grid.grain, "t": int(grid.t[at]), "starts": day_of(grid, at), "method": judged.method,
        "method_source": run.how.source, "settings": run.settings, "observed": float(grid.counts[row, at]),
        "expected": _known(judged.expected[row, at]), "low": None, "upper": _known(judged.upper[row, at]),
        "score": _known(judged.score[row, at]),
        "baseline_from": None if first is None else int(grid.t[first]), "baseline_starts": since,
        "budget": run.how.budget, "rests_on": run.how.rests_on or None,
        "complete": None if grid.complete is None else _known(grid.complete[row, at]),
        "nowcast": json.dumps(dict(nowcast), sort_keys=True, default=str) if nowcast else None,
        "panel_changed": bool(said), "panel_said": said or None, "as_of": grid.as_of, "data_digest": digest,
        "made_at": run.made_at, "made_by": run.how.made_by,
    }  # fmt: skip


def _digest(run: _Run, row: int, at: int) -> str:
    """Return the keyed digest of a series' counts up to a period."""
    grid = run.grid
    numbers = grid.t if np.isnat(grid.starts).all() else grid.starts.astype("datetime64[D]").astype(np.int64)
    return data_digest(run.key, numbers[: at + 1], grid.counts[row, : at + 1])


def _first(judged: Judged, row: int, at: int) -> int | None:
    if judged.first is None:
        return None
    place = int(judged.first[row, at]) if judged.first.ndim == 2 else int(judged.first[row])
    return place if place >= 0 else None


def _period(grid: Grid, at: int) -> str:
    day = day_of(grid, at)
    return str(int(grid.t[at])) if day is None else str(day)


def _corrections(run: _Run, latest: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return an act for each alarm that stood and does not by these counts, where they differ from those it rose on."""
    acts = []
    for signal, (row, at) in _cells_of(run, latest).items():
        alarm, verdict = latest[signal], int(run.judged.alarm[row, at])
        if not alarm["stands"] or verdict == 1 or _older(run.grid, alarm):
            continue
        if _digest(run, row, at) == alarm["data_digest"]:  # the same counts, another threshold: nothing was taken back
            continue
        now = run.grid.counts[row, at]
        words = "By the counts of now it cannot be judged any more."
        if verdict == 0:
            words = "The count was revised." if now != alarm["observed"] else "The counts it is held against changed."
            words = f"{words} By the counts of now there is no alarm."
        acts.append(_act(run, signal, str(alarm["alarm"]), "corrected", words))
    return acts


def _older(grid: Grid, alarm: Mapping[str, Any]) -> bool:
    """Whether these counts are of an earlier day than those of the alarm: what was known before takes nothing back."""
    return grid.as_of is not None and alarm["as_of"] is not None and grid.as_of < alarm["as_of"]


def _act(run: _Run, signal: str, alarm: str, act: str, words: str) -> dict[str, Any]:
    return {"about": signal, "alarm": alarm, "act": act, "contact": None, "verdict": None, "words": words,
            "person": PROGRAM, "done_at": run.made_at, "acted_at": run.made_at}  # fmt: skip


def _keep_acts(workspace: Workspace, acts: list[dict[str, Any]]) -> None:
    if not acts:
        return
    for kind in ("corrected", "stands-again"):
        chosen = [act for act in acts if act["act"] == kind]
        if chosen:
            seq = _sealed(workspace, kind, [str(act["alarm"]) for act in chosen])
            rows = [act | {"ledger_seq": seq} for act in chosen]
            workspace.store.append("watch_act", pa.Table.from_pylist(rows, schema=WATCH_ACT))


def _sealed(workspace: Workspace, act: str, alarms: list[str]) -> int | None:
    """Put ids in the ledger and return the first entry's number; an alarm's id holds the digest of its counts."""
    if not alarms:
        return None
    parts = [alarms[n : n + _IDS_AN_ENTRY] for n in range(0, len(alarms), _IDS_AN_ENTRY)]
    entries = [("watch-alarm", {"act": act, "alarms": part}) for part in parts]
    stamp = f"{act}:{workspace.clock().isoformat()}:{','.join(alarms)}"
    key = "watch-alarm:" + hashlib.sha256(stamp.encode()).hexdigest()
    return workspace.ledger.append_many(entries, key=key)[0].seq


def _known(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)
