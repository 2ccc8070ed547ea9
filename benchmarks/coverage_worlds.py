"""Frames with a known truth, drawn anew as often as asked: what `bench_interval_coverage.py` puts the estimator through.

Every world holds a frame by group (stratum and chance) and the number of violative records in each. `draw` selects,
lets some not answer, and returns what the estimator sees. The violative records stay where they are from draw to draw.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from counterflow.account.interdiction.stratified import Groups

DECLARATIONS = Path(__file__).parents[2] / "shared" / "data" / "targeting" / "customs_kr_2020_train.parquet"


class World:
    """Strata drawn by simple random sampling of a fixed number (`fixed`) or record by record (Poisson).

    Args:
        records: records per group.
        chance: chance of each.
        violative: violative records in each group.
        stratum: stratum of each group; its own where not given.
        silent: share of drawn records that do not answer, per stratum.
        fixed: draw floor(expected) or one more, so that the expectation is kept; else a binomial number.
    """

    def __init__(self, records, chance, violative, stratum=None, silent=None, fixed=True):
        self.records = np.asarray(records, np.float64)
        self.chance = np.asarray(chance, np.float64)
        self.violative = np.asarray(violative, np.int64)
        self.stratum = np.arange(len(self.records)) if stratum is None else np.asarray(stratum)
        self.silent = np.zeros(self.stratum.max() + 1) if silent is None else np.asarray(silent)
        self.fixed = fixed
        self.truth = self.violative.sum() / self.records.sum()

    def draw(self, rng):
        size = self.records.astype(np.int64)
        expected = self.records * self.chance
        n = np.floor(expected + rng.random(len(size))) if self.fixed else rng.binomial(size, self.chance)
        n = np.minimum(n.astype(np.int64), size)
        answered = rng.binomial(n, 1 - self.silent[self.stratum])
        found = rng.hypergeometric(self.violative, size - self.violative, answered).astype(np.float64)
        return Groups(
            self.stratum, self.chance, self.records, n.astype(np.float64), answered.astype(np.float64), found, found
        )


def spread(rng, total, records, leaning):
    """Return `total` violative records laid over groups in proportion to records x leaning, none over its size."""
    left, out = total, np.zeros(len(records), np.int64)
    room = np.asarray(records, np.int64)
    for _ in range(100):
        weight = (room - out) * np.asarray(leaning, np.float64)
        if left == 0 or weight.sum() == 0:
            break
        out = np.minimum(out + rng.multinomial(left, weight / weight.sum()), room)
        left = total - out.sum()
    return out


def one(rate, _rng):
    """One stratum, 2,000 of 400,000."""
    return World([400_000], [0.005], [round(rate * 400_000)])


def crowded(rate, rng):
    """Three lanes at 0.4, 1 and 3 %; nine tenths of the violative records move where the fewest are drawn."""
    sizes = np.array([250_000, 100_000, 50_000])
    return World(sizes, [0.004, 0.01, 0.03], spread(rng, round(rate * 400_000), sizes, [0.9 / 2.5, 0.08, 0.02 / 0.5]))


def watched(rate, rng):
    """The same lanes; nine tenths of the violative records move where the most are drawn."""
    sizes = np.array([250_000, 100_000, 50_000])
    return World(sizes, [0.004, 0.01, 0.03], spread(rng, round(rate * 400_000), sizes, [0.02 / 2.5, 0.08, 0.9 / 0.5]))


def score(rate, rng):
    """Ten strata by score, prevalence doubling from one to the next, the chance growing with its root."""
    sizes, lean = np.full(10, 30_000), 2.0 ** np.arange(10)
    chance = np.sqrt(lean) / np.sqrt(lean).mean() * 0.01
    return World(sizes, chance, spread(rng, round(rate * sizes.sum()), sizes, lean))


def hidden(rate, rng):
    """The same ten strata; every violative record moves where the score is lowest and the fewest are drawn."""
    made = score(rate, rng)
    lean = np.where(np.arange(10) == 0, 1.0, 1e-9)
    made.violative = spread(rng, round(rate * made.records.sum()), made.records, lean)
    return made


def silent(rate, rng):
    """Ten strata by score; of the draws 5 to 35 % do not answer, most where most is violative; 20 % in all."""
    made = score(rate, rng)
    part = np.linspace(0.05, 0.30, 10)
    drawn = made.records * made.chance
    made.silent = part * 0.2 / ((part * drawn).sum() / drawn.sum())
    return made


def thin(rate, rng):
    """300 strata with 0 to 2 draws each beside three large ones, prevalence very different, 15 % do not answer."""
    sizes = np.concatenate([rng.integers(20, 1_500, 300), [100_000, 60_000, 40_000]])
    expected = np.concatenate([rng.uniform(0.1, 2.0, 300), [600, 500, 400]])
    chance = np.minimum(expected / sizes, 1)
    quiet = np.full(303, 0.15)
    lean = np.concatenate([rng.gamma(0.3, 1.0, 300) * 4, [1.0, 0.2, 0.05]])
    return World(sizes, chance, spread(rng, round(rate * sizes.sum()), sizes, lean), silent=quiet)


def cells(rate, rng):
    """4,000 cells of office, lane and day, 0.1 to 3 draws each; the violative records lie in clumps."""
    sizes = rng.gamma(1.5, 1.0, 4_000)
    sizes = np.maximum(np.round(sizes / sizes.sum() * 400_000), 4).astype(int)
    expected = np.minimum(rng.uniform(0.1, 3.0, 4_000), sizes)
    return World(sizes, expected / sizes, spread(rng, round(rate * sizes.sum()), sizes, rng.gamma(0.3, 1.0, 4_000)))


def varied(rate, rng):
    """Chances that vary from record to record within six strata, drawn one by one; the violative ones hide low."""
    sizes = np.full(60_000, 4)
    stratum = np.repeat(np.arange(6), 10_000)
    chance = np.exp(rng.normal(0, 0.7, 60_000)) * np.repeat([0.002, 0.004, 0.008, 0.01, 0.02, 0.04], 10_000)
    violative = spread(rng, round(rate * sizes.sum()), sizes, 1 / np.sqrt(chance))
    return World(sizes, np.minimum(chance, 1), violative, stratum, np.full(6, 0.1), fixed=False)


def small(rate, rng):
    """A small frame: 3,000 records in four strata of which 10 to 60 % are drawn."""
    sizes = np.array([1_500, 800, 400, 300])
    violative = spread(rng, max(round(rate * 3_000), 1), sizes, [0.5, 1, 2, 2])
    return World(sizes, [0.1, 0.2, 0.4, 0.6], violative, silent=[0.1, 0.1, 0.2, 0.2])


def large(rate, rng):
    """Twenty million records in eight strata, 12,000 draws, chances 64-fold apart, drawn one by one."""
    sizes = np.full(8, 2_500_000)
    chance = 2.0 ** np.arange(-3, 5, 1.0)
    chance *= 12_000 / (sizes * chance).sum()
    lean = np.array([4, 2, 1, 1, 1, 1, 2, 4.0])
    return World(sizes, chance, spread(rng, round(rate * 2e7), sizes, lean), silent=np.full(8, 0.1), fixed=False)


def declarations(rate, rng):
    """The public synthetic declarations: office x class of duty, violative thinned to the rate, 3 % drawn unequally."""
    import pyarrow.parquet as pq

    table = pq.read_table(DECLARATIONS)
    fraud = table.column("fraud").to_numpy() > 0
    office = np.unique(np.asarray(table.column("office_id").to_pylist(), str), return_inverse=True)[1]
    tax = np.digitize(table.column("tax_rate").to_numpy(), [0.5, 7.9, 8.1])
    stratum = np.unique(office * 4 + tax, return_inverse=True)[1]
    kept = fraud & (rng.random(len(fraud)) < min(rate / fraud.mean(), 1))
    sizes = np.bincount(stratum)
    chance = np.minimum(0.03 * rng.uniform(0.5, 2.0, len(sizes)), 1)
    return World(sizes, chance, np.bincount(stratum, kept).astype(int), silent=np.full(len(sizes), 0.1))


_WORLDS = {
    made.__name__: made
    for made in (one, crowded, watched, score, hidden, silent, thin, cells, varied, small, large, declarations)
}
NAMES = tuple(_WORLDS)


def world(name, rate, rng):
    """Return the world of that name at a true rate."""
    return _WORLDS[name](rate, rng)
