"""What a plan finds: expected finds and harm by lane and class, with the doubt of every input carried through.

In a lane with A arrivals a day, of which a share p_c carries harm of class c, stations k = 1, 2, … with detection rates
d_1 >= d_2 >= … take n_k inspections; the best takes the highest scores (rearrangement inequality). With
X_k = (n_1 + … + n_k) / A and the curve G of `lifts`:

    finds_c = A · p_c · sum over k of (d_k − d_(k+1)) · G_c(X_k),      d after the last = 0

a sum of concave functions of the n_k. p, d and G are drawn together; the same draws serve every what-if, so that what
differs between two of them is the change and not the luck of the draw.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator
from counterflow.target.whatif import lifts
from counterflow.target.whatif.lanes import Lane
from counterflow.target.whatif.state import State

__all__ = ["Draws", "Found", "detections", "found"]

Floats = npt.NDArray[np.float64]


@dataclass
class Draws:
    """Draws of everything that is in doubt, the same for every what-if.

    Args:
        lanes: the lanes.
        count: how many draws.
        seed: their seed.
    """

    lanes: tuple[Lane, ...]
    count: int
    seed: int
    _mixed: dict[tuple[int, float], list[Floats]] = field(default_factory=dict)

    @cached_property
    def prevalence(self) -> list[list[Floats]]:
        """Share of harmful records: lane, class, draw."""
        return [
            [h.prevalence.drawn(self.count, self._rng("prevalence", lane.name, h.harm_class)) for h in lane.harms]
            for lane in self.lanes
        ]

    @cached_property
    def lift(self) -> list[list[Floats]]:
        """Lift curves without a random arm: lane, class, (draw, grid)."""
        return [self._lifts(place, lane) for place, lane in enumerate(self.lanes)]

    def mixed(self, lane: int, random_share: float) -> list[Floats]:
        """Return a lane's curves by class when this share of inspections is drawn at random."""
        key = (lane, random_share)
        if key not in self._mixed:
            self._mixed[key] = [lifts.with_random(curve, random_share) for curve in self.lift[lane]]
        return self._mixed[key]

    def _lifts(self, place: int, lane: Lane) -> list[Floats]:
        if lane.lift is not None:
            one = lifts.from_points(lane.lift)[None, :]
            return [np.repeat(one, self.count, axis=0)] * len(lane.harms)
        if lane.scored is not None:
            score, weight = (np.asarray(column, float) for column in lane.scored)
            rng = self._rng("lift", lane.name)
            return [lifts.measured(score, weight, self.count, rng)[1:]] * len(lane.harms)
        return [
            lifts.binormal(
                h.auc.drawn(self.count, self._rng("area", lane.name, h.harm_class)), self.prevalence[place][c]
            )
            for c, h in enumerate(lane.harms)
        ]

    def _rng(self, *purpose: str) -> np.random.Generator:
        return generator(self.seed, "whatif", *purpose)


@dataclass(frozen=True)
class Found:
    """Finds a day by lane and class, one number per draw; `harm` in severity points a day, over all classes."""

    finds: list[list[Floats]]
    harm: list[Floats]

    @property
    def total(self) -> Floats:
        """Harm found a day over all lanes, per draw."""
        result: Floats = np.sum(self.harm, axis=0)
        return result


def detections(state: State, draws: Draws) -> list[Floats]:
    """Return each station's chance to find what is there, second look included, per draw.

    One resource is as good in every lane, so its doubt is drawn once.
    """
    return [
        s.terms.detection.drawn(draws.count, generator(draws.seed, "whatif", "detection", s.resource))
        * s.terms.second_detection
        for s in state.stations
    ]


def found(state: State, inspections: Floats, draws: Draws, *, rates: list[Floats] | None = None) -> Found:
    """Return what these inspections a day per station find.

    Args:
        state: lanes and stations.
        inspections: inspections a day of each station.
        draws: draws of the doubt.
        rates: detection rates as `detections` gives them, where known already.
    """
    known = detections(state, draws) if rates is None else rates
    finds: list[list[Floats]] = []
    harm: list[Floats] = []
    for place, lane in enumerate(state.lanes):
        order = sorted(state.of_lane(place), key=lambda i: (-float(known[i].mean()), state.stations[i].resource))
        curves = draws.mixed(place, lane.random_share)
        shares = np.cumsum(inspections[order]) / lane.a_day if lane.a_day > 0 else np.zeros(len(order))
        of_lane = [np.zeros(draws.count) for _ in lane.harms]
        for c in range(len(lane.harms)):
            for k, i in enumerate(order):
                after = known[order[k + 1]] if k + 1 < len(order) else 0.0
                of_lane[c] += (known[i] - after) * lifts.at(curves[c], float(shares[k]))
            of_lane[c] *= lane.a_day * draws.prevalence[place][c]
        finds.append(of_lane)
        harm.append(sum((f * h.severity for f, h in zip(of_lane, lane.harms, strict=True)), np.zeros(draws.count)))
    return Found(finds, harm)
