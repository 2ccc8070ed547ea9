"""The signals: what is looked at in officers' decisions, each with the share, its interval and its tail.

A signal is an officer's share beside what others' work of the same kind leads one to expect. Signals of one family
rest on the same act and count once; families are independent of each other for an honest officer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.account.oversight.decisions import Events
from counterflow.account.oversight.pairs import PairTails, affinity, favour
from counterflow.account.oversight.peers import expected_of
from counterflow.account.oversight.tails import Tails, tails_of

__all__ = ["FAMILIES", "KINDS", "Kind", "Signal", "signals_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Kind:
    """What a signal is.

    Args:
        name: id.
        family: acts that it rests on; signals of one family are not independent.
        says: what its share is, in words.
        innocent: explanations without any fault.
    """

    name: str
    family: str
    says: str
    innocent: tuple[str, ...]


FAMILIES = {
    "decisions": "what the officer decides",
    "results": "what inspections find, and what is found later",
    "work": "whose consignments come to the officer",
    "look-ups": "looking things up outside the shift",
}
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("override", "decisions", "recommendations set aside",
             ("work where the recommendation is often wrong", "a standing instruction", "lack of time")),
        Kind("release", "decisions", "let go, of what was recommended for inspection",
             ("authorised traders in the portfolio", "no dock or dog free", "a different reading of the same rule")),
        Kind("favour", "decisions", "recommendations set aside for single firms, beside the officer's other firms",
             ("a firm whose goods the officer knows well", "a wrong list entry that keeps naming the firm")),
        Kind("hit_gap", "results", "finds in chosen work, beside the officer's own work by lot",
             ("harder or safer consignments than others choose", "results that are still waiting", "new to the work")),
        Kind("hit_lot", "results", "finds in work that lot assigned",
             ("older equipment", "short inspections at a busy hour", "new to the work")),
        Kind("later", "results", "found in violation after this officer let it go",
             ("more is followed up in this lane", "one event with many consignments")),
        Kind("affinity", "work", "consignments of single firms, beside what work and shift explain",
             ("a special lane or language", "the firm's fixed slot falls in this shift", "a case in hand")),
        Kind("out_of_shift", "look-ups", "look-ups outside the shift",
             ("overtime that the roster does not show", "a case in hand", "a shared terminal or wrong clock")),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Signal:
    """One signal of every officer, arrays over officers (m,).

    Args:
        kind: what it is.
        x, n: count and total.
        expected: what others' work leads one to expect, as a share.
        share: the officer's own, x / n.
        shrunk, low, high: share drawn to what is expected by the honest spread, with its 95 % interval.
        p: chance that an honest officer shows as much; nan without exposure.
        tails: spread and scale of honest officers.
        firm: firm that stands out most, -1 without.
        alone: decisions left out because nobody else does such work.
    """

    kind: Kind
    x: Ints
    n: Ints
    expected: Floats
    share: Floats
    shrunk: Floats
    low: Floats
    high: Floats
    p: Floats
    tails: Tails
    firm: Ints
    alone: int = 0


def signals_of(events: Events) -> tuple[list[Signal], dict[str, str]]:
    """Return the signals that these events allow, and of the others why not."""
    made: list[Signal] = []
    absent: dict[str, str] = {}
    for name, make in _MAKERS.items():
        got = make(events)
        if isinstance(got, str):
            absent[name] = got
        else:
            made.append(got)
    return made, absent


def _officers(events: Events) -> int:
    return len(events.officers)


def _firm(events: Events, rows: Mask) -> Ints | None:
    return events.trader[rows] if len(events.traders) else None


def _counted(kind: str, events: Events, rows: Mask, y: Ints, *, high: bool, ratio: Floats | None = None) -> Signal:
    """Return a signal of counts: `y` of the decisions `rows`, beside what others do with such work."""
    officer = events.officer[rows]
    expected = expected_of(y, officer, events.stratum[rows], _firm(events, rows))
    known = ~np.isnan(expected.share)
    m = _officers(events)
    n = np.bincount(officer[known], minlength=m)
    x = np.bincount(officer[known], y[known], m).astype(np.int64)
    mean = np.bincount(officer[known], expected.share[known], m) / np.maximum(n, 1)
    mean = np.where(n > 0, np.clip(mean * (1.0 if ratio is None else ratio), 1e-6, 1 - 1e-6), np.nan)
    return _signal(kind, x, n, mean, high=high, alone=expected.alone)


def _signal(kind: str, x: Ints, n: Ints, mean: Floats, *, high: bool, alone: int = 0) -> Signal:
    tails = tails_of(x, n, mean, high=high, enough=0.5)
    shrunk, low, high_end = _shrunk(x, n, mean, tails.rho)
    with np.errstate(invalid="ignore"):
        share = np.where(n > 0, x / np.maximum(n, 1), np.nan)
    none = np.full(x.size, -1, np.int64)
    return Signal(KINDS[kind], x, n, mean, share, shrunk, low, high_end, tails.p, tails, none, alone)


def _shrunk(x: Ints, n: Ints, mean: Floats, rho: float) -> tuple[Floats, Floats, Floats]:
    """Return posterior mean and 95 % interval of each share, under Beta(mean, spread) of honest officers.

    The prior never outweighs ten times the usual officer's own decisions: a spread of nothing is not believed.
    """
    from scipy.special import betaincinv

    usual = float(np.median(n[n > 0])) if (n > 0).any() else 1.0
    whole = min((1 - rho) / max(rho, 1e-9), 10 * max(usual, 1.0))
    safe = np.where(np.isfinite(mean), mean, 0.5)
    a, b = safe * whole + x, (1 - safe) * whole + n - x
    have = n > 0
    return tuple(  # type: ignore[return-value]
        np.where(have, value, np.nan) for value in (a / (a + b), betaincinv(a, b, 0.025), betaincinv(a, b, 0.975))
    )


def _asked(events: Events) -> Mask:
    """Return decisions on which inspection was recommended; all where the file does not tell recommendations."""
    known = events.decided & (events.recommended >= 0)
    return np.asarray(known & (events.recommended == 1)) if known.any() else events.decided


def _override(events: Events) -> Signal | str:
    rows = _asked(events) & (events.override >= 0)
    y = (events.override[rows] == 1).astype(np.int64)
    if not y.any():
        return "the events tell of no recommendation that was set aside"
    return _counted("override", events, rows, y, high=True)


def _release(events: Events) -> Signal | str:
    rows = _asked(events) & (events.released >= 0)
    y = (events.released[rows] == 1).astype(np.int64)
    if not y.any() or y.all():
        return "the events do not tell what was released and what was not"
    told = rows & (events.override >= 0)
    if told.sum() == rows.sum() and (events.override[rows] == events.released[rows]).all():
        return "the same as `override`: what was let go is what was set aside"
    return _counted("release", events, rows, y, high=True)


def _favour(events: Events) -> Signal | str:
    if not len(events.traders):
        return "the events do not name firms"
    rows, y = _set_aside(events)
    if not y.any() or y.all():
        return "the events tell neither overrides nor releases"
    expected = expected_of(y, events.officer[rows], events.stratum[rows], events.trader[rows])
    known = ~np.isnan(expected.share) & (events.trader[rows] >= 0)
    at = np.flatnonzero(rows)[known]
    who, firm = events.officer[at], events.trader[at]
    pairs = favour(y[known], expected.share[known], who, firm, _officers(events), len(events.traders))
    return _paired("favour", pairs, _with(events, at, pairs))


def _set_aside(events: Events) -> tuple[Mask, Ints]:
    rows = _asked(events) & (events.override >= 0)
    y = (events.override[rows] == 1).astype(np.int64)
    if y.any():
        return rows, y
    rows = _asked(events) & (events.released >= 0)
    return rows, (events.released[rows] == 1).astype(np.int64)


def _with(events: Events, rows: Ints, pairs: PairTails) -> Ints:
    """Return how many of `rows` each officer has with the firm that stands out."""
    own = pairs.firm[events.officer[rows]] == events.trader[rows]
    return np.bincount(events.officer[rows][own], minlength=_officers(events))


def _affinity(events: Events) -> Signal | str:
    named = events.decided & (events.trader >= 0)
    if not named.any():
        return "the events do not name firms"
    chosen = named & (events.lot == 0)
    # Lot cannot be steered: where enough work was chosen, that is where leaning shows
    rows = np.flatnonzero(chosen if chosen.sum() >= 0.2 * named.sum() else named)
    pairs = affinity(events.officer[rows], events.trader[rows], events.cell[rows], events.place[rows],
                     _officers(events), len(events.traders))  # fmt: skip
    total = np.bincount(events.trader[rows], minlength=len(events.traders) + 1)
    return _paired("affinity", pairs, np.where(pairs.firm >= 0, total[pairs.firm], 0))


def _paired(kind: str, pairs: PairTails, n: Ints) -> Signal:
    from scipy.stats import norm, t

    from counterflow.account.oversight.tails import FLOOR, qn_scale

    have = np.isfinite(pairs.p)
    p = np.full(pairs.p.size, np.nan)
    df = max(0.82 * (float(have.sum()) - 1), 1.0)
    scores = norm.isf(np.clip(pairs.p[have], FLOOR, 1 - 1e-9))
    scale = max(qn_scale(scores), 1.0) if have.any() else 1.0
    centre = max(float(np.median(scores)), 0.0) if have.any() else 0.0
    p[have] = np.clip(t.sf((scores - centre) / scale, df), FLOOR, 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(n > 0, pairs.expected / np.maximum(n, 1), np.nan)
        share = np.where(n > 0, pairs.x / np.maximum(n, 1), np.nan)
    mean = np.clip(mean, 1e-6, 1 - 1e-6)
    shrunk, low, high = _shrunk(pairs.x, n, mean, min(pairs.spread, 0.5))
    tails = Tails(p, pairs.spread, scale, centre, df)
    return Signal(KINDS[kind], pairs.x, n, mean, share, shrunk, low, high, p, tails, pairs.firm)


#: share of finds above which what is kept back is what was found
_NEARLY_ALL = 0.9


def _results(events: Events) -> Mask:
    """Return inspections with a result.

    Where nearly all that is not let go is a find, letting go follows an inspection without one: all results count.
    """
    told = events.decided & (events.hit >= 0)
    kept = told & (events.released != 1)
    if kept.any() and (events.hit[kept] == 1).mean() <= _NEARLY_ALL:
        return np.asarray(kept)
    return np.asarray(told)


def _hit_gap(events: Events) -> Signal | str:
    rows = _results(events)
    y = (events.hit == 1).astype(np.int64)
    if not y[rows].any():
        return "the events tell of no find"
    chosen = rows & (events.lot != 1)
    if chosen.sum() < 50:
        return "fewer than 50 chosen inspections have a result"
    ratio = _own_ratio(events, rows & (events.lot == 1))
    return _counted("hit_gap", events, chosen, y[chosen], high=False, ratio=ratio)


def _own_ratio(events: Events, rows: Mask) -> Floats:
    """Return how much an officer finds beside others in work by lot, where nobody chose; leaning on 1 by ten finds."""
    m = _officers(events)
    if not rows.any():
        return np.ones(m)
    y, officer = (events.hit[rows] == 1).astype(np.int64), events.officer[rows]
    share = np.nan_to_num(expected_of(y, officer, events.stratum[rows], None).share, nan=0.0)
    known = share > 0
    found = np.bincount(officer[known], y[known], m)
    return np.asarray((found + 10) / (np.bincount(officer[known], share[known], m) + 10))


def _hit_lot(events: Events) -> Signal | str:
    rows = _results(events) & (events.lot == 1)
    y = (events.hit[rows] == 1).astype(np.int64)
    if rows.sum() < 50 or not y.any():
        return "fewer than 50 inspections that lot assigned have a result, or none found anything"
    return _counted("hit_lot", events, rows, y, high=False)


def _later(events: Events) -> Signal | str:
    told = events.later
    if not (told >= 0).any():
        told = np.where(_results(events), -1, events.hit).astype(np.int8)
    rows = events.decided & (events.released == 1) & (told >= 0)
    y = (told[rows] == 1).astype(np.int64)
    if not y.any():
        return "the events do not tell what was found after release"
    return _counted("later", events, rows, y, high=True)


def _out_of_shift(events: Events) -> Signal | str:
    if not events.looks_out.size or not events.looks_out.any():
        return "the events tell of no look-up out of shift"
    m = _officers(events)
    n = np.bincount(events.officer, events.looks, m).astype(np.int64)
    x = np.bincount(events.officer, events.looks_out, m).astype(np.int64)
    x = np.minimum(x, n)
    rest_x, rest_n = x.sum() - x, n.sum() - n
    mean = np.where(n > 0, (rest_x + 0.5) / (rest_n + 1), np.nan)
    return _signal("out_of_shift", x, n, mean, high=True)


_MAKERS: dict[str, Callable[[Events], Signal | str]] = {
    "override": _override, "release": _release, "favour": _favour, "hit_gap": _hit_gap, "hit_lot": _hit_lot,
    "later": _later, "affinity": _affinity, "out_of_shift": _out_of_shift,
}  # fmt: skip


def names_of(signals: Sequence[Signal]) -> list[str]:
    """Return the ids of some signals."""
    return [signal.kind.name for signal in signals]
