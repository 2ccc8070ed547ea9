"""Acts of two people: is the second person a second person, or a second click?

For each pair of asker and second person: how often, how fast, whether ever refused; beside what all other pairs do. A
pair that always agrees within seconds has the form of four eyes, not the substance. That is a question to the office,
and an innocent answer is often near: routine requests, or one supervisor on the night shift.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from counterflow.account.given import Rows, read_rows
from counterflow.account.oversight.event_words import folded_name
from counterflow.account.oversight.evidence import q_values
from counterflow.core.clock import parse_instant
from counterflow.core.errors import InputError
from counterflow.core.persons import folded
from counterflow.core.proportions import clopper_pearson

__all__ = ["QUICK_SECONDS", "ActOfTwo", "four_eyes", "read_acts"]

#: seconds within which nobody has read what they agree to
QUICK_SECONDS = 10.0
_FEWEST = 10


@dataclass(frozen=True, slots=True)
class ActOfTwo:
    """One request that was decided.

    Args:
        asker: who asked.
        second: who decided.
        act: what was asked for.
        agreed: whether it was agreed to.
        seconds: from asking to deciding; None where not told.
        on: day of the decision.
    """

    asker: str
    second: str
    act: str
    agreed: bool
    seconds: float | None
    on: dt.date | None = None


def four_eyes(acts: Sequence[ActOfTwo], *, level: float = 0.95) -> list[dict[str, Any]]:
    """Return one row per pair, the most alike to a second click first.

    Returns:
        counts; share agreed to, share within seconds, share of the asker's requests, each with an exact interval;
        `p_never_refused` and `p_same_pair`, chances under what all other pairs do, and their q (Benjamini and Hochberg
        1995); `informative` False where the pair has few acts.
    """
    pairs: dict[tuple[str, str], list[ActOfTwo]] = defaultdict(list)
    for act in acts:
        pairs[act.asker, act.second].append(act)
    rows = [_row(pair, own, acts, level) for pair, own in sorted(pairs.items())]
    for name in ("p_quick", "p_never_refused", "p_same_pair"):
        told = q_values(np.array([np.nan if row[name] is None else row[name] for row in rows], float))
        for row, q in zip(rows, told, strict=True):
            row[name.replace("p_", "q_", 1)] = None if np.isnan(q) else float(q)
    for row in rows:
        row["words"] = _words(row)
    return sorted(rows, key=lambda row: (not row["informative"], _least(row), row["asker"], row["second"]))


def _least(row: dict[str, Any]) -> float:
    told = [row[name] for name in ("q_quick", "q_never_refused", "q_same_pair")]
    return float(min(q for q in told if q is not None))


def _row(pair: tuple[str, str], own: Sequence[ActOfTwo], acts: Sequence[ActOfTwo], level: float) -> dict[str, Any]:
    from scipy.stats import binom

    others = [act for act in acts if (act.asker, act.second) != pair]
    timed = [act.seconds for act in own if act.seconds is not None]
    n, agreed, quick = len(own), sum(act.agreed for act in own), sum(s <= QUICK_SECONDS for s in timed)
    asked = [act for act in acts if act.asker == pair[0]]
    row: dict[str, Any] = {
        "asker": pair[0], "second": pair[1], "acts": n, "agreed": agreed, "refused": n - agreed, "quick": quick,
        "timed": len(timed), "median_seconds": float(np.median(timed)) if timed else None, "of_asker": len(asked),
        "informative": n >= _FEWEST,
    }  # fmt: skip
    for name, x, of in (("agreed", agreed, n), ("quick", quick, len(timed)), ("same_pair", n, len(asked))):
        row[f"{name}_share"] = x / of if of else None
        row[f"{name}_low"], row[f"{name}_high"] = clopper_pearson(x, of, level)
    refused = _rate(sum(not act.agreed for act in others), len(others))
    row["p_never_refused"] = float((1 - refused) ** n) if agreed == n else 1.0
    other_timed = [act for act in others if act.seconds is not None]
    usual = _rate(sum((act.seconds or 0) <= QUICK_SECONDS for act in other_timed), len(other_timed))
    row["p_quick"] = float(binom.sf(quick - 1, len(timed), usual)) if timed else None
    row["p_same_pair"] = _same_pair(pair, n, asked, acts)
    return row


def _rate(x: int, n: int) -> float:
    """Return a share that leans on one half by two: nothing seen among others is not never."""
    return (x + 1) / (n + 2)


def _same_pair(pair: tuple[str, str], n: int, asked: Sequence[ActOfTwo], acts: Sequence[ActOfTwo]) -> float | None:
    """Return the chance that this second person has so many of the asker's requests, by what they do for others."""
    from scipy.stats import binom

    rest = [act for act in acts if act.asker != pair[0] and act.second != pair[0]]
    if len({act.second for act in acts} - {pair[0]}) < 2 or not rest:
        return None
    usual = _rate(sum(act.second == pair[1] for act in rest), len(rest))
    return float(binom.sf(n - 1, len(asked), usual))


