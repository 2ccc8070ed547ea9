"""Has the world moved away from what the model learned? Alarms with a stated rate of false ones, and what to do.

Four things are watched, each against a reference stretch of days just before the recent one:

* **score**: the distribution of the model's chances (population stability index over tenths of the reference);
* **random_hits**: what the random arm found against what the model had said of the same records (CUSUM, both ways);
* **new_keys**: values of a key never seen before, by key, over all and by office and lane (Holm over all of them);
* **concentration**: finds crowding into fewer lanes or key values than before.

A drift alarm is a reason to look, not proof of fraud; goods change with seasons too. `docs/methods/targeting-drift.md`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator
from counterflow.target.loop.drift_input import Watched

__all__ = ["DriftOptions", "DriftSignal", "concentration", "random_hits", "score_shift", "watch"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Kind = Literal["score", "random_hits", "new_keys", "concentration"]


@dataclass(frozen=True, slots=True)
class DriftOptions:
    """When to raise an alarm.

    Args:
        recent_days: length of the stretch that is judged; all days before it are the reference.
        level: chance of any false alarm of one kind in one look, where nothing has moved.
        worth_saying: population stability index below which a shift of scores is no alarm, however certain.
        least: records (or finds) in either stretch below which nothing is said.
        seed: seed of the simulated runs behind CUSUM and concentration.
    """

    recent_days: int = 28
    level: float = 0.01
    worth_saying: float = 0.10
    least: int = 30
    seed: int = 1


@dataclass(frozen=True, slots=True)
class DriftSignal:
    """One thing that was watched.

    Args:
        kind: what was watched.
        where: `*`, or the office, lane or key it is about.
        alarm: True where it passed its limit.
        since: first day of what moved; None where that has no date or nothing moved.
        measure: what was measured, in the unit of its kind.
        limit: above this (for `p` values: below) it is an alarm.
        p: chance of this or more where nothing has moved; None where too little was there to judge.
        strength: 0 to 1, how far beyond the limit.
        words: what was seen.
        advice: what to do; empty without an alarm.
    """

    kind: Kind
    where: str
    alarm: bool
    since: dt.date | None
    measure: float | None
    limit: float | None
    p: float | None
    strength: float
    words: str
    advice: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self) | {"since": self.since and self.since.isoformat()}


def watch(seen: Watched, options: DriftOptions | None = None) -> list[DriftSignal]:
    """Return every signal of a stretch of days, alarms first."""
    used = options or DriftOptions()
    if len(seen.day) == 0:
        return []
    recent = seen.day > seen.day.max() - used.recent_days
    signals = [
        *score_shift(seen, recent, used), *random_hits(seen, used), *_new_keys(seen, recent, used),
        *concentration(seen, recent, used),
    ]  # fmt: skip
    return sorted(signals, key=lambda s: not s.alarm)


def _date(day: float) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(day))


def _strength(p: float, level: float) -> float:
    """Return 0 at the limit and 1 where the chance is a thousandth of it or less."""
    return float(np.clip(np.log10(level / max(p, 1e-12)) / 3, 0, 1))


def score_shift(seen: Watched, recent: Bools, options: DriftOptions) -> Iterator[DriftSignal]:
    """Compare the model's chances of recent records with those of the reference.

    PSI = sum (q - p) ln(q / p) over tenths of the reference. Where nothing moved it is about
    (1/n + 1/m) chi-square(9) (Yurdakul & Naranjo, Journal of Risk Model Validation 14 (2020)), which gives its p.
    """
    known = ~np.isnan(seen.chance)
    before, after = seen.chance[known & ~recent], seen.chance[known & recent]
    if min(len(before), len(after)) < options.least:
        yield _too_little("score", "*", f"{len(before)} scored records before, {len(after)} recent: too few")
        return
    from scipy.stats import chi2

    edges = np.unique(np.quantile(before, np.linspace(0, 1, 11)[1:-1]))
    p, q = (
        (np.bincount(np.searchsorted(edges, part, side="right"), minlength=len(edges) + 1) + 0.5)
        / (len(part) + 0.5 * (len(edges) + 1))
        for part in (before, after)
    )
    psi = float(((q - p) * np.log(q / p)).sum())
    chance = float(chi2.sf(psi / (1 / len(before) + 1 / len(after)), max(len(edges), 1)))
    alarm = chance < options.level and psi >= options.worth_saying
    way = "higher" if after.mean() > before.mean() else "lower"
    words = (
        f"chances of {len(after):,} recent records are {way} than of {len(before):,} before: mean {after.mean():.3g} "
        f"against {before.mean():.3g}, stability index {psi:.3f}"
    )
    first = _date(seen.day[recent].min()) if alarm else None
    strength = _strength(chance, options.level) if alarm else 0.0
    advice = (
        "Look at new_keys for what changed; train again on recent outcomes; keep the random share up." if alarm else ""
    )
    yield DriftSignal("score", "*", alarm, first, psi, options.worth_saying, chance, strength, words, advice)


def random_hits(seen: Watched, options: DriftOptions) -> Iterator[DriftSignal]:
    """Compare what random inspections found with what the model had said of them, as they came.

    Page's CUSUM (Biometrika 41 (1954) 100-115) of the log-likelihood ratio of odds doubled against odds as said, and of
    odds halved. The limit is such that a run this long, drawn from the model's own chances, passes it with probability
    `level` (1,000 simulated runs for each way, half of the level each): about one false alarm in (length / level)
    random inspections.
    """
    use = seen.random & ~np.isnan(seen.chance) & ~np.isnan(seen.found)
    order = np.flatnonzero(use)[np.argsort(seen.day[use], kind="stable")]
    chance, found = np.clip(seen.chance[order], 1e-9, 1 - 1e-9), seen.found[order]
    if len(order) < options.least:
        words = f"{len(order)} random inspections with a stated chance: too few to judge the model by"
        yield _too_little("random_hits", "*", words)
        return
    rng = generator(options.seed, "drift", "random_hits")
    for odds, way in ((2.0, "more"), (0.5, "fewer")):
        peak, start = _cusum(found[:, None], chance, odds)
        runs = _cusum((rng.random((len(chance), 1_000)) < chance[:, None]).astype(np.float64), chance, odds)[0]
        p = float((1 + (runs >= peak[0] - 1e-12).sum()) / 1_001)
        alarm = p < options.level / 2 + 0.5 / 1_001 and peak[0] > 0
        words = (
            f"{found.sum():.0f} found in {len(order):,} random inspections, {chance.sum():.1f} expected; "
            f"watched for {way} than said, one false alarm in about {len(order) / options.level:,.0f} inspections"
        )
        advice = ""
        if alarm and odds > 1:
            advice = "Something the model calls safe is not: raise the random share, follow up the finds, train again."
        elif alarm:
            advice = "The model promises more than is there: train again before trusting its chances; check detection."
        since = _date(seen.day[order[start[0]]]) if alarm else None
        limit = float(np.quantile(runs, 1 - options.level / 2))
        strength = _strength(p, options.level) if alarm else 0.0
        yield DriftSignal("random_hits", way, alarm, since, float(peak[0]), limit, p, strength, words, advice)


def _cusum(found: Floats, chance: Floats, odds: float) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return per run the greatest height and the place where its climb began; `found` is (records, runs)."""
    miss = -np.log1p(chance * (odds - 1))
    height, top = np.zeros(found.shape[1]), np.zeros(found.shape[1])
    began, began_top = np.zeros(found.shape[1], np.int64), np.zeros(found.shape[1], np.int64)
    for place in range(len(chance)):
        height = height + miss[place] + found[place] * np.log(odds)
        down = height <= 0
        height[down], began[down] = 0.0, place + 1
        higher = height > top
        top, began_top = np.where(higher, height, top), np.where(higher, began, began_top)
    return top, began_top


