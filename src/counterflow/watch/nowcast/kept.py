"""Keeping nowcasts of stored counts, each beside the scores of its method on past days; none replaces another."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from counterflow.core.tables import WATCH_NOWCAST, WATCH_NOWCAST_SCORE
from counterflow.watch.nowcast.nowcasts import Nowcasts
from counterflow.watch.nowcast.triangle import Triangle

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["keep", "nowcast_id"]

_CELL = ("source", "place", "level", "measure", "subject", "definition")


def _data_digest(key: bytes, triangle: Triangle, as_of: dt.date) -> str:
    """Return the keyed digest of what was known: from a plain one a small count could be found by trying."""
    known = triangle.known_on(as_of)
    days = known.reference.astype("datetime64[D]").astype("<i8").tobytes()
    counts = np.nan_to_num(known.counts, nan=-1e9).astype("<f8").tobytes()
    return hmac.new(key, days + counts, hashlib.sha256).hexdigest()


def _settings_digest(made: Nowcasts) -> str:
    return hashlib.sha256(json.dumps(dict(made.settings), sort_keys=True, default=str).encode()).hexdigest()


def nowcast_id(key: bytes, made: Nowcasts, triangle: Triangle) -> str:
    """Return the id of a nowcast: the same series, day, method, settings and counts give the same one.

    Args:
        key: the installation's own.
        made: the nowcast.
        triangle: what it was made from.
    """
    group = json.dumps(dict(made.group), sort_keys=True)
    counts = _data_digest(key, triangle, made.as_of)
    parts = (group, str(made.as_of), made.method, _settings_digest(made), counts)
    return "N-" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def keep(
    workspace: Workspace,
    made: Sequence[Nowcasts],
    triangles: Sequence[Triangle],
    scores: Sequence[Sequence[Mapping[str, Any]]],
) -> list[str]:
    """Keep nowcasts of stored counts with their scores; return the ids of those that were new.

    The ledger takes ids, the digest of settings and the keyed one of counts; the numbers stand in the store.

    Args:
        workspace: where to keep them.
        made: the nowcasts.
        triangles: what each was made from.
        scores: rows of `Trials.by_horizon` for each; empty where nothing could be tried.
    """
    from counterflow.watch.response.acts import salt_of

    key = salt_of(workspace, "counts")
    ids = [nowcast_id(key, one, triangle) for one, triangle in zip(made, triangles, strict=True)]
    known = {row["nowcast"] for row in workspace.store.rows("SELECT DISTINCT nowcast FROM watch_nowcast")}
    new = [place for place, name in enumerate(ids) if name not in known]
    if not new:
        return []
    now = workspace.clock()
    rows = [row for place in new for row in _rows(ids[place], made[place], triangles[place], now, key)]
    judged = [
        {"nowcast": ids[place], **{k: v for k, v in row.items() if k in WATCH_NOWCAST_SCORE.names}}
        for place in new
        for row in scores[place]
    ]
    with workspace.store.transaction():
        for place in new:
            body = {
                "nowcast": ids[place], "as_of": str(made[place].as_of), "method": made[place].method,
                "settings": _settings_digest(made[place]),
                "counts": _data_digest(key, triangles[place], made[place].as_of),
            }  # fmt: skip
            workspace.ledger.append("watch-nowcast", body, key=f"watch-nowcast {ids[place]}")
        workspace.store.append("watch_nowcast", pa.Table.from_pylist(rows, schema=WATCH_NOWCAST))
        if judged:
            workspace.store.append("watch_nowcast_score", pa.Table.from_pylist(judged, schema=WATCH_NOWCAST_SCORE))
    return [ids[place] for place in new]


def _rows(name: str, made: Nowcasts, triangle: Triangle, now: dt.datetime, key: bytes) -> list[dict[str, Any]]:
    cell = {part: str(made.group.get(part, "")) for part in _CELL}
    grain = "day" if triangle.step == 1 else "week"
    shared = {
        "nowcast": name, **cell, "grain": grain, "as_of": made.as_of, "made_at": now, "method": made.method,
        "settings_digest": _settings_digest(made), "data_digest": _data_digest(key, triangle, made.as_of),
        "levels": made.levels.tolist(),
    }  # fmt: skip
    days = made.reference.astype("datetime64[D]").astype(object)
    return [
        shared
        | {
            "starts": day, "ends": day + dt.timedelta(triangle.step - 1), "reported": float(made.reported[place]),
            "complete": float(made.complete[place]), "expected": float(made.expected[place]),
            "quantiles": made.values[place].tolist(),
        }
        for place, day in enumerate(days)
    ]  # fmt: skip