def _words(row: dict[str, Any]) -> str:
    if not row["informative"]:
        return f"{row['acts']} acts: too few to say anything"
    said = []
    if row["q_quick"] is not None and row["q_quick"] <= 0.05:
        said.append(f"{row['quick']} of {row['timed']} decided within {QUICK_SECONDS:.0f} seconds")
    if row["q_never_refused"] <= 0.05:
        said.append(f"none of {row['acts']} refused, where others refuse")
    if row["q_same_pair"] is not None and row["q_same_pair"] <= 0.05:
        said.append(f"{row['acts']} of the asker's {row['of_asker']} requests went to this one person")
    return "; ".join(said) or "as others do"


_COLUMNS: dict[str, tuple[str, ...]] = {
    "asker": ("asker", "asked_by", "requested_by", "first", "first_person"),
    "second": ("second", "second_person", "decided_by", "agreed_by", "closed_by", "approved_by", "approver"),
    "asked_at": ("asked_at", "requested_at", "opened_at"),
    "decided_at": ("decided_at", "closed_at", "agreed_at", "approved_at"),
    "state": ("state", "verdict", "decision", "became", "outcome", "agreed"),
    "act": ("act", "what", "kind", "type"),
}
_AGREED = frozenset(("agreed", "agree", "approved", "yes", "1", "true", "granted", "ok"))
_REFUSED = frozenset(("refused", "refuse", "rejected", "denied", "no", "0", "false", "withdrawn"))


def read_acts(path: Path) -> list[ActOfTwo]:
    """Read acts of two from CSV or Parquet: asker, second, state, and where told asked_at, decided_at, act.

    Raises:
        InputError: a column is missing, a word or time means nothing, or one person is both.
    """
    rows = read_rows(path, "acts of two people: asker,second,state,asked_at,decided_at")
    names = {field: next((c for c in rows.header if folded_name(c) in words), "") for field, words in _COLUMNS.items()}
    for field in ("asker", "second", "state"):
        if not names[field]:
            raise InputError("A column is missing.", file=path, line=1, column=field,
                             hint="The header is asker,second,state,asked_at,decided_at,act.")  # fmt: skip
    return [_act(rows, names, row) for row in range(len(rows.cells))]


def _act(rows: Rows, names: dict[str, str], row: int) -> ActOfTwo:
    cell = {field: rows.column(name)[row] if name else "" for field, name in names.items()}
    if not cell["asker"] or not cell["second"] or folded(cell["asker"]) == folded(cell["second"]):
        hint = "Each act has two people; leave out what one did alone, and look at it by itself."
        raise rows.fault(row, names["second"], "This act does not have two people.", hint)
    state = folded_name(cell["state"])
    if state not in _AGREED | _REFUSED:
        raise rows.fault(row, names["state"], "This word means nothing here.", "Write agreed or refused.")
    asked, decided = (_moment(rows, names[field], row) for field in ("asked_at", "decided_at"))
    seconds = None if asked is None or decided is None else (decided - asked).total_seconds()
    if seconds is not None and seconds < 0:
        raise rows.fault(row, names["decided_at"], "It was decided before it was asked.", "Mend one of the times.")
    on = None if decided is None else decided.date()
    return ActOfTwo(cell["asker"], cell["second"], cell["act"], state in _AGREED, seconds, on)


def _moment(rows: Rows, name: str, row: int) -> dt.datetime | None:
    text = rows.column(name)[row] if name else ""
    if not text:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        raise rows.fault(row, name, "This is not a time.", "Write times as 2025-03-31T14:05:09.") from None
