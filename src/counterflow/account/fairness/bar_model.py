"""The model of the threshold test: signals of risk, a bar for each group, and what was opened and found.

Of the records of a group g at a unit d a share phi carries something. Whoever chooses sees a signal x, normal with mean
delta where a record carries something and 0 where it does not, and unit variance (a discriminant distribution: Pierson,
Corbett-Davies & Goel, AISTATS 2018). A record is opened where the chance that x implies,

    P(carries | x) = phi n(x - delta) / (phi n(x - delta) + (1 - phi) n(x)),

passes the bar t, that is where x > (logit t - logit phi) / delta + delta / 2. So of n records are

    opened and found       phi S(cut - delta),          S the upper tail of the normal,
    opened and not found   (1 - phi) S(cut),

and the rest is not opened. Of records drawn at random, a share phi is found, whatever the bar: the random arm fixes
phi, and with it two numbers (opened, found) fix the other two (delta, t). Without it three unknowns stand against two
numbers, and only what groups and units have in common holds the answer up.

Group and unit effects add on the scales of logit phi, log delta and logit t; the bar of a cell scatters around its
group's by sigma (Simoiu, Corbett-Davies & Goel, Annals of Applied Statistics 11 (2017) 1193-1216, for the hierarchy;
priors are ours and stated in `PRIORS`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["PRIORS", "BarModel", "Cells", "Unpacked"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_LOG_ROOT = 0.5 * np.log(2 * np.pi)

#: farther out nothing changes, and numbers overflow
_REACH = ((-20.0, 20.0), (-4.0, 4.0), (-20.0, 20.0))


class Spread(NamedTuple):
    """Prior of one scale: centre and spread of its level, spread of groups and of units (0: by sigma)."""

    centre: float
    level: float
    group: float
    unit: float


class Priors(NamedTuple):
    """All priors; wide: base rates and bars from 0.1 % to 70 %, signals from useless to telling."""

    phi: Spread = Spread(-3.0, 2.0, 1.0, 1.0)
    delta: Spread = Spread(0.4, 0.5, 0.4, 0.3)
    bar: Spread = Spread(-3.0, 2.0, 1.0, 0.0)
    #: scale of the half-normal of sigma
    sigma: float = 0.5


PRIORS = Priors()


@dataclass(frozen=True)
class Cells:
    """Counts by group and unit, one place per cell that holds any record.

    Args:
        group, unit: codes from 0.
        records: records that could be chosen (those drawn at random are not among them).
        opened: of them opened because they were chosen, with a result.
        found: of those, with a find.
        drawn: drawn at random and answered; 0 where there was no draw.
        drawn_found: of those, with a find.
    """

    group: Ints
    unit: Ints
    records: Floats
    opened: Floats
    found: Floats
    drawn: Floats
    drawn_found: Floats

    @property
    def groups(self) -> int:
        """Number of groups."""
        return int(self.group.max()) + 1

    @property
    def units(self) -> int:
        """Number of units."""
        return int(self.unit.max()) + 1


@dataclass(frozen=True)
class Unpacked:
    """Parameters on the scales of the model, one row per chain or draw."""

    logit_phi: Floats
    log_delta: Floats
    logit_bar: Floats


class BarModel:
    """Log density of the posterior with its gradient, for many parameter vectors at once.

    The vector holds, all standard normal before the data: level, groups and units of logit phi; the same of log delta;
    level and groups of logit t; one offset per cell. With one unit there are neither units nor offsets. The scatter
    sigma of the bars of a group's cells is given with each vector; whoever samples averages over it.
    """

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        many = cells.units > 1
        g, d, c = cells.groups, (cells.units if many else 0), (len(cells.group) if many else 0)
        ends = np.cumsum((1, g, d, 1, g, d, 1, g, c))
        begins = np.concatenate([[0], ends[:-1]])
        self.size = int(ends[-1])
        self._offsets = slice(int(begins[8]), self.size)
        rows = np.arange(len(cells.group))
        spreads = (PRIORS.phi, PRIORS.delta, PRIORS.bar)
        self._centre = np.array([spread.centre for spread in spreads])
        self._map = np.zeros((3, len(cells.group), self.size))
        for scale, spread in enumerate(spreads):
            level, group, unit = begins[3 * scale : 3 * scale + 3]
            self._map[scale, :, level] = spread.level
            self._map[scale, rows, group + cells.group] = spread.group
            if many and spread.unit:
                self._map[scale, rows, unit + cells.unit] = spread.unit

    def unpack(self, z: Floats, sigma: Floats) -> Unpacked:
        """Return what parameter vectors say of each cell; z has shape (k, size), sigma (k,), the answer (k, cells)."""
        made = [self._centre[i] + z @ self._map[i].T for i in range(3)]
        if self._offsets.start < self.size:
            made[2] = made[2] + sigma[:, None] * z[:, self._offsets]
        return Unpacked(*(np.clip(one, *reach) for one, reach in zip(made, _REACH, strict=True)))

    def shares(self, at: Unpacked) -> tuple[Floats, Floats]:
        """Return the shares of records opened and found, and opened and not found."""
        from scipy.special import expit, ndtr

        delta = np.exp(at.log_delta)
        cut = (at.logit_bar - at.logit_phi) / delta + delta / 2
        return expit(at.logit_phi) * ndtr(delta - cut), expit(-at.logit_phi) * ndtr(-cut)

    def density(self, z: Floats, sigma: Floats) -> tuple[Floats, Floats]:
        """Return the log posterior up to a constant and its gradient; z has shape (k, size), sigma (k,)."""
        value, *slopes = self._likelihood(self.unpack(z, sigma))
        slope = sum(one @ matrix for one, matrix in zip(slopes, self._map, strict=True)) - z
        if self._offsets.start < self.size:
            slope[:, self._offsets] += sigma[:, None] * slopes[2]
        return value - 0.5 * (z**2).sum(axis=1), np.asarray(slope)

    def _likelihood(self, at: Unpacked) -> tuple[Floats, Floats, Floats, Floats]:
        """Return the log likelihood (k,) and its slopes in logit phi, log delta and logit t, (k, cells) each."""
        from scipy.special import expit, log_expit, log_ndtr, ndtr

        c, a = self.cells, at.logit_phi
        delta, phi = np.exp(at.log_delta), expit(a)
        lift = (at.logit_bar - a) / delta
        cut = lift + delta / 2
        up, down = log_ndtr(delta - cut), log_ndtr(-cut)
        hit, miss = log_expit(a) + up, log_expit(-a) + down
        rest = np.maximum(phi * ndtr(cut - delta) + (1 - phi) * ndtr(cut), 1e-300)
        missed, left = c.opened - c.found, c.records - c.opened
        value = c.found * hit + missed * miss + left * np.log(rest)
        value = value + c.drawn_found * log_expit(a) + (c.drawn - c.drawn_found) * log_expit(-a)
        one = np.exp(-0.5 * (delta - cut) ** 2 - _LOG_ROOT - up)
        two = np.exp(-0.5 * cut**2 - _LOG_ROOT - down)
        w_hit = c.found - left * np.exp(hit) / rest
        w_miss = missed - left * np.exp(miss) / rest
        turn = delta / 2 - lift
        by_bar = -(w_hit * one + w_miss * two) / delta
        by_phi = w_hit * (1 - phi) - w_miss * phi - by_bar + c.drawn_found - c.drawn * phi
        by_delta = w_hit * one * (delta - turn) - w_miss * two * turn
        return value.sum(axis=1), by_phi, by_delta, by_bar
