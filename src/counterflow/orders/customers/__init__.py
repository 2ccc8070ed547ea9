"""Know your customer: what is on file, what is missing, what ran out, what contradicts itself, and what to do about it.

`review.py` finds every point of every customer; `versions.py` says which rows hold and what changed; `told.py` puts it
into words. Nothing here rates anybody: a point has evidence and something to do.
"""

from counterflow.orders.customers.demands import PRODUCT
from counterflow.orders.customers.listed import HIT
from counterflow.orders.customers.points import POINT
from counterflow.orders.customers.review import review
from counterflow.orders.customers.told import completeness, per_customer
from counterflow.orders.customers.versions import CustomerFile, changes, newest

__all__ = [
    "HIT",
    "POINT",
    "PRODUCT",
    "CustomerFile",
    "changes",
    "completeness",
    "newest",
    "per_customer",
    "review",
]
