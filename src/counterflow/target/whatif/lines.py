"""How long a line gets when hours differ: arrivals by the hour, servers who go home, first come first served.

An event simulation of the multi-server line (Kiefer and Wolfowitz 1955: each arrival takes the server that can begin
soonest), with non-homogeneous Poisson arrivals by the hour (order statistics of each hour's count; Lewis and Shedler
1979 treat the general case). A server begins nothing outside its hours and finishes what it began.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["MINUTES_A_DAY", "Line", "simulate_line"]

Floats = npt.NDArray[np.float64]
MINUTES_A_DAY = 1440.0
#: arrivals simulated at one line: enough for the 95 % wait to stand within a few percent
_EVENTS = 100_000
_MOST_GROUPS = 2_000_000
_MOST_DAYS, _FEWEST_DAYS, _WARM_UP = 90, 2, 2
_kernel: Any = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line before its servers.

    Args:
        arrivals: arrivals in each of the 24 hours of a day.
        service: mean minutes of each kind of work.
        parts: share of each kind of work, adding up to 1.
        variability: standard deviation of a service time over its mean.
        opens: minute of the day at which each server begins.
        lengths: minutes that each works from then on.
        group: how many arrive together, before choosing.
        taken: share of them that comes to this line.
        overtime: whether who came in time is served after hours, rather than wait for the next day.
    """

    arrivals: tuple[float, ...]
    service: tuple[float, ...]
    parts: tuple[float, ...]
    variability: float
    opens: tuple[float, ...]
    lengths: tuple[float, ...]
    group: int = 1
    taken: float = 1.0
    overtime: bool = False

    @property
    def together(self) -> float:
        """How bunched arrivals are: mean square over mean of how many of a group come here; 1 for one by one."""
        return 1.0 + (self.group - 1) * min(self.taken, 1.0)

    @property
    def minutes(self) -> float:
        """Minutes of work that a day brings."""
        return sum(self.arrivals) * sum(s * p for s, p in zip(self.service, self.parts, strict=True))

    @property
    def utilisation(self) -> float:
        """Work a day over minutes a day; infinite where nobody works."""
        offered = sum(self.lengths)
        return self.minutes / offered if offered > 0 else (np.inf if self.minutes > 0 else 0.0)


def simulate_line(line: Line, rng: np.random.Generator) -> Floats:
    """Return the waits, in minutes, of arrivals after two days of warm-up; none where nobody works or comes.

    The caller asks for lines that can keep up (`utilisation` below 1): one that cannot has no lasting wait.
    """
    a_day = sum(line.arrivals)
    if a_day <= 0 or not any(length > 0 for length in line.lengths):
        return np.empty(0)
    days = int(np.clip(_EVENTS / a_day, _FEWEST_DAYS, _MOST_DAYS)) + _WARM_UP
    times = _arrivals(line, days, rng)
    work = np.asarray(line.service)[rng.choice(len(line.service), times.size, p=np.asarray(line.parts))]
    if line.variability > 0:
        shape = 1.0 / line.variability**2
        work = work * rng.gamma(shape, 1.0 / shape, times.size)
    kept = [(o, n) for o, n in zip(line.opens, line.lengths, strict=True) if n > 0]
    opens, lengths = (np.asarray(column, float) for column in zip(*kept, strict=True))
    waits: Floats = _waits()(times, work, opens, lengths, line.overtime)
    return waits[times >= _WARM_UP * MINUTES_A_DAY]


def _arrivals(line: Line, days: int, rng: np.random.Generator) -> Floats:
    taken = min(max(line.taken, 1e-9), 1.0)
    counts = rng.poisson(np.tile(np.asarray(line.arrivals) / (line.group * taken), days))
    if counts.sum() > _MOST_GROUPS:  # groups of which next to nothing is chosen: their few come one by one
        counts, taken = rng.poisson(np.tile(np.asarray(line.arrivals), days)), 1.0
        sizes = np.ones(int(counts.sum()), np.int64)
    else:
        sizes = rng.binomial(line.group, taken, int(counts.sum()))
    hours = np.repeat(np.arange(24 * days, dtype=float), counts)
    times = np.sort((hours + rng.random(hours.size)) * 60.0)
    return np.repeat(times, sizes)


def _waits() -> Any:
    """Return the compiled kernel; compiled on first use, kept on disk after that."""
    global _kernel  # noqa: PLW0603 - numba is only imported by those who simulate
    if _kernel is None:
        from counterflow.target.whatif.kernel import waits

        _kernel = waits
    return _kernel
