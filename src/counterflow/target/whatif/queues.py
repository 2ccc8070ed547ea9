"""How long a line gets, by formula: several servers, any service time, arrivals that come at random.

* Erlang C: exact for exponential service (Erlang 1917; Cooper 1981, *Introduction to Queueing Theory*, section 3.5).
* Kimura's two-moment interpolation for other service times (Kimura 1986, Management Science 32:754, M/G/s case),
  between exponential and constant service; the latter by Cosmetatos (1975, Operational Research Quarterly 26:615).
* Groups: the factor of Allen and Cunneen (Allen 1990, *Probability, Statistics, and Queueing Theory*, section 5.3) for
  the line before a group, and the group's own members before one; exact for one server and Poisson groups of one size.

The formulas speak of a line that has been working at one rate for long. For hours that differ, and offices that close,
`lines.simulate_line` is what counts; the two are held against each other in tests.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Wait", "erlang_c", "servers_needed", "wait_of"]


@dataclass(frozen=True, slots=True)
class Wait:
    """Waiting before service, in the unit of the service time; None where the line never settles.

    Args:
        utilisation: work coming in over work that can be done; 1 and more is overload.
        delayed: chance that one has to wait at all.
        mean: mean wait of all, those who do not wait included.
        high: wait that 95 of 100 stay under.
    """

    utilisation: float
    delayed: float | None
    mean: float | None
    high: float | None

    def over(self, minutes: float) -> float:
        """Return the chance to wait longer than this; 1 where the line never settles."""
        if self.mean is None or self.delayed is None:
            return 1.0
        return self.delayed * math.exp(-minutes * self.delayed / self.mean) if self.mean > 0 else 0.0


def erlang_c(servers: int, load: float) -> float:
    """Return the chance that an arrival waits in M/M/c.

    Args:
        servers: number of servers, from 1.
        load: arrivals per unit of time × mean service time (Erlangs), below `servers`.

    >>> round(erlang_c(2, 1.0), 6)
    0.333333
    """
    if not 0 <= load < servers:
        raise ValueError(f"a line settles only below {servers} Erlangs, not at {load}")
    blocked = 1.0
    for k in range(1, servers + 1):  # Erlang B by its stable recursion
        blocked = load * blocked / (k + load * blocked)
    share = load / servers
    return blocked / (1.0 - share * (1.0 - blocked))


def wait_of(rate: float, service: float, servers: int, variability: float, group: float = 1.0) -> Wait:
    """Return the wait in a line at one constant rate.

    Args:
        rate: arrivals per minute.
        service: mean service time in minutes.
        servers: how many work at once.
        variability: standard deviation of the service time over its mean.
        group: how many arrive together (of groups of several sizes: mean square over mean).

    >>> wait_of(0.1, 5.0, 1, 1.0).mean
    5.0
    """
    if servers < 1:
        return Wait(math.inf if rate > 0 else 0.0, None, None, None)
    load = rate * service
    used = load / servers
    if used >= 1:
        return Wait(used, None, None, None)
    if load <= 0:
        return Wait(0.0, 0.0, 0.0, 0.0)
    delayed = erlang_c(servers, load)
    plain = delayed * service / (servers - load)
    squared = variability * variability
    constant = plain * 0.5 * (1 + (1 - used) * (servers - 1) * (math.sqrt(4 + 5 * servers) - 2) / (16 * used * servers))
    constant = min(constant, plain)
    if squared <= 1:
        mean = (1 + squared) / (2 * squared / plain + (1 - squared) / constant)
    else:
        mean = plain * (1 + squared) / 2
    if group > 1:
        # Those of a group wait for the line before it, and for each other: (group - 1) / 2 on average.
        mean = mean * (group + squared) / (1 + squared) + (group - 1) / 2 * service / servers
        delayed = 1 - (1 - delayed) * min(servers / group, 1.0)
    return Wait(used, delayed, mean, quantile(delayed, mean, 0.95))


def quantile(delayed: float, mean: float, level: float) -> float:
    """Return the wait that a share `level` stays under: those who wait do so exponentially (exact for M/M/c)."""
    over = 1.0 - level
    return 0.0 if delayed <= over else mean / delayed * math.log(delayed / over)


def servers_needed(
    rate: float, service: float, variability: float, limit: float, group: float = 1.0, most: int = 5000
) -> int | None:
    """Return the fewest servers that keep 95 of 100 waits at or under `limit` minutes; None above `most`.

    >>> servers_needed(1.0, 8.0, 0.5, 30.0)
    9
    """
    servers = max(1, math.floor(rate * service) + 1)
    while servers <= most:
        high = wait_of(rate, service, servers, variability, group).high
        if high is not None and high <= limit:
            return servers
        servers += 1
    return None
