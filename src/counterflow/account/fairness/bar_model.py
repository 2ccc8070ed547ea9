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

__all__ = ["PRIORS", "BarModel", "Cells", "Unpacked", "shares"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_LOG_ROOT = 0.5 * np.log(2 * np.pi)

#: farther out nothing changes, and numbers overflow
_REACH = ((-20.0, 20.0), (-4.0, 3.0), (-30.0, 30.0))


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
    cut: Floats

    @property
    def logit_bar(self) -> Floats:
        """The chance at which a record is opened, on the logit scale."""
        delta = np.exp(self.log_delta)
        return self.logit_phi + delta * self.cut - delta**2 / 2


class BarModel:
    """Log density of the posterior with its gradient, for many parameter vectors at once.

    The vector holds level, groups and units of logit phi, then of log delta, all standard normal before the data (no
    units where there is one), then the cut x of each cell. Cuts and not bars: what was opened fixes the cut whatever
    phi and delta are, so that the vector has no bent ridge. The prior is on the bars, logit t = logit phi + delta x -
    delta^2 / 2, so that the density carries delta for each cell; level and groups of the bars are integrated out.

    Args:
        cells: counts.
        sigmas: scatter of the bars of a group's cells, on the logit scale, of each vector that is asked for in turn.
    """

    def __init__(self, cells: Cells, sigmas: Floats) -> None:
        self.cells = cells
        g, d, c = cells.groups, (cells.units if cells.units > 1 else 0), len(cells.group)
        ends = np.cumsum((1, g, d, 1, g, d, c))
        begins = np.concatenate([[0], ends[:-1]])
        self.size, self._cuts = int(ends[-1]), slice(int(begins[6]), int(ends[-1]))
        rows = np.arange(c)
        self._map = np.zeros((2, c, self.size))
        for scale, spread in enumerate((PRIORS.phi, PRIORS.delta)):
            level, group, unit = begins[3 * scale : 3 * scale + 3]
            self._map[scale, :, level] = spread.level
            self._map[scale, rows, group + cells.group] = spread.group
            if d:
                self._map[scale, rows, unit + cells.unit] = spread.unit
        same = (cells.group[:, None] == cells.group).astype(np.float64)
        within = [PRIORS.bar.level**2 + PRIORS.bar.group**2 * same + s**2 * np.eye(c) for s in sigmas]
        self._precision = np.linalg.inv(np.stack(within))
        self._log_root = 0.5 * np.linalg.slogdet(self._precision)[1]

    @property
    def begin(self) -> Floats:
        """A vector to begin at: every part at its centre, every cut where it opens what was opened."""
        from scipy.special import ndtri

        made = np.zeros(self.size)
        made[self._cuts] = -ndtri((self.cells.opened + 0.5) / (self.cells.records + 1))
        return made

    def unpack(self, z: Floats) -> Unpacked:
        """Return what parameter vectors say of each cell; z has shape (k, size), the answer (k, cells)."""
        made = (PRIORS.phi.centre + z @ self._map[0].T, PRIORS.delta.centre + z @ self._map[1].T, z[:, self._cuts])
        return Unpacked(*(np.clip(one, *reach) for one, reach in zip(made, _REACH, strict=True)))

    def density(self, z: Floats) -> tuple[Floats, Floats]:
        """Return the log posterior up to a constant and its gradient; z has shape (k, size), k a multiple of sigmas."""
        at = self.unpack(z)
        value, by_phi, by_delta, by_cut = self._likelihood(at)
        delta = np.exp(at.log_delta)
        away = (at.logit_bar - PRIORS.bar.centre).reshape(len(self._precision), -1, len(self.cells.group))
        pull = -(away @ self._precision)
        value = value + (0.5 * (pull * away).sum(axis=2) + self._log_root[:, None]).reshape(-1)
        pull = pull.reshape(by_cut.shape)
        by_delta = by_delta + pull * delta * (at.cut - delta) + 1.0
        plain = z.copy()
        plain[:, self._cuts] = 0.0
        slope = (by_phi + pull) @ self._map[0] + by_delta @ self._map[1] - plain
        slope[:, self._cuts] += by_cut + pull * delta
        return value + at.log_delta.sum(axis=1) - 0.5 * (plain**2).sum(axis=1), slope

    def _likelihood(self, at: Unpacked) -> tuple[Floats, Floats, Floats, Floats]:
        """Return the log likelihood (k,) and its slopes in logit phi, log delta and the cut, (k, cells) each."""
        from scipy.special import expit, log_expit, log_ndtr, ndtr

        c, a, cut = self.cells, at.logit_phi, at.cut
        delta, phi = np.exp(at.log_delta), expit(a)
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
        by_phi = w_hit * (1 - phi) - w_miss * phi + c.drawn_found - c.drawn * phi
        return value.sum(axis=1), by_phi, w_hit * one * delta, -(w_hit * one + w_miss * two)


def shares(at: Unpacked) -> tuple[Floats, Floats]:
    """Return the shares of records opened and found, and opened and not found."""
    from scipy.special import expit, ndtr

    delta = np.exp(at.log_delta)
    return expit(at.logit_phi) * ndtr(delta - at.cut), expit(-at.logit_phi) * ndtr(-at.cut)
