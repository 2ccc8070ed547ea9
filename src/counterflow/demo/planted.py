"""Items planted to see whether inspection finds them: what a service learns its own sensitivity from.

Sensitivity must come from outside the outcomes (Rogan & Gladen 1978): here, from known items sent through
each kind of resource, found or missed with its true chance.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.seeds import generator
from counterflow.demo.capacity import RESOURCES
from counterflow.demo.options import WorldOptions

__all__ = ["planted_trials"]

PLANTED = pa.schema([("resource", pa.string()), ("planted", pa.int32()), ("found", pa.int32())])
_EACH = 60


def planted_trials(options: WorldOptions, each: int = _EACH) -> pa.Table:
    """Return how many of `each` planted items every resource found (schema `PLANTED`)."""
    rng = generator(options.seed, "world", "planted")
    found = [int(rng.binomial(each, rate)) for _, rate in RESOURCES.values()]
    return pa.table({"resource": list(RESOURCES), "planted": [each] * len(found), "found": found}, schema=PLANTED)
