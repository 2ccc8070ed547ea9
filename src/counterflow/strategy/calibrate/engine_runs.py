"""The compiled engine as the fit sees it: parameter vectors in, the 21 series out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.strategy.calibrate.likelihood import Simulator
from counterflow.strategy.calibrate.targets import anchors, series, variable_of

__all__ = ["engine_simulator"]

Floats = npt.NDArray[np.float64]


def engine_simulator(
    scenario: str = "base", switches: dict[str, int] | None = None, *, anchored: bool = False
) -> Simulator:
    """Return a function that runs the engine on the observed drivers and gives the series in their order.

    Args:
        scenario: drivers after the last observed year; before it they are the same in all.
        switches: structural alternatives, as `engine.simulate` takes them.
        anchored: whether the variables of the single figures come behind the series.
    """
    from counterflow.strategy.model.drivers import drivers
    from counterflow.strategy.model.engine import simulate

    held = drivers(scenario)
    places = [variable_of()[s.id] for s in (*series(), *(anchors() if anchored else ()))]

    def run(vectors: Floats, last: int, /) -> Floats:
        out = simulate(vectors, held, last=last, switches=switches)
        return np.ascontiguousarray(out.values[:, :, places])

    return run
