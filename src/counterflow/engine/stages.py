"""Run one pure stage over many batches, in order, in this process or in a pool.

Threads gain nothing for text work under one interpreter lock, so the pool is of processes. Workers are started from a
clean server process ("forkserver"): forking a process that holds Arrow or DuckDB threads can hang. Each worker makes
its stage once, by a picklable function, and keeps it.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Protocol

import pyarrow as pa

from counterflow.core.errors import EngineError

__all__ = ["Stage", "processes", "run_stage"]


class Stage(Protocol):
    """A pure function from a batch to a batch."""

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the stage's rows for `batch`."""
        ...


StageMaker = Callable[[], Stage]

_stage: Stage | None = None


def processes(wanted: int) -> int:
    """Return how many processes to use: `wanted`, or one per core that this process may run on where it is 0."""
    return wanted or len(os.sched_getaffinity(0))


def run_stage(make: StageMaker, batches: Iterable[pa.RecordBatch], *, workers: int = 1) -> Iterator[pa.RecordBatch]:
    """Yield what the stage returns for each batch, in the order of the batches.

    Args:
        make: makes the stage; must be picklable (a module-level function, or a partial of one) for a pool.
        batches: what to run it on; read a little ahead of what is yielded, never all at once.
        workers: processes; 1 runs it here, 0 is one per core.

    Raises:
        EngineError: a worker died (for example: killed for memory).
    """
    count = processes(workers)
    if count == 1:
        stage = make()
        for batch in batches:
            yield stage.run(batch)
        return
    yield from _in_pool(make, batches, count)


def _in_pool(make: StageMaker, batches: Iterable[pa.RecordBatch], count: int) -> Iterator[pa.RecordBatch]:
    context = multiprocessing.get_context("forkserver")
    waiting: deque[Future[pa.RecordBatch]] = deque()
    with ProcessPoolExecutor(count, mp_context=context, initializer=_start, initargs=(make,)) as pool:
        try:
            for batch in batches:
                waiting.append(pool.submit(_work, batch))
                if len(waiting) > 2 * count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise EngineError(
                "A screening process ended before it was done.",
                hint="Often memory: set engine.batch_rows lower, or engine.workers = 1.",
            ) from error
        finally:
            for future in waiting:
                future.cancel()


def _start(make: StageMaker) -> None:
    global _stage  # noqa: PLW0603 - one stage per worker process, made once
    _stage = make()


def _work(batch: pa.RecordBatch) -> pa.RecordBatch:
    if _stage is None:
        raise RuntimeError("a worker was given a batch before its stage was made")
    return _stage.run(batch)
