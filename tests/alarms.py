"""An alarm for tests of what people do about one: put on record by the room itself, judged by nobody's method."""

import numpy as np

from counterflow.watch.alarms.judged import Judged
from counterflow.watch.response import How, record
from counterflow.watch.series.stored import grid


def raise_alarm(workspace, *, source="training-health"):
    """Put an alarm on the newest count of the first place on record; return its id."""
    counts = grid(workspace.store, source=source)
    last = np.zeros(counts.counts.shape, np.int8)
    last[0, -1] = 1
    expected = np.full(counts.counts.shape, 4.0)
    judged = Judged("made-up", expected, expected + 3, expected * 0, last)
    record(workspace, counts, judged, How(source="a test", settings={}, made_by="a test", budget=0.01))
    rows = workspace.store.rows("SELECT alarm FROM watch_alarm WHERE method = 'made-up'")
    return str(rows[0]["alarm"])
