"""A stage gives the same rows in one process and in a pool, and a worker that dies is an error that helps."""

from __future__ import annotations

from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from counterflow.core.errors import EngineError
from counterflow.engine import run_stage


class Add:
    def __init__(self, amount):
        self.amount = amount

    def run(self, batch):
        return pa.RecordBatch.from_arrays([pc.add(batch.column(0), self.amount)], names=["n"])


class Die:
    def run(self, batch):
        import os

        os._exit(9)


def batches(count):
    return (pa.RecordBatch.from_arrays([pa.array([i, i + 1])], names=["n"]) for i in range(count))


@pytest.mark.parametrize("workers", [1, 2])
def test_same_rows_in_the_same_order_from_one_process_and_from_the_pool(workers):
    out = pa.Table.from_batches(run_stage(partial(Add, 10), batches(40), workers=workers))
    assert out.column("n").to_pylist() == [v for i in range(40) for v in (i + 10, i + 11)]


def test_a_worker_that_dies_is_an_error_that_says_what_to_try():
    with pytest.raises(EngineError, match="ended before it was done") as met:
        list(run_stage(Die, batches(3), workers=2))
    assert "batch_rows" in met.value.hint
