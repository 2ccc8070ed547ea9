import numpy as np
import pyarrow as pa
import pytest

from counterflow.watch.emergence.streams import BASES, KEY, Streams


@pytest.fixture(scope="session")
def streams():
    """Make streams of one subject by quarter: rows of findings and of numbers tested."""

    def make(found, tested, *, basis="panel", look=None, restart=None):
        x = np.atleast_2d(np.array(found, float))
        n = np.broadcast_to(np.array(tested, float), x.shape).copy()
        rows, periods = x.shape
        seen = np.ones(x.shape, bool) if look is None else np.atleast_2d(np.array(look, bool))
        anew = np.zeros(x.shape, bool) if restart is None else np.atleast_2d(np.array(restart, bool))
        starts = (np.datetime64("2015-01", "M") + 3 * np.arange(periods)).astype("datetime64[D]")
        columns = [["lab"] * rows, [f"p{row}" for row in range(rows)], ["lab-reports"] * rows, ["s"] * rows]
        key = pa.table([pa.array(column) for column in columns], schema=KEY)
        zeros = np.zeros(rows, np.int8)
        return Streams(key, "quarter", starts, x, n, seen, anew, zeros + BASES.index(basis), zeros)

    return make
