"""The compiled heart of the line simulation; imported by `lines` on first use because numba is slow to load."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

__all__ = ["waits"]

_DAY = 1440.0


@numba.njit(cache=True)
def waits(
    arrivals: npt.NDArray[np.float64],
    work: npt.NDArray[np.float64],
    opens: npt.NDArray[np.float64],
    lengths: npt.NDArray[np.float64],
    overtime: bool,
) -> npt.NDArray[np.float64]:
    """Return the wait of each arrival, first come first served (Kiefer and Wolfowitz 1955).

    Args:
        arrivals: times in minutes, rising.
        work: service time of each.
        opens: minute of the day at which each server begins, from 0 to 1440.
        lengths: minutes that each works from then on, above 0 and at most 1440.
        overtime: whether who came in time is served after hours where nobody is left in hours; else it waits.
    """
    servers = opens.size
    free = np.zeros(servers)
    out = np.empty(arrivals.size)
    for i in range(arrivals.size):
        now = arrivals[i]
        best, begins = 0, np.inf
        late, late_begins = 0, np.inf
        for k in range(servers):
            at = max(now, free[k])
            since = (at - opens[k]) % _DAY
            if since >= lengths[k]:
                if at < late_begins:
                    late, late_begins = k, at
                at += _DAY - since
                if overtime:
                    continue
            if at < begins:
                best, begins = k, at
                if at <= now:
                    break
        if begins == np.inf:
            best, begins = late, late_begins
        free[best] = begins + work[i]
        out[i] = begins - now
    return out
