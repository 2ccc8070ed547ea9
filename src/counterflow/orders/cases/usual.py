"""What is usual of a product: what a typical customer orders of it in a month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from counterflow.orders.monitor.months import Months

__all__ = ["typical_months"]


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
