"""A small training world that the tests of its parts share."""

import pytest

from counterflow.demo.options import WorldOptions
from counterflow.demo.world import World


@pytest.fixture(scope="package")
def small_world():
    """A world of 4,000 records whose four weeks have passed, nothing caught: (world, weeks)."""
    world = World(WorldOptions(records=4_000, weeks=4, seed=3))
    return world, [world.week(number) for number in range(4)]