def _new_keys(seen: Watched, recent: Bools, options: DriftOptions) -> Iterator[DriftSignal]:
    """Compare how often values never seen before turn up, by key, over all and by office and lane.

    Counts first sightings, not records: one new importer with a hundred records is one event. The second half of the
    reference stands for what is usual; the first half only fills the memory. Exact conditional test of two Poisson
    rates (Przyborowski & Wilenski, Biometrika 31 (1940) 313-323), one-sided, Holm (1979) over all keys and places.
    """
    from scipy.stats import binom

    before = np.flatnonzero(~recent)
    if len(before) < 2 * options.least or recent.sum() < options.least:
        yield _too_little("new_keys", "*", "too few records to say what is usual")
        return
    middle = np.median(seen.day[before])
    usual = ~recent & (seen.day > middle)
    cuts: list[tuple[str, Bools]] = [("*", np.ones(len(recent), dtype=bool))]
    for by, values in (("office", seen.office), ("lane", seen.lane)):
        cuts += [(f"{by} {value}", values == value) for value in sorted(set(values)) if value]
    rows: list[tuple[float, str, str, int, int, int, int]] = []
    for key, values in seen.keys.items():
        first = _first_sightings(values, seen.day)
        for where, mask in cuts:
            records = int((mask & usual).sum()), int((mask & recent).sum())
            if min(records) < options.least:
                continue
            new = int((first & mask & usual).sum()), int((first & mask & recent).sum())
            share = records[1] / sum(records)
            p = float(binom.sf(new[1] - 1, sum(new), share)) if new[1] else 1.0
            rows.append((p, key, where, *new, *records))
    held = 0.0
    for rank, (p, key, where, was, now, n, m) in enumerate(sorted(rows)):
        held = max(held, min(1.0, p * (len(rows) - rank)))
        alarm = held < options.level
        if not alarm and where != "*":
            continue  # quiet places are many; the whole is always told
        words = f"{key}: {now:,} values never seen before in {m:,} recent records, {was:,} in {n:,} before"
        advice = "Look at what they carry; give records with new values more random draws." if alarm else ""
        since = _date(seen.day[recent].min()) if alarm else None
        ratio = (now / m) / (was / n) if was else None
        strength = _strength(held, options.level) if alarm else 0.0
        yield DriftSignal("new_keys", where, alarm, since, ratio, None, held, strength, words, advice)


