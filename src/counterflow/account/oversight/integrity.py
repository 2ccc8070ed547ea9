"""Officer integrity: one row per officer, what stands out, how likely by chance, and whether an inspector asks.

What comes out is a list of whom to ask, never a finding against anybody. An officer is flagged when the signals
together say so at a mean false-discovery share of 5 %; named only where a second, independent family of signals says
so by itself. A person hears the officer, and concludes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from counterflow.account.oversight.decisions import Events
from counterflow.account.oversight.event_words import FIELDS
from counterflow.account.oversight.evidence import LEVEL, SECOND, Weighed, q_values, weigh
from counterflow.account.oversight.signals import KINDS, Signal, signals_of
from counterflow.core.errors import InputError

__all__ = ["FEWEST", "METHOD", "Report", "integrity"]

#: officers below which nobody has peers, and below which nobody is flagged
FEWEST, FEW = 3, 10
#: decisions and look-ups below which a row says that little is known
_LITTLE = 30
METHOD = (
    "beta-binomial tails beside others' work of the same kind, honest spread from the middle of all officers (Qn);"
    " two-groups chance (Efron 2008); families of signals independent"
)
_REVIEW = "required: a person asks the officer, hears the reply and concludes; the program proposes no measure"
_NO_REVIEW = "none: nothing here stands out beyond honest spread"


@dataclass(frozen=True)
class Report:
    """What an inspector gets.

    Args:
        rows: one per officer, by rank.
        signals: what was looked at, with the honest spread found.
        left_out: signals that the events do not allow, and why.
        said: what the reader should know.
        prior: estimated share of officers whose pattern is not honest.
        source, as_of: what it rests on; as_of is ISO text, "" without times.
    """

    rows: list[dict[str, Any]]
    signals: list[dict[str, Any]]
    left_out: dict[str, str]
    said: tuple[str, ...]
    prior: float
    source: str
    as_of: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "officers": self.rows, "signals": self.signals, "left_out": self.left_out, "said": list(self.said),
            "prior": self.prior, "level": LEVEL, "second_signal_at": SECOND, "method": METHOD, "source": self.source,
            "as_of": self.as_of,
        }  # fmt: skip


def integrity(events: Events, *, level: float = LEVEL) -> Report:
    """Return what stands out in officers' decisions.

    Args:
        events: decisions and look-ups.
        level: mean share of false discoveries among those flagged.

    Raises:
        InputError: fewer than three officers (nobody has peers), or no signal can be made of these events.
    """
    m = len(events.officers)
    if m < FEWEST:
        raise InputError(
            f"There {'is one officer' if m == 1 else f'are {m} officers'} in these events: without peers nothing can"
            " be called unusual.",
            hint="Give the decisions of all officers who do such work; ten or more for anybody to be flagged.",
            file=events.source or None, column=events.columns.get("officer"),
        )  # fmt: skip
    signals, absent = signals_of(events)
    if not signals:
        told = "; ".join(f"{name}: {why}" for name, why in absent.items())
        raise InputError(f"No signal can be made of these events ({told}).", file=events.source or None,
                         hint=f"Name the columns with --column FIELD=NAME; fields: {', '.join(FIELDS)}.")  # fmt: skip
    weighed = weigh(signals, m, level=level)
    said = [*events.said, *_told(events, signals, m)]
    rows = _rows(events, signals, weighed, allowed=m >= FEW)
    as_of = "" if events.last_day is None else events.last_day.isoformat()
    return Report(rows, [_spread(s) for s in signals], absent, tuple(said), weighed.prior, events.source, as_of)


def _told(events: Events, signals: Sequence[Signal], m: int) -> list[str]:
    said = []
    if m < FEW:
        said.append(f"{m} officers are too few for anybody to be flagged; the figures stand beside each other only")
    if not events.strata:
        said.append("no column tells kinds of work apart (lane, risk, shift …): case mix is not adjusted for")
    if not (events.lot == 1).any():
        said.append("no work is told to be assigned by lot: a special portfolio cannot be told from steering for sure")
    alone = max((signal.alone for signal in signals), default=0)
    if alone:
        said.append(f"up to {alone:,} decisions are left out: nobody else does such work")
    return said


def _spread(signal: Signal) -> dict[str, Any]:
    kind, tails = signal.kind, signal.tails
    return {
        "signal": kind.name, "family": kind.family, "says": kind.says, "innocent": list(kind.innocent),
        "rho": tails.rho, "scale": tails.scale, "centre": tails.centre, "df": tails.df,
        "count": int(signal.x.sum()), "total": int(signal.n.sum()), "left_out": signal.alone,
    }  # fmt: skip


def _rows(events: Events, signals: Sequence[Signal], weighed: Weighed, *, allowed: bool) -> list[dict[str, Any]]:
    m = len(events.officers)
    decisions = np.bincount(events.officer, events.decided, m).astype(int)
    looks = np.bincount(events.officer, events.looks, m).astype(int)
    order = np.argsort(-weighed.score, kind="stable")
    rank = np.empty(m, int)
    rank[order] = np.arange(1, m + 1)
    q = {signal.kind.name: q_values(signal.p) for signal in signals}
    rows = []
    for one in order:
        flagged = bool(weighed.flagged[one]) and allowed
        families = weighed.families[one]
        row: dict[str, Any] = {
            "rank": int(rank[one]), "officer": events.officers[one], "decisions": int(decisions[one]),
            "look_ups": int(looks[one]), "posterior": _r(weighed.posterior[one]),
            "local_fdr": _r(1 - weighed.posterior[one]), "score": _r(weighed.score[one]), "signals": len(families),
            "families": " ".join(families).replace("look-ups", "look_ups"), "flagged": flagged,
            "named": flagged and len(families) >= 2,
            "review": _REVIEW if flagged else _NO_REVIEW,
            "reasons": _reasons(events, signals, int(one), families, flagged, int(decisions[one] + looks[one])),
        }  # fmt: skip
        for signal in signals:
            row |= _columns(signal, int(one), q[signal.kind.name])
        rows.append(row)
    return rows


def _columns(signal: Signal, one: int, q: Any) -> dict[str, Any]:
    name = signal.kind.name
    return {
        f"{name}_count": int(signal.x[one]), f"{name}_of": int(signal.n[one]), f"{name}_rate": _r(signal.share[one]),
        f"{name}_expected": _r(signal.expected[one]), f"{name}_shrunk": _r(signal.shrunk[one]),
        f"{name}_low": _r(signal.low[one]), f"{name}_high": _r(signal.high[one]), f"{name}_p": _r(signal.p[one]),
        f"{name}_q": _r(q[one]),
    }  # fmt: skip


def _reasons(events: Events, signals: Sequence[Signal], one: int, families: Sequence[str], flagged: bool,
             rows: int) -> str:  # fmt: skip
    """Return in words what stands out, or that nothing does; counts with what was expected, never a bare share."""
    least = 0.05 if flagged else SECOND
    ordered = sorted(signals, key=lambda s: np.nan_to_num(s.p[one], nan=1.0))
    told = [_reason(events, signal, one) for signal in ordered if signal.p[one] <= least]
    if rows < _LITTLE:
        told.append(f"little is known: {rows} decisions and look-ups")
    if flagged and len(families) < 2:
        told.append("no second independent signal: not named, ask about the work, not about the person")
    return "; ".join(told) or "within honest spread"


def _reason(events: Events, signal: Signal, one: int) -> str:
    x, n, expected = int(signal.x[one]), int(signal.n[one]), signal.expected[one] * signal.n[one]
    at = ""
    if signal.firm[one] >= 0:
        at = f", most with {events.traders[int(signal.firm[one])]}"
    return f"{KINDS[signal.kind.name].says}: {x} of {n}{at}, {expected:.1f} expected (chance {signal.p[one]:.2g})"


def _r(value: float) -> float | None:
    """Return a number to six figures, None for what is not known."""
    return None if not np.isfinite(value) else float(f"{value:.6g}")
