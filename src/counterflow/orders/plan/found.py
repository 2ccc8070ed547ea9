"""Was planted diversion found, when, and at how many alarms: the figures that settings and rules are compared by.

The first alarm from the onset on counts, as in the theory of quickest detection (Page 1954), where the delay after a
change is set against the rate of alarms without one. A loud rule is quick by luck too: that is what its alert rate is
held against. Beside it, the history without diversion tells which of these alarms would have rung anyway.

The delay is counted in months from the onset; 0 is the month of the onset itself. What was not found within the
horizon counts as the horizon (restricted mean, Royston and Parmar 2013, BMC Medical Research Methodology 13:152), so
that a rule that finds little cannot look quick. Intervals are bootstrapped over customers (Efron 1979; Field and Welsh
2007 for whole clusters), because the months of one customer are not independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.seeds import generator

__all__ = ["HORIZON", "Figures", "Found", "delays", "figures", "month_numbers", "raised_in"]

Floats = npt.NDArray[np.float64]

#: months after the onset within which an alarm counts
HORIZON = 12
_DRAWS = 400

_DELAYS = """
WITH met AS (
    SELECT r.setting, t.target, min(r.month - t.onset) AS delay FROM raised r JOIN truth t USING (customer_id)
    WHERE r.month BETWEEN t.onset AND t.onset + t.horizon - 1 GROUP BY ALL
)
SELECT s.setting, t.target, m.delay FROM settings s CROSS JOIN truth t LEFT JOIN met m USING (setting, target)
ORDER BY s.setting, t.target
"""


def raised_in(monitored: pa.Table, setting: str = "") -> pa.Table:
    """Return the alarms of a monitored history: setting, customer_id, product, month (number), one row each.

    Args:
        monitored: what `orders.monitor.monitor` gives: buyer_id, drug, month, alarm.
        setting: name of the setting, to keep several apart.
    """
    rang = monitored.filter(pc.equal(monitored["alarm"].cast(pa.int8()), 1))
    return pa.table(
        {
            "setting": pa.repeat(setting, len(rang)),
            "customer_id": rang["buyer_id"].cast(pa.string()),
            "product": rang["drug"].cast(pa.string()),
            "month": month_numbers(rang["month"]),
        }
    )


def month_numbers(names: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return months written YYYY-MM as numbers that can be subtracted."""
    year = pc.utf8_slice_codeunits(names, 0, 4).cast(pa.int64())
    month = pc.utf8_slice_codeunits(names, 5, 7).cast(pa.int64())
    return pc.add(pc.multiply(year, 12), pc.subtract(month, 1))


def delays(
    raised: pa.Table, truth: pa.Table, settings: Sequence[str] = ("",), *, horizon: int = HORIZON
) -> dict[str, Floats]:
    """Return by setting the months until each planted diversion was found; NaN where it was not within the horizon.

    Args:
        raised: alarms of the history with diversion, as `raised_in` gives them; those of the history without it tell
            which diversions would have been met by luck.
        truth: what was planted, as `plant` gives it; one entry of each answer per row.
        settings: names to answer for; one that raised nothing found nothing.
        horizon: months within which an alarm counts.
    """
    targets = pa.table(
        {
            "target": pa.array(np.arange(len(truth))),
            "customer_id": truth["customer_id"],
            "onset": month_numbers(truth["onset"]),
            "horizon": pa.repeat(horizon, len(truth)),
        }
    )
    names = pa.table({"setting": pa.array(list(dict.fromkeys(settings)), pa.string())})
    import duckdb

    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        for name, table in {"raised": raised, "truth": targets, "settings": names}.items():
            connection.register(name, table)
        met = connection.sql(_DELAYS).to_arrow_table()
    found = met["delay"].cast(pa.float64()).fill_null(float("nan")).to_numpy()
    which = met["setting"].to_numpy(zero_copy_only=False)
    return {name: np.asarray(found[which == name]) for name in settings}


@dataclass(frozen=True, slots=True)
class Found:
    """What one setting did, customer by customer.

    Args:
        customers: names.
        months: months with orders of each customer, product by product, in the clean history.
        alarms: how many of them raised an alarm.
        target: customer (place in `customers`) of each planted diversion.
        delay: months until it was found; NaN where it was not.
    """

    customers: Sequence[str]
    months: Floats
    alarms: Floats
    target: npt.NDArray[np.int64]
    delay: Floats


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of one setting: first the value, then one per draw of the bootstrap.

    Args:
        alert_rate: share of months with orders that raise an alarm.
        mean_delay: mean months to the first alarm, the horizon where there was none.
        median_delay: the median of the same.
        missed: share of diversions without an alarm within the horizon.
        late: share without an alarm within the first three months.
    """

    alert_rate: Floats
    mean_delay: Floats
    median_delay: Floats
    missed: Floats
    late: Floats

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float, float]:
        """Return value, low and high of one figure; the interval is that of the draws, widened to hold the value."""
        values: Floats = getattr(self, name)
        drawn = values[1:][np.isfinite(values[1:])]
        if not len(drawn):
            return float(values[0]), float("nan"), float("nan")
        low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
        return float(values[0]), min(float(low), float(values[0])), max(float(high), float(values[0]))


def figures(
    found: Mapping[str, Found], *, seed: int, horizon: int = HORIZON, draws: int = _DRAWS
) -> dict[str, Figures]:
    """Return the figures of each setting, all of them over the same draws of customers, so that they can be compared.

    Args:
        found: by setting; all must have the same customers.
        seed: of the bootstrap.
        horizon: what a diversion that was not found counts as, in months.
        draws: of the bootstrap.
    """
    first = next(iter(found.values()))
    count = len(first.customers)
    rng = generator(seed, "bootstrap over customers")
    drawn = rng.multinomial(count, np.full(count, 1 / max(count, 1)), size=draws) if count else np.ones((draws, 0))
    weights = np.concatenate([np.ones((1, count)), drawn.astype(float)])
    return {name: _figures(each, weights, horizon) for name, each in found.items()}


def _figures(found: Found, weights: Floats, horizon: int) -> Figures:
    own = weights[:, found.target]
    whole = own.sum(axis=1)
    waited = np.nan_to_num(found.delay, nan=float(horizon))
    with np.errstate(divide="ignore", invalid="ignore"):
        return Figures(
            alert_rate=(weights @ found.alarms) / (weights @ found.months),
            mean_delay=(own @ waited) / whole,
            median_delay=_medians(waited, own),
            missed=(own @ np.isnan(found.delay)) / whole,
            late=(own @ (waited >= 3)) / whole,
        )


def _medians(values: Floats, weights: Floats) -> Floats:
    """Return the weighted median of `values` for each row of weights."""
    if not len(values):
        return np.full(len(weights), np.nan)
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[:, order], axis=1)
    half = reached[:, -1:] / 2
    return np.asarray(values[order][np.argmax(reached >= half, axis=1)])