def _first_sightings(values: npt.NDArray[np.object_], day: Floats) -> Bools:
    """Return which records show a value of the key for the first time; empty values are none."""
    order = np.argsort(day, kind="stable")
    texts = values[order].astype(str)
    _, place = np.unique(texts, return_index=True)
    first = np.zeros(len(values), dtype=bool)
    first[order[place]] = True
    return np.asarray(first & (values.astype(str) != ""), np.bool_)


def concentration(seen: Watched, recent: Bools, options: DriftOptions) -> Iterator[DriftSignal]:
    """Say how finds and inspections crowd into few lanes, offices and key values, and whether finds crowd more.

    Herfindahl's index (sum of squared shares) of finds, with the chance of as great a rise where finds kept their
    places: the labels recent and before are shuffled among finds 1,000 times; Bonferroni over what is looked at.
    """
    found = seen.found == 1
    inspected = ~np.isnan(seen.found)
    looked: dict[str, npt.NDArray[np.object_]] = {"office": seen.office, "lane": seen.lane, **seen.keys}
    looked = {name: values for name, values in looked.items() if len(set(values)) > 1}
    rng = generator(options.seed, "drift", "concentration")
    for name, values in looked.items():
        now, was = found & recent, found & ~recent
        if min(now.sum(), was.sum()) < options.least:
            yield _too_little("concentration", name, f"{int(found.sum())} finds: too few to say where they crowd")
            continue
        codes = np.unique(values.astype(str), return_inverse=True)[1].reshape(-1)
        rise = _herfindahl(codes[now]) - _herfindahl(codes[was])
        all_finds, count = codes[found], int(now.sum())
        shuffled = np.array([_rise(rng.permutation(all_finds), count) for _ in range(1_000)])
        p = min(1.0, float((1 + (shuffled >= rise - 1e-12).sum()) / 1_001) * len(looked))
        # 1,000 shuffles cannot show less than 1 in 1,001, times what is looked at
        alarm = p <= max(options.level, len(looked) / 1_001)
        worth = f"{1 / _herfindahl(codes[now]):.1f} places ({1 / _herfindahl(codes[was]):.1f} before)"
        words = (
            f"{name}: the five with most hold {_top(codes[now]):.0%} of recent finds ({_top(codes[was]):.0%} before) "
            f"and {_top(codes[inspected & recent]):.0%} of recent inspections; finds are as crowded as over {worth}"
        )
        advice = "Finds come from fewer places: check that the others are still drawn at random." if alarm else ""
        since = _date(seen.day[recent].min()) if alarm else None
        yield DriftSignal(
            "concentration", name, alarm, since, _herfindahl(codes[now]), None, p,
            _strength(p, options.level) if alarm else 0.0, words, advice,
        )  # fmt: skip


def _rise(codes: npt.NDArray[np.int64], count: int) -> float:
    return _herfindahl(codes[:count]) - _herfindahl(codes[count:])


def _herfindahl(codes: npt.NDArray[np.int64]) -> float:
    """Return the sum of squared shares, without what chance alone adds to small counts: (sum n(n-1)) / (N(N-1))."""
    n = np.bincount(codes).astype(np.float64)
    total = n.sum()
    return max(float((n * (n - 1)).sum() / max(total * (total - 1), 1)), 1e-9)


def _top(codes: npt.NDArray[np.int64], count: int = 5) -> float:
    n = np.sort(np.bincount(codes))[::-1]
    return float(n[:count].sum() / n.sum()) if n.sum() else 0.0


def _too_little(kind: Kind, where: str, words: str) -> DriftSignal:
    return DriftSignal(kind, where, False, None, None, None, None, 0.0, words)
