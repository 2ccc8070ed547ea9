"""What is usual of a product, and what leaves now: what customers order of it in a month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from counterflow.orders.monitor.months import Months

__all__ = ["recent_months", "typical_months"]


def typical_months(months: Months) -> dict[tuple[str, str], float]:
    """Return, by product and measure, the median over customers of what each orders in a month with orders.

    A customer's own figure is the median of its months with orders, so that neither one large customer nor one large
    month sets what is typical.
    """
    ordered = np.where(months.quantity > 0, months.quantity, np.nan)
    some = np.isfinite(ordered).any(axis=1)
    own = np.full(len(ordered), np.nan)
    own[some] = np.nanmedian(ordered[some], axis=1)
    by_product: dict[tuple[str, str], list[float]] = {}
    for product, measure, value in zip(months.product.to_pylist(), months.measure.to_pylist(), own, strict=True):
        if np.isfinite(value):
            by_product.setdefault((product, measure), []).append(float(value))
    return {key: float(np.median(values)) for key, values in by_product.items()}


def recent_months(months: Months) -> dict[tuple[str, str, str], float]:
    """Return, by customer, product and measure, the larger of the last two months: what leaves now."""
    if not months.quantity.size:
        return {}
    late = months.quantity[:, -2:].max(axis=1).tolist()
    keys = zip(months.customer.to_pylist(), months.product.to_pylist(), months.measure.to_pylist(), strict=True)
    return dict(zip(keys, late, strict=True))
